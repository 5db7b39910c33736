// Owns the guess of a check from what a person typed as "URL or host:port", with the reason in words and what else it could
// be. Pure. Does not run anything: where only an answer can tell, it says which check to try first.
import type { CheckInput } from '../../../../probes/checks/check-input.ts';
import type { Observation } from '../../../../probes/contract/index.ts';
import { SCHEME_PORTS, SERVICES, WEB_PORTS } from './known-services.ts';
import { readTarget, type Target } from './read-target.ts';

/** What a person can choose for a target. */
export const KINDS = {
  https: 'Website (HTTPS)',
  http: 'Website (HTTP)',
  tls: 'TLS certificate',
  tcp: 'Open TCP port',
  service: 'Conversation of the service',
  dns: 'DNS server',
} as const;
export type Kind = keyof typeof KINDS;

export const isKind = (text: string | undefined): text is Kind => Object.hasOwn(KINDS, text ?? '');

export type Guess =
  | {
      readonly kind: 'check';
      readonly is: Kind;
      readonly check: CheckInput;
      /** One sentence. */
      readonly reason: string;
      readonly name: string;
      /** What the target can be as well, in the order of KINDS. */
      readonly others: readonly Kind[];
      /** If the first check shows that the target is something else. */
      readonly orElse?: Kind;
    }
  /** What was typed could be too many things. */
  | { readonly kind: 'ask'; readonly question: string; readonly choices: readonly Kind[] }
  | { readonly kind: 'refused'; readonly message: string };

/** `as`: what the person chose instead of the guess. */
export function guessCheck(text: string, as?: Kind): Guess {
  const read = readTarget(text);
  if (!read.ok) return { kind: 'refused', message: read.error };
  const target = read.value;
  if (as === undefined) return guess(target);
  const check = checkAs(target, as);
  return check === null
    ? { kind: 'refused', message: needsPort(target, as) }
    : checked(target, as, check, 'You chose this check.');
}

function guess(target: Target): Guess {
  const { scheme, port, isAddress, host } = target;
  if (scheme !== null) return guessByScheme(target, scheme);
  if (target.path !== '') return withKind(target, 'https', 'The target has a path, so it is a website.');
  if (port !== null) return guessByPort(target, port);
  if (isAddress || !host.replace(/\.$/, '').includes('.'))
    return {
      kind: 'ask',
      question: `What runs at ${host}? ${isAddress ? 'An address alone' : 'A name without a dot'} does not say. Choose, or add a port, such as ${withPort(target, 5432)}.`,
      choices: ['https', 'http', 'tls', 'dns'],
    };
  return withKind(target, 'https', 'A host name without a port is most often a website.');
}

function guessByScheme(target: Target, scheme: string): Guess {
  if (scheme === 'https' || scheme === 'http')
    return withKind(target, scheme, `The address begins with ${scheme}://, so it is a website.`);
  if (scheme === 'wss' || scheme === 'ws') {
    const kind = scheme === 'wss' ? 'tls' : 'tcp';
    const port = target.port ?? (scheme === 'wss' ? 443 : 80);
    return withKind(
      { ...target, port },
      kind,
      `A WebSocket needs its own client, so the check connects to port ${port}.`,
    );
  }
  if (scheme === 'tls' || scheme === 'ssl')
    return withKind({ ...target, port: target.port ?? 443 }, 'tls', `The address begins with ${scheme}://.`);
  if (scheme === 'tcp') return withKind(target, 'tcp', 'The address begins with tcp://.');
  if (scheme === 'dns') return withKind(target, 'dns', 'The address begins with dns://.');
  const usualPort = SCHEME_PORTS.get(scheme);
  if (usualPort === undefined)
    return {
      kind: 'refused',
      message: `Addresses with ${scheme}:// are unknown here. Enter https://…, or host:port.`,
    };
  const known = { ...target, port: target.port ?? usualPort, path: '' };
  const check = checkOfService(known, usualPort);
  const { does } = SERVICES.get(usualPort)!;
  return checked(known, kindOf(check), check, `The address begins with ${scheme}://: the check ${does}.`);
}

function guessByPort(target: Target, port: number): Guess {
  const web = WEB_PORTS.get(port);
  const first = withKind(
    target,
    web ?? 'tcp',
    web === undefined
      ? `Port ${port} has no usual service, so the check connects, and sends nothing.`
      : `Port ${port} is usual for websites${web === 'https' ? ' with HTTPS' : ''}.`,
  );
  if (first.kind === 'check' && web !== undefined)
    return { ...first, orElse: web === 'https' ? 'tls' : 'tcp' };
  if (port === 53) return withKind(target, 'dns', 'Port 53 is that of DNS.');
  const service = SERVICES.get(port);
  if (service === undefined) return first;
  const check = checkOfService(target, port);
  return checked(
    target,
    kindOf(check),
    check,
    `Port ${port} is that of ${service.name}: the check ${service.does}.`,
  );
}

/** What the first answer of a target shows. Null: the guess stays, because it fits or because nothing answered. */
export function kindByAnswer(guess: Guess, observation: Observation): Kind | null {
  if (guess.kind !== 'check' || guess.orElse === undefined) return null;
  if (observation.outcome !== 'failed' || observation.response?.status !== undefined) return null;
  const { connectMs, tlsMs } = observation.timings;
  const hasAnswered = guess.orElse === 'tls' ? tlsMs !== undefined : connectMs !== undefined;
  // A server that closes or says something else is no website. One that only hangs may be.
  return hasAnswered && observation.phase === 'reply' && observation.code !== 'timeout' ? guess.orElse : null;
}

const kindOf = ({ type }: CheckInput): Kind => (type === 'script' ? 'service' : (type as Kind));

function checkOfService(target: Target, usualPort: number): CheckInput {
  const { check = { type: 'tcp' } } = SERVICES.get(usualPort)!;
  const { type, ...options } = check;
  return { type, host: target.host, port: target.port ?? usualPort, ...options };
}

function withKind(target: Target, is: Kind, reason: string): Guess {
  const check = checkAs(target, is);
  return check === null
    ? { kind: 'refused', message: needsPort(target, is) }
    : checked(target, is, check, reason);
}

const needsPort = (target: Target, is: Kind): string =>
  is === 'service'
    ? 'No conversation is known for this target. Enter host:port with the port of a service, such as mail.example.com:587.'
    : `${KINDS[is]}: which port? Enter it behind the host, such as ${withPort(target, 5432)}.`;

const withPort = ({ host }: Target, port: number): string => `${bracketed(host)}:${port}`;

const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host);

function checked(target: Target, is: Kind, check: CheckInput, reason: string): Guess {
  const others = (Object.keys(KINDS) as Kind[]).filter(
    (kind) => kind !== is && checkAs(target, kind) !== null,
  );
  return { kind: 'check', is, check, reason, name: nameOf(target, check), others };
}

/** Null: the target has no port, or no known service. */
function checkAs(target: Target, is: Kind): CheckInput | null {
  const { host, path } = target;
  const port = target.port ?? SCHEME_PORTS.get(target.scheme ?? '') ?? null;
  if (is === 'https' || is === 'http') return host === '' ? null : { type: 'http', url: urlOf(target, is) };
  if (is === 'dns') return dnsCheck(target);
  if (host === '') return null;
  const webPort = target.scheme === 'http' ? 80 : target.scheme === 'https' || path !== '' ? 443 : null;
  const own = port ?? webPort;
  if (is === 'tls') return { type: 'tls', host, ...(own === null || own === 443 ? {} : { port: own }) };
  if (is === 'tcp') return own === null ? null : { type: 'tcp', host, port: own };
  return port === null || SERVICES.get(port)?.check?.type !== 'script' ? null : checkOfService(target, port);
}

function urlOf({ host, port, path }: Target, scheme: 'https' | 'http'): string {
  const usual = scheme === 'https' ? 443 : 80;
  const shownPort = port === null || port === usual ? '' : `:${port}`;
  return `${scheme}://${bracketed(host)}${shownPort}${path.startsWith('?') ? '/' : ''}${path}`;
}

/** A name server is asked for its own domain, which it should know: ns1.example.com for example.com. */
function dnsCheck({ scheme, host, port, path, isAddress }: Target): CheckInput | null {
  const asked = scheme === 'dns' ? path.replace(/^\//, '').replace(/\?.*$/, '') : '';
  const labels = host.replace(/\.$/, '').split('.');
  const own =
    isAddress || labels.length < 2 ? 'example.com' : labels.slice(labels.length > 2 ? 1 : 0).join('.');
  if (host === '') return asked === '' ? null : { type: 'dns', name: asked };
  return {
    ...{ type: 'dns', name: asked === '' ? own : asked, server: host },
    ...(asked === '' && !isAddress ? { record: 'SOA' } : {}),
    ...(port === null || port === 53 ? {} : { port }),
  };
}

const MAX_NAME_LENGTH = 120;

/** The host, and what tells it apart from other monitors of the host. */
function nameOf({ host, path, port: typed }: Target, check: CheckInput): string {
  if (check.type === 'dns') return cut(`DNS of ${check.name}`);
  const shown = bracketed(host.replace(/^www\./i, '').replace(/\.$/, ''));
  const port = typed ?? (check.port as number | undefined) ?? null;
  const isWeb = check.type === 'http' || check.type === 'tls';
  const isUsual = port === null || (isWeb && (port === 443 || port === 80));
  const pathname = check.type === 'http' ? path.replace(/\?.*$/s, '').replace(/\/$/, '') : '';
  return cut(`${shown}${isUsual ? '' : `:${port}`}${pathname}`);
}

/** Without half of a surrogate pair at the end. */
const cut = (name: string): string => name.slice(0, MAX_NAME_LENGTH).replace(/[\ud800-\udbff]$/, '');
