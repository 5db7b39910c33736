// A TCP proxy on loopback in front of a healthy server, which breaks the server's replies at a chosen byte.
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';

/** What happens to bytes from the server. Bytes to the server always arrive. */
export type Fault =
  | { readonly kind: 'none' }
  /** After this many bytes: a reset, the server's end (half-close), or silence. */
  | { readonly kind: 'reset' | 'end' | 'stall'; readonly afterBytes: number }
  /** One byte per second. */
  | { readonly kind: 'trickle' }
  /** These bytes instead, then silence. */
  | { readonly kind: 'garbage'; readonly bytes: Uint8Array }
  /** This byte without end, as fast as the client reads. */
  | { readonly kind: 'flood'; readonly byte: number }
  /** A made-up reply for each connection, as soon as the client or the server sends bytes. */
  | { readonly kind: 'replaced'; makeReply(): Reply };

export interface Reply {
  readonly bytes: Uint8Array;
  readonly ending: 'reset' | 'end' | 'stall';
}

export interface ChaosProxy {
  readonly port: number;
  inject(next: Fault): void;
  /** What the server has sent on the newest connection. */
  transcript(): Buffer;
  close(): Promise<void>;
}

export async function startChaosProxy(serverPort: number): Promise<ChaosProxy> {
  let fault: Fault = { kind: 'none' };
  let sent: Buffer[] = [];
  const open = new Set<net.Socket>();
  const track = (socket: net.Socket): net.Socket => {
    open.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => open.delete(socket));
    return socket;
  };
  const server = net.createServer({ allowHalfOpen: true }, (client) => {
    sent = [];
    const upstream = track(net.connect({ host: '127.0.0.1', port: serverPort, allowHalfOpen: true }));
    track(client).on('close', () => upstream.destroy());
    const pass = passer(client, fault);
    client.pipe(upstream);
    if (fault.kind === 'replaced') client.once('data', () => pass(Buffer.alloc(0)));
    upstream.on('data', (chunk: Buffer) => {
      sent.push(chunk);
      pass(chunk);
    });
    upstream.on('end', () => {
      if (fault.kind === 'none') client.end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    inject(next) {
      fault = next;
    },
    transcript: () => Buffer.concat(sent),
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Writes to the client what the fault makes of each chunk. */
function passer(client: net.Socket, fault: Fault): (chunk: Buffer) => void {
  switch (fault.kind) {
    case 'none':
      return (chunk) => void client.write(chunk);
    case 'trickle':
      return trickler(client);
    case 'garbage':
      client.write(fault.bytes);
      return () => {};
    case 'flood':
      flood(client, fault.byte);
      return () => {};
    case 'replaced':
      return replacer(client, fault.makeReply());
    default:
      return cutter(client, fault.kind, fault.afterBytes);
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

function replacer(client: net.Socket, { bytes, ending }: Reply): (chunk: Buffer) => void {
  let isSent = false;
  return () => {
    if (isSent) return;
    isSent = true;
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

function flood(client: net.Socket, byte: number): void {
  const chunk = new Uint8Array(65_536).fill(byte);
  const write = (): void => {
    while (client.writable && client.write(chunk));
  };
  client.on('drain', write);
  write();
}
