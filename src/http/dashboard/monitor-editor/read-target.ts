// Owns reading what a person typed as "URL or host:port": scheme, host, port and path, or why it cannot be a target and the
// fix. Pure. Does not choose a check: guess-check.ts does.
import ipaddr from 'ipaddr.js';
import { hostError } from '../../../../probes/checks/shared/target.ts';
import { err, ok, type Result } from '../../../result.ts';

export interface Target {
  /** In lower case, without `://`. Null: none was typed. */
  readonly scheme: string | null;
  /** As it was typed, without brackets. */
  readonly host: string;
  /** An IP address, not a name. */
  readonly isAddress: boolean;
  readonly port: number | null;
  /** Path and query, beginning with a slash or a question mark. Empty: none. */
  readonly path: string;
}

export const MAX_TARGET_LENGTH = 2_048;

const EMPTY = 'Enter a URL or host:port, such as https://shop.example.com or db.example.com:5432.';
const SECRET =
  'The address contains a user or a password, which everyone who sees the monitor could read. Remove the part before "@". Add it later as a secret of the check.';
const PORT = 'The port must be a whole number between 1 and 65535, as in db.example.com:5432.';

/** Schemes that people write with one slash or none. */
const LOOSE = /^(https?):\/{0,2}(?!\/)(.+)$/is;
const STRICT = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is;

export function readTarget(text: string): Result<Target, string> {
  const typed = text.trim();
  if (typed === '') return err(EMPTY);
  if (typed.length > MAX_TARGET_LENGTH)
    return err(`The target must have at most ${MAX_TARGET_LENGTH} characters.`);
  if (/[\s\p{Cc}]/u.test(typed))
    return err(
      'The target has a space or a line break inside. Enter one target, and write a space in a path as %20.',
    );
  const { scheme, rest } = withoutScheme(typed);
  const end = rest.search(/[/?#]/);
  const authority = end === -1 ? rest : rest.slice(0, end);
  const path = end === -1 ? '' : rest.slice(end).replace(/#.*$/s, '');
  if (authority.includes('@')) return err(SECRET);
  if (authority === '' && scheme !== 'dns') return err(`The host is missing. ${EMPTY}`);
  const split = splitPort(authority);
  if (split === null) return err(PORT);
  const problem = split.host === '' ? null : hostError(split.host);
  if (problem !== null) return err(problem);
  if (split.host === '' && scheme !== 'dns') return err(`The host is missing. ${EMPTY}`);
  return ok({ scheme, ...split, isAddress: ipaddr.isValid(split.host), path: path === '/' ? '' : path });
}

function withoutScheme(typed: string): { readonly scheme: string | null; readonly rest: string } {
  const loose = LOOSE.exec(typed);
  // A host may be called http: `http:8080`.
  if (loose && !/^\d+$/.test(loose[2]!)) return { scheme: loose[1]!.toLowerCase(), rest: loose[2]! };
  const strict = STRICT.exec(typed);
  if (strict) return { scheme: strict[1]!.toLowerCase(), rest: strict[2]! };
  return typed.startsWith('//') ? { scheme: 'https', rest: typed.slice(2) } : { scheme: null, rest: typed };
}

/** Null: what follows the colon is no port. */
function splitPort(authority: string): { readonly host: string; readonly port: number | null } | null {
  // An IPv6 address without brackets has no port: 2001:db8::1.
  if (authority.split(':').length > 2 && !authority.startsWith('[')) return { host: authority, port: null };
  const bracketed = /^\[([^\]]*)\](.*)$/s.exec(authority);
  const colon = authority.indexOf(':');
  const host = bracketed ? bracketed[1]! : colon === -1 ? authority : authority.slice(0, colon);
  const after = bracketed ? bracketed[2]! : colon === -1 ? '' : authority.slice(colon);
  if (after === '') return { host, port: null };
  // RFC 3986, section 3.2.3: a URL may end with a colon and no port.
  if (after === ':') return { host, port: null };
  const digits = /^:(\d{1,5})$/.exec(after)?.[1];
  const port = Number(digits ?? 0);
  return port >= 1 && port <= 65_535 ? { host, port } : null;
}
