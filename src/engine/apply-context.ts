// One entry being settled: the state as it becomes, and everything that is told and recorded on the way.

import { evaluateMonitor, type MonitorEffects } from './evaluate.ts';
import { type LocationEffects, quarantineOutliers } from './incidents/location-health.ts';
import { roundLookbackMs } from './incidents/outlier-detection.ts';
import type { IncidentRecord, Notification } from './model/notification.ts';
import type { MonitorState, State } from './model/state.ts';
import { ancestorsOf, dependencyDepth, descendantsOf } from './notifications/dependency.ts';
import { isNotified } from './notifications/pipeline.ts';
import { refreshPendingStep, startFullRound } from './voting/confirmation.ts';

export class ApplyContext {
  readonly at: number;
  readonly notifications: Notification[] = [];
  readonly records: IncidentRecord[] = [];
  /** Monitors that were put anew. */
  readonly changedMonitors = new Set<number>();
  readonly #monitors: Map<number, MonitorState>;
  #state: State;
  /** How far back the looks of the rounds reach that were closed; null = none was. */
  #closedSince: number | null = null;

  constructor(state: State, at: number) {
    this.at = at;
    this.#monitors = new Map(state.monitors);
    this.#state = { ...state, monitors: this.#monitors };
  }

  get state(): State {
    return this.#state;
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

  /** Answers whether locations came under suspicion, or out of it: then every verdict may be another. */
  mergeLocations({ state, notifications, records }: LocationEffects): boolean {
    this.patchState({ locations: state.locations });
    this.notifications.push(...notifications);
    this.records.push(...records);
    return records.length > 0;
  }

  collect({ monitor, notifications, records }: MonitorEffects): MonitorState {
    this.notifications.push(...notifications);
    this.records.push(...records);
    return monitor;
  }

  /** Puts a monitor that has heard something, and remembers when that closed a step of its fan-out. */
  setMonitorAfterResult(before: MonitorState, after: MonitorState): void {
    this.setMonitor(after);
    const { round } = before;
    if (round === null || after.round?.startsAt === round.startsAt) return;
    const since = round.startsAt - roundLookbackMs(before);
    this.#closedSince = Math.min(this.#closedSince ?? since, since);
  }

  /** Judges the locations on the rounds that were closed. Answers whether one was quarantined. */
  quarantineOutliers(): boolean {
    if (this.#closedSince === null) return false;
    const found = this.mergeLocations(quarantineOutliers(this.#state, this.#closedSince, this.at));
    if (found) {
      for (const monitor of this.#monitors.values()) {
        if (monitor.round) this.setMonitor(refreshPendingStep(this.#state, monitor, this.at));
      }
    }
    return found;
  }

  /** Pronounces the verdict over these monitors, parents first, and over the children that waited for them. */
  evaluate(numbers: readonly number[]): void {
    const heard = this.inDependencyOrder(numbers);
    for (const number of heard) this.#evaluateOne(number);
    const done = new Set(heard);
    const waiting: number[] = [];
    for (const monitor of this.#monitors.values()) {
      const isChild = monitor.policy.dependsOn.length > 0;
      if (isChild && !isNotified(monitor) && !done.has(monitor.number)) waiting.push(monitor.number);
    }
    for (const number of this.inDependencyOrder(waiting)) this.#evaluateOne(number);
  }

  #evaluateOne(number: number): void {
    const before = this.#monitors.get(number);
    if (!before) return;
    const after = this.collect(evaluateMonitor(this.#state, before, this.at));
    this.setMonitor(this.#recheckIfNoData(after));
    if (before.incident?.verdict === 'down' && after.incident?.verdict !== 'down')
      this.#recheckDependents(number);
  }

  /** A monitor short of fresh voters is asked from everywhere at once, at most once an interval. */
  #recheckIfNoData(monitor: MonitorState): MonitorState {
    const { verdict, policy, round, lastFullCheckAt } = monitor;
    const mayAsk = !policy.paused && round === null && this.at - lastFullCheckAt >= policy.intervalMs;
    return verdict === 'no_data' && mayAsk ? startFullRound(this.#state, monitor, this.at) : monitor;
  }

  /** A parent is back: do its children outlive it? */
  #recheckDependents(parent: number): void {
    for (const child of descendantsOf(this.#state, parent)) {
      if (child.incident !== null && child.round === null && !child.policy.paused) {
        this.setMonitor(startFullRound(this.#state, child, this.at));
      }
    }
  }

  /** A child's fan-out asks its ancestors too, so that both are known at about the same time. */
  recheckAncestors(child: MonitorState): void {
    for (const ancestor of ancestorsOf(this.#state, child)) {
      if (ancestor.round === null && !ancestor.policy.paused) {
        this.setMonitor(startFullRound(this.#state, ancestor, this.at));
      }
    }
  }

  /** In the given order, but for children, which come after everything that they depend on. */
  inDependencyOrder(numbers: readonly number[]): readonly number[] {
    const isChild = (number: number): boolean =>
      (this.#monitors.get(number)?.policy.dependsOn.length ?? 0) > 0;
    if (!numbers.some(isChild)) return numbers;
    const depths = new Map(numbers.map((number) => [number, dependencyDepth(this.#state, number)]));
    return numbers.toSorted((a, b) => depths.get(a)! - depths.get(b)!);
  }
}
