import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type OidcMesh, Person, startOidcMesh } from './oidc-mesh.ts';

let mesh: OidcMesh;
beforeAll(async () => {
  mesh = await startOidcMesh();
});
afterAll(() => mesh?.stop());
beforeEach(() => {
  Object.assign(mesh.issuer, { groups: ['staff'], groupsInIdToken: true, spoil: null, forged: false, state: 'up' });
});

let people = 0;
const newPerson = () => new Person(mesh, `person-${++people}`);

describe('a sign-in at a real issuer', () => {
  test('a member of a group with a role gets a session and goes to the page that was asked for', async () => {
    const person = newPerson();
    const page = await person.signIn('/sign-in/oidc/idp?return=%2Fapi%2Fv1%2Fmonitors%3Fq%3Da');
    if (page.status === 500) console.log(mesh.logs());
    expect([page.status, page.headers.get('location')]).toEqual([303, '/api/v1/monitors?q=a']);
    expect(await person.session401()).toBe(200);
  });
});
