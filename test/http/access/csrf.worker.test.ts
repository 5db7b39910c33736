// Requests that another site makes in the browser of a person who is signed in: refused, and nothing changes.
import { beforeEach, describe, expect, test } from 'vitest';
import { ask, bindings } from '../../support/d1/http-mesh.ts';
import { get, newSession, type SignedIn, signIn, submit } from '../../support/d1/signed-in.ts';

let ada: SignedIn;
beforeEach(async () => {
  await bindings.DB.batch([
    bindings.DB.prepare('DELETE FROM sessions'),
    bindings.DB.prepare('DELETE FROM api_keys'),
  ]);
  ada = await signIn('admin');
});

const KEY = { name: 'Deployment', role: 'viewer', lifetime: '90', tags: '' };
const keys = async () =>
  (await bindings.DB.prepare('SELECT count(*) AS n FROM api_keys').first<number>('n')) as number;

describe('a form', () => {
  test('of our own page creates a key', async () => {
    expect((await submit('/dashboard/keys', ada, KEY)).status).toBe(201);
    expect(await keys()).toBe(1);
  });

  test.each([
    ['another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' }],
    [
      'another port or subdomain of this site',
      { 'sec-fetch-site': 'same-site', origin: 'https://www.status.test' },
    ],
    ['an address bar', { 'sec-fetch-site': 'none', origin: 'null' }],
    ['a page without an origin', { 'sec-fetch-site': 'cross-site', origin: 'null' }],
    ['another origin that claims to be this site', { origin: 'https://evil.test' }],
    ['the same host without TLS', { origin: 'http://status.test' }],
  ])('of %s is refused, although it has the token', async (_, headers) => {
    const answer = await submit('/dashboard/keys', ada, KEY, headers);
    expect(answer.status).toBe(403);
    expect(answer.text).toContain('came from another site');
    expect(await keys()).toBe(0);
  });

  test.each([
    ['no token', { csrf: '' }],
    ['a wrong token', { csrf: '0'.repeat(64) }],
  ])('with %s is refused', async (_, fields) => {
    const answer = await submit('/dashboard/keys', ada, { ...KEY, ...fields });
    expect(answer.status).toBe(403);
    expect(answer.text).toContain('Reload the page');
    expect(await keys()).toBe(0);
  });

  test('with the token of another person, or of another session of the same person, is refused', async () => {
    const grace = await signIn('admin');
    const other = await newSession(ada.id);
    for (const { csrf } of [grace, other])
      expect((await submit('/dashboard/keys', ada, { ...KEY, csrf })).status).toBe(403);
    expect(await keys()).toBe(0);
  });

  test('with no header that says where it comes from is refused', async () => {
    const headers = { cookie: ada.cookie, 'content-type': 'application/x-www-form-urlencoded' };
    const body = new URLSearchParams({ ...KEY, csrf: ada.csrf }).toString();
    const answer = await ask('/dashboard/keys', { method: 'POST', token: null, headers, body });
    expect(answer.status).toBe(403);
    expect(await keys()).toBe(0);
  });

  test('of an old browser that sends only the origin creates a key', async () => {
    const headers = {
      ...{ cookie: ada.cookie, 'content-type': 'application/x-www-form-urlencoded' },
      origin: 'https://status.test',
    };
    const body = new URLSearchParams({ ...KEY, csrf: ada.csrf }).toString();
    expect((await ask('/dashboard/keys', { method: 'POST', token: null, headers, body })).status).toBe(201);
  });

  test('of our own page without a referrer, which sends the origin null, creates a key', async () => {
    expect((await submit('/dashboard/keys', ada, KEY, { origin: 'null' })).status).toBe(201);
  });
});

describe('the API with the cookie of a person', () => {
  const change = (headers: Record<string, string>) =>
    ask('/api/v1/api-keys', {
      method: 'POST',
      token: null,
      body: { name: 'Deployment', role: 'viewer' },
      headers: {
        cookie: ada.cookie,
        origin: 'https://status.test',
        'sec-fetch-site': 'same-origin',
        ...headers,
      },
    });

  test('is changed only with the token in a header', async () => {
    const refused = await change({});
    expect(refused.status).toBe(403);
    // A program has no form: the refusal names the header.
    expect(refused.json.detail).toContain('Send the csrfToken of GET /api/v1/me');
    expect((await change({ 'x-csrf-token': '0'.repeat(64) })).status).toBe(403);
    expect(await keys()).toBe(0);
    expect((await change({ 'x-csrf-token': ada.csrf })).status).toBe(201);
  });

  test('is not changed by a body of another type, which a form of another site can send', async () => {
    const answer = await change({ 'content-type': 'text/plain', 'sec-fetch-site': 'cross-site' });
    expect(answer.status).toBe(403);
    expect(await keys()).toBe(0);
  });

  test('is read without a token', async () => {
    expect((await get('/api/v1/api-keys', ada)).status).toBe(200);
  });
});

test('a form with an API key in its header needs no token: a browser sends no such header by itself', async () => {
  const answer = await ask('/api/v1/api-keys', {
    method: 'POST',
    body: { name: 'Deployment', role: 'viewer' },
  });
  expect(answer.status).toBe(201);
});
