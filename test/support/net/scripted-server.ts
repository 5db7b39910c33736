// Servers on loopback with replies of a test's own making: lines over TCP, with or without TLS, and datagrams.
import dgram from 'node:dgram';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import tls from 'node:tls';
import type { Pair } from './certificates.ts';

const HOST = '127.0.0.1';

export interface Conversation {
  readonly socket: net.Socket;
  /** Every line that the probe has sent, in the clear or inside TLS. */
  readonly received: string[];
  send(data: string | Uint8Array): void;
  /** Each line of the probe, without its CR LF. */
  onLine(handle: (line: string) => void): void;
  /** Each chunk of the probe. */
  onData(handle: (data: Buffer) => void): void;
  /** Continues inside TLS. */
  startTls(pair: Pair): Conversation;
}

export interface ScriptedServer {
  readonly port: number;
  readonly received: string[];
  close(): Promise<void>;
}

export async function startScriptedServer(
  talk: (conversation: Conversation) => void,
  pair?: Pair,
): Promise<ScriptedServer> {
  const received: string[] = [];
  const sockets = new Set<net.Socket>();
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    const plain = converseOn(socket, received);
    talk(pair === undefined ? plain : plain.startTls(pair));
  });
  server.listen(0, HOST);
  await once(server, 'listening');
  return {
    received,
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function converseOn(socket: net.Socket, received: string[]): Conversation {
  return {
    ...{ socket, received },
    send: (data) => void socket.write(data),
    onLine(handle) {
      let rest = '';
      socket.on('data', (data: Buffer) => {
        const lines = (rest + data.toString('latin1')).split(/\r?\n/);
        rest = lines.pop() ?? '';
        for (const line of lines) {
          received.push(line);
          handle(line);
        }
      });
    },
    onData: (handle) => void socket.on('data', handle),
    startTls({ key, cert }) {
      socket.removeAllListeners('data');
      const secured = new tls.TLSSocket(socket, { isServer: true, key, cert });
      secured.on('error', () => {});
      return converseOn(secured, received);
    },
  };
}

export interface UdpServer {
  readonly port: number;
  readonly received: Buffer[];
  close(): Promise<void>;
}

/** Answers each datagram with the returned ones, in this order. */
export async function startUdpServer(
  answer: (datagram: Buffer, turn: number) => readonly (string | Uint8Array)[],
): Promise<UdpServer> {
  const received: Buffer[] = [];
  const socket = dgram.createSocket('udp4');
  socket.on('message', (datagram, peer) => {
    received.push(datagram);
    for (const reply of answer(datagram, received.length - 1)) socket.send(reply, peer.port, peer.address);
  });
  socket.bind(0, HOST);
  await once(socket, 'listening');
  return {
    received,
    port: socket.address().port,
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

export const startEcho = (): Promise<UdpServer> => startUdpServer((datagram) => [datagram]);
