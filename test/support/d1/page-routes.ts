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

/** Nothing of the page has run, and nothing of the answer may be kept or listed. */
export function expectClosed(route: Route, type: PrivateType, answer: Answered, why: string): void {
  const isRefused =
    answer.status === 401 ||
    answer.status === 403 ||
    (answer.status === 303 && (answer.headers.get('location') ?? '').startsWith('/sign-in?return='));
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
