// The variables of the watchdog and of its copy of the pages: WATCHDOG_KEY, WATCHDOG_KEY_PREVIOUS, WATCHDOG_REGIONS, PAGE_COPY_URL.
import { expect, test } from 'vitest';
import { type Bindings, readEnv } from '../src/env.ts';

const KEY = 'k123456789abcdef0123456789abcdef';
const OLD = 'o123456789abcdef0123456789abcdef';
const read = (more: Partial<Bindings>) =>
  readEnv({
    PUBLIC_URL: 'https://status.test',
    PROBE_FUNCTION: 'probe',
    LOCATIONS: 'aws:eu-central-1',
    AWS_ACCESS_KEY_ID: 'AKIDTEST',
    AWS_SECRET_ACCESS_KEY: 'secret-for-tests',
    ADMIN_TOKEN_SHA256: '4c5dc9b7708905f77f5e5d16316b5dfb425e68cb326dcd55a860e90a7707031e',
    ENCRYPTION_KEY: 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=',
    ...more,
  } as Bindings);

test('without its variables there is no watchdog and no copy, and the mesh is configured', () => {
  const empty = { WATCHDOG_KEY: '', WATCHDOG_KEY_PREVIOUS: '', WATCHDOG_REGIONS: ' ', PAGE_COPY_URL: ' ' };
  for (const config of [read({}), read(empty)])
    expect(config).toMatchObject({ watchdogKeys: [], watchdogRegions: [], pageCopyUrl: null });
});

test('the current key comes before the one of the rotation, and the deployment alone needs no region', () => {
  expect(read({ WATCHDOG_KEY: KEY, WATCHDOG_KEY_PREVIOUS: OLD }).watchdogKeys).toEqual([KEY, OLD]);
  expect(read({ WATCHDOG_KEY: KEY })).toMatchObject({ watchdogKeys: [KEY], watchdogRegions: [] });
});

test.each(['WATCHDOG_KEY', 'WATCHDOG_KEY_PREVIOUS'])(
  '%s that is short or a placeholder is refused with its name, and never shown',
  (name) => {
    for (const bad of ['short-key-91', 'change-me-'.repeat(4)])
      expect(() => read({ WATCHDOG_KEY: KEY, [name]: bad })).toThrow(
        new RegExp(`^(?!.*${bad})${name} must have at least 32 random characters\\.`),
      );
  },
);

test('regions are read in order, without spaces', () => {
  const { watchdogRegions } = read({ WATCHDOG_KEY: KEY, WATCHDOG_REGIONS: 'eu-central-1, us-east-1' });
  expect(watchdogRegions).toEqual(['eu-central-1', 'us-east-1']);
});

test.each([
  ['eu-central-1,The Moon', 'invalid entry "The Moon"'],
  ['aws:eu-central-1', 'invalid entry "aws:eu-central-1"'],
  ['eu-central-1,', 'invalid entry ""'],
  ['us-east-1,us-east-1', 'duplicate region'],
])('the regions %j are refused, with the reason', (text, reason) => {
  expect(() => read({ WATCHDOG_KEY: KEY, WATCHDOG_REGIONS: text })).toThrow(reason);
});

test('regions without a key are refused: the watchdog could not sign', () => {
  expect(() => read({ WATCHDOG_REGIONS: 'eu-central-1' })).toThrow('WATCHDOG_KEY is not set');
});

test('the address of the copy is kept without slashes at its end', () => {
  expect(read({ PAGE_COPY_URL: 'https://copy.test/status//' }).pageCopyUrl).toBe('https://copy.test/status');
});

test.each([
  'http://copy.test',
  'copy.test',
  'https://copy.test/?a=1',
  'https://copy.test/#a',
  'javascript:alert(1)',
])('the address %s of the copy is refused', (text) => {
  expect(() => read({ PAGE_COPY_URL: text })).toThrow('PAGE_COPY_URL is');
});

test('plain http to this machine is allowed in a local mesh only', () => {
  const local = { PAGE_COPY_URL: 'http://127.0.0.1:9000/copy' };
  expect(() => read(local)).toThrow('PAGE_COPY_URL is');
  const url = 'http://127.0.0.1:8787';
  expect(read({ ...local, ALLOW_LOOPBACK: 'true', PUBLIC_URL: url }).pageCopyUrl).toBe(
    'http://127.0.0.1:9000/copy',
  );
});
