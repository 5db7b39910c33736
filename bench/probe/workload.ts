// Owns the mixed batch: for each check type, a target that responds and a target that hangs. The bench leaves out a check
// type without an entry here.
import type { CheckRun } from '../../probes/contract/index.ts';
import { FIRST_PORT, MOST_TARGETS, TIMEOUT_MS, tcpCheck } from './jobs.ts';
import { PORTS } from './service-ports.ts';

type CheckOptions = CheckRun['check'];

interface Kind {
  readonly type: string;
  /** Options of a look at the service that hangs, or at the one that answers; `index` is the look's. */
  options(host: string, hangs: boolean, index: number): CheckOptions;
}

/** Its accept queue is full, so the kernel drops every SYN. */
export const FULL_PORT = FIRST_PORT + MOST_TARGETS;
export const FIRST_SERVICE_PORT = FULL_PORT + 1;

const port = (service: keyof typeof PORTS): number => FIRST_SERVICE_PORT + PORTS[service];
const timeoutMs = TIMEOUT_MS;

/** Beside tcp, what hangs is an application: its kernel takes the connection, and nobody speaks. */
const KINDS: readonly Kind[] = [
  {
    type: 'tcp',
    options: (host, hangs, index) => tcpCheck(host, hangs ? FULL_PORT : FIRST_PORT + (index % MOST_TARGETS)),
  },
  {
    type: 'tls',
    options: (host, hangs) => ({
      ...{ type: 'tls', host, port: port(hangs ? 'silentTcp' : 'tls'), trust: 'any', timeoutMs },
    }),
  },
  {
    type: 'http',
    options: (host, hangs) => ({
      ...{ type: 'http', url: `http://${host}:${port(hangs ? 'silentTcp' : 'http')}/`, timeoutMs },
    }),
  },
  {
    type: 'dns',
    options: (host, hangs) => ({
      ...{
        type: 'dns',
        name: 'shop.example.com',
        server: host,
        port: port(hangs ? 'silentUdp' : 'dns'),
        timeoutMs,
      },
    }),
  },
  {
    type: 'udp',
    options: (host, hangs) => ({
      ...{ type: 'udp', host, port: port(hangs ? 'silentUdp' : 'udp'), send: 'status\n', timeoutMs },
    }),
  },
  {
    type: 'script',
    options: (host, hangs) => ({
      ...{ type: 'script', host, port: port(hangs ? 'silentTcp' : 'script'), timeoutMs },
      steps: [{ send: 'PING\r\n' }, { expect: '+PONG' }],
    }),
  },
];

export const TYPES: readonly string[] = KINDS.map(({ type }) => type);

/** One look in so many hangs. */
const HANGING_EVERY = 10;

/** The types in turn, and one in ten of each hangs. */
export function mixedChecks(host: string, runs: number, types: readonly string[]): CheckOptions[] {
  const kinds = KINDS.filter(({ type }) => types.includes(type));
  return Array.from({ length: runs }, (_, index) => {
    const turn = Math.floor(index / kinds.length);
    return kinds[index % kinds.length]!.options(host, turn % HANGING_EVERY === 0, index);
  });
}
