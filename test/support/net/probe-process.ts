// The built probe in a process of its own, as in Lambda: inside a network namespace, or to measure its memory and descriptors.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildProbe } from '../../../scripts/build-probe.ts';
import { askProbe, type ProbeOptions, type ProbeRun } from './ask-probe.ts';

const CHILD = fileURLToPath(new URL('./probe-child.mjs', import.meta.url));

/** How Lambda's runtime starts Node in its smallest function, 128 MB: a tenth for young objects, in two halves. */
const LAMBDA_FLAGS = ['--max-semi-space-size=6', '--max-old-space-size=116'];

export interface ProcessOptions {
  /** The network namespace in which the process runs: the command that enters it. */
  readonly inside?: { readonly enter: readonly string[] };
  /** Default: true outside a namespace. */
  readonly allowLoopback?: boolean;
  readonly nameServer?: string;
  /** Measures the heap of every job, which costs CPU time. */
  readonly measuresHeap?: boolean;
}

export interface Usage {
  /** The maximum of resident memory (VmHWM of proc_pid_status(5)). */
  readonly peakMiB: number;
  /** The maximum of open descriptors, sampled every few milliseconds. */
  readonly peakDescriptors: number;
  readonly cpuMs: number;
}

export interface HeapUsage {
  /** How much the heap grew at most while the job ran, buffers included. */
  readonly peakBytes: number;
  /** The heap after the job and a garbage collection. */
  readonly usedBytes: number;
}

/** What the child sends for a job. */
interface ChildAnswer {
  readonly report: unknown;
  readonly tookMs: number;
  readonly heap?: HeapUsage;
}

export interface ProbeProcess {
  /** The report that the handler returns for a job. */
  answer(job: unknown): Promise<unknown>;
  /** Runs checks as {@link askProbe} does; the process must measure its heap. */
  ask(checks: readonly object[], options?: ProbeOptions): Promise<ProbeRun & HeapUsage>;
  /** Since the start of the process. */
  usage(): Usage;
  close(): Promise<void>;
}

export async function startProbeProcess(options: ProcessOptions = {}): Promise<ProbeProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'probemesh-probe-'));
  const { bundlePath } = await buildProbe(folder);
  const flags = [...LAMBDA_FLAGS, ...(options.measuresHeap ? ['--expose-gc'] : [])];
  // nsenter(1) becomes the command, so the channel leads to the probe itself.
  const [program = '', ...args] = [
    ...(options.inside?.enter ?? []),
    ...[process.execPath, ...flags, CHILD, bundlePath],
  ];
  const child = spawn(program, args, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: {
      PROBEMESH_ALLOW_LOOPBACK: (options.allowLoopback ?? options.inside === undefined) ? '1' : '',
      PROBEMESH_DNS_SERVERS: options.nameServer ?? '',
    },
  });
  const exited = once(child, 'exit');
  let peakDescriptors = 0;
  const sampling = setInterval(() => {
    peakDescriptors = Math.max(peakDescriptors, descriptorsOf(child));
  }, 5);
  const close = async (): Promise<void> => {
    clearInterval(sampling);
    child.kill('SIGKILL');
    await exited;
    await rm(folder, { recursive: true, force: true });
  };
  await nextMessage(child, exited).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  const send = (job: unknown): Promise<ChildAnswer> => {
    child.send(job as object);
    return nextMessage(child, exited) as Promise<ChildAnswer>;
  };
  return {
    answer: async (job) => (await send(job)).report,
    async ask(checks, askOptions = {}) {
      let answered: ChildAnswer | undefined;
      const answer = async (job: unknown): Promise<unknown> => {
        answered = await send(job);
        return answered.report;
      };
      const { observations } = await askProbe(checks, { ...askOptions, answer });
      if (answered?.heap === undefined) throw new Error('Start the process with `measuresHeap: true`.');
      return { observations, tookMs: answered.tookMs, ...answered.heap };
    },
    usage: () => ({ peakMiB: peakMiBOf(child), peakDescriptors, cpuMs: cpuMsOf(child) }),
    close,
  };
}

async function nextMessage(child: ChildProcess, exited: Promise<unknown[]>): Promise<unknown> {
  const failed = exited.then(([code, signal]) => {
    throw new Error(`the probe's process ended (${code ?? signal})`);
  });
  const message = once(child, 'message').then(([first]) => first as unknown);
  return Promise.race([message, failed]);
}

/** 0 after the process has ended. */
function descriptorsOf({ pid }: ChildProcess): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return 0;
  }
}

function peakMiBOf({ pid }: ChildProcess): number {
  const [, kB] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  if (kB === undefined) throw new Error(`/proc/${pid}/status has no VmHWM`);
  return Number(kB) / 1024;
}

/** User and system time, fields 14 and 15 of proc_pid_stat(5), in hundredths of a second. */
function cpuMsOf({ pid }: ChildProcess): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return 10 * (Number(fields[11]) + Number(fields[12]));
}
