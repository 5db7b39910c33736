// Owns the measurement of a mixed batch in one probe process, with hanging targets: time, memory and descriptors.
import { readdirSync, readFileSync } from 'node:fs';
import { loopback } from './environments.ts';
import { jobOf, runBatch, type SmallFunction, startSubject } from './jobs.ts';
import { end } from './spawn.ts';
import { mixedChecks } from './workload.ts';

export interface MixedBatch {
  readonly memoryMb: number | null;
  /** Whether the process has run such a batch before. */
  readonly isWarm: boolean;
  readonly types: readonly string[];
  readonly runs: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly wallMs: number;
  readonly deadlineMs: number;
  /** Peak of the whole process since its start: VmHWM of proc(5). */
  readonly peakRssMb: number;
  /** Peak of samples from outside the process. */
  readonly peakDescriptors: number;
}

const SAMPLE_EVERY_MS = 5;

/** Two batches of one process: the first, before the JIT compiler has run, and the second. */
export async function measureMixed(
  bundlePath: string,
  runs: number,
  types: readonly string[],
  small: SmallFunction | undefined,
): Promise<MixedBatch[]> {
  const subject = await startSubject('probemesh', bundlePath, { small });
  const job = jobOf(mixedChecks(loopback.host, runs, types));
  const measured: MixedBatch[] = [];
  for (const isWarm of [false, true]) {
    const sampler = sampleDescriptors(subject.pid!);
    const { outcomes, wallMs } = await runBatch(subject, job);
    measured.push({
      ...{ memoryMb: small?.memoryMb ?? null, isWarm, types },
      ...{ runs, outcomes, wallMs, deadlineMs: job.deadlineMs },
      peakRssMb: peakRssMb(subject.pid!),
      peakDescriptors: sampler.stop(),
    });
  }
  await end(subject);
  return measured;
}

function sampleDescriptors(pid: number): { stop(): number } {
  let max = 0;
  const timer = setInterval(() => {
    max = Math.max(max, readdirSync(`/proc/${pid}/fd`).length);
  }, SAMPLE_EVERY_MS);
  return {
    stop() {
      clearInterval(timer);
      return max;
    },
  };
}

function peakRssMb(pid: number): number {
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  if (peak === undefined) throw new Error(`/proc/${pid}/status has no VmHWM`);
  return Number(peak) / 1_024;
}
