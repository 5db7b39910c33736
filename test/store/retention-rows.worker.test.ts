// The rows that pruning reads and writes among 100,000 rows of each table. D1 reports the figures itself.
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { prune } from '../../src/scheduler/prune.ts';
import { type Counted, countD1 } from '../support/d1/counted-d1.ts';
import { bindings, clock, empty } from '../support/d1/http-mesh.ts';

const { DB } = bindings;
const DAY_MS = 86_400_000;
const NOW = clock.now;
const ROWS = 100_000;
const counted = countD1(DB);

/** Rows of each table, a day old, at their seconds: `i` is the number of the row. */
beforeAll(async () => {
  await empty();
  const rows = `with recursive n(i) as (select 1 union all select i + 1 from n where i < ${ROWS})`;
  const at = `${NOW - DAY_MS} + i * 100`;
  await DB.batch([
    DB.prepare(`${rows} insert into journal (id, tick, commit_id, at, kind, checksum)
      select i, 't', 'c', ${at}, 'report', '' from n`),
    DB.prepare(`${rows} insert into notifications (id, event, at, position, monitor_id, incident_id, body)
      select 'n' || i, 'incident.opened', ${at}, i, 'm' || (i % 100), 'inc' || i, '{}' from n`),
    DB.prepare(`${rows} insert into deliveries (notification_id, channel_id, position, subject, urgency, state,
        next_attempt_at, created_at, finished_at)
      select 'n' || i, 'a', i, 'monitor/m', 2, 'delivered', 0, 0, ${at} from n`),
    DB.prepare(`${rows} insert into incidents (id, monitor_number, monitor_id, monitor_name, public, state, verdict,
        started_at, detected_at, resolved_at, scope, quorum, evidence)
      select 'inc' || i, i % 100, 'm', 'M', 1, 'resolved', 'down', ${at}, ${at}, ${at}, '[]', '{}', '[1]' from n`),
    ...['journal', 'snapshots'].map((table) =>
      DB.prepare(`${rows} insert into damaged_${table} (rebuild_id, removed_at) select 'r', ${at} from n`),
    ),
  ]);
}, 60_000);

beforeEach(async () => {
  await DB.prepare('delete from pruning').run();
  counted.take();
});

const pruneAt = (now: number): Promise<void> => prune({ db: counted.db }, now);

const sum = (list: readonly Counted[]) => ({
  rowsRead: list.reduce((total, one) => total + one.rowsRead, 0),
  rowsWritten: list.reduce((total, one) => total + one.rowsWritten, 0),
});

const countOf = async (table: string, where = 'true'): Promise<number> =>
  (await DB.prepare(`select count(*) as n from ${table} where ${where}`).first<number>('n'))!;

test('a run that finds nothing to delete reads a few rows, and writes the row that claims it', async () => {
  await pruneAt(NOW);
  const list = counted.take();
  const { rowsRead, rowsWritten } = sum(list);
  expect(list.filter((one) => one.rowsRead > 5)).toEqual([]);
  expect(rowsRead).toBeLessThan(35);
  expect(rowsWritten).toBeLessThanOrEqual(2);
});

test('a run within ten minutes of another one reads and writes next to nothing', async () => {
  await pruneAt(NOW);
  counted.take();
  await pruneAt(NOW + 599_000);
  const list = counted.take();
  expect(list).toHaveLength(1);
  expect(sum(list).rowsRead).toBeLessThan(5);
  expect(sum(list).rowsWritten).toBe(0);
});

test('a run reads and writes a few rows for each that it deletes', async () => {
  const before = await countOf('notifications');
  await pruneAt(NOW + 100 * DAY_MS);
  const { rowsRead, rowsWritten } = sum(counted.take());
  const deleted = before - (await countOf('notifications'));
  expect(deleted).toBeGreaterThanOrEqual(100);
  expect(deleted).toBeLessThanOrEqual(1_000);
  expect(await countOf('deliveries')).toBe(ROWS - deleted);
  const emptied = await countOf('incidents', `evidence = '[]' and evidence_deleted_at is not null`);
  expect(emptied).toBe(200);
  expect(await countOf('damaged_journal')).toBe(ROWS - 200);
  expect(await countOf('damaged_snapshots')).toBe(ROWS - 200);
  const all = deleted * 2 + emptied + 400;
  console.log({ deleted, rowsRead, rowsWritten, perRow: rowsWritten / all });
  expect(rowsRead).toBeLessThan(all * 8);
  expect(rowsWritten).toBeLessThan(all * 6);
});

test('without a whole checkpoint, no row of the journal is deleted', async () => {
  expect(await countOf('journal')).toBe(ROWS);
});

test('100,000 old notifications that are all needed cost a bounded number of rows a run', async () => {
  await DB.prepare(`update incidents set state = 'open', resolved_at = null`).run();
  const before = await countOf('notifications');
  for (const days of [100, 101, 102]) {
    await pruneAt(NOW + days * DAY_MS);
    const { rowsRead } = sum(counted.take());
    expect(rowsRead).toBeLessThan(10_000);
  }
  expect(await countOf('notifications')).toBe(before);
  expect(await DB.prepare('select notification_cursor as n from pruning').first('n')).toBeGreaterThan(200);
});
