// Turns a tun device into a way to a machine that is some milliseconds away: every IPv4 packet that it hears comes back
// later, with its two addresses swapped. Checksums stay right, for they are sums. Arguments: port, socat's port, delay in ms.
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

/** All have the same delay, so the oldest is always the first. */
function deliver(): void {
  const now = performance.now();
  while (waiting[0] && waiting[0].dueAt <= now) socket.send(waiting.shift()!.packet, socatPort, '127.0.0.1');
  if (waiting[0]) setTimeout(deliver, waiting[0].dueAt - now);
}

socket.bind(port, '127.0.0.1');
await once(socket, 'listening');
process.send?.('ready');
