// A batch of mixed looks, some of them hanging, in one probe process: how long it takes, and what it holds meanwhile.
import { readdirSync, readFileSync } from 'node:fs';
import { loopback } from './environments.ts';
import { ask, jobOf, type Small, startProber } from './jobs.ts';
import { end } from './spawn.ts';
import { mixedChecks } from './workload.ts';

export interface Mixed {
  readonly memoryMb: number | null;
  /** Whether the process has answered such a batch before. */
  readonly isWarm: boolean;
  readonly types: readonly string[];
  readonly runs: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly wallMs: number;
  readonly deadlineMs: number;
  /** Of the whole process, from its start on: VmHWM of proc(5). */
  readonly peakRssMb: number;
  /** The most that was seen at once, from outside. */
  readonly peakDescriptors: number;
}

const SAMPLE_EVERY_MS = 5;

/** Two batches of one process: the first, with nothing compiled yet, and the next. */
export async function measureMixed(
  bundlePath: string,
  runs: number,
  types: readonly string[],
  small: Small | undefined,
): Promise<Mixed[]> {
  const prober = await startProber('probemesh', bundlePath, { small });
  const job = jobOf(mixedChecks(loopback.host, runs, types));
  const measured: Mixed[] = [];
  for (const isWarm of [false, true]) {
    const sampler = sampleDescriptors(prober.pid!);
    const { outcomes, wallMs } = await ask(prober, job);
    measured.push({
      ...{ memoryMb: small?.memoryMb ?? null, isWarm, types },
      ...{ runs, outcomes, wallMs, deadlineMs: job.deadlineMs },
      peakRssMb: peakRssMb(prober.pid!),
      peakDescriptors: sampler.stop(),
    });
  }
  await end(prober);
  return measured;
}

function sampleDescriptors(pid: number): { stop(): number } {
  let most = 0;
  const timer = setInterval(() => {
    most = Math.max(most, readdirSync(`/proc/${pid}/fd`).length);
  }, SAMPLE_EVERY_MS);
  return {
    stop() {
      clearInterval(timer);
      return most;
    },
  };
}

function peakRssMb(pid: number): number {
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  if (peak === undefined) throw new Error(`/proc/${pid}/status names no VmHWM`);
  return Number(peak) / 1_024;
}
