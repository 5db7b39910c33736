import dgram from 'node:dgram';
import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import type { Observation } from '../../../probes/contract/index.ts';
import { inTime, words } from '../../support/net/ask-probe.ts';
import { addressWarnings, checkName, NAME } from '../../support/net/named-addresses.ts';

const [FIRST, SECOND, THIRD] = ['127.0.0.1', '127.0.0.2', '127.0.0.3'];
const TIMEOUT_MS = 300;

const sockets: dgram.Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.close();
});

/** How long a server takes to reply; null: it never does. */
async function serve(
  host: string,
  port: number,
  delayMs: number | null,
): Promise<{ count: number; port: number }> {
  const socket = dgram.createSocket('udp4');
  const server = { count: 0, port: 0 };
  socket.on('message', (_message, peer) => {
    server.count += 1;
    const reply = (): void => {
      if (sockets.includes(socket)) socket.send(`pong of ${host}`, peer.port, peer.address);
    };
    if (delayMs === 0) reply();
    else if (delayMs !== null) setTimeout(reply, delayMs);
  });
  socket.bind(port, host);
  await once(socket, 'listening');
  sockets.push(socket);
  server.port = socket.address().port;
  return server;
}

const run = (port: number, addresses: readonly string[], more: object = {}): Promise<Observation> =>
  checkName(
    { type: 'udp', host: NAME, port, send: 'ping', timeoutMs: TIMEOUT_MS, ...more },
    { addresses, trace: true },
  );

test('a silent address has its share of the time, then the next one has its turn, and the silent one is dead', async () => {
  const { port } = await serve(FIRST, 0, null);
  await serve(SECOND, port, 0);
  const observation = await run(port, [FIRST, SECOND], { expect: SECOND });
  expect(words(observation)).toBe('ok');
  expect(observation.address).toBe(SECOND);
  expect(observation.timings.totalMs).toBeLessThan(inTime(TIMEOUT_MS / 2));
  expect(observation.timings.firstByteMs).toBeLessThan(80);
  expect(addressWarnings(observation)).toEqual([
    expect.stringMatching(/^1 of 2 addresses of .*: no answer from 127\.0\.0\.1:\d+ within \d+ ms$/),
  ]);
});

test('a slow address keeps its chance while the others are asked', async () => {
  const { port } = await serve(FIRST, 0, TIMEOUT_MS / 2);
  await serve(SECOND, port, null);
  const observation = await run(port, [FIRST, SECOND]);
  expect(words(observation)).toBe('ok');
  expect(observation.address).toBe(FIRST);
});

test('a refused datagram goes to the next address at once', async () => {
  const { port } = await serve(THIRD, 0, 0);
  const observation = await run(port, [FIRST, SECOND, THIRD]);
  expect(words(observation)).toBe('ok');
  expect(observation.timings.totalMs).toBeLessThan(inTime(60));
  expect(addressWarnings(observation)).toEqual([
    `2 of 3 addresses of ${NAME}:${port} failed: ${FIRST}:${port} refused the connection; ${SECOND}:${port} refused the connection`,
  ]);
});

test('every address has two datagrams before the run fails, and the detail names each', async () => {
  const first = await serve(FIRST, 0, null);
  const second = await serve(SECOND, first.port, null);
  expect(await run(first.port, [FIRST, SECOND])).toMatchObject({
    code: 'timeout',
    phase: 'reply',
    detail: `no answer from ${FIRST}:${first.port} within ${TIMEOUT_MS} ms; no answer from ${SECOND}:${first.port} within ${TIMEOUT_MS} ms`,
  });
  expect([first.count, second.count]).toEqual([2, 2]);
});

test('a refusal beside silence is no reason to stop before timeoutMs', async () => {
  const { port } = await serve(SECOND, 0, TIMEOUT_MS / 2);
  for (const addresses of [
    [FIRST, SECOND],
    [SECOND, FIRST],
  ])
    expect(words(await run(port, addresses))).toBe('ok');
});

test('every address must reply if all of them are needed', async () => {
  const { port } = await serve(FIRST, 0, 0);
  await serve(SECOND, port, null);
  expect(await run(port, [FIRST, SECOND], { addresses: 'all' })).toMatchObject({
    code: 'timeout',
    detail: `1 of 2 addresses of ${NAME} failed: no answer from ${SECOND}:${port} within ${TIMEOUT_MS} ms`,
  });
});
