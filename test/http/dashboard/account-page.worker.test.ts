// The account page: the own sessions and no others, and a navigation by role.
import { beforeEach, describe, expect, test } from 'vitest';
import { hashToken } from '../../../src/services/tokens.ts';
import { countD1 } from '../../support/d1/counted-d1.ts';
import { ask, bindings, clock } from '../../support/d1/http-mesh.ts';
import { get, newSession, type SignedIn, signIn, submit } from '../../support/d1/signed-in.ts';

let ada: SignedIn;
beforeEach(async () => {
  clock.now = 1_800_000_000_000;
  await bindings.DB.batch(['people', 'sessions'].map((table) => bindings.DB.prepare(`DELETE FROM ${table}`)));
  ada = await signIn('viewer', { name: 'Ada', tags: ['team:shop'] });
});

const idsOf = async (personId: string) =>
  (
    await bindings.DB.prepare('SELECT id FROM sessions WHERE person_id = ?')
      .bind(personId)
      .all<{ id: string }>()
  ).results.map(({ id }) => id);
const revokePath = (id: string) => `/dashboard/account/sessions/${id}/revoke`;

describe('the account page', () => {
  test('leads to the sign-in and back without a session', async () => {
    const answer = await get('/dashboard/account', null);
    expect([answer.status, answer.headers.get('location')]).toEqual([
      303,
      '/sign-in?return=%2Fdashboard%2Faccount',
    ]);
  });

  test('stands behind the overview, which needs a session too', async () => {
    expect((await get('/dashboard', ada)).text).toContain('"/dashboard/account"');
    expect((await get('/dashboard', null)).headers.get('location')).toBe('/sign-in?return=%2Fdashboard');
  });

  test('shows role and restriction, and only the sections that the role may open', async () => {
    const { text } = await get('/dashboard/account', ada);
    expect(text).toContain('only team:shop');
    expect(text).toContain('aria-current="page"');
    for (const path of ['settings', 'configuration', 'audit'])
      expect(text).not.toContain(`"/dashboard/${path}"`);
    const admin = await signIn('admin');
    const { text: all } = await get('/dashboard/account', admin);
    for (const path of ['settings', 'configuration', 'audit']) expect(all).toContain(`"/dashboard/${path}"`);
  });

  test('lists the own sessions that are not over, without their tokens', async () => {
    await newSession(ada.id);
    const grace = await signIn('viewer');
    clock.now += 3 * 3_600_000;
    const current = await newSession(ada.id);
    const { text } = await get('/dashboard/account', { ...ada, ...current });
    expect(text.match(/Firefox on Linux/g)).toHaveLength(1);
    expect(text).toContain('This session');
    for (const { token } of [ada, grace, current]) expect(text).not.toContain(token);
  });
});

describe('the account page of a local person with everything', () => {
  test('names the provider of each session, with few statements', async () => {
    const grace = await signIn('admin', { username: 'grace', passwordHash: 'x', totpSecret: 'x' });
    const other = await newSession(grace.id);
    await bindings.DB.batch([
      bindings.DB.prepare(
        `insert into identity_providers (id, type, name, issuer, audience, scopes, groups_claim, rules, enabled, created_at,
            updated_at)
          values ('company', 'oidc', 'The <company>', 'https://id.acme.dev', 'probemesh', '[]', 'groups', '[]', 1, 1, 1)`,
      ),
      bindings.DB.prepare("update sessions set method = 'company' where hash = ?").bind(
        await hashToken(other.token),
      ),
    ]);
    const counted = countD1(bindings.DB);
    const options = { token: null, headers: { cookie: grace.cookie }, env: { DB: counted.db } };
    const { status, text } = await ask('/dashboard/account', options);
    expect(status).toBe(200);
    expect(text).toContain('Signed in with The &lt;company&gt;');
    expect(counted.take().length).toBeLessThanOrEqual(5);
    await bindings.DB.prepare("delete from identity_providers where id = 'company'").run();
  });
});

describe('a session', () => {
  test('that is revoked ends at once, and the others continue', async () => {
    const other = { ...ada, ...(await newSession(ada.id)) };
    const { text } = await get('/dashboard/account', ada);
    const path = /action="(\/dashboard\/account\/sessions\/[^"]+\/revoke)"/.exec(text)![1]!;
    const revoked = await submit(path, ada);
    expect(revoked.headers.get('location')).toBe('/dashboard/account?done=session-revoked');
    expect((await get('/dashboard/account', other)).status).toBe(303);
    expect((await get('/dashboard/account', ada)).status).toBe(200);
  });

  test('of another person does not exist', async () => {
    const grace = await signIn('admin');
    const [theirs] = await idsOf(grace.id);
    const answers = [await submit(revokePath(theirs!), ada), await submit(revokePath('ses_nothing'), ada)];
    expect(answers.map(({ status }) => status)).toEqual([404, 404]);
    expect(answers[0]!.text).toBe(answers[1]!.text);
    expect(await idsOf(grace.id)).toEqual([theirs]);
  });

  test('stays when all others are revoked', async () => {
    const grace = await signIn('viewer');
    await newSession(ada.id);
    await newSession(ada.id);
    expect((await submit('/dashboard/account/sessions/revoke-others', ada)).status).toBe(303);
    expect(await idsOf(ada.id)).toHaveLength(1);
    expect(await idsOf(grace.id)).toHaveLength(1);
    expect((await get('/dashboard/account?done=sessions-revoked', ada)).text).toContain('were revoked');
  });
});

test('an API key cannot open the account page, because it is not a person', async () => {
  // Pages do not read the header: a key is for the API.
  expect((await ask('/dashboard/account')).status).toBe(303);
});
