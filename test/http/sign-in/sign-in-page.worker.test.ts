// The sign-in page: it shows what exists, the same to every visitor, and leads only to this site.
import { beforeEach, describe, expect, test } from 'vitest';
import { bindings } from '../../support/d1/http-mesh.ts';
import { get, signIn } from '../../support/d1/signed-in.ts';

beforeEach(async () => {
  await bindings.DB.batch(
    ['people', 'passkeys', 'identity_providers'].map((table) => bindings.DB.prepare(`DELETE FROM ${table}`)),
  );
});

const addProvider = (id: string, type = 'oidc', enabled = 1) =>
  bindings.DB.prepare(
    `INSERT INTO identity_providers (id, type, name, issuer, audience, scopes, groups_claim, rules, enabled, created_at, updated_at)
     VALUES (?1, ?2, ?1 || ' & <b>', 'https://' || ?1 || '.test', 'a', '[]', 'groups', '[]', ?3, 0, 0)`,
  )
    .bind(id, type, enabled)
    .run();
const addPasskey = (personId: string) =>
  bindings.DB.prepare(
    `INSERT INTO passkeys (id, person_id, name, public_key, counter, transports, created_at) VALUES (?1, ?1, 'Phone', '', 0, '[]', 0)`,
  )
    .bind(personId)
    .run();
const page = async (query = '') => (await get(`/sign-in${query}`, null)).text;

describe('the sign-in page', () => {
  test('says how to create the first admin if there is no way to sign in', async () => {
    const text = await page();
    expect(text).toContain('SETUP_TOKEN_SHA256');
    expect(text).not.toContain('<form');
  });

  test('shows enabled OpenID Connect providers, and neither disabled ones nor Cloudflare Access', async () => {
    await addProvider('acme');
    await addProvider('old', 'oidc', 0);
    await addProvider('access', 'cloudflare_access');
    const text = await page('?return=/dashboard/audit?from=2026-01-01%26to=2026-02-01');
    expect(text.match(/Sign in with /g)).toHaveLength(1);
    expect(text).toContain('Sign in with acme &amp; &lt;b&gt;');
    expect(text).toContain(
      'href="/sign-in/oidc/acme?return=%2Fdashboard%2Faudit%3Ffrom%3D2026-01-01%26to%3D2026-02-01"',
    );
    expect(text).not.toContain('type="password"');
    expect(text).not.toContain('Ask an admin for an invitation');
  });

  test('shows a password or a passkey only while an account that may sign in has one', async () => {
    const { id } = await signIn('viewer', { passwordHash: '$', username: 'ada' });
    expect(await page()).toContain('type="password"');
    expect(await page()).not.toContain('passkey');
    await addPasskey(id);
    expect(await page()).toContain('Sign in with a passkey');
    expect(await page()).toContain('Ask an admin for an invitation');
    await bindings.DB.prepare('UPDATE people SET disabled = 1').run();
    expect(await page()).not.toContain('<form');
    expect(await page()).not.toContain('passkey');
  });

  test.each([
    'https://evil.test/',
    '//evil.test/',
    '/\\evil.test/',
    '/\t/evil.test/',
    'javascript:alert(1)',
    '/sign-out',
    '/%2e%2e//evil.test',
  ])('does not lead to %j afterwards', async (wish) => {
    await addProvider('acme');
    await signIn('viewer', { passwordHash: '$', username: 'ada' });
    const text = await page(`?return=${encodeURIComponent(wish)}`);
    const given = [/name="return" value="([^"]*)"/, /return=([^"]*)"/].map((one) =>
      decodeURIComponent(one.exec(text)![1]!),
    );
    for (const path of given) expect(new URL(path, 'https://status.test').origin).toBe('https://status.test');
    expect(text).not.toContain('evil.test/"');
  });

  test('leads a person who is signed in to the page at once', async () => {
    const ada = await signIn('viewer');
    const answer = await get('/sign-in?return=/dashboard/keys', ada);
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/dashboard/keys']);
    const evil = await get('/sign-in?return=https://evil.test/', ada);
    expect(evil.headers.get('location')).toBe('/dashboard/account');
  });
});
