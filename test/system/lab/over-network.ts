// Owns a probe in one namespace, and Redis and NSD in another, with a cable between them, for tests of network faults.
import type { Canary, Observation } from '../../../probes/contract/index.ts';
import { askProbe } from '../../support/net/ask-probe.ts';
import { startProbeProcess } from '../../support/net/probe-process.ts';
import { makeFolder } from './folder.ts';
import { type Cable, FAR, layCable } from './namespace.ts';
import { labProblem } from './packages.ts';
import { startNsd } from './servers/nsd.ts';
import { startRedis } from './servers/redis.ts';

/** The port of Redis at FAR. */
export const OPEN = 6379;
/** A port without a listener at FAR. */
export const CLOSED = 6380;
/** The port of NSD at FAR, over UDP and TCP. NSD is also the probe's name server. */
export const NAMES = 53;

/** Why this machine cannot have such a network; null if it can. */
export const networkProblem = (): string | null => labProblem('ip', 'nft', 'redis', 'nsd');

export interface Network {
  readonly cable: Cable;
  runs(checks: readonly object[], canaries?: readonly Canary[]): Promise<Observation[]>;
  run(check: object, canaries?: readonly Canary[]): Promise<Observation>;
  close(): Promise<void>;
}

export async function startNetwork(): Promise<Network> {
  const folder = makeFolder();
  const closings: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const one of closings.toReversed()) await one();
    folder.remove();
  };
  const kept = async <T extends { close(): Promise<void> }>(starting: Promise<T>): Promise<T> => {
    const started = await starting;
    closings.push(() => started.close());
    return started;
  };
  try {
    const cable = await kept(layCable());
    const place = { inside: cable.far, address: FAR };
    await kept(startRedis({ ...place, port: OPEN }));
    await kept(startNsd(folder.path, { ...place, port: NAMES }));
    const { answer } = await kept(startProbeProcess({ inside: cable.near, nameServer: `${FAR}:${NAMES}` }));
    const runs: Network['runs'] = async (checks, canaries = []) =>
      (await askProbe(checks, { answer, deadlineMs: 20_000, canaries })).observations;
    return { cable, runs, run: async (check, canaries) => (await runs([check], canaries))[0]!, close };
  } catch (error) {
    await close();
    throw error;
  }
}
