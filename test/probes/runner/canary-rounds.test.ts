// One round of canaries in a job of several looks: who else proves the network, what a canary proves that says nothing,
// how long anybody waits, and that nothing is left when the answer is there.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WireError } from '../../../probes/checks/check.ts';
import { CONTRACT_VERSION, type Observation } from '../../../probes/contract/index.ts';
import { runJob } from '../../../probes/runner/run-job.ts';
import { askProbe, inTime, words } from '../../support/net/ask-probe.ts';
import { type DnsServer, startZoneServer } from '../../support/net/dns-server.ts';
import { hangingTarget, openTarget, type Target } from '../../support/net/targets.ts';

const HOST = '127.0.0.1';
const TIMEOUT_MS = 2_200;
let alive: Target;
let deaf: Awaited<ReturnType<typeof hangingTarget>>;
let server: DnsServer;

beforeAll(async () => {
  alive = await openTarget();
  deaf = await hangingTarget();
  server = await startZoneServer({
    'deaf.test.example': { A: [HOST] },
    'inside.test.example': { A: ['10.1.2.3'] },
    'six.test.example': { AAAA: ['2606:4700::1111'] },
    'mute.test.example': { silent: true },
  });
});
afterAll(async () => {
  await server.close();
  await alive.close();
  await deaf.close();
});

const silent = (more: object = {}) => ({ host: HOST, port: deaf.port, timeoutMs: TIMEOUT_MS, ...more });
const canary = (port: number, host = HOST) => ({ host, port });
const openSockets = (): number =>
  process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap' || kind === 'TCPWRAP').length;

interface Answer {
  readonly observations: Observation[];
  readonly tookMs: number;
}

/** A job below the handler, where names resolve as the test says. */
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
    resolver: { resolve, servers: () => [] },
    cpuShare: 1,
    allowLoopback: true,
    sourceAddress: undefined,
  });
  return { observations, tookMs: performance.now() - startedAt };
}

const unknownAfter = async (delayMs: number, host: string): Promise<never> => {
  await sleep(delayMs);
  throw new WireError('dns', `${host} does not exist`);
};

describe('the network of a job', () => {
  test('is not proven by a target that was never asked because it is forbidden', async () => {
    const runs = [{ host: '10.0.0.1', port: 80 }, silent()];
    const { observations } = await askProbe(runs, { canaries: [canary(deaf.port)] });
    expect(observations.map(words)).toEqual(['failed forbidden_address', 'unmeasured location_offline']);
  });

  test('is proven by a target that is reached after a look was doubted', async () => {
    const runs = [silent({ timeoutMs: 1_700 }), { host: 'slow.example', port: alive.port }];
    const slowly = (): Promise<string[]> => sleep(2_500, [HOST]);
    const { observations } = await run(runs, [canary(deaf.port)], slowly);
    expect(observations.map(words)).toEqual(['failed timeout', 'ok']);
  });
});

describe('a canary', () => {
  test('that resolves and hangs is named, with what it did', async () => {
    const { observations } = await askProbe([silent()], {
      canaries: [canary(deaf.port, 'deaf.test.example'), canary(443, 'gone.test.example')],
      nameServer: server.address,
    });
    expect(observations[0]).toMatchObject({ outcome: 'unmeasured', reason: 'location_offline' });
    const detail = observations[0]?.outcome === 'unmeasured' ? observations[0].detail : '';
    expect(detail).toMatch(new RegExp(`deaf\\.test\\.example:${deaf.port} \\(no answer within \\d+ ms\\)`));
    expect(detail).toContain('gone.test.example:443 (gone.test.example does not exist)');
  });

  test.each([
    ['is forbidden', '10.0.0.1'],
    ['resolves to a forbidden address', 'inside.test.example'],
    ['cannot be asked without IPv6', 'six.test.example'],
  ])('that %s says nothing of the network', async (_, host) => {
    const alone = { canaries: [canary(443, host)], nameServer: server.address };
    expect(words((await askProbe([silent()], alone)).observations[0])).toBe('failed timeout');
    const beside = { ...alone, canaries: [canary(443, host), canary(deaf.port)] };
    expect(words((await askProbe([silent()], beside)).observations[0])).toBe('unmeasured location_offline');
  });
});

describe('the answer', () => {
  test('of a look that fails late by dns comes a quarter of a second after its timeout at most', async () => {
    const late = (host: string): Promise<never> => unknownAfter(1_900, host);
    const { observations, tookMs } = await run(
      [{ host: 'nowhere.example', port: 1, timeoutMs: 2_000 }],
      [canary(deaf.port)],
      late,
    );
    expect(words(observations[0])).toBe('unmeasured location_offline');
    expect(tookMs).toBeLessThan(inTime(2_250));
  });

  test('keeps a failure that was measured when the job must end before the canaries have', async () => {
    const { observations, tookMs } = await askProbe(
      [{ host: 'nowhere.test.example', port: 1, timeoutMs: 5_000 }, silent()],
      { canaries: [canary(deaf.port)], nameServer: server.address, deadlineMs: 800 },
    );
    expect(tookMs).toBeLessThan(inTime(800));
    expect(observations.map(words)).toEqual(['failed dns', 'unmeasured deadline']);
  });

  test('leaves no socket open', async () => {
    // What earlier tests opened has closed on both sides by then.
    await sleep(300);
    const before = openSockets();
    await askProbe([silent()], { canaries: [canary(deaf.port), canary(deaf.port, '127.0.0.2')] });
    await askProbe([silent()], { canaries: [canary(deaf.port)], deadlineMs: 1_500 });
    await sleep(10);
    expect(openSockets()).toBe(before);
  });

  test('is not followed by a connection to a canary whose name was resolved too late', async () => {
    const before = alive.peers.length;
    const late = canary(alive.port, 'slow.example');
    const { observations } = await run([silent()], [late], () => sleep(700, [HOST]), 1_500);
    expect(words(observations[0])).toBe('unmeasured deadline');
    await sleep(700);
    expect(alive.peers.length).toBe(before);
  });

  test('leaves no timer behind', async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = timers();
    await askProbe([{ host: 'nowhere.test.example', port: 1 }], {
      canaries: [canary(1, 'gone.test.example'), canary(443, 'mute.test.example')],
      nameServer: server.address,
    });
    expect(timers()).toBeLessThanOrEqual(before);
  });
});

test('a silent target is named with its address, for its network', async () => {
  const { observations } = await askProbe([silent({ timeoutMs: 300 })]);
  expect(observations[0]).toMatchObject({ outcome: 'failed', code: 'timeout', address: HOST });
});
