// Owns a process with one service of each protocol and two that never respond.
// Arguments: address, first port, and optionally the folder with key.pem and cert.pem.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { join } from 'node:path';
import tls from 'node:tls';
import dnsPacket from 'dns-packet';
import { PORTS } from './service-ports.ts';

const [host = '', firstPort = '', folder = ''] = process.argv.slice(2);
const portOf = (service: keyof typeof PORTS): number => Number(firstPort) + PORTS[service];
process.on('disconnect', () => process.exit(0));

async function listen(server: net.Server, service: keyof typeof PORTS): Promise<void> {
  server.on('connection', (socket: net.Socket) => socket.on('error', () => socket.destroy()));
  server.listen({ host, port: portOf(service), backlog: 511 });
  await once(server, 'listening');
}

async function listenUdp(
  service: keyof typeof PORTS,
  respond: (message: Buffer) => Uint8Array | null,
): Promise<void> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 22 });
  socket.on('message', (message, { port, address }) => {
    const response = respond(message);
    if (response) socket.send(response, port, address);
  });
  socket.bind(portOf(service), host);
  await once(socket, 'listening');
}

function answerDns(message: Buffer): Uint8Array {
  const { id = 0, questions = [] } = dnsPacket.decode(message);
  const answers = questions.map(({ name }) => ({ type: 'A' as const, name, ttl: 60, data: '192.0.2.10' }));
  return dnsPacket.encode({
    type: 'response',
    id,
    flags: dnsPacket.AUTHORITATIVE_ANSWER,
    questions,
    answers,
  });
}

await listen(
  http.createServer((_, response) => response.end('ok\n')),
  'http',
);
if (folder) {
  const [key, cert] = ['key.pem', 'cert.pem'].map((file) => readFileSync(join(folder, file)));
  const server = tls.createServer({ key, cert }, (socket) =>
    socket.on('error', () => socket.destroy()).resume(),
  );
  await listen(server, 'tls');
}
await listen(
  net.createServer((socket) => socket.on('data', () => socket.end('+PONG\r\n'))),
  'script',
);
await listen(
  net.createServer((socket) => socket.resume()),
  'silentTcp',
);
await listenUdp('dns', answerDns);
await listenUdp('udp', (message) => message);
await listenUdp('silentUdp', () => null);
process.send?.('ready');
