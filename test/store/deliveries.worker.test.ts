// Rows that D1 reads for lists of deliveries and for the health of channels, with 100,000 pending ones.
import { env } from 'cloudflare:workers';
import { beforeAll, expect, test } from 'vitest';
import { enablingStatements } from '../../src/store/channel-enabling.ts';
import { database } from '../../src/store/database.ts';
import { type DeliveryFilter, findDelivery, listDeliveries } from '../../src/store/deliveries.ts';
import { MAX_PENDING_COUNT, pendingCounts } from '../../src/store/pending-counts.ts';

const { DB } = env as unknown as { DB: D1Database };
const COUNT = 100_000;

/** The same D1, which adds up the rows that its statements read. */
function metered(): { db: D1Database; rowsRead: () => number } {
  let total = 0;
  const count = <T extends { meta: D1Meta }>(result: T): T => {
    total += result.meta.rows_read;
    return result;
  };
  const wrap = (statement: D1PreparedStatement): D1PreparedStatement =>
    new Proxy(statement, {
      get(target, name) {
        if (name === 'bind') return (...values: unknown[]) => wrap(target.bind(...values));
        if (name === 'all' || name === 'run') return async () => count(await target.all());
        if (name === 'raw')
          return async () => {
            count(await target.all());
            return target.raw();
          };
        const value = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  const db = { prepare: (query: string) => wrap(DB.prepare(query)) } as unknown as D1Database;
  return { db, rowsRead: () => total };
}

beforeAll(async () => {
  await DB.batch([
    DB.prepare(
      `INSERT INTO channels (id, type, name, sealed_config, public_config, enabled, created_at, updated_at)
       SELECT value, 'webhook', value, '', '{}', 1, 0, 0 FROM json_each('["hangs", "works"]')`,
    ),
    DB.prepare(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${COUNT})
       INSERT INTO notifications (id, event, at, position, monitor_id, incident_id, body)
       SELECT 'n' || i, iif(i % 2, 'incident.opened', 'incident.resolved'), i, i * 10000, 'm' || (i / 2 % 1000), 'inc' || (i / 2), '{}' FROM n`,
    ),
    DB.prepare(
      `INSERT INTO deliveries (notification_id, channel_id, position, state, attempts, next_attempt_at)
       SELECT id, 'hangs', position, 'pending', 0, at FROM notifications`,
    ),
    DB.prepare(
      `INSERT INTO deliveries (notification_id, channel_id, position, state, attempts, next_attempt_at)
       SELECT id, 'works', position, iif(at = 7, 'failed', 'delivered'), 1, at FROM notifications WHERE at < 1000`,
    ),
  ]);
}, 60_000);

const filters: [string, Omit<DeliveryFilter, 'limit'>, number, number][] = [
  ['no filter', {}, 20, 300],
  ['a channel with many pending', { channelIds: ['hangs'] }, 20, 200],
  ['a channel with few', { channelIds: ['works'] }, 20, 200],
  ['the state that is rare', { state: 'failed' }, 1, 50],
  ['a channel and a rare state', { channelIds: ['hangs'], state: 'failed' }, 0, 50],
  ['the state that is frequent', { state: 'pending' }, 20, 200],
  ['a monitor', { monitorId: 'm3' }, 20, 1_000],
  ['an incident', { incidentId: 'inc40' }, 4, 50],
  ['an event', { event: 'incident.opened' }, 20, 3_000],
];
test.each(filters)(
  'a page with %s reads few rows, and so does the page after it',
  async (_, filter, found, limit) => {
    const { db, rowsRead } = metered();
    const page = await listDeliveries(db, { ...filter, limit: 20 });
    expect(page.rows.length).toBe(found);
    const first = rowsRead();
    expect(first).toBeLessThanOrEqual(limit);
    if (page.next === null) return;
    await listDeliveries(db, { ...filter, limit: 20, after: page.next });
    expect(rowsRead() - first).toBeLessThanOrEqual(limit);
    const middle = { position: 50_000 * 10_000, notificationId: 'n50000', channelId: 'hangs' };
    const before = rowsRead();
    await listDeliveries(db, { ...filter, limit: 20, after: middle });
    expect(rowsRead() - before).toBeLessThanOrEqual(limit);
  },
);

test('the number of pending deliveries is counted up to its limit', async () => {
  const { db, rowsRead } = metered();
  expect(await pendingCounts(db)).toEqual(
    new Map([
      ['hangs', MAX_PENDING_COUNT],
      ['works', 0],
    ]),
  );
  expect(rowsRead()).toBeLessThanOrEqual(MAX_PENDING_COUNT + 20);
  const before = rowsRead();
  await pendingCounts(db, 'works');
  expect(rowsRead() - before).toBeLessThanOrEqual(5);
});

test('one delivery reads its own rows', async () => {
  const { db, rowsRead } = metered();
  expect(await findDelivery(db, 'n500', 'works')).toMatchObject({ state: 'delivered' });
  expect(rowsRead()).toBeLessThanOrEqual(4);
});

test('enabling a channel with few deliveries reads few rows, whatever waits for other channels', async () => {
  const results = (await database(DB).batch(
    enablingStatements(DB, 'works', 200_000, 0) as never,
  )) as unknown as {
    meta: D1Meta;
  }[];
  expect(results.reduce((sum, { meta }) => sum + meta.rows_read, 0)).toBeLessThanOrEqual(100);
});
