// Secrets of every kind, written, changed and deleted over the API: no table has one in plain text, the audit log included.
import { expect, test } from 'vitest';
import { emptyAccess } from '../../support/d1/access.ts';
import { everyTable } from '../../support/d1/every-table.ts';
import { ask, bindings, empty, keepDefaultChannels } from '../../support/d1/http-mesh.ts';

await keepDefaultChannels();

const CANARY = 'Canary5ecret';
const WEBHOOK_SECRET = 'whsec_Q2FuYXJ5NXNlY3JldENhbmFyeTVzZWNyZXQ=';

async function send(method: string, path: string, body?: unknown) {
  const answered = await ask(path, { method, ...(body === undefined ? {} : { body }) });
  expect([path, answered.status < 300, answered.status < 300 ? '' : answered.text]).toEqual([path, true, '']);
  return answered.json;
}

const channel = (suffix: string) => ({
  url: `https://hooks.example.com/${CANARY}${suffix}`,
  secret: WEBHOOK_SECRET,
});
const check = (suffix: string) => ({
  ...{
    type: 'http',
    url: 'https://shop.example.com/',
    headers: { authorization: 'Bearer {{token}}' },
  },
  secrets: { token: `${CANARY}${suffix}` },
});

test('no table and no entry has a secret of a channel, a check, an identity provider, a key or an invitation', async () => {
  await empty();
  await emptyAccess();
  const monitor = { id: 'shop', name: 'Shop', check: check('1'), intervalSeconds: 60 };
  const hook = { id: 'hook', type: 'webhook', name: 'Hook', config: channel('1') };
  const provider = {
    ...{ id: 'idp', type: 'oidc', name: 'IdP', issuer: 'https://idp.example.com', audience: 'probemesh' },
    ...{ secret: `${CANARY}-idp`, rules: [{ group: 'sre', role: 'admin' }] },
  };
  await send('POST', '/api/v1/channels', hook);
  await send('PATCH', '/api/v1/channels/hook', { config: channel('2') });
  await send('POST', '/api/v1/monitors', monitor);
  await send('PATCH', '/api/v1/monitors/shop', { check: check('2') });
  await send('PUT', '/api/v1/configuration', {
    monitors: [{ ...monitor, check: check('3') }],
    channels: [{ ...hook, config: channel('3') }],
  });
  await send('POST', '/api/v1/identity-providers', provider);
  await send('PATCH', '/api/v1/identity-providers/idp', { secret: `${CANARY}-other` });
  const { key } = await send('POST', '/api/v1/api-keys', { name: 'K', role: 'viewer' });
  const person = await send('POST', '/api/v1/people', { name: 'Ada', username: 'ada', role: 'viewer' });
  const again = await send('POST', `/api/v1/people/${person.id}/invitation`);
  await send('DELETE', '/api/v1/identity-providers/idp');
  await send('DELETE', '/api/v1/monitors/shop');
  await send('DELETE', '/api/v1/channels/hook');
  const stored = await everyTable(bindings.DB);
  expect(stored).toContain('identity_provider.deleted');
  const links = [person, again].map((one) => /token=([\w-]+)/.exec(JSON.stringify(one))?.[1]);
  for (const secret of [CANARY, WEBHOOK_SECRET, key, 'test-token', ...links]) {
    expect(secret).toEqual(expect.any(String));
    expect(stored.includes(secret), secret).toBe(false);
  }
});
