// Damaged rows in a real D1: nothing that fails its checksum becomes a verdict, and nothing is sent because of it.
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { State } from '../../src/engine/model/state.ts';
import { loadState, refreshCheckpoints } from '../../src/store/shard.ts';
import { deletableBelow } from '../../src/store/snapshot/rows.ts';
import {
  eventsOf,
  flip,
  JOURNAL_COLUMNS,
  keepTables,
  replayed,
  restoreTables,
  rowIds,
  SNAPSHOT_COLUMNS,
} from '../support/d1/damage.ts';
import {
  bindings,
  clock,
  createMonitor,
  empty,
  post,
  RECEIVER,
  runUntilConfirmed,
} from '../support/d1/http-mesh.ts';
import * as runs from '../support/d1/runs.ts';
import { seeded } from '../support/engine/seeded.ts';

const { DB } = bindings;
const random = seeded(20_261_125);

/** The incident of monitor 1 is open. Monitors 2 and 3 are up, and no change is newer than the newest checkpoint. */
let before: State;
let keptNow: number;
let events: string[];
let newestChange: number;

/** Monitor 1 fails everywhere, the others nowhere. */
async function runAll(failing = 6): Promise<void> {
  clock.now = await runs.run(DB, { 1: failing, 2: 0, 3: 0 }, clock.now + 15_000);
}

beforeAll(async () => {
  await empty();
  await post('/api/v1/channels', RECEIVER);
  for (const id of ['shop', 'blog', 'mail']) await createMonitor({ id, name: id });
  await runAll(0);
  await runAll(0);
  await refreshCheckpoints(DB, { tail: { rows: 0, runs: 0 }, olderAt: null }, await loadState(DB), clock.now);
  await runUntilConfirmed(1, 6);
  await runAll();
  await runAll();
  before = await loadState(DB);
  newestChange = (await DB.prepare('select seq from snapshots where id = 0').first<number>('seq'))!;
  events = await eventsOf(DB);
  keptNow = clock.now;
  await keepTables(DB);
});

beforeEach(async () => {
  await restoreTables(DB);
  clock.now = keptNow;
});

const openIncidents = async (): Promise<unknown[]> =>
  (await DB.prepare("select id, verdict, state from incidents where state = 'open'").all()).results;

/** Nothing was sent because of the damage but that it was repaired, and a replay of the journal gives the state. */
async function expectNoFalseEvent(): Promise<State> {
  const state = await loadState(DB);
  expect(await eventsOf(DB)).toEqual([...events, 'state.rebuilt']);
  expect(await openIncidents()).toHaveLength(1);
  expect(await replayed(DB)).toEqual(state);
  const { incident, notified } = state.monitors.get(1)!;
  expect(incident).toEqual(before.monitors.get(1)!.incident);
  expect(notified).toEqual(before.monitors.get(1)!.notified);
  return state;
}

/** Every location measures again: the outage goes on, then ends. */
async function expectOneResolved(): Promise<void> {
  for (let round = 0; round < 4; round += 1) await runAll();
  expect(await eventsOf(DB)).toEqual([...events, 'state.rebuilt']);
  expect((await loadState(DB)).monitors.get(1)!.verdict).toBe('down');
  for (let round = 0; round < 4; round += 1) await runAll(0);
  expect(await eventsOf(DB)).toEqual([...events, 'state.rebuilt', 'incident.resolved']);
  expect(await openIncidents()).toEqual([]);
  expect(await replayed(DB)).toEqual(await loadState(DB));
}

test('the tests begin with an outage that was sent once, and with journal rows after the newest checkpoint', () => {
  expect(events).toEqual(['incident.opened']);
  expect(before.seq).toBeGreaterThan(newestChange + 3);
});

describe('a damaged checkpoint', () => {
  test.each(SNAPSHOT_COLUMNS)(
    'a checkpoint with a flipped bit in `%s` is rebuilt to exactly the state before, and reported once',
    async (column) => {
      const flips = column === 'data' ? 30 : 4;
      for (let n = 0; n < flips; n += 1) {
        await restoreTables(DB);
        await flip(DB, 'snapshots', 0, column, random);
        expect(await loadState(DB)).toEqual(before);
        await expectNoFalseEvent();
      }
    },
  );

  test.each([
    ['removed', 'delete from snapshots where id = 0'],
    ['cut off', 'update snapshots set data = substr(data, 1, length(data) / 2) where id = 0'],
    ['empty', "update snapshots set data = '' where id = 0"],
    [
      'replaced by the older one',
      'update snapshots set (seq, at, data, checksum) = (select seq, at, data, checksum from snapshots where id = 65536) where id = 0',
    ],
    [
      'followed by a part that is not its own',
      'insert into snapshots select 1, seq, at, 1, parts, whole, data, checksum from snapshots where id = 0',
    ],
  ])('a checkpoint that is %s is rebuilt to exactly the state before', async (_, sql) => {
    await DB.prepare(sql).run();
    expect(await loadState(DB)).toEqual(before);
    await expectNoFalseEvent();
  });

  test('two damaged checkpoints are rebuilt from the beginning of the journal', async () => {
    await flip(DB, 'snapshots', 0, 'data', random);
    await flip(DB, 'snapshots', 65_536, 'data', random);
    expect(await loadState(DB)).toEqual(before);
    await expectNoFalseEvent();
    expect(await rowIds(DB, 'snapshots')).toEqual([0, 65_536]);
    const kept = await DB.prepare('select source_id from damaged_snapshots order by 1').all();
    expect(kept.results).toEqual([{ source_id: 0 }, { source_id: 65_536 }]);
  });
});

describe('rows that may be deleted', () => {
  test('journal rows may be deleted below the older of two whole checkpoints', async () => {
    const older = (await DB.prepare('select seq from snapshots where id = 65536').first<number>('seq'))!;
    expect(older).toBeGreaterThan(0);
    expect(await deletableBelow(DB)).toBe(older);
    await DB.prepare('delete from journal where id < ?').bind(older).run();
    expect(await loadState(DB)).toEqual(before);
    await flip(DB, 'snapshots', 0, 'data', random);
    expect(await loadState(DB)).toEqual(before);
  });

  test.each([0, 65_536])(
    'no journal row may be deleted while the checkpoint at %i is damaged',
    async (id) => {
      await flip(DB, 'snapshots', id, 'data', random);
      expect(await deletableBelow(DB)).toBe(0);
    },
  );
});

describe('a damaged journal row', () => {
  test.each(JOURNAL_COLUMNS)(
    'a journal row with a flipped bit in `%s` clears the votes, ends no incident and opens none',
    async (column) => {
      let flipped = 0;
      for (let seq = newestChange + 1; seq <= before.seq; seq += 4) {
        await restoreTables(DB);
        if (!(await flip(DB, 'journal', seq, column, random))) continue;
        flipped += 1;
        const state = await expectNoFalseEvent();
        expect(state.seq).toBeGreaterThan(before.seq);
        for (const { byLocation } of state.monitors.values())
          for (const { noResponse, lastMeasuredAt } of byLocation.values())
            expect([noResponse, lastMeasuredAt]).toEqual([true, null]);
      }
      expect(flipped).toBeGreaterThan(0);
    },
  );

  test('after a damaged journal row, the outage goes on in silence and ends with one resolved', async () => {
    await flip(DB, 'journal', newestChange + 2, 'phases', random);
    await expectNoFalseEvent();
    await expectOneResolved();
  });

  test('a journal row that is missing is not passed over', async () => {
    await DB.prepare('delete from journal where id = ?')
      .bind(newestChange + 2)
      .run();
    const state = await expectNoFalseEvent();
    expect(state.seq).toBe(before.seq + 1);
    const removed = await DB.prepare('select source_id from damaged_journal order by 1').all<{
      source_id: number;
    }>();
    expect(removed.results.map((row) => row.source_id)).toEqual(
      Array.from({ length: before.seq - newestChange - 2 }, (__, index) => newestChange + 3 + index),
    );
    await expectOneResolved();
  });

  test('two swapped journal rows are not applied', async () => {
    const [a, b] = [newestChange + 1, newestChange + 2];
    await DB.batch([
      DB.prepare('update journal set id = -1 where id = ?').bind(a),
      DB.prepare('update journal set id = ? where id = ?').bind(a, b),
      DB.prepare('update journal set id = ? where id = -1').bind(b),
    ]);
    await expectNoFalseEvent();
  });

  test('the journal row of the newest checkpoint may not be missing: its state stays, and a new row follows it', async () => {
    await DB.prepare('delete from journal where id >= ?').bind(newestChange).run();
    const state = await loadState(DB);
    expect(state.seq).toBe(newestChange + 1);
    expect(await eventsOf(DB)).toEqual([...events, 'state.rebuilt']);
    expect(await loadState(DB)).toEqual(state);
    expect(await eventsOf(DB)).toEqual([...events, 'state.rebuilt']);
  });
});
