import { describe, expect, test } from 'vitest';
import { expectRefused, headingOf, useOidcMesh } from './setting.ts';

const setting = useOidcMesh();

describe('an issuer that fails', () => {
  test.each(['failing', 'hanging'] as const)(
    'while the issuer is %s, a person who returns from it sees that it does not respond, within 10 seconds',
    async (state) => {
      const person = setting.newPerson();
      const callback = await person.atIssuer();
      setting.mesh.issuer.state = state;
      const start = Date.now();
      const page = await person.send(callback);
      expectRefused(person, page, 503, 'The provider does not respond');
      expect(Date.now() - start).toBeLessThan(10_000);
      expect(page.text).toContain('Acme ID does not respond');
    },
  );

  test('new keys of the issuer are read with the first token that they sign', async () => {
    const before = setting.newPerson();
    expect((await before.signIn()).status).toBe(303);
    await setting.mesh.issuer.rotateKeys();
    const after = setting.newPerson();
    expect((await after.signIn()).status).toBe(303);
    expect(await after.statusOf('/api/v1/monitors')).toBe(200);
  });

  test('a sign-in of an unknown provider, and of a disabled one, is not found', async () => {
    const path = '/api/v1/identity-providers/idp';
    expect((await setting.newPerson().send(`${setting.mesh.url}/sign-in/oidc/nothing`)).status).toBe(404);
    expect((await setting.mesh.api(path, 'PATCH', { enabled: false })).status).toBe(200);
    expect((await setting.newPerson().send(`${setting.mesh.url}/sign-in/oidc/idp`)).status).toBe(404);
    expect((await setting.mesh.api(path, 'PATCH', { enabled: true })).status).toBe(200);
  });

  test('a wrong client secret is shown as a matter of the admin', async () => {
    const path = '/api/v1/identity-providers/idp';
    await setting.mesh.api(path, 'PATCH', { secret: 'wrong' });
    const person = setting.newPerson();
    const page = await person.signIn();
    expectRefused(person, page, 503, 'The provider is not set up correctly');
    await setting.mesh.api(path, 'PATCH', { secret: setting.mesh.clientSecret });
    expect((await setting.newPerson().signIn()).status).toBe(303);
  });

  test('a secret in the body is tried if the issuer refuses it in the header', async () => {
    setting.mesh.configure({ clientAuthentication: 'client_secret_post' });
    expect((await setting.newPerson().signIn()).status).toBe(303);
    setting.mesh.configure({});
  });

  test('an issuer that is down, or that is not an issuer, gives a page with the other ways to sign in', async () => {
    const path = '/api/v1/identity-providers';
    const body = { type: 'oidc', audience: 'x', rules: [] };
    await setting.mesh.api(path, 'POST', { ...body, id: 'down', name: 'Down', issuer: 'http://127.0.0.1:9' });
    await setting.mesh.api(path, 'POST', {
      ...body,
      id: 'odd',
      name: 'Odd',
      issuer: `${setting.mesh.url}/api/v1`,
    });
    const down = await setting.newPerson().send(`${setting.mesh.url}/sign-in/oidc/down`);
    expect([down.status, headingOf(down)]).toEqual([503, 'The provider does not respond']);
    const odd = await setting.newPerson().send(`${setting.mesh.url}/sign-in/oidc/odd`);
    expect([odd.status, headingOf(odd)]).toEqual([503, 'The provider is not set up correctly']);
    expect(odd.text).toContain('href="/sign-in"');
  });
});
