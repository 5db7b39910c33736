import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Observation } from '../../../probes/contract/index.ts';
import { words } from '../../support/net/ask-probe.ts';
import { checkName, NAME } from '../../support/net/named-addresses.ts';

/** Three servers of one name, on the same port of three addresses. */
const [GOOD, SLOW, BAD] = ['127.0.0.1', '127.0.0.2', '127.0.0.3'];
const SLOW_MS = 60;

const servers: http.Server[] = [];
const asked: string[] = [];
let port = 0;

async function serve(host: string, answer: http.RequestListener): Promise<void> {
  const server = http.createServer((request, response) => {
    asked.push(`${host} ${request.url}`);
    answer(request, response);
  });
  server.listen(port, host);
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
  servers.push(server);
}

beforeAll(async () => {
  await serve(GOOD, (request, response) => {
    if (request.url === '/away')
      response.writeHead(302, { location: `http://elsewhere.test.example:${port}/home` });
    if (request.url === '/here') response.writeHead(302, { location: '/home' });
    response.end('open');
  });
  await serve(SLOW, (request, response) => {
    if (request.url === '/here') response.writeHead(302, { location: '/home' });
    setTimeout(() => response.end('open'), SLOW_MS);
  });
  await serve(BAD, (_request, response) => response.writeHead(503).end('closed for today'));
});
afterAll(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

const run = (path: string, addresses: readonly string[], more: object = {}): Promise<Observation> => {
  asked.length = 0;
  const check = { type: 'http', url: `http://${NAME}:${port}${path}`, addresses: 'all', ...more };
  const names = { 'elsewhere.test.example': ['127.0.0.9', GOOD] };
  return checkName(check, { addresses, names });
};

test('the whole conversation must succeed at every address, and the detail names the one where it does not', async () => {
  expect(await run('/', [GOOD, BAD])).toMatchObject({
    outcome: 'failed',
    code: 'unexpected_reply',
    address: BAD,
    detail: expect.stringMatching(/^1 of 2 addresses of shop\.test\.example failed: 127\.0\.0\.3: .*503/),
    response: { status: 503, body: 'closed for today' },
    facts: expect.arrayContaining([{ name: 'http.status', value: 503 }]),
  });
});

test('a refused address and a wrong reply are both named, and the wrong reply is the code', async () => {
  const { code, detail } = (await run('/', ['127.0.0.9', BAD, GOOD])) as Extract<
    Observation,
    { outcome: 'failed' }
  >;
  expect(code).toBe('unexpected_reply');
  expect(detail).toMatch(
    /^2 of 3 addresses .*127\.0\.0\.3: .*503.*; 127\.0\.0\.9:\d+ refused the connection$/,
  );
});

test('the addresses are asked at the same time, and the slowest one is the observation', async () => {
  const observation = await run('/', [SLOW, GOOD], { timeoutMs: SLOW_MS * 10, maxLatencyMs: SLOW_MS / 2 });
  expect(words(observation)).toBe('ok');
  expect(observation.address).toBe(SLOW);
  expect(observation.timings.firstByteMs).toBeGreaterThan(SLOW_MS - 5);
  expect(observation).toHaveProperty('degraded', [
    { code: 'latency', limit: SLOW_MS / 2, detail: expect.stringMatching(/^127\.0\.0\.2: the check took/) },
  ]);
});

test('a redirect on the same host stays at the address', async () => {
  expect(words(await run('/here', [GOOD, SLOW]))).toBe('ok');
  expect(asked.toSorted()).toEqual([`${GOOD} /here`, `${GOOD} /home`, `${SLOW} /here`, `${SLOW} /home`]);
});

test('a redirect to another host resolves anew, and warns of its dead addresses', async () => {
  const observation = await run('/away', [GOOD]);
  expect(words(observation)).toBe('ok');
  expect(asked).toEqual([`${GOOD} /away`, `${GOOD} /home`]);
  expect(observation).toHaveProperty('degraded', [
    {
      code: 'address',
      limit: 0,
      detail: expect.stringContaining('1 of 2 addresses of elsewhere.test.example:'),
    },
  ]);
});

test('one wrong reply of two does not matter if any address may answer and the first one does', async () => {
  expect(words(await run('/', [GOOD, BAD], { addresses: 'any' }))).toBe('ok');
  expect(words(await run('/', [BAD, GOOD], { addresses: 'any' }))).toBe('failed unexpected_reply');
});
