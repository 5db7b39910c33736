import { InvokeCommand } from '@aws-sdk/client-lambda';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { reportSchema } from '../../../probes/contract/index.ts';
import { type Bench, FUNCTION, jobOf, startBench } from '../../support/mesh/lambda-harness.ts';
import { words } from '../../support/net/ask-probe.ts';
import { startEcho } from '../../support/net/scripted-server.ts';
import { openTarget, type Target } from '../../support/net/targets.ts';

let bench: Bench;
let target: Target;

beforeAll(async () => {
  bench = await startBench();
  target = await openTarget();
});
afterAll(async () => {
  await bench.stop();
  await target.close();
});
afterEach(async () => {
  await fetch(`${bench.lambda.url}/control/reset`, { method: 'POST' });
});

describe('a location that is told to', () => {
  const HERE = 'aws:us-east-1';

  test('throttle answers 429', async () => {
    await bench.control(HERE, { fault: 'throttle' });
    await expect(bench.invoke(bench.clientOf('us-east-1'), jobOf([target.port]))).rejects.toMatchObject({
      name: 'TooManyRequestsException',
      $metadata: { httpStatusCode: 429 },
    });
    expect(await bench.runsOf('eu-central-1', [target.port]), 'other locations are well').toEqual(['ok']);
  });

  test('fail answers 500', async () => {
    await bench.control(HERE, { fault: 'fail' });
    await expect(bench.invoke(bench.clientOf('us-east-1'), jobOf([target.port]))).rejects.toMatchObject({
      name: 'ServiceException',
      $metadata: { httpStatusCode: 500 },
    });
  });

  test('raise answers with a FunctionError', async () => {
    await bench.control(HERE, { fault: 'raise' });
    const { functionError, text } = await bench.invoke(bench.clientOf('us-east-1'), jobOf([target.port]));
    expect(functionError).toBe('Unhandled');
    expect(JSON.parse(text)).toMatchObject({ errorType: 'RangeError', errorMessage: 'raised on request' });
  });

  test('hang does not answer', async () => {
    await bench.control(HERE, { fault: 'hang' });
    const abort = AbortSignal.timeout(700);
    const startedAt = performance.now();
    const sending = bench
      .clientOf('us-east-1')
      .send(new InvokeCommand({ FunctionName: FUNCTION, Payload: '{}' }), {
        abortSignal: abort,
      });
    await expect(sending).rejects.toMatchObject({ name: 'AbortError' });
    expect(performance.now() - startedAt).toBeGreaterThan(650);
  });

  test('garbage answers with many things, and never with a report', async () => {
    await bench.control(HERE, { fault: 'garbage' });
    const job = jobOf([target.port]);
    const texts = new Set<string>();
    for (let turn = 0; turn < 8; turn++) {
      const { text, functionError } = await bench.invoke(bench.clientOf('us-east-1'), job);
      expect(functionError).toBeUndefined();
      texts.add(text);
      expect(isReportOf(text, 1), text).toBe(false);
    }
    expect(texts.size).toBe(8);
  });

  test('crash loses its process, says so as Lambda does, and has a new one for the next invocation', async () => {
    await bench.control(HERE, { fault: 'crash' });
    const { functionError, text } = await bench.invoke(bench.clientOf('us-east-1'), jobOf([target.port]));
    expect(functionError).toBe('Unhandled');
    expect(JSON.parse(text)).toMatchObject({ errorType: 'Runtime.ExitError' });
    await bench.control(HERE, { fault: 'none' });
    expect(await bench.runsOf('us-east-1', [target.port])).toEqual(['ok']);
    expect(bench.log).toContain('aws:us-east-1: its process ended (134), a new one starts');
  });

  test('offline answers, and reaches nothing, by address or by name', async () => {
    await bench.control(HERE, { fault: 'offline' });
    expect(await bench.runsOf('us-east-1', [target.port])).toEqual(['failed unreachable']);
    const runs = [{ id: 0, check: { type: 'tcp', host: 'shop.example.com', port: 443, timeoutMs: 500 } }];
    const { text } = await bench.invoke(bench.clientOf('us-east-1'), { ...jobOf([]), runs });
    expect(reportSchema.parse(JSON.parse(text)).observations.map(words)).toEqual(['failed dns']);
    await bench.control(HERE, { fault: 'none' });
    expect(await bench.runsOf('us-east-1', [target.port])).toEqual(['ok']);
  });

  test('cut loses some ports and keeps the others', async () => {
    const other = await openTarget();
    await bench.control(HERE, { fault: 'cut', ports: [target.port] });
    expect(await bench.runsOf('us-east-1', [target.port, other.port])).toEqual(['failed timeout', 'ok']);
    expect(await bench.runsOf('eu-central-1', [target.port])).toEqual(['ok']);
    await other.close();
  });

  test('offline and cut take datagrams away as well', async () => {
    const echo = await startEcho();
    const check = { type: 'udp', host: '127.0.0.1', port: echo.port, send: 'x', timeoutMs: 300 };
    const run = async (): Promise<string[]> => {
      const job = { ...jobOf([]), runs: [{ id: 0, check }] };
      const { text } = await bench.invoke(bench.clientOf('us-east-1'), job);
      return reportSchema.parse(JSON.parse(text)).observations.map(words);
    };
    await bench.control(HERE, { fault: 'offline' });
    expect(await run()).toEqual(['failed unreachable']);
    await bench.control(HERE, { fault: 'cut', ports: [echo.port] });
    expect(await run()).toEqual(['failed timeout']);
    expect(echo.received).toEqual([]);
    await bench.control(HERE, { fault: 'none' });
    expect(await run()).toEqual(['ok']);
    await echo.close();
  });

  test('be slow answers late, and well', async () => {
    await bench.control(HERE, { fault: 'none', delayMs: 400 });
    const startedAt = performance.now();
    expect(await bench.runsOf('us-east-1', [target.port])).toEqual(['ok']);
    expect(performance.now() - startedAt).toBeGreaterThan(390);
  });
});

describe('the control endpoint', () => {
  test('shows every location and resets them all', async () => {
    await bench.control('aws:us-east-1', { fault: 'hang' });
    const shown = await (await fetch(`${bench.lambda.url}/control`)).json();
    expect(shown).toEqual({ 'aws:us-east-1': { fault: 'hang' }, 'aws:eu-central-1': { fault: 'none' } });
    const reset = await (await fetch(`${bench.lambda.url}/control/reset`, { method: 'POST' })).json();
    expect(reset).toEqual({ 'aws:us-east-1': { fault: 'none' }, 'aws:eu-central-1': { fault: 'none' } });
  });

  test.each([
    ['aws:us-east-1', { fault: 'explode' }, 400, 'throttle'],
    ['aws:us-east-1', { fault: 'cut' }, 400, 'ports'],
    ['aws:us-east-1', { fault: 'none', delay: 5 }, 400, 'delay'],
    ['aws:us-east-1', 'hang', 400, 'body'],
    ['aws:mars-1', { fault: 'hang' }, 404, 'aws:us-east-1'],
  ])('refuses %s %j', async (location, fault, status, hint) => {
    const response = await bench.control(location, fault);
    expect(response.status).toBe(status);
    expect(((await response.json()) as { error: string }).error).toContain(hint);
    expect(bench.lambda.faults()['aws:us-east-1']).toEqual({ fault: 'none' });
  });
});

/** Whether the text is a report with exactly one observation for each of the looks 0 to `looks` - 1. */
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
