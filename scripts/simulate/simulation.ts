// Owns the virtual time of a simulation. It drives the engine's own `plan` and `apply` as a tick drives them.
// Does not contain alert rules.
import { apply } from '../../src/engine/apply.ts';
import { isStateAhead } from '../../src/engine/clock-correction.ts';
import type { Change, Entry } from '../../src/engine/model/journal.ts';
import { CLOCK_RETRY_MS, SLOT_MS } from '../../src/engine/model/policy.ts';
import { emptyState, type Policy, type State } from '../../src/engine/model/state.ts';
import { dueOnSchedule, type Invocation, plan, runKey } from '../../src/engine/schedule/schedule.ts';
import { Cron, type Tick } from './cron.ts';
import { fastForward, firstFaultAt, isSteady } from './fast-forward.ts';
import { createNetworkModel, type NetworkModel } from './network-model.ts';
import { NoDataTime, type Output, type TimedNotification, toOutput } from './output.ts';
import type { Scenario } from './scenario.ts';
import { Skew } from './skew.ts';
import type { Timeline } from './timeline.ts';
import { type InvocationResult, invokeVirtually } from './virtual-fleet.ts';

/** Second 0 of a scenario: a full hour, in ms since the epoch. */
export const T0 = 1_800_000_000_000;

interface InFlight {
  /** When it really arrives, in ms since T0. The result has the coordinator's readings. */
  readonly arrivesAt: number;
  readonly result: InvocationResult;
  readonly runKeys: readonly number[];
  /** The runs in flight of the tick that started them. */
  readonly runsInFlight: Set<number>;
}

interface Options {
  /** False: also step through healthy stretches. It gives the same output, slowly. */
  readonly skip?: boolean;
  /** Is given every applied entry. */
  readonly timeline?: Timeline;
}

export function simulate(
  scenario: Scenario,
  { skip = true, timeline }: Options = {},
): Output & { readonly state: State } {
  const startedAt = performance.now();
  const simulation = new Simulation(scenario, skip, timeline);
  simulation.run();
  const output = toOutput(scenario, simulation, (performance.now() - startedAt) / 1_000);
  return { ...output, state: simulation.state };
}

class Simulation {
  state: State = emptyState;
  readonly notifications: TimedNotification[] = [];
  checks = 0;
  extraChecks = 0;
  readonly noData = new NoDataTime(T0);
  readonly #network: NetworkModel;
  readonly #cron: Cron;
  readonly #skew: Skew;
  readonly #skip: boolean;
  readonly #timeline: Timeline | undefined;
  readonly #endMs: number;
  /** Ordered by arrival. */
  readonly #inFlight: InFlight[] = [];
  /** In ms since T0, like all times here except those passed to the engine. */
  #now: number;
  #tick: Tick;
  #next: Tick;
  #runsInFlight = new Set<number>();

  constructor(scenario: Scenario, skip: boolean, timeline: Timeline | undefined) {
    this.#skip = skip;
    this.#timeline = timeline;
    this.#network = createNetworkModel(scenario);
    this.#cron = new Cron(scenario);
    this.#skew = new Skew(scenario);
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
        this.#inFlight[0]?.arrivesAt ?? Number.POSITIVE_INFINITY,
      );
      this.#now = Math.max(this.#now, this.#skipApart(next) ?? this.#fastForwardTo(next) ?? next);
    }
    this.#now = this.#endMs;
    this.noData.finish(this.state, this.#committedNow(), (time) => T0 + this.#momentOf(time));
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
    while (this.#inFlight.length > 0 && this.#inFlight[0]!.arrivesAt <= this.#now) {
      const { result, runKeys, runsInFlight } = this.#inFlight.shift()!;
      this.#correctClock();
      this.#apply({ kind: 'report', at: this.#commitTime(), ...result });
      for (const key of runKeys) runsInFlight.delete(key);
    }
  }

  /** Commits take no time here, so several may have the same time. */
  readonly #commitTime = (): number => Math.max(this.#committedNow(), this.state.at);

  /** The coordinator's reading, in ms since the epoch. */
  readonly #reading = (): number => T0 + this.#now + this.#skew.offsetAt(this.#now);

  /** The same, or D1's time while the two are apart. */
  readonly #committedNow = (): number => T0 + this.#now + this.#skew.committedOffset(this.#now);

  /** As a tick and a commit do it. */
  #correctClock(): void {
    const at = this.#committedNow();
    if (isStateAhead(this.state, at))
      this.#apply({ kind: 'change', at, changes: [{ type: 'clock.corrected' }] });
  }

  /** Starts every due run. Returns when the next one is due. */
  #startDueRuns(): number {
    if (this.#skew.isApart(this.#now)) return nextRetry(this.#now);
    this.#correctClock();
    const offsetMs = this.#skew.offsetAt(this.#now);
    const { invocations, reevaluate, wakeAt } = plan(this.state, this.#runsInFlight, this.#reading());
    if (reevaluate.length > 0) {
      const changes = reevaluate.map((number): Change => ({ type: 'monitor.reevaluated', number }));
      this.#apply({ kind: 'change', at: this.#commitTime(), changes });
      return this.#now;
    }
    for (const invocation of invocations) {
      this.#invoke(invocation, 0);
      if (this.#tick.doubled) this.#invoke(invocation, invocation.monitors.length);
    }
    return invocations.length > 0 ? this.#now : wakeAt - T0 - offsetMs;
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
    const truth = invokeVirtually({ location, runs }, this.#now);
    const arrivesAt = truth.answeredAt;
    const result = absolute(truth, this.#reading(), T0 + arrivesAt + this.#skew.offsetAt(arrivesAt));
    const runKeys = monitors.map((monitor) => runKey(monitor, location));
    for (const key of runKeys) this.#runsInFlight.add(key);
    const at = this.#inFlight.findLastIndex((one) => one.arrivesAt <= arrivesAt) + 1;
    if (arrivesAt < this.#cron.nextRestart(this.#now)) {
      this.#inFlight.splice(at, 0, { arrivesAt, result, runKeys, runsInFlight: this.#runsInFlight });
    }
  }

  #isScheduled(monitor: number, location: number): boolean {
    return dueOnSchedule(this.state, this.state.monitors.get(monitor)!, this.#reading()).includes(location);
  }

  #apply(entry: Entry): void {
    const before = this.state;
    const applied = apply(before, entry);
    this.state = applied.value;
    this.#timeline?.add({
      ...{ entry, before, after: applied.value, now: this.#now },
      ...{ notifications: applied.notifications, records: applied.records },
      momentOf: (time) => this.#momentOf(time),
    });
    for (const notification of applied.notifications)
      this.notifications.push({
        notification,
        at: this.#now,
        startedAt: this.#momentOf(notification.startedAt),
      });
    this.noData.update(this.state, T0 + this.#now, (time) => T0 + this.#momentOf(time));
  }

  /** The moment of a time that the engine holds, in ms since T0. */
  #momentOf(time: number): number {
    return this.#skew.momentOf(time - T0, this.#now);
  }

  /** While the clocks are apart, nothing happens: the comparison after the next change. Null if they agree. */
  #skipApart(next: number): number | null {
    if (!this.#skip || !this.#skew.isApart(this.#now) || this.#inFlight.length > 0) return null;
    const until = Math.min(this.#endMs + 1, this.#cron.nextIrregular(this.#now));
    const to = Math.min(this.#skew.nextChange(this.#now), until);
    const retry = Number.isFinite(to) ? Math.ceil(to / CLOCK_RETRY_MS) * CLOCK_RETRY_MS : to;
    if (Math.min(retry, until) <= next) return null;
    this.#resumeTicksAt(Math.min(retry, until));
    return Math.min(retry, until);
  }

  /** The end of a healthy stretch that begins now. Null if none begins, or if it ends before `next`. */
  #fastForwardTo(next: number): number | null {
    if (!this.#skip || this.#now < 0 || this.#inFlight.length > 0 || !isSteady(this.state)) return null;
    // After a jump back, runs of the near future have been done.
    if (this.#skew.isApart(this.#now) || this.state.at > this.#reading()) return null;
    const until = Math.min(
      this.#endMs + 1,
      this.#cron.nextIrregular(this.#now),
      // A tick sleeps for at most a slot, so it has noticed nothing of the change yet.
      this.#skew.nextChange(this.#now) - SLOT_MS,
    );
    // The schedule follows the coordinator's clock, and the faults do not.
    const t0 = T0 + this.#skew.offsetAt(this.#now);
    const faultAt = firstFaultAt(this.state, this.#network, t0, this.#now, until);
    if (faultAt <= next) return null;
    const skipped = fastForward(this.state, t0 + this.#now, t0 + faultAt);
    this.state = skipped.state;
    this.checks += skipped.checks;
    this.#resumeTicksAt(faultAt);
    return faultAt;
  }

  /** The tick that runs at a moment with a regular cron before it. */
  #resumeTicksAt(at: number): void {
    this.#tick = this.#cron.next(Math.floor(at / 60_000) * 60_000);
    if (this.#tick.at > at) this.#tick = this.#cron.next(Math.floor(at / 60_000 - 1) * 60_000);
    this.#next = this.#cron.next(this.#tick.at + 1);
    this.#runsInFlight = new Set();
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

/** The result with what the coordinator's clock shows at its start and at its end, in ms since the epoch. */
const absolute = (result: InvocationResult, askedAt: number, answeredAt: number): InvocationResult => ({
  ...result,
  askedAt,
  answeredAt,
  observations: result.observations.map((observation) => ({ ...observation, startedAt: askedAt })),
});

/** When a tick that found the clocks apart compares them again. */
const nextRetry = (at: number): number => (Math.floor(at / CLOCK_RETRY_MS) + 1) * CLOCK_RETRY_MS;

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
