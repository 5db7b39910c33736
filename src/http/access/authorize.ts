// Owns the enforcement of the table of routes: no credentials, too small a role, a restriction where the route needs
// everything, and routes that the table does not list. Does not find the person or the key: authenticate.ts does.
import type { MiddlewareHandler } from 'hono';
import { isAtLeast, type Role } from '../../access/role.ts';
import { log } from '../../log.ts';
import type { Authenticated, HttpEnv } from '../context.ts';
import { isApiPath } from './api-path.ts';
import { endpointOf } from './endpoint.ts';
import { askToSignIn, forbid } from './refuse.tsx';
import type { Rule } from './rule.ts';
import { RULES } from './rules.ts';

const FILES: ReadonlySet<string> = new Set(['/favicon.ico', '/robots.txt', '/embed.js']);

/** Assets are files of the program: they need no rule. */
export const isAsset = (path: string): boolean => path.startsWith('/assets/') || FILES.has(path);

/** Needs no credentials of this mesh. */
const isOpen = (rule: Rule | null): rule is 'public' | 'page' => rule === 'public' || rule === 'page';

/** Why a request is refused, in words. Null: it may pass. */
export function refusalOf(rule: Rule, { caller, person }: Authenticated): string | null {
  if (isOpen(rule)) return null;
  if (rule === 'signed_in')
    return person === null
      ? 'This route is about the person who signed in. An API key is not a person.'
      : null;
  const needed: Role = typeof rule === 'string' ? rule : rule.role;
  if (!isAtLeast(caller.role, needed))
    return `The role "${caller.role}" does not allow this. It needs the role "${needed}". Ask an admin.`;
  if (typeof rule === 'object' && caller.restriction !== null)
    return `This needs access to everything, and yours is restricted to ${caller.restriction.join(', ') || 'nothing'}.`;
  return null;
}

/** Add after the authentication and before everything that reads the request further. */
export const authorize: MiddlewareHandler<HttpEnv> = async (c, next) => {
  const { path } = c.req;
  const endpoint = endpointOf(c);
  const isApi = isApiPath(path);
  if (isAsset(path)) return next();
  const { authenticated } = c.var;
  // No route matches. Without a session or a key, the API answers as on a route that exists.
  if (endpoint === undefined) return isApi && authenticated === null ? askToSignIn(c) : next();
  const rule = Object.hasOwn(RULES, endpoint) ? RULES[endpoint]! : null;
  if (isOpen(rule)) return next();
  if (authenticated === null) return askToSignIn(c);
  if (rule === null) {
    log.error('http.rule_missing', { endpoint });
    return forbid(c, 'This route has no rule of access, so it is closed. Report this as a bug.');
  }
  const refusal = refusalOf(rule, authenticated);
  if (refusal !== null) return forbid(c, refusal);
  c.set('caller', authenticated.caller);
  return next();
};
