// The built probe in a process of its own: inside a namespace, or where its memory and descriptors can be counted.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildProbe } from '../../../scripts/build-probe.ts';
import { makeFolder } from './folder.ts';
import type { Namespace } from './namespace.ts';

const CHILD = fileURLToPath(new URL('./probe-child.mjs', import.meta.url));

/** As Lambda's runtime starts Node for its smallest function, 128 MB: a tenth of it for what is young, in two halves. */
const LIKE_LAMBDA = ['--max-semi-space-size=6', '--max-old-space-size=116'];

export interface Usage {
  /** The most memory that was ever resident (VmHWM of proc_pid_status(5)). */
  readonly peakMiB: number;
  /** The most descriptors that were open at a time, looked at every few milliseconds. */
  readonly peakDescriptors: number;
  readonly cpuMs: number;
}

export interface ProbeProcess {
  /** What its handler answers to a job. */
  answer(job: unknown): Promise<unknown>;
  /** Until now, and since it was started. */
  usage(): Usage;
  close(): Promise<void>;
}

interface Surroundings {
  readonly inside?: Namespace;
  readonly allowLoopback?: boolean;
  readonly nameServer?: string;
}

export async function startProbe(surroundings: Surroundings = {}): Promise<ProbeProcess> {
  const folder = makeFolder();
  const { bundlePath } = await buildProbe(folder.path);
  // nsenter(1) becomes the command, so the channel leads to the probe itself.
  const [program = '', ...args] = [
    ...(surroundings.inside?.enter ?? []),
    ...[process.execPath, ...LIKE_LAMBDA, CHILD, bundlePath],
  ];
  const child = spawn(program, args, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: {
      PROBEMESH_ALLOW_LOOPBACK: surroundings.allowLoopback ? '1' : '',
      PROBEMESH_DNS_SERVERS: surroundings.nameServer ?? '',
    },
  });
  const gone = once(child, 'exit');
  let peakDescriptors = 0;
  const counting = setInterval(() => {
    peakDescriptors = Math.max(peakDescriptors, descriptorsOf(child));
  }, 5);
  const close = async (): Promise<void> => {
    clearInterval(counting);
    child.kill('SIGKILL');
    await gone;
    folder.remove();
  };
  await next(child, gone).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  return {
    answer(job) {
      child.send(job as object);
      return next(child, gone);
    },
    usage: () => ({ peakMiB: peakMiBOf(child), peakDescriptors, cpuMs: cpuMsOf(child) }),
    close,
  };
}

async function next(child: ChildProcess, gone: Promise<unknown[]>): Promise<unknown> {
  const ended = gone.then(([code, signal]) => {
    throw new Error(`the probe's process ended (${code ?? signal})`);
  });
  const message = once(child, 'message').then(([first]) => first as unknown);
  return Promise.race([message, ended]);
}

const descriptorsOf = ({ pid }: ChildProcess): number => readdirSync(`/proc/${pid}/fd`).length;

function peakMiBOf({ pid }: ChildProcess): number {
  const [, kB] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  if (kB === undefined) throw new Error(`/proc/${pid}/status says nothing of VmHWM`);
  return Number(kB) / 1024;
}

/** User and system time, fields 14 and 15 of proc_pid_stat(5), in hundredths of a second. */
function cpuMsOf({ pid }: ChildProcess): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return 10 * (Number(fields[11]) + Number(fields[12]));
}
