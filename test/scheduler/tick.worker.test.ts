// Ticks on a real D1, in virtual time: doubled, overtaken, cut off, and with answers of every kind.
import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, test } from 'vitest';
import { replay } from '../../src/engine/apply.ts';
import { emptyState } from '../../src/engine/model/state.ts';
import type { Fleet, InvocationRequest } from '../../src/fleet/fleet.ts';
import type { InvocationResult } from '../../src/fleet/report.ts';
import { syncLocations } from '../../src/scheduler/sync-locations.ts';
import { runTick, type TickDeps } from '../../src/scheduler/tick.ts';
import { commit } from '../../src/store/commit.ts';
import { decodeEntry, type EntryColumns } from '../../src/store/journal/codec.ts';
import * as schema from '../../src/store/schema.ts';
import { database, loadShard, registerTick } from '../../src/store/shard.ts';

const { DB, ENCRYPTION_KEY } = env as unknown as { DB: D1Database; ENCRYPTION_KEY: string };
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
    ['journal', 'shards', 'monitors', 'incidents', 'channels', 'notifications', 'deliveries'].map((table) =>
      DB.prepare(`delete from ${table}`),
    ),
  );
  await orm.insert(schema.monitors).values({
    number: 1,
    id: 'web',
    name: 'Web',
    check: { type: 'tcp', host: 'web.example', port: 443, timeoutMs: 5_000 },
    intervalSeconds: 60,
    locations: 'all',
    alert: { quorum: 'majority', failures: 2, recoveries: 2, confirmSeconds: 10 },
    channels: 'all',
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
  const writer = { db: DB, tick: 'test', publicUrl: 'https://status.example', now: clock.now };
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

type Sees = (location: string, at: number) => 'ok' | 'failed';

function fleet(sees: Sees, asks: InvocationRequest[] = []): Fleet {
  return {
    async invoke(ask) {
      asks.push(ask);
      const at = clock.now();
      return heard(ask, at, sees(ask.location, at));
    },
  };
}

const heard = (ask: InvocationRequest, at: number, saw: 'ok' | 'failed'): InvocationResult => ({
  askedAt: at,
  answeredAt: at,
  error: null,
  missedDeadline: false,
  observations: ask.runs.map(({ id }) =>
    saw === 'ok'
      ? { monitor: id, startedAt: at, outcome: 'ok', timings: { connectMs: 12 } }
      : { monitor: id, startedAt: at, outcome: 'failed', code: 'refused', detail: 'refused', timings: {} },
  ),
});

const deps = (sees: Sees, asks: InvocationRequest[] = []): TickDeps => ({
  db: DB,
  publicUrl: 'https://status.example',
  encryptionKey: ENCRYPTION_KEY,
  locations: LOCATIONS,
  fleet: fleet(sees, asks),
  now: clock.now,
  sleep: clock.sleep,
  enqueueDeliveries: async () => {
    wakes += 1;
  },
});

const journalRows = () => orm.select().from(schema.journal).orderBy(schema.journal.id);

describe('a tick', () => {
  test('asks a new monitor from everywhere at once, and then each location in its own slot', async () => {
    const asks: InvocationRequest[] = [];
    await runTick(deps(() => 'ok', asks));
    expect(
      asks
        .slice(0, 4)
        .map((ask) => ask.location)
        .sort(),
    ).toEqual([...LOCATIONS].sort());
    // 170 s of four locations at 60 s: about 2.8 looks each, and the first round.
    expect(asks.length).toBeGreaterThanOrEqual(12);
    expect(asks.length).toBeLessThanOrEqual(17);
    expect((await loadShard(DB)).state.monitors.get(1)!.verdict).toBe('up');
  });

  test('turns an outage into one incident, one message and one delivery, in the commit that decided it', async () => {
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

  test('leaves a journal whose replay from the beginning is the state', async () => {
    await runTick(deps((location, at) => (at >= T0 + 30_000 && location !== LOCATIONS[0] ? 'failed' : 'ok')));
    const rows = await journalRows();
    expect(rows.map((row) => row.id)).toEqual(rows.map((_, index) => index + 1));
    const replayed = replay(
      emptyState,
      rows.map((row) => decodeEntry(row as EntryColumns)),
    );
    expect(replayed).toEqual((await loadShard(DB)).state);
  });

  test('that finds a younger one starts nothing new and ends', async () => {
    const asks: InvocationRequest[] = [];
    const older = runTick(deps(() => 'ok', asks));
    await Promise.resolve();
    await orm.update(schema.shards).set({ tick: 'zzzzzzzzz-younger' });
    await older;
    expect(asks.length).toBeLessThanOrEqual(4);
    expect(clock.time).toBeLessThan(T0 + 170_000);
  });

  test('becomes known although others commit while it starts', async () => {
    const { state } = await loadShard(DB);
    await registerTick(DB, 'a', T0, state);
    await orm.update(schema.shards).set({ seq: state.seq + 5, snapshot: 'newer' });
    await registerTick(DB, 'b', T0 + 1, state);
    await registerTick(DB, 'a', T0 + 2, state);
    expect(await orm.select().from(schema.shards)).toMatchObject([
      { tick: 'b', tickAt: T0 + 1, seq: state.seq + 5, snapshot: 'newer' },
    ]);
  });

  test('ends with the bug of a fleet that rejects', async () => {
    const broken: Fleet = { invoke: () => Promise.reject(new Error('a bug')) };
    await expect(runTick({ ...deps(() => 'ok'), fleet: broken })).rejects.toThrow('a bug');
  });

  test('doubled at the same moment counts nothing twice and opens one incident', async () => {
    const sees: Sees = (_, at) => (at >= T0 + 40_000 ? 'failed' : 'ok');
    await Promise.all([runTick(deps(sees)), runTick(deps(sees))]);
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

  test('that died in mid-round is carried on by the next', async () => {
    const sees: Sees = (_, at) => (at >= T0 + 20_000 ? 'failed' : 'ok');
    await runTick({ ...deps(() => 'ok') });
    clock.time = T0 + 180_000;
    let asked = 0;
    const dying: Fleet = {
      // The first answer of the outage arrives; everything the fan-out asks is lost with the tick.
      invoke: (ask) => {
        asked += 1;
        return asked === 1 ? Promise.resolve(heard(ask, clock.now(), 'failed')) : new Promise(() => {});
      },
    };
    const dead = runTick({
      ...deps(sees),
      fleet: dying,
      sleep: (ms) => (asked > 1 ? new Promise(() => {}) : clock.sleep(ms)),
    });
    void dead;
    await eventually(async () => (await loadShard(DB)).state.monitors.get(1)!.round !== null && asked > 1);
    clock.time += 1_000;
    await runTick(deps(sees));
    expect(await orm.select().from(schema.incidents)).toHaveLength(1);
  });

  test('keeps a report although D1 fails for a while, and writes it once', async () => {
    let failures = 3;
    const flaky = new Proxy(DB, {
      get(target, name) {
        if (name !== 'batch') {
          const value = Reflect.get(target, name);
          return typeof value === 'function' ? value.bind(target) : value;
        }
        return async (statements: D1PreparedStatement[]) => {
          const answer = await target.batch(statements);
          // The first commits are written, and their answers lost.
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
});

async function eventually(met: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    if (await met()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('it never came to that');
}
