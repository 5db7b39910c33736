// Owns the results of one location's jobs: when they are committed, and as which entries. Does not commit.
import type { ReportedObservation } from '../engine/model/journal.ts';
import type { InvocationResult } from '../fleet/fleet.ts';
import type { Statement } from '../store/database.ts';

/**
 * Results that arrive together are committed together: the engine sees the whole of a location before it evaluates a
 * monitor. A job that hangs does not keep the others waiting for longer than this.
 */
export const GATHER_MS = 500;

/** Bytes of observations in one entry, which has to fit a row of D1. */
const MAX_ENTRY_BYTES = 1_000_000;

/** An ok run without a warning takes a few bytes of binary columns. */
const PLAIN_RUN_BYTES = 40;

const encoder = new TextEncoder();

/** A result and the monitors that it was asked for. */
export interface Gathered {
  readonly result: InvocationResult & {
    /** What the commit of the result writes beside it. */
    readonly statements?: readonly Statement[];
  };
  readonly monitors: readonly number[];
}

export class Gathering {
  readonly location: number;
  #running = 0;
  #arrived: Gathered[] = [];
  #readyAt = Number.POSITIVE_INFINITY;

  constructor(location: number) {
    this.location = location;
  }

  /** A job was started, whose result will be added. */
  started(): void {
    this.#running += 1;
  }

  add(gathered: Gathered, now: number): void {
    this.#running -= 1;
    this.#readyAt = this.#running === 0 ? now : Math.min(this.#readyAt, now + GATHER_MS);
    this.#arrived.push(gathered);
  }

  /** When what has arrived should be committed. Infinity if nothing has. */
  get readyAt(): number {
    return this.#readyAt;
  }

  /** No job is running, and every result was taken. */
  get isDone(): boolean {
    return this.#running === 0 && this.#arrived.length === 0;
  }

  /** What has arrived, as few entries as possible. */
  take(): Gathered[] {
    const taken = mergeAll(this.#arrived);
    this.#arrived = [];
    this.#readyAt = Number.POSITIVE_INFINITY;
    return taken;
  }
}

/**
 * Jobs that missed their deadline together are one missed deadline. Jobs that failed are not mixed with jobs that
 * succeeded: the error of an entry holds for all of its runs.
 */
function mergeAll(arrived: readonly Gathered[]): Gathered[] {
  const groups = Map.groupBy(arrived, ({ result: { error, missedDeadline } }) =>
    missedDeadline ? 'late' : `error ${error}`,
  );
  return [...groups.values()].flatMap(mergeGroup);
}

/** In the order of arrival, as many results in an entry as its size allows. */
function mergeGroup(group: readonly Gathered[]): Gathered[] {
  const merged: Gathered[] = [];
  let bytes = 0;
  for (const next of group) {
    const last = merged.at(-1);
    const more = bytesOf(next.result.observations);
    if (last && bytes + more <= MAX_ENTRY_BYTES) {
      merged[merged.length - 1] = mergeTwo(last, next);
      bytes += more;
    } else {
      merged.push(next);
      bytes = more;
    }
  }
  return merged;
}

const mergeTwo = (a: Gathered, b: Gathered): Gathered => ({
  monitors: [...a.monitors, ...b.monitors],
  result: {
    ...a.result,
    askedAt: Math.min(a.result.askedAt, b.result.askedAt),
    answeredAt: Math.max(a.result.answeredAt, b.result.answeredAt),
    observations: [...a.result.observations, ...b.result.observations],
    certificates: [...(a.result.certificates ?? []), ...(b.result.certificates ?? [])],
    statements: [...(a.result.statements ?? []), ...(b.result.statements ?? [])],
  },
});

const bytesOf = (observations: readonly ReportedObservation[]): number =>
  observations.reduce((sum, observation) => sum + bytesOfOne(observation), 0);

const bytesOfOne = (observation: ReportedObservation): number =>
  observation.outcome === 'ok' && observation.degraded === undefined
    ? PLAIN_RUN_BYTES
    : encoder.encode(JSON.stringify(observation)).length;
