// A packet capture beside what is measured: the SYNs and SYN-ACKs on an interface, by tcpdump.
import { once } from 'node:events';
import { readPcap, type Segment } from './pcap.ts';
import { end, launch } from './spawn.ts';

export interface Capture {
  /** Stops and answers every segment. Throws when the kernel dropped some. */
  stop(): Promise<Segment[]>;
}

/** tcpdump's kernel buffer hands over at most a second late, and what is in it at the end would be lost. */
const SETTLE_MS = 1_500;
/** SYN or SYN-ACK: byte 13 of the TCP header, RFC 9293, section 3.1. */
const HANDSHAKES = 'tcp[13] & 2 != 0';

/** Throws with tcpdump's words. */
export async function capture(place: {
  readonly captureInterface: string;
  readonly host: string;
  readonly namespace?: string | undefined;
}): Promise<Capture> {
  const tcpdump = launch(
    [
      ...['tcpdump', '-n', '-i', place.captureInterface, '-s', '96', '-B', '16384', '-w', '-'],
      ...['--time-stamp-precision=nano', `host ${place.host} and ${HANDSHAKES}`],
    ],
    { side: 'around', namespace: place.namespace },
  );
  const file: Buffer[] = [];
  let says = '';
  tcpdump.stdout!.on('data', (chunk: Buffer) => file.push(chunk));
  const listening = new Promise<void>((resolve, reject) => {
    tcpdump.stderr!.on('data', (chunk: Buffer) => {
      says += chunk;
      if (says.includes('listening on')) resolve();
    });
    tcpdump.once('exit', () => reject(new Error(`tcpdump ended: ${says.trim()}`)));
  });
  const closed = once(tcpdump, 'close');
  await listening;
  return {
    async stop() {
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
      await end(tcpdump, 'SIGINT');
      await closed;
      const dropped = Number(/(\d+) packets? dropped by kernel/.exec(says)?.[1] ?? Number.NaN);
      if (dropped !== 0) throw new Error(`tcpdump lost packets, so nothing can be compared: ${says.trim()}`);
      return readPcap(Buffer.concat(file));
    },
  };
}
