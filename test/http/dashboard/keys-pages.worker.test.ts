// The pages of API keys: what is refused and why, what is shown once, and what works afterwards.
import { beforeEach, describe, expect, test } from 'vitest';
import { ask, bindings, clock } from '../../support/d1/http-mesh.ts';
import { get, type SignedIn, signIn, submit } from '../../support/d1/signed-in.ts';

let ada: SignedIn;
beforeEach(async () => {
  await bindings.DB.batch(
    ['sessions', 'api_keys', 'audit_entries', 'audit_chain'].map((table) =>
      bindings.DB.prepare(`DELETE FROM ${table}`),
    ),
  );
  ada = await signIn('admin', { name: 'Ada <b>' });
});

const KEY = { name: 'Deployment', role: 'editor', lifetime: '90', tags: 'team:shop, team:web' };

const secretOf = (text: string): string => /class="once">([^<]+)</.exec(text)![1]!;
const create = async (fields = {}) => {
  const created = await submit('/dashboard/keys', ada, { ...KEY, ...fields });
  expect(created.status).toBe(201);
  const id = (await bindings.DB.prepare('SELECT id FROM api_keys').first<string>('id'))!;
  return { key: secretOf(created.text), path: `/dashboard/keys/${id}` };
};
const works = async (key: string) => (await ask('/api/v1/monitors', { token: key })).status;
const audited = async () =>
  (
    await bindings.DB.prepare('SELECT action FROM audit_entries ORDER BY seq').all<{ action: string }>()
  ).results.map(({ action }) => action);

describe('a new key', () => {
  test.each([
    ['without a name', { name: ' ' }, 'Must be 1 to 120 characters.'],
    ['with an unknown role', { role: 'owner' }, 'role-error'],
    ['with a tag that cannot exist', { tags: 'team shop!' }, 'tags-error'],
    ['of an admin with a restriction', { role: 'admin' }, 'An admin cannot be restricted by tag.'],
    ['with a lifetime that the form does not have', { lifetime: 'constructor' }, 'Choose after which time'],
  ])('%s is refused at its field, and nothing is written', async (_, fields, text) => {
    const answer = await submit('/dashboard/keys', ada, { ...KEY, ...fields });
    expect(answer.status).toBe(422);
    expect(answer.text).toContain(text);
    // What was typed stays.
    expect(answer.text).toContain(`value="${'name' in fields ? fields.name : KEY.name}"`);
    expect(await audited()).toEqual([]);
  });

  test('is shown once, works at once with its role and restriction, and leaves one entry', async () => {
    const { key, path } = await create();
    expect(key).toMatch(/^pm_[A-Za-z0-9]{43}$/);
    expect(await works(key)).toBe(200);
    for (const page of [path, '/dashboard/keys']) {
      const { text } = await get(page, ada);
      expect(text).not.toContain(key);
      expect(text).toContain('only team:shop, team:web');
    }
    const row = await bindings.DB.prepare('SELECT role, tags, expires_at FROM api_keys').first();
    expect(row).toEqual({
      role: 'editor',
      tags: '["team:shop","team:web"]',
      expires_at: clock.now + 90 * 86_400_000,
    });
    expect(await audited()).toEqual(['api_key.created']);
  });

  test('without a restriction and an end sees everything, for good', async () => {
    const { path } = await create({ tags: ' ', lifetime: 'never' });
    const { text } = await get(path, ada);
    expect(text).toContain('>everything<');
    expect(text).toContain('>Never<');
  });
});

describe('a key', () => {
  test('that is rotated gets another secret, and the old one works during the overlap', async () => {
    const { key, path } = await create();
    const rotated = await submit(`${path}/rotate`, ada, { overlapMinutes: '60' });
    expect(rotated.status).toBe(200);
    const next = secretOf(rotated.text);
    expect(next).not.toBe(key);
    expect([await works(key), await works(next)]).toEqual([200, 200]);
    clock.now += 61 * 60_000;
    expect([await works(key), await works(next)]).toEqual([401, 200]);
  });

  test.each(['', '-1', '5', 'never', 'toString'])(
    'is not rotated with the overlap "%s"',
    async (overlapMinutes) => {
      const { key, path } = await create();
      expect((await submit(`${path}/rotate`, ada, { overlapMinutes })).status).toBe(422);
      expect(await works(key)).toBe(200);
      expect(await audited()).toEqual(['api_key.created']);
    },
  );

  test('is revoked only with the confirmation, at once and for good', async () => {
    const { key, path } = await create();
    expect((await submit(`${path}/revoke`, ada)).status).toBe(422);
    expect(await works(key)).toBe(200);
    const revoked = await submit(`${path}/revoke`, ada, { confirm: 'yes' });
    expect([revoked.status, revoked.headers.get('location')]).toEqual([303, `${path}?done=revoked`]);
    expect(await works(key)).toBe(401);
    const { text } = await get(`${path}?done=revoked`, ada);
    expect(text).toContain('The API key was revoked.');
    expect(text).not.toContain('Rotate the key');
    expect((await submit(`${path}/rotate`, ada, { overlapMinutes: '0' })).status).toBe(409);
  });

  test('that does not exist is a page with 404, for each of its forms', async () => {
    const path = '/dashboard/keys/key_nothing';
    expect((await get(path, ada)).status).toBe(404);
    expect((await submit(`${path}/rotate`, ada, { overlapMinutes: '60' })).status).toBe(404);
    expect((await submit(`${path}/revoke`, ada, { confirm: 'yes' })).status).toBe(404);
    expect(await audited()).toEqual([]);
  });
});

test('names are shown as text, and a message that the page does not have is not shown', async () => {
  await create({ name: '<script>alert(1)</script>' });
  const { text } = await get('/dashboard/keys?done=<script>', ada);
  expect(text).not.toContain('<script>');
  expect(text).not.toContain('Ada <b>');
  expect(text).toContain('&lt;script&gt;alert(1)');
  expect((await get('/dashboard/keys?done=toString', ada)).status).toBe(200);
});
