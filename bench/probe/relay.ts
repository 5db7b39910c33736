// Owns a process that makes a tun device a route to a remote machine: it returns every IPv4 packet after a delay, with
// the two addresses swapped. Checksums stay valid, because they are sums. Arguments: port, socat's port, delay in ms.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

const [port = 0, socatPort = 0, delayMs = 0] = process.argv.slice(2).map(Number);
const waiting: { readonly dueAt: number; readonly packet: Buffer }[] = [];
const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 22 });
process.on('disconnect', () => process.exit(0));

socket.on('message', (packet) => {
  if (packet[0]! >> 4 !== 4) return;
  const source = packet.readUInt32BE(12);
  packet.writeUInt32BE(packet.readUInt32BE(16), 12);
  packet.writeUInt32BE(source, 16);
  if (waiting.push({ dueAt: performance.now() + delayMs, packet }) === 1) setTimeout(deliver, delayMs);
});

/** All packets have the same delay, so the oldest is always the first. */
function deliver(): void {
  const now = performance.now();
  while (waiting[0] && waiting[0].dueAt <= now) socket.send(waiting.shift()!.packet, socatPort, '127.0.0.1');
  if (waiting[0]) setTimeout(deliver, waiting[0].dueAt - now);
}

socket.bind(port, '127.0.0.1');
await once(socket, 'listening');
process.send?.('ready');
