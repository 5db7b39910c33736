// Owns the virtual time of a simulation. It drives the engine's own `plan` and `apply` as a tick drives them.
// Does not contain alert rules.
import { apply } from '../../src/engine/apply.ts';
import type { Change, Entry } from '../../src/engine/model/journal.ts';
import type { Notification } from '../../src/engine/model/notification.ts';
import { emptyState, type Policy, type State } from '../../src/engine/model/state.ts';
import { dueOnSchedule, type Invocation, plan, runKey } from '../../src/engine/schedule/schedule.ts';
import { Cron, type Tick } from './cron.ts';
import { fastForward, firstFaultAt, isSteady } from './fast-forward.ts';
import { createNetworkModel, type NetworkModel } from './network-model.ts';
import { NoDataTime, type Output, toOutput } from './output.ts';
import type { Scenario } from './scenario.ts';
import { type InvocationResult, invokeVirtually } from './virtual-fleet.ts';

/** Second 0 of a scenario: a full hour, in ms since the epoch. */
export const T0 = 1_800_000_000_000;

interface InFlight {
  readonly result: InvocationResult;
  readonly runKeys: readonly number[];
  /** The runs in flight of the tick that started them. */
  readonly runsInFlight: Set<number>;
}

/** `skip: false` also steps through healthy stretches. It gives the same output, slowly. */
export function simulate(scenario: Scenario, { skip = true } = {}): Output & { readonly state: State } {
  const startedAt = performance.now();
  const simulation = new Simulation(scenario, skip);
  simulation.run();
  const output = toOutput(scenario, simulation, (performance.now() - startedAt) / 1_000);
  return { ...output, state: simulation.state };
}

class Simulation {
  state: State = emptyState;
  readonly notifications: Notification[] = [];
  checks = 0;
  extraChecks = 0;
  readonly noData = new NoDataTime(T0);
  readonly #network: NetworkModel;
  readonly #cron: Cron;
  readonly #skip: boolean;
  readonly #endMs: number;
  /** Ordered by arrival. */
  readonly #inFlight: InFlight[] = [];
  /** In ms since T0, like all times here except those passed to the engine. */
  #now: number;
  #tick: Tick;
  #next: Tick;
  #runsInFlight = new Set<number>();

  constructor(scenario: Scenario, skip: boolean) {
    this.#skip = skip;
    this.#network = createNetworkModel(scenario);
    this.#cron = new Cron(scenario);
    this.#endMs = scenario.durationSeconds * 1_000;
    this.#now = -warmUpMs(scenario);
    this.#tick = this.#cron.next(this.#now);
    this.#next = this.#cron.next(this.#tick.at + 1);
    this.#apply({ kind: 'change', at: T0 + this.#now, changes: changesOf(scenario) });
  }

  run(): void {
    while (this.#now <= this.#endMs) {
      this.#fireTicks();
      this.#commitArrived();
      const resumeAt = this.#isTickRunning() ? this.#startDueRuns() : this.#next.at;
      if (resumeAt <= this.#now) continue;
      const next = Math.min(
        resumeAt,
        this.#next.at,
        this.#inFlight[0]?.result.answeredAt ?? Number.POSITIVE_INFINITY,
      );
      this.#now = Math.max(this.#now, this.#fastForwardTo(next) ?? next);
    }
    this.noData.finish(this.state, T0 + this.#endMs);
  }

  #isTickRunning(): boolean {
    return this.#now < this.#tick.until && this.#now >= this.#tick.at;
  }

  /** A new tick takes over without knowing the runs in flight. A restart loses them. */
  #fireTicks(): void {
    while (this.#next.at <= this.#now) {
      this.#tick = this.#next;
      this.#next = this.#cron.next(this.#tick.at + 1);
      this.#runsInFlight = new Set();
    }
  }

  /** Commits the results that have arrived, in order. */
  #commitArrived(): void {
    while (this.#inFlight.length > 0 && this.#inFlight[0]!.result.answeredAt <= this.#now) {
      const { result, runKeys, runsInFlight } = this.#inFlight.shift()!;
      this.#apply({ kind: 'report', at: this.#commitTime(), ...absolute(result) });
      for (const key of runKeys) runsInFlight.delete(key);
    }
  }

  /** Commits take no time here, so several may have the same time. */
  readonly #commitTime = (): number => Math.max(T0 + this.#now, this.state.at);

  /** Starts every due run. Returns when the next one is due. */
  #startDueRuns(): number {
    const { invocations, reevaluate, wakeAt } = plan(this.state, this.#runsInFlight, T0 + this.#now);
    if (reevaluate.length > 0) {
      const changes = reevaluate.map((number): Change => ({ type: 'monitor.reevaluated', number }));
      this.#apply({ kind: 'change', at: this.#commitTime(), changes });
      return this.#now;
    }
    for (const invocation of invocations) {
      this.#invoke(invocation, 0);
      if (this.#tick.doubled) this.#invoke(invocation, invocation.monitors.length);
    }
    return invocations.length > 0 ? this.#now : wakeAt - T0;
  }

  /** `repeated` is the number of runs that a doubled tick starts again. */
  #invoke({ location, monitors }: Invocation, repeated: number): void {
    const runs = monitors.map((monitor) => ({
      monitor,
      timeoutMs: this.state.monitors.get(monitor)!.policy.timeoutMs,
      fault: this.#now < 0 ? null : this.#network.outcomeAt(monitor - 1, location - 1, this.#now),
    }));
    if (this.#now >= 0) {
      this.checks += runs.length;
      this.extraChecks +=
        repeated > 0 ? repeated : monitors.filter((monitor) => !this.#isScheduled(monitor, location)).length;
    }
    const result = invokeVirtually({ location, runs }, this.#now);
    const runKeys = monitors.map((monitor) => runKey(monitor, location));
    for (const key of runKeys) this.#runsInFlight.add(key);
    const at = this.#inFlight.findLastIndex((one) => one.result.answeredAt <= result.answeredAt) + 1;
    if (result.answeredAt < this.#cron.nextRestart(this.#now)) {
      this.#inFlight.splice(at, 0, { result, runKeys, runsInFlight: this.#runsInFlight });
    }
  }

  #isScheduled(monitor: number, location: number): boolean {
    return dueOnSchedule(this.state, this.state.monitors.get(monitor)!, T0 + this.#now).includes(location);
  }

  #apply(entry: Entry): void {
    const applied = apply(this.state, entry);
    this.state = applied.value;
    this.notifications.push(...applied.notifications);
    this.noData.update(this.state, entry.at);
  }

  /** The end of a healthy stretch that begins now. Null if none begins, or if it ends before `next`. */
  #fastForwardTo(next: number): number | null {
    if (!this.#skip || this.#now < 0 || this.#inFlight.length > 0 || !isSteady(this.state)) return null;
    const until = Math.min(this.#endMs + 1, this.#cron.nextIrregular(this.#now));
    const faultAt = firstFaultAt(this.state, this.#network, T0, this.#now, until);
    if (faultAt <= next) return null;
    const skipped = fastForward(this.state, T0 + this.#now, T0 + faultAt);
    this.state = skipped.state;
    this.checks += skipped.checks;
    this.#tick = this.#cron.next(Math.floor(faultAt / 60_000) * 60_000);
    if (this.#tick.at > faultAt) this.#tick = this.#cron.next(Math.floor(faultAt / 60_000 - 1) * 60_000);
    this.#next = this.#cron.next(this.#tick.at + 1);
    this.#runsInFlight = new Set();
    return faultAt;
  }
}

/** Long enough for every location to complete the longest streak. */
function warmUpMs({ monitors }: Scenario): number {
  const longest = monitors.map(({ intervalSeconds, alert }) => {
    const runs = Math.max(alert.failures, alert.recoveries) + 3;
    return Math.ceil((runs * intervalSeconds) / 60) * 60_000;
  });
  return Math.max(...longest);
}

const absolute = (result: InvocationResult): InvocationResult => ({
  ...result,
  askedAt: T0 + result.askedAt,
  answeredAt: T0 + result.answeredAt,
  observations: result.observations.map((observation) => ({
    ...observation,
    startedAt: T0 + observation.startedAt,
  })),
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
