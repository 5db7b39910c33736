import { describe, expect, test } from 'vitest';
import { FLOW } from './oidc-mesh.ts';
import { EXPIRED, expectRefused, UNVERIFIED, useOidcMesh } from './setting.ts';

const setting = useOidcMesh();
const NOW = () => Math.floor(Date.now() / 1000);

describe('a response of the issuer that proves nothing', () => {
  test.each<[string, () => void]>([
    [
      'is for another audience',
      () => (setting.mesh.issuer.spoil = (claims) => ({ ...claims, aud: 'another-client' })),
    ],
    [
      'is for several audiences and authorizes another client',
      () =>
        (setting.mesh.issuer.spoil = (claims) => ({ ...claims, aud: ['probemesh', 'other'], azp: 'other' })),
    ],
    ['has another nonce', () => (setting.mesh.issuer.spoil = (claims) => ({ ...claims, nonce: 'another' }))],
    ['has no nonce', () => (setting.mesh.issuer.spoil = ({ nonce: _, ...claims }) => claims)],
    [
      'is of another issuer',
      () => (setting.mesh.issuer.spoil = (claims) => ({ ...claims, iss: 'https://evil.test' })),
    ],
    [
      'expired two minutes ago',
      () => (setting.mesh.issuer.spoil = (claims) => ({ ...claims, exp: NOW() - 120 })),
    ],
    [
      'is valid in two minutes',
      () => (setting.mesh.issuer.spoil = (claims) => ({ ...claims, nbf: NOW() + 120 })),
    ],
    ['is signed with a key that is not of the issuer', () => (setting.mesh.issuer.forged = true)],
  ])('a sign-in is refused if the ID token %s', async (_, change) => {
    change();
    const person = setting.newPerson();
    expectRefused(person, await person.signIn(), 400, UNVERIFIED);
    expect(setting.mesh.logs().filter((line) => line.includes('sign_in.failed'))).toHaveLength(1);
  });

  test('a sign-in works if the ID token expired 30 seconds ago, because clocks differ', async () => {
    setting.mesh.issuer.spoil = (claims) => ({ ...claims, exp: NOW() - 30 });
    const person = setting.newPerson();
    expect((await person.signIn()).status).toBe(303);
    expect(await person.statusOf('/api/v1/monitors')).toBe(200);
  });

  test('a sign-in is refused with another state, and the person can complete it with the right one', async () => {
    const person = setting.newPerson();
    const callback = await person.atIssuer();
    const forged = new URL(callback);
    forged.searchParams.set('state', 'another');
    expectRefused(person, await person.send(forged), 400, EXPIRED);
    expect((await person.send(callback)).status).toBe(303);
  });

  test('a sign-in is refused in a browser that did not begin it', async () => {
    const callback = await setting.newPerson().atIssuer();
    const other = setting.newPerson();
    expectRefused(other, await other.send(callback), 400, EXPIRED);
    await other.atIssuer();
    expectRefused(other, await other.send(callback), 400, EXPIRED);
  });

  test('a code that was used is refused, also with the cookie of the sign-in', async () => {
    const person = setting.newPerson();
    const callback = await person.atIssuer();
    const flow = person.cookie(setting.mesh.url, FLOW)!;
    expect((await person.send(callback)).status).toBe(303);
    const tokens = setting.mesh.issuer.requests.get('/token');
    const thief = setting.newPerson();
    thief.setCookie(setting.mesh.url, FLOW, flow);
    expectRefused(thief, await thief.send(callback), 400, EXPIRED);
    // The code was not even sent to the issuer.
    expect(setting.mesh.issuer.requests.get('/token')).toBe(tokens);
  });

  test('a code that the issuer refuses is refused', async () => {
    const person = setting.newPerson();
    const callback = await person.atIssuer();
    callback.searchParams.set('code', 'made-up');
    expectRefused(person, await person.send(callback), 400, EXPIRED);
  });

  test('a response that names another issuer is refused before its code is sent', async () => {
    const person = setting.newPerson();
    const callback = await person.atIssuer();
    callback.searchParams.set('iss', 'https://evil.test');
    const tokens = setting.mesh.issuer.requests.get('/token');
    expectRefused(person, await person.send(callback), 400, UNVERIFIED);
    expect(setting.mesh.issuer.requests.get('/token')).toBe(tokens);
  });

  test('a person who cancels at the issuer sees so', async () => {
    const person = setting.newPerson();
    const callback = await person.atIssuer();
    callback.searchParams.delete('code');
    callback.searchParams.set('error', 'access_denied');
    expectRefused(person, await person.send(callback), 403, 'The provider refused the sign-in');
  });
});
