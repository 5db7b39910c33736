// A UDP proxy on loopback in front of a healthy server, which passes, drops or replaces its answers.
import dgram from 'node:dgram';
import { once } from 'node:events';

export type UdpFault =
  | { readonly kind: 'none' }
  | { readonly kind: 'silence' }
  /** A made-up datagram instead of the answer. */
  | { readonly kind: 'replaced'; makeReply(answer: Buffer): Uint8Array };

export interface UdpChaosProxy {
  readonly port: number;
  inject(next: UdpFault): void;
  close(): Promise<void>;
}

export async function startUdpChaosProxy(serverPort: number): Promise<UdpChaosProxy> {
  let fault: UdpFault = { kind: 'none' };
  const upstreams = new Set<dgram.Socket>();
  const socket = dgram.createSocket('udp4');
  socket.on('message', (question, client) => {
    const upstream = dgram.createSocket('udp4');
    upstreams.add(upstream);
    upstream.on('error', () => {});
    upstream.once('message', (answer) => {
      upstreams.delete(upstream);
      upstream.close();
      if (fault.kind === 'silence') return;
      const passed = fault.kind === 'none' ? answer : fault.makeReply(answer);
      socket.send(passed, client.port, client.address);
    });
    upstream.send(question, serverPort, '127.0.0.1');
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    port: socket.address().port,
    inject(next) {
      fault = next;
    },
    async close() {
      for (const upstream of upstreams) upstream.close();
      await new Promise<void>((resolve) => socket.close(resolve));
    },
  };
}
