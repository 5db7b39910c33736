// Owns what the tests of a sign-in share: a mesh for each file, an issuer in its normal state for each test, and refusals.
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import type { Page } from '../../support/net/cookie-client.ts';
import { type OidcMesh, Person, startOidcMesh } from './oidc-mesh.ts';

export const UNVERIFIED = 'The sign-in could not be verified';
export const EXPIRED = 'This sign-in has expired';

export interface Setting {
  readonly mesh: OidcMesh;
  newPerson(): Person;
}

/** Call once in a file. */
export function useOidcMesh(): Setting {
  let mesh: OidcMesh;
  let people = 0;
  beforeAll(async () => {
    mesh = await startOidcMesh();
  });
  afterAll(() => mesh?.stop());
  beforeEach(() => {
    const normal = { groups: ['staff'], groupsInIdToken: true, spoil: null, forged: false, state: 'up' };
    Object.assign(mesh.issuer, normal);
    mesh.logs();
  });
  return {
    get mesh() {
      return mesh;
    },
    newPerson() {
      people += 1;
      return new Person(mesh, `person-${people}`);
    },
  };
}

export const headingOf = ({ text }: Page): string | undefined => /<h1[^>]*>([^<]+)/.exec(text)?.[1];

/** The page shows what is wrong, and no session starts. */
export function expectRefused(person: Person, page: Page, status: number, heading: string): void {
  expect([page.status, headingOf(page)]).toEqual([status, heading]);
  expect(page.headers.get('cache-control')).toBe('private, no-store');
  expect(page.text).toContain('href="/sign-in"');
  expect(person.session).toBeUndefined();
}
