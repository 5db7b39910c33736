import type http from 'node:http';
import zlib from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { words } from '../../../support/net/ask-probe.ts';
import { factsOf } from '../../../support/net/facts.ts';
import { answering, detailOf, leading, run } from '../../../support/net/http-run.ts';
import type { WebTarget } from '../../../support/net/http-server.ts';

const withBody = (body: string, status = 200): Promise<WebTarget> =>
  answering((_, response) => response.writeHead(status).end(body));

describe('an http check asks', () => {
  test('an http check sends its own headers and reports status, address and timings', async () => {
    const { port, got } = await leading();
    const observation = await run(port, { url: `http://127.0.0.1:${port}/a%20b?c=d` });
    expect(words(observation)).toBe('ok');
    expect(factsOf(observation)).toEqual({ 'http.status': 200, 'http.redirects': 0 });
    expect(observation.address).toBe('127.0.0.1');
    const { connectMs = 0, firstByteMs = 0, totalMs = 0, tlsMs } = observation.timings;
    expect(tlsMs).toBeUndefined();
    expect(connectMs).toBeGreaterThan(0);
    expect(firstByteMs).toBeGreaterThan(0);
    expect(totalMs).toBeGreaterThanOrEqual(connectMs + firstByteMs);
    expect(got).toEqual([
      {
        line: 'GET /a%20b?c=d',
        body: '',
        headers: {
          host: `127.0.0.1:${port}`,
          'user-agent': expect.stringMatching(/^probemesh\/dev \(.+\)$/),
          accept: '*/*',
          'accept-encoding': 'gzip',
          connection: 'close',
        },
      },
    ]);
  });

  test('an http check sends the given headers, body and secrets', async () => {
    const { port, got } = await leading();
    const observation = await run(port, {
      method: 'POST',
      headers: {
        Authorization: 'Bearer {{token}}',
        'User-Agent': 'mine/2',
        'Content-Type': 'application/json',
        Host: 'shop.example.com',
      },
      body: '{"key":"{{ key }}","name":"Bücher"}',
      secrets: { token: 's3cret-token', key: 'another one' },
    });
    expect(words(observation)).toBe('ok');
    expect(got[0]).toMatchObject({
      line: 'POST /',
      body: '{"key":"another one","name":"Bücher"}',
      headers: {
        authorization: 'Bearer s3cret-token',
        'user-agent': 'mine/2',
        host: 'shop.example.com',
        'content-length': '38',
      },
    });
  });

  test.each(['HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])(
    'an http check sends %s requests',
    async (method) => {
      const { port, got } = await leading();
      expect(words(await run(port, { method }))).toBe('ok');
      expect(got[0]?.line).toBe(`${method} /`);
    },
  );

  test('an http check connects to an IPv6 address', async () => {
    const { port } = await leading();
    // No service listens there: the test is about parsing the address.
    const observation = await run(port, { url: `http://[::1]:${port}/` });
    expect(words(observation)).toBe('failed refused');
    expect(observation.address).toBe('::1');
  });
});

describe('an http check expects', () => {
  test.each([
    [503, undefined, 'answered 503 Service Unavailable instead of 2xx'],
    [200, [201, 204], 'answered 200 OK instead of 201 or 204'],
    [404, ['2xx', '300-399'], 'answered 404 Not Found instead of 2xx or 300-399'],
    [299, [200], 'answered 299 instead of 200'],
  ])('an http check with status %d fails if it expects %j', async (status, expected, detail) => {
    const { port } = await withBody('', status);
    const observation = await run(port, { status: expected });
    expect(observation).toMatchObject({
      outcome: 'failed',
      code: 'unexpected_reply',
      phase: 'reply',
      detail,
    });
    expect(factsOf(observation)['http.status']).toBe(status);
  });

  test.each([
    [201, undefined],
    [404, [404]],
    [404, ['4xx']],
    [418, ['400-451']],
  ])('an http check with status %d is ok if it expects %j', async (status, expected) => {
    expect(words(await run((await withBody('', status)).port, { status: expected }))).toBe('ok');
  });

  const page = '<h1>Shop</h1>\n<p>42 orders</p>';
  test.each([
    [{ contains: '<h1>Shop' }, null],
    [{ contains: 'Sh0p' }, 'the body does not contain "Sh0p"'],
    [{ notContains: 'error' }, null],
    [{ notContains: '42 orders' }, 'the body contains "42 orders"'],
    [{ matches: '\\d+ orders' }, null],
    [{ matches: '(?i)SHOP' }, null],
    [{ matches: '^\\d+ orders' }, 'the body does not match "^\\\\d+ orders"'],
    [{ matches: '(?m)^<p>' }, null],
  ])('an http check asserts on text: %j', async (check, detail) => {
    const observation = await run((await withBody(page)).port, check);
    expect(detail === null ? words(observation) : detailOf(observation)).toBe(detail ?? 'ok');
  });

  const json = { status: 'ok', count: 3, open: true, none: null, list: [{ up: true }, { up: false }] };
  test.each([
    [{ path: '$.status', equals: 'ok' }, null],
    [{ path: '$.status', equals: 'down' }, '$.status is "ok" instead of "down"'],
    [{ path: '$.count', equals: 3 }, null],
    [{ path: '$.count', equals: '3' }, '$.count is 3 instead of "3"'],
    [{ path: '$.open', equals: true }, null],
    [{ path: '$.none', equals: null }, null],
    [{ path: '$.none', exists: true }, null],
    [{ path: '$.gone', exists: true }, '$.gone is not in the body'],
    [{ path: '$.gone', equals: null }, '$.gone is not in the body'],
    [{ path: '$.gone', exists: false }, null],
    [{ path: '$.list', exists: false }, '$.list exists, but must not'],
    [{ path: '$.list[*].up', equals: true }, '$.list[*].up is false instead of true'],
    [{ path: '$.list', equals: 'x' }, '$.list is an array instead of "x"'],
    [{ path: '$.status', matches: '^(ok|up)$' }, null],
    [{ path: '$.count', matches: '^[45]$' }, '$.count is 3 and does not match "^[45]$"'],
    [{ path: '$.list[0]', matches: '.' }, '$.list[0] is an object and does not match "."'],
    [{ path: '$.list[?@.up == false]', exists: true }, null],
    [{ path: '$[?search(@, "^o.$")]', equals: 'ok' }, null],
    [{ path: '$.__proto__', exists: true }, '$.__proto__ is not in the body'],
  ])('an http check asserts on JSON: %j', async (rule, detail) => {
    const observation = await run((await withBody(JSON.stringify(json))).port, { jsonPath: [rule] });
    expect(detail === null ? words(observation) : detailOf(observation)).toBe(detail ?? 'ok');
  });

  test('an http check that expects JSON fails on another body', async () => {
    const check = { jsonPath: [{ path: '$.a', exists: true }] };
    expect(detailOf(await run((await withBody('<html>')).port, check))).toBe(
      'the body is not valid JSON: "<html>"',
    );
    expect(detailOf(await run((await withBody('')).port, check))).toBe('the body is empty, but must be JSON');
  });

  test.each([
    ['gzip', zlib.gzipSync],
    ['deflate', zlib.deflateSync],
    ['br', zlib.brotliCompressSync],
  ])('an http check reads a body that is compressed with %s', async (encoding, compress) => {
    const { port } = await answering((_, response) =>
      response.writeHead(200, { 'content-encoding': encoding }).end(compress('hello there')),
    );
    expect(words(await run(port, { contains: 'hello there' }))).toBe('ok');
    expect(words(await run(port, { method: 'HEAD' }))).toBe('ok');
  });

  test('an http check decodes the charset of the server, and falls back for an unknown charset', async () => {
    const say = (charset: string) => (_: unknown, response: http.ServerResponse) =>
      response
        .writeHead(200, { 'content-type': `text/plain; charset=${charset}` })
        .end(Buffer.from('caf\xe9', 'latin1'));
    expect(words(await run((await answering(say('iso-8859-1'))).port, { contains: 'café' }))).toBe('ok');
    expect(words(await run((await answering(say('klingon'))).port, { contains: 'caf' }))).toBe('ok');
  });

  test('a slow http response raises a warning', async () => {
    const { port } = await answering((_, response) => void setTimeout(() => response.end('x'), 60));
    const observation = await run(port, { maxLatencyMs: 50 });
    expect(observation).toMatchObject({ outcome: 'ok', degraded: [{ code: 'latency', limit: 50 }] });
    const [, tookMs] = /the check took ([\d.]+) ms, more than 50 ms/.exec(JSON.stringify(observation)) ?? [];
    expect(Math.abs(Number(tookMs) - (observation.timings.totalMs ?? 0))).toBeLessThan(5);
    expect(observation.timings.firstByteMs).toBeGreaterThan(50);
    expect(await run(port, { maxLatencyMs: 5_000 })).not.toHaveProperty('degraded');
  });
});

test('an unexpected response is captured: status, diagnostic headers, the first kilobyte', async () => {
  const { port } = await answering((_, response) =>
    response
      .writeHead(503, {
        'retry-after': '120',
        server: 'shop/1',
        via: '1.1 cache',
        'set-cookie': 'a=b',
        'x-other': 'x',
      })
      .end('é'.repeat(5_000)),
  );
  const observation = await run(port);
  expect(observation).toHaveProperty('response', {
    status: 503,
    headers: { 'retry-after': '120', server: 'shop/1', via: '1.1 cache', date: expect.any(String) },
    body: 'é'.repeat(1_024),
  });
});

test('a debug run of an http check shows the conversation', async () => {
  const { port } = await withBody('hello\nthere', 404);
  const { trace = [] } = await run(port, {}, { trace: true });
  const lines = trace.map(({ text }) => text);
  expect(lines[0]).toBe(`connecting to 127.0.0.1:${port}`);
  expect(lines).toContain('GET /');
  expect(lines).toContain(`> host: 127.0.0.1:${port}`);
  expect(lines).toContain('HTTP/1.1 404 Not Found');
  expect(lines.at(-1)).toBe('hello\\nthere');
});
