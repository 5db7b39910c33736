// The coordinator's fleet against the local Lambda, by the real SDK and signature: every way an invocation can go wrong
// is the location's fault, and comes back in time.
import net from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
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

const ask = (timeoutMs = 500) => ({
  location: LOCATION,
  mayHang: false,
  runs: [{ id: 7, check: { type: 'tcp', host: '127.0.0.1', port, timeoutMs } }],
});

describe('an invocation', () => {
  test('of a healthy location brings a measured observation', async () => {
    const heard = await fleet().invoke(ask());
    expect(heard).toMatchObject({ error: null, missedDeadline: false });
    expect(heard.observations).toMatchObject([{ monitor: 7, outcome: 'ok' }]);
    expect(heard.observations[0]!.timings.connectMs).toBeGreaterThan(0);
    expect(heard.observations[0]!.startedAt).toBeGreaterThanOrEqual(heard.askedAt);
    expect(heard.observations[0]!.startedAt).toBeLessThanOrEqual(heard.answeredAt);
  });

  test.each([
    ['throttle', 'throttled', /TooManyRequests/],
    ['fail', 'invoke_error', /ServiceException/],
    ['raise', 'function_error', /raise/i],
    ['garbage', 'bad_report', /not usable/],
    ['crash', 'function_error', /Runtime\.ExitError|exited/i],
  ] as const)('that meets "%s" is unmeasured{%s} and names it', async (fault, reason, says) => {
    lambda.setFault(LOCATION, { fault });
    const heard = await fleet().invoke(ask());
    expect(heard.observations).toMatchObject([{ monitor: 7, outcome: 'unmeasured', reason }]);
    expect(heard.error).toMatch(says);
    expect(heard.missedDeadline).toBe(false);
  });

  test('that hangs is given up at the largest timeout and three seconds, as late', async () => {
    lambda.setFault(LOCATION, { fault: 'hang' });
    const startedAt = Date.now();
    const heard = await fleet().invoke(ask(500));
    const tookMs = Date.now() - startedAt;
    expect(heard.observations).toMatchObject([{ outcome: 'unmeasured', reason: 'late' }]);
    expect(heard.missedDeadline).toBe(true);
    expect(tookMs).toBeGreaterThanOrEqual(3_400);
    expect(tookMs).toBeLessThan(5_750);
  });

  test('after a crash finds the location alive again', async () => {
    lambda.setFault(LOCATION, { fault: 'crash' });
    await fleet().invoke(ask());
    lambda.setFault(LOCATION, { fault: 'none' });
    expect((await fleet().invoke(ask())).observations).toMatchObject([{ outcome: 'ok' }]);
  });

  test('with a wrong key, a wrong secret or an unknown function or region is the location’s fault', async () => {
    const wrong = [
      fleet({ secretAccessKey: 'another' }).invoke(ask()),
      fleet({ accessKeyId: 'AKIDNOBODY' }).invoke(ask()),
      fleet({}, 'no-such-function').invoke(ask()),
      fleet().invoke({ ...ask(), location: 'aws:mars-north-1' }),
    ];
    for (const heard of await Promise.all(wrong)) {
      expect(heard.observations).toMatchObject([{ outcome: 'unmeasured', reason: 'invoke_error' }]);
      expect(heard.error).toMatch(/InvalidSignature|UnrecognizedClient|ResourceNotFound/);
    }
  });

  test('of nothing that listens is the location’s fault, too', async () => {
    const nowhere = createFleet(
      { functionName: 'f', endpoint: 'http://127.0.0.1:1', canaries: [], credentials },
      Date.now,
    );
    const heard = await nowhere.invoke(ask());
    expect(heard.observations).toMatchObject([{ outcome: 'unmeasured', reason: 'invoke_error' }]);
  });
});
