// Owns a packet capture during a measurement: the SYNs and SYN-ACKs on an interface, by tcpdump.
import { once } from 'node:events';
import { readPcap, type Segment } from './pcap.ts';
import { end, spawnProgram } from './spawn.ts';

export interface Capture {
  /** Stops and returns every segment. Throws if the kernel dropped packets. */
  stop(): Promise<Segment[]>;
}

/** tcpdump's kernel buffer is flushed within a second. Stopping earlier would lose packets. */
const FLUSH_MS = 1_500;
/** SYN or SYN-ACK: byte 13 of the TCP header, RFC 9293, section 3.1. */
const HANDSHAKES = 'tcp[13] & 2 != 0';

/** Throws tcpdump's error. */
export async function capture(environment: {
  readonly captureInterface: string;
  readonly host: string;
  readonly namespace?: string | undefined;
}): Promise<Capture> {
  const tcpdump = spawnProgram(
    [
      ...['tcpdump', '-n', '-i', environment.captureInterface, '-s', '96', '-B', '16384', '-w', '-'],
      ...['--time-stamp-precision=nano', `host ${environment.host} and ${HANDSHAKES}`],
    ],
    { side: 'around', namespace: environment.namespace },
  );
  const file: Buffer[] = [];
  let output = '';
  tcpdump.stdout!.on('data', (chunk: Buffer) => file.push(chunk));
  const listening = new Promise<void>((resolve, reject) => {
    tcpdump.stderr!.on('data', (chunk: Buffer) => {
      output += chunk;
      if (output.includes('listening on')) resolve();
    });
    tcpdump.once('exit', () => reject(new Error(`tcpdump ended: ${output.trim()}`)));
  });
  const closed = once(tcpdump, 'close');
  await listening;
  return {
    async stop() {
      await new Promise((resolve) => setTimeout(resolve, FLUSH_MS));
      await end(tcpdump, 'SIGINT');
      await closed;
      const dropped = Number(/(\d+) packets? dropped by kernel/.exec(output)?.[1] ?? Number.NaN);
      if (dropped !== 0)
        throw new Error(`tcpdump lost packets, so the times cannot be compared: ${output.trim()}`);
      return readPcap(Buffer.concat(file));
    },
  };
}
