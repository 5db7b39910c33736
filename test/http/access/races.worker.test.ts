// Changes of people and keys that arrive at the same time: the audit log puts them in a row, and each sees the one before.
import { beforeEach, expect, test } from 'vitest';
import { runBatch } from '../../../src/store/database.ts';
import { insertPasskey } from '../../../src/store/passkeys.ts';
import { emptyAccess, entries, rowsOf } from '../../support/d1/access-tables.ts';
import { ask, bindings, empty } from '../../support/d1/http-mesh.ts';
import { type SignedIn, signIn } from '../../support/d1/signed-in.ts';

/** No key of the environment is an admin. */
const env = { ADMIN_TOKEN_SHA256: undefined, SETUP_TOKEN_SHA256: '3f9a1c07'.repeat(8) } as unknown as Partial<
  typeof bindings
>;

beforeEach(async () => {
  await empty();
  await emptyAccess();
  await bindings.DB.prepare('DELETE FROM passkeys').run();
});

const send = ({ cookie, csrf }: SignedIn, method: string, path: string, body?: object) => {
  const own = { 'sec-fetch-site': 'same-origin', origin: bindings.PUBLIC_URL, 'x-csrf-token': csrf };
  return ask(path, { method, token: null, headers: { cookie, ...own }, env, ...(body ? { body } : {}) });
};

const admin = async (username: string): Promise<SignedIn> => {
  const person = await signIn('admin', { username });
  const passkey = { id: username, personId: person.id, name: 'Phone', publicKey: '', counter: 0 };
  const { DB } = bindings;
  await runBatch(DB, [insertPasskey(DB, { ...passkey, transports: [], createdAt: 0, lastUsedAt: null })]);
  return person;
};

test.each<[string, (by: SignedIn, other: SignedIn) => ReturnType<typeof send>]>([
  ['demote each other', (by, { id }) => send(by, 'PATCH', `/api/v1/people/${id}`, { role: 'viewer' })],
  ['disable each other', (by, { id }) => send(by, 'PATCH', `/api/v1/people/${id}`, { disabled: true })],
  ['delete each other', (by, { id }) => send(by, 'DELETE', `/api/v1/people/${id}`)],
  ['demote themselves', (by) => send(by, 'PATCH', `/api/v1/people/${by.id}`, { role: 'viewer' })],
])('two admins who %s at the same time leave one admin, and one entry', async (_, change) => {
  const [ada, eve] = [await admin('ada'), await admin('eve')];
  const answers = await Promise.all([change(ada, eve), change(eve, ada)]);
  const statuses = answers.map(({ status }) => status).toSorted();
  expect(statuses[0]).toBeLessThan(300);
  expect(statuses[1]).toBe(409);
  const left = (await rowsOf('people')).filter(({ role, disabled }) => role === 'admin' && disabled === 0);
  expect(left).toHaveLength(1);
  expect(await entries()).toHaveLength(1);
});

test('a key that is rotated twice at the same time has one current secret, and an entry for each', async () => {
  const ada = await admin('ada');
  const { json } = await send(ada, 'POST', '/api/v1/api-keys', {
    name: 'CI',
    role: 'viewer',
    expiresAt: null,
  });
  const rotate = () => send(ada, 'POST', `/api/v1/api-keys/${json.id}/rotate`, { overlapMinutes: 0 });
  const answers = await Promise.all([rotate(), rotate()]);
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  const works = await Promise.all(
    [json.key, ...answers.map((answer) => answer.json.key)].map(
      async (token) => (await ask('/api/v1/monitors', { token, env })).status,
    ),
  );
  expect(works[0]).toBe(401);
  expect(works.slice(1).toSorted()).toEqual([200, 401]);
  const actions = (await rowsOf('audit_entries')).map(({ action }) => action);
  expect(actions).toEqual(['api_key.created', 'api_key.rotated', 'api_key.rotated']);
});

test('a person who is renamed and disabled at the same time has both changes, with an entry for each', async () => {
  const [ada, eve] = [await admin('ada'), await admin('eve')];
  const path = `/api/v1/people/${eve.id}`;
  const answers = await Promise.all([
    send(ada, 'PATCH', path, { name: 'Eve' }),
    send(ada, 'PATCH', path, { disabled: true }),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  expect((await rowsOf('people')).find(({ id }) => id === eve.id)).toMatchObject({
    name: 'Eve',
    disabled: 1,
  });
  expect(await entries()).toHaveLength(2);
});
