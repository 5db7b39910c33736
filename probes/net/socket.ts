// Opens one TCP connection to a literal address, and measures its handshake. Resolves and permits nothing.
import net from 'node:net';
import { performance } from 'node:perf_hooks';
import { WireError } from '../checks/check.ts';
import { toFailure } from './errors.ts';
import { formatEndpoint } from './format.ts';
import { setTimeoutAfterPoll } from './timers.ts';
import type { NetworkWire } from './wire.ts';

export interface Opened {
  readonly socket: net.Socket;
  /** From the SYN to the moment at which the event loop knew of the SYN-ACK. */
  readonly connectMs: number;
}

export function openSocket(
  wire: NetworkWire,
  address: string,
  port: number,
  sourceAddress: string | undefined,
  patienceMs: number,
): Promise<Opened> {
  const target = formatEndpoint(address, port);
  const late = (ms = wire.patience.timeoutMs): Error =>
    new WireError('timeout', `no answer from ${target} within ${ms} ms`);
  let attemptedAt = performance.now();
  const spend = (): number => {
    const ms = performance.now() - attemptedAt;
    wire.addTiming('connectMs', ms);
    return ms;
  };
  return wire.patience.wait<Opened>(
    (resolve, reject) => {
      const bind = sourceAddress !== undefined && net.isIP(sourceAddress) === net.isIP(address);
      const socket = net.connect({
        host: address,
        port,
        allowHalfOpen: true,
        ...(bind ? { localAddress: sourceAddress } : {}),
      });
      wire.trackSocket(socket);
      const giveUp = (): void => {
        socket.destroy();
        reject(late(patienceMs));
      };
      const timer = Number.isFinite(patienceMs) ? setTimeoutAfterPoll(giveUp, patienceMs) : undefined;
      socket.once('close', () => clearTimeout(timer));
      socket.once('connectionAttempt', () => {
        attemptedAt = performance.now();
      });
      const failed = (error: NodeJS.ErrnoException): void => {
        spend();
        reject(toFailure(error, target));
      };
      socket.once('error', failed);
      socket.once('connect', () => {
        const connectMs = spend();
        clearTimeout(timer);
        socket.off('error', failed);
        // Somebody listens from now on, whatever the check does: an error without a listener would end the process.
        socket.on('error', () => {});
        // A closed port of one's own ephemeral range may answer itself (RFC 9293, section 3.5: simultaneous open).
        const itself = socket.localPort === socket.remotePort && socket.localAddress === socket.remoteAddress;
        if (itself) reject(new WireError('refused', `${target} refused the connection`));
        else resolve({ socket, connectMs });
      });
    },
    () => late(),
  );
}
