// One entry being settled: the state as it becomes, and everything that is told and recorded on the way.

import { type Pronounced, pronounce } from './evaluate.ts';
import { type Located, quarantineSuspects } from './incidents/location-health.ts';
import { roundReachMs } from './incidents/outlier-detection.ts';
import type { IncidentRecord, Notice } from './model/notification.ts';
import type { MonitorState, State } from './model/state.ts';
import { ancestorsOf, depthOf, descendantsOf } from './notifications/dependency.ts';
import { isTold } from './notifications/pipeline.ts';
import { askEverybody, reconsider } from './voting/confirmation.ts';

export class Sitting {
  readonly at: number;
  readonly notices: Notice[] = [];
  readonly records: IncidentRecord[] = [];
  /** Monitors that were put anew. */
  readonly touched = new Set<number>();
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

  put(monitor: MonitorState): void {
    this.touched.add(monitor.number);
    this.#monitors.set(monitor.number, monitor);
  }

  remove(number: number): void {
    this.#monitors.delete(number);
  }

  /** Changes everything but the monitors. */
  change(parts: Partial<Omit<State, 'monitors'>>): void {
    this.#state = { ...this.#state, ...parts, monitors: this.#monitors };
  }

  /** Answers whether locations came under suspicion, or out of it: then every verdict may be another. */
  take({ state, notices, records }: Located): boolean {
    this.change({ locations: state.locations });
    this.notices.push(...notices);
    this.records.push(...records);
    return records.length > 0;
  }

  takeTold({ monitor, notices, records }: Pronounced): MonitorState {
    this.notices.push(...notices);
    this.records.push(...records);
    return monitor;
  }

  /** Puts a monitor that has heard something, and remembers when that closed a step of its fan-out. */
  putHeard(before: MonitorState, after: MonitorState): void {
    this.put(after);
    const { round } = before;
    if (round === null || after.round?.startsAt === round.startsAt) return;
    const since = round.startsAt - roundReachMs(before);
    this.#closedSince = Math.min(this.#closedSince ?? since, since);
  }

  /** Judges the locations on the rounds that were closed. Answers whether one was quarantined. */
  judgeWitnesses(): boolean {
    if (this.#closedSince === null) return false;
    const found = this.take(quarantineSuspects(this.#state, this.#closedSince, this.at));
    if (found) {
      for (const monitor of this.#monitors.values()) {
        if (monitor.round) this.put(reconsider(this.#state, monitor, this.at));
      }
    }
    return found;
  }

  /** Pronounces the verdict over these monitors, parents first, and over the children that waited for them. */
  pronounce(numbers: readonly number[]): void {
    const heard = this.parentsFirst(numbers);
    for (const number of heard) this.#pronounceOne(number);
    const done = new Set(heard);
    const waiting: number[] = [];
    for (const monitor of this.#monitors.values()) {
      const isChild = monitor.policy.dependsOn.length > 0;
      if (isChild && !isTold(monitor) && !done.has(monitor.number)) waiting.push(monitor.number);
    }
    for (const number of this.parentsFirst(waiting)) this.#pronounceOne(number);
  }

  #pronounceOne(number: number): void {
    const before = this.#monitors.get(number);
    if (!before) return;
    const after = this.takeTold(pronounce(this.#state, before, this.at));
    this.put(this.#askIfBlind(after));
    if (before.incident?.verdict === 'down' && after.incident?.verdict !== 'down') this.#askChildren(number);
  }

  /** A monitor short of fresh voters is asked from everywhere at once, at most once an interval. */
  #askIfBlind(monitor: MonitorState): MonitorState {
    const { verdict, policy, round, askedAllAt } = monitor;
    const mayAsk = !policy.paused && round === null && this.at - askedAllAt >= policy.intervalMs;
    return verdict === 'undecided' && mayAsk ? askEverybody(this.#state, monitor, this.at) : monitor;
  }

  /** A parent is back: do its children outlive it? */
  #askChildren(parent: number): void {
    for (const child of descendantsOf(this.#state, parent)) {
      if (child.incident !== null && child.round === null && !child.policy.paused) {
        this.put(askEverybody(this.#state, child, this.at));
      }
    }
  }

  /** A child's fan-out asks its ancestors too, so that both are known at about the same time. */
  askAncestors(child: MonitorState): void {
    for (const ancestor of ancestorsOf(this.#state, child)) {
      if (ancestor.round === null && !ancestor.policy.paused) {
        this.put(askEverybody(this.#state, ancestor, this.at));
      }
    }
  }

  /** In the given order, but for children, which come after everything that they depend on. */
  parentsFirst(numbers: readonly number[]): readonly number[] {
    const isChild = (number: number): boolean =>
      (this.#monitors.get(number)?.policy.dependsOn.length ?? 0) > 0;
    if (!numbers.some(isChild)) return numbers;
    const depths = new Map(numbers.map((number) => [number, depthOf(this.#state, number)]));
    return numbers.toSorted((a, b) => depths.get(a)! - depths.get(b)!);
  }
}
