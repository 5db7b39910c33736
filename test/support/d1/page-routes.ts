// Owns the requests of the generated tests of status pages: every route of a page, and what its refusal must be.
// Does not decide who may read a page.
import { expect } from 'vitest';
import { needsNoAccess, pathOnPage } from '../../../src/http/pages/page-paths.ts';
import { type Route, routes } from './every-route.ts';
import type { Answered } from './http-mesh.ts';
import { type PrivateType, read, sendForm, titleOf } from './private-pages.ts';

export const SECRET_MONITOR = 'Project Halibut';

export const pageRoutes = routes.filter(({ rule }) => rule === 'page');
/** Without those that give access, or have a token of a mail. */
export const guardedRoutes = pageRoutes.filter(({ path }) => !needsNoAccess(pathOnPage(path)));

const addressOf = ({ path }: Route, id: string): string =>
  path.replace(':page', id).replaceAll(/:[a-zA-Z]+(\{[^}]*\})?/g, 'none');

export const requestPage = (
  route: Route,
  id: string,
  headers: Record<string, string> = {},
  query = '',
): Promise<Answered> =>
  route.method === 'POST'
    ? sendForm(`${addressOf(route, id)}${query}`, {}, { headers })
    : read(`${addressOf(route, id)}${query}`, headers);

/** A page for people who sign in is, to all others, none. */
function expectHidden(route: Route, answer: Answered, why: string): void {
  const { status, headers } = answer;
  expect([route.endpoint, why, status, headers.get('cache-control'), headers.get('x-robots-tag')]).toEqual([
    ...[route.endpoint, why, 404, 'no-store', null],
  ]);
  for (const text of [titleOf('sign_in'), SECRET_MONITOR]) expect(answer.text).not.toContain(text);
}

/** Nothing of the page has run, and nothing of the answer may be kept or listed. */
export function expectClosed(route: Route, type: PrivateType, answer: Answered, why: string): void {
  if (type === 'sign_in') {
    expectHidden(route, answer, why);
    return;
  }
  const isRefused = answer.status === 401 || answer.status === 403;
  const shown = [titleOf(type), SECRET_MONITOR].filter((text) => answer.text.includes(text));
  expect({
    ...{ route: route.endpoint, why, isRefused, shown },
    cache: answer.headers.get('cache-control'),
    robots: answer.headers.get('x-robots-tag'),
  }).toEqual({
    ...{ route: route.endpoint, why, isRefused: true, shown: [] },
    cache: 'private, no-store',
    robots: 'noindex',
  });
}
