// The child process of one location. Owns loading the built bundle and running invocations on it, as Lambda's runtime
// does, and the faults of its network. Ends with its parent.
import dgram from 'node:dgram';
import dns from 'node:dns/promises';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import { pathToFileURL } from 'node:url';
import type { Fault } from './faults.ts';

export interface RuntimeRequest {
  readonly id: number;
  readonly event: unknown;
  readonly fault: Fault;
  readonly timeoutMs: number;
}

export type RuntimeResponse =
  | { readonly id: number; readonly ok: true; readonly payload: string }
  | { readonly id: number; readonly ok: false; readonly errorType: string; readonly errorMessage: string };

type Handler = (event: unknown, context: { getRemainingTimeInMillis(): number }) => Promise<unknown>;

let fault: Fault = { fault: 'none' };
patchNetwork();

// Ctrl-C in a terminal signals the whole process group; the parent decides when its children end.
process.on('SIGINT', () => {});
process.on('SIGHUP', () => {});
process.on('disconnect', () => process.exit(0));

const [, , bundlePath, exported = 'handler'] = process.argv;
if (!bundlePath) throw new Error('runtime: give the path of the bundle as the first argument');
const handler = ((await import(pathToFileURL(bundlePath).href)) as Record<string, Handler>)[exported];
if (!handler) throw new Error(`runtime: ${bundlePath} does not export ${exported}`);
process.on('message', (request: RuntimeRequest) => {
  void invoke(request).then((response) => process.send?.(response));
});
process.send?.('ready');

async function invoke(request: RuntimeRequest): Promise<RuntimeResponse> {
  const { id, event, timeoutMs } = request;
  fault = request.fault;
  const endsAt = Date.now() + timeoutMs;
  if (fault.fault === 'crash') process.exit(134);
  try {
    if (fault.fault === 'raise') throw new RangeError('raised on request');
    const report = await handler!(event, { getRemainingTimeInMillis: () => endsAt - Date.now() });
    return { id, ok: true, payload: JSON.stringify(report) };
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    return { id, ok: false, errorType: name, errorMessage: message };
  }
}

/** Offline: without a route and a name server. Cut: packets to these ports are lost. */
function patchNetwork(): void {
  const { connect } = net;
  net.connect = ((options: net.TcpNetConnectOpts, ...rest: []) => {
    if (fault.fault !== 'offline' && !isCut(options.port)) return connect(options, ...rest);
    const socket = new net.Socket();
    if (isCut(options.port)) return socket;
    process.nextTick(() => socket.destroy(noRoute(`${options.host}:${options.port}`)));
    return socket;
  }) as typeof net.connect;
  syncBuiltinESMExports();
  patchDatagrams();
  patchNames();
}

const isCut = (port: number): boolean => fault.fault === 'cut' && fault.ports.includes(port);

const noRoute = (target: string): Error =>
  Object.assign(new Error(`connect ENETUNREACH ${target}`), { code: 'ENETUNREACH' });

/** A UDP socket fails at once without a route, and does not notice lost packets. */
function patchDatagrams(): void {
  const { prototype } = dgram.Socket;
  const connect = prototype.connect as (port: number, address: string, callback: Callback) => void;
  const drop = (_: unknown, callback: Callback): void => process.nextTick(callback, null);
  prototype.connect = function (this: dgram.Socket, port: number, address: string, callback: Callback): void {
    if (isCut(port)) Object.assign(this, { send: drop });
    if (fault.fault !== 'offline') connect.call(this, port, address, callback);
    else process.nextTick(callback, noRoute(`${address}:${port}`));
  } as typeof prototype.connect;
}

type Callback = (error?: Error | null) => void;

function patchNames(): void {
  const { prototype } = dns.Resolver;
  for (const method of ['resolve4', 'resolve6'] as const) {
    const resolve = prototype[method] as (name: string) => Promise<string[]>;
    const resolveOrFail = async function (this: dns.Resolver, name: string): Promise<string[]> {
      if (fault.fault !== 'offline') return resolve.call(this, name);
      throw Object.assign(new Error(`${method} ECONNREFUSED ${name}`), { code: 'ECONNREFUSED' });
    };
    Object.assign(prototype, { [method]: resolveOrFail });
  }
}
