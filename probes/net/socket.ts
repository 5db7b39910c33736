// Owns one attempt to open a TCP connection to a literal address, and the time of its handshake. Does not resolve or guard
// addresses, and does not choose between several.
import net from 'node:net';
import { performance } from 'node:perf_hooks';
import type { Session } from './session.ts';

export interface SocketOptions {
  readonly address: string;
  readonly port: number;
  readonly sourceAddress: string | undefined;
}

export interface AttemptEvents {
  /** `connectMs`: from the SYN to the moment at which the event loop sees the SYN-ACK. */
  connected(socket: net.Socket, connectMs: number): void;
  /** `ms`: from the SYN to the failure. */
  failed(error: NodeJS.ErrnoException, ms: number): void;
}

/** Starts a handshake, and calls one of the events once. Returns what cancels it: then neither is called. */
export function attemptConnection(
  session: Session,
  { address, port, sourceAddress }: SocketOptions,
  events: AttemptEvents,
): () => void {
  let attemptedAt = performance.now();
  const elapsedMs = (): number => performance.now() - attemptedAt;
  const bind = sourceAddress !== undefined && net.isIP(sourceAddress) === net.isIP(address);
  const socket = net.connect({
    host: address,
    port,
    allowHalfOpen: true,
    ...(bind ? { localAddress: sourceAddress } : {}),
  });
  session.trackSocket(socket);
  socket.once('connectionAttempt', () => {
    attemptedAt = performance.now();
  });
  const onError = (error: NodeJS.ErrnoException): void => events.failed(error, elapsedMs());
  const onConnect = (): void => {
    const connectMs = elapsedMs();
    ignoreErrors();
    // A closed port of the machine's own ephemeral range may connect to itself (RFC 9293, section 3.5).
    const itself = socket.localPort === socket.remotePort && socket.localAddress === socket.remoteAddress;
    if (itself) {
      socket.destroy();
      events.failed(Object.assign(new Error('connected to itself'), { code: 'ECONNREFUSED' }), connectMs);
    } else events.connected(socket, connectMs);
  };
  // Whatever the check does, one listener stays: an error without a listener would end the process.
  const ignoreErrors = (): void => {
    socket.off('error', onError);
    socket.on('error', () => {});
  };
  socket.once('error', onError);
  socket.once('connect', onConnect);
  return () => {
    socket.off('connect', onConnect);
    ignoreErrors();
    socket.destroy();
  };
}
