// Ticks on a real D1, in virtual time: doubled, superseded, cut off, and with results of every kind.
import { env } from 'cloudflare:workers';
import { beforeEach, expect, test } from 'vitest';
import { enqueueOverdue } from '../../src/delivery/queue.ts';
import { replay } from '../../src/engine/apply.ts';
import { emptyState } from '../../src/engine/model/state.ts';
import type { Bindings } from '../../src/env.ts';
import type { Fleet, InvocationRequest, InvocationResult } from '../../src/fleet/fleet.ts';
import { runTick, type TickDeps } from '../../src/scheduler/tick.ts';
import { syncLocations } from '../../src/services/locations/sync-locations.ts';
import { commit } from '../../src/store/commit.ts';
import { database } from '../../src/store/database.ts';
import { decodeEntry, type EntryColumns } from '../../src/store/journal/codec.ts';
import * as schema from '../../src/store/schema.ts';
import { loadHead, loadShard, refreshCheckpoints, registerTick } from '../../src/store/shard.ts';
import { flakyD1 } from '../support/d1/flaky-d1.ts';

const { DB, DELIVERIES, ENCRYPTION_KEY } = env as unknown as Bindings;
const T0 = 1_800_000_000_000;
const LOCATIONS = ['aws:us-east-1', 'aws:us-west-2', 'aws:eu-central-1', 'aws:sa-east-1'];
const orm = database(DB);

/** Time passes only when a tick sleeps. */
class Clock {
  time = T0;
  now = (): number => this.time;
  sleep = async (ms: number): Promise<void> => {
    await Promise.resolve();
    this.time += Math.min(ms, 1_000);
  };
}

let clock: Clock;
let wakes: number;

beforeEach(async () => {
  clock = new Clock();
  wakes = 0;
  await DB.batch(
    [
      'journal',
      'shards',
      'snapshots',
      'monitors',
      'incidents',
      'channels',
      'notifications',
      'deliveries',
      'activity',
      'health',
    ].map((table) => DB.prepare(`delete from ${table}`)),
  );
  await orm.insert(schema.monitors).values({
    number: 1,
    id: 'web',
    name: 'Web',
    check: { type: 'tcp', host: 'web.example', port: 443, timeoutMs: 5_000 },
    intervalSeconds: 60,
    locations: 'all',
    alert: { quorum: 'majority', failures: 2, recoveries: 2, confirmSeconds: 10 },
    channels: 'default',
    tags: { team: 'shop' },
    public: true,
    paused: false,
    createdAt: T0,
    updatedAt: T0,
  });
  await orm.insert(schema.channels).values({
    id: 'hook',
    type: 'webhook',
    name: 'Hook',
    sealedConfig: '',
    publicConfig: {},
    enabled: true,
    createdAt: T0,
    updatedAt: T0,
  });
  const writer = { db: DB, tick: 0, publicUrl: 'https://status.example', now: clock.now };
  const state = await syncLocations(writer, (await loadShard(DB)).state, LOCATIONS);
  await commit(writer, state, () => ({
    kind: 'change',
    changes: [
      {
        type: 'monitor',
        number: 1,
        policy: {
          intervalMs: 60_000,
          timeoutMs: 5_000,
          quorum: 'majority',
          failures: 2,
          recoveries: 2,
          confirmMs: 10_000,
          locations: 'all',
          dependsOn: [],
          paused: false,
        },
      },
    ],
  }));
});

type OutcomeAt = (location: string, at: number) => 'ok' | 'failed';

function fleet(outcomeAt: OutcomeAt, requests: InvocationRequest[] = []): Fleet {
  return {
    async invoke(request) {
      requests.push(request);
      const at = clock.now();
      return resultOf(request, at, outcomeAt(request.location, at));
    },
  };
}

const resultOf = (request: InvocationRequest, at: number, outcome: 'ok' | 'failed'): InvocationResult => ({
  askedAt: at,
  answeredAt: at,
  error: null,
  missedDeadline: false,
  observations: request.runs.map(({ id }) =>
    outcome === 'ok'
      ? { monitor: id, startedAt: at, outcome: 'ok', timings: { connectMs: 12 } }
      : { monitor: id, startedAt: at, outcome: 'failed', code: 'refused', detail: 'refused', timings: {} },
  ),
});

const deps = (outcomeAt: OutcomeAt, requests: InvocationRequest[] = []): TickDeps => ({
  db: DB,
  publicUrl: 'https://status.example',
  encryptionKey: ENCRYPTION_KEY,
  locations: LOCATIONS,
  fleet: fleet(outcomeAt, requests),
  now: clock.now,
  sleep: clock.sleep,
  enqueueDeliveries: async () => {
    wakes += 1;
  },
});

const journalRows = () => orm.select().from(schema.journal).orderBy(schema.journal.id);

test('a tick checks a new monitor from all locations at once, and then from each location in its own slot', async () => {
  const requests: InvocationRequest[] = [];
  await runTick(deps(() => 'ok', requests));
  expect(
    requests
      .slice(0, 4)
      .map((request) => request.location)
      .sort(),
  ).toEqual([...LOCATIONS].sort());
  // 170 s of four locations at 60 s: about 2.8 runs each, and the first round.
  expect(requests.length).toBeGreaterThanOrEqual(12);
  expect(requests.length).toBeLessThanOrEqual(17);
  expect((await loadShard(DB)).state.monitors.get(1)!.verdict).toBe('up');
});

test('a tick turns an outage into one incident, one notification and one delivery, in the commit that decides it', async () => {
  await runTick(deps((_, at) => (at >= T0 + 60_000 ? 'failed' : 'ok')));
  const incidents = await orm.select().from(schema.incidents);
  expect(incidents).toHaveLength(1);
  expect(incidents[0]).toMatchObject({ monitorId: 'web', state: 'open', verdict: 'down' });
  expect(incidents[0]!.startedAt).toBeGreaterThanOrEqual(T0 + 60_000);
  expect(incidents[0]!.startedAt).toBeLessThanOrEqual(T0 + 80_000);
  const notifications = await orm.select().from(schema.notifications);
  expect(notifications.map((notification) => notification.event)).toEqual(['incident.opened']);
  expect(notifications[0]!.body).toMatchObject({
    type: 'incident.opened',
    data: {
      incident: {
        state: 'open',
        url: `https://status.example/incidents/${incidents[0]!.id}`,
        resolvedAt: null,
      },
      monitor: {
        id: 'web',
        check: { type: 'tcp', host: 'web.example', port: 443 },
        tags: { team: 'shop' },
      },
    },
  });
  const deliveries = await orm.select().from(schema.deliveries);
  expect(deliveries).toMatchObject([
    { notificationId: notifications[0]!.id, channelId: 'hook', state: 'pending' },
  ]);
  expect(wakes).toBeGreaterThanOrEqual(2);
});

test('a tick leaves a journal whose replay from the beginning is the state', async () => {
  await runTick(deps((location, at) => (at >= T0 + 30_000 && location !== LOCATIONS[0] ? 'failed' : 'ok')));
  const rows = await journalRows();
  expect(rows.map((row) => row.id)).toEqual(rows.map((_, index) => index + 1));
  const replayed = replay(
    emptyState,
    rows.map((row) => decodeEntry(row as EntryColumns)),
  );
  expect(replayed).toEqual((await loadShard(DB)).state);
});

test('a tick that finds a newer one starts no run and ends', async () => {
  const requests: InvocationRequest[] = [];
  const healthy = fleet(() => 'ok', requests);
  const invoke: Fleet['invoke'] = async (request) => {
    if (requests.length === 0) await registerTick(DB, T0);
    return healthy.invoke(request);
  };
  // D1 answers only while the tick lets other work run.
  const sleep: TickDeps['sleep'] = async (ms) => {
    await new Promise((resolve) => setTimeout(resolve, 0));
    await clock.sleep(ms);
  };
  await runTick({ ...deps(() => 'ok'), fleet: { ...healthy, invoke }, sleep });
  expect(requests.length).toBeLessThanOrEqual(4);
  expect(clock.time).toBeLessThan(T0 + 170_000);
});

test('a tick is registered although other commits happen while it starts', async () => {
  const early = await loadShard(DB);
  expect(await registerTick(DB, T0)).toBe(1);
  await runTick(deps((_, at) => (at >= T0 + 60_000 ? 'failed' : 'ok')));
  const newest = (await loadShard(DB)).state;
  expect(newest.seq).toBeGreaterThan(early.state.seq + 5);
  // The checkpoint of a tick that was slow to start changes no state that is loaded later.
  await refreshCheckpoints(DB, { tail: { rows: 1_000, runs: 0 }, olderAt: null }, early.state, T0);
  expect((await loadShard(DB)).state).toEqual(newest);
  expect(await registerTick(DB, T0 + 1)).toBe(3);
  expect(await orm.select().from(schema.shards)).toMatchObject([{ tick: 3, tickAt: T0 + 1 }]);
});

test('ticks that register at the same moment have different numbers', async () => {
  const numbers = await Promise.all(Array.from({ length: 5 }, () => registerTick(DB, T0)));
  expect(numbers.toSorted()).toEqual([1, 2, 3, 4, 5]);
  expect((await loadHead(DB)).tick).toBe(5);
});

test('a tick whose number was taken although the response was lost takes another', async () => {
  let lost = 0;
  const losing = (statement: D1PreparedStatement): D1PreparedStatement =>
    ({
      bind: (...values: unknown[]) => losing(statement.bind(...values)),
      run: async () => {
        const answer = await statement.run();
        if (lost >= 2) return answer;
        lost += 1;
        throw new Error('D1_ERROR: Network connection lost.');
      },
    }) as unknown as D1PreparedStatement;
  const flaky = new Proxy(DB, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (name !== 'prepare') return typeof value === 'function' ? value.bind(target) : value;
      return (query: string) => {
        const statement = target.prepare(query);
        return /^insert into "shards"/.test(query) ? losing(statement) : statement;
      };
    },
  });
  const requests: InvocationRequest[] = [];
  await runTick({ ...deps(() => 'ok', requests), db: flaky });
  expect(lost).toBe(2);
  expect(requests.length).toBeGreaterThanOrEqual(12);
  expect(await orm.select().from(schema.shards)).toMatchObject([{ tick: 3 }]);
});

test('a tick ends with the error of a fleet that rejects', async () => {
  const broken: Fleet = { invoke: () => Promise.reject(new Error('a bug')) };
  await expect(runTick({ ...deps(() => 'ok'), fleet: broken })).rejects.toThrow('a bug');
});

test('two ticks of the same moment count no run twice and open one incident', async () => {
  const outcomeAt: OutcomeAt = (_, at) => (at >= T0 + 40_000 ? 'failed' : 'ok');
  await Promise.all([runTick(deps(outcomeAt)), runTick(deps(outcomeAt))]);
  expect(await orm.select().from(schema.incidents)).toHaveLength(1);
  expect(await orm.select().from(schema.notifications)).toHaveLength(1);
  const rows = await journalRows();
  expect(
    replay(
      emptyState,
      rows.map((row) => decodeEntry(row as EntryColumns)),
    ),
  ).toEqual((await loadShard(DB)).state);
});

test('a tick continues the round of a tick that died', async () => {
  const outcomeAt: OutcomeAt = (_, at) => (at >= T0 + 20_000 ? 'failed' : 'ok');
  await runTick({ ...deps(() => 'ok') });
  clock.time = T0 + 180_000;
  let invocations = 0;
  const dying: Fleet = {
    // The first result of the outage arrives. The results of the fan-out are lost with the tick.
    invoke: (request) => {
      invocations += 1;
      return invocations === 1
        ? Promise.resolve(resultOf(request, clock.now(), 'failed'))
        : new Promise(() => {});
    },
  };
  const dead = runTick({
    ...deps(outcomeAt),
    fleet: dying,
    sleep: (ms) => (invocations > 1 ? new Promise(() => {}) : clock.sleep(ms)),
  });
  void dead;
  await eventually(
    async () => (await loadShard(DB)).state.monitors.get(1)!.round !== null && invocations > 1,
  );
  clock.time += 1_000;
  await runTick(deps(outcomeAt));
  expect(await orm.select().from(schema.incidents)).toHaveLength(1);
});

test('a tick keeps a report although D1 fails for a while, and writes it once', async () => {
  let failures = 3;
  const flaky = new Proxy(DB, {
    get(target, name) {
      if (name !== 'batch') {
        const value = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      }
      return async (statements: D1PreparedStatement[]) => {
        const answer = await target.batch(statements);
        // The first commits are written, and their responses lost.
        if (statements.length > 0 && failures > 0 && answer.some((one) => one.meta.changes > 0)) {
          failures -= 1;
          throw new Error('D1_ERROR: Network connection lost.');
        }
        return answer;
      };
    },
  });
  await runTick({ ...deps(() => 'ok'), db: flaky });
  expect(failures).toBe(0);
  const rows = await journalRows();
  expect(new Set(rows.map((row) => row.commitId)).size).toBe(rows.length);
});

test('a tick continues although every fifth batch of D1 fails', async () => {
  let batches = 0;
  const db = flakyD1(DB, () => {
    batches += 1;
    return batches % 5 === 0;
  });
  await runTick({ ...deps(() => 'ok'), db });
  expect(clock.time - T0).toBeGreaterThanOrEqual(170_000);
  expect((await loadShard(DB)).state.monitors.get(1)!.verdict).toBe('up');
});

test('a tick runs checks although no delivery can be enqueued', async () => {
  const broken = new Proxy(DB, {
    get: () => () => {
      throw new Error('D1_ERROR: Network connection lost.');
    },
  });
  // As worker.ts does it, with a D1 that fails at this query.
  const enqueueDeliveries = () => enqueueOverdue({ deliveries: DELIVERIES, db: broken }, clock.now());
  await runTick({ ...deps(() => 'ok'), enqueueDeliveries });
  expect((await loadShard(DB)).state.monitors.get(1)!.verdict).toBe('up');
});

test('a tick runs checks although neither the health nor a checkpoint can be written', async () => {
  const failed: string[] = [];
  const sqlOf = new WeakMap<object, string>();
  const refuses = (sql: string): boolean => /^(insert|update|delete)\b.*?"(health|snapshots)"/i.test(sql);
  const statement = (made: D1PreparedStatement, sql: string): D1PreparedStatement => {
    sqlOf.set(made, sql);
    const bind = made.bind.bind(made);
    return Object.assign(made, { bind: (...values: unknown[]) => statement(bind(...values), sql) });
  };
  // The checkpoint in the batch of a commit is written: it is one transaction with the journal.
  const broken = {
    prepare: (sql: string) => statement(DB.prepare(sql), sql),
    batch: async (statements: D1PreparedStatement[]) => {
      const sqls = statements.map((one) => sqlOf.get(one) ?? '');
      if (sqls.some(refuses) && !sqls.some((sql) => sql.includes('"journal"'))) {
        failed.push(...sqls);
        throw new Error('D1_ERROR: database or disk is full');
      }
      return DB.batch(statements);
    },
  } as unknown as D1Database;
  // Nearly full, twice in a row: the health changes.
  for (const _ of [1, 2]) {
    await runTick({ ...deps(() => 'ok'), db: broken, maxDatabaseBytes: 1 });
    clock.time += 60_000;
  }
  expect(failed.some((sql) => sql.includes('"health"'))).toBe(true);
  expect(failed.some((sql) => sql.includes('"snapshots"'))).toBe(true);
  expect((await loadShard(DB)).state.monitors.get(1)!.verdict).toBe('up');
});

async function eventually(met: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    if (await met()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('the condition was not met in time');
}
