// What a Worker refuses to run with, and which binding the error names.
import { expect, test } from 'vitest';
import { type Bindings, ConfigError, readEnv } from '../src/env.ts';

const VALID = {
  PUBLIC_URL: 'https://status.test',
  PROBE_FUNCTION: 'probemesh-probe',
  LOCATIONS: 'aws:eu-central-1',
  AWS_ACCESS_KEY_ID: 'AKIDTEST',
  AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMIK7MDENGbPxRfiCY',
  ADMIN_TOKEN_SHA256: '4c5dc9b7708905f77f5e5d16316b5dfb425e68cb326dcd55a860e90a7707031e',
  ENCRYPTION_KEY: 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=',
};

const read = (changes: Record<string, string> = {}) =>
  readEnv({ ...VALID, ...changes } as unknown as Bindings);

test('the valid configuration is read, and a trailing slash of the public URL removed', () => {
  expect(read({ PUBLIC_URL: 'https://status.test/' })).toMatchObject({
    publicUrl: 'https://status.test',
    allowLoopback: false,
    cronToken: null,
    fleet: { endpoint: undefined },
  });
});

const refused: [name: string, value: string][] = [
  ...Object.keys(VALID).flatMap((name): [string, string][] => [
    [name, ''],
    [name, '<your value>'],
    [name, 'CHANGE_ME'],
    [name, 'change-me-in-production'],
    [name, 'replace with your own'],
    [name, 'TODO'],
    [name, 'xxxxxxxx'],
    [name, '${'.concat('VALUE}')],
  ]),
  ...[
    'status.test',
    'ftp://status.test',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'https://',
    'http://127.0.0.1:8787',
    'http://localhost',
    'http://[::1]:8787',
    'https://status.example.com',
    'https://example.org/status',
    'https://status.invalid',
    'https://user:password@status.test',
    'https://status.test/?a=b',
    'https://status.test/#top',
  ].map((url): [string, string] => ['PUBLIC_URL', url]),
  ...[
    'http://127.0.0.1:9001',
    'http://lambda.internal:9001',
    'http://169.254.169.254/',
    'lambda.eu-central-1.amazonaws.com',
    'ftp://lambda.test',
  ].map((url): [string, string] => ['LAMBDA_ENDPOINT', url]),
  ['ADMIN_TOKEN_SHA256', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['ADMIN_TOKEN_SHA256', '0'.repeat(64)],
  ['ADMIN_TOKEN_SHA256', 'F'.repeat(64)],
  ['ADMIN_TOKEN_SHA256', 'test-token'],
];

test.each(refused)('%s=%s is refused, and the error names it', (name, value) => {
  expect(() => read({ [name]: value })).toThrow(ConfigError);
  expect(() => read({ [name]: value })).toThrow(new RegExp(`^${name} .+[.:] ?.+`));
});

test('everything that is wrong is in one error, so that a person fixes it at once', () => {
  const missing = {
    AWS_ACCESS_KEY_ID: '',
    ENCRYPTION_KEY: '',
    LOCATIONS: 'moon',
    NEW_MONITORS_PUBLIC: 'maybe',
  };
  const error = (() => {
    try {
      return read(missing);
    } catch (thrown) {
      return thrown as ConfigError;
    }
  })() as ConfigError;
  expect(error.problems.map((problem) => problem.split(' ')[0])).toEqual([
    'LOCATIONS',
    'AWS_ACCESS_KEY_ID',
    'NEW_MONITORS_PUBLIC',
    'ENCRYPTION_KEY',
  ]);
  expect(error.message).toBe(error.problems.join(' '));
});

test('an error about a secret does not contain its value', () => {
  for (const name of ['AWS_SECRET_ACCESS_KEY', 'ADMIN_TOKEN_SHA256', 'ENCRYPTION_KEY']) {
    let message = '';
    try {
      read({ [name]: 'change-me 7c31f0' });
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toContain(name);
    expect(message).not.toContain('7c31f0');
  }
});

test('the local mesh may use plain http on its own machine, and nowhere else', () => {
  const local = { ALLOW_LOOPBACK: 'true', PUBLIC_URL: 'http://127.0.0.1:8787' };
  expect(read({ ...local, LAMBDA_ENDPOINT: 'http://127.0.0.1:9001' }).fleet.endpoint).toBe(
    'http://127.0.0.1:9001',
  );
  expect(() => read({ ...local, LAMBDA_ENDPOINT: 'http://10.0.0.1:9001' })).toThrow(/^LAMBDA_ENDPOINT /);
  expect(read({ LAMBDA_ENDPOINT: 'https://lambda.test' }).fleet.endpoint).toBe('https://lambda.test');
});

test('only the local mesh has a cron token', () => {
  expect(read({ CRON_TOKEN: 'abc' }).cronToken).toBeNull();
  expect(read({ CRON_TOKEN: 'abc', ALLOW_LOOPBACK: 'true' }).cronToken).toBe('abc');
});
