// What a journal says of the mesh, entry by entry: lists made by reading it from its beginning. Naive on purpose: it
// knows entries, the rounds that are open after each, and who is quarantined, and nothing else of the engine.
import type { Change, Entry, JournalObservation } from '../../../src/core/journal.ts';
import type { Policy } from '../../../src/core/state.ts';

/** An entry, and the facts about rounds and quarantine after it, which the reference takes as given. */
export interface Recorded {
  readonly entry: Entry;
  /** Open rounds by monitor: whom they ask, and the answers that wait for the others. */
  readonly rounds: ReadonlyMap<number, OpenRound>;
  readonly quarantined: ReadonlySet<number>;
}

export interface OpenRound {
  readonly step: number;
  readonly startsAt: number;
  readonly asked: readonly number[];
  readonly answers: readonly { readonly location: number; readonly startedAt: number }[];
}

/** A monitor after an entry. */
export interface Configured {
  readonly policy: Policy;
  /** Looks that began before say nothing of this target. */
  readonly targetSince: number;
  /** The locations that it is configured for, and when each was given to it: those listed, or all that are enabled. */
  readonly given: ReadonlyMap<number, number>;
  readonly disabled: ReadonlySet<number>;
}

/** One observation and the number of the entry with which it began to count. */
export interface Applied {
  readonly monitor: number;
  readonly location: number;
  readonly at: number;
  readonly observation: JournalObservation;
}

/** A location asked in a round that was settled with entry `at`, or left out of one that began with it. */
export interface Called {
  readonly at: number;
  readonly monitor: number;
  readonly location: number;
  readonly leftOut: boolean;
}

export class History {
  readonly recorded: readonly Recorded[];
  /** After each entry, by monitor. */
  readonly configured: readonly ReadonlyMap<number, Configured>[];
  /** In the order in which they count: by entry, then by (look start, location). */
  readonly applied: readonly Applied[];
  readonly called: readonly Called[];

  constructor(recorded: readonly Recorded[]) {
    this.recorded = recorded;
    this.configured = configuredOf(recorded.map(({ entry }) => entry));
    this.applied = appliedOf(recorded);
    this.called = calledOf(recorded, this.configured);
  }

  /** Observations of what is its target after entry `n`, of one location, that count by then or do not measure. */
  of(monitor: number, location: number, n: number): Applied[] {
    const since = this.configured[n]?.get(monitor)?.targetSince ?? 0;
    return this.applied.filter(
      (one) =>
        one.monitor === monitor &&
        one.location === location &&
        one.at <= n &&
        one.observation.startedAt >= since,
    );
  }
}

function configuredOf(entries: readonly Entry[]): Map<number, Configured>[] {
  const enabled = new Map<number, boolean>();
  let monitors = new Map<number, Configured>();
  return entries.map((entry) => {
    if (entry.kind === 'report') return monitors;
    for (const change of entry.changes) {
      if (change.type === 'location') enabled.set(change.number, change.enabled);
      monitors = changed(monitors, change, entry.at);
      monitors = new Map([...monitors].map(([number, monitor]) => [number, give(monitor, enabled, entry.at)]));
    }
    return monitors;
  });
}

function changed(before: Map<number, Configured>, change: Change, at: number): Map<number, Configured> {
  const monitors = new Map(before);
  if (change.type === 'monitor.deleted') monitors.delete(change.number);
  if (change.type !== 'monitor' && change.type !== 'monitor.retargeted') return monitors;
  const known = change.type === 'monitor' ? monitors.get(change.number) : undefined;
  const { policy } = change;
  return monitors.set(change.number, known ? { ...known, policy } : { policy, targetSince: at, given: new Map(), disabled: new Set() });
}

function give(monitor: Configured, enabled: ReadonlyMap<number, boolean>, at: number): Configured {
  const { locations } = monitor.policy;
  const disabled = new Set([...enabled.keys()].filter((one) => !enabled.get(one)));
  const theirs = locations === 'all' ? [...enabled.keys()].filter((one) => !disabled.has(one)) : locations;
  return { ...monitor, disabled, given: new Map(theirs.map((one) => [one, monitor.given.get(one) ?? at])) };
}

function appliedOf(recorded: readonly Recorded[]): Applied[] {
  const isHeld = (n: number, location: number, { monitor, startedAt }: JournalObservation): boolean =>
    (recorded[n]?.rounds.get(monitor)?.answers ?? []).some(
      (answer) => answer.location === location && answer.startedAt === startedAt,
    );
  const all: Applied[] = [];
  recorded.forEach(({ entry }, n) => {
    if (entry.kind === 'change') return;
    const { location } = entry;
    for (const observation of entry.observations) {
      let at = n;
      while (isHeld(at, location, observation)) at += 1;
      all.push({ monitor: observation.monitor, location, at, observation });
    }
  });
  return all.sort(
    (a, b) => a.at - b.at || a.observation.startedAt - b.observation.startedAt || a.location - b.location,
  );
}

function calledOf(recorded: readonly Recorded[], configured: readonly ReadonlyMap<number, Configured>[]): Called[] {
  const called: Called[] = [];
  const missed = new Map<number, number>();
  recorded.forEach(({ entry, rounds }, at) => {
    if (entry.kind === 'report') {
      missed.set(entry.location, entry.missedDeadline ? (missed.get(entry.location) ?? 0) + 1 : 0);
    }
    for (const [monitor, { given }] of configured[at]!) {
      const before = recorded[at - 1]?.rounds.get(monitor);
      const after = rounds.get(monitor);
      const isOther = before?.step !== after?.step || before?.startsAt !== after?.startsAt;
      if (before && isOther) {
        for (const location of before.asked) called.push({ at, monitor, location, leftOut: false });
      }
      for (const location of given.keys()) {
        if (!after || after.asked.includes(location) || (missed.get(location) ?? 0) < 2) continue;
        // Nobody else may be left to ask: such a fan-out begins with its second step.
        const isBeginning = isOther && (!before || after.step === 1);
        const isDropped = !isOther && before?.asked.includes(location);
        if (isBeginning || isDropped) called.push({ at, monitor, location, leftOut: true });
      }
    }
  });
  return called;
}
