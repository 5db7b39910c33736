// Encryption keys are checked when the Worker reads its environment, not when the first secret is needed.
import { expect, test } from 'vitest';
import { type Bindings, readEnv } from '../src/env.ts';

const KEY = btoa('0123456789abcdef0123456789abcdef');
const read = (more: Partial<Bindings>) =>
  readEnv({
    PUBLIC_URL: 'https://status.test',
    PROBE_FUNCTION: 'probe',
    LOCATIONS: 'aws:eu-central-1',
    AWS_ACCESS_KEY_ID: 'AKIDTEST',
    AWS_SECRET_ACCESS_KEY: 'secret-for-tests',
    ADMIN_TOKEN_SHA256: '4c5dc9b7708905f77f5e5d16316b5dfb425e68cb326dcd55a860e90a7707031e',
    ENCRYPTION_KEY: KEY,
    ...more,
  } as Bindings);

test.each(['x', 'not base64!', btoa('\0'.repeat(32)), btoa('x'.repeat(31)), btoa('x'.repeat(33)), ` ${KEY}`])(
  'a key that is not 32 bytes of base64 is rejected with its name and the fix: %j',
  (bad) => {
    expect(() => read({ ENCRYPTION_KEY: bad })).toThrow(
      /^ENCRYPTION_KEY must be 32 (random )?bytes .*openssl/,
    );
    expect(() => read({ ENCRYPTION_KEY_PREVIOUS: bad })).toThrow(
      /^ENCRYPTION_KEY_PREVIOUS must be 32 (random )?bytes/,
    );
    try {
      read({ ENCRYPTION_KEY: bad });
    } catch (error) {
      if (bad.length > 1) expect((error as Error).message).not.toContain(bad);
    }
  },
);

test('the previous key is optional, and empty means none', () => {
  expect(read({}).previousEncryptionKey).toBeUndefined();
  expect(read({ ENCRYPTION_KEY_PREVIOUS: '' }).previousEncryptionKey).toBeUndefined();
  const previous = btoa('x'.repeat(32));
  expect(read({ ENCRYPTION_KEY_PREVIOUS: previous })).toMatchObject({
    encryptionKey: KEY,
    previousEncryptionKey: previous,
  });
});
