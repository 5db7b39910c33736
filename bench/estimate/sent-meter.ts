// Owns what a probe sends to a target, in bytes of IP: a relay before the target keeps each connection half open, until the
// kernel's counters of the connection are read. Does not judge the check.
import { execFileSync } from 'node:child_process';
import dgram from 'node:dgram';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';

const HOST = '127.0.0.1';
/** IPv4 (RFC 791) and TCP (RFC 9293) without options, and the timestamps of each segment (RFC 7323), padded. */
const TCP_HEADER_BYTES = 20 + 20 + 12;
/** A SYN has 8 bytes of options more: the maximum segment size, selective acknowledgements, and the window scale. */
const SYN_EXTRA_BYTES = 8;
/** The probe acknowledges the end of the target's side, which the relay holds back. */
const LAST_ACK_SEGMENTS = 1;
const UDP_HEADER_BYTES = 20 + 8;

export interface SentMeter {
  readonly port: number;
  /** Bytes of IP that the probe sent so far, and from how many connections or sockets. */
  read(): { readonly bytes: number; readonly flows: number };
  close(): Promise<void>;
}

/** What the kernel counts of one connection: ss(8). */
const COUNTERS = /bytes_received:(\d+).*?segs_in:(\d+)/;

export async function meterTcp(target: number): Promise<SentMeter> {
  const sockets = new Set<net.Socket>();
  const relay = net.createServer({ allowHalfOpen: true }, (near) => {
    const far = net.connect({ host: HOST, port: target, allowHalfOpen: true });
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => {});
    }
    near.on('data', (chunk) => far.write(chunk));
    far.on('data', (chunk) => near.write(chunk));
    near.on('end', () => far.end());
  });
  relay.listen(0, HOST);
  await once(relay, 'listening');
  const { port } = relay.address() as AddressInfo;
  return {
    port,
    read() {
      const listed = execFileSync('ss', ['-tinH', 'state', 'close-wait', `sport = :${port}`], {
        encoding: 'utf8',
      });
      const flows = listed.split('\n').flatMap((line) => {
        const [, bytes, segments] = COUNTERS.exec(line) ?? [];
        return segments === undefined ? [] : [{ bytes: Number(bytes), segments: Number(segments) }];
      });
      const bytes = flows.reduce(
        // The kernel counts the FIN as a byte.
        (sum, flow) =>
          sum + flow.bytes - 1 + (flow.segments + LAST_ACK_SEGMENTS) * TCP_HEADER_BYTES + SYN_EXTRA_BYTES,
        0,
      );
      return { bytes, flows: flows.length };
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => relay.close(resolve));
    },
  };
}

export async function meterUdp(target: number): Promise<SentMeter> {
  let bytes = 0;
  const clients = new Map<number, dgram.Socket>();
  const near = dgram.createSocket('udp4');
  near.on('message', (message, { port }) => {
    bytes += message.length + UDP_HEADER_BYTES;
    const far = clients.get(port) ?? dgram.createSocket('udp4');
    if (!clients.has(port)) {
      clients.set(port, far);
      far.on('message', (answer) => near.send(answer, port, HOST));
    }
    far.send(message, target, HOST);
  });
  near.bind(0, HOST);
  await once(near, 'listening');
  return {
    port: near.address().port,
    read: () => ({ bytes, flows: clients.size }),
    async close() {
      for (const far of clients.values()) far.close();
      near.close();
    },
  };
}
