// Owns the cookies of people who sign in: names, attributes, reading and writing. Does not know what is in them.
import type { Context } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import type { HttpEnv } from '../context.ts';

/**
 * `session` is the token of a session. `flow` is a sign-in that is in progress, encrypted. `device` marks a browser in which
 * an account has signed in before. `flash` is a message for the next page. `checklist`: the browser hides the checklist of a new mesh.
 * `zone` is the time zone that was chosen last.
 */
type CookieName = 'session' | 'flow' | 'device' | 'flash' | 'checklist' | 'zone';

/**
 * RFC 6265bis, section 4.1.3.2: browsers take a `__Host-` cookie from this host only, for all paths, over TLS. They treat
 * http://localhost and http://127.0.0.1 as secure.
 */
const nameOf = (name: CookieName): string => `__Host-probemesh-${name}`;

const ATTRIBUTES = { path: '/', secure: true, httpOnly: true, sameSite: 'Lax' } as const;

export const readCookie = (c: Context<HttpEnv>, name: CookieName): string | null =>
  getCookie(c, nameOf(name)) ?? null;

/** `maxAgeSeconds` undefined: until the browser closes. */
export const writeCookie = (
  c: Context<HttpEnv>,
  name: CookieName,
  value: string,
  maxAgeSeconds?: number,
): void =>
  setCookie(c, nameOf(name), value, {
    ...ATTRIBUTES,
    ...(maxAgeSeconds === undefined ? {} : { maxAge: maxAgeSeconds }),
  });

export const clearCookie = (c: Context<HttpEnv>, name: CookieName): void =>
  setCookie(c, nameOf(name), '', { ...ATTRIBUTES, maxAge: 0 });
