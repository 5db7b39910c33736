// A journal that is too long for a replay, or for a move: the mesh runs again at once, and knows its open incidents.
import { beforeEach, expect, test } from 'vitest';
import { runBatch } from '../../src/store/database.ts';
import { replayFrom } from '../../src/store/journal/replay.ts';
import { insertJournalRow } from '../../src/store/journal/rows.ts';
import { loadState } from '../../src/store/shard.ts';
import { eventsOf } from '../support/d1/damage.ts';
import { bindings, createMonitor, empty, runUntilConfirmed } from '../support/d1/http-mesh.ts';

const { DB } = bindings;

beforeEach(async () => {
  await empty();
  await createMonitor();
  await runUntilConfirmed(1, 6);
});

/** Copies the newest row to the numbers after it: rows as many as a month has, none of them whole. */
const appendRows = (count: number) =>
  DB.prepare(
    `insert into journal (id, tick, commit_id, at, kind, location, monitors, starts, outcomes, phases, detail, checksum)
     select j.id + n.value, tick, commit_id, at, kind, location, monitors, starts, outcomes, phases, detail, checksum
     from journal j, (with recursive c(value) as (select 1 union all select value + 1 from c where value < ${count}) select value from c) n
     where j.id = (select max(id) from journal)`,
  ).run();

test('a replay ends at its limit, with the reason', async () => {
  const { at, seq } = await loadState(DB);
  const empty = { kind: 'change', location: null, monitors: null, starts: null, outcomes: null } as const;
  for (let from = 1; from <= 600; from += 100) {
    const rows = Array.from({ length: 100 }, (_, index) => ({
      ...{ ...empty, phases: null, at: at + from + index, detail: { changes: [] } },
      ...{ tick: 0, commitId: 'x' },
    }));
    await runBatch(
      DB,
      rows.map((row, index) => insertJournalRow(DB, seq + from + index, row)),
    );
  }
  expect(await replayFrom(DB, null)).toMatchObject({ rows: seq + 600, damage: null });
  const { damage, state } = await replayFrom(DB, null, undefined, { rows: 500, runs: 1e9 });
  expect(damage?.message).toBe(
    'more than 500 journal rows follow the newest whole checkpoint: too many for a replay',
  );
  expect(state.seq).toBe(500);
});

test('two damaged checkpoints before 12,000 rows that cannot be applied: the rows stay, the mesh runs', async () => {
  const before = await loadState(DB);
  await appendRows(12_000);
  await DB.prepare("update snapshots set data = ''").run();
  const state = await loadState(DB);
  expect(state.seq).toBe(before.seq + 12_001);
  expect(state.monitors.get(1)!.incident).toEqual(before.monitors.get(1)!.incident);
  expect([...state.locations.values()].map(({ id }) => id)).toEqual(bindings.LOCATIONS.split(','));
  expect(await loadState(DB)).toEqual(state);
  expect(await eventsOf(DB)).toEqual(['incident.opened', 'state.rebuilt']);
  expect(await DB.prepare('select count(*) as n from damaged_journal').first('n')).toBe(0);
  const { results } = await DB.prepare('select distinct seq from snapshots').all();
  expect(results).toEqual([{ seq: state.seq }]);
});

test('a damaged row before 9,000 others is moved with them', async () => {
  const before = await loadState(DB);
  await appendRows(9_000);
  const state = await loadState(DB);
  expect(state.seq).toBe(before.seq + 9_001);
  expect(await DB.prepare('select count(*) as n from damaged_journal').first('n')).toBe(9_000);
  expect((await replayFrom(DB, null)).state).toEqual(state);
});
