// A batch of mixed looks, some of them hanging, in one probe process: how long it takes, and what it holds meanwhile.
import { readdirSync, readFileSync } from 'node:fs';
import { ask, jobOf, type Small, startProber } from './asking.ts';
import { end } from './launch.ts';
import { mixedChecks, mixedTypes, openFullPort } from './mixture.ts';
import { loopback } from './places.ts';

export interface Mixed {
  readonly memoryMb: number | null;
  readonly types: readonly string[];
  readonly looks: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly wallMs: number;
  readonly deadlineMs: number;
  /** Of the whole process, from its start on: VmHWM of proc(5). */
  readonly peakRssMb: number;
  /** The most that was seen at once, from outside. */
  readonly peakDescriptors: number;
}

const SAMPLE_EVERY_MS = 5;

export async function measureMixed(
  bundlePath: string,
  looks: number,
  small: Small | undefined,
): Promise<Mixed> {
  const closePort = await openFullPort(loopback.host);
  const prober = await startProber('probemesh', bundlePath, { small });
  const proc = `/proc/${prober.pid}`;
  let peakDescriptors = 0;
  const sampler = setInterval(() => {
    peakDescriptors = Math.max(peakDescriptors, readdirSync(`${proc}/fd`).length);
  }, SAMPLE_EVERY_MS);
  const job = jobOf(mixedChecks(loopback.host, looks));
  const { outcomes, wallMs } = await ask(prober, job);
  clearInterval(sampler);
  const peakRssKb = Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`${proc}/status`, 'utf8'))?.[1]);
  await end(prober);
  closePort();
  return {
    memoryMb: small?.memoryMb ?? null,
    types: mixedTypes(),
    ...{ looks, outcomes, wallMs, deadlineMs: job.deadlineMs },
    peakRssMb: peakRssKb / 1_024,
    peakDescriptors,
  };
}
