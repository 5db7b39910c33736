// Retention on a real D1: what is deleted, what is never deleted, and that replay, rebuild and explain work afterwards.
import { beforeEach, describe, expect, test } from 'vitest';
import { deliver } from '../../src/delivery/consumer.ts';
import { emptyState } from '../../src/engine/model/state.ts';
import { type Bindings, readEnv } from '../../src/env.ts';
import type { Fleet } from '../../src/fleet/fleet.ts';
import { DEFAULT_RETENTION, journalRetentionMs } from '../../src/retention.ts';
import { prune } from '../../src/scheduler/prune.ts';
import { runTick } from '../../src/scheduler/tick.ts';
import { replayFrom } from '../../src/store/journal/replay.ts';
import { rebuild } from '../../src/store/rebuild.ts';
import { loadShard, loadState, refreshCheckpoints } from '../../src/store/shard.ts';
import { deletableBelow, readCheckpoint, selectCheckpoint } from '../../src/store/snapshot/rows.ts';
import { rowIds } from '../support/d1/damage.ts';
import {
  ask,
  bindings,
  clock,
  createMonitor,
  empty,
  patch,
  post,
  RECEIVER,
  runUntilConfirmed,
} from '../support/d1/http-mesh.ts';

const { DB } = bindings;
const DAY_MS = 86_400_000;
const queue = { send: async () => {} } as unknown as Bindings['DELIVERIES'];
const config = readEnv({ ...bindings, DELIVERIES: queue });
let status = 200;
const fetch = (async () => new Response(null, { status })) as typeof globalThis.fetch;

beforeEach(async () => {
  await empty();
  status = 200;
});

/** Moves the checkpoints to the newest row, as ticks do. */
async function checkpoint(): Promise<void> {
  const { state } = await loadShard(DB);
  const tail = { rows: 64, runs: 0 };
  await refreshCheckpoints(DB, { tail, olderAt: null }, state, clock.now);
  await compacted(state.seq);
}

/** The history contains the journal up to this row. */
const compacted = (seq: number): Promise<unknown> =>
  DB.prepare(
    `insert into compaction (shard, seq, at, day, state, ran_at) values (0, ?1, 0, 0, '{}', 0)
      on conflict do update set seq = ?1`,
  )
    .bind(seq)
    .run();

/** Prunes `days` later, as often as needed for everything that can be deleted. */
async function pruneAfter(days: number, more: object = {}): Promise<void> {
  clock.now += days * DAY_MS;
  // Deliveries get their age from the clock of D1.
  await DB.prepare('update deliveries set created_at = created_at - ?')
    .bind(days * DAY_MS)
    .run();
  for (let run = 0; run < 4; run += 1) {
    await DB.prepare('update pruning set ran_at = 0').run();
    await prune({ db: DB, retention: { ...DEFAULT_RETENTION, journalDays: 7 }, ...more }, clock.now);
  }
}

const send = () => deliver(config, 'on-call', { now: () => Date.now(), fetch });

const idsOf = async (table: string, column = 'id'): Promise<string[]> =>
  (await DB.prepare(`select ${column} as id from ${table} order by rowid`).all<{ id: string }>()).results.map(
    ({ id }) => id,
  );

describe('the journal', () => {
  test('is deleted below the older of two whole checkpoints, and replay, rebuild and explain still work', async () => {
    await createMonitor();
    await runUntilConfirmed(1, 3);
    await checkpoint();
    const anchor = (await loadState(DB)).seq;
    await runUntilConfirmed(1, 3);
    const state = await loadState(DB);
    clock.now += 8 * DAY_MS;
    const explained = (await ask('/api/v1/monitors/shop/explain')).json;
    await pruneAfter(0);
    expect(await rowIds(DB, 'journal')).toEqual(
      Array.from({ length: state.seq - anchor + 1 }, (_, index) => anchor + index),
    );
    expect(await loadState(DB)).toEqual(state);
    const older = readCheckpoint(await selectCheckpoint(DB, 'older'), 'older');
    expect((await replayFrom(DB, older)).state).toEqual(state);
    expect(await rebuild(DB, () => clock.now, { verify: true })).toBeNull();
    expect((await ask('/api/v1/monitors/shop/explain')).json).toEqual(explained);
    // Both checkpoints move on, and a damaged one is rebuilt from the other.
    await runUntilConfirmed(1, 0);
    await DB.prepare(`update snapshots set data = 'x' where id = 0`).run();
    const rebuilt = await loadState(DB);
    expect(rebuilt.monitors.get(1)?.incident).toBeNull();
    expect(await rebuild(DB, () => clock.now, { verify: true })).toBeNull();
  });

  test('is kept while a row is younger than the retention, and while a checkpoint is missing or damaged', async () => {
    await createMonitor();
    await runUntilConfirmed(1, 3);
    const all = await rowIds(DB, 'journal');
    await pruneAfter(8);
    expect(await rowIds(DB, 'journal')).toEqual(all);
    await checkpoint();
    await DB.prepare(`update snapshots set data = 'x' where id = 65536`).run();
    expect(await deletableBelow(DB)).toBe(0);
    await pruneAfter(1);
    expect(await rowIds(DB, 'journal')).toEqual(all);
    await checkpoint();
    clock.now -= 3 * DAY_MS;
    await pruneAfter(0);
    expect(await rowIds(DB, 'journal')).toEqual(all);
    await pruneAfter(2);
    expect(await rowIds(DB, 'journal')).toEqual(all.slice(-1));
  });

  test('is not deleted if the clock of the coordinator is ahead of the clock of D1', async () => {
    await createMonitor();
    await runUntilConfirmed(1, 3);
    await checkpoint();
    const all = await rowIds(DB, 'journal');
    await pruneAfter(400, { comparedClock: () => Date.now() + 400 * DAY_MS });
    expect(await rowIds(DB, 'journal')).toEqual(all);
    await pruneAfter(0);
    expect(await rowIds(DB, 'journal')).toHaveLength(1);
  });

  test('is kept while the history does not contain it, unless the database is nearly full', async () => {
    await createMonitor();
    await runUntilConfirmed(1, 3);
    await checkpoint();
    const all = await rowIds(DB, 'journal');
    await compacted(5);
    await pruneAfter(8);
    expect(await rowIds(DB, 'journal')).toEqual(all.slice(5));
    await pruneAfter(0, { maxDatabaseBytes: 1_000 });
    expect(await rowIds(DB, 'journal')).toEqual(all.slice(-1));
  });

  test('rows from the future go with the old rows around them, and not before', async () => {
    await createMonitor();
    await runUntilConfirmed(1, 3);
    await checkpoint();
    const all = await rowIds(DB, 'journal');
    const wrong = all.slice(1, 4);
    await DB.prepare(`update journal set at = at + ? where id in (${wrong})`)
      .bind(900 * DAY_MS)
      .run();
    await pruneAfter(6);
    expect(await rowIds(DB, 'journal')).toEqual(all);
    await pruneAfter(2);
    expect(await rowIds(DB, 'journal')).toEqual(all.slice(-1));
  });

  test('a backlog is deleted step by step, a hundred rows a run at least', async () => {
    await createMonitor();
    const from = (await loadState(DB)).seq;
    await DB.prepare(`update journal set id = id + 3000, at = 5000`).run();
    const rows = `with recursive n(i) as (select 1 union all select i + 1 from n where i < 3000)`;
    await DB.prepare(`${rows} insert into journal (id, tick, commit_id, at, kind, checksum)
      select i, 't', 'c', i, 'report', '' from n`).run();
    await compacted(1e9);
    const counts: number[] = [];
    const state = { ...emptyState, seq: 3000 + from };
    await refreshCheckpoints(DB, { tail: { rows: 64, runs: 0 }, olderAt: null }, state, clock.now);
    for (let run = 0; run < 3; run += 1) {
      await DB.prepare('delete from pruning').run();
      await prune({ db: DB }, clock.now);
      counts.push((await rowIds(DB, 'journal')).length);
    }
    expect(counts).toEqual([2900 + from, 2800 + from, 2700 + from]);
    // Under pressure, more.
    await DB.prepare('delete from pruning').run();
    await prune({ db: DB, maxDatabaseBytes: 1_000 }, clock.now);
    expect(await rowIds(DB, 'journal')).toHaveLength(700 + from);
  });

  test.each([
    [0.5, 7 * 24],
    [0.7, 7 * 24],
    [0.75, 4 * 24],
    [0.8, 24],
    [0.99, 24],
  ])('a database at %f of its limit keeps %i hours of it', (share, hours) => {
    expect(journalRetentionMs(7, share * 1e6, 1e6) / 3_600_000).toBeCloseTo(hours);
  });

  test('a configured retention of one day is not shortened', () => {
    expect(journalRetentionMs(1, 99, 100)).toBe(DAY_MS);
  });
});

describe('notifications and deliveries', () => {
  beforeEach(async () => {
    await post('/api/v1/channels', RECEIVER);
    await createMonitor();
    await runUntilConfirmed(1, 0);
  });

  const outage = async () => {
    await runUntilConfirmed(1, 6);
    await send();
    const id = (await loadState(DB)).monitors.get(1)!.incident!.id;
    return { opened: `${id}_opened`, resolved: `${id}_resolved` };
  };
  const recover = async () => {
    await runUntilConfirmed(1, 0);
    await send();
  };

  test('an ended incident loses them together, thirty days after its end', async () => {
    const { opened, resolved } = await outage();
    await recover();
    expect(await idsOf('notifications')).toEqual([opened, resolved]);
    await DB.prepare('update deliveries set finished_at = ?').bind(clock.now).run();
    await pruneAfter(29);
    expect(await idsOf('notifications')).toEqual([opened, resolved]);
    await pruneAfter(2);
    expect(await idsOf('notifications')).toEqual([]);
    expect(await idsOf('deliveries', 'notification_id')).toEqual([]);
  });

  test('an open incident keeps its opening, however old it is, and a channel that is enabled gets it', async () => {
    await patch('/api/v1/channels/on-call', { enabled: false });
    const { opened } = await outage();
    await pruneAfter(400);
    expect(await idsOf('notifications')).toEqual([opened]);
    await patch('/api/v1/channels/on-call', { enabled: true });
    expect(await idsOf('deliveries', 'notification_id')).toEqual([opened]);
    await send();
    await recover();
    const states = await DB.prepare('select state from deliveries').all<{ state: string }>();
    expect(states.results.map(({ state }) => state)).toEqual(['delivered', 'delivered']);
  });

  test('a delivery that can still be sent keeps its notification', async () => {
    const { opened, resolved } = await outage();
    await recover();
    await pruneAfter(0);
    // Queued again just now, long after the incident.
    clock.now += 60 * DAY_MS;
    await DB.prepare(`update deliveries set state = 'pending', turn = 'ready', created_at = unixepoch() * 1000,
      finished_at = null where notification_id = ?`)
      .bind(opened)
      .run();
    await pruneAfter(0);
    expect(await idsOf('notifications')).toEqual([opened, resolved]);
    await send();
    await DB.prepare('update deliveries set finished_at = 0').run();
    await pruneAfter(3);
    expect(await idsOf('notifications')).toEqual([]);
  });

  test('what waits for a channel that the coordinator disabled expires by its age, and its line continues', async () => {
    await DB.prepare(`update channels set enabled = 0, disabled_reason = 'gone'`).run();
    await outage();
    await runUntilConfirmed(1, 0);
    expect(await idsOf('deliveries', 'notification_id')).toHaveLength(2);
    await pruneAfter(31);
    expect(await idsOf('deliveries', 'notification_id')).toEqual([]);
    expect(await idsOf('notifications')).toEqual([]);
    // A new outage has a head of its own.
    const { opened } = await outage();
    const head = await DB.prepare(`select notification_id as id from deliveries where turn = 'ready'`).first(
      'id',
    );
    expect(head).toBe(opened);
  });

  test('no delivery is left without its notification, and no line without a head', async () => {
    status = 503;
    await outage();
    await runUntilConfirmed(1, 0);
    await outage();
    await DB.prepare(
      `update deliveries set created_at = 0 where position = (select min(position) from deliveries)`,
    ).run();
    clock.now += 31 * DAY_MS;
    await pruneAfter(0);
    const orphans = await DB.prepare(
      `select count(*) as n from deliveries where notification_id not in (select id from notifications)`,
    ).first('n');
    expect(orphans).toBe(0);
    const heads = await DB.prepare(`select count(*) as n from deliveries where turn is not null`).first('n');
    expect(heads).toBe(1);
  });
});

describe('evidence', () => {
  test('of an ended incident is deleted after ninety days, and the API and the page say so', async () => {
    await createMonitor();
    await runUntilConfirmed(1, 6);
    await runUntilConfirmed(1, 0);
    const [id] = await idsOf('incidents');
    await pruneAfter(89);
    expect((await ask(`/api/v1/incidents/${id}`)).json).toMatchObject({ evidenceDeletedAt: null });
    expect((await ask(`/api/v1/incidents/${id}`)).json.evidence).toHaveLength(6);
    await pruneAfter(2);
    const { json } = await ask(`/api/v1/incidents/${id}`);
    expect(json).toMatchObject({ state: 'resolved', verdict: 'down', evidence: [], quorum: { required: 4 } });
    expect(json.evidenceDeletedAt).toBe(new Date(clock.now).toISOString());
    const page = await ask(`/incidents/${id}`, { token: null });
    expect(page.text).toContain('The results of this incident have expired.');
  });

  test('of an open incident is kept', async () => {
    await createMonitor();
    await runUntilConfirmed(1, 6);
    const [id] = await idsOf('incidents');
    await pruneAfter(400);
    expect((await ask(`/api/v1/incidents/${id}`)).json.evidence).toHaveLength(6);
  });
});

test('rows that a rebuild moved aside are deleted after ninety days', async () => {
  const insert = 'insert into damaged_journal (rebuild_id, removed_at) values (?, ?)';
  await DB.prepare(insert).bind('old', clock.now).run();
  await DB.prepare(insert)
    .bind('young', clock.now + 5 * DAY_MS)
    .run();
  await pruneAfter(91);
  expect(await idsOf('damaged_journal', 'rebuild_id')).toEqual(['young']);
});

test('the size that D1 reports falls with the deletes, and new rows use the pages again', async () => {
  const size = async () => (await DB.prepare('select 1').all()).meta.size_after;
  const fill = () =>
    DB.prepare(`with recursive n(i) as (select 1 union all select i + 1 from n where i < 200)
      insert into damaged_snapshots (rebuild_id, removed_at, data) select 'r', 0, ? from n`)
      .bind('x'.repeat(10_000))
      .run();
  await fill();
  const full = await size();
  await pruneAfter(0);
  expect(full - (await size())).toBeGreaterThan(1_900_000);
  await fill();
  expect(await size()).toBeLessThan(full + 100_000);
});

test('a tick deletes old rows beside its checks', async () => {
  await createMonitor();
  await runUntilConfirmed(1, 3);
  await checkpoint();
  const all = await rowIds(DB, 'journal');
  clock.now += 8 * DAY_MS;
  const { locations, encryptionKey, publicUrl } = config;
  let time = clock.now;
  const fleet: Fleet = {
    invoke: async () => {
      throw new Error('no run is due');
    },
  };
  await patch('/api/v1/monitors/shop', { paused: true });
  await runTick({
    ...{ db: DB, publicUrl, encryptionKey, locations, fleet, now: () => time },
    sleep: async (ms) => {
      time += Math.max(1_000, ms);
    },
    enqueueDeliveries: async () => {},
  });
  // The tick has renewed the older checkpoint before.
  expect((await rowIds(DB, 'journal'))[0]).toBeGreaterThanOrEqual(all.at(-1)!);
});

test('a database that fails costs the tick nothing but a line in the log', async () => {
  const failing = {
    prepare: () => {
      throw new Error('D1 is down');
    },
  } as unknown as D1Database;
  await prune({ db: failing }, clock.now);
});
