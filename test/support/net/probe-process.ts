// Asks a probe in a process of its own, as Lambda does, and hears how much memory that took.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Asked, Surroundings } from './ask-probe.ts';

export interface ProbeQuestion {
  readonly checks: readonly object[];
  readonly surroundings: Surroundings;
}

export interface ProbeAnswer extends Asked {
  /** Most that the heap, buffers included, grew by while the job ran. */
  readonly peakBytes: number;
  /** What is in use afterwards, garbage collected. */
  readonly usedBytes: number;
}

export interface ProbeProcess {
  readonly pid: number;
  ask(checks: readonly object[], surroundings?: Surroundings): Promise<ProbeAnswer>;
  close(): Promise<void>;
}

export async function startProbeProcess(): Promise<ProbeProcess> {
  const child = fork(fileURLToPath(new URL('./probe-child.ts', import.meta.url)), {
    execArgv: ['--expose-gc'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  await once(child, 'message');
  const gone = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`the probe's process ended: code ${code}, signal ${signal}`);
  });
  // Whoever asks hears of it; when nobody does, it was ended on purpose.
  gone.catch(() => {});
  return {
    pid: child.pid!,
    async ask(checks, surroundings = {}) {
      const answered = once(child, 'message');
      child.send({ checks, surroundings } satisfies ProbeQuestion);
      const [answer] = (await Promise.race([answered, gone])) as [ProbeAnswer];
      return answer;
    },
    async close() {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}
