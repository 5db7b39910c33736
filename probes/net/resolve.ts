// Owns name resolution: through c-ares, whose queries run in parallel; single-label names through the system's resolver.
// Does not decide which addresses are allowed.
import dns from 'node:dns/promises';
import { type Target, WireError } from '../checks/check.ts';

/** The literal addresses of a name, IPv6 only if it has no others; fails with a WireError of code `dns` if it has none. */
export type Resolve = (host: string) => Promise<string[]>;

export interface Resolver {
  readonly resolve: Resolve;
  /** The configured name servers, best first. */
  servers(): Target[];
  /** Cancels pending queries, so that none outlives the report. */
  cancel(): void;
}

/** `servers` (`address` or `address:port`) replace the system's. Each name is queried once per resolver. */
export function createResolver(servers: readonly string[]): Resolver {
  const resolver = new dns.Resolver({ timeout: 2_000, tries: 2 });
  if (servers.length > 0) resolver.setServers(servers);
  const queries = new Map<string, Promise<string[]>>();
  return {
    resolve(host) {
      const name = host.toLowerCase().replace(/\.$/, '');
      const pending = queries.get(name);
      if (pending) return pending;
      const addresses = isLocal(name) ? resolveLocal(name) : resolvePublic(resolver, name);
      queries.set(name, addresses);
      return addresses;
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

const isLocal = (name: string): boolean => !name.includes('.') || name.endsWith('.localhost');

/** `localhost` and its subdomains (RFC 6761, section 6.3), and names of the machine's hosts file. */
async function resolveLocal(name: string): Promise<string[]> {
  try {
    const host = name.endsWith('.localhost') ? 'localhost' : name;
    const found = await dns.lookup(host, { all: true, order: 'ipv4first' });
    return found.map(({ address }) => address);
  } catch (error) {
    throw dnsFailure(name, error);
  }
}

async function resolvePublic(resolver: dns.Resolver, name: string): Promise<string[]> {
  try {
    return await resolver.resolve4(name);
  } catch (error) {
    // ENODATA: the name exists without an IPv4 address. Any other error would fail the second query as well.
    if ((error as NodeJS.ErrnoException).code !== 'ENODATA') throw dnsFailure(name, error);
  }
  try {
    return await resolver.resolve6(name);
  } catch (error) {
    throw dnsFailure(name, error);
  }
}

const FAILURE_TEXTS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'does not exist',
  ENODATA: 'has no address',
  ESERVFAIL: 'could not be resolved: the name server failed',
  EREFUSED: 'could not be resolved: the name server refused',
  ECONNREFUSED: 'could not be resolved: no name server answered',
  ETIMEOUT: 'could not be resolved: the name server did not answer',
};

function dnsFailure(name: string, error: unknown): WireError {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
  return new WireError('dns', `${name} ${FAILURE_TEXTS[code] ?? `could not be resolved (${code})`}`);
}
