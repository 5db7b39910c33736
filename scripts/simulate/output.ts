// Owns the document that a simulation prints. Does not play the scenario.
import { currentVerdict } from '../../src/engine/explain/public-status.ts';
import { noDataStart } from '../../src/engine/incidents/incident-times.ts';
import type { Notification } from '../../src/engine/model/notification.ts';
import type { State } from '../../src/engine/model/state.ts';
import type { Scenario } from './scenario.ts';

/** Times are seconds from the start. A notification has either a monitor or a location. */
export interface OutputNotification {
  readonly at: number;
  readonly event: Notification['event'];
  readonly monitor?: string;
  readonly location?: string;
  readonly scope: readonly string[];
  readonly startedAt: number;
}

export interface Output {
  readonly notifications: readonly OutputNotification[];
  /** Number of check runs. */
  readonly checks: number;
  /** Number of check runs outside the schedule: fan-outs and doubled ticks. */
  readonly extraChecks: number;
  /** By monitor. */
  readonly noDataSeconds: Readonly<Record<string, number>>;
  readonly wallSeconds: number;
}

/** Times in ms since second 0, by D1's clock. The notification has the coordinator's. */
export interface TimedNotification {
  readonly notification: Notification;
  readonly at: number;
  readonly startedAt: number;
}

interface SimulationResult {
  readonly notifications: readonly TimedNotification[];
  readonly checks: number;
  readonly extraChecks: number;
  readonly noData: NoDataTime;
}

export function toOutput(scenario: Scenario, result: SimulationResult, wallSeconds: number): Output {
  const { noData, checks, extraChecks } = result;
  return {
    notifications: result.notifications.map((timed) => toOutputNotification(scenario, timed)),
    checks,
    extraChecks,
    noDataSeconds: Object.fromEntries(
      scenario.monitors.map(({ id }, index) => [id, noData.seconds(index + 1)]),
    ),
    wallSeconds: Math.round(wallSeconds * 1_000) / 1_000,
  };
}

function toOutputNotification(
  { monitors, locations }: Scenario,
  { notification, ...times }: TimedNotification,
): OutputNotification {
  const at = times.at / 1_000;
  const startedAt = times.startedAt / 1_000;
  const { event } = notification;
  const idOf = (location: number): string => locations[location - 1]!;
  if ('location' in notification) {
    const location = idOf(notification.location);
    return { at, event, location, scope: [location], startedAt };
  }
  const scope = notification.scope.toSorted((a, b) => a - b).map(idOf);
  return { at, event, monitor: monitors[notification.monitor - 1]!.id, scope, startedAt };
}

/** Adds up how long each monitor had no data. The start is known only afterwards, because votes go stale silently. */
export class NoDataTime {
  readonly t0: number;
  readonly #since = new Map<number, number>();
  readonly #ms = new Map<number, number>();

  constructor(t0: number) {
    this.t0 = t0;
  }

  /** `at` is D1's time, and `momentOf` returns it for a time of the state. */
  update(state: State, at: number, momentOf: (time: number) => number): void {
    for (const { number, verdict, verdictSince } of state.monitors.values()) {
      const since = this.#since.get(number);
      if (verdict === 'no_data') {
        if (since === undefined) this.#since.set(number, momentOf(verdictSince));
      } else if (since !== undefined) {
        this.#add(number, since, at);
        this.#since.delete(number);
      }
    }
  }

  /** `at` is the coordinator's time. */
  finish(state: State, at: number, momentOf: (time: number) => number): void {
    for (const monitor of state.monitors.values()) {
      const since = this.#since.get(monitor.number);
      if (since !== undefined) this.#add(monitor.number, since, momentOf(at));
      else if (currentVerdict(state, monitor.number, at) === 'no_data')
        this.#add(monitor.number, momentOf(noDataStart(state, monitor, at)), momentOf(at));
    }
  }

  #add(number: number, from: number, to: number): void {
    const ms = Math.max(0, to - Math.max(from, this.t0));
    this.#ms.set(number, (this.#ms.get(number) ?? 0) + ms);
  }

  seconds(number: number): number {
    return (this.#ms.get(number) ?? 0) / 1_000;
  }
}
