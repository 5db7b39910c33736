// A TCP proxy in front of a good server that spoils what the server says: everything that can go wrong between a probe and
// an application, at a byte of one's choosing. In memory and on loopback.
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';

/** What becomes of the bytes from the server; those to the server always arrive. */
export type Spoiling =
  | { readonly kind: 'none' }
  /** So many bytes arrive, then: a reset, the server's end (half-close), or nothing any more. */
  | { readonly kind: 'reset' | 'end' | 'stall'; readonly afterBytes: number }
  /** One byte a second. */
  | { readonly kind: 'trickle' }
  /** Other bytes, as many as the seed says, then silence. */
  | { readonly kind: 'garbage'; readonly bytes: Uint8Array }
  /** Without end, as fast as they are taken. */
  | { readonly kind: 'babble'; readonly byte: number }
  /** Whatever is made up for each connection, as soon as the client has spoken or the server has. */
  | { readonly kind: 'invented'; invent(): Invented };

export interface Invented {
  readonly bytes: Uint8Array;
  readonly ending: 'reset' | 'end' | 'stall';
}

export interface Middleman {
  readonly port: number;
  spoil(how: Spoiling): void;
  /** What the server has said to the newest connection. */
  said(): Buffer;
  close(): Promise<void>;
}

export async function startMiddleman(serverPort: number): Promise<Middleman> {
  let spoiling: Spoiling = { kind: 'none' };
  let said: Buffer[] = [];
  const open = new Set<net.Socket>();
  const keep = (socket: net.Socket): net.Socket => {
    open.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => open.delete(socket));
    return socket;
  };
  const server = net.createServer({ allowHalfOpen: true }, (client) => {
    said = [];
    const upstream = keep(net.connect({ host: '127.0.0.1', port: serverPort, allowHalfOpen: true }));
    keep(client).on('close', () => upstream.destroy());
    const pass = passer(client, spoiling);
    client.pipe(upstream);
    if (spoiling.kind === 'invented') client.once('data', () => pass(Buffer.alloc(0)));
    upstream.on('data', (chunk: Buffer) => {
      said.push(chunk);
      pass(chunk);
    });
    upstream.on('end', () => {
      if (spoiling.kind === 'none') client.end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    spoil(how) {
      spoiling = how;
    },
    said: () => Buffer.concat(said),
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Writes to the client what the spoiling leaves of each chunk. */
function passer(client: net.Socket, spoiling: Spoiling): (chunk: Buffer) => void {
  switch (spoiling.kind) {
    case 'none':
      return (chunk) => void client.write(chunk);
    case 'trickle':
      return trickler(client);
    case 'garbage':
      client.write(spoiling.bytes);
      return () => {};
    case 'babble':
      babble(client, spoiling.byte);
      return () => {};
    case 'invented':
      return inventor(client, spoiling.invent());
    default:
      return cutter(client, spoiling.kind, spoiling.afterBytes);
  }
}

function cutter(
  client: net.Socket,
  kind: 'reset' | 'end' | 'stall',
  afterBytes: number,
): (chunk: Buffer) => void {
  let left = afterBytes;
  const cut = (): void => {
    if (kind === 'reset') client.resetAndDestroy();
    if (kind === 'end') client.end();
  };
  if (left === 0) cut();
  return (chunk) => {
    if (left === 0) return;
    const passed = chunk.subarray(0, left);
    left -= passed.length;
    client.write(passed, () => {
      if (left === 0) cut();
    });
  };
}

function inventor(client: net.Socket, { bytes, ending }: Invented): (chunk: Buffer) => void {
  let isSaid = false;
  return () => {
    if (isSaid) return;
    isSaid = true;
    client.write(bytes, () => {
      if (ending === 'reset') client.resetAndDestroy();
      if (ending === 'end') client.end();
    });
  };
}

function trickler(client: net.Socket): (chunk: Buffer) => void {
  const waiting: number[] = [];
  const timer = setInterval(() => {
    const byte = waiting.shift();
    if (byte !== undefined && client.writable) client.write(Uint8Array.of(byte));
  }, 1_000);
  client.on('close', () => clearInterval(timer));
  return (chunk) => void waiting.push(...chunk);
}

function babble(client: net.Socket, byte: number): void {
  const chunk = new Uint8Array(65_536).fill(byte);
  const go = (): void => {
    while (client.writable && client.write(chunk));
  };
  client.on('drain', go);
  go();
}
