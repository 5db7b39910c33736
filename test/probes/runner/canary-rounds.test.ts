// One round of canaries in a job of several runs: what proves that the location is online, what an inconclusive canary
// proves, how long runs wait, and that nothing stays open after the report.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CONTRACT_VERSION, type Observation } from '../../../probes/contract/index.ts';
import { NoDnsAnswer } from '../../../probes/net/resolve.ts';
import { runJob } from '../../../probes/runner/run-job.ts';
import { askProbe, inTime, words } from '../../support/net/ask-probe.ts';
import { type DnsServer, startZoneServer } from '../../support/net/dns-server.ts';
import { hangingTarget, openTarget, type Target } from '../../support/net/targets.ts';

const HOST = '127.0.0.1';
const TIMEOUT_MS = 2_200;
let alive: Target;
let full: Awaited<ReturnType<typeof hangingTarget>>;
let server: DnsServer;

beforeAll(async () => {
  alive = await openTarget();
  full = await hangingTarget();
  server = await startZoneServer({
    'full.test.example': { A: [HOST] },
    'inside.test.example': { A: ['10.1.2.3'] },
    'six.test.example': { AAAA: ['2606:4700::1111'] },
    'silent.test.example': { silent: true },
  });
});
afterAll(async () => {
  await server.close();
  await alive.close();
  await full.close();
});

const silent = (more: object = {}) => ({ host: HOST, port: full.port, timeoutMs: TIMEOUT_MS, ...more });
const canary = (port: number, host = HOST) => ({ host, port });
const openSockets = (): number =>
  process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap' || kind === 'TCPWRAP').length;

interface Answer {
  readonly observations: Observation[];
  readonly tookMs: number;
}

/** A job without the handler, with a resolver of the test's own making. */
async function run(
  checks: readonly object[],
  canaries: { host: string; port: number }[],
  resolve: (host: string) => Promise<string[]>,
  budgetMs = 10_000,
): Promise<Answer> {
  const runs = checks.map((check, id) => ({ id, check: { type: 'tcp', ...check } }));
  const job = { version: CONTRACT_VERSION, sentAt: 0, deadlineMs: 10_000, canaries, runs } as const;
  const startedAt = performance.now();
  const observations = await runJob(job, budgetMs, {
    resolver: {
      resolve,
      servers: () => [],
      hasAnswered: false,
      queryFailure: async (name) => `${name} is not known`,
    },
    cpuShare: 1,
    allowLoopback: true,
    sourceAddress: undefined,
  });
  return { observations, tookMs: performance.now() - startedAt };
}

const unknownAfter = async (delayMs: number, host: string): Promise<never> => {
  await sleep(delayMs);
  throw new NoDnsAnswer(`${host} could not be resolved`);
};

// Most of these tests wait for timeouts, so they wait together.
describe.concurrent('a job of several runs', () => {
  test('a forbidden target, and an answer of its own name server, do not prove that the location is online', async () => {
    const runs = [{ host: '10.0.0.1', port: 80 }, silent(), { type: 'dns', name: 'full.test.example' }];
    const { observations } = await askProbe(runs, {
      ...{ canaries: [canary(full.port)], nameServer: server.address },
    });
    expect(observations.map(words)).toEqual([
      'failed forbidden_address',
      'unmeasured location_offline',
      'ok',
    ]);
  });

  test('a target that responds later proves that the location was online for earlier runs', async () => {
    const runs = [silent({ timeoutMs: 1_700 }), { host: 'slow.example', port: alive.port }];
    const slowly = (): Promise<string[]> => sleep(2_500, [HOST]);
    const { observations } = await run(runs, [canary(full.port)], slowly);
    expect(observations.map(words)).toEqual(['failed timeout', 'ok']);
  });
});

describe.concurrent('a failed canary', () => {
  test('the detail names each failed canary and how it failed', async () => {
    const { observations } = await askProbe([silent()], {
      canaries: [canary(full.port, 'full.test.example'), canary(443, 'gone.test.example')],
      nameServer: server.address,
    });
    expect(observations[0]).toMatchObject({ outcome: 'unmeasured', reason: 'location_offline' });
    const detail = observations[0]?.outcome === 'unmeasured' ? observations[0].detail : '';
    expect(detail).toMatch(new RegExp(`full\\.test\\.example:${full.port} \\(no answer within \\d+ ms\\)`));
    expect(detail).toContain('gone.test.example:443 (gone.test.example does not exist)');
  });

  test.each([
    ['is forbidden', '10.0.0.1'],
    ['resolves to a forbidden address', 'inside.test.example'],
    ['has only IPv6 addresses', 'six.test.example'],
  ])('a canary that %s proves nothing', async (_, host) => {
    const alone = { canaries: [canary(443, host)], nameServer: server.address };
    const beside = { ...alone, canaries: [canary(443, host), canary(full.port)] };
    const reports = await Promise.all([alone, beside].map((options) => askProbe([silent()], options)));
    expect(reports.map(({ observations: [one] }) => words(one))).toEqual([
      'failed timeout',
      'unmeasured location_offline',
    ]);
  });
});

describe('the report of a job with canaries', () => {
  test('a run that fails late with dns delays the report by a quarter of a second at most', async () => {
    const late = (host: string): Promise<never> => unknownAfter(1_900, host);
    const { observations, tookMs } = await run(
      [{ host: 'nowhere.example', port: 1, timeoutMs: 2_000 }],
      [canary(full.port)],
      late,
    );
    expect(words(observations[0])).toBe('unmeasured location_offline');
    expect(tookMs).toBeLessThan(inTime(2_250));
  });

  test('a measured failure stays in the report if the deadline ends the canaries', async () => {
    const { observations, tookMs } = await askProbe(
      [{ host: 'nowhere.test.example', port: 1, timeoutMs: 5_000 }, silent()],
      { canaries: [canary(full.port)], nameServer: server.address, deadlineMs: 800 },
    );
    expect(tookMs).toBeLessThan(inTime(800));
    expect(observations.map(words)).toEqual(['failed dns', 'unmeasured deadline']);
  });

  test('a job with canaries leaves no socket open', async () => {
    // By then, the connections of earlier tests are closed on both sides.
    await sleep(300);
    const before = openSockets();
    await askProbe([silent()], { canaries: [canary(full.port), canary(full.port, '127.0.0.2')] });
    await askProbe([silent()], { canaries: [canary(full.port)], deadlineMs: 1_500 });
    await sleep(10);
    expect(openSockets()).toBe(before);
  });

  test('a canary whose name resolves after the report is not connected to', async () => {
    const before = alive.peers.length;
    const late = canary(alive.port, 'slow.example');
    const { observations } = await run([silent()], [late], () => sleep(700, [HOST]), 1_500);
    expect(words(observations[0])).toBe('unmeasured deadline');
    await sleep(700);
    expect(alive.peers.length).toBe(before);
  });

  test('a job with canaries leaves no timer behind', async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = timers();
    await askProbe([{ host: 'nowhere.test.example', port: 1 }], {
      canaries: [canary(1, 'gone.test.example'), canary(443, 'silent.test.example')],
      nameServer: server.address,
    });
    expect(timers()).toBeLessThanOrEqual(before);
  });
});

test('a failure by timeout carries the address of its target', async () => {
  const { observations } = await askProbe([silent({ timeoutMs: 300 })]);
  expect(observations[0]).toMatchObject({ outcome: 'failed', code: 'timeout', address: HOST });
});
