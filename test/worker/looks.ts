// Commits reports as if every location had looked. Used by tests that need a verdict, in workerd.
import type { JournalObservation } from '../../src/core/journal.ts';
import { commit } from '../../src/flows/commit.ts';
import { loadState } from '../../src/store/cohort.ts';

/** Monitor number → how many locations, from the first on, find nobody there. */
export type Failing = Readonly<Record<number, number>>;

/** Every location looks at these monitors once, from `at` on; answers the time of the newest commit. */
export async function look(db: D1Database, failing: Failing, at: number): Promise<number> {
  let state = await loadState(db);
  const writer = { db, tick: 'test', publicUrl: 'https://status.test', now: () => at };
  for (const { number: location } of state.locations.values()) {
    const observations = Object.entries(failing).map(
      ([monitor, count]): JournalObservation =>
        location <= count
          ? {
              monitor: Number(monitor),
              startedAt: at,
              outcome: 'failed',
              code: 'refused',
              detail: '192.0.2.7:443 refused',
              timings: {},
            }
          : { monitor: Number(monitor), startedAt: at, outcome: 'ok', timings: { totalMs: 12 } },
    );
    const report = { askedAt: at, answeredAt: at, error: null, missedDeadline: false, observations };
    state = (await commit(writer, state, () => ({ kind: 'report', at, location, ...report }))).state;
  }
  return Math.max(at, state.at);
}

const LOOK_EVERY_MS = 15_000;

/** Long enough for every vote to turn, and for two failing locations to be a regional problem. */
export async function settleOn(db: D1Database, failing: Failing, from: number): Promise<number> {
  let at = from;
  for (let round = 0; round < 8; round += 1) at = await look(db, failing, at + LOOK_EVERY_MS);
  return at;
}
