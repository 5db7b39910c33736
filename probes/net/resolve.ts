// Owns name resolution: the hosts file first, then name servers through c-ares, whose queries run in parallel. Single-label
// names that the hosts file lacks go through the system's resolver. Does not decide which addresses are allowed.
import dns from 'node:dns/promises';
import { type Target, WireError } from '../checks/check.ts';
import { type HostsFile, readHostsFile } from './hosts-file.ts';

/**
 * The literal addresses of a name, IPv6 only if it has no others. Fails with a WireError of code `dns` if it has none, and
 * with a {@link NoDnsAnswer} if no name server answered.
 */
export type Resolve = (host: string) => Promise<string[]>;

export interface Resolver {
  readonly resolve: Resolve;
  /** A name server has given an answer, NXDOMAIN included: name resolution works at this location. */
  readonly hasAnswered: boolean;
  /** Queries the name servers for a name, past the hosts file. Null if they answer, else why they do not. */
  queryFailure(name: string): Promise<string | null>;
  /** The configured name servers, best first. */
  servers(): Target[];
  /** Cancels pending queries, so that none outlives the report. */
  cancel(): void;
}

/**
 * The location's name servers gave no answer about the name: silence, SERVFAIL, REFUSED, no listener, an invalid answer.
 * The fault is theirs or that of the name's own zone.
 */
export class NoDnsAnswer extends WireError {
  constructor(message: string) {
    super('dns', message);
  }
}

/** `servers` (`address` or `address:port`) replace the system's. Each name is queried once per resolver. */
export function createResolver(servers: readonly string[], hosts: HostsFile = readHostsFile()): Resolver {
  const resolver = new dns.Resolver({ timeout: 2_000, tries: 2 });
  const [first, ...others] = resolver.getServers();
  if (servers.length > 0) resolver.setServers(servers);
  // If 127.0.0.1 alone is the system's server and refuses, Node reads the configuration again with the next query, which
  // destroys pending queries (EnsureServers in src/cares_wrap.cc). Servers that were set explicitly prevent it.
  else if (first === '127.0.0.1' && others.length === 0) resolver.setServers([first]);
  const queries = new Map<string, Promise<string[]>>();
  let hasAnswered = false;
  const query = async (name: string): Promise<string[]> => {
    try {
      const addresses = await queryAddresses(resolver, name);
      hasAnswered = true;
      return addresses;
    } catch (error) {
      hasAnswered ||= isAnswer(error);
      throw dnsFailure(name, error);
    }
  };
  const resolve = async (name: string): Promise<string[]> => {
    const local = localAddresses(name, hosts);
    if (local.length > 0) return local;
    return name.includes('.') ? query(name) : lookUp(name);
  };
  return {
    resolve(host) {
      const name = host.toLowerCase().replace(/\.$/, '');
      const pending = queries.get(name);
      if (pending) return pending;
      const addresses = resolve(name);
      queries.set(name, addresses);
      return addresses;
    },
    get hasAnswered() {
      return hasAnswered;
    },
    async queryFailure(name) {
      const error: unknown = await query(name).catch((thrown: unknown) => thrown);
      return error instanceof NoDnsAnswer ? error.message : null;
    },
    servers: () => resolver.getServers().map(serverOf),
    cancel: () => resolver.cancel(),
  };
}

/** `192.0.2.1`, `192.0.2.1:5353`, `2001:db8::1` or `[2001:db8::1]:5353`, as c-ares writes its servers. */
function serverOf(text: string): Target {
  const [, bracketed, plain, port = '53'] = /^(?:\[(.+)\]|([^:]+))(?::(\d+))?$/.exec(text) ?? [];
  return { host: bracketed ?? plain ?? text, port: Number(port) };
}

/** Addresses that need no name server. `localhost` and its subdomains are loopback (RFC 6761, section 6.3). */
function localAddresses(name: string, hosts: HostsFile): string[] {
  const listed = hosts(name);
  if (name !== 'localhost' && !name.endsWith('.localhost')) return [...listed];
  const loopback = [listed, hosts('localhost')].map((addresses) => addresses.filter(isLoopback));
  return loopback.find((addresses) => addresses.length > 0) ?? ['127.0.0.1', '::1'];
}

const isLoopback = (address: string): boolean => address.startsWith('127.') || address === '::1';

/** Search domains and container names: c-ares does not know them. */
async function lookUp(name: string): Promise<string[]> {
  try {
    const found = await dns.lookup(name, { all: true, order: 'ipv4first' });
    return found.map(({ address }) => address);
  } catch (error) {
    throw dnsFailure(name, error);
  }
}

async function queryAddresses(resolver: dns.Resolver, name: string): Promise<string[]> {
  try {
    return await resolver.resolve4(name);
  } catch (error) {
    // ENODATA: the name exists without an IPv4 address. Any other error would fail the second query as well.
    if ((error as NodeJS.ErrnoException).code !== 'ENODATA') throw error;
  }
  return resolver.resolve6(name);
}

/** What the codes of c-ares and of getaddrinfo(3) mean for the name. */
const ANSWERS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'does not exist',
  ENODATA: 'has no address',
};

/** The other codes mean that no answer came. */
const FAILURE_TEXTS: Readonly<Record<string, string>> = {
  ESERVFAIL: 'could not be resolved: the name server failed',
  EREFUSED: 'could not be resolved: the name server refused',
  ECONNREFUSED: 'could not be resolved: no name server answered',
  ETIMEOUT: 'could not be resolved: the name server did not answer',
  EBADRESP: 'could not be resolved: the answer of the name server is invalid',
  EFORMERR: 'could not be resolved: the name server rejected the query as malformed',
  ENOTIMP: 'could not be resolved: the name server does not support the query',
  EAI_AGAIN: 'could not be resolved: the name server did not answer',
};

/** Not a DNS query at all: such a name cannot exist. */
const INVALID_NAME = 'EBADNAME';

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? 'unknown error';

const isAnswer = (error: unknown): boolean => ANSWERS[codeOf(error)] !== undefined;

function dnsFailure(name: string, error: unknown): WireError {
  const code = codeOf(error);
  const answer = ANSWERS[code];
  if (answer !== undefined) return new WireError('dns', `${name} ${answer}`);
  const message = `${name} ${FAILURE_TEXTS[code] ?? `could not be resolved (${code})`}`;
  return code === INVALID_NAME ? new WireError('dns', message) : new NoDnsAnswer(message);
}
