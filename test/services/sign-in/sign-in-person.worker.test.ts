import { beforeEach, describe, expect, test } from 'vitest';
import { NOWHERE } from '../../../src/access/caller.ts';
import { readEnv } from '../../../src/env.ts';
import { findActiveSession } from '../../../src/services/sessions/find-session.ts';
import { type ProvedIdentity, signInPerson } from '../../../src/services/sign-in/sign-in-person.ts';
import { runBatch } from '../../../src/store/database.ts';
import { sessionPlace, unseal } from '../../../src/store/encryption.ts';
import { insertProvider, type ProviderRow } from '../../../src/store/identity-providers.ts';
import { emptyAccess, entries, rowsOf } from '../../support/d1/access-tables.ts';
import { bindings, clock } from '../../support/d1/http-mesh.ts';

const config = readEnv(bindings);
const { now } = clock;
const ISSUER = 'https://idp.acme.dev';
const provider: ProviderRow = {
  ...{ id: 'okta', type: 'oidc', name: 'Okta', issuer: ISSUER, audience: 'probemesh', sealedSecret: null },
  ...{ scopes: ['openid'], groupsClaim: 'groups', enabled: true, version: 1, createdAt: 1, updatedAt: 1 },
  rules: [
    { group: 'sre', role: 'admin', tags: null },
    { group: 'shop', role: 'editor', tags: ['team:shop'] },
  ],
};

const proved = (claims: object, subject = 'subject-1'): ProvedIdentity => ({
  ...{ provider, issuer: ISSUER, subject, idToken: 'a.b.c' },
  flow: { id: crypto.randomUUID(), expiresAt: now + 600_000 },
  claims: { name: 'Ann', ...claims },
});
const signIn = (claims: object, previousSessionId: string | null = null) =>
  signInPerson(config, proved(claims), { origin: NOWHERE, now, previousSessionId });
const cookieOf = async (...args: Parameters<typeof signIn>): Promise<string> => {
  const signedIn = await signIn(...args);
  if (!signedIn.ok) throw new Error(signedIn.error.kind);
  return signedIn.value;
};
const active = (cookie: string) => findActiveSession(config.db, cookie, now);

beforeEach(async () => {
  await emptyAccess();
  await runBatch(config.db, [insertProvider(config.db, provider)]);
});

describe('a person without a role', () => {
  test('a stranger without a group gets no session, and leaves no row and no entry', async () => {
    expect(await signIn({ groups: ['visitors'] })).toEqual({ ok: false, error: { kind: 'no_role' } });
    expect([await rowsOf('people'), await rowsOf('sessions'), await entries()]).toEqual([[], [], []]);
  });

  test('a person who lost every group loses role and sessions, with one entry, and a second try leaves none', async () => {
    const cookie = await cookieOf({ groups: ['shop'] });
    expect((await signIn({ groups: [] })).ok).toBe(false);
    expect(await active(cookie)).toBeNull();
    expect((await signIn({ groups: [] })).ok).toBe(false);
    const written = await entries();
    expect(written.map(({ action }) => action)).toEqual(['session.created', 'person.updated']);
    expect(written[1]).toMatchObject({
      actor: 'person Ann',
      before: { role: 'editor', tags: ['team:shop'] },
      after: { role: null, tags: null },
    });
  });

  test('a disabled person gets no session, whatever the groups are', async () => {
    const cookie = await cookieOf({ groups: ['shop'] });
    await bindings.DB.prepare('UPDATE people SET disabled = 1').run();
    expect(await signIn({ groups: ['sre'] })).toEqual({ ok: false, error: { kind: 'disabled' } });
    expect(await active(cookie)).toBeNull();
    expect(await rowsOf('people')).toMatchObject([{ role: 'editor' }]);
    expect(await entries()).toHaveLength(1);
  });
});

describe('a person with a role', () => {
  test('the first sign-in creates person and session with one entry', async () => {
    const cookie = await cookieOf({ groups: ['shop'], email: 'ann@acme.dev' });
    expect(await active(cookie)).toMatchObject({
      person: { issuer: ISSUER, subject: 'subject-1', name: 'Ann', role: 'editor', tags: ['team:shop'] },
      session: { method: 'okta' },
    });
    expect(await entries()).toMatchObject([
      {
        action: 'session.created',
        actor: 'person Ann',
        before: null,
        after: {
          method: 'okta',
          person: { issuer: ISSUER, subject: 'subject-1', email: 'ann@acme.dev', role: 'editor' },
        },
      },
    ]);
  });

  test('a second sign-in with the same groups changes nothing of the person, and keeps other sessions', async () => {
    const laptop = await cookieOf({ groups: ['shop'] });
    const phone = await cookieOf({ groups: ['shop'] });
    expect([await active(laptop), await active(phone)]).not.toContain(null);
    expect((await entries())[1]).toMatchObject({ before: null, after: { method: 'okta' } });
    expect((await entries())[1]!.after.person).toBeUndefined();
  });

  test('a changed role is in the entry of the sign-in, and ends the other sessions', async () => {
    const laptop = await cookieOf({ groups: ['shop'] });
    const phone = await cookieOf({ groups: ['sre'] });
    expect(await active(laptop)).toBeNull();
    expect((await active(phone))!.person).toMatchObject({ role: 'admin', tags: null });
    expect((await entries())[1]).toMatchObject({
      before: { person: { role: 'editor', tags: ['team:shop'] } },
      after: { person: { role: 'admin', tags: null } },
    });
  });

  test('a new sign-in in one browser ends the session that the browser had', async () => {
    const first = await cookieOf({ groups: ['shop'] });
    const { session } = (await active(first))!;
    const second = await cookieOf({ groups: ['shop'] }, session.id);
    expect(await active(first)).toBeNull();
    expect(await active(second)).not.toBeNull();
  });

  test('a person is an issuer and a subject: one address of two subjects is two people', async () => {
    const email = 'ann@acme.dev';
    await cookieOf({ groups: ['shop'], email });
    const other = proved({ groups: ['sre'], email }, 'subject-2');
    await signInPerson(config, other, { origin: NOWHERE, now, previousSessionId: null });
    const people = (await rowsOf('people')).map(({ subject, role }) => [subject, role]);
    expect(people.toSorted()).toEqual([
      ['subject-1', 'editor'],
      ['subject-2', 'admin'],
    ]);
  });

  test('the first sign-in in two windows at once makes one person with two sessions', async () => {
    const cookies = await Promise.all([1, 2, 3].map(() => cookieOf({ groups: ['shop'] })));
    expect(await rowsOf('people')).toHaveLength(1);
    for (const cookie of cookies) expect(await active(cookie)).not.toBeNull();
    expect(await entries()).toHaveLength(3);
  });

  test('a name is one line of visible text, and falls back to the next claim', async () => {
    await cookieOf({ groups: ['shop'], name: '\u202eAnn\n\u0000 Lee ' });
    expect((await rowsOf('people'))[0]!.name).toBe('Ann Lee');
    await cookieOf({ groups: ['shop'], name: 7, preferred_username: 'ann' });
    expect((await rowsOf('people'))[0]!.name).toBe('ann');
    await cookieOf({ groups: ['shop'], name: '' });
    expect((await rowsOf('people'))[0]!.name).toBe('subject-1');
  });

  test('the ID token of a session is stored encrypted, for its row alone', async () => {
    await cookieOf({ groups: ['shop'] });
    const [row] = await rowsOf('sessions');
    expect(String(row!.id_token)).not.toContain('a.b.c');
    expect(await unseal(config, sessionPlace(String(row!.hash)), String(row!.id_token))).toBe('a.b.c');
    await expect(unseal(config, sessionPlace('other'), String(row!.id_token))).rejects.toThrow('another row');
  });
});

describe('a sign-in that is in progress', () => {
  const request = { origin: NOWHERE, now, previousSessionId: null };

  test('completes once, also if it completes twice at the same time', async () => {
    const one = proved({ groups: ['shop'] });
    const together = await Promise.all([
      signInPerson(config, one, request),
      signInPerson(config, one, request),
    ]);
    expect(together.map(({ ok }) => ok).toSorted()).toEqual([false, true]);
    expect(await signInPerson(config, one, request)).toEqual({ ok: false, error: { kind: 'expired' } });
    expect(await rowsOf('sessions')).toHaveLength(1);
    expect(await entries()).toHaveLength(1);
  });

  test.each([
    ['was changed', "UPDATE identity_providers SET rules = '[]', version = 2"],
    ['was disabled', 'UPDATE identity_providers SET enabled = 0, version = 2'],
    ['was deleted', 'DELETE FROM identity_providers'],
  ])('is refused if its provider %s meanwhile', async (_, sql) => {
    await bindings.DB.prepare(sql).run();
    expect(await signIn({ groups: ['sre'] })).toEqual({ ok: false, error: { kind: 'expired' } });
    expect([await rowsOf('people'), await rowsOf('sessions'), await entries()]).toEqual([[], [], []]);
  });
});
