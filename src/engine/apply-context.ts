// Owns one entry while it is applied: the state as it becomes, and the effects collected on the way.

import { evaluateMonitor } from './evaluate.ts';
import { quarantineLoneOutlier, quarantineOutliers } from './incidents/location-health.ts';
import { roundLookbackMs } from './incidents/outlier-detection.ts';
import type { Effects } from './model/effects.ts';
import type { IncidentRecord, Notification } from './model/notification.ts';
import type { MonitorState, OpenIncident, State } from './model/state.ts';
import { undecidedAncestors } from './notifications/dependency.ts';
import { ancestorsOf, dependencyDepth, descendantsOf } from './notifications/dependency-graph.ts';
import { isNotified } from './notifications/pipeline.ts';
import { refreshPendingStep, startFullRound } from './voting/confirmation.ts';

export class ApplyContext {
  readonly at: number;
  readonly changedMonitors = new Set<number>();
  readonly #monitors: Map<number, MonitorState>;
  readonly #notifications: Notification[] = [];
  readonly #records: IncidentRecord[] = [];
  #state: State;
  /** How far back the runs of the closed rounds reach; null if no round was closed. */
  #closedSince: number | null = null;

  constructor(state: State, at: number) {
    this.at = at;
    this.#monitors = new Map(state.monitors);
    this.#state = { ...state, monitors: this.#monitors };
  }

  get state(): State {
    return this.#state;
  }

  /** The state and everything collected so far. */
  get effects(): Effects<State> {
    return { value: this.#state, notifications: this.#notifications, records: this.#records };
  }

  monitor(number: number): MonitorState | undefined {
    return this.#monitors.get(number);
  }

  setMonitor(monitor: MonitorState): void {
    this.changedMonitors.add(monitor.number);
    this.#monitors.set(monitor.number, monitor);
  }

  remove(number: number): void {
    this.#monitors.delete(number);
  }

  /** Changes everything but the monitors. */
  patchState(parts: Partial<Omit<State, 'monitors'>>): void {
    this.#state = { ...this.#state, ...parts, monitors: this.#monitors };
  }

  collect<T>({ value, notifications, records }: Effects<T>): T {
    this.#notifications.push(...notifications);
    this.#records.push(...records);
    return value;
  }

  /** Returns whether an incident of a location began or ended: then every verdict may change. */
  mergeLocations(effects: Effects<State>): boolean {
    this.patchState({ locations: this.collect(effects).locations });
    return effects.records.length > 0;
  }

  /** Sets a monitor after a result, and remembers if that closed a step of its fan-out. */
  setMonitorAfterResult(before: MonitorState, after: MonitorState): void {
    this.setMonitor(after);
    const { round } = before;
    if (round === null || after.round?.startsAt === round.startsAt) return;
    const since = round.startsAt - roundLookbackMs(before);
    this.#closedSince = Math.min(this.#closedSince ?? since, since);
  }

  /** Quarantines the outliers of the rounds that were closed. Returns whether there were any. */
  quarantineOutliers(): boolean {
    if (this.#closedSince === null) return false;
    return this.#mergeQuarantine(quarantineOutliers(this.#state, this.#closedSince, this.at));
  }

  /** Quarantines a location that alone fails nearly everything. Returns whether any quarantine began or ended. */
  quarantineLone(location: number): boolean {
    return this.#mergeQuarantine(quarantineLoneOutlier(this.#state, location, this.at));
  }

  #mergeQuarantine(effects: Effects<State>): boolean {
    const found = this.mergeLocations(effects);
    if (found) {
      for (const monitor of this.#monitors.values()) {
        if (monitor.round) this.setMonitor(refreshPendingStep(this.#state, monitor, this.at));
      }
    }
    return found;
  }

  /** Evaluates these monitors, dependencies first, and then the dependents whose notification waits for them. */
  evaluate(numbers: readonly number[]): void {
    const first = this.inDependencyOrder(numbers);
    for (const number of first) this.#evaluateOne(number);
    const done = new Set(first);
    const waiting: number[] = [];
    for (const monitor of this.#monitors.values()) {
      const isDependent = monitor.policy.dependsOn.length > 0 || monitor.detached !== null;
      if (isDependent && !isNotified(monitor) && !done.has(monitor.number)) waiting.push(monitor.number);
    }
    for (const number of this.inDependencyOrder(waiting)) this.#evaluateOne(number);
  }

  #evaluateOne(number: number): void {
    const before = this.#monitors.get(number);
    if (!before) return;
    const after = this.collect(evaluateMonitor(this.#state, before, this.at));
    this.setMonitor(this.#recheckIfNoData(after));
    const was = before.incident?.verdict;
    if (was !== undefined && was !== after.incident?.verdict)
      this.#recheckExplained(number, was, after.incident);
    if (!isNotified(after)) this.#recheckUndecided(after);
  }

  /** A regional problem waits for dependencies that fail alike: they are checked as soon as that decides them. */
  #recheckUndecided(monitor: MonitorState): void {
    for (const { ancestor, decidableAt } of undecidedAncestors(this.#state, monitor, this.at)) {
      const isDue = this.at >= decidableAt && (ancestor.lastFullCheckAt ?? 0) < decidableAt;
      if (isDue && ancestor.round === null) this.setMonitor(startFullRound(this.#state, ancestor, this.at));
    }
  }

  /** Too few fresh votes: all locations check the monitor at once, at most once an interval. */
  #recheckIfNoData(monitor: MonitorState): MonitorState {
    const { verdict, policy, round, lastFullCheckAt } = monitor;
    if (verdict !== 'no_data' || policy.paused || round !== null) return monitor;
    const isDue = lastFullCheckAt === null || this.at - lastFullCheckAt >= policy.intervalMs;
    return isDue ? startFullRound(this.#state, monitor, this.at) : monitor;
  }

  /** A problem is over: do those that it explained still fail? An outage explains any incident, a partial one its like. */
  #recheckExplained(number: number, was: OpenIncident['verdict'], now: OpenIncident | null): void {
    if (was === 'partial' && now !== null) return;
    for (const dependent of descendantsOf(this.#state, number)) {
      const { incident, round, policy } = dependent;
      const isExplained = incident !== null && (was === 'down' || incident.verdict === 'partial');
      if (isExplained && round === null && !policy.paused)
        this.setMonitor(startFullRound(this.#state, dependent, this.at));
    }
  }

  /** A fan-out checks the monitor's dependencies too, so that both are decided at about the same time. */
  recheckAncestors(monitor: MonitorState): void {
    for (const ancestor of ancestorsOf(this.#state, monitor)) {
      if (ancestor.round === null && !ancestor.policy.paused) {
        this.setMonitor(startFullRound(this.#state, ancestor, this.at));
      }
    }
  }

  /** In the given order, except that a monitor comes after everything that it depends on. */
  inDependencyOrder(numbers: readonly number[]): readonly number[] {
    const isDependent = (number: number): boolean =>
      (this.#monitors.get(number)?.policy.dependsOn.length ?? 0) > 0;
    if (!numbers.some(isDependent)) return numbers;
    const depths = new Map(numbers.map((number) => [number, dependencyDepth(this.#state, number)]));
    return numbers.toSorted((a, b) => depths.get(a)! - depths.get(b)!);
  }
}
