// Owns a good server for each check, and the outcomes that are right if the conversation is spoiled. A check without an
// entry here is tested from its definition alone.
import type { RequestListener } from 'node:http';
import { findCheck } from '../../../probes/checks/catalogue.ts';
import { type Authority, createAuthority, type Pair } from './certificates.ts';
import { answered, startDnsServer } from './dns-server.ts';
import { httpsTarget, httpTarget, tlsTarget } from './http-server.ts';
import { startEcho, startTalker, type Talk } from './scripted-server.ts';
import { openTarget } from './targets.ts';

export interface Server {
  readonly port: number;
  close(): Promise<void>;
}

/** What is done to the conversation; see middleman.ts. `stopped`: the kernel accepts, and nobody ever answers. */
export type Trouble = 'stopped' | 'reset' | 'end' | 'stall' | 'trickle' | 'garbage' | 'babble';

interface Common {
  readonly title: string;
  readonly needsOpenssl?: true;
  /** A server that makes the check ok. */
  start(): Promise<Server>;
  /** The check, towards a port of 127.0.0.1. */
  options(port: number): { readonly type: string } & Readonly<Record<string, unknown>>;
}

export interface TcpSubject extends Common {
  readonly transport: 'tcp';
  /** The last byte of the server's transcript matters as much as the first. */
  readonly everyByteCounts: boolean;
  /** Outcomes that are right, in words. */
  readonly expected: Readonly<Record<Trouble, readonly string[]>>;
}

export interface UdpSubject extends Common {
  readonly transport: 'udp';
  /** What is right to say of datagrams that are no answer. */
  readonly garbage: readonly string[];
}

export type Subject = TcpSubject | UdpSubject;

const HOST = '127.0.0.1';

export interface ExampleSubject {
  readonly transport: 'tcp' | 'udp';
  options(port: number): { readonly type: string } & Readonly<Record<string, unknown>>;
}

/** The example of a check's documentation, sent to a port of 127.0.0.1; null if the check has no target of its own. */
export function exampleSubject(type: string): ExampleSubject | null {
  const check = findCheck(type);
  if (!check) throw new Error(`The catalogue has no check "${type}".`);
  const { example } = check.docs;
  const target = check.target(check.options.parse(example));
  if (!target) return null;
  const { transport, fields } = target;
  return {
    transport,
    options(port) {
      if (fields.host !== fields.port) return { ...example, [fields.host]: HOST, [fields.port]: port };
      const url = new URL(String(example[fields.host]));
      url.host = `${HOST}:${port}`;
      return { ...example, [fields.host]: url.href };
    },
  };
}

/** What a conversation must say: whoever is silent or slow has timed out, and nonsense is no reply. */
const conversation: TcpSubject['expected'] = {
  stopped: ['failed timeout'],
  reset: ['failed reset'],
  end: ['failed unexpected_reply'],
  stall: ['failed timeout'],
  trickle: ['failed timeout'],
  garbage: ['failed unexpected_reply'],
  babble: ['failed unexpected_reply'],
};

/** What speaks TLS first calls nonsense a breach of TLS, and so the end of the connection in the handshake. */
const encrypted: TcpSubject['expected'] = {
  ...conversation,
  // The kernel tells of a reset once: where the ClientHello met it, whoever reads sees an end.
  reset: ['failed reset', 'failed tls'],
  end: ['failed tls', 'failed unexpected_reply'],
  garbage: ['failed tls'],
  babble: ['failed tls'],
};

/** What is said on a connection means nothing to a handshake; a reset at once it does see. */
const handshake: TcpSubject['expected'] = {
  stopped: ['ok'],
  reset: ['failed reset'],
  end: ['ok'],
  stall: ['ok'],
  trickle: ['ok'],
  garbage: ['ok'],
  babble: ['ok'],
};

const PAGE = 'Open for business. '.repeat(40);
const shop: RequestListener = (_request, response) => void response.end(PAGE);
const NAME = 'shop.example.com';
const nameServer = (): Promise<Server> =>
  startDnsServer((query) => [answered(query, [{ type: 'A', name: NAME, data: '192.0.2.10' }])]);
const redis = (talk: Talk): void =>
  talk.onLine((line) => talk.say(line === 'PING' ? '+PONG\r\n' : '-ERR\r\n'));
const PING = [{ send: 'PING\r\n' }, { expect: '+PONG', unless: '^[^+]' }];

let authority: Promise<Authority> | undefined;
const certified = async (): Promise<Pair> => {
  authority ??= createAuthority();
  return (await authority).issue(`IP:${HOST}`);
};
/** The servers' certificates are of an authority that nobody knows. */
const trust = 'any';

export const subjects: readonly Subject[] = [
  {
    title: 'tcp',
    transport: 'tcp',
    start: () => openTarget(),
    options: (port) => ({ type: 'tcp', host: HOST, port }),
    everyByteCounts: false,
    expected: handshake,
  },
  {
    title: 'tls',
    transport: 'tcp',
    needsOpenssl: true,
    start: async () => tlsTarget(await certified()),
    options: (port) => ({ type: 'tls', host: HOST, port, trust }),
    everyByteCounts: false,
    expected: encrypted,
  },
  {
    title: 'http',
    transport: 'tcp',
    start: () => httpTarget(shop),
    options: (port) => ({ type: 'http', url: `http://${HOST}:${port}/`, contains: 'business' }),
    everyByteCounts: true,
    expected: conversation,
  },
  {
    title: 'http over TLS',
    transport: 'tcp',
    needsOpenssl: true,
    start: async () => httpsTarget(await certified(), shop),
    options: (port) => ({ type: 'http', url: `https://${HOST}:${port}/`, trust }),
    everyByteCounts: false,
    expected: encrypted,
  },
  {
    title: 'dns over TCP',
    transport: 'tcp',
    start: nameServer,
    options: (port) => ({ type: 'dns', name: NAME, server: HOST, port, transport: 'tcp' }),
    everyByteCounts: true,
    // A length of many bytes that never come is silence.
    expected: { ...conversation, garbage: ['failed unexpected_reply', 'failed timeout'] },
  },
  {
    title: 'script',
    transport: 'tcp',
    start: () => startTalker(redis),
    options: (port) => ({ type: 'script', host: HOST, port, steps: PING }),
    // The line break of the last line is waited for, and not missed when the peer ends without it.
    everyByteCounts: false,
    // What has no line break in it is no line yet.
    expected: { ...conversation, garbage: ['failed unexpected_reply', 'failed timeout'] },
  },
  {
    title: 'script over TLS',
    transport: 'tcp',
    needsOpenssl: true,
    start: async () => startTalker(redis, await certified()),
    options: (port) => ({ type: 'script', host: HOST, port, tls: true, trust, steps: PING }),
    everyByteCounts: false,
    expected: encrypted,
  },
  {
    title: 'dns',
    transport: 'udp',
    start: nameServer,
    options: (port) => ({ type: 'dns', name: NAME, server: HOST, port }),
    // Answers to another question are ignored, as forged ones have to be.
    garbage: ['failed unexpected_reply', 'failed timeout'],
  },
  {
    title: 'udp',
    transport: 'udp',
    start: startEcho,
    options: (port) => ({ type: 'udp', host: HOST, port, send: 'are you there?', expect: 'there' }),
    garbage: ['failed unexpected_reply'],
  },
];
