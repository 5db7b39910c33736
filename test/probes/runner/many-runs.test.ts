import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { CONTRACT_VERSION } from '../../../probes/contract/index.ts';
import { handler } from '../../../probes/lambda/handler.ts';
import { askProbe, inTime, words } from '../../support/net/ask-probe.ts';
import {
  closedPort,
  hangingTarget,
  openTarget,
  stoppedTarget,
  type Target,
} from '../../support/net/targets.ts';

const HOST = '127.0.0.1';
let hanging: Awaited<ReturnType<typeof hangingTarget>>;
let target: Target;
let refusing: number;

beforeAll(async () => {
  hanging = await hangingTarget();
  target = await openTarget();
  refusing = await closedPort();
});
afterAll(async () => {
  await hanging.close();
  await target.close();
});

const count = (outcomes: readonly string[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const outcome of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
};

/** Open sockets of this process. */
const openSockets = (): number =>
  process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap' || kind === 'TCPWRAP').length;

test('300 hanging targets do not delay the report beyond the deadline, and no socket outlives it', async () => {
  const before = openSockets();
  const checks = [
    ...Array.from({ length: 300 }, () => ({ host: HOST, port: hanging.port, timeoutMs: 15_000 })),
    { host: HOST, port: target.port },
  ];
  const { observations, tookMs } = await askProbe(checks, { deadlineMs: 1_500 });
  expect(tookMs).toBeLessThan(inTime(1_500));
  expect(count(observations.map(words))).toEqual({ 'unmeasured deadline': 300, ok: 1 });
  await sleep(100);
  expect(openSockets()).toBe(before);
});

test('a server that keeps its side open does not delay the report beyond the deadline', async () => {
  const stopped = await stoppedTarget();
  onTestFinished(stopped.close);
  const before = openSockets();
  const { observations, tookMs } = await askProbe([{ host: HOST, port: stopped.port }], { deadlineMs: 150 });
  expect(words(observations[0]), 'its kernel took the connection').toBe('ok');
  expect(tookMs).toBeLessThan(inTime(150));
  await sleep(10);
  expect(openSockets()).toBe(before);
});

test('a run that could not start is unmeasured', async () => {
  const checks = Array.from({ length: 2_000 }, () => ({ host: HOST, port: hanging.port, timeoutMs: 15_000 }));
  const { observations, tookMs } = await askProbe(checks, { deadlineMs: 2_000 });
  expect(tookMs).toBeLessThan(inTime(2_000));
  expect(count(observations.map(words))).toEqual({ 'unmeasured deadline': 2_000 });
});

test('if time runs out, each job leaves out other runs', async () => {
  const hangs = { host: HOST, port: hanging.port, timeoutMs: 15_000 };
  const checks = [...Array.from({ length: 999 }, () => hangs), { host: HOST, port: refusing }];
  const lastOf = async (sentAt: number): Promise<string> =>
    words((await askProbe(checks, { deadlineMs: 1_500, sentAt })).observations.at(-1));
  expect(await lastOf(1_764_000_000_000)).toBe('unmeasured deadline');
  expect(await lastOf(1_764_000_000_999)).toBe('failed refused');
});

test("the time that Lambda leaves is the limit if it is shorter than the job's deadline", async () => {
  const check = { host: HOST, port: hanging.port, timeoutMs: 15_000 };
  const { observations, tookMs } = await askProbe([check], { deadlineMs: 20_000, remainingMs: 1_000 });
  expect(words(observations[0])).toBe('unmeasured deadline');
  expect(tookMs).toBeGreaterThan(400);
  expect(tookMs).toBeLessThan(inTime(600));
});

test('a job without time is unmeasured and raises no error', async () => {
  const { observations } = await askProbe([{ host: HOST, port: hanging.port }], { remainingMs: 100 });
  expect(words(observations[0])).toBe('unmeasured deadline');
});

test('a thousand targets of all kinds get their own outcomes and do not delay each other', async () => {
  const kinds = [
    { host: HOST, port: target.port },
    { host: HOST, port: target.port },
    { host: HOST, port: refusing },
    { host: HOST, port: hanging.port, timeoutMs: 1_000 },
    { host: '10.0.0.1', port: 80 },
  ];
  const checks = Array.from({ length: 1_000 }, (_, index) => kinds[index % kinds.length]!);
  const { observations } = await askProbe(checks);
  expect(count(observations.map(words))).toEqual({
    ok: 400,
    'failed refused': 200,
    'failed timeout': 200,
    'failed forbidden_address': 200,
  });
  const connects = observations
    .filter(({ outcome }) => outcome === 'ok')
    .map(({ timings }) => timings.connectMs ?? 0);
  const median = connects.sort((a, b) => a - b)[connects.length / 2] ?? Infinity;
  // All started at once, the median of a loopback handshake would read 20 ms and more.
  expect(median).toBeLessThan(5);
});

test('an unknown check is unmeasured and does not affect other runs', async () => {
  const { observations } = await askProbe([
    { type: 'quic', host: HOST, port: 1 },
    { host: HOST, port: target.port, banana: true },
    { host: HOST, port: target.port },
  ]);
  expect(observations.map(words)).toEqual(['unmeasured unknown_check', 'unmeasured unknown_check', 'ok']);
  expect(observations[0]).toHaveProperty('detail', expect.stringContaining('"quic"'));
  expect(observations[1]).toHaveProperty('detail', expect.stringContaining('"banana"'));
});

test('a stalled event loop does not turn an answer into a timeout', async () => {
  const asked = askProbe([{ host: HOST, port: target.port, timeoutMs: 100 }]);
  // Queued behind the SYN: blocks the loop until long after the run's time is up.
  process.nextTick(() => {
    const until = performance.now() + 400;
    while (performance.now() < until);
  });
  expect(words((await asked).observations[0])).toBe('ok');
});

const context = { getRemainingTimeInMillis: (): number => 30_000 };

test('a job of another version gets a report in that version, with every run unmeasured', async () => {
  const version = CONTRACT_VERSION + 1;
  const answer = await handler(
    { version, runs: [{ id: 4, anything: true }, { id: 9 }], new: 'field' },
    context,
  );
  expect(answer.version).toBe(version);
  expect(answer.observations.map(({ id, ...rest }) => [id, words({ id, ...rest } as never)])).toEqual([
    [4, 'unmeasured version'],
    [9, 'unmeasured version'],
  ]);
});

test.each([null, 5, 'job', {}, { version: CONTRACT_VERSION }, { version: CONTRACT_VERSION, runs: 'all' }])(
  'an event that is not a job raises an error: %j',
  async (event) => {
    await expect(handler(event, context)).rejects.toThrow();
  },
);

test('a bug in a check makes the run unmeasured and is logged', async () => {
  const logged = vi.spyOn(console, 'error').mockImplementation(() => {});
  const { tcp } = await import('../../../probes/checks/tcp/index.ts');
  const run = vi.spyOn(tcp, 'run').mockRejectedValueOnce(new TypeError('cannot read it'));
  const runs = [
    { host: HOST, port: target.port },
    { host: HOST, port: target.port },
  ];
  // At this time, the runs stay in their order.
  const { observations } = await askProbe(runs, { sentAt: 0 });
  expect(observations.map(words)).toEqual(['unmeasured function_error', 'ok']);
  expect(logged).toHaveBeenCalledOnce();
  logged.mockRestore();
  run.mockRestore();
});
