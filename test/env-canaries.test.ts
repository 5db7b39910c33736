import { expect, test } from 'vitest';
import { type Bindings, readEnv } from '../src/env.ts';

const canaries = (text?: string, more: Partial<Bindings> = {}) =>
  readEnv({
    PUBLIC_URL: 'https://status.test',
    PROBE_FUNCTION: 'probe',
    LOCATIONS: 'aws:eu-central-1',
    AWS_ACCESS_KEY_ID: 'id',
    AWS_SECRET_ACCESS_KEY: 'secret-for-tests',
    ADMIN_TOKEN_SHA256: '4c5dc9b7708905f77f5e5d16316b5dfb425e68cb326dcd55a860e90a7707031e',
    ENCRYPTION_KEY: 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=',
    ...(text === undefined ? {} : { CANARIES: text }),
    ...more,
  } as Bindings).fleet.canaries;

test('without configured canaries the defaults are host names of several operators', () => {
  for (const neutral of [canaries(), canaries('')]) {
    expect(neutral.length).toBeGreaterThanOrEqual(3);
    expect(new Set(neutral.map(({ host }) => host)).size).toBe(neutral.length);
    for (const { host } of neutral) expect(host).toMatch(/[a-z]/);
  }
});

test('CANARIES takes host:port entries, or none to switch canaries off', () => {
  expect(canaries('a.example:443, b-2.example:80')).toEqual([
    { host: 'a.example', port: 443 },
    { host: 'b-2.example', port: 80 },
  ]);
  expect(canaries('none')).toEqual([]);
});

test('a loopback canary is accepted only where probes may connect to loopback', () => {
  for (const host of ['localhost', 'one.localhost', '127.0.0.1']) {
    expect(canaries(`${host}:81`, { ALLOW_LOOPBACK: 'true' })).toEqual([{ host, port: 81 }]);
    expect(() => canaries(`${host}:81`)).toThrow(
      `CANARIES has an invalid entry "${host}:81": probes cannot connect`,
    );
  }
});

test.each(['192.0.2.1:443', '127.1:443', 'a.example:443,a.example:443', 'a..example:443', 'a.example/x:443'])(
  'the canary list "%s" is rejected: each entry must be a unique, valid host name',
  (text) => {
    expect(() => canaries(text, { ALLOW_LOOPBACK: 'true' })).toThrow(/^CANARIES has .*host:port/);
  },
);

test.each(['a.example', 'a.example:0', 'a.example:70000', ':443', 'a b:1', 'a:1,', '[::1]:443'])(
  'the canary list "%s" is rejected with an error that names the form',
  (text) => {
    expect(() => canaries(text)).toThrow(/^CANARIES has .*host:port/);
  },
);

test('more than eight canaries are rejected', () => {
  expect(() => canaries(Array.from({ length: 9 }, (_, n) => `c${n}.example:1`).join())).toThrow('at most 8');
});
