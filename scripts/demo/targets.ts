// Real servers on loopback for the demo's monitors, which can be broken and mended while everything runs.
import { createServer, type Server, type Socket } from 'node:net';

/** `up` is what its monitor calls healthy: a port that has to stay closed is up while nothing listens. */
export interface Target {
  readonly name: string;
  readonly title: string;
  readonly port: number;
  readonly expect: 'open' | 'closed';
  isUp(): boolean;
  setUp(up: boolean): Promise<void>;
}

interface Kind {
  readonly name: string;
  readonly title: string;
  readonly expect: 'open' | 'closed';
  converse(socket: Socket): void;
}

const PAGE = '<!doctype html><title>Demo shop</title><h1>Demo shop</h1><p>Open for business.</p>\n';
const HTTP_ANSWER = `HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: ${PAGE.length}\r\nConnection: close\r\n\r\n${PAGE}`;

export const KINDS: readonly Kind[] = [
  {
    name: 'web-shop',
    title: 'Web shop',
    expect: 'open',
    converse: (socket) => socket.once('data', () => socket.end(HTTP_ANSWER)),
  },
  {
    name: 'mail',
    title: 'Mail server',
    expect: 'open',
    converse: (socket) => {
      socket.write('220 mail.demo ESMTP\r\n');
      socket.on('data', (line) =>
        /^quit/i.test(String(line)) ? socket.end('221 2.0.0 Bye\r\n') : socket.write('250 2.0.0 Ok\r\n'),
      );
    },
  },
  { name: 'chat', title: 'Chat server', expect: 'open', converse: (socket) => socket.pipe(socket) },
  {
    name: 'old-admin',
    title: 'Old admin port stays closed',
    expect: 'closed',
    converse: (socket) => socket.end('login: '),
  },
];

/** In the state that its monitor calls healthy. Rejects when the port is taken. */
export async function startTarget(kind: Kind, port: number): Promise<Target> {
  const door = new Door(port, kind.converse);
  if (kind.expect === 'open') await door.open();
  return {
    name: kind.name,
    title: kind.title,
    port,
    expect: kind.expect,
    isUp: () => door.isOpen === (kind.expect === 'open'),
    setUp: (up) => (up === (kind.expect === 'open') ? door.open() : door.close()),
  };
}

/** A listening port that can be shut for good, with everybody who came through it. */
class Door {
  readonly #port: number;
  readonly #converse: (socket: Socket) => void;
  readonly #sockets = new Set<Socket>();
  #server: Server | null = null;

  constructor(port: number, converse: (socket: Socket) => void) {
    this.#port = port;
    this.#converse = converse;
  }

  get isOpen(): boolean {
    return this.#server !== null;
  }

  async open(): Promise<void> {
    if (this.#server) return;
    const server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      // A visitor that resets its connection is no business of a demo.
      socket.on('error', () => socket.destroy());
      this.#converse(socket);
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, '127.0.0.1', resolve);
    });
    this.#server = server;
  }

  async close(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    this.#server = null;
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}
