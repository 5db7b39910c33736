// Canaries: a location without a network must not blame a target for it, and one with a network must.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askProbe, inTime, words } from '../../support/net/ask-probe.ts';
import { type DnsServer, startZoneServer } from '../../support/net/dns-server.ts';
import { closedPort, hangingTarget, openTarget, type Target } from '../../support/net/targets.ts';

type Full = Awaited<ReturnType<typeof hangingTarget>>;

const TIMEOUT_MS = 2_200;
let alive: Target;
let deaf: Full;
let server: DnsServer;

beforeAll(async () => {
  alive = await openTarget();
  deaf = await hangingTarget();
  server = await startZoneServer({
    'alive.test.example': { A: ['127.0.0.1'] },
    'mute.test.example': { silent: true },
  });
});
afterAll(async () => {
  await server.close();
  await alive.close();
  await deaf.close();
});

const silent = (more: object = {}) => ({
  host: '127.0.0.1',
  port: deaf.port,
  timeoutMs: TIMEOUT_MS,
  ...more,
});
const canary = (port: number, host = '127.0.0.1') => ({ host, port });

describe('a look that heard nothing', () => {
  test('is unmeasured, in time, when no canary answers either', async () => {
    const { observations, tookMs } = await askProbe([silent()], { canaries: [canary(deaf.port)] });
    expect(words(observations[0])).toBe('unmeasured location_offline');
    expect(observations[0]).toMatchObject({
      detail: expect.stringContaining('no canary was reached either'),
    });
    expect(tookMs).toBeLessThan(inTime(TIMEOUT_MS + 250));
  });

  test('has failed when one canary of several answers', async () => {
    const canaries = [canary(deaf.port), canary(alive.port, 'alive.test.example')];
    const { observations } = await askProbe([silent()], { canaries, nameServer: server.address });
    expect(words(observations[0])).toBe('failed timeout');
  });

  test('has failed when a canary refuses: that came over the network, too', async () => {
    const { observations } = await askProbe([silent()], { canaries: [canary(await closedPort())] });
    expect(words(observations[0])).toBe('failed timeout');
  });

  test('is unmeasured when the names of all canaries stay unresolved', async () => {
    const surroundings = { canaries: [canary(443, 'mute.test.example')], nameServer: server.address };
    const { observations, tookMs } = await askProbe([silent()], surroundings);
    expect(words(observations[0])).toBe('unmeasured location_offline');
    expect(tookMs).toBeLessThan(inTime(TIMEOUT_MS + 250));
  });

  test('has failed when another look of the same job reached its target', async () => {
    const runs = [silent(), { host: '127.0.0.1', port: alive.port }];
    const { observations } = await askProbe(runs, { canaries: [canary(deaf.port)] });
    expect(observations.map(words)).toEqual(['failed timeout', 'ok']);
  });

  test('has failed when its time is too short to give canaries a fair chance', async () => {
    const { observations } = await askProbe([silent({ timeoutMs: 400 })], { canaries: [canary(deaf.port)] });
    expect(words(observations[0])).toBe('failed timeout');
  });

  test('at a port that has to stay closed is not ok', async () => {
    const closed = silent({ expect: 'closed' });
    const offline = await askProbe([closed], { canaries: [canary(deaf.port)] });
    expect(words(offline.observations[0])).toBe('unmeasured location_offline');
    const online = await askProbe([closed], { canaries: [canary(alive.port)] });
    expect(words(online.observations[0])).toBe('ok');
  });
});

test('a name that cannot be resolved is doubted at once', async () => {
  const run = { host: 'nowhere.test.example', port: 1, timeoutMs: 5_000 };
  const at = (canaries: ReturnType<typeof canary>[]) =>
    askProbe([run], { canaries, nameServer: server.address });
  expect(words((await at([canary(alive.port)])).observations[0])).toBe('failed dns');
  const { observations, tookMs } = await at([canary(1, 'gone.test.example')]);
  expect(words(observations[0])).toBe('unmeasured location_offline');
  expect(tookMs).toBeLessThan(inTime(2_500));
});

test('two hundred failing looks ask each canary once, and leave nothing open', async () => {
  const before = alive.peers.length;
  const runs = Array.from({ length: 200 }, () => silent());
  const { observations } = await askProbe(runs, { canaries: [canary(alive.port)] });
  expect(new Set(observations.map(words))).toEqual(new Set(['failed timeout']));
  expect(alive.peers.length - before).toBe(1);
  await expect.poll(() => alive.endings.length).toBeGreaterThanOrEqual(alive.peers.length);
});

test('refused and reset ask nobody', async () => {
  const before = alive.peers.length;
  const { observations } = await askProbe([{ host: '127.0.0.1', port: await closedPort() }], {
    canaries: [canary(alive.port)],
  });
  expect(words(observations[0])).toBe('failed refused');
  expect(alive.peers.length).toBe(before);
});
