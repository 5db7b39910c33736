// Owns one UDP socket that is connected to one peer: it receives from that peer only, and reports ICMP refusals.
// Does not wait, and does not send on its own.
import type { Buffer } from 'node:buffer';
import dgram from 'node:dgram';
import net from 'node:net';
import { performance } from 'node:perf_hooks';
import { formatEndpoint } from './format.ts';

export interface UdpPeerOptions {
  readonly address: string;
  readonly port: number;
  readonly sourceAddress: string | undefined;
}

export interface UdpEvents {
  connected(): void;
  received(message: Buffer): void;
  /** At most once. */
  failed(error: NodeJS.ErrnoException): void;
}

export class UdpPeer {
  readonly address: string;
  /** `192.0.2.1:53`. */
  readonly endpoint: string;
  /** When the first datagram was sent, and the latest one, by performance.now(); null before. */
  firstSentAt: number | null = null;
  lastSentAt: number | null = null;
  isConnected = false;
  hasFailed = false;
  readonly #socket: dgram.Socket;
  readonly #events: UdpEvents;
  readonly #unsent: Buffer[] = [];
  #isClosed = false;

  constructor({ address, port, sourceAddress }: UdpPeerOptions, events: UdpEvents) {
    this.address = address;
    this.endpoint = formatEndpoint(address, port);
    this.#events = events;
    this.#socket = dgram.createSocket(net.isIPv6(address) ? 'udp6' : 'udp4');
    this.#socket.on('message', (message) => events.received(message));
    this.#socket.on('error', this.#fail);
    const connect = (): void =>
      this.#socket.connect(port, address, (error?: Error) => (error ? this.#fail(error) : this.#open()));
    const bind = sourceAddress !== undefined && net.isIP(sourceAddress) === net.isIP(address);
    if (bind) this.#socket.bind({ address: sourceAddress, exclusive: true }, connect);
    else connect();
  }

  /** Sends as soon as the socket is connected. */
  send(bytes: Buffer): void {
    this.lastSentAt = performance.now();
    this.firstSentAt ??= this.lastSentAt;
    if (this.isConnected) this.#sendNow(bytes);
    else this.#unsent.push(bytes);
  }

  close(): void {
    if (!this.#isClosed) this.#socket.close();
    this.#isClosed = true;
  }

  #open(): void {
    if (this.#isClosed) return;
    this.isConnected = true;
    for (const bytes of this.#unsent.splice(0)) this.#sendNow(bytes);
    this.#events.connected();
  }

  #sendNow(bytes: Buffer): void {
    this.#socket.send(bytes, (error) => {
      if (error) this.#fail(error);
    });
  }

  readonly #fail = (error: NodeJS.ErrnoException): void => {
    if (this.hasFailed || this.#isClosed) return;
    this.hasFailed = true;
    this.#events.failed(error);
  };
}
