// Owns control groups (version 1 and 2) for the processes of the benchmark: the highest weight, so that other programs
// disturb less, and optionally a CPU quota like that of a small Lambda function.
// Linux: Documentation/scheduler/sched-bwc.rst, Documentation/admin-guide/cgroup-v2.rst.
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorMessage } from '../../probes/contract/error-message.ts';

export interface CpuGroup {
  /** A process whose id is written to this file joins the group. */
  readonly procs: string;
  /** Number of periods since the last call in which the quota stopped the group. */
  throttledPeriods(): number;
  /** Call it after the group's processes have ended. */
  remove(): void;
}

/** 1,769 MB get one core: docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html. */
const MB_PER_CORE = 1_769;
/** Length of Lambda's CPU periods. */
const PERIOD_US = 20_000;

const ROOT = '/sys/fs/cgroup';
const V1 = join(ROOT, 'cpu');

/** CPU time of a function of this size per period, in µs. */
export const quotaUs = (memoryMb: number): number => Math.round((PERIOD_US * memoryMb) / MB_PER_CORE);

/** Creates the group. Returns a reason if this machine does not allow it. */
export function openCpuGroup(name: string, memoryMb?: number): CpuGroup | string {
  if (process.getuid?.() !== 0) return 'a control group needs root';
  const isV1 = existsSync(join(V1, 'cpu.cfs_quota_us'));
  if (!isV1 && !existsSync(join(ROOT, 'cgroup.controllers'))) {
    return `neither ${V1} (cgroup v1) nor a unified ${ROOT} (v2) exists`;
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
    return `the control group ${folder} could not be created: ${errorMessage(error)}`;
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

/** Retries, because killed processes take a moment to leave the group. */
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
