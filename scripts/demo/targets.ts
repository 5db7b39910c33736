// Real servers on loopback for the demo's monitors, which can be broken and mended while everything runs.
import { createServer, type Server, type Socket } from 'node:net';

/** What becomes of a port when its target breaks: nobody listens, somebody does, or the kernel accepts and nobody answers. */
export type Breakage = 'closed' | 'open' | 'hanging';

/** `up` is what its monitor calls healthy: a port that has to stay closed is up while nothing listens. */
export interface Target {
  readonly name: string;
  readonly title: string;
  readonly port: number;
  readonly breakage: Breakage;
  /** What its monitor looks at. */
  readonly check: object;
  isUp(): boolean;
  setUp(up: boolean): Promise<void>;
  /** Frees the port. */
  close(): Promise<void>;
}

interface Kind {
  readonly name: string;
  readonly title: string;
  readonly breakage: Breakage;
  converse(socket: Socket): void;
  check(port: number): object;
}

const HOST = '127.0.0.1';
const SMTP_STEPS = [
  { expectMatch: '^220 ', unless: '^[45]' },
  { send: 'EHLO probe.example.com\r\n' },
  { expectMatch: '^250 ', unless: '^[45]' },
  { send: 'QUIT\r\n' },
  { expectMatch: '^221 ' },
];

const page = (title: string): string =>
  `<!doctype html><title>${title}</title><h1>${title}</h1><p>Open for business.</p>\n`;
const answerWith =
  (body: string) =>
  (socket: Socket): void => {
    const head = `HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: ${body.length}\r\nConnection: close`;
    socket.once('data', () => socket.end(`${head}\r\n\r\n${body}`));
  };
const web = (port: number): object => ({
  type: 'http',
  url: `http://${HOST}:${port}/`,
  contains: 'Open for business',
});
export const tcp = (port: number, expect: 'open' | 'closed' = 'open'): object => ({
  ...{ type: 'tcp', host: HOST, port, expect },
});

export const KINDS: readonly Kind[] = [
  {
    name: 'web-shop',
    title: 'Web shop',
    breakage: 'closed',
    converse: answerWith(page('Demo shop')),
    check: web,
  },
  {
    name: 'mail',
    title: 'Mail server',
    breakage: 'closed',
    converse: (socket) => {
      socket.write('220 mail.demo ESMTP\r\n');
      socket.on('data', (line) =>
        /^quit/i.test(String(line)) ? socket.end('221 2.0.0 Bye\r\n') : socket.write('250 2.0.0 Ok\r\n'),
      );
    },
    check: (port) => ({ type: 'script', host: HOST, port, steps: SMTP_STEPS }),
  },
  {
    name: 'chat',
    title: 'Chat server',
    breakage: 'closed',
    converse: (socket) => socket.pipe(socket),
    check: tcp,
  },
  {
    name: 'old-admin',
    title: 'Old admin port stays closed',
    breakage: 'open',
    converse: (socket) => socket.end('login: '),
    check: (port) => tcp(port, 'closed'),
  },
  {
    name: 'checkout',
    title: 'Checkout',
    breakage: 'hanging',
    converse: answerWith(page('Demo checkout')),
    check: web,
  },
];

/** In the state that its monitor calls healthy. Rejects when the port is taken. */
export async function startTarget(kind: Kind, port: number): Promise<Target> {
  const { name, title, breakage } = kind;
  const door = new Door(port, kind.converse);
  const mend = (): Promise<void> => (breakage === 'open' ? door.close() : door.open());
  const break_ = async (): Promise<void> => {
    if (breakage === 'open') await door.open();
    if (breakage === 'closed') await door.close();
    door.hangs = breakage === 'hanging';
  };
  await mend();
  return {
    ...{ name, title, port, breakage },
    check: kind.check(port),
    isUp: () => (breakage === 'hanging' ? !door.hangs : door.isOpen === (breakage === 'closed')),
    async setUp(up) {
      if (!up) return break_();
      door.hangs = false;
      await mend();
    },
    close: () => door.close(),
  };
}

/** A listening port that can be shut for good, with everybody who came through it. */
class Door {
  readonly #port: number;
  readonly #converse: (socket: Socket) => void;
  readonly #sockets = new Set<Socket>();
  #server: Server | null = null;
  /** Whoever comes through is left standing there. */
  hangs = false;

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
      if (this.hangs) socket.pause();
      else this.#converse(socket);
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
