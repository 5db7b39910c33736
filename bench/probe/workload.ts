// Owns the mixed batch: for each check type, a target that responds and a target that hangs. The bench leaves out a check
// type without an entry here.
import type { CheckRun } from '../../probes/contract/index.ts';
import { FIRST_PORT, MAX_TARGETS, TIMEOUT_MS, tcpCheck } from './jobs.ts';
import { PORTS } from './service-ports.ts';

type CheckOptions = CheckRun['check'];

interface WorkloadEntry {
  readonly type: string;
  /** Options of a check of the hanging or the responding service. `index` is that of the run. */
  options(host: string, hangs: boolean, index: number): CheckOptions;
}

/** The accept queue of this port is full, so the kernel drops every SYN. */
export const FULL_PORT = FIRST_PORT + MAX_TARGETS;
export const FIRST_SERVICE_PORT = FULL_PORT + 1;

const port = (service: keyof typeof PORTS): number => FIRST_SERVICE_PORT + PORTS[service];
const timeoutMs = TIMEOUT_MS;

/** Except for tcp, the hanging target accepts the connection and never responds. */
const WORKLOAD: readonly WorkloadEntry[] = [
  {
    type: 'tcp',
    options: (host, hangs, index) => tcpCheck(host, hangs ? FULL_PORT : FIRST_PORT + (index % MAX_TARGETS)),
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

export const TYPES: readonly string[] = WORKLOAD.map(({ type }) => type);

/** One check in this many hangs. */
const HANGING_EVERY = 10;

/** Check types take turns, and one check in ten of each type hangs. */
export function mixedChecks(host: string, runs: number, types: readonly string[]): CheckOptions[] {
  const entries = WORKLOAD.filter(({ type }) => types.includes(type));
  return Array.from({ length: runs }, (_, index) => {
    const round = Math.floor(index / entries.length);
    return entries[index % entries.length]!.options(host, round % HANGING_EVERY === 0, index);
  });
}
