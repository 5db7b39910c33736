// Owns what the tests that attack the dashboard share in the Worker: the mesh that they attack, its pages and its forms, and
// what must not have changed. Does not assert anything.
import { vi } from 'vitest';
import type { Ids } from '../dashboard-paths.ts';
import { type Route, routes } from './every-route.ts';
import { everyTable } from './every-table.ts';
import { ask, bindings, clock } from './http-mesh.ts';
import { makeWholeMesh, type Wish } from './whole-mesh.ts';

const ofDashboard = routes.filter(({ path }) => path === '/dashboard' || path.startsWith('/dashboard/'));

export const PAGES: readonly Route[] = ofDashboard.filter(({ method }) => method === 'GET');
export const FORMS: readonly Route[] = ofDashboard.filter(({ method }) => method !== 'GET');

/** A mesh with one of everything, with these texts. */
export async function wholeMesh(wish: Wish): Promise<Ids> {
  // Nothing is sent.
  const queue = { send: async () => undefined, sendBatch: async () => undefined } as unknown;
  bindings.DELIVERIES = queue as typeof bindings.DELIVERIES;
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('No request leaves this test.')));
  return makeWholeMesh(
    {
      send: (method, path, body) => ask(path, { method, ...(body === undefined ? {} : { body }) }),
      db: bindings.DB,
      now: () => clock.now,
      setNow: (now) => {
        clock.now = now;
      },
    },
    wish,
  );
}

/** Every table but the last uses of sessions and keys, which every request may write. */
export async function stored(): Promise<string> {
  const text = await everyTable(bindings.DB);
  return text.replaceAll(/"last_used_at":(\d+|null)/g, '"last_used_at":0');
}

/** Another site's form, and scripts: what a browser sends with each. */
export const FOREIGN: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ['a form of another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' }],
  ['a form of another port', { 'sec-fetch-site': 'same-site', origin: 'https://status.test:8443' }],
  ['a form of a page without origin', { 'sec-fetch-site': 'cross-site', origin: 'null' }],
  ['an old browser', { origin: 'https://evil.test' }],
  ['an old browser without origin', { origin: 'null' }],
  ['a client that says nothing', {}],
  ['a header of another site', { 'sec-fetch-site': 'none' }],
  ['a script that adds no header', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }],
];
