// Plays a scenario in virtual time: the very plan and settle that the Worker runs, driven as a tick drives them.

import { apply } from '../../src/engine/apply.ts';
import type { Change, Entry } from '../../src/engine/model/journal.ts';
import type { Notification } from '../../src/engine/model/notification.ts';
import { emptyState, type Policy, type State } from '../../src/engine/model/state.ts';
import { dueOnSchedule, type Invocation, plan, runKey } from '../../src/engine/schedule/schedule.ts';
import { Cron, type Tick } from './cron.ts';
import { fastForward, firstFaultAt, isSteady } from './fast-forward.ts';
import { type NetworkModel, weatherOf } from './network-model.ts';
import { type Output, outputOf, UndecidedTime } from './output.ts';
import type { Scenario } from './scenario.ts';
import { answerTo, type Heard } from './virtual-fleet.ts';

/** Second 0: a full hour, ms since the epoch. */
export const T0 = 1_800_000_000_000;

interface InFlight {
  readonly heard: Heard;
  readonly keys: readonly number[];
  /** The looks that are on their way, as the tick knows it that asked them. */
  readonly of: Set<number>;
}

/** `skip: false` steps through healthy stretches too: the same answer, slowly. */
export function simulate(scenario: Scenario, { skip = true } = {}): Output & { readonly state: State } {
  const startedAt = performance.now();
  const play = new Play(scenario, skip);
  play.run();
  const output = outputOf(scenario, play, (performance.now() - startedAt) / 1_000);
  return { ...output, state: play.state };
}

class Play {
  state: State = emptyState;
  readonly notifications: Notification[] = [];
  checks = 0;
  extraChecks = 0;
  readonly undecided = new UndecidedTime(T0);
  readonly #weather: NetworkModel;
  readonly #cron: Cron;
  readonly #skip: boolean;
  readonly #endMs: number;
  /** By when they answer. */
  readonly #flights: InFlight[] = [];
  /** ms since T0, as everything here but what the engine is told. */
  #now: number;
  #tick: Tick;
  #next: Tick;
  #known = new Set<number>();

  constructor(scenario: Scenario, skip: boolean) {
    this.#skip = skip;
    this.#weather = weatherOf(scenario);
    this.#cron = new Cron(scenario);
    this.#endMs = scenario.durationSeconds * 1_000;
    this.#now = -warmUpMs(scenario);
    this.#tick = this.#cron.next(this.#now);
    this.#next = this.#cron.next(this.#tick.at + 1);
    this.#settle({ kind: 'change', at: T0 + this.#now, changes: changesOf(scenario) });
  }

  run(): void {
    while (this.#now <= this.#endMs) {
      this.#fireTicks();
      this.#land();
      const wakeAt = this.#isAwake() ? this.#startDue() : this.#next.at;
      if (wakeAt <= this.#now) continue;
      const next = Math.min(
        wakeAt,
        this.#next.at,
        this.#flights[0]?.heard.answeredAt ?? Number.POSITIVE_INFINITY,
      );
      this.#now = Math.max(this.#now, this.#skipTo(next) ?? next);
    }
    this.undecided.end(this.state, T0 + this.#endMs);
  }

  #isAwake(): boolean {
    return this.#now < this.#tick.until && this.#now >= this.#tick.at;
  }

  /** A younger tick takes over and knows nothing of what is in flight; a restart loses it. */
  #fireTicks(): void {
    while (this.#next.at <= this.#now) {
      this.#tick = this.#next;
      this.#next = this.#cron.next(this.#tick.at + 1);
      this.#known = new Set();
    }
  }

  /** Commits what has come back, in order. */
  #land(): void {
    while (this.#flights.length > 0 && this.#flights[0]!.heard.answeredAt <= this.#now) {
      const { heard, keys, of } = this.#flights.shift()!;
      this.#settle({ kind: 'report', at: this.#commitTime(), ...absolute(heard) });
      for (const key of keys) of.delete(key);
    }
  }

  /** Commits take no time here, so several may fall into one moment. */
  readonly #commitTime = (): number => Math.max(T0 + this.#now, this.state.at);

  /** Starts every look that is due and answers when to look again. */
  #startDue(): number {
    const { invocations, reevaluate, wakeAt } = plan(this.state, this.#known, T0 + this.#now);
    if (reevaluate.length > 0) {
      const changes = reevaluate.map((number): Change => ({ type: 'monitor.reevaluated', number }));
      this.#settle({ kind: 'change', at: this.#commitTime(), changes });
      return this.#now;
    }
    for (const invocation of invocations) {
      this.#ask(invocation, 0);
      if (this.#tick.doubled) this.#ask(invocation, invocation.monitors.length);
    }
    return invocations.length > 0 ? this.#now : wakeAt - T0;
  }

  /** `again`: so many of the looks are asked although they are not due. */
  #ask({ location, monitors }: Invocation, again: number): void {
    const runs = monitors.map((monitor) => ({
      monitor,
      timeoutMs: this.state.monitors.get(monitor)!.policy.timeoutMs,
      kind: this.#now < 0 ? null : this.#weather.outcomeAt(monitor - 1, location - 1, this.#now),
    }));
    if (this.#now >= 0) {
      this.checks += runs.length;
      this.extraChecks +=
        again > 0 ? again : monitors.filter((monitor) => !this.#isInSlot(monitor, location)).length;
    }
    const heard = answerTo({ location, runs }, this.#now);
    const keys = monitors.map((monitor) => runKey(monitor, location));
    for (const key of keys) this.#known.add(key);
    const at = this.#flights.findLastIndex((one) => one.heard.answeredAt <= heard.answeredAt) + 1;
    if (heard.answeredAt < this.#cron.nextRestart(this.#now)) {
      this.#flights.splice(at, 0, { heard, keys, of: this.#known });
    }
  }

  #isInSlot(monitor: number, location: number): boolean {
    return dueOnSchedule(this.state, this.state.monitors.get(monitor)!, T0 + this.#now).includes(location);
  }

  #settle(entry: Entry): void {
    const settled = apply(this.state, entry);
    this.state = settled.value;
    this.notifications.push(...settled.notifications);
    this.undecided.see(this.state, entry.at);
  }

  /** Where a healthy stretch ends that begins now; null when none does, or it is no longer than until `next`. */
  #skipTo(next: number): number | null {
    if (!this.#skip || this.#now < 0 || this.#flights.length > 0 || !isSteady(this.state)) return null;
    const until = Math.min(this.#endMs + 1, this.#cron.nextIrregular(this.#now));
    const trouble = firstFaultAt(this.state, this.#weather, T0, this.#now, until);
    if (trouble <= next) return null;
    const skipped = fastForward(this.state, T0 + this.#now, T0 + trouble);
    this.state = skipped.state;
    this.checks += skipped.checks;
    this.#tick = this.#cron.next(Math.floor(trouble / 60_000) * 60_000);
    if (this.#tick.at > trouble) this.#tick = this.#cron.next(Math.floor(trouble / 60_000 - 1) * 60_000);
    this.#next = this.#cron.next(this.#tick.at + 1);
    this.#known = new Set();
    return trouble;
  }
}

/** Long enough that every location has looked as often as any streak is long. */
function warmUpMs({ monitors }: Scenario): number {
  const longest = monitors.map(({ intervalSeconds, alert }) => {
    const runs = Math.max(alert.failures, alert.recoveries) + 3;
    return Math.ceil((runs * intervalSeconds) / 60) * 60_000;
  });
  return Math.max(...longest);
}

const absolute = (heard: Heard): Heard => ({
  ...heard,
  askedAt: T0 + heard.askedAt,
  answeredAt: T0 + heard.answeredAt,
  observations: heard.observations.map((one) => ({ ...one, startedAt: T0 + one.startedAt })),
});

/** Locations and monitors are numbered from 1 in the order of the file. */
function changesOf({ locations, monitors }: Scenario): Change[] {
  const numberOf = (id: string): number => monitors.findIndex((monitor) => monitor.id === id) + 1;
  return [
    ...locations.map((id, index): Change => ({ type: 'location', number: index + 1, id, enabled: true })),
    ...monitors.map(({ intervalSeconds, timeoutMs, alert, dependsOn }, index): Change => {
      const policy: Policy = {
        intervalMs: intervalSeconds * 1_000,
        timeoutMs,
        quorum: alert.quorum,
        failures: alert.failures,
        recoveries: alert.recoveries,
        confirmMs: alert.confirmSeconds * 1_000,
        locations: 'all',
        dependsOn: dependsOn.map(numberOf),
        paused: false,
      };
      return { type: 'monitor', number: index + 1, policy };
    }),
    ...monitors.flatMap(({ id, maintenance }, index): Change[] => {
      const spans = maintenance
        .map(({ from, to }) => [T0 + Math.round(from * 1_000), T0 + Math.round(to * 1_000)] as const)
        .toSorted((a, b) => a[0] - b[0]);
      const window = { kind: 'maintenance' as const, monitors: [index + 1], spans };
      return spans.length === 0 ? [] : [{ type: 'window', id: `maintenance:${id}`, window }];
    }),
  ];
}
