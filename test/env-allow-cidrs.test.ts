// Private networks: a mesh on one machine may watch them, a deployed Worker or Lambda function never does.
import { afterEach, describe, expect, test } from 'vitest';
import { type Bindings, type Config, readEnv } from '../src/env.ts';
import { validateTarget } from '../src/services/monitors/validate-monitor.ts';
import { askProbe, words } from './support/net/ask-probe.ts';

const LOCAL = { ALLOW_LOOPBACK: 'true', LAMBDA_ENDPOINT: 'http://127.0.0.1:9001' };

const config = (more: Partial<Bindings>): Config =>
  readEnv({
    PUBLIC_URL: 'https://status.test',
    PROBE_FUNCTION: 'probe',
    LOCATIONS: 'aws:eu-central-1',
    AWS_ACCESS_KEY_ID: 'id',
    AWS_SECRET_ACCESS_KEY: 'secret-for-tests',
    ADMIN_TOKEN_SHA256: '4c5dc9b7708905f77f5e5d16316b5dfb425e68cb326dcd55a860e90a7707031e',
    ENCRYPTION_KEY: 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=',
    ...more,
  } as Bindings);

const problem = (more: Partial<Bindings>) =>
  validateTarget({ type: 'tcp', host: '10.0.0.5', port: 22 } as never, ['aws:eu-central-1'], config(more));

describe('the API', () => {
  test('a local mesh accepts a private target that its networks contain', () => {
    expect(problem({ ...LOCAL, ALLOW_CIDRS: '192.168.0.0/16,10.0.0.0/8' })).toBeNull();
  });

  test.each(['', '192.168.0.0/16'])('a local mesh with the networks "%s" names the option', (ALLOW_CIDRS) => {
    expect(problem({ ...LOCAL, ALLOW_CIDRS })).toMatchObject({
      path: ['check', 'host'],
      message: '10.0.0.5 is a private address. Start with --allow-cidrs 10.0.0.0/8 to watch it.',
    });
  });

  test.each([
    {},
    { ALLOW_LOOPBACK: 'true' },
    { LAMBDA_ENDPOINT: 'https://lambda.eu-central-1.amazonaws.com' },
  ])('a deployed Worker with %j refuses private targets, whatever ALLOW_CIDRS is', (more) => {
    expect(problem({ ...more, ALLOW_CIDRS: '10.0.0.0/8' })?.message).toMatch(/public addresses only/);
  });

  test('a local mesh does not start with a bad network', () => {
    expect(() => config({ ...LOCAL, ALLOW_CIDRS: '10.0.0.5/8' })).toThrow(
      /^ALLOW_CIDRS has "10\.0\.0\.5\/8"\. .* Write 10/,
    );
  });
});

describe('the probe', () => {
  afterEach(() => {
    delete process.env.LAMBDA_TASK_ROOT;
    delete process.env.PROBEMESH_ALLOW_CIDRS;
  });

  // The check is forbidden before it sends anything: 192.0.2.0/24 has no hosts (RFC 5737).
  const refused = { host: '192.0.2.1', port: 9, timeoutMs: 100 };

  test('a probe in Lambda ignores PROBEMESH_ALLOW_CIDRS and PROBEMESH_ALLOW_LOOPBACK', async () => {
    process.env.PROBEMESH_ALLOW_CIDRS = '192.0.2.0/24';
    process.env.LAMBDA_TASK_ROOT = '/var/task';
    const { observations } = await askProbe([refused, { ...refused, host: '127.0.0.1' }]);
    expect(observations.map(words)).toEqual(['failed forbidden_address', 'failed forbidden_address']);
    expect(observations[0]).toHaveProperty('detail', expect.stringMatching(/public addresses only/));
  });

  test('a probe that may not connect to loopback ignores PROBEMESH_ALLOW_CIDRS', async () => {
    process.env.PROBEMESH_ALLOW_CIDRS = '192.0.2.0/24';
    const { observations } = await askProbe([refused], { allowLoopback: false });
    expect(words(observations[0])).toBe('failed forbidden_address');
  });

  test('a network in a job makes the job invalid', async () => {
    const answer = async (job: unknown): Promise<unknown> => {
      const { handler } = await import('../probes/lambda/handler.ts');
      return handler(
        { ...(job as object), allowCidrs: ['10.0.0.0/8'] },
        { getRemainingTimeInMillis: () => 9_000 },
      );
    };
    await expect(askProbe([refused], { answer })).rejects.toThrow(/allowCidrs/);
  });
});
