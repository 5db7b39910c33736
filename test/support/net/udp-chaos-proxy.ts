// The same for datagrams: passes, swallows or replaces what a good server answers.
import dgram from 'node:dgram';
import { once } from 'node:events';

export type UdpSpoiling =
  | { readonly kind: 'none' }
  | { readonly kind: 'silence' }
  /** In place of the answer, or before it: whatever is made up for it. */
  | { readonly kind: 'invented'; invent(answer: Buffer): Uint8Array };

export interface UdpMiddleman {
  readonly port: number;
  spoil(how: UdpSpoiling): void;
  close(): Promise<void>;
}

export async function startUdpMiddleman(serverPort: number): Promise<UdpMiddleman> {
  let spoiling: UdpSpoiling = { kind: 'none' };
  const upstreams = new Set<dgram.Socket>();
  const socket = dgram.createSocket('udp4');
  socket.on('message', (question, client) => {
    const upstream = dgram.createSocket('udp4');
    upstreams.add(upstream);
    upstream.on('error', () => {});
    upstream.once('message', (answer) => {
      upstreams.delete(upstream);
      upstream.close();
      if (spoiling.kind === 'silence') return;
      const passed = spoiling.kind === 'none' ? answer : spoiling.invent(answer);
      socket.send(passed, client.port, client.address);
    });
    upstream.send(question, serverPort, '127.0.0.1');
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    port: socket.address().port,
    spoil(how) {
      spoiling = how;
    },
    async close() {
      for (const upstream of upstreams) upstream.close();
      await new Promise<void>((resolve) => socket.close(resolve));
    },
  };
}
