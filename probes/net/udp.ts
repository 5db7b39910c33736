// One UDP socket, connected to one peer: it hears nobody else, and learns of ICMP refusals. Sends nothing by itself.
import { Buffer } from 'node:buffer';
import dgram from 'node:dgram';
import net from 'node:net';
import { performance } from 'node:perf_hooks';
import { type Datagrams, WireError } from '../checks/check.ts';
import { toFailure } from './errors.ts';
import { formatEndpoint } from './format.ts';
import { setTimeoutAfterPoll } from './timers.ts';
import type { NetworkWire } from './wire.ts';

/** What a hostile peer sends in excess of this, unasked, is dropped. */
const MOST_QUEUED = 16;

export interface OpenedDatagrams {
  readonly datagrams: Datagrams;
  close(): void;
}

export async function openDatagrams(
  wire: NetworkWire,
  address: string,
  port: number,
  sourceAddress: string | undefined,
): Promise<OpenedDatagrams> {
  const peer = formatEndpoint(address, port);
  const socket = dgram.createSocket(net.isIPv6(address) ? 'udp6' : 'udp4');
  const queue: Buffer[] = [];
  let fault: NodeJS.ErrnoException | null = null;
  let wake = (): void => {};
  let askedAt: number | null = null;
  let isClosed = false;
  socket.on('message', (message) => {
    if (queue.length < MOST_QUEUED) queue.push(message);
    wake();
  });
  socket.on('error', (error) => {
    fault ??= error;
    wake();
  });
  const close = (): void => {
    if (!isClosed) socket.close();
    isClosed = true;
  };
  const bind = sourceAddress !== undefined && net.isIP(sourceAddress) === net.isIP(address);
  const silent = (ms = wire.patience.timeoutMs): Error =>
    new WireError('timeout', `no answer from ${peer} within ${Math.round(ms)} ms`);
  const untilWoken = (isThere: () => boolean, patienceMs = Number.POSITIVE_INFINITY): Promise<void> => {
    let timer: NodeJS.Timeout | undefined;
    return wire.patience
      .wait<void>(
        (resolve, reject) => {
          wake = () => {
            if (isThere()) resolve();
            else if (fault) reject(toFailure(fault, peer));
          };
          if (Number.isFinite(patienceMs))
            timer = setTimeoutAfterPoll(() => reject(silent(patienceMs)), patienceMs);
          wake();
        },
        () => silent(),
      )
      .finally(() => clearTimeout(timer));
  };

  let isConnected = false;
  const connect = (): void =>
    socket.connect(port, address, (error?: Error) => {
      if (error) fault ??= error;
      else isConnected = true;
      wake();
    });
  if (bind) socket.bind({ address: sourceAddress, exclusive: true }, connect);
  else connect();
  try {
    await untilWoken(() => isConnected);
  } catch (error) {
    close();
    throw error;
  }
  const datagrams: Datagrams = {
    address,
    send(data) {
      const bytes = Buffer.from(data as Uint8Array);
      wire.trace(`sent ${wire.shown(bytes)} to ${peer}`);
      askedAt ??= performance.now();
      socket.send(bytes, (error) => {
        if (error) fault ??= error;
        wake();
      });
    },
    receive: (patienceMs) =>
      wire.recordOutcome(async () => {
        const since = askedAt ?? performance.now();
        await untilWoken(() => queue.length > 0, patienceMs);
        if (!wire.responded) wire.addTiming('firstByteMs', performance.now() - since);
        wire.responded = true;
        const message = queue.shift()!;
        wire.trace(`received ${wire.shown(message)}`);
        return new Uint8Array(message);
      }),
  };
  return { datagrams, close };
}
