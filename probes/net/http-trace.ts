// Owns what a debug run shows of an HTTP exchange: both heads, without the values of cookies. Does not show bodies.
import type { HttpRequest } from '../checks/check.ts';
import type { Head } from './http-head.ts';
import type { Session } from './session.ts';

type Tracer = Pick<Session, 'trace'>;

export function traceRequest(session: Tracer, { method, path, headers }: HttpRequest): void {
  session.trace(`${method} ${path}`);
  for (const [name, value] of Object.entries(headers))
    session.trace(`> ${name}: ${withoutCookies(name, value)}`);
}

export function traceHead(session: Tracer, { version, status, reason, lines }: Head): void {
  session.trace(`HTTP/${version} ${status} ${reason}`.trim());
  for (const [name, value] of lines) session.trace(`< ${name}: ${withoutCookies(name, value)}`);
}

/** A cookie may be the key to a session, so a trace shows its name only. */
function withoutCookies(name: string, value: string): string {
  const hide = (pair: string): string => pair.replace(/^([^=]*=)?.*$/s, '$1•••');
  if (name === 'cookie') return value.split('; ').map(hide).join('; ');
  if (name !== 'set-cookie') return value;
  const [pair = '', ...attributes] = value.split(';');
  return [hide(pair), ...attributes].join(';');
}
