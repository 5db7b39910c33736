// POST /watchdog over HTTP on a real D1: who may call it, what it remembers, and when it asks for a tick.
import { beforeEach, describe, expect, test } from 'vitest';
import type { TickMessage } from '../../../src/env.ts';
import { recordHealth } from '../../../src/services/health/record-health.ts';
import { SIGNATURE_TOLERANCE_MS, signRequest } from '../../../src/signed-request.ts';
import { loadState, registerTick } from '../../../src/store/shard.ts';
import { ask, bindings, clock, createMonitor, empty } from '../../support/d1/http-mesh.ts';

beforeEach(empty);

const KEY = 'a watchdog key of more than 32 characters';
const OLD_KEY = 'the watchdog key before it was rotated, long';
const { DB } = bindings;
const MINUTE = 60_000;

let sent: TickMessage[] = [];
beforeEach(() => {
  sent = [];
});
const ticks = {
  send: async (message: TickMessage) => void sent.push(message),
} as unknown as typeof bindings.TICKS;
const env = { WATCHDOG_KEY: KEY, WATCHDOG_REGIONS: 'eu-central-1,us-east-1', TICKS: ticks };

interface Call {
  readonly key?: string;
  readonly at?: number;
  readonly sentBody?: string;
  readonly headers?: Record<string, string>;
  readonly env?: object;
}

const REPORT = { region: 'eu-central-1', tick: false, version: '0.1.0' };

/** A signed report. `sentBody` is sent in place of the one that is signed. */
async function report(changes: object = {}, call: Call = {}) {
  const body = JSON.stringify({ ...REPORT, ...changes });
  const signed = await signRequest(
    call.key ?? KEY,
    { method: 'POST', path: '/watchdog', body },
    call.at ?? clock.now,
  );
  return ask('/watchdog', {
    method: 'POST',
    token: null,
    body: call.sentBody ?? body,
    headers: { ...signed, ...call.headers },
    env: { ...env, ...call.env },
  });
}
const watchdogs = async (more: object = {}) =>
  (await ask('/api/v1/health', { env: { ...env, ...more } })).json.watchdogs;
const reasons = async () => (await ask('/healthz', { token: null, env })).json.reasons;

describe('who may call it', () => {
  test('a report with the key, the current one or the one before, is taken', async () => {
    expect((await report()).status).toBe(202);
    const rotated = { WATCHDOG_KEY: KEY, WATCHDOG_KEY_PREVIOUS: OLD_KEY };
    expect((await report({}, { key: OLD_KEY, env: rotated })).status).toBe(202);
    expect((await report({}, { key: OLD_KEY })).status).toBe(401);
  });

  test.each<[string, Call]>([
    ['another key', { key: `${KEY}!` }],
    ['a changed body', { sentBody: JSON.stringify({ ...REPORT, tick: true, version: '9' }) }],
    ['an old signature', { at: 1_800_000_000_000 - SIGNATURE_TOLERANCE_MS - 1 }],
    ['a signature of the future', { at: 1_800_000_000_000 + SIGNATURE_TOLERANCE_MS + 1 }],
    ['no signature', { headers: { 'probemesh-signature': '' } }],
    ['a time that is not one', { headers: { 'probemesh-timestamp': '1e3' } }],
    ['no key in the coordinator', { env: { WATCHDOG_KEY: '', WATCHDOG_REGIONS: '' } }],
  ])('a report with %s is refused, changes nothing and starts nothing', async (_, call) => {
    const answer = await report({ tick: true }, call);
    expect(answer.status).toBe(401);
    expect(sent).toEqual([]);
    expect((await watchdogs())[0].lastReportAt).toBeNull();
    expect(answer.text).not.toContain(KEY);
  });

  test('an API key of an admin is not a signature', async () => {
    expect((await ask('/watchdog', { method: 'POST', body: REPORT, env })).status).toBe(401);
  });

  test.each([
    ['{}', 400],
    ['[]', 400],
    ['null', 400],
    ['"', 400],
    ['', 400],
    [JSON.stringify({ ...REPORT, tick: 'yes' }), 400],
    [JSON.stringify({ ...REPORT, region: "x' or 1=1" }), 400],
    [JSON.stringify({ ...REPORT, version: 'x'.repeat(2_000) }), 413],
  ])('the signed body %j is refused with %i', async (body, status) => {
    const headers = await signRequest(KEY, { method: 'POST', path: '/watchdog', body }, clock.now);
    expect((await ask('/watchdog', { method: 'POST', token: null, body, headers, env })).status).toBe(status);
    expect(sent).toEqual([]);
  });

  test('the host of a status page has no such route', async () => {
    const hosts = { ...env, PAGE_HOSTS: 'status.acme.dev' };
    const answer = await ask('https://status.acme.dev/watchdog', { method: 'POST', token: null, env: hosts });
    expect(answer.status).toBe(404);
  });

  test('other methods are refused with the one that exists', async () => {
    const answer = await ask('/watchdog', { token: null, env });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('POST');
  });
});

describe('what is remembered', () => {
  test('the newest report of each region is shown, and fields of a newer watchdog are ignored', async () => {
    await report({ more: { is: 'new' } });
    clock.now += MINUTE;
    await report({ region: 'us-east-1', version: '0.2.0' });
    expect(await watchdogs()).toEqual([
      { region: 'eu-central-1', lastReportAt: new Date(clock.now - MINUTE).toISOString(), version: '0.1.0' },
      { region: 'us-east-1', lastReportAt: new Date(clock.now).toISOString(), version: '0.2.0' },
    ]);
  });

  test('a request that is sent again within seconds writes nothing', async () => {
    await report();
    const written = (await watchdogs())[0].lastReportAt;
    clock.now += 19_000;
    await report();
    expect((await watchdogs())[0].lastReportAt).toBe(written);
    clock.now += 1_000;
    await report();
    expect((await watchdogs())[0].lastReportAt).toBe(new Date(clock.now).toISOString());
  });

  test('a region that is not configured is not stored, and neither is the deployment', async () => {
    expect((await report({ region: 'ap-south-1' })).status).toBe(202);
    expect((await report({ region: 'deployment' })).status).toBe(202);
    const { results } = await DB.prepare("select name from settings where name like 'watchdog%'").all();
    expect(results).toEqual([]);
  });
});

describe('ticks', () => {
  test('a tick is asked for with its source, once the newest is older than 45 seconds', async () => {
    await createMonitor();
    await registerTick(DB, clock.now);
    clock.now += 44_999;
    expect((await report({ tick: true })).json).toEqual({ tick: 'recent' });
    clock.now += 1;
    expect((await report({ tick: true })).json).toEqual({ tick: 'requested' });
    expect((await report({ tick: true, region: 'deployment' })).json).toEqual({ tick: 'requested' });
    expect(sent).toEqual([
      { tick: { source: 'watchdog', at: clock.now } },
      { tick: { source: 'deployment', at: clock.now } },
    ]);
  });

  test('a report that asks for no tick starts none', async () => {
    expect((await report()).json).toEqual({ tick: null });
    expect(sent).toEqual([]);
  });

  test('a queue that fails is reported, and the report is remembered', async () => {
    const broken = {
      send: async () => {
        throw new Error('the queue is down');
      },
    };
    expect((await report({ tick: true }, { env: { TICKS: broken } })).json).toEqual({ tick: 'failed' });
    expect((await watchdogs())[0].lastReportAt).not.toBeNull();
  });

  test('a D1 that does not answer stops no tick', async () => {
    const dead = new Proxy(DB, {
      get: () => () => {
        throw new Error('D1_ERROR: Network connection lost.');
      },
    });
    expect((await report({ tick: true }, { env: { DB: dead } })).json).toEqual({ tick: 'requested' });
  });
});

describe('the silence of the watchdog', () => {
  const tick = async () =>
    recordHealth(
      {
        ...{ db: DB, encryptionKey: bindings.ENCRYPTION_KEY, comparedClock: Date.now },
        watchdogRegions: ['eu-central-1', 'us-east-1'],
      },
      await loadState(DB),
      clock.now,
    );
  const minutes = async (count: number, each: () => Promise<unknown>) => {
    for (let minute = 0; minute < count; minute += 1) {
      clock.now += MINUTE;
      await each();
      await tick();
    }
  };
  const events = async () => {
    const { results } = await DB.prepare('select body from notifications order by at, rowid').all<{
      body: string;
    }>();
    return results
      .map(({ body }) => JSON.parse(body))
      .map(({ type, data }) => [type, ...data.mesh.reasons.map((one: { code: string }) => one.code)]);
  };

  test('a region that does not report for five minutes impairs the mesh, is named, and recovers', async () => {
    const both = async () => {
      await report();
      await report({ region: 'us-east-1' });
    };
    await minutes(3, both);
    expect(await reasons()).toEqual([]);
    await minutes(5, report);
    expect(await reasons()).toEqual(['watchdog_silent']);
    const { json } = await ask('/api/v1/health', { env });
    const [reason] = json.reasons;
    expect(reason.detail).toContain('us-east-1 (5 min ago)');
    expect(reason.detail).not.toContain('eu-central-1');
    expect(reason.stops).toBe(false);
    expect(reason.since).toBe(new Date(clock.now).toISOString());
    expect((await ask('/healthz', { token: null, env })).status).toBe(200);
    await minutes(1, report);
    await minutes(5, both);
    expect(await reasons()).toEqual([]);
    expect(await events()).toEqual([
      ['mesh.impaired', 'watchdog_silent'],
      ['mesh.recovered', 'watchdog_silent'],
    ]);
  });

  test('a region that has never reported is silent five minutes after the first tick that expects it', async () => {
    await tick();
    await minutes(4, report);
    expect(await reasons()).toEqual([]);
    await minutes(1, report);
    expect(await reasons()).toEqual(['watchdog_silent']);
  });

  test('a region that is removed is forgotten, and expected anew when it is back', async () => {
    await minutes(1, report);
    await recordHealth(
      { db: DB, encryptionKey: bindings.ENCRYPTION_KEY, watchdogRegions: ['us-east-1'] },
      await loadState(DB),
      clock.now,
    );
    expect((await watchdogs({ WATCHDOG_REGIONS: 'eu-central-1' }))[0].lastReportAt).toBeNull();
    clock.now += 60 * MINUTE;
    await tick();
    expect((await reasons()).length).toBeLessThanOrEqual(1);
    await minutes(1, report);
    const [first] = (await ask('/api/v1/health', { env })).json.reasons;
    expect(first.detail).not.toContain('eu-central-1');
  });

  test('the newest report of each region is a metric', async () => {
    await createMonitor();
    await report();
    const { text } = await ask('/metrics', { env });
    expect(text).toContain(
      `probemesh_watchdog_report_timestamp_seconds{region="eu-central-1"} ${clock.now / 1000}\n`,
    );
  });
});

test('/healthz has the age of the newest tick while a monitor is active, and no name', async () => {
  expect((await ask('/healthz', { token: null, env })).json.tickAgeSeconds).toBeNull();
  await createMonitor();
  clock.now += MINUTE;
  await registerTick(DB, clock.now);
  clock.now += 90_000;
  expect((await ask('/healthz', { token: null, env })).json.tickAgeSeconds).toBe(90);
});
