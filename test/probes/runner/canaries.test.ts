// Canaries: an offline location must not report its targets as failed, and an online location must.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askProbe, inTime, words } from '../../support/net/ask-probe.ts';
import { type DnsServer, startZoneServer } from '../../support/net/dns-server.ts';
import { closedPort, hangingTarget, openTarget, type Target } from '../../support/net/targets.ts';

type FullTarget = Awaited<ReturnType<typeof hangingTarget>>;

const TIMEOUT_MS = 2_200;
let alive: Target;
let full: FullTarget;
let server: DnsServer;

beforeAll(async () => {
  alive = await openTarget();
  full = await hangingTarget();
  server = await startZoneServer({
    'alive.test.example': { A: ['127.0.0.1'] },
    'silent.test.example': { silent: true },
    'broken.test.example': { rcode: 'SERVFAIL' },
    'refused.test.example': { rcode: 'REFUSED' },
  });
});
afterAll(async () => {
  await server.close();
  await alive.close();
  await full.close();
});

const silent = (more: object = {}) => ({
  host: '127.0.0.1',
  port: full.port,
  timeoutMs: TIMEOUT_MS,
  ...more,
});
const canary = (port: number, host = '127.0.0.1') => ({ host, port });

// These tests wait for timeouts, so they wait together.
describe.concurrent('a run without a response', () => {
  test('a run without a response is unmeasured, in time, if no canary responds either', async () => {
    const { observations, tookMs } = await askProbe([silent()], { canaries: [canary(full.port)] });
    expect(words(observations[0])).toBe('unmeasured location_offline');
    expect(observations[0]).toMatchObject({
      detail: expect.stringContaining('no canary was reached either'),
    });
    expect(tookMs).toBeLessThan(inTime(TIMEOUT_MS + 250));
  });

  test('a run without a response has failed if one canary of several responds', async () => {
    const canaries = [canary(full.port), canary(alive.port, 'alive.test.example')];
    const { observations } = await askProbe([silent()], { canaries, nameServer: server.address });
    expect(words(observations[0])).toBe('failed timeout');
  });

  test('a run without a response has failed if a canary refuses: the refusal came over the network', async () => {
    const { observations } = await askProbe([silent()], { canaries: [canary(await closedPort())] });
    expect(words(observations[0])).toBe('failed timeout');
  });

  test('a run without a response is unmeasured if no name of a canary resolves', async () => {
    const options = { canaries: [canary(443, 'silent.test.example')], nameServer: server.address };
    const { observations, tookMs } = await askProbe([silent()], options);
    expect(words(observations[0])).toBe('unmeasured location_offline');
    expect(tookMs).toBeLessThan(inTime(TIMEOUT_MS + 250));
  });

  test('a run without a response has failed if another run of the job reached its target', async () => {
    const runs = [silent(), { host: '127.0.0.1', port: alive.port }];
    const { observations } = await askProbe(runs, { canaries: [canary(full.port)] });
    expect(observations.map(words)).toEqual(['failed timeout', 'ok']);
  });

  test('a run without a response has failed if its timeout is too short for the canaries', async () => {
    const { observations } = await askProbe([silent({ timeoutMs: 400 })], { canaries: [canary(full.port)] });
    expect(words(observations[0])).toBe('failed timeout');
  });

  test('a port that has to stay closed is unmeasured, not ok, if the location is offline', async () => {
    const closed = silent({ expect: 'closed' });
    const reports = await Promise.all(
      [full, alive].map(({ port }) => askProbe([closed], { canaries: [canary(port)] })),
    );
    expect(reports.map(({ observations: [one] }) => words(one))).toEqual([
      'unmeasured location_offline',
      'ok',
    ]);
  });
});

test('an unresolved name is checked with the canaries at once', async () => {
  const run = { host: 'broken.test.example', port: 1, timeoutMs: 5_000 };
  const at = (canaries: ReturnType<typeof canary>[]) =>
    askProbe([run], { canaries, nameServer: server.address });
  expect(words((await at([canary(alive.port)])).observations[0])).toBe('failed dns');
  const { observations, tookMs } = await at([canary(1, 'refused.test.example')]);
  expect(words(observations[0])).toBe('unmeasured location_offline');
  expect(tookMs).toBeLessThan(inTime(2_500));
});

test('two hundred failing runs check each canary once, and leave no connection open', async () => {
  const before = alive.peers.length;
  const runs = Array.from({ length: 200 }, () => silent());
  const { observations } = await askProbe(runs, { canaries: [canary(alive.port)] });
  expect(new Set(observations.map(words))).toEqual(new Set(['failed timeout']));
  expect(alive.peers.length - before).toBe(1);
  await expect.poll(() => alive.endings.length).toBeGreaterThanOrEqual(alive.peers.length);
});

test('a refused run checks no canary', async () => {
  const before = alive.peers.length;
  const { observations } = await askProbe([{ host: '127.0.0.1', port: await closedPort() }], {
    canaries: [canary(alive.port)],
  });
  expect(words(observations[0])).toBe('failed refused');
  expect(alive.peers.length).toBe(before);
});
