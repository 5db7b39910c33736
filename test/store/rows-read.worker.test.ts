// The rows that every query reads and writes while the outbox holds 100,000 pending deliveries and 100,000 incidents.
// D1 reports the figures itself. Without an index, one of these queries would read a whole table.
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { deliver } from '../../src/delivery/consumer.ts';
import { enqueueOverdue } from '../../src/delivery/queue.ts';
import { runBatch } from '../../src/store/database.ts';
import { notificationInserts } from '../../src/store/outbox-insert.ts';
import { resumeChannel } from '../../src/store/outbox-lines.ts';
import { useChat } from '../support/channels/chat.ts';
import { type Counted, countD1 } from '../support/d1/counted-d1.ts';
import { ask, bindings, clock, createMonitor, post, RECEIVER } from '../support/d1/http-mesh.ts';
import { addChannel, createOutboxHarness, type OutboxHarness } from '../support/d1/outbox-harness.ts';
import { bodyOf } from '../support/engine/notifications.ts';

useChat();

const { DB } = bindings;
const counted = countD1(DB);
const NOW = clock.now;
const RESOLVED = bodyOf('incident.resolved');

/** `subject` and `turn` are SQL over the number `i`. */
const seedDeliveries = (channelId: string, from: number, count: number, subject: string, turn: string) =>
  DB.prepare(`
    with recursive n(i) as (select ${from} union all select i + 1 from n where i < ${from + count - 1})
    insert into deliveries (notification_id, channel_id, position, subject, urgency, state, turn, reached,
      next_attempt_at, created_at)
    select 'n' || i, '${channelId}', i, ${subject}, 2, 'pending', ${turn}, null, ${NOW}, ${NOW} from n`);

let harness: OutboxHarness;

beforeAll(async () => {
  harness = await createOutboxHarness();
  harness.now = NOW;
  for (const id of ['long', 'deleted', 'off']) await addChannel(harness, id);
  // 20,000 monitors with three deliveries each; one monitor with 20,000; a deleted and a disabled channel.
  await DB.batch([
    seedDeliveries('a', 1, 60_000, `'monitor/m' || (i / 3)`, `case when i % 3 = 0 then 'ready' end`),
    seedDeliveries('long', 1, 20_000, `'monitor/one'`, `case when i = 1 then 'ready' end`),
    seedDeliveries('deleted', 1, 10_000, `'monitor/m' || (i / 3)`, `case when i % 3 = 0 then 'ready' end`),
    seedDeliveries('off', 1, 10_000, `'monitor/m' || i`, `'ready'`),
    DB.prepare(`with recursive n(i) as (select 1 union all select i + 1 from n where i < 3000)
      insert into notifications (id, event, at, monitor_id, body) select 'n' || i, 'incident.resolved', ${NOW}, 'm', ? from n`).bind(
      // Small, because every test of the Worker measures all rows in the end.
      JSON.stringify({ ...RESOLVED, data: { ...RESOLVED.data, evidence: [] } }),
    ),
    DB.prepare(`delete from channels where id = 'deleted'`),
    DB.prepare(`update channels set enabled = 0 where id = 'off'`),
    DB.prepare(`with recursive n(i) as (select 1 union all select i + 1 from n where i < 100000)
      insert into incidents (id, monitor_number, monitor_id, monitor_name, public, state, verdict, started_at, detected_at,
        resolved_at, scope, quorum, evidence, location)
      select 'inc' || i, 1 + i % 2, case when i % 10 = 0 then '' else 'shop-' || (i % 2) end, 'Shop', i % 3 = 0,
        case when i % 1000 < 5 then 'open' else 'resolved' end, 'down', ${NOW} - i * 100000, ${NOW} - i * 100000,
        case when i % 1000 < 5 then null else ${NOW} - i * 100000 + 5000 end, '[]', '{}', '[]',
        case when i % 10 = 0 then 'aws:sa-east-1' end from n`),
  ]);
}, 30_000);

beforeEach(() => {
  clock.now = NOW;
  harness.now = NOW;
  counted.take();
});

/** Expects that no statement read or wrote more. */
function expectAtMost(rowsRead: number, rowsWritten: number): void {
  const list = counted.take();
  expect(list.length).toBeGreaterThan(0);
  const over = (one: Counted): boolean => one.rowsRead > rowsRead || one.rowsWritten > rowsWritten;
  expect(list.filter(over)).toEqual([]);
}

const config = () => ({ ...harness.config, db: counted.db });
const run = (channelId: string) =>
  deliver(config(), channelId, { now: () => harness.now, fetch: harness.fetch });

describe('a query of the outbox reads what it returns, among 100,000 pending deliveries', () => {
  test('a tick that enqueues the channels with due deliveries reads a few rows a channel', async () => {
    await enqueueOverdue(config(), NOW);
    expect(harness.queued.splice(0).map(({ channelId }) => channelId)).toEqual(['a', 'long', 'deleted']);
    expectAtMost(20, 0);
  });

  test('a run that delivers twenty notifications reads and writes a few rows for each', async () => {
    for (const channelId of ['a', 'long']) {
      const before = harness.received.length;
      await run(channelId);
      expect(harness.received.length - before).toBe(20);
      expectAtMost(25, 8);
    }
  });

  test('a message of many reads and writes a few rows for each that it can carry', async () => {
    await addChannel(harness, 'people', 'chat');
    await seedDeliveries('people', 1, 3_000, `'monitor/m' || i`, `'ready'`).run();
    await run('people');
    expect(harness.messages.at(-1)!.ids).toHaveLength(20);
    // It looks at a hundred, with their bodies.
    const over = ({ rowsRead, rowsWritten }: Counted) => rowsRead > 100 * 7 || rowsWritten > 20 * 8;
    expect(counted.take().filter(over)).toEqual([]);
    await DB.batch([
      DB.prepare(`delete from channels where id = 'people'`),
      DB.prepare(`delete from deliveries where channel_id = 'people'`),
    ]);
  });

  test('a run whose attempts fail reads and writes a few rows for each', async () => {
    harness.answer = () => new Response(null, { status: 503 });
    await run('a');
    for (let round = 0; round < 5; round += 1) {
      harness.now += 6_000;
      await run('a');
    }
    expectAtMost(30, 12);
    harness.answer = () => new Response();
  });

  test('a success after failures writes the deliveries that waited, and no other', async () => {
    const waiting = await DB.prepare(
      `select count(*) as n from deliveries where turn = 'waiting'`,
    ).first<number>('n');
    expect(waiting).toBeGreaterThan(1);
    harness.now += 60_000;
    await run('a');
    expectAtMost(60, 4 * waiting! + 8);
    expect(await DB.prepare(`select count(*) as n from deliveries where turn = 'waiting'`).first('n')).toBe(
      0,
    );
  });

  test('a run ends expired deliveries in steps, and each reads a few rows for each that it ends', async () => {
    await DB.prepare(
      `update deliveries set created_at = 0 where channel_id = 'a' and position < 1500 and state = 'pending'`,
    ).run();
    await run('a');
    expect(counted.take().filter((one) => one.rowsRead > 200 * 15 || one.rowsWritten > 200 * 8)).toEqual([]);
    const failed = await DB.prepare(
      `select count(*) as n from deliveries where created_at = 0 and state = 'failed'`,
    ).first('n');
    expect(failed).toBeGreaterThan(1_000);
  });

  test('a commit of fifty notifications reads and writes a few rows for each delivery', async () => {
    const raised = Array.from({ length: 50 }, (_, index) => ({
      ...{ id: `new_${index}_opened`, body: bodyFor(`m${index + 100}`), at: NOW, incidentId: `new_${index}` },
      ...{
        monitorId: `m${index + 100}`,
        position: 1_000_000 + index,
        recipients: [{ id: 'a', routeId: null }],
      },
    }));
    await runBatch(counted.db, notificationInserts(counted.db, raised));
    expect(counted.take().filter((one) => one.rowsRead > 50 * 30 || one.rowsWritten > 50 * 12)).toEqual([]);
    // The line of 20,000 is long, and a critical notification makes all of it urgent, once.
    const one = (id: string) => [{ ...raised[0]!, id, body: bodyFor('one') }];
    await runBatch(counted.db, notificationInserts(counted.db, one('first_opened')));
    counted.take();
    await runBatch(counted.db, notificationInserts(counted.db, one('second_opened')));
    expectAtMost(40, 12);
  });

  test('the deliveries of a deleted channel fail a thousand at a time', async () => {
    await run('deleted');
    expect(counted.take().filter((one) => one.rowsRead > 5_000 || one.rowsWritten > 5_000)).toEqual([]);
    expect(
      await DB.prepare(
        `select count(*) as n from deliveries where channel_id = 'deleted' and state = 'failed'`,
      ).first('n'),
    ).toBe(1_000);
  });

  test('a disabled channel costs nothing, and enabling it reads only what waits', async () => {
    await run('off');
    await runBatch(counted.db, resumeChannel(counted.db, 'off'));
    expectAtMost(10, 2);
  });
});

const bodyFor = (monitor: string) => {
  const body = bodyOf('incident.opened');
  return { ...body, data: { ...body.data, monitor: { ...body.data.monitor!, id: monitor } } };
};

describe('a page or list reads what it shows, among 100,000 incidents', () => {
  const get = (path: string, token?: null) =>
    ask(path, { env: { DB: counted.db }, ...(token === null ? { token } : {}) });

  beforeAll(async () => {
    for (const id of ['shop-1', 'shop-0']) await createMonitor({ id, public: true });
    await post('/api/v1/channels', RECEIVER);
  });

  test('the public pages and /healthz read at most a few hundred rows', async () => {
    for (const path of ['/', '/api/v1/status', '/incidents/inc6', '/healthz']) {
      const { status } = await get(path, null);
      expect(status).not.toBe(404);
      // Of each of 200 incidents that a page shows: the entry of the index, the id, and the row.
      expectAtMost(650, 0);
    }
  });

  test('a page of incidents reads the incidents of the page, with every filter and also in the middle', async () => {
    const filters = [
      ...['', 'state=open', 'state=resolved', 'monitor=unknown'],
      ...['monitor=shop-1', 'monitor=shop-1&state=open', 'monitor=shop-1&state=resolved'],
      ...['', '&state=open', '&state=resolved'].map((state) => `location=aws:sa-east-1${state}`),
    ];
    for (const filter of filters) {
      const { json } = await get(`/api/v1/incidents?${filter}`);
      expectAtMost(45, 0);
      if (json.nextCursor === null) continue;
      const later = await get(`/api/v1/incidents?${filter}&cursor=${json.nextCursor}`);
      expectAtMost(45, 0);
      expect(later.json.incidents).toHaveLength(20);
      const ids = [...json.incidents, ...later.json.incidents].map(({ id }: { id: string }) => id);
      expect(new Set(ids).size).toBe(40);
    }
    await get('/api/v1/incidents?location=aws:sa-east-1&monitor=shop-1');
    // The API key alone.
    expect(counted.take().filter(({ sql }) => !sql.includes('from "api_keys"'))).toEqual([]);
  });

  test('the list of channels counts up to a thousand pending deliveries of each', async () => {
    await get('/api/v1/channels');
    expectAtMost(4 * 1_001, 0);
  });

  test('every other list reads its own rows only', async () => {
    for (const list of ['monitors', 'maintenances', 'silences', 'locations']) {
      const { status } = await get(`/api/v1/${list}`);
      expect(status).toBe(200);
      expectAtMost(30, 0);
    }
  });
});
