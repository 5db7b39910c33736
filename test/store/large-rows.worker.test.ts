// Large states in a real D1: every row stays below D1's limit, and no reader ever finds half a snapshot.
import { beforeEach, expect, test } from 'vitest';
import type { Change, EntryDraft } from '../../src/engine/model/journal.ts';
import type { Policy } from '../../src/engine/model/state.ts';
import { commit } from '../../src/store/commit.ts';
import { runBatch } from '../../src/store/database.ts';
import { insertJournalRow } from '../../src/store/journal/rows.ts';
import { loadState, refreshCheckpoints } from '../../src/store/shard.ts';
import { PART_BYTES, saveCheckpoint } from '../../src/store/snapshot/rows.ts';
import { eventsOf, replayed, rowIds } from '../support/d1/damage.ts';
import { bindings, clock, createMonitor, empty } from '../support/d1/http-mesh.ts';

const { DB } = bindings;
const MONITORS = 700;

beforeEach(empty);

const writer = () => ({ db: DB, tick: 0, publicUrl: 'https://status.test', now: () => clock.now });

/** Monitors of the engine only. No notification names them, because one of two locations never decides. */
async function manyMonitors(count: number, policy: (number: number) => Partial<Policy> = () => ({})) {
  await createMonitor();
  const base: Policy = {
    ...{ intervalMs: 60_000, timeoutMs: 5_000, quorum: 'majority', failures: 4, recoveries: 4 },
    ...{ confirmMs: 10_000, locations: 'all', dependsOn: [], paused: false },
  };
  const changes = Array.from(
    { length: count },
    (_, index): Change => ({ type: 'monitor', number: index + 2, policy: { ...base, ...policy(index) } }),
  );
  clock.now += 1_000;
  return (await commit(writer(), await loadState(DB), () => ({ kind: 'change', changes }))).state;
}

const failedReport = (location: number): EntryDraft => ({
  ...{ kind: 'report', location, askedAt: clock.now, answeredAt: clock.now, error: null },
  missedDeadline: false,
  observations: Array.from({ length: MONITORS }, (_, index) => ({
    ...{ monitor: index + 2, startedAt: clock.now, outcome: 'failed', code: 'timeout', timings: {} },
    detail: `${location}.${index} ${'漢'.repeat(290)}`,
  })),
});

/** The largest sum of a row's columns, in bytes. */
const largestRow = async (table: string, columns: readonly string[]): Promise<number> =>
  (await DB.prepare(
    `select max(${columns.map((one) => `coalesce(length(cast(${one} as blob)), 0)`).join(' + ')}) as n from ${table}`,
  ).first<number>('n'))!;

async function manyFailures() {
  let state = await manyMonitors(MONITORS);
  for (const location of [1, 2, 3, 4, 5, 6]) {
    clock.now += 100;
    state = (await commit(writer(), state, () => failedReport(location))).state;
  }
  return state;
}

test('a snapshot of several parts is loaded exactly, and its rows are below the limit of D1', async () => {
  const state = await manyFailures();
  const ids = await rowIds(DB, 'snapshots');
  expect(ids.length).toBeGreaterThan(3);
  expect(ids).toEqual(ids.map((_, part) => part));
  expect(await largestRow('snapshots', ['data'])).toBeLessThanOrEqual(PART_BYTES);
  expect(await largestRow('journal', ['detail', 'monitors', 'starts', 'outcomes', 'phases'])).toBeLessThan(
    1_500_000,
  );
  expect(await loadState(DB)).toEqual(state);
  expect(await replayed(DB)).toEqual(state);
});

test.each([
  ['loses a part', 'delete from snapshots where id = 2'],
  [
    'has a part twice',
    'update snapshots set (part, data, checksum) = (select part, data, checksum from snapshots where id = 1) where id = 2',
  ],
  [
    'has two swapped parts',
    'update snapshots set data = (select data from snapshots s where s.id = 3 - snapshots.id) where id in (1, 2)',
  ],
  ['ends early', 'delete from snapshots where id = (select max(id) from snapshots)'],
])('a snapshot that %s is rebuilt to exactly the state before', async (_, sql) => {
  const state = await manyFailures();
  await DB.prepare(sql).run();
  expect(await loadState(DB)).toEqual(state);
  expect(await eventsOf(DB)).toEqual(['state.rebuilt']);
  expect(await loadState(DB)).toEqual(state);
});

test('the parts of a larger snapshot are deleted with a smaller one', async () => {
  const state = await manyFailures();
  await refreshCheckpoints(DB, { tail: { rows: 0, runs: 0 }, olderAt: null }, state, clock.now);
  const before = (await rowIds(DB, 'snapshots')).length;
  clock.now += 1_000;
  const changes = [...state.monitors.keys()]
    .filter((number) => number > 1)
    .map((number): Change => ({ type: 'monitor.deleted', number }));
  const { state: small } = await commit(writer(), state, () => ({ kind: 'change', changes }));
  const ids = await rowIds(DB, 'snapshots');
  expect(ids.filter((id) => id < 65_536)).toEqual([0]);
  expect(ids.filter((id) => id >= 65_536)).toHaveLength(before / 2);
  expect(await loadState(DB)).toEqual(small);
});

test('a snapshot whose transaction fails leaves the whole snapshot before it', async () => {
  const state = await manyFailures();
  const taken = { at: clock.now, kind: 'change', location: null, monitors: null, starts: null } as const;
  const conflict = insertJournalRow(DB, state.seq, {
    ...{ ...taken, outcomes: null, phases: null, detail: { changes: [] } },
    ...{ tick: 0, commitId: 'x' },
  });
  const earlier = { ...state, monitors: new Map() };
  await expect(runBatch(DB, [...saveCheckpoint(DB, 'newest', earlier, 1), conflict])).rejects.toThrow(
    'UNIQUE',
  );
  expect(await loadState(DB)).toEqual(state);
  expect(await eventsOf(DB)).toEqual([]);
});

test('changes that one row cannot hold are several rows of one commit, all or none', async () => {
  const before = (await rowIds(DB, 'journal')).length;
  const state = await manyMonitors(4_000, (index) => ({ confirmMs: 10_000 + index, dependsOn: [1] }));
  const ids = await rowIds(DB, 'journal');
  expect(ids.length).toBeGreaterThan(before + 3);
  expect(state.seq).toBe(ids.at(-1));
  expect(state.monitors.size).toBe(4_001);
  expect(await largestRow('journal', ['detail'])).toBeLessThanOrEqual(500_000);
  expect(await loadState(DB)).toEqual(state);
  expect(await replayed(DB)).toEqual(state);
});
