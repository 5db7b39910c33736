// Owns a healthy server for each check, and the outcome that each fault must have. A check without an entry here is
// tested from its definition alone.
import type { RequestListener } from 'node:http';
import { findCheck } from '../../../probes/checks/catalogue.ts';
import { type Authority, createAuthority, type Pair } from './certificates.ts';
import { answered, startDnsServer } from './dns-server.ts';
import { httpsTarget, httpTarget, tlsTarget } from './http-server.ts';
import { type Conversation, startEcho, startScriptedServer } from './scripted-server.ts';
import { openTarget } from './targets.ts';

export interface Server {
  readonly port: number;
  close(): Promise<void>;
}

/** The faults of the proxy (chaos-proxy.ts). `stopped`: the kernel accepts, and the process never answers. */
export type FaultKind = 'stopped' | 'reset' | 'end' | 'stall' | 'trickle' | 'garbage' | 'flood';

interface Common {
  readonly title: string;
  readonly needsOpenssl?: true;
  /** Starts a server with which the check is ok. */
  start(): Promise<Server>;
  /** The check's options for a port of 127.0.0.1. */
  options(port: number): { readonly type: string } & Readonly<Record<string, unknown>>;
}

export interface TcpCheckServer extends Common {
  readonly transport: 'tcp';
  /** The check needs every byte of the server's transcript, the last one included. */
  readonly everyByteCounts: boolean;
  /** The correct outcomes of each fault. */
  readonly expected: Readonly<Record<FaultKind, readonly string[]>>;
}

export interface UdpCheckServer extends Common {
  readonly transport: 'udp';
  /** The correct outcomes of datagrams that are not an answer. */
  readonly garbage: readonly string[];
}

export type CheckServer = TcpCheckServer | UdpCheckServer;

const HOST = '127.0.0.1';

export interface ExampleCheck {
  readonly transport: 'tcp' | 'udp';
  options(port: number): { readonly type: string } & Readonly<Record<string, unknown>>;
}

/** The example of a check's documentation, sent to a port of 127.0.0.1; null if the check has no target of its own. */
export function exampleCheck(type: string): ExampleCheck | null {
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

/** A conversation: a silent or slow peer times out, and garbage is an unexpected reply. */
const conversation: TcpCheckServer['expected'] = {
  stopped: ['failed timeout'],
  reset: ['failed reset'],
  end: ['failed unexpected_reply'],
  stall: ['failed timeout'],
  trickle: ['failed timeout'],
  garbage: ['failed unexpected_reply'],
  flood: ['failed unexpected_reply'],
};

/** A conversation that starts with TLS: garbage and an end in the handshake are failures of TLS. */
const encrypted: TcpCheckServer['expected'] = {
  ...conversation,
  // The kernel reports a reset once: if the ClientHello meets it, a later read meets an end.
  reset: ['failed reset', 'failed tls'],
  end: ['failed tls', 'failed unexpected_reply'],
  garbage: ['failed tls'],
  flood: ['failed tls'],
};

/** A handshake alone: bytes on the connection do not matter, an immediate reset does. */
const handshake: TcpCheckServer['expected'] = {
  stopped: ['ok'],
  reset: ['failed reset'],
  end: ['ok'],
  stall: ['ok'],
  trickle: ['ok'],
  garbage: ['ok'],
  flood: ['ok'],
};

const PAGE = 'Open for business. '.repeat(40);
const shop: RequestListener = (_request, response) => void response.end(PAGE);
const NAME = 'shop.example.com';
const nameServer = (): Promise<Server> =>
  startDnsServer((query) => [answered(query, [{ type: 'A', name: NAME, data: '192.0.2.10' }])]);
const redis = (talk: Conversation): void =>
  talk.onLine((line) => talk.send(line === 'PING' ? '+PONG\r\n' : '-ERR\r\n'));
const PING = [{ send: 'PING\r\n' }, { expect: '+PONG', unless: '^[^+]' }];

let authority: Promise<Authority> | undefined;
const certified = async (): Promise<Pair> => {
  authority ??= createAuthority();
  return (await authority).issue(`IP:${HOST}`);
};
/** The authority of the servers' certificates is not trusted. */
const trust = 'any';

export const checkServers: readonly CheckServer[] = [
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
    // A length prefix without enough bytes after it is silence.
    expected: { ...conversation, garbage: ['failed unexpected_reply', 'failed timeout'] },
  },
  {
    title: 'script',
    transport: 'tcp',
    start: () => startScriptedServer(redis),
    options: (port) => ({ type: 'script', host: HOST, port, steps: PING }),
    // The last line counts without its line break if the peer ends the connection.
    everyByteCounts: false,
    // Bytes without a line break are not a line yet.
    expected: { ...conversation, garbage: ['failed unexpected_reply', 'failed timeout'] },
  },
  {
    title: 'script over TLS',
    transport: 'tcp',
    needsOpenssl: true,
    start: async () => startScriptedServer(redis, await certified()),
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
