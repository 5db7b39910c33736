// Owns the wire of one check run: name resolution, the address guard and the transports it makes.
// Does not own deadline, timings, trace and sockets: the session does.
import net from 'node:net';
import { performance } from 'node:perf_hooks';
import {
  type Connection,
  type ConnectionOptions,
  type Datagrams,
  type RequestSigner,
  type Target,
  type Wire,
  WireError,
} from '../checks/check.ts';
import { forbiddenReason } from '../checks/shared/address-guard.ts';
import { asciiHost } from '../checks/shared/international-name.ts';
import { mergeFailures, noRoute } from './address-failures.ts';
import { connectToFirst, interleaveFamilies } from './connect-addresses.ts';
import { openDatagrams } from './datagrams.ts';
import { UnmeasuredError } from './errors.ts';
import { formatEndpoint } from './format.ts';
import { NoDnsAnswer, type Resolver } from './resolve.ts';
import type { Session } from './session.ts';
import type { SocketBudget } from './socket-budget.ts';
import { TcpConnection } from './tcp.ts';

/** A name with more addresses is checked by its first ones. */
const MAX_ADDRESSES = 16;

export interface WireOptions {
  readonly resolver: Pick<Resolver, 'resolve' | 'servers'>;
  readonly allowLoopback: boolean;
  /** Private networks that the local mesh may check. Undefined on Lambda. */
  readonly allowCidrs?: readonly string[] | undefined;
  /** The address of this machine from which connections start; undefined leaves the choice to the system. */
  readonly sourceAddress: string | undefined;
  /** Undefined: this mesh signs no requests. */
  readonly signer?: RequestSigner | undefined;
  /** The sockets that the runs of a job may open beyond one each; undefined sets no limit. */
  readonly budget?: SocketBudget | undefined;
}

/** The only address of a host that a run uses, already resolved and allowed. */
export interface PinnedAddress {
  readonly host: string;
  readonly address: string;
}

export class NetworkWire implements Wire {
  readonly #session: Session;
  readonly #options: WireOptions;
  readonly #pinned: PinnedAddress | undefined;
  #nameServer: Target | undefined;

  constructor(session: Session, options: WireOptions, pinned?: PinnedAddress) {
    this.#session = session;
    this.#options = options;
    this.#pinned = pinned;
  }

  remainingMs(): number {
    return this.#session.deadline.remainingMs();
  }

  async pause(ms: number): Promise<void> {
    const { deadline } = this.#session;
    let timer: NodeJS.Timeout | undefined;
    const timeoutError = (): Error => new WireError('timeout', `not done within ${deadline.timeoutMs} ms`);
    await deadline
      .wait<void>((resolve) => {
        timer = setTimeout(resolve, ms);
      }, timeoutError)
      .finally(() => clearTimeout(timer));
  }

  untimed<T>(step: () => Promise<T>): Promise<T> {
    return this.#session.untimed(step);
  }

  trace(text: string): void {
    this.#session.trace(text);
  }

  redact(text: string): string {
    return this.#session.redact(text);
  }

  signer(): RequestSigner {
    const { signer } = this.#options;
    if (!signer)
      throw new UnmeasuredError(
        'unknown_check',
        'the check has `sign`, but this probe has no key: set PROBEMESH_SIGNING_KEY, or remove `sign`',
      );
    return signer;
  }

  nameServer(): Target {
    this.#nameServer ??= this.#options.resolver.servers()[0];
    if (!this.#nameServer)
      throw new UnmeasuredError('location_offline', 'this location has no name server configured');
    this.#session.usesNameServer = true;
    this.#session.awaitsNameServer = true;
    return this.#nameServer;
  }

  nameServerAnswered(): void {
    this.#session.awaitsNameServer = false;
  }

  async connect(target: Target, options: ConnectionOptions = {}): Promise<Connection> {
    const { timeoutMs = Number.POSITIVE_INFINITY, staysOpen = false } = options;
    const session = this.#session;
    session.startConnecting();
    return session.recordOutcome(async () => {
      const addresses = await this.#resolveTarget(target);
      session.phase = 'connect';
      const { host, port } = target;
      const { sourceAddress, budget } = this.#options;
      const endpoint = formatEndpoint(host, port);
      let failed = session.resetAddresses(endpoint);
      let left: readonly string[] = addresses.filter((one) => !failed.some(({ address }) => address === one));
      for (;;) {
        const race = { host, addresses: left, port, sourceAddress, timeoutMs, budget, failed };
        const { socket, address, connectMs, failures, others } = await connectToFirst(session, race);
        session.address = address;
        session.responded = true;
        const connection = new TcpConnection(session, socket, address, connectMs);
        const error = staysOpen ? await immediateReset(connection) : null;
        if (error === null || others.length === 0) session.addTiming('connectMs', connectMs);
        if (error === null) {
          session.noteAddresses(endpoint, addresses.length, failures);
          session.markConnected({ endpoint, address, others });
          return connection;
        }
        failed = [...failures, { address, error }];
        left = others;
        if (left.length === 0) throw mergeFailures(host, failed);
      }
    });
  }

  async datagrams(target: Target): Promise<Datagrams> {
    const session = this.#session;
    return session.recordOutcome(async () => {
      const addresses = await this.#resolveTarget(target);
      session.phase = 'connect';
      const { host, port } = target;
      const { sourceAddress, budget } = this.#options;
      const datagrams = await openDatagrams(session, { host, addresses, port, sourceAddress, budget });
      session.phase = 'reply';
      return datagrams;
    });
  }

  /** Every address of a host that this location can try, each resolved and allowed. */
  resolve(host: string): Promise<string[]> {
    return this.#session.recordOutcome(() => this.#resolveTarget({ host, port: 0 }));
  }

  /** The addresses to try, in order: resolved and allowed. */
  async #resolveTarget(target: Target): Promise<string[]> {
    const session = this.#session;
    // The phase of an earlier connection does not apply to a failure of this one.
    session.phase = undefined;
    const { host } = target;
    let addresses = [host];
    const nameServers = this.#nameServersOn(target.port);
    if (host === this.#pinned?.host) addresses = [this.#pinned.address];
    else if (target === this.#nameServer) addresses = nameServers;
    else if (!nameServers.includes(host)) {
      addresses = this.#pickAllowed(host, net.isIP(host) === 0 ? await this.#lookup(host) : [host]);
    }
    session.address = addresses[0];
    return addresses;
  }

  /** If the target is the location's name server, the others stand in for it, as for every client. None is guarded. */
  #nameServersOn(port: number): string[] {
    if (this.#nameServer === undefined) return [];
    const servers = this.#options.resolver.servers().filter((server) => server.port === port);
    return servers.map(({ host }) => host);
  }

  async #lookup(host: string): Promise<string[]> {
    const session = this.#session;
    const { deadline } = session;
    const startedAt = performance.now();
    session.phase = 'dns';
    session.awaitsNameServer = true;
    const timeoutError = (): Error =>
      new NoDnsAnswer(`${host} was not resolved within ${deadline.timeoutMs} ms`);
    try {
      const addresses = await deadline.wait<string[]>(
        (resolve, reject) => this.#resolve(host).then(resolve, reject),
        timeoutError,
      );
      session.awaitsNameServer = false;
      session.trace(`${host} is ${addresses.join(', ')}`);
      return addresses;
    } catch (error) {
      if (error instanceof WireError && !(error instanceof NoDnsAnswer)) session.awaitsNameServer = false;
      throw error;
    } finally {
      session.addTiming('dnsMs', performance.now() - startedAt);
    }
  }

  /** DNS knows the ASCII form of a name; messages have the form that the user wrote. */
  async #resolve(host: string): Promise<string[]> {
    const name = asciiHost(host);
    try {
      return await this.#options.resolver.resolve(name);
    } catch (error) {
      if (!(error instanceof WireError) || name === host) throw error;
      throw new WireError(error.code, error.message.replaceAll(name.replace(/\.$/, ''), host), error.facts);
    }
  }

  /** The addresses that have a route, if all are allowed: chance must not decide whether a forbidden one is found. */
  #pickAllowed(host: string, found: readonly string[]): string[] {
    const allow = { loopback: this.#options.allowLoopback, cidrs: this.#options.allowCidrs };
    for (const address of found) {
      const forbidden = forbiddenReason(address, allow);
      if (forbidden !== null) {
        throw new WireError('forbidden_address', host === address ? forbidden : `${host}: ${forbidden}`);
      }
    }
    if (found.length === 0) throw new WireError('dns', `${host} has no address`);
    const usable = [...new Set(found)].filter(hasRoute);
    if (usable.length === 0) throw noRoute(host);
    const addresses = interleaveFamilies(usable).slice(0, MAX_ADDRESSES);
    if (addresses.length < usable.length)
      this.#session.trace(`using ${addresses.length} of ${usable.length} addresses of ${host}`);
    return addresses;
  }
}

/** A Lambda function has no route over IPv6. The machine's own ::1 needs none. */
const hasRoute = (address: string): boolean =>
  !net.isIPv6(address) || forbiddenReason(address, { loopback: false }) !== null;

/** Why a connection does not stay open; null if it does. */
async function immediateReset(connection: TcpConnection): Promise<WireError | null> {
  try {
    await connection.waitForImmediateReset();
    return null;
  } catch (error) {
    if (error instanceof WireError) return error;
    throw error;
  }
}
