// /healthz and /api/v1/health over HTTP on a real D1: what keeps them green, and what must not.
import { beforeEach, describe, expect, test } from 'vitest';
import { runTick } from '../../../src/scheduler/tick.ts';
import { commit } from '../../../src/store/commit.ts';
import { runBatch } from '../../../src/store/database.ts';
import { readHealthFacts } from '../../../src/store/health-facts.ts';
import { loadState } from '../../../src/store/shard.ts';
import { encodeSnapshot } from '../../../src/store/snapshot/codec.ts';
import { saveCheckpoint } from '../../../src/store/snapshot/rows.ts';
import { VERSION } from '../../../src/version.ts';
import { flakyD1 } from '../../support/d1/flaky-d1.ts';
import {
  ask,
  bindings,
  clock,
  createMonitor,
  empty,
  patch,
  post,
  RECEIVER,
  run,
} from '../../support/d1/http-mesh.ts';

beforeEach(empty);

const MINUTE = 60_000;
const { DB } = bindings;

const healthz = async (env: object = {}) => {
  const { status, json } = await ask('/healthz', { token: null, env });
  return [status, json.status, ...json.reasons];
};
const details = async () => (await ask('/api/v1/health')).json;

/** Every location reports an error instead of measurements, as if the credentials were refused. */
async function refuse(error = 'UnrecognizedClientException: The security token is invalid.'): Promise<void> {
  let state = await loadState(DB);
  const writer = { db: DB, tick: 0, publicUrl: 'https://status.test', now: () => clock.now };
  for (const { number: location } of state.locations.values()) {
    const at = clock.now;
    const observations = [...state.monitors.keys()].map((monitor) => ({
      ...{ monitor, startedAt: at, outcome: 'unmeasured', reason: 'invoke_error', timings: {} },
    })) as never[];
    const report = { askedAt: at, answeredAt: at, error, missedDeadline: false, observations };
    state = (await commit(writer, state, () => ({ kind: 'report', location, ...report }))).state;
  }
}

describe('/healthz', () => {
  test('/healthz has the status, codes, version and age, and is not stored by any cache', async () => {
    await createMonitor();
    await run(1, 0);
    const answer = await ask('/healthz', { token: null });
    const at = Date.parse(answer.json.lastMeasuredAt);
    expect(answer.json).toEqual({
      ...{ status: 'ok', reasons: [], version: VERSION },
      ...{ lastMeasuredAt: new Date(at).toISOString(), ageSeconds: Math.round((clock.now - at) / 1000) },
      tickAgeSeconds: 15,
    });
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  test('a mesh without a monitor, or with paused ones only, is idle', async () => {
    expect(await healthz()).toEqual([200, 'idle']);
    await createMonitor({ paused: true });
    clock.now += 60 * MINUTE;
    expect(await healthz()).toEqual([200, 'idle']);
  });

  test('a new mesh is ok for three minutes, and has stopped if nothing is measured then', async () => {
    await createMonitor();
    clock.now += 3 * MINUTE;
    expect(await healthz()).toEqual([200, 'ok']);
    clock.now += 1_000;
    expect(await healthz()).toEqual([503, 'stopped', 'ticks_stopped']);
  });

  test('/healthz returns 503 once the newest measurement is more than three minutes old', async () => {
    await createMonitor();
    await run(1, 0);
    clock.now = Date.parse((await details()).lastMeasuredAt) + 3 * MINUTE;
    expect(await healthz()).toEqual([200, 'ok']);
    clock.now += 1;
    expect((await healthz())[0]).toBe(503);
  });

  const CHANGES: Record<string, (minute: number) => Promise<unknown>> = {
    'a new name': (minute) => patch('/api/v1/monitors/shop', { name: `Shop ${minute}` }),
    'another policy': (minute) => patch('/api/v1/monitors/shop', { alert: { failures: 1 + (minute % 5) } }),
    'another target': (minute) => patch('/api/v1/monitors/shop', { check: { port: 1_000 + minute } }),
    'another interval': (minute) =>
      patch('/api/v1/monitors/shop', { intervalSeconds: minute % 2 === 0 ? 60 : 3600 }),
    'a new monitor': (minute) => createMonitor({ id: `shop-${minute}` }),
    'a monitor that is created and deleted': async (minute) => {
      await createMonitor({ id: `shop-${minute}` });
      await ask(`/api/v1/monitors/shop-${minute}`, { method: 'DELETE' });
    },
    'a pause or a resume': (minute) => patch('/api/v1/monitors/shop', { paused: minute % 2 === 1 }),
    'a maintenance': (minute) =>
      post('/api/v1/maintenances', { id: `m-${minute}`, name: 'Work', monitors: 'all', durationMinutes: 1 }),
  };

  test.each(Object.keys(CHANGES))(
    '%s every minute does not keep /healthz green without ticks',
    async (name) => {
      await createMonitor();
      await run(1, 0);
      const seen: unknown[] = [];
      for (let minute = 0; minute < 12; minute += 1) {
        clock.now += MINUTE;
        await CHANGES[name]!(minute);
        seen.push((await healthz())[0]);
      }
      // While the only monitor is paused, the mesh is idle.
      if (name === 'a pause or a resume') await patch('/api/v1/monitors/shop', { paused: false });
      expect((await healthz())[0]).toBe(503);
      const { json } = await ask('/api/v1/status', { token: null });
      expect(json).toMatchObject({ state: 'no_data', monitoring: { status: 'stopped' } });
      expect(seen).toContain(200);
    },
  );

  test('a monitor that is resumed after a long pause has three minutes again', async () => {
    await createMonitor();
    await run(1, 0);
    await patch('/api/v1/monitors/shop', { paused: true });
    clock.now += 24 * 60 * MINUTE;
    await patch('/api/v1/monitors/shop', { paused: false });
    clock.now += 3 * MINUTE;
    expect(await healthz()).toEqual([200, 'ok']);
    clock.now += 1_000;
    expect((await healthz())[0]).toBe(503);
  });

  test('a one-hour monitor alone is ok between its checks while ticks run', async () => {
    await createMonitor({ intervalSeconds: 3600 });
    await run(1, 0);
    for (const minutes of [10, 60, 179]) {
      const now = clock.now + minutes * MINUTE;
      await DB.prepare(
        `insert into shards (number, tick, tick_at) values (0, 0, ?1)
         on conflict (number) do update set tick_at = excluded.tick_at`,
      )
        .bind(now)
        .run();
      const before = clock.now;
      clock.now = now;
      expect(await healthz()).toEqual([200, 'ok']);
      clock.now = before;
    }
  });

  test('refused invocations are shown within two minutes and stop the mesh after three, although commits continue', async () => {
    await createMonitor();
    await run(1, 0);
    const seen: string[] = [];
    for (let second = 0; second <= 240; second += 30) {
      clock.now += 30_000;
      await refuse();
      seen.push((await healthz()).join(' '));
    }
    expect(seen).toEqual([
      ...['200 ok', '200 ok', '200 impaired probes_unreachable', '200 impaired probes_unreachable'],
      ...['200 impaired probes_unreachable'],
      ...Array(4).fill('503 stopped probes_unreachable'),
    ]);
    const { reasons } = await details();
    expect(reasons[0].detail).toContain(
      '6 of 6: UnrecognizedClientException: The security token is invalid.',
    );
    const page = (await ask('/', { token: null })).text;
    expect(page).toContain('Monitoring is impaired');
    expect(page).toContain('No location can be reached. <code>probes_unreachable</code>');
    for (const secret of ['UnrecognizedClientException', 'security token'])
      expect(page).not.toContain(secret);
  });

  test('a new mesh with unusable credentials does not say that first checks are running', async () => {
    await createMonitor();
    for (let second = 0; second < 90; second += 30) {
      await refuse();
      clock.now += 30_000;
    }
    const page = (await ask('/', { token: null })).text;
    expect(page).toContain('<h1>No data</h1>');
    expect(page).toContain('<code>probes_unreachable</code>');
    expect(page).not.toContain('first checks are running');
    expect(page).not.toContain('Waiting for first results');
  });

  test('a database that does not answer gives 503 with its own reason', async () => {
    const DB = flakyD1(bindings.DB, () => true);
    expect(await healthz({ DB })).toEqual([503, 'stopped', 'database_unavailable']);
  });

  test('a state that cannot be read gives 503 with its own reason', async () => {
    await createMonitor();
    const state = await loadState(DB);
    const text = encodeSnapshot(state).replace('"version":1', '"version":99');
    await runBatch(DB, saveCheckpoint(DB, 'newest', state, clock.now, text));
    expect(await healthz()).toEqual([503, 'stopped', 'state_unreadable']);
  });

  test('a configuration that cannot be read gives 503 with its own reason', async () => {
    expect(await healthz({ AWS_ACCESS_KEY_ID: '' })).toEqual([503, 'stopped', 'configuration_invalid']);
    expect(await healthz({ LOCATIONS: '' })).toEqual([503, 'stopped', 'configuration_invalid']);
  });

  test('a key that opens nothing impairs the mesh and names what it does not open', async () => {
    await createMonitor();
    await run(1, 0);
    await post('/api/v1/channels', RECEIVER);
    expect(await healthz()).toEqual([200, 'ok']);
    const ENCRYPTION_KEY = btoa('another-key-of-exactly-32-bytes!');
    expect(await healthz({ ENCRYPTION_KEY })).toEqual([200, 'impaired', 'secrets_undecryptable']);
    const { json } = await ask('/api/v1/health', { env: { ENCRYPTION_KEY } });
    expect(json.reasons[0].detail).toContain('0 of 1 stored secrets, but not: channel on-call');
  });

  test('a database above 80 % of its limit impairs the mesh', async () => {
    await createMonitor();
    await run(1, 0);
    const { sizeBytes } = (await details()).database;
    expect(sizeBytes).toBeGreaterThan(10_000);
    const limit = (bytes: number) => ({ D1_MAX_BYTES: String(bytes) });
    expect(await healthz({ D1_MAX_BYTES: '' })).toEqual([200, 'ok']);
    expect(await healthz(limit(999))).toEqual([503, 'stopped', 'configuration_invalid']);
    await DB.prepare('create table ballast (data blob)').run();
    await DB.prepare('insert into ballast values (zeroblob(900000))').run();
    expect(await healthz(limit(1_000_000))).toEqual([200, 'impaired', 'storage_nearly_full']);
    await DB.prepare('drop table ballast').run();
  });
});

describe('deliveries', () => {
  const pending = (at: number) =>
    DB.prepare(
      `insert into deliveries (notification_id, channel_id, position, subject, urgency, state, turn, next_attempt_at, created_at)
       values ('n', 'on-call', 1, 's', 0, 'pending', 'ready', ?1, ?1)`,
    )
      .bind(at)
      .run();

  test('a delivery that is overdue by ten minutes impairs the mesh', async () => {
    await post('/api/v1/channels', RECEIVER);
    await createMonitor();
    await run(1, 0);
    await pending(clock.now - 10 * MINUTE + 1);
    expect(await healthz()).toEqual([200, 'ok']);
    clock.now += 1;
    expect(await healthz()).toEqual([200, 'impaired', 'deliveries_overdue']);
    expect((await details()).channels).toEqual([
      {
        ...{ id: 'on-call', enabled: true, disabledReason: null, failingSince: null, lastSuccessAt: null },
        ...{ lastError: null, pending: 1, overdueSeconds: 600 },
      },
    ]);
  });

  test('a disabled only channel impairs the mesh', async () => {
    await post('/api/v1/channels', RECEIVER);
    await patch('/api/v1/channels/on-call', { enabled: false });
    expect(await healthz()).toEqual([200, 'impaired', 'channels_unusable']);
  });
});

describe('/api/v1/health', () => {
  test('the details need an API key', async () => {
    expect((await ask('/api/v1/health', { token: null })).status).toBe(401);
  });

  test('the details have ages, the clock and storage', async () => {
    await createMonitor();
    await run(1, 0);
    expect(await details()).toMatchObject({
      ...{ status: 'ok', version: VERSION, impairedSince: null, reasons: [], channels: [] },
      ...{
        ageLimitSeconds: 180,
        activeSince: expect.stringMatching(/Z$/),
        clockAheadSeconds: expect.any(Number),
      },
      database: { sizeBytes: expect.any(Number), maxBytes: 500_000_000 },
    });
  });

  test('the details of a stopped mesh have a start and a sentence for each reason', async () => {
    await createMonitor();
    await run(1, 0);
    const { lastMeasuredAt } = await details();
    clock.now = Date.parse(lastMeasuredAt) + 10 * MINUTE;
    const { reasons } = await details();
    expect(reasons).toEqual([
      {
        ...{ code: 'ticks_stopped', stops: true, since: lastMeasuredAt },
        detail: expect.stringContaining('10 min ago. The limit is 3 min.'),
      },
    ]);
  });
});

test('health is read from a few rows: 5,000 monitors and 20,000 pending deliveries do not change that', async () => {
  await post('/api/v1/channels', RECEIVER);
  await post('/api/v1/channels', { ...RECEIVER, id: 'second' });
  const numbers = `with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000)`;
  await DB.batch([
    DB.prepare(
      `insert into deliveries (notification_id, channel_id, position, subject, urgency, state, turn, next_attempt_at, created_at)
       ${numbers} select 'n' || i, case when i % 2 then 'on-call' else 'second' end, i, 's' || i, i % 3, 'pending', 'ready', i, i
       from n`,
    ),
    DB.prepare(
      `insert into monitors (number, id, name, "check", interval_seconds, locations, alert, channels, tags, public,
         paused, created_at, updated_at)
       ${numbers} select i, 'm' || i, 'M', '{}', 60, '"all"', '{}', '"default"', '{}', 0, 0, 0, 0 from n where i <= 5000`,
    ),
  ]);
  let rowsRead = 0;
  const metered = {
    prepare: (sql: string) => DB.prepare(sql),
    batch: async (statements: D1PreparedStatement[]) => {
      const results = await DB.batch(statements);
      for (const { meta } of results) rowsRead += meta.rows_read;
      return results;
    },
  } as unknown as D1Database;
  const facts = await readHealthFacts(metered, { encryptionKey: bindings.ENCRYPTION_KEY }, clock.now);
  expect(facts.channels.map(({ oldestDueAt }) => oldestDueAt)).toEqual([1, 2]);
  // Two channels with four heads of lines at most, and single rows: four are of mailings and report schedules, one of the watchdog, one
  // of the backup of the day. D1 counts a row also for an empty table.
  expect(rowsRead).toBeLessThanOrEqual(23);
  expect(rowsRead).toBeGreaterThan(0);
  expect((await details()).channels.map(({ pending }: { pending: number }) => pending)).toEqual([1000, 1000]);
});

test('a database that cannot be written stops the ticks, and /healthz shows it', async () => {
  await createMonitor();
  await run(1, 0);
  const readOnly = new Proxy(DB, {
    get(target, name) {
      if (name === 'prepare')
        return (sql: string) =>
          /^\s*(insert|update|delete)/i.test(sql)
            ? DB.prepare('select * from full_database')
            : target.prepare(sql);
      const value = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const tick = () =>
    runTick({
      ...{ db: readOnly, publicUrl: 'https://status.test', encryptionKey: bindings.ENCRYPTION_KEY },
      ...{ locations: bindings.LOCATIONS.split(','), now: () => clock.now },
      fleet: { invoke: () => Promise.reject(new Error('not reached')) },
      sleep: async () => {},
      enqueueDeliveries: async () => {},
    });
  const from = Date.parse((await details()).lastMeasuredAt);
  for (const minutes of [1, 2, 3]) {
    clock.now = from + minutes * MINUTE;
    await expect(tick()).rejects.toThrow();
    expect(await healthz()).toEqual([200, 'ok']);
  }
  clock.now += 1_000;
  expect(await healthz({ DB: readOnly })).toEqual([503, 'stopped', 'ticks_stopped']);
});
