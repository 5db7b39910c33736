// The two secrets with which a mesh gets its first admin: at least one, each a hash, and not the same one.
import { expect, test } from 'vitest';
import { type Bindings, readEnv } from '../src/env.ts';

const ADMIN = '4c5dc9b7708905f77f5e5d16316b5dfb425e68cb326dcd55a860e90a7707031e';
const SETUP = 'a9f51566bd6705f7ea6ad54bb9deb449f795582d6529a0e22207b8981233ec58';

const read = (more: Partial<Bindings>) =>
  readEnv({
    PUBLIC_URL: 'https://status.test',
    PROBE_FUNCTION: 'probe',
    LOCATIONS: 'aws:eu-central-1',
    AWS_ACCESS_KEY_ID: 'AKIDTEST',
    AWS_SECRET_ACCESS_KEY: 'secret-for-tests',
    ENCRYPTION_KEY: btoa('0123456789abcdef0123456789abcdef'),
    ...more,
  } as Bindings);

test('a Worker with neither secret does not run: no admin could ever exist', () => {
  expect(() => read({})).toThrow(
    'ADMIN_TOKEN_SHA256 is not set, and neither is SETUP_TOKEN_SHA256: set one of them with wrangler secret put.',
  );
});

test.each(['test-token', '0'.repeat(64), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'])(
  'a setup token that is not a usable hash is rejected by its name, also beside a bootstrap key: %j',
  (bad) => {
    expect(() => read({ SETUP_TOKEN_SHA256: bad })).toThrow(/^SETUP_TOKEN_SHA256 .* setup token/);
    expect(() => read({ SETUP_TOKEN_SHA256: bad, ADMIN_TOKEN_SHA256: ADMIN })).toThrow(
      /^SETUP_TOKEN_SHA256 /,
    );
  },
);

test('the setup token is part of a link, so it must not be the bootstrap key', () => {
  expect(() => read({ SETUP_TOKEN_SHA256: ADMIN.toUpperCase(), ADMIN_TOKEN_SHA256: ADMIN })).toThrow(
    /^SETUP_TOKEN_SHA256 is the same as ADMIN_TOKEN_SHA256/,
  );
});

test('each of the two suffices, and an empty one counts as missing', () => {
  expect(read({ ADMIN_TOKEN_SHA256: ADMIN.toUpperCase(), SETUP_TOKEN_SHA256: '' })).toMatchObject({
    adminTokenSha256: ADMIN,
    setupTokenSha256: null,
  });
  expect(read({ SETUP_TOKEN_SHA256: SETUP })).toMatchObject({
    adminTokenSha256: null,
    setupTokenSha256: SETUP,
  });
});
