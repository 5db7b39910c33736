import dgram from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import type { Observation } from '../../../../probes/contract/index.ts';
import { askProbe, inTime, words } from '../../../support/net/ask-probe.ts';
import { startUdpServer, type UdpServer } from '../../../support/net/scripted-server.ts';
import { closedPort } from '../../../support/net/targets.ts';

const HOST = '127.0.0.1';
let server: UdpServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** One look at a service that answers so. */
async function run(answer: Parameters<typeof startUdpServer>[0], check: object = {}): Promise<Observation> {
  server = await startUdpServer(answer);
  const asked = { type: 'udp', host: HOST, port: server.port, send: 'status\n', timeoutMs: 400, ...check };
  return (await askProbe([asked])).observations[0]!;
}
const detailOf = (seen: Observation): string => ('detail' in seen ? seen.detail : '');

describe('a udp check', () => {
  test('sends what is written, once, and takes any reply where none is expected', async () => {
    const seen = await run(() => ['fine']);
    expect(words(seen)).toBe('ok');
    expect(seen.address).toBe(HOST);
    expect(seen.timings.firstByteMs).toBeGreaterThan(0);
    expect(server?.received.map(String)).toEqual(['status\n']);
  });

  test('sends bytes', async () => {
    expect(words(await run(() => ['x'], { send: undefined, sendHex: 'ff ff 00 54' }))).toBe('ok');
    expect(server?.received[0]?.toString('hex')).toBe('ffff0054');
  });

  test.each([
    [{ expect: 'up' }, 'load 1, up 3 days', ''],
    [{ expect: 'up' }, 'down', 'the reply does not contain "up": "down"'],
    [{ expectMatch: 'up \\d+ days' }, 'load 1, up 3 days', ''],
    [{ expectMatch: '^up' }, 'load 1, up', 'the reply does not match ^up: "load 1, up"'],
    [{ expectHex: 'ff ?? 54' }, Uint8Array.of(0xff, 1, 0x54, 9), ''],
    [
      { expectHex: 'ff ?? 54' },
      Uint8Array.of(0xff, 1, 0x55),
      'the reply does not begin with ff ?? 54: "0xff0155"',
    ],
    [{ expectHex: 'ff ??' }, Uint8Array.of(0xff), 'the reply does not begin with ff ??: "0xff"'],
    [{ expect: 'up' }, '', 'the reply does not contain "up": ""'],
  ])('holds %j against %j', async (check, reply, problem) => {
    const seen = await run(() => [reply], check);
    expect(detailOf(seen)).toBe(problem);
    expect(words(seen)).toBe(problem === '' ? 'ok' : 'failed unexpected_reply');
    if (problem !== '')
      expect(seen).toMatchObject({ phase: 'reply', response: { body: expect.any(String) } });
  });

  test('asks again when nothing came in half of the time: one lost datagram is no failure', async () => {
    const seen = await run((_, turn) => (turn === 0 ? [] : ['fine']), { maxLatencyMs: 100 });
    expect(seen).toMatchObject({ outcome: 'ok', degraded: [{ code: 'latency', limit: 100 }] });
    expect(server?.received.map(String)).toEqual(['status\n', 'status\n']);
  });

  test('silence is a timeout in the reply, after two datagrams and on time', async () => {
    const startedAt = performance.now();
    const seen = await run(() => []);
    expect(seen).toMatchObject({ outcome: 'failed', code: 'timeout', phase: 'reply' });
    expect(detailOf(seen)).toBe(`no answer from ${HOST}:${server?.port} within 400 ms`);
    expect(performance.now() - startedAt).toBeLessThan(inTime(650));
    expect(server?.received).toHaveLength(2);
  });

  test('a port that nobody listens on is a refusal, at once', async () => {
    const { observations, tookMs } = await askProbe([
      { type: 'udp', host: HOST, port: await closedPort(), send: 'x', timeoutMs: 3_000 },
    ]);
    expect(words(observations[0])).toBe('failed refused');
    expect(tookMs).toBeLessThan(inTime(500));
  });

  test('an address that is not permitted is sent nothing', async () => {
    server = await startUdpServer(() => ['fine']);
    const asked = { type: 'udp', host: HOST, port: server.port, send: 'x' };
    const { observations } = await askProbe([asked], { allowLoopback: false });
    expect(words(observations[0])).toBe('failed forbidden_address');
    expect(server.received).toEqual([]);
  });

  test('a datagram from another port is not heard', async () => {
    const stranger = dgram.createSocket('udp4');
    const asked = dgram.createSocket('udp4');
    for (const socket of [stranger, asked]) {
      socket.bind(0, HOST);
      await once(socket, 'listening');
    }
    asked.on('message', (_, peer) => stranger.send('fine', peer.port, peer.address));
    const check = { type: 'udp', host: HOST, port: asked.address().port, send: 'x', timeoutMs: 200 };
    expect(words((await askProbe([check])).observations[0])).toBe('failed timeout');
    for (const socket of [stranger, asked]) socket.close();
  });

  test('a flood of datagrams is taken as its first, and the rest is left', async () => {
    const seen = await run(() => Array.from({ length: 200 }, (_, at) => `answer ${at}`), {
      expect: 'answer 0',
    });
    expect(words(seen)).toBe('ok');
  });
});

describe('secrets of a udp check', () => {
  const secrets = { token: 'correct horse' };

  test('are sent, expected, and blotted out of what is told, as text and as bytes', async () => {
    const check = { send: 'login {{token}}', expect: '{{token}} ok', secrets };
    expect(words(await run((datagram) => [`${datagram} ok`], check))).toBe('ok');
    expect(server?.received.map(String)).toEqual(['login correct horse']);
    await server?.close();
    for (const before of ['', '\0\xff']) {
      const seen = await run((datagram) => [Buffer.concat([Buffer.from(before, 'latin1'), datagram])], check);
      expect(words(seen)).toBe('failed unexpected_reply');
      expect(JSON.stringify(seen)).not.toMatch(/horse|686f727365/);
      expect(detailOf(seen)).toContain('{{token}}');
      expect(seen).toMatchObject({ response: { body: expect.stringContaining('•••') } });
      await server?.close();
    }
    server = undefined;
  });
});
