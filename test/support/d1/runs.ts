// Owns reports of all locations, committed to D1 in workerd, for tests that need a verdict.
import type { Degraded } from '../../../probes/contract/index.ts';
import type { ReportedObservation } from '../../../src/engine/model/journal.ts';
import { commit } from '../../../src/store/commit.ts';
import { loadState } from '../../../src/store/shard.ts';

/** Monitor number → number of locations, from the first one, at which its runs fail. */
export type Failing = Readonly<Record<number, number>>;

/** Monitor number → warnings of its ok runs. */
export type DegradedRuns = Readonly<Record<number, readonly Degraded[]>>;

/** What a failed run reports in place of the usual words, such as words that a target chose. */
export interface FailedWords {
  readonly detail: string;
  readonly response: {
    readonly status: number;
    readonly headers: Record<string, string>;
    readonly body: string;
  };
}

const USUAL: FailedWords = {
  detail: '192.0.2.7:443 refused',
  response: { status: 503, headers: { server: 'shop.example.com' }, body: '<b>no</b> from 192.0.2.7' },
};

/** Every location runs these monitors once, from `at` on. Returns the time of the newest commit. */
export async function run(
  db: D1Database,
  failing: Failing,
  at: number,
  degraded: DegradedRuns = {},
  words: FailedWords = USUAL,
): Promise<number> {
  let state = await loadState(db);
  const writer = { db, tick: 0, publicUrl: 'https://status.test', now: () => at };
  for (const { number: location } of state.locations.values()) {
    const observations = Object.entries(failing).map(
      ([monitor, count]): ReportedObservation =>
        location <= count
          ? {
              monitor: Number(monitor),
              startedAt: at,
              outcome: 'failed',
              code: 'refused',
              phase: 'connect',
              timings: { connectMs: 1.5 },
              samples: { sent: 2, lost: 2 },
              ...words,
            }
          : {
              ...{ monitor: Number(monitor), startedAt: at, outcome: 'ok', timings: { totalMs: 12 } },
              ...(degraded[Number(monitor)] ? { degraded: degraded[Number(monitor)]! } : {}),
            },
    );
    const report = { askedAt: at, answeredAt: at, error: null, missedDeadline: false, observations };
    state = (await commit(writer, state, () => ({ kind: 'report', at, location, ...report }))).state;
  }
  return Math.max(at, state.at);
}

const RUN_EVERY_MS = 15_000;

/** Runs until every vote has changed, and until two failing locations are a partial outage. */
export async function runUntilConfirmed(
  db: D1Database,
  failing: Failing,
  from: number,
  degraded: DegradedRuns = {},
  words: FailedWords = USUAL,
): Promise<number> {
  let at = from;
  for (let round = 0; round < 8; round += 1) at = await run(db, failing, at + RUN_EVERY_MS, degraded, words);
  return at;
}
