// Who may keep a response: no cache keeps what is behind a sign-in or a key, on any route of the table.
import { beforeAll, describe, expect, test } from 'vitest';
import { RULES } from '../../../src/http/access/rules.ts';
import { ask } from '../../support/d1/http-mesh.ts';
import { get, type SignedIn, signIn } from '../../support/d1/signed-in.ts';

const endpoints = Object.entries(RULES).map(([endpoint, rule]) => {
  const [method, path] = endpoint.split(' ') as [string, string];
  return { endpoint, method, path: path.replaceAll(/:\w+/g, 'nothing'), rule };
});
// Each status page has its own access: test/http/pages covers what of them may be kept.
const personal = endpoints.filter(({ rule }) => rule !== 'public' && rule !== 'page');
const SIGN_IN = /^\/(sign-in|signed-out|setup|invitation)(\/|$)/;

let admin: SignedIn;
beforeAll(async () => {
  admin = await signIn('admin');
});

/** In turn: D1 of a test has one connection. */
async function cachesOf(list: typeof endpoints, headers: Record<string, string>) {
  const found: Record<string, string | null> = {};
  for (const { endpoint, method, path } of list) {
    const body = method === 'GET' || method === 'DELETE' ? {} : { body: '{}' };
    const answer = await ask(path, { method, token: null, headers, ...body });
    found[endpoint] = answer.headers.get('cache-control');
  }
  return found;
}

const all = (list: typeof endpoints, value: string) =>
  Object.fromEntries(list.map(({ endpoint }) => [endpoint, value]));

describe('the caches', () => {
  test('keep no response of any route to a person who is signed in, refused ones included', async () => {
    expect(personal.length).toBeGreaterThan(60);
    const headers = { cookie: admin.cookie };
    expect(await cachesOf(personal, headers)).toEqual(all(personal, 'private, no-store'));
  });

  test('keep no response of any route to an API key', async () => {
    const reads = personal.filter(({ path }) => path.startsWith('/api/'));
    const headers = { authorization: 'Bearer test-token' };
    expect(await cachesOf(reads, headers)).toEqual(all(reads, 'private, no-store'));
  });

  test('keep no page, redirect or refusal on the way to a sign-in', async () => {
    const way = endpoints.filter(({ path }) => SIGN_IN.test(path));
    expect(way.length).toBeGreaterThan(10);
    expect(await cachesOf(way, {})).toEqual(all(way, 'private, no-store'));
  });

  test('keep nothing of a path that no route matches, for a person who is signed in', async () => {
    for (const path of ['/nothing', '/api/v1/nothing', '/dashboard/nothing'])
      expect((await get(path, admin)).headers.get('cache-control')).toBe('private, no-store');
  });

  test('may keep the public status for ten seconds, also if a person who is signed in reads it', async () => {
    for (const person of [null, admin])
      expect((await get('/', person)).headers.get('cache-control')).toBe('public, max-age=10');
  });
});
