// Control groups for the bench's processes: the highest weight, so that other programs disturb less, and where it is asked
// for a CPU quota like that of a small Lambda function. Version 1 and version 2.
// Linux: Documentation/scheduler/sched-bwc.rst, Documentation/admin-guide/cgroup-v2.rst.
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface CpuGroup {
  /** Whoever is written into this file is in the group. */
  readonly procs: string;
  /** In how many periods it was held up until its next one since the last call. */
  throttledPeriods(): number;
  /** Its processes must have ended. */
  remove(): void;
}

/** One core's share per MB. docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html: 1,769 MB are one. */
const MB_PER_CORE = 1_769;
/** How often Lambda hands out CPU time. */
const PERIOD_US = 20_000;

const ROOT = '/sys/fs/cgroup';
const V1 = join(ROOT, 'cpu');

/** CPU time of a function of this size in a period of Lambda's, µs. */
export const quotaUs = (memoryMb: number): number => Math.round((PERIOD_US * memoryMb) / MB_PER_CORE);

/** The group, or the reason why there can be none here. */
export function openCpuGroup(name: string, memoryMb?: number): CpuGroup | string {
  if (process.getuid?.() !== 0) return 'needs root, to make a control group';
  const isV1 = existsSync(join(V1, 'cpu.cfs_quota_us'));
  if (!isV1 && !existsSync(join(ROOT, 'cgroup.controllers'))) {
    return `there is neither ${V1} (cgroup v1) nor a unified ${ROOT} (v2)`;
  }
  const folder = join(isV1 ? V1 : ROOT, `probemesh-bench-${process.pid}-${name}`);
  const write = (file: string, value: string): void => writeFileSync(join(folder, file), value);
  try {
    if (!isV1) writeFileSync(join(ROOT, 'cgroup.subtree_control'), '+cpu');
    mkdirSync(folder);
    write(isV1 ? 'cpu.shares' : 'cpu.weight', isV1 ? '262144' : '10000');
    if (memoryMb !== undefined && isV1) {
      write('cpu.cfs_period_us', String(PERIOD_US));
      write('cpu.cfs_quota_us', String(quotaUs(memoryMb)));
    }
    if (memoryMb !== undefined && !isV1) write('cpu.max', `${quotaUs(memoryMb)} ${PERIOD_US}`);
  } catch (error) {
    return `the control group ${folder} could not be made: ${error instanceof Error ? error.message : error}`;
  }
  process.on('exit', () => remove(folder));
  return {
    procs: join(folder, 'cgroup.procs'),
    throttledPeriods: meter(folder),
    remove: () => remove(folder),
  };
}

function meter(folder: string): () => number {
  let before = 0;
  return () => {
    const stat = readFileSync(join(folder, 'cpu.stat'), 'utf8');
    const now = Number(/^nr_throttled (\d+)$/m.exec(stat)?.[1] ?? Number.NaN);
    const since = now - before;
    before = now;
    return since;
  };
}

/** Killed processes take a moment to leave it. */
function remove(folder: string): void {
  for (let tries = 100; existsSync(folder); tries -= 1) {
    try {
      rmdirSync(folder);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EBUSY' || tries === 0) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}
