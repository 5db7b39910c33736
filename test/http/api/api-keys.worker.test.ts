// API keys: a key is shown once, works as long as it should, and an admin always remains.
import { beforeEach, describe, expect, test } from 'vitest';
import { asKey, auditTrail, emptyAccess, makeKey } from '../../support/d1/access.ts';
import { everyTable } from '../../support/d1/every-table.ts';
import { ask, bindings, clock, patch, post } from '../../support/d1/http-mesh.ts';

beforeEach(emptyAccess);

const at = (seconds: number): string => new Date(clock.now + seconds * 1000).toISOString();
const statusOf = async (key: string): Promise<number> => (await asKey({ key })('/api/v1/me')).status;
const detailOf = async (key: string): Promise<string> => (await asKey({ key })('/api/v1/me')).json.detail;

describe('a new key', () => {
  test('is in the response that makes it, in no other response, and nowhere in the database', async () => {
    const created = await post('/api/v1/api-keys', {
      name: 'Deployment',
      role: 'editor',
      tags: ['team:shop'],
    });
    expect(created.status).toBe(201);
    const { id, key } = created.json;
    expect(key).toMatch(/^pm_[A-Za-z0-9]{43}$/);
    expect(created.json).toMatchObject({
      ...{ name: 'Deployment', role: 'editor', tags: ['team:shop'], state: 'active', expiresAt: null },
      ...{ hint: key.slice(0, 7), createdBy: 'bootstrap', lastUsedAt: null, revokedAt: null },
    });
    expect(created.headers.get('cache-control')).toContain('no-store');
    expect(created.headers.get('location')).toBe(`/api/v1/api-keys/${id}`);
    const others = [
      await ask('/api/v1/api-keys'),
      await ask(`/api/v1/api-keys/${id}`),
      await patch(`/api/v1/api-keys/${id}`, { name: 'Deployments' }),
      await post(`/api/v1/api-keys/${id}/revoke`, {}),
    ];
    for (const { status, text } of others) {
      expect(status).toBe(200);
      expect(text).not.toContain(key);
      expect(text).not.toMatch(/"(key|hash|previousHash)"/);
    }
    expect(await everyTable(bindings.DB)).not.toContain(key);
  });

  test('is refused with an invalid field, by its name, and leaves nothing', async () => {
    for (const [path, changes, message] of [
      ['role', { role: 'owner' }, /Must be one of/],
      ['tags', { tags: [] }, /Must be null for everything, or a list of 1 to 20/],
      ['tags', { role: 'admin', tags: ['team'] }, /An admin cannot be restricted/],
      ['tags', { tags: ['team:shop', 'team:shop'] }, /unique/],
      ['tags[0]', { tags: ['not a tag'] }, /Must be a tag/],
      ['expiresAt', { expiresAt: '2020-01-01T00:00:00Z' }, /Must be in the future/],
      ['expiresAt', { expiresAt: 'tomorrow' }, /Must be a time/],
      ['name', { name: '' }, /Must be 1 to 120 characters/],
    ] as const) {
      const refused = await post('/api/v1/api-keys', { name: 'Deployment', role: 'editor', ...changes });
      expect([refused.status, refused.json.errors[0].path]).toEqual([422, path]);
      expect(refused.json.errors[0].message).toMatch(message);
    }
    expect((await ask('/api/v1/api-keys')).json.apiKeys).toHaveLength(1);
    expect(await auditTrail()).toEqual(['api_key.created by probemesh']);
  });

  test('works with a role below admin, which cannot make keys', async () => {
    const editor = asKey(await makeKey('editor'));
    expect((await editor('/api/v1/monitors')).status).toBe(200);
    const refused = await editor('/api/v1/api-keys', 'POST', { name: 'More', role: 'admin' });
    expect([refused.status, refused.json.detail]).toEqual([
      403,
      'The role "editor" does not allow this. It needs the role "admin". Ask an admin.',
    ]);
  });
});

describe('the end of a key', () => {
  test('an expired key is refused to the millisecond, and works again once it is extended', async () => {
    const { id, key } = await makeKey('viewer', null, at(60));
    clock.now += 59_999;
    expect(await statusOf(key)).toBe(200);
    clock.now += 1;
    expect(await statusOf(key)).toBe(401);
    expect(await detailOf(key)).toMatch(/^The API key has expired/);
    expect((await ask(`/api/v1/api-keys/${id}`)).json.state).toBe('expired');
    expect((await patch(`/api/v1/api-keys/${id}`, { name: 'Old' })).status).toBe(200);
    expect((await patch(`/api/v1/api-keys/${id}`, { expiresAt: null })).json.state).toBe('active');
    expect(await statusOf(key)).toBe(200);
  });

  test('a revoked key is refused at the next request, for good, and no change brings it back', async () => {
    const { id, key } = await makeKey('viewer');
    expect((await post(`/api/v1/api-keys/${id}/revoke`, {})).json.state).toBe('revoked');
    expect(await detailOf(key)).toMatch(/^The API key was revoked/);
    for (const [path, method, body] of [
      [`/api/v1/api-keys/${id}`, 'PATCH', { expiresAt: null }],
      [`/api/v1/api-keys/${id}/rotate`, 'POST', {}],
    ] as const) {
      const refused = await ask(path, { method, body });
      expect([refused.status, refused.json.detail]).toEqual([
        409,
        'The API key "A key of viewer" was revoked, and that is final. Create another key.',
      ]);
    }
    expect(await statusOf(key)).toBe(401);
  });

  test('revoking a key twice, and an update that changes nothing, leave one entry and no other', async () => {
    const { id } = await makeKey('viewer');
    await post(`/api/v1/api-keys/${id}/revoke`, {});
    const again = await post(`/api/v1/api-keys/${id}/revoke`, {});
    expect([again.status, again.headers.get('etag')]).toEqual([200, '"2"']);
    const other = await makeKey('editor');
    expect((await patch(`/api/v1/api-keys/${other.id}`, { role: 'editor' })).headers.get('etag')).toBe('"1"');
    expect(await auditTrail()).toEqual([
      'api_key.created by probemesh',
      'api_key.created by bootstrap',
      'api_key.revoked by bootstrap',
      'api_key.created by bootstrap',
    ]);
  });

  test('a change of role or tags applies to the next request', async () => {
    const { id, key } = await makeKey('editor');
    await patch(`/api/v1/api-keys/${id}`, { role: 'viewer', tags: ['team:shop'] });
    const me = await asKey({ key })('/api/v1/me');
    expect(me.json).toMatchObject({ type: 'key', id, role: 'viewer', tags: ['team:shop'] });
    expect((await asKey({ key })('/api/v1/health')).status).toBe(403);
    expect((await patch(`/api/v1/api-keys/${id}`, { tags: null })).json.tags).toBeNull();
  });
});

describe('a rotation', () => {
  const rotate = (id: string, body?: object) =>
    ask(`/api/v1/api-keys/${id}/rotate`, { method: 'POST', ...(body ? { body } : {}) });

  test('both keys work until the overlap ends, and then only the new one', async () => {
    const { id, key: first } = await makeKey('viewer');
    const rotated = await rotate(id, { overlapMinutes: 10 });
    const second = rotated.json.key;
    expect(rotated.json).toMatchObject({ id, hint: second.slice(0, 7), previousKeyExpiresAt: at(600) });
    clock.now += 599_999;
    expect([await statusOf(first), await statusOf(second)]).toEqual([200, 200]);
    clock.now += 1;
    expect([await statusOf(first), await statusOf(second)]).toEqual([401, 200]);
    expect(await detailOf(first)).toMatch(/^The API key was rotated/);
    expect((await ask(`/api/v1/api-keys/${id}`)).json.previousKeyExpiresAt).toBeNull();
  });

  test('without a body, the overlap is an hour', async () => {
    const { id } = await makeKey('viewer');
    expect((await rotate(id)).json.previousKeyExpiresAt).toBe(at(3600));
  });

  test('an overlap of 0 ends the leaked key at once', async () => {
    const { id, key: first } = await makeKey('viewer');
    const second = (await rotate(id, { overlapMinutes: 0 })).json.key;
    expect([await statusOf(first), await statusOf(second)]).toEqual([401, 200]);
  });

  test('at most two keys work: a second rotation ends the oldest, and a revocation ends both', async () => {
    const { id, key: first } = await makeKey('viewer');
    const second = (await rotate(id)).json.key;
    const third = (await rotate(id)).json.key;
    expect([await statusOf(first), await statusOf(second), await statusOf(third)]).toEqual([401, 200, 200]);
    await post(`/api/v1/api-keys/${id}/revoke`, {});
    expect([await statusOf(second), await statusOf(third)]).toEqual([401, 401]);
  });

  test('an expired key needs a new end with its rotation', async () => {
    const { id } = await makeKey('viewer', null, at(60));
    clock.now += 60_000;
    const refused = await rotate(id);
    expect([refused.status, refused.json.errors[0].path]).toEqual([409, 'expiresAt']);
    const rotated = await rotate(id, { expiresAt: at(60) });
    expect(await statusOf(rotated.json.key)).toBe(200);
  });

  test('an overlap that is not 0 to 10080 whole minutes is refused', async () => {
    const { id } = await makeKey('viewer');
    for (const overlapMinutes of [-1, 10_081, 1.5, '60', null]) {
      const refused = await rotate(id, { overlapMinutes } as object);
      expect([refused.status, refused.json.errors[0].path]).toEqual([422, 'overlapMinutes']);
    }
  });
});

test('the second of two updates of one version is a 412, and an unknown key a 404', async () => {
  const { id } = await makeKey('viewer');
  const update = (name: string) =>
    ask(`/api/v1/api-keys/${id}`, { method: 'PATCH', body: { name }, headers: { 'if-match': '"1"' } });
  expect([(await update('One')).status, (await update('Two')).status]).toEqual([200, 412]);
  for (const [path, method] of [
    ['/api/v1/api-keys/none', 'GET'],
    ['/api/v1/api-keys/none', 'PATCH'],
    ['/api/v1/api-keys/none/rotate', 'POST'],
    ['/api/v1/api-keys/none/revoke', 'POST'],
  ])
    expect((await ask(path!, { method: method!, ...(method === 'GET' ? {} : { body: {} }) })).status).toBe(
      404,
    );
});

test('keys are found by name and filtered by state', async () => {
  const shop = await makeKey('viewer');
  await makeKey('editor');
  await post(`/api/v1/api-keys/${shop.id}/revoke`, {});
  const names = async (query: string) =>
    (await ask(`/api/v1/api-keys?${query}`)).json.apiKeys.map(({ name }: { name: string }) => name);
  expect(await names('state=revoked')).toEqual(['A key of viewer']);
  expect(await names('q=KEY&state=active')).toEqual(['A key of editor']);
});

test('the last use of a key is written once a minute, so that a busy key costs few rows', async () => {
  const { id, key } = await makeKey('viewer');
  const used = async () => {
    await statusOf(key);
    return (await ask(`/api/v1/api-keys/${id}`)).json.lastUsedAt;
  };
  const first = at(0);
  expect(await used()).toBe(first);
  clock.now += 59_000;
  expect(await used()).toBe(first);
  clock.now += 1_000;
  expect(await used()).toBe(at(0));
});

describe('the last admin', () => {
  const MESSAGE = /^No admin would remain\. First create an API key of the role admin without an expiry/;

  test('cannot be revoked, demoted or given an end, and the message says what to do', async () => {
    for (const [path, method, body] of [
      ['/api/v1/api-keys/bootstrap/revoke', 'POST', {}],
      ['/api/v1/api-keys/bootstrap', 'PATCH', { role: 'editor' }],
      ['/api/v1/api-keys/bootstrap', 'PATCH', { expiresAt: at(3600) }],
    ] as const) {
      const refused = await ask(path, { method, body });
      expect([refused.status, refused.json.detail]).toEqual([409, expect.stringMatching(MESSAGE)]);
    }
    expect(await statusOf('test-token')).toBe(200);
  });

  test('a key that expires is not an admin that remains, and one without an end is', async () => {
    await makeKey('admin', null, at(3600));
    expect((await post('/api/v1/api-keys/bootstrap/revoke', {})).status).toBe(409);
    const lasting = await makeKey('admin');
    expect((await post('/api/v1/api-keys/bootstrap/revoke', {})).status).toBe(200);
    expect(await statusOf('test-token')).toBe(401);
    expect(await statusOf(lasting.key)).toBe(200);
  });

  test('a leaked last admin key can be rotated without an overlap', async () => {
    const rotated = await post('/api/v1/api-keys/bootstrap/rotate', { overlapMinutes: 0 });
    expect(await statusOf('test-token')).toBe(401);
    expect(await statusOf(rotated.json.key)).toBe(200);
  });

  test('of two admins that revoke each other at the same time, one remains', async () => {
    const [a, b] = [await makeKey('admin'), await makeKey('admin')];
    await post('/api/v1/api-keys/bootstrap/revoke', {});
    const answers = await Promise.all([
      asKey(a)(`/api/v1/api-keys/${b.id}/revoke`, 'POST', {}),
      asKey(b)(`/api/v1/api-keys/${a.id}/revoke`, 'POST', {}),
    ]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409]);
    expect([await statusOf(a.key), await statusOf(b.key)].toSorted()).toEqual([200, 401]);
  });
});
