// Sessions over the API: people see and end their own, admins those of all people, and another person's does not exist.
import { beforeEach, expect, test } from 'vitest';
import { systemCaller } from '../../../src/access/caller.ts';
import { readEnv } from '../../../src/env.ts';
import { revokeOtherSessions } from '../../../src/services/sessions/revoke-sessions.ts';
import { asKey, auditTrail, emptyAccess, makeKey } from '../../support/d1/access.ts';
import { ask, bindings, clock } from '../../support/d1/http-mesh.ts';
import { get, newSession, type SignedIn, signIn } from '../../support/d1/signed-in.ts';

beforeEach(emptyAccess);

type Shown = { id: string; current: boolean };
const listed = async (person: SignedIn, query = ''): Promise<Shown[]> =>
  (await get(`/api/v1/sessions${query}`, person)).json.sessions;
const revoke = (person: SignedIn, id: string, headers: Record<string, string> = {}) =>
  ask(`/api/v1/sessions/${id}`, {
    method: 'DELETE',
    token: null,
    headers: {
      cookie: person.cookie,
      'x-csrf-token': person.csrf,
      'sec-fetch-site': 'same-origin',
      origin: 'https://status.test',
      ...headers,
    },
  });

test("another person's session is as unknown as one that never existed", async () => {
  const [ada, grace] = [await signIn('editor'), await signIn('editor')];
  const [hers] = await listed(grace);
  const answers = [await revoke(ada, hers!.id), await revoke(ada, 'ses_00000000000000000000')];
  const [theirs, none] = answers.map(({ text }) => text.replaceAll(/ses_[a-z0-9]{20}/g, 'ID'));
  expect(answers.map(({ status }) => status)).toEqual([404, 404]);
  expect(theirs).toBe(none);
  expect((await get('/api/v1/me', grace)).status).toBe(200);
  const lists = [
    await get(`/api/v1/sessions?person=${grace.id}`, ada),
    await get('/api/v1/sessions?person=per_00000000000000000000', ada),
  ];
  expect(lists.map(({ status }) => status)).toEqual([404, 404]);
});

test('a person sees where they are signed in, and ends one session at once', async () => {
  const ada = await signIn('viewer');
  clock.now += 1000;
  const other = await newSession(ada.id);
  const sessions = await listed(ada);
  expect(sessions.map(({ current }) => current)).toEqual([false, true]);
  expect(sessions[0]).toMatchObject({
    ...{ method: 'passkey', address: '192.0.2.9', createdAt: new Date(clock.now).toISOString() },
    expiresAt: new Date(clock.now + 2 * 3_600_000).toISOString(),
  });
  expect((await get('/api/v1/sessions', ada)).text).not.toContain(other.token);
  expect((await revoke(ada, sessions[0]!.id)).status).toBe(204);
  expect((await get('/api/v1/me', { ...ada, ...other })).status).toBe(401);
  expect((await get('/api/v1/me', ada)).status).toBe(200);
  expect(await auditTrail()).toEqual(['session.deleted by The viewer']);
});

test('a session of the API needs the CSRF token and the own origin to end anything', async () => {
  const ada = await signIn('admin');
  const [own] = await listed(ada);
  expect((await revoke(ada, own!.id, { 'x-csrf-token': 'x' })).status).toBe(403);
  expect((await revoke(ada, own!.id, { origin: 'https://evil.test' })).status).toBe(403);
  expect((await revoke(ada, own!.id, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
  expect(await listed(ada)).toHaveLength(1);
});

test('an admin lists and ends the sessions of another person, with a session or a key', async () => {
  const [ada, admin] = [await signIn('viewer'), await signIn('admin')];
  const second = await newSession(ada.id);
  const [first] = await listed(admin, `?person=${ada.id}`);
  expect(first!.current).toBe(false);
  expect((await revoke(admin, first!.id)).status).toBe(204);
  const key = asKey(await makeKey('admin'));
  const { sessions } = (await key(`/api/v1/sessions?person=${ada.id}`)).json;
  expect(sessions).toHaveLength(1);
  expect((await key(`/api/v1/sessions/${sessions[0].id}`, 'DELETE')).status).toBe(204);
  for (const one of [ada, { ...ada, ...second }]) expect((await get('/api/v1/me', one)).status).toBe(401);
  expect((await key('/api/v1/sessions')).json.errors[0].path).toBe('person');
});

test('a session ends after two hours without a request, and after twelve in any case', async () => {
  const ada = await signIn('viewer');
  clock.now += 2 * 3_600_000 - 1;
  expect((await get('/api/v1/me', ada)).status).toBe(200);
  clock.now += 2 * 3_600_000;
  expect((await get('/api/v1/me', ada)).status).toBe(401);
  const busy = await newSession(ada.id);
  for (let hour = 1; hour < 12; hour += 1) {
    clock.now += 3_600_000;
    expect((await get('/api/v1/me', { ...ada, ...busy })).status).toBe(200);
  }
  clock.now += 3_600_000;
  expect((await get('/api/v1/me', { ...ada, ...busy })).status).toBe(401);
});

test('ending all other sessions keeps the one that asks, and without others it changes nothing', async () => {
  const ada = await signIn('viewer');
  const [own] = await listed(ada);
  await newSession(ada.id);
  await newSession(ada.id);
  const person = { id: ada.id, name: 'Ada' };
  const config = readEnv(bindings);
  expect(await revokeOtherSessions(config, systemCaller(clock.now), person, own!.id)).toBe(2);
  expect(await revokeOtherSessions(config, systemCaller(clock.now), person, own!.id)).toBe(0);
  expect((await listed(ada)).map(({ id }) => id)).toEqual([own!.id]);
  expect(await auditTrail()).toEqual(['session.deleted by probemesh']);
});

test('/api/v1/me returns who a session is, until when, and the token that changes need', async () => {
  const ada = await signIn('editor', { tags: ['team:shop'], name: 'Ada' });
  const { json } = await get('/api/v1/me', ada);
  expect(json).toMatchObject({
    ...{ type: 'person', id: ada.id, name: 'Ada', role: 'editor', tags: ['team:shop'], csrfToken: ada.csrf },
    expiresAt: json.session.expiresAt,
  });
  const key = (await asKey(await makeKey('viewer'))('/api/v1/me')).json;
  expect(key).toMatchObject({ type: 'key', role: 'viewer', tags: null, session: null, csrfToken: null });
});
