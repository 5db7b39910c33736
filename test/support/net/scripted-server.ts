// Servers on loopback that say what a test makes up: lines over TCP, with TLS where it is wanted, and datagrams.
import dgram from 'node:dgram';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import tls from 'node:tls';
import type { Pair } from './certificates.ts';

const HOST = '127.0.0.1';

export interface Talk {
  readonly socket: net.Socket;
  /** Everything that the probe has sent in the clear, or inside of TLS. */
  readonly heard: string[];
  say(data: string | Uint8Array): void;
  /** Lines of the probe, without their CR LF. */
  onLine(take: (line: string) => void): void;
  /** Whatever the probe sends, as it comes. */
  onData(take: (data: Buffer) => void): void;
  /** Goes on inside of TLS. */
  startTls(pair: Pair): Talk;
}

export interface Talker {
  readonly port: number;
  readonly heard: string[];
  close(): Promise<void>;
}

export async function startTalker(talk: (with_: Talk) => void, pair?: Pair): Promise<Talker> {
  const heard: string[] = [];
  const sockets = new Set<net.Socket>();
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    const plain = talkOn(socket, heard);
    talk(pair === undefined ? plain : plain.startTls(pair));
  });
  server.listen(0, HOST);
  await once(server, 'listening');
  return {
    heard,
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function talkOn(socket: net.Socket, heard: string[]): Talk {
  return {
    ...{ socket, heard },
    say: (data) => void socket.write(data),
    onLine(take) {
      let rest = '';
      socket.on('data', (data: Buffer) => {
        const lines = (rest + data.toString('latin1')).split(/\r?\n/);
        rest = lines.pop() ?? '';
        for (const line of lines) {
          heard.push(line);
          take(line);
        }
      });
    },
    onData: (take) => void socket.on('data', take),
    startTls({ key, cert }) {
      socket.removeAllListeners('data');
      const secured = new tls.TLSSocket(socket, { isServer: true, key, cert });
      secured.on('error', () => {});
      return talkOn(secured, heard);
    },
  };
}

export interface Answerer {
  readonly port: number;
  readonly heard: Buffer[];
  close(): Promise<void>;
}

/** Answers each datagram with these, in this order. */
export async function startAnswerer(
  answer: (datagram: Buffer, turn: number) => readonly (string | Uint8Array)[],
): Promise<Answerer> {
  const heard: Buffer[] = [];
  const socket = dgram.createSocket('udp4');
  socket.on('message', (datagram, peer) => {
    heard.push(datagram);
    for (const one of answer(datagram, heard.length - 1)) socket.send(one, peer.port, peer.address);
  });
  socket.bind(0, HOST);
  await once(socket, 'listening');
  return {
    heard,
    port: socket.address().port,
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

export const startEcho = (): Promise<Answerer> => startAnswerer((datagram) => [datagram]);
