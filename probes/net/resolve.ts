// Names to addresses: through c-ares, whose look-ups do not wait for each other; single-label names as the system knows them.
import dns from 'node:dns/promises';
import { type Target, WireError } from '../checks/check.ts';

/** The literal addresses of a name, IPv6 ones only where it has no others; a WireFailure{dns} where it has none. */
export type Resolve = (host: string) => Promise<string[]>;

export interface Resolver {
  readonly resolve: Resolve;
  /** The name servers that it asks, best first. */
  servers(): Target[];
  /** Gives up what is still being asked, so that nothing survives the answer. */
  cancel(): void;
}

/** `servers` (`address` or `address:port`) stand in for the system's. One job asks for each name once. */
export function createResolver(servers: readonly string[]): Resolver {
  const resolver = new dns.Resolver({ timeout: 2_000, tries: 2 });
  if (servers.length > 0) resolver.setServers(servers);
  const asked = new Map<string, Promise<string[]>>();
  return {
    resolve(host) {
      const name = host.toLowerCase().replace(/\.$/, '');
      const known = asked.get(name);
      if (known) return known;
      const answer = isLocal(name) ? resolveLocal(name) : resolvePublic(resolver, name);
      asked.set(name, answer);
      return answer;
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

/** `localhost` and what is below it (RFC 6761, section 6.3), and the names of the machine's own files. */
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
    // The name exists and has no IPv4 address; every other error would meet the second question as well.
    if ((error as NodeJS.ErrnoException).code !== 'ENODATA') throw dnsFailure(name, error);
  }
  try {
    return await resolver.resolve6(name);
  } catch (error) {
    throw dnsFailure(name, error);
  }
}

const SAYS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'does not exist',
  ENODATA: 'has no address',
  ESERVFAIL: 'could not be resolved: the name server failed',
  EREFUSED: 'could not be resolved: the name server refused',
  ECONNREFUSED: 'could not be resolved: no name server answered',
  ETIMEOUT: 'could not be resolved: the name server did not answer',
};

function dnsFailure(name: string, error: unknown): WireError {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
  return new WireError('dns', `${name} ${SAYS[code] ?? `could not be resolved (${code})`}`);
}
