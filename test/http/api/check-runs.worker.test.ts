// Debug runs: validation as for a monitor, the results from Lambda, and the rate limit.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CONTRACT_VERSION, type Job } from '../../../probes/contract/index.ts';
import { ask, bindings, createMonitor, empty, post } from '../../support/d1/http-mesh.ts';

const TCP = { type: 'tcp', host: 'shop.example.com', port: 443 };
const VALUE = 'canary "7f3e9a"';
const HTTP = {
  type: 'http',
  url: 'https://shop.example.com/health',
  headers: { authorization: 'Bearer {{token}}' },
  secrets: { token: VALUE },
};
const EUROPE = 'aws:eu-central-1';

/** Never limits, so that tests do not share a counter. */
const limitless = { limit: async () => ({ success: true }) } as RateLimit;
const run = (body: unknown, env: Partial<typeof bindings> = {}) =>
  ask('/api/v1/check', { method: 'POST', body, env: { CHECK_LIMIT: limitless, ...env } });

type Probe = (job: Job, region: string) => Response | Promise<Response>;
const invoked: { region: string; job: Job }[] = [];

/** Replaces AWS behind the SDK. */
function lambda(probe: Probe): void {
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    const request = new Request(input, init);
    const region = /^lambda\.(.+)\.amazonaws\.com$/.exec(new URL(request.url).hostname)?.[1] ?? '';
    const job = JSON.parse(new TextDecoder().decode(await request.arrayBuffer())) as Job;
    invoked.push({ region, job });
    return probe(job, region);
  });
}

const report = (observation: object, more: object = {}): Response =>
  Response.json({
    ...{ version: CONTRACT_VERSION, build: 'x', receivedAt: 1_800_000_000_000 },
    observations: [{ id: 0, startedAt: 1_800_000_000_000, timings: {}, ...observation }],
    ...more,
  });

beforeEach(async () => {
  invoked.length = 0;
  await empty();
});
afterEach(() => vi.restoreAllMocks());

describe('an invalid debug run', () => {
  test.each([
    ['port 0', { check: { ...TCP, port: 0 } }, 'check.port'],
    ['port 25 from Lambda', { check: { ...TCP, port: 25 } }, 'check.port'],
    ['a loopback address', { check: { ...TCP, host: '127.0.0.1' } }, 'check.host'],
    ['loopback in a URL', { check: { type: 'http', url: 'http://[::ffff:127.0.0.1]/' } }, 'check.url'],
    ['a check that does not exist', { check: { type: 'icmp' } }, 'check.type'],
    ['no check', {}, 'check'],
    ['a location that does not exist', { check: TCP, locations: ['aws:moon-1'] }, 'locations[0]'],
    ['no location', { check: TCP, locations: [] }, 'locations'],
    ['a monitor that does not exist', { check: TCP, monitor: 'nothing' }, 'monitor'],
    ['a field that does not exist', { check: TCP, location: EUROPE }, 'location'],
    ['a null without a monitor', { check: { ...HTTP, secrets: { token: null } } }, 'check.secrets.token'],
  ])(
    'a debug run with %s is rejected with the path of the field, and no location is invoked',
    async (_, body, path) => {
      lambda(() => report({ outcome: 'ok' }));
      const answer = await run(body);
      expect([answer.status, answer.json.errors[0].path]).toEqual([422, path]);
      expect(invoked).toEqual([]);
    },
  );

  test('a null secret is rejected if the monitor has no such secret or it cannot be decrypted', async () => {
    await createMonitor();
    const check = { ...HTTP, secrets: { token: null } };
    expect((await run({ check, monitor: 'shop' })).json.errors[0].path).toBe('check.secrets.token');
    await createMonitor({ id: 'api', check: HTTP });
    const ENCRYPTION_KEY = btoa('x'.repeat(32));
    const answer = await run({ check, monitor: 'api' }, { ENCRYPTION_KEY });
    expect(answer.json.errors[0]).toMatchObject({
      path: 'check.secrets.token',
      message: expect.stringContaining('write it again'),
    });
  });
});

describe('an invocation that fails', () => {
  test.each([
    ['an HTTP error', () => new Response('{}', { status: 500 }), 'invoke_error'],
    [
      'throttling',
      () => new Response('{}', { status: 429, headers: { 'x-amzn-errortype': 'TooManyRequestsException' } }),
      'throttled',
    ],
    [
      'an error of the function',
      (job: Job) =>
        new Response(
          JSON.stringify({ errorType: 'E', errorMessage: `${'x'.repeat(100)} ${JSON.stringify(job.runs)}` }),
          {
            headers: { 'x-amz-function-error': 'Unhandled' },
          },
        ),
      'function_error',
    ],
    ['garbage', () => new Response('<html>'), 'bad_report'],
    ['an empty response', () => new Response(''), 'bad_report'],
    ['a report without the run', () => report({}, { observations: [] }), 'bad_report'],
    ['a report of another run', () => report({ id: 7, outcome: 'ok' }), 'bad_report'],
    ['a network error', () => Promise.reject(new TypeError('network')), 'invoke_error'],
  ] as [string, Probe, string][])(
    'a location that returns %s has the outcome unmeasured, and the request succeeds',
    async (_, probe, reason) => {
      lambda(probe);
      const answer = await run({ check: HTTP, locations: [EUROPE] });
      expect(answer.status).toBe(200);
      expect(answer.json.results).toMatchObject([
        { location: EUROPE, outcome: 'unmeasured', reason, code: null, trace: [] },
      ]);
      expect(answer.json.results[0].detail).not.toBe('');
      expect(answer.text).not.toMatch(/canary|7f3e9a/);
    },
  );

  test('a failed invocation at one location does not affect the results of the others', async () => {
    lambda((_, region) => (region === 'sa-east-1' ? new Response('') : report({ outcome: 'ok' })));
    const { json } = await run({ check: TCP });
    expect(json.results.map(({ location }: { location: string }) => location)).toEqual(
      bindings.LOCATIONS.split(','),
    );
    const outcomes = json.results.map(({ outcome }: { outcome: string }) => outcome);
    expect(outcomes.filter((outcome: string) => outcome === 'ok')).toHaveLength(5);
    expect(outcomes.at(-1)).toBe('unmeasured');
  });
});

describe('the result of a probe', () => {
  test('a result has the phases, the address, the facts, the response and the trace', async () => {
    const observation = {
      ...{ outcome: 'failed', code: 'unexpected_reply', detail: 'status 500', phase: 'reply' },
      timings: { dnsMs: 1, connectMs: 2.5, tlsMs: 3, firstByteMs: 4, totalMs: 10.5 },
      address: '192.0.2.7',
      facts: [
        { name: 'http.status', value: 500 },
        { name: 'tls.subject', value: 'CN=shop' },
        { name: 'tls.validFrom', value: '2026-09-21T14:13:20.000Z' },
        { name: 'dns.answers', value: ['192.0.2.7', '192.0.2.8'] },
        { name: 'quic.resumed', value: false },
      ],
      response: { status: 500, headers: { server: 'x' }, body: 'no' },
      trace: [
        { atMs: 0, text: 'resolving' },
        { atMs: 1.25, text: 'connected' },
      ],
    };
    lambda(() => report(observation));
    const { json } = await run({ check: HTTP, locations: [EUROPE] });
    expect(json.results).toEqual([
      {
        ...{ ...observation, location: EUROPE, startedAt: expect.stringMatching(/^20.*Z$/) },
        ...{ reason: null, samples: null, degraded: [] },
      },
    ]);
    expect(invoked).toMatchObject([
      { region: 'eu-central-1', job: { trace: true, runs: [{ check: HTTP }] } },
    ]);
  });

  test('a result with an impossible start time gets the time of the run', async () => {
    const before = Date.now();
    for (const startedAt of [9e18, 0]) {
      lambda(() => report({ outcome: 'ok', startedAt }));
      const { status, json } = await run({ check: TCP, locations: [EUROPE] });
      expect([status, json.results[0].outcome]).toEqual([200, 'ok']);
      const shown = Date.parse(json.results[0].startedAt);
      expect(shown).toBeGreaterThanOrEqual(before);
      expect(shown).toBeLessThanOrEqual(Date.now());
    }
  });

  test('an ok result has its warnings and samples', async () => {
    const degraded = [{ code: 'latency', limit: 100, detail: 'slow' }];
    const samples = { sent: 3, lost: 0, minMs: 1, meanMs: 2, maxMs: 3, jitterMs: 1 };
    lambda(() => report({ outcome: 'ok', degraded, samples }));
    const { json } = await run({ check: TCP, locations: [EUROPE] });
    expect(json.results).toMatchObject([{ outcome: 'ok', detail: null, degraded, samples }]);
  });

  test('a result shows neither a secret of the request nor a stored one of a monitor', async () => {
    lambda(({ runs }) => {
      const { secrets } = runs[0]!.check as unknown as typeof HTTP;
      const text = `sent ${secrets.token} as ${btoa(`u:${secrets.token}`)}`;
      const response = { body: text, headers: { echo: text } };
      return report({
        ...{ outcome: 'failed', code: 'unexpected_reply', detail: text },
        ...{ response, trace: [{ atMs: 0, text }], facts: [{ name: 'dns.answers', value: [text] }] },
      });
    });
    await createMonitor({ check: HTTP });
    const stored = { ...HTTP, secrets: { token: null } };
    for (const body of [{ check: HTTP }, { check: stored, monitor: 'shop' }]) {
      const { text } = await run({ ...body, locations: [EUROPE] });
      expect(text).toContain('•••');
      expect(text).not.toMatch(/canary|7f3e9a/);
      expect(text).not.toContain(btoa(`u:${VALUE}`).slice(4, 16));
    }
    expect(invoked.map(({ job }) => job.runs[0]!.check.secrets)).toEqual([
      { token: VALUE },
      { token: VALUE },
    ]);
  });

  test('a debug run stores nothing', async () => {
    lambda(() => report({ outcome: 'failed', code: 'refused', detail: 'refused' }));
    await run({ check: TCP });
    for (const table of ['journal', 'shards', 'snapshots', 'monitors', 'incidents', 'notifications'])
      expect([table, await bindings.DB.prepare(`SELECT count(*) AS n FROM ${table}`).first('n')]).toEqual([
        table,
        0,
      ]);
  });
});

test('the eleventh debug run within a minute is rejected with a retry time, and invalid runs do not count', async () => {
  lambda(() => report({ outcome: 'ok' }));
  const body = { check: TCP, locations: [EUROPE] };
  const statuses: number[] = [];
  for (let turn = 0; turn < 12; turn += 1) {
    expect((await post('/api/v1/check', { check: { ...TCP, port: 25 } })).status).toBe(422);
    statuses.push((await post('/api/v1/check', body)).status);
  }
  // The period of the rate limit may end once in between.
  expect(statuses.slice(0, 10)).toEqual(Array(10).fill(200));
  const refused = await post('/api/v1/check', body);
  expect(refused.status).toBe(429);
  expect(refused.headers.get('retry-after')).toBe('60');
  expect(refused.json).toMatchObject({
    type: '/api/v1/docs#problem-rate-limited',
    title: 'Too many requests',
  });
  expect(invoked).toHaveLength(statuses.filter((status) => status === 200).length);
});
