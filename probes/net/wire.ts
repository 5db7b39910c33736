// Owns the wire of one check run: name resolution, the address guard and the transports it makes.
// Does not own deadline, timings, trace and sockets: the session does.
import net from 'node:net';
import { performance } from 'node:perf_hooks';
import { type Connection, type Datagrams, type Target, type Wire, WireError } from '../checks/check.ts';
import { forbiddenReason } from '../checks/shared/address-guard.ts';
import { UnmeasuredError } from './errors.ts';
import { formatEndpoint } from './format.ts';
import { NoDnsAnswer, type Resolver } from './resolve.ts';
import type { Session } from './session.ts';
import { openSocket } from './socket.ts';
import { TcpConnection } from './tcp.ts';
import { openUdp } from './udp.ts';

export interface WireOptions {
  readonly resolver: Pick<Resolver, 'resolve' | 'servers'>;
  readonly allowLoopback: boolean;
  /** Private networks that the local mesh may check. Undefined on Lambda. */
  readonly allowCidrs?: readonly string[] | undefined;
  /** The address of this machine from which connections start; undefined leaves the choice to the system. */
  readonly sourceAddress: string | undefined;
}

export class NetworkWire implements Wire {
  readonly #session: Session;
  readonly #options: WireOptions;
  #nameServer: Target | undefined;

  constructor(session: Session, options: WireOptions) {
    this.#session = session;
    this.#options = options;
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

  trace(text: string): void {
    this.#session.trace(text);
  }

  redact(text: string): string {
    return this.#session.redact(text);
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

  async connect(target: Target, timeoutMs = Number.POSITIVE_INFINITY): Promise<Connection> {
    const session = this.#session;
    return session.recordOutcome(async () => {
      const address = await this.#resolveTarget(target);
      session.phase = 'connect';
      session.trace(`connecting to ${formatEndpoint(address, target.port)}`);
      const { port } = target;
      const { sourceAddress } = this.#options;
      const options = { address, port, sourceAddress, timeoutMs };
      const { socket, connectMs } = await openSocket(session, options);
      session.responded = true;
      session.trace(`connected in ${connectMs.toFixed(3)} ms`);
      return new TcpConnection(session, socket, address, connectMs);
    });
  }

  async datagrams(target: Target): Promise<Datagrams> {
    const session = this.#session;
    return session.recordOutcome(async () => {
      const address = await this.#resolveTarget(target);
      session.phase = 'connect';
      const socket = await openUdp(session, address, target.port, this.#options.sourceAddress);
      session.phase = 'reply';
      return socket;
    });
  }

  /** The address to connect to: resolved and allowed. */
  async #resolveTarget(target: Target): Promise<string> {
    const session = this.#session;
    // The phase of an earlier connection does not apply to a failure of this one.
    session.phase = undefined;
    if (target === this.#nameServer) {
      session.address = target.host;
      return target.host;
    }
    const { host } = target;
    const address = this.#pickAllowedAddress(host, net.isIP(host) === 0 ? await this.#lookup(host) : [host]);
    session.address = address;
    return address;
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
        (resolve, reject) => this.#options.resolver.resolve(host).then(resolve, reject),
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

  /** The first address if all are allowed: chance must not decide which of several is used. */
  #pickAllowedAddress(host: string, addresses: readonly string[]): string {
    const allow = { loopback: this.#options.allowLoopback, cidrs: this.#options.allowCidrs };
    for (const address of addresses) {
      const forbidden = forbiddenReason(address, allow);
      if (forbidden !== null) {
        throw new WireError('forbidden_address', host === address ? forbidden : `${host}: ${forbidden}`);
      }
    }
    const [address] = addresses;
    if (address === undefined) throw new WireError('dns', `${host} has no address`);
    // A Lambda function has no route over IPv6. The machine's own ::1 needs none.
    if (net.isIPv6(address) && forbiddenReason(address, { loopback: false }) === null) {
      throw new UnmeasuredError('no_ipv6', `${host} has only IPv6 addresses, and this location has no IPv6`);
    }
    return address;
  }
}
