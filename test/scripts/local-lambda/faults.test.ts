import { InvokeCommand } from '@aws-sdk/client-lambda';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { reportSchema } from '../../../probes/contract/index.ts';
import {
  FUNCTION,
  jobOf,
  type LambdaHarness,
  startLambdaHarness,
} from '../../support/mesh/lambda-harness.ts';
import { words } from '../../support/net/ask-probe.ts';
import { startEcho } from '../../support/net/scripted-server.ts';
import { openTarget, type Target } from '../../support/net/targets.ts';

let harness: LambdaHarness;
let target: Target;

beforeAll(async () => {
  harness = await startLambdaHarness();
  target = await openTarget();
});
afterAll(async () => {
  await harness.stop();
  await target.close();
});
afterEach(async () => {
  await fetch(`${harness.lambda.url}/control/reset`, { method: 'POST' });
});

describe('faults of a location', () => {
  const HERE = 'aws:us-east-1';

  test('a throttled location responds with 429, and other locations run', async () => {
    await harness.control(HERE, { fault: 'throttle' });
    await expect(harness.invoke(harness.clientOf('us-east-1'), jobOf([target.port]))).rejects.toMatchObject({
      name: 'TooManyRequestsException',
      $metadata: { httpStatusCode: 429 },
    });
    expect(await harness.runsOf('eu-central-1', [target.port]), 'other locations').toEqual(['ok']);
  });

  test('a failing service responds with 500', async () => {
    await harness.control(HERE, { fault: 'fail' });
    await expect(harness.invoke(harness.clientOf('us-east-1'), jobOf([target.port]))).rejects.toMatchObject({
      name: 'ServiceException',
      $metadata: { httpStatusCode: 500 },
    });
  });

  test('a function that raises responds with a FunctionError', async () => {
    await harness.control(HERE, { fault: 'raise' });
    const { functionError, text } = await harness.invoke(harness.clientOf('us-east-1'), jobOf([target.port]));
    expect(functionError).toBe('Unhandled');
    expect(JSON.parse(text)).toMatchObject({ errorType: 'RangeError', errorMessage: 'raised on request' });
  });

  test('a hanging location does not respond', async () => {
    await harness.control(HERE, { fault: 'hang' });
    const abort = AbortSignal.timeout(700);
    const startedAt = performance.now();
    const sending = harness
      .clientOf('us-east-1')
      .send(new InvokeCommand({ FunctionName: FUNCTION, Payload: '{}' }), {
        abortSignal: abort,
      });
    await expect(sending).rejects.toMatchObject({ name: 'AbortError' });
    expect(performance.now() - startedAt).toBeGreaterThan(650);
  });

  test('a location that returns garbage never returns a report', async () => {
    await harness.control(HERE, { fault: 'garbage' });
    const job = jobOf([target.port]);
    const texts = new Set<string>();
    for (let turn = 0; turn < 8; turn++) {
      const { text, functionError } = await harness.invoke(harness.clientOf('us-east-1'), job);
      expect(functionError).toBeUndefined();
      texts.add(text);
      expect(isReportOf(text, 1), text).toBe(false);
    }
    expect(texts.size).toBe(8);
  });

  test('a crash ends the process with the error of Lambda, and the next invocation gets a new process', async () => {
    await harness.control(HERE, { fault: 'crash' });
    const { functionError, text } = await harness.invoke(harness.clientOf('us-east-1'), jobOf([target.port]));
    expect(functionError).toBe('Unhandled');
    expect(JSON.parse(text)).toMatchObject({ errorType: 'Runtime.ExitError' });
    await harness.control(HERE, { fault: 'none' });
    expect(await harness.runsOf('us-east-1', [target.port])).toEqual(['ok']);
    expect(harness.log).toContain('aws:us-east-1: its process ended (134), a new one starts');
  });

  test('an offline location responds, and reaches no address and no name server', async () => {
    await harness.control(HERE, { fault: 'offline' });
    expect(await harness.runsOf('us-east-1', [target.port])).toEqual(['failed unreachable']);
    const runs = [{ id: 0, check: { type: 'tcp', host: 'shop.example.com', port: 443, timeoutMs: 500 } }];
    const { text } = await harness.invoke(harness.clientOf('us-east-1'), { ...jobOf([]), runs });
    expect(reportSchema.parse(JSON.parse(text)).observations.map(words)).toEqual(['failed dns']);
    await harness.control(HERE, { fault: 'none' });
    expect(await harness.runsOf('us-east-1', [target.port])).toEqual(['ok']);
  });

  test('a location that is cut off from one port reaches the others', async () => {
    const other = await openTarget();
    await harness.control(HERE, { fault: 'cut', ports: [target.port] });
    expect(await harness.runsOf('us-east-1', [target.port, other.port])).toEqual(['failed timeout', 'ok']);
    expect(await harness.runsOf('eu-central-1', [target.port])).toEqual(['ok']);
    await other.close();
  });

  test('an offline location and a cut port lose datagrams as well', async () => {
    const echo = await startEcho();
    const check = { type: 'udp', host: '127.0.0.1', port: echo.port, send: 'x', timeoutMs: 300 };
    const run = async (): Promise<string[]> => {
      const job = { ...jobOf([]), runs: [{ id: 0, check }] };
      const { text } = await harness.invoke(harness.clientOf('us-east-1'), job);
      return reportSchema.parse(JSON.parse(text)).observations.map(words);
    };
    await harness.control(HERE, { fault: 'offline' });
    expect(await run()).toEqual(['failed unreachable']);
    await harness.control(HERE, { fault: 'cut', ports: [echo.port] });
    expect(await run()).toEqual(['failed timeout']);
    expect(echo.received).toEqual([]);
    await harness.control(HERE, { fault: 'none' });
    expect(await run()).toEqual(['ok']);
    await echo.close();
  });

  test('a slow location responds late, with a report', async () => {
    await harness.control(HERE, { fault: 'none', delayMs: 400 });
    const startedAt = performance.now();
    expect(await harness.runsOf('us-east-1', [target.port])).toEqual(['ok']);
    expect(performance.now() - startedAt).toBeGreaterThan(390);
  });
});

describe('the control endpoint', () => {
  test('the control endpoint lists the fault of every location, and resets them all', async () => {
    await harness.control('aws:us-east-1', { fault: 'hang' });
    const shown = await (await fetch(`${harness.lambda.url}/control`)).json();
    expect(shown).toEqual({ 'aws:us-east-1': { fault: 'hang' }, 'aws:eu-central-1': { fault: 'none' } });
    const reset = await (await fetch(`${harness.lambda.url}/control/reset`, { method: 'POST' })).json();
    expect(reset).toEqual({ 'aws:us-east-1': { fault: 'none' }, 'aws:eu-central-1': { fault: 'none' } });
  });

  test.each([
    ['aws:us-east-1', { fault: 'explode' }, 400, 'throttle'],
    ['aws:us-east-1', { fault: 'cut' }, 400, 'ports'],
    ['aws:us-east-1', { fault: 'none', delay: 5 }, 400, 'delay'],
    ['aws:us-east-1', 'hang', 400, 'body'],
    ['aws:mars-1', { fault: 'hang' }, 404, 'aws:us-east-1'],
  ])('the control endpoint refuses a fault of %s that is %j', async (location, fault, status, hint) => {
    const response = await harness.control(location, fault);
    expect(response.status).toBe(status);
    expect(((await response.json()) as { error: string }).error).toContain(hint);
    expect(harness.lambda.faults()['aws:us-east-1']).toEqual({ fault: 'none' });
  });
});

/** Whether the text is a report with exactly one observation for each of the runs 0 to `runs` - 1. */
function isReportOf(text: string, runs: number): boolean {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return false;
  }
  const parsed = reportSchema.safeParse(json);
  const ids = parsed.data?.observations.map(({ id }) => id).sort();
  return ids?.join() === Array.from({ length: runs }, (_, id) => id).join();
}
