// One location's child process: loads the built bundle and runs invocations on it, as Lambda's runtime does, with a
// network that can be taken away. Ends with its parent.
import dgram from 'node:dgram';
import dns from 'node:dns/promises';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import { pathToFileURL } from 'node:url';
import type { Fault } from './faults.ts';

export interface RunnerRequest {
  readonly id: number;
  readonly event: unknown;
  readonly fault: Fault;
  readonly timeoutMs: number;
}

export type RunnerAnswer =
  | { readonly id: number; readonly ok: true; readonly payload: string }
  | { readonly id: number; readonly ok: false; readonly errorType: string; readonly errorMessage: string };

type Handler = (event: unknown, context: { getRemainingTimeInMillis(): number }) => Promise<unknown>;

let fault: Fault = { fault: 'none' };
takeNetworkAwayOnRequest();

// The terminal's Ctrl-C reaches the whole group; the parent decides what it means for its children.
process.on('SIGINT', () => {});
process.on('SIGHUP', () => {});
process.on('disconnect', () => process.exit(0));

const bundlePath = process.argv[2];
if (!bundlePath) throw new Error('the runner needs the path of the bundle as its first argument');
const { handler } = (await import(pathToFileURL(bundlePath).href)) as { handler: Handler };
process.on('message', (request: RunnerRequest) => {
  void answer(request).then((message) => process.send?.(message));
});
process.send?.('ready');

async function answer(request: RunnerRequest): Promise<RunnerAnswer> {
  const { id, event, timeoutMs } = request;
  fault = request.fault;
  const endsAt = Date.now() + timeoutMs;
  if (fault.fault === 'crash') process.exit(134);
  try {
    if (fault.fault === 'raise') throw new RangeError('raised on request');
    const report = await handler(event, { getRemainingTimeInMillis: () => endsAt - Date.now() });
    return { id, ok: true, payload: JSON.stringify(report) };
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    return { id, ok: false, errorType: name, errorMessage: message };
  }
}

/** Offline: no route, and no name server. Cut: packets to these ports vanish. */
function takeNetworkAwayOnRequest(): void {
  const { connect } = net;
  net.connect = ((options: net.TcpNetConnectOpts, ...rest: []) => {
    if (fault.fault !== 'offline' && !isCut(options.port)) return connect(options, ...rest);
    const socket = new net.Socket();
    if (isCut(options.port)) return socket;
    process.nextTick(() => socket.destroy(noRoute(`${options.host}:${options.port}`)));
    return socket;
  }) as typeof net.connect;
  syncBuiltinESMExports();
  takeDatagramsAway();
  takeNamesAway();
}

const isCut = (port: number): boolean => fault.fault === 'cut' && fault.ports.includes(port);

const noRoute = (target: string): Error =>
  Object.assign(new Error(`connect ENETUNREACH ${target}`), { code: 'ENETUNREACH' });

/** A UDP socket that connects learns at once of a missing route, and never of packets that vanish. */
function takeDatagramsAway(): void {
  const { prototype } = dgram.Socket;
  const connect = prototype.connect as (port: number, address: string, told: Told) => void;
  const vanish = (_: unknown, told: Told): void => process.nextTick(told, null);
  prototype.connect = function (this: dgram.Socket, port: number, address: string, told: Told): void {
    if (isCut(port)) Object.assign(this, { send: vanish });
    if (fault.fault !== 'offline') connect.call(this, port, address, told);
    else process.nextTick(told, noRoute(`${address}:${port}`));
  } as typeof prototype.connect;
}

type Told = (error?: Error | null) => void;

function takeNamesAway(): void {
  const { prototype } = dns.Resolver;
  for (const question of ['resolve4', 'resolve6'] as const) {
    const ask = prototype[question] as (name: string) => Promise<string[]>;
    const answerOrRefuse = async function (this: dns.Resolver, name: string): Promise<string[]> {
      if (fault.fault !== 'offline') return ask.call(this, name);
      throw Object.assign(new Error(`${question} ECONNREFUSED ${name}`), { code: 'ECONNREFUSED' });
    };
    Object.assign(prototype, { [question]: answerOrRefuse });
  }
}
