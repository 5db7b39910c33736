// A secret of a check goes to the probe only: not into a table, a response, a notification or a log.
import { beforeEach, expect, test, vi } from 'vitest';
import { CONTRACT_VERSION, type Report } from '../../../probes/contract/index.ts';
import type { WebhookBody } from '../../../src/channels/notification.ts';
import { toMessage } from '../../../src/channels/to-message.ts';
import { webhook } from '../../../src/channels/webhook.ts';
import { readEnv } from '../../../src/env.ts';
import { createFleet, type Fleet, type InvocationRequest } from '../../../src/fleet/fleet.ts';
import type { Invoke } from '../../../src/fleet/invocation.ts';
import { runTick } from '../../../src/scheduler/tick.ts';
import { loadState } from '../../../src/store/shard.ts';
import { everyTable } from '../../support/d1/every-table.ts';
import {
  ask,
  bindings,
  clock,
  createMonitor,
  empty,
  patch,
  post,
  RECEIVER,
  SHOP,
} from '../../support/d1/http-mesh.ts';

const VALUE = 'walrus "7f3e9a"';
const CHECK = {
  type: 'http',
  url: 'https://shop.example.com/health',
  headers: { authorization: 'Bearer {{token}}' },
  secrets: { token: VALUE },
};

beforeEach(empty);

const LOCATIONS = bindings.LOCATIONS.split(',');

function tickOf(fleet: Fleet, encryptionKey = bindings.ENCRYPTION_KEY): Promise<void> {
  return runTick({
    db: bindings.DB,
    publicUrl: 'https://status.test',
    encryptionKey,
    locations: LOCATIONS,
    fleet,
    now: () => clock.now,
    sleep: async (ms) => {
      clock.now += Math.min(ms, 1_000);
    },
    enqueueDeliveries: async () => {},
  });
}

/** A probe that does not redact, and an invocation whose error quotes its job. */
function leakyFleet(requests: InvocationRequest[]): Fleet {
  const invoke: Invoke = async (request) => {
    requests.push(request);
    const at = clock.now;
    const times = { askedAt: at, answeredAt: at };
    const quoted = JSON.stringify(request.runs);
    if (requests.length % 7 === 0) {
      const error = `the probe raised: ${quoted}`;
      return { ...times, reason: 'function_error', error, missedDeadline: false };
    }
    const detail = `expected ${VALUE}, as in ${btoa(`user:${VALUE}`)} and ${encodeURIComponent(VALUE)}: ${quoted}`;
    const response = { status: 500, headers: { 'x-token': VALUE }, body: quoted };
    const report: Report = {
      version: CONTRACT_VERSION,
      build: 'test',
      receivedAt: at,
      observations: request.runs.map(({ id }) => ({
        ...{ id, startedAt: at, timings: { connectMs: 3 }, response },
        ...{ outcome: 'failed', code: 'unexpected_reply', detail: detail.slice(0, 300) },
      })),
    };
    return { ...times, text: JSON.stringify(report), version: CONTRACT_VERSION };
  };
  return createFleet(readEnv(bindings).fleet, () => clock.now, invoke);
}

const FORMS = [
  VALUE,
  JSON.stringify(VALUE).slice(1, -1),
  'walrus',
  '7f3e9a',
  encodeURIComponent(VALUE),
  btoa(VALUE).slice(0, 16),
  btoa(`user:${VALUE}`).slice(8, 24),
];
const leaksIn = (text: string): string[] => FORMS.filter((form) => text.includes(form));

test('no table, response, page, notification or log contains a secret, whatever a probe reports', async () => {
  const methods = ['debug', 'log', 'info', 'warn', 'error'] as const;
  const spies = methods.map((method) => vi.spyOn(console, method).mockImplementation(() => {}));
  const responses: string[] = [];
  const keep = async (response: ReturnType<typeof ask>) => {
    const { status, text, headers } = await response;
    responses.push(`${status} ${text} ${JSON.stringify([...headers])}`);
    return status;
  };
  await post('/api/v1/channels', RECEIVER);
  const check = (changes: object) => ({ ...SHOP, check: { ...CHECK, ...changes } });
  // Invalid in many ways, next to a valid value, or with the value in the wrong place.
  for (const body of [
    check({ url: 'no url' }),
    check({ timeoutMs: VALUE }),
    check({ headers: {} }),
    check({ headers: { a: '{{other}}' } }),
    check({ secrets: { token: VALUE, other: [VALUE] } }),
    check({ secrets: VALUE }),
    check({ secrets: { token: VALUE.repeat(500) } }),
    check({ url: 'http://127.0.0.1/' }),
    { ...check({}), locations: ['aws:moon-1'] },
    { ...SHOP, check: { ...SHOP.check, secrets: { token: VALUE } } },
  ]) {
    expect(await keep(post('/api/v1/monitors', body))).toBe(422);
    expect(await keep(ask('/api/v1/configuration', { method: 'PUT', body: { monitors: [body] } }))).toBe(422);
  }
  expect(await keep(post('/api/v1/monitors', check({})))).toBe(201);
  expect(await keep(post('/api/v1/monitors', check({})))).toBe(409);
  expect(await keep(patch('/api/v1/monitors/shop', { check: { secrets: { token: VALUE } } }))).toBe(200);
  expect(await keep(post('/api/v1/monitors', `{"check": "${VALUE}"`))).toBe(400);
  const broken = {
    prepare: () => {
      throw new Error('D1_ERROR');
    },
  } as unknown as D1Database;
  const body = check({});
  expect(await keep(ask('/api/v1/monitors', { method: 'POST', body, env: { DB: broken } }))).toBe(500);

  const requests: InvocationRequest[] = [];
  await tickOf(leakyFleet(requests));
  expect(JSON.stringify(requests[0]!.runs)).toContain(JSON.stringify(VALUE));
  const { verdict, incidentId } = (await ask('/api/v1/monitors/shop')).json;
  expect(verdict).toBe('down');

  const paths = [
    'monitors',
    'monitors/shop',
    'monitors/shop/explain',
    'incidents',
    `incidents/${incidentId}`,
  ];
  const api = [...paths, 'locations', 'channels', 'status', 'openapi.json', 'docs'];
  for (const path of [...api.map((path) => `/api/v1/${path}`), '/', `/incidents/${incidentId}`])
    expect([path, await keep(ask(path))]).toEqual([path, 200]);
  expect(responses.filter((text) => leaksIn(text).length > 0)).toEqual([]);
  expect(responses.join('\n')).toContain('•••');

  const dump = await everyTable(bindings.DB);
  expect(dump).toMatch(/^journal [1-9]/m);
  expect(dump).toMatch(/^notifications [1-9]/m);
  expect(leaksIn(dump)).toEqual([]);

  const { results } = await bindings.DB.prepare('SELECT id, body FROM notifications').all<{
    id: string;
    body: string;
  }>();
  for (const { id, body } of results) {
    const request = await webhook.requests(
      toMessage([{ id, body: JSON.parse(body) as WebhookBody }]),
      RECEIVER.config as never,
      { now: clock.now, receipt: null, publicUrl: '' },
    );
    expect(leaksIn(JSON.stringify(request))).toEqual([]);
  }
  const logged = spies.flatMap((spy) => spy.mock.calls.flat()).map(String);
  expect(logged.join('\n')).toContain('D1_ERROR');
  expect(leaksIn(logged.join('\n'))).toEqual([]);
  for (const spy of spies) spy.mockRestore();
});

test('a warm tick decrypts nothing, and a new value is decrypted once', async () => {
  await createMonitor({ check: CHECK });
  const requests: InvocationRequest[] = [];
  await tickOf(leakyFleet(requests));
  const decrypt = vi.spyOn(crypto.subtle, 'decrypt');
  await tickOf(leakyFleet(requests));
  await patch('/api/v1/monitors/shop', { name: 'New' });
  decrypt.mockClear();
  await tickOf(leakyFleet(requests));
  expect(decrypt).toHaveBeenCalledTimes(0);
  await patch('/api/v1/monitors/shop', { check: { secrets: { token: 'a new value' } } });
  decrypt.mockClear();
  requests.length = 0;
  await tickOf(leakyFleet(requests));
  // By the tick for the probes, and by the health of the mesh, which tries the key.
  expect(decrypt).toHaveBeenCalledTimes(2);
  expect(requests[0]!.runs[0]!.check).toMatchObject({ secrets: { token: 'a new value' } });
  decrypt.mockRestore();
});

test('a monitor whose secrets cannot be decrypted is unmeasured and shows the fix, and other monitors continue', async () => {
  const warned = vi.spyOn(console, 'warn').mockImplementation(() => {});
  await createMonitor({ check: CHECK });
  await createMonitor({ id: 'plain', name: 'Plain' });
  await bindings.DB.prepare("UPDATE monitors SET secrets = NULL WHERE id = 'plain'").run();
  const requests: InvocationRequest[] = [];
  const healthy: Fleet = {
    async invoke(request) {
      requests.push(request);
      const at = clock.now;
      const ok = request.runs.map(({ id }) => ({
        monitor: id,
        startedAt: at,
        outcome: 'ok' as const,
        timings: {},
      }));
      return { askedAt: at, answeredAt: at, error: null, missedDeadline: false, observations: ok };
    },
  };
  await tickOf(healthy, btoa('another key of 32 bytes, exactly'));
  expect(new Set(requests.flatMap(({ runs }) => runs.map(({ id }) => id)))).toEqual(new Set([2]));
  const { monitors } = await loadState(bindings.DB);
  expect(monitors.get(2)!.verdict).toBe('up');
  const { json } = await ask('/api/v1/monitors/shop/explain');
  expect(json.verdict).toBe('no_data');
  expect(json.locations).toHaveLength(LOCATIONS.length);
  for (const { vote, lastResult } of json.locations) {
    expect(vote).toBe('none');
    expect(lastResult).toMatchObject({
      outcome: 'unmeasured',
      detail: expect.stringMatching(/restore the key, or write the secrets again/),
    });
  }
  expect(warned.mock.calls.join()).toContain('tick.secrets_undecryptable');
  warned.mockRestore();

  // With the key restored, the monitor is measured again.
  await tickOf(healthy);
  expect((await ask('/api/v1/monitors/shop')).json.verdict).toBe('up');
});
