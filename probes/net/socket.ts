// Owns opening one TCP connection to a literal address and the time of its handshake. Does not resolve or guard addresses.
import net from 'node:net';
import { performance } from 'node:perf_hooks';
import { WireError } from '../checks/check.ts';
import { toFailure } from './errors.ts';
import { formatEndpoint } from './format.ts';
import type { Session } from './session.ts';
import { setTimeoutAfterPoll } from './timers.ts';

export interface SocketOptions {
  readonly address: string;
  readonly port: number;
  readonly sourceAddress: string | undefined;
  /** Infinity: the run's own timeout is the only limit. */
  readonly timeoutMs: number;
}

export interface OpenedSocket {
  readonly socket: net.Socket;
  /** From the SYN to the moment at which the event loop sees the SYN-ACK. */
  readonly connectMs: number;
}

export function openSocket(
  session: Session,
  { address, port, sourceAddress, timeoutMs }: SocketOptions,
): Promise<OpenedSocket> {
  const { deadline } = session;
  const target = formatEndpoint(address, port);
  const timeoutError = (ms: number): Error =>
    new WireError('timeout', `no answer from ${target} within ${ms} ms`);
  let attemptedAt = performance.now();
  const addConnectTime = (): number => {
    const ms = performance.now() - attemptedAt;
    session.addTiming('connectMs', ms);
    return ms;
  };
  return deadline.wait<OpenedSocket>(
    (resolve, reject) => {
      const bind = sourceAddress !== undefined && net.isIP(sourceAddress) === net.isIP(address);
      const socket = net.connect({
        host: address,
        port,
        allowHalfOpen: true,
        ...(bind ? { localAddress: sourceAddress } : {}),
      });
      session.trackSocket(socket);
      const giveUp = (): void => {
        socket.destroy();
        reject(timeoutError(timeoutMs));
      };
      const timer = Number.isFinite(timeoutMs) ? setTimeoutAfterPoll(giveUp, timeoutMs) : undefined;
      socket.once('close', () => clearTimeout(timer));
      socket.once('connectionAttempt', () => {
        attemptedAt = performance.now();
      });
      const onError = (error: NodeJS.ErrnoException): void => {
        addConnectTime();
        reject(toFailure(error, target));
      };
      socket.once('error', onError);
      socket.once('connect', () => {
        const connectMs = addConnectTime();
        clearTimeout(timer);
        socket.off('error', onError);
        // Whatever the check does, one listener stays: an error without a listener would end the process.
        socket.on('error', () => {});
        // A closed port of the machine's own ephemeral range may connect to itself (RFC 9293, section 3.5).
        const itself = socket.localPort === socket.remotePort && socket.localAddress === socket.remoteAddress;
        if (itself) reject(new WireError('refused', `${target} refused the connection`));
        else resolve({ socket, connectMs });
      });
    },
    () => timeoutError(deadline.timeoutMs),
  );
}
