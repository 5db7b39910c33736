// Owns the measurement of a mixed batch, with hanging targets, in one probe process or in as many as the coordinator's
// jobs: time, memory and descriptors.
import { readdirSync, readFileSync } from 'node:fs';
import type { Job } from '../../probes/contract/index.ts';
import { FLEET_PERMITS } from '../../src/fleet/semaphore.ts';
import { jobLimits, splitJob } from '../../src/fleet/split-job.ts';
import { openCpuGroup } from './cpu-group.ts';
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
  /** Processes that share the runs, each with the CPU of a function. */
  readonly jobs: number;
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
      ...{ runs, jobs: 1, outcomes, wallMs, deadlineMs: job.deadlineMs },
      peakRssMb: peakRssMb(subject.pid!),
      peakDescriptors: sampler.stop(),
    });
  }
  await end(subject);
  return measured;
}

/** The same batch in the jobs of the coordinator, five at once, each in a function of its own. Throws without quotas. */
export async function measureSplit(
  bundlePath: string,
  runs: number,
  types: readonly string[],
  memoryMb: number,
): Promise<MixedBatch[]> {
  const whole = jobOf(mixedChecks(loopback.host, runs, types));
  const jobs = splitJob(whole.runs, jobLimits(memoryMb)).jobs.map((part): Job => ({ ...whole, runs: part }));
  const results: MixedBatch[][] = [];
  for (let from = 0; from < jobs.length; from += FLEET_PERMITS) {
    const wave = jobs.slice(from, from + FLEET_PERMITS);
    results.push(
      ...(await Promise.all(
        wave.map((job, index) => measureJob(bundlePath, job, types, memoryMb, `${from + index}`)),
      )),
    );
  }
  return [0, 1].map((batch) => sumOf(results.map((ofJob) => ofJob[batch]!)));
}

async function measureJob(
  bundlePath: string,
  job: Job,
  types: readonly string[],
  memoryMb: number,
  name: string,
): Promise<MixedBatch[]> {
  const group = openCpuGroup(`job-${name}`, memoryMb);
  if (typeof group === 'string') throw new Error(group);
  const subject = await startSubject('probemesh', bundlePath, { small: { memoryMb, group } });
  const measured: MixedBatch[] = [];
  for (const isWarm of [false, true]) {
    const sampler = sampleDescriptors(subject.pid!);
    const { outcomes, wallMs } = await runBatch(subject, job);
    measured.push({
      ...{ memoryMb, isWarm, types, runs: job.runs.length, jobs: 1, outcomes, wallMs },
      ...{ deadlineMs: job.deadlineMs, peakRssMb: peakRssMb(subject.pid!), peakDescriptors: sampler.stop() },
    });
  }
  await end(subject);
  group.remove();
  return measured;
}

/** Outcomes together, and the largest of the other figures. */
function sumOf(batches: readonly MixedBatch[]): MixedBatch {
  const outcomes: Record<string, number> = {};
  for (const batch of batches)
    for (const [outcome, count] of Object.entries(batch.outcomes))
      outcomes[outcome] = (outcomes[outcome] ?? 0) + count;
  const most = (of: (batch: MixedBatch) => number): number => Math.max(...batches.map(of));
  return {
    ...batches[0]!,
    ...{ outcomes, jobs: batches.length, runs: batches.reduce((sum, { runs }) => sum + runs, 0) },
    wallMs: most(({ wallMs }) => wallMs),
    peakRssMb: most((batch) => batch.peakRssMb),
    peakDescriptors: most((batch) => batch.peakDescriptors),
  };
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
