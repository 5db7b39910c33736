// Ticks in virtual time while the coordinator's clock jumps: when runs start again, and what the state and the outbox
// hold then. D1's clock is right.
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { openFakeD1 } from '../../bench/coordinator/fake-d1.ts';
import { seedMesh, T0 } from '../../bench/coordinator/fixtures.ts';
import { migrationStatements } from '../../bench/coordinator/local-d1.ts';
import { runMinutes } from '../../bench/coordinator/run-ticks.ts';
import { replay } from '../../src/engine/apply.ts';
import { emptyState } from '../../src/engine/model/state.ts';
import { database } from '../../src/store/database.ts';
import { decodeEntry, type EntryColumns } from '../../src/store/journal/codec.ts';
import * as schema from '../../src/store/schema.ts';
import { loadState } from '../../src/store/shard.ts';

const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;
const YEAR_MS = 365 * 24 * HOUR_MS;

let db: D1Database;

beforeEach(async () => {
  const opened = openFakeD1(':memory:');
  db = opened.db;
  opened.sqlite.exec(migrationStatements().join(';'));
  onTestFinished(() => opened.sqlite.close());
  await seedMesh(db, 2);
});

/** The structured log lines of one event. */
function logged(event: string): () => Record<string, unknown>[] {
  const lines: string[] = [];
  for (const level of ['log', 'warn', 'error'] as const)
    vi.spyOn(console, level).mockImplementation((line: string) => void lines.push(line));
  onTestFinished(() => void vi.restoreAllMocks());
  return () => lines.map((line) => JSON.parse(line)).filter((line) => line.event === event);
}

interface Skew {
  readonly from: number;
  readonly to: number;
  readonly offsetMs: number;
}

/** Plays minutes with a clock that is skewed in these spans, in ms since T0. Returns when runs started, likewise. */
async function play(
  minutes: number,
  skews: readonly Skew[],
  down?: readonly [number, number],
): Promise<number[]> {
  const starts: number[] = [];
  const offsetMs = (at: number): number =>
    skews.find(({ from, to }) => at - T0 >= from && at - T0 < to)?.offsetMs ?? 0;
  await runMinutes({
    ...{ db, from: T0, minutes, offsetMs },
    fails: (_, at) => {
      starts.push(at - T0);
      return down !== undefined && at - T0 >= down[0] && at - T0 < down[1];
    },
  });
  return starts;
}

const gapsOver = (starts: readonly number[], ms: number): [number, number][] => {
  const sorted = starts.toSorted((a, b) => a - b);
  return sorted.flatMap((at, index): [number, number][] => {
    const next = sorted[index + 1];
    return next !== undefined && next - at > ms ? [[at, next]] : [];
  });
};

const allEvents = async (): Promise<string[]> =>
  (await database(db).select().from(schema.notifications)).map(({ event }) => event);

/** Without those about the mesh itself. */
const events = async (): Promise<string[]> =>
  (await allEvents()).filter((event) => !event.startsWith('mesh.'));

async function expectReplay(): Promise<void> {
  const rows = await database(db).select().from(schema.journal).orderBy(schema.journal.id);
  // No row is dated by a clock that is apart.
  const minuteOff = 65 * SECOND_MS;
  expect(rows.filter(({ at }) => at < T0 - minuteOff || at > T0 + 20 * 60_000)).toEqual([]);
  expect(
    replay(
      emptyState,
      rows.map((row) => decodeEntry(row as EntryColumns)),
    ),
  ).toEqual(await loadState(db));
}

const OFFSETS = [61 * SECOND_MS, 6 * HOUR_MS, 72 * HOUR_MS, 5 * YEAR_MS].flatMap((ms) => [ms, -ms]);

describe('a clock that is apart from D1', () => {
  test.each(OFFSETS)(
    'with a clock %i ms off for 80 s, no run starts, and then they start again within 6 s',
    async (offsetMs) => {
      const apart = logged('clock.apart');
      const skew = { from: 191 * SECOND_MS, to: 271 * SECOND_MS, offsetMs };
      const starts = await play(8, [skew]);
      expect(starts.filter((at) => at >= skew.from && at < skew.to)).toEqual([]);
      const [[from, to] = [0, 0], ...more] = gapsOver(starts, 11 * SECOND_MS);
      expect(more).toEqual([]);
      expect(from).toBeGreaterThan(skew.from - 11 * SECOND_MS);
      expect(to - skew.to).toBeLessThanOrEqual(6 * SECOND_MS);
      // One line a tick, with both times.
      expect(apart().length).toBeGreaterThanOrEqual(1);
      expect(apart().length).toBeLessThanOrEqual(3);
      expect(apart()[0]).toMatchObject({
        level: 'error',
        differenceSeconds: Math.round(offsetMs / SECOND_MS),
      });
      expect(
        Date.parse(String(apart()[0]!.coordinatorTime)) - Date.parse(String(apart()[0]!.databaseTime)),
      ).toBe(offsetMs);
      expect(await events()).toEqual([]);
      await expectReplay();
    },
  );

  test.each(OFFSETS)(
    'with a clock %i ms off while a fan-out is in flight, the outage is notified once, at the right time',
    async (offsetMs) => {
      // The outage begins before a check, and the clock jumps while the other locations are asked.
      const down = [304 * SECOND_MS, 600 * SECOND_MS] as const;
      const starts = await play(14, [{ from: 305_040, to: 325_040, offsetMs }], down);
      expect(gapsOver(starts, 32 * SECOND_MS)).toEqual([]);
      expect(await events()).toEqual([
        'incident.opened',
        'incident.opened',
        'incident.resolved',
        'incident.resolved',
      ]);
      for (const { startedAt, detectedAt, resolvedAt } of await database(db)
        .select()
        .from(schema.incidents)) {
        expect(startedAt - T0).toBeGreaterThanOrEqual(down[0]);
        expect(detectedAt - T0).toBeLessThanOrEqual(down[0] + 60 * SECOND_MS);
        expect(resolvedAt! - T0).toBeGreaterThanOrEqual(down[1]);
        expect(resolvedAt! - T0).toBeLessThanOrEqual(down[1] + 25 * SECOND_MS);
      }
      await expectReplay();
    },
  );

  test('if the clock stays apart, no run starts and every tick logs it', async () => {
    const apart = logged('clock.apart');
    const starts = await play(6, [{ from: 0, to: Number.POSITIVE_INFINITY, offsetMs: 6 * HOUR_MS }]);
    expect(starts).toEqual([]);
    expect(apart()).toHaveLength(6);
    expect(await allEvents()).toContain('mesh.impaired');
  });
});

describe('a clock that is off by a minute at most', () => {
  test.each([60_000, 59_000, 30_000, -30_000, -60_000])(
    'with a clock %i ms off, runs go on, and once it is corrected none waits',
    async (offsetMs) => {
      const skew = { from: 191 * SECOND_MS, to: 481 * SECOND_MS, offsetMs };
      const down = [486 * SECOND_MS, 660 * SECOND_MS] as const;
      const starts = await play(13, [skew], down);
      // A jump moves the phases of the schedule once.
      expect(gapsOver(starts, 21 * SECOND_MS)).toEqual([]);
      expect(await events()).toEqual([
        'incident.opened',
        'incident.opened',
        'incident.resolved',
        'incident.resolved',
      ]);
      for (const { startedAt, detectedAt } of await database(db).select().from(schema.incidents)) {
        expect(startedAt - T0).toBeGreaterThanOrEqual(down[0]);
        expect(detectedAt - T0 - down[0]).toBeLessThanOrEqual(20 * SECOND_MS);
      }
      await expectReplay();
    },
  );
});
