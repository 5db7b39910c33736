import { describe, expect, test } from 'vitest';
import { FLOW, Person } from './oidc-mesh.ts';
import { expectRefused, headingOf, useOidcMesh } from './setting.ts';

const setting = useOidcMesh();

describe('a sign-in at a real issuer', () => {
  test('a member of a group with a role gets a session and goes to the page that was asked for', async () => {
    const person = setting.newPerson();
    const page = await person.signIn('/sign-in/oidc/idp?return=%2Fapi%2Fv1%2Fmonitors%3Fq%3Da');
    expect([page.status, page.headers.get('location')]).toEqual([303, '/api/v1/monitors?q=a']);
    expect(await person.statusOf('/api/v1/monitors')).toBe(200);
    const cookie = page.headers.getSetCookie().find((one) => one.startsWith('__Host-probemesh-session='))!;
    expect(cookie).toMatch(/; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
    expect(person.cookie(setting.mesh.url, FLOW)).toBeUndefined();
  });

  test('a return path to another site is not followed', async () => {
    for (const path of ['//evil.test/', 'https://evil.test/', '/\\evil.test', '/.//evil.test']) {
      const page = await setting.newPerson().signIn(`/sign-in/oidc/idp?return=${encodeURIComponent(path)}`);
      expect([path, page.headers.get('location')]).toEqual([path, '/dashboard/account']);
    }
  });

  test('the authorization request has PKCE with S256, a state, a nonce and the configured scopes', async () => {
    const page = await setting.newPerson().send(`${setting.mesh.url}/sign-in/oidc/idp`);
    const { searchParams } = new URL(page.headers.get('location')!);
    expect(Object.fromEntries(searchParams)).toEqual({
      response_type: 'code',
      client_id: 'probemesh',
      redirect_uri: `${setting.mesh.url}/sign-in/oidc/idp/callback`,
      scope: 'openid profile email',
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
    });
    expect(page.headers.get('cache-control')).toBe('private, no-store');
  });

  test('groups that only the UserInfo response has count too', async () => {
    setting.mesh.issuer.groupsInIdToken = false;
    setting.mesh.issuer.groups = ['sre'];
    const person = setting.newPerson();
    expect((await person.signIn()).status).toBe(303);
    expect(await person.statusOf('/api/v1/identity-providers')).toBe(200);
  });

  test('each sign-in synchronises the role with the groups, and a changed role ends the other sessions', async () => {
    const laptop = setting.newPerson();
    await laptop.signIn();
    expect(await laptop.statusOf('/api/v1/identity-providers')).toBe(403);
    setting.mesh.issuer.groups = ['sre', 'staff'];
    const phone = new Person(setting.mesh, laptop.login);
    await phone.signIn();
    expect(await phone.statusOf('/api/v1/identity-providers')).toBe(200);
    expect(await laptop.statusOf('/api/v1/monitors')).toBe(401);
  });

  test('a person whose groups have no role any more gets a page and no session, and loses the sessions of before', async () => {
    const laptop = setting.newPerson();
    await laptop.signIn();
    setting.mesh.issuer.groups = ['visitors'];
    const phone = new Person(setting.mesh, laptop.login);
    const page = await phone.signIn();
    expectRefused(phone, page, 403, 'You have no role here');
    expect(page.text).toContain('Ask an admin to add one of your groups to the rules of Acme ID.');
    expect(await laptop.statusOf('/api/v1/monitors')).toBe(401);
  });

  test('a second sign-in in one browser replaces its session', async () => {
    const person = setting.newPerson();
    await person.signIn();
    const first = person.session!;
    await person.signIn();
    expect(person.session).not.toBe(first);
    person.setCookie(setting.mesh.url, '__Host-probemesh-session', first);
    expect(await person.statusOf('/api/v1/monitors')).toBe(401);
  });

  test('a change of the rules ends the sessions that began under the old ones', async () => {
    const person = setting.newPerson();
    await person.signIn();
    const { json } = await setting.mesh.api('/api/v1/identity-providers/idp');
    const { rules } = json as { rules: object[] };
    await setting.mesh.api('/api/v1/identity-providers/idp', 'PATCH', { name: 'Acme ID' });
    expect(await person.statusOf('/api/v1/monitors')).toBe(200);
    await setting.mesh.api('/api/v1/identity-providers/idp', 'PATCH', {
      rules: [...rules, { group: 'x', role: 'viewer' }],
    });
    expect(await person.statusOf('/api/v1/monitors')).toBe(401);
    await setting.mesh.api('/api/v1/identity-providers/idp', 'PATCH', { rules });
  });
});

describe('a sign-out', () => {
  test('a sign-out ends the session first, then leads to the sign-out of the issuer, which leads back', async () => {
    const person = setting.newPerson();
    await person.signIn();
    const stolen = person.session!;
    const page = await person.signOut();
    expect([page.status, headingOf(page)]).toEqual([200, 'Signed out']);
    expect(person.session).toBeUndefined();
    const url = new URL(
      /http-equiv="refresh" content="0; url=([^"]+)"/.exec(page.text)![1]!.replaceAll('&amp;', '&'),
    );
    expect(url.origin).toBe(setting.mesh.issuer.url);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: 'probemesh',
      post_logout_redirect_uri: `${setting.mesh.url}/signed-out`,
      id_token_hint: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
    });
    expect((await person.open(url)).text).toContain('Do you want to sign-out');
    person.setCookie(setting.mesh.url, '__Host-probemesh-session', stolen);
    expect(await person.statusOf('/api/v1/monitors')).toBe(401);
  });

  test('a sign-out works while the issuer is down', async () => {
    const person = setting.newPerson();
    await person.signIn();
    await setting.mesh.api('/api/v1/identity-providers/idp', 'PATCH', { name: 'Acme' });
    setting.mesh.issuer.state = 'failing';
    const page = await person.signOut();
    expect([page.status, page.headers.get('location')]).toEqual([303, '/signed-out']);
    expect(person.session).toBeUndefined();
    setting.mesh.issuer.state = 'up';
  });
});
