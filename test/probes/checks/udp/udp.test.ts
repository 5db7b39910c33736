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

/** One run of a udp check against a service that answers like this. */
async function run(answer: Parameters<typeof startUdpServer>[0], check: object = {}): Promise<Observation> {
  server = await startUdpServer(answer);
  const options = { type: 'udp', host: HOST, port: server.port, send: 'status\n', timeoutMs: 400, ...check };
  return (await askProbe([options])).observations[0]!;
}
const detailOf = (observation: Observation): string => ('detail' in observation ? observation.detail : '');

describe('a udp check', () => {
  test('a udp check sends its text once and accepts any reply without an expectation', async () => {
    const observation = await run(() => ['fine']);
    expect(words(observation)).toBe('ok');
    expect(observation.address).toBe(HOST);
    expect(observation.timings.firstByteMs).toBeGreaterThan(0);
    expect(server?.received.map(String)).toEqual(['status\n']);
  });

  test('a udp check sends hexadecimal bytes', async () => {
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
  ])('a udp check compares %j with %j', async (check, reply, problem) => {
    const observation = await run(() => [reply], check);
    expect(detailOf(observation)).toBe(problem);
    expect(words(observation)).toBe(problem === '' ? 'ok' : 'failed unexpected_reply');
    if (problem !== '')
      expect(observation).toMatchObject({ phase: 'reply', response: { body: expect.any(String) } });
  });

  test('a udp check sends again after half of its time, so one lost datagram is not a failure', async () => {
    const observation = await run((_, turn) => (turn === 0 ? [] : ['fine']), { maxLatencyMs: 100 });
    expect(observation).toMatchObject({ outcome: 'ok', degraded: [{ code: 'latency', limit: 100 }] });
    expect(server?.received.map(String)).toEqual(['status\n', 'status\n']);
  });

  test('a udp check without a reply is a timeout in the reply phase, after two datagrams and on time', async () => {
    const startedAt = performance.now();
    const observation = await run(() => []);
    expect(observation).toMatchObject({ outcome: 'failed', code: 'timeout', phase: 'reply' });
    expect(detailOf(observation)).toBe(`no answer from ${HOST}:${server?.port} within 400 ms`);
    expect(performance.now() - startedAt).toBeLessThan(inTime(650));
    expect(server?.received).toHaveLength(2);
  });

  test('a udp check of a port without a listener is refused at once', async () => {
    const { observations, tookMs } = await askProbe([
      { type: 'udp', host: HOST, port: await closedPort(), send: 'x', timeoutMs: 3_000 },
    ]);
    expect(words(observations[0])).toBe('failed refused');
    expect(tookMs).toBeLessThan(inTime(500));
  });

  test('a udp check sends nothing to a forbidden address', async () => {
    server = await startUdpServer(() => ['fine']);
    const options = { type: 'udp', host: HOST, port: server.port, send: 'x' };
    const { observations } = await askProbe([options], { allowLoopback: false });
    expect(words(observations[0])).toBe('failed forbidden_address');
    expect(server.received).toEqual([]);
  });

  test('a udp check ignores a datagram from another port', async () => {
    const stranger = dgram.createSocket('udp4');
    const target = dgram.createSocket('udp4');
    for (const socket of [stranger, target]) {
      socket.bind(0, HOST);
      await once(socket, 'listening');
    }
    target.on('message', (_, peer) => stranger.send('fine', peer.port, peer.address));
    const check = { type: 'udp', host: HOST, port: target.address().port, send: 'x', timeoutMs: 200 };
    expect(words((await askProbe([check])).observations[0])).toBe('failed timeout');
    for (const socket of [stranger, target]) socket.close();
  });

  test('a udp check evaluates the first datagram of a flood and drops the rest', async () => {
    const observation = await run(() => Array.from({ length: 200 }, (_, at) => `answer ${at}`), {
      expect: 'answer 0',
    });
    expect(words(observation)).toBe('ok');
  });
});

describe('secrets of a udp check', () => {
  const secrets = { token: 'correct horse' };

  test('secrets of a udp check are sent, expected, and redacted from the observation, as text and as bytes', async () => {
    const check = { send: 'login {{token}}', expect: '{{token}} ok', secrets };
    expect(words(await run((datagram) => [`${datagram} ok`], check))).toBe('ok');
    expect(server?.received.map(String)).toEqual(['login correct horse']);
    await server?.close();
    for (const before of ['', '\0\xff']) {
      const observation = await run(
        (datagram) => [Buffer.concat([Buffer.from(before, 'latin1'), datagram])],
        check,
      );
      expect(words(observation)).toBe('failed unexpected_reply');
      expect(JSON.stringify(observation)).not.toMatch(/horse|686f727365/);
      expect(detailOf(observation)).toContain('{{token}}');
      expect(observation).toMatchObject({ response: { body: expect.stringContaining('•••') } });
      await server?.close();
    }
    server = undefined;
  });
});
