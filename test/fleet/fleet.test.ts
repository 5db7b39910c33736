// The coordinator's fleet against the local Lambda, with the real SDK and signature. Every failure of an invocation is
// the location's fault and is reported in time.
import net from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { buildProbe } from '../../scripts/build-probe.ts';
import { type LocalLambda, startLocalLambda } from '../../scripts/local-lambda/local-lambda.ts';
import { createFleet } from '../../src/fleet/fleet.ts';

const credentials = { accessKeyId: 'AKIDWIRE', secretAccessKey: 'a-secret' };
const LOCATION = 'aws:eu-central-1';
let lambda: LocalLambda;
let target: net.Server;
let port: number;

beforeAll(async () => {
  const { bundlePath } = await buildProbe();
  lambda = await startLocalLambda({
    port: 0,
    locations: [LOCATION, 'aws:us-east-1'],
    bundlePath,
    credentials,
    functionName: 'probemesh-probe',
    allowLoopback: true,
    log: () => {},
  });
  target = net
    .createServer((socket) => socket.on('error', () => socket.destroy()).end())
    .listen(0, '127.0.0.1');
  await new Promise((resolve) => target.once('listening', resolve));
  port = (target.address() as net.AddressInfo).port;
});

afterAll(async () => {
  await lambda.stop();
  target.close();
});

beforeEach(() => lambda.setFault(LOCATION, { fault: 'none' }));

const fleet = (changes: Partial<typeof credentials> = {}, functionName = 'probemesh-probe') =>
  createFleet(
    { functionName, endpoint: lambda.url, canaries: [], credentials: { ...credentials, ...changes } },
    Date.now,
  );

const request = (timeoutMs = 500) => ({
  location: LOCATION,
  mayHang: false,
  runs: [{ id: 7, check: { type: 'tcp', host: '127.0.0.1', port, timeoutMs } }],
});

test('an invocation of a healthy location returns a measured observation', async () => {
  const result = await fleet().invoke(request());
  expect(result).toMatchObject({ error: null, missedDeadline: false });
  expect(result.observations).toMatchObject([{ monitor: 7, outcome: 'ok' }]);
  expect(result.observations[0]!.timings.connectMs).toBeGreaterThan(0);
  expect(result.observations[0]!.startedAt).toBeGreaterThanOrEqual(result.askedAt);
  expect(result.observations[0]!.startedAt).toBeLessThanOrEqual(result.answeredAt);
});

test.each([
  ['throttle', 'throttled', /TooManyRequests/],
  ['fail', 'invoke_error', /ServiceException/],
  ['raise', 'function_error', /raise/i],
  ['garbage', 'bad_report', /not usable/],
  ['crash', 'function_error', /Runtime\.ExitError|exited/i],
] as const)(
  'an invocation with the fault "%s" is unmeasured{%s} and its error states the fault',
  async (fault, reason, message) => {
    lambda.setFault(LOCATION, { fault });
    const result = await fleet().invoke(request());
    expect(result.observations).toMatchObject([{ monitor: 7, outcome: 'unmeasured', reason }]);
    expect(result.error).toMatch(message);
    expect(result.missedDeadline).toBe(false);
  },
);

test('an invocation that hangs is aborted three seconds after the largest timeout, as late', async () => {
  lambda.setFault(LOCATION, { fault: 'hang' });
  const startedAt = Date.now();
  const result = await fleet().invoke(request(500));
  const tookMs = Date.now() - startedAt;
  expect(result.observations).toMatchObject([{ outcome: 'unmeasured', reason: 'late' }]);
  expect(result.missedDeadline).toBe(true);
  expect(tookMs).toBeGreaterThanOrEqual(3_400);
  expect(tookMs).toBeLessThan(5_750);
});

test('an invocation after a crash reaches the location again', async () => {
  lambda.setFault(LOCATION, { fault: 'crash' });
  await fleet().invoke(request());
  lambda.setFault(LOCATION, { fault: 'none' });
  expect((await fleet().invoke(request())).observations).toMatchObject([{ outcome: 'ok' }]);
});

test('an invocation with a wrong key, secret, function or region is the location’s fault', async () => {
  const wrong = [
    fleet({ secretAccessKey: 'another' }).invoke(request()),
    fleet({ accessKeyId: 'AKIDUNKNOWN' }).invoke(request()),
    fleet({}, 'no-such-function').invoke(request()),
    fleet().invoke({ ...request(), location: 'aws:mars-north-1' }),
  ];
  for (const result of await Promise.all(wrong)) {
    expect(result.observations).toMatchObject([{ outcome: 'unmeasured', reason: 'invoke_error' }]);
    expect(result.error).toMatch(/InvalidSignature|UnrecognizedClient|ResourceNotFound/);
  }
});

test('an invocation of an address where nothing listens is the location’s fault', async () => {
  const unreachable = createFleet(
    { functionName: 'f', endpoint: 'http://127.0.0.1:1', canaries: [], credentials },
    Date.now,
  );
  const result = await unreachable.invoke(request());
  expect(result.observations).toMatchObject([{ outcome: 'unmeasured', reason: 'invoke_error' }]);
});
