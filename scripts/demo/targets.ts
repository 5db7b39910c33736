// Owns the demo's targets: real servers on loopback that a user can break and repair while the mesh runs.
import { createServer, type Server, type Socket } from 'node:net';

/** A broken target's port: closed, open, or hanging (it accepts connections and never responds). A job is stopped. */
export type Breakage = 'closed' | 'open' | 'hanging' | 'stopped';

/** `up` means that its monitor passes: a port that must stay closed is up while it is closed. */
export interface Target {
  readonly name: string;
  readonly title: string;
  readonly port: number;
  readonly breakage: Breakage;
  /** The check of its monitor. */
  readonly check: object;
  isUp(): boolean;
  setUp(up: boolean): Promise<void>;
  /** Frees the port. */
  close(): Promise<void>;
}

/** What a user can break and repair: a target, or a job, which has no port. */
export type Breakable = Omit<Target, 'port'> & { readonly port: number | null };

interface TargetDefinition {
  readonly name: string;
  readonly title: string;
  readonly breakage: Breakage;
  respond(socket: Socket): void;
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

export const TARGETS: readonly TargetDefinition[] = [
  {
    name: 'web-shop',
    title: 'Web shop',
    breakage: 'closed',
    respond: answerWith(page('Demo shop')),
    check: web,
  },
  {
    name: 'mail',
    title: 'Mail server',
    breakage: 'closed',
    respond: (socket) => {
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
    respond: (socket) => socket.pipe(socket),
    check: tcp,
  },
  {
    name: 'old-admin',
    title: 'Old admin port stays closed',
    breakage: 'open',
    respond: (socket) => socket.end('login: '),
    check: (port) => tcp(port, 'closed'),
  },
  {
    name: 'checkout',
    title: 'Checkout',
    breakage: 'hanging',
    respond: answerWith(page('Demo checkout')),
    check: web,
  },
];

/** Groups of the status page, by the target's name. */
export const GROUPS: Readonly<Record<string, string>> = {
  'web-shop': 'Shop',
  checkout: 'Shop',
  mail: 'Communication',
  chat: 'Communication',
};

/** Starts the target in the state that its monitor expects. Rejects if the port is in use. */
export async function startTarget(definition: TargetDefinition, port: number): Promise<Target> {
  const { name, title, breakage } = definition;
  const listener = new ListeningPort(port, definition.respond);
  const repair = (): Promise<void> => (breakage === 'open' ? listener.close() : listener.open());
  const break_ = async (): Promise<void> => {
    if (breakage === 'open') await listener.open();
    if (breakage === 'closed') await listener.close();
    listener.hangs = breakage === 'hanging';
  };
  await repair();
  return {
    ...{ name, title, port, breakage },
    check: definition.check(port),
    isUp: () => (breakage === 'hanging' ? !listener.hangs : listener.isOpen === (breakage === 'closed')),
    async setUp(up) {
      if (!up) return break_();
      listener.hangs = false;
      await repair();
    },
    close: () => listener.close(),
  };
}

/** A listening port that can be closed together with all its connections. */
class ListeningPort {
  readonly #port: number;
  readonly #respond: (socket: Socket) => void;
  readonly #sockets = new Set<Socket>();
  #server: Server | null = null;
  /** New connections are accepted and never read. */
  hangs = false;

  constructor(port: number, respond: (socket: Socket) => void) {
    this.#port = port;
    this.#respond = respond;
  }

  get isOpen(): boolean {
    return this.#server !== null;
  }

  async open(): Promise<void> {
    if (this.#server) return;
    const server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      // A probe may reset its connection.
      socket.on('error', () => socket.destroy());
      if (this.hangs) socket.pause();
      else this.#respond(socket);
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
