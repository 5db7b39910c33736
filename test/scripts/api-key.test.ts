import { expect, test } from 'vitest';
import { apiKeyFrom } from '../../scripts/api-key.ts';

test.each([
  [{}, undefined],
  [{ PROBEMESH_API_KEY: '' }, undefined],
  [{ PROBEMESH_API_KEY: 'pm_new', PROBEMESH_ADMIN_TOKEN: 'old' }, 'pm_new'],
  [{ PROBEMESH_API_KEY: '', PROBEMESH_ADMIN_TOKEN: 'old' }, 'old'],
])('the environment %j gives the key %s', (env, key) => {
  expect(apiKeyFrom(env)).toBe(key);
});
