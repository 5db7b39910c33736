// PROBE_PUBLIC_KEYS: the public halves of the keys with which the probes sign requests.
import { expect, test } from 'vitest';
import { createSigningKey } from '../scripts/deploy/signing-key.ts';
import { type Bindings, readEnv } from '../src/env.ts';

const keysOf = (PROBE_PUBLIC_KEYS: string | undefined) =>
  readEnv({
    PUBLIC_URL: 'https://status.acme.dev',
    PROBE_FUNCTION: 'probe',
    LOCATIONS: 'aws:eu-central-1',
    AWS_ACCESS_KEY_ID: 'id',
    AWS_SECRET_ACCESS_KEY: 'secret-for-tests',
    ADMIN_TOKEN_SHA256: '4c5dc9b7708905f77f5e5d16316b5dfb425e68cb326dcd55a860e90a7707031e',
    ENCRYPTION_KEY: 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=',
    ...(PROBE_PUBLIC_KEYS === undefined ? {} : { PROBE_PUBLIC_KEYS }),
  } as Bindings).probePublicKeys;

test('public keys are read, and none are needed', () => {
  const [first, second] = [createSigningKey().publicKey, createSigningKey().publicKey];
  expect(keysOf(` ${first},${second} `)).toEqual([first, second]);
  expect(keysOf('')).toEqual([]);
  expect(keysOf(undefined)).toEqual([]);
});

test.each([
  ['is too short', 'short'],
  ['is empty', `${createSigningKey().publicKey},`],
  ['is a private key', createSigningKey().privateKey],
])('an entry that %s is refused without repeating it', (_title, text) => {
  const refused = () => keysOf(text);
  expect(refused).toThrow('PROBE_PUBLIC_KEYS has an invalid entry');
  expect(refused).not.toThrow(text);
});
