// One location of the local Lambda: its fault, and the child process that runs the bundle, replaced when it dies.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Fault, HEALTHY } from './faults.ts';
import type { RunnerAnswer, RunnerRequest } from './runtime.ts';

const RUNNER = fileURLToPath(new URL('./runtime.ts', import.meta.url));
/** A process that does not even load the bundle is not started again at once. */
const RESPAWN_MS = 1_000;

export interface LocationOptions {
  readonly id: string;
  readonly bundlePath: string;
  readonly functionName: string;
  readonly sourceAddress: string;
  readonly allowLoopback: boolean;
  readonly timeoutMs: number;
  readonly dnsServers: readonly string[];
  log(line: string): void;
}

/** One life of the child process. */
interface Life {
  readonly child: ChildProcess;
  /** False when it ended before it was ready. */
  readonly ready: Promise<boolean>;
  readonly waiting: Map<number, (answer: RunnerAnswer) => void>;
}

export class LocalLocation {
  fault: Fault = HEALTHY;
  readonly options: LocationOptions;
  #life: Life;
  #stopping = false;
  #respawn: NodeJS.Timeout | undefined;
  #nextId = 1;

  constructor(options: LocationOptions) {
    this.options = options;
    this.#life = this.#spawn();
  }

  /** Rejects when the bundle does not load. */
  async ready(): Promise<void> {
    if (await this.#life.ready) return;
    throw new Error(`${this.options.id}: the bundle ${this.options.bundlePath} does not load`);
  }

  /** Runs the bundle on one event; answers as the runtime would, also when the process dies or takes too long. */
  async invoke(event: unknown): Promise<RunnerAnswer> {
    const { timeoutMs } = this.options;
    const { child, ready, waiting } = this.#life;
    const id = this.#nextId++;
    if (!(await ready)) return died(id, 'before it was ready');
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        const errorMessage = `Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`;
        waiting.get(id)?.({ id, ok: false, errorType: 'Sandbox.Timedout', errorMessage });
        // As Lambda does: nobody knows what state it is in.
        child.kill('SIGKILL');
      }, timeoutMs);
      waiting.set(id, (answer) => {
        clearTimeout(timer);
        waiting.delete(id);
        resolve(answer);
      });
      // A process that is gone already says so through its exit.
      child.send({ id, event, fault: this.fault, timeoutMs } satisfies RunnerRequest, (error) => {
        if (error) waiting.get(id)?.(died(id, error.message));
      });
    });
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#respawn);
    const { child } = this.#life;
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  #spawn(): Life {
    const { id, bundlePath, functionName, sourceAddress, allowLoopback, dnsServers, log } = this.options;
    const child = fork(RUNNER, [bundlePath], {
      env: {
        PATH: process.env.PATH ?? '',
        AWS_LAMBDA_FUNCTION_NAME: functionName,
        AWS_REGION: id.replace(/^aws:/, ''),
        PROBEMESH_SOURCE_ADDRESS: sourceAddress,
        PROBEMESH_ALLOW_LOOPBACK: allowLoopback ? '1' : '',
        PROBEMESH_DNS_SERVERS: dnsServers.join(','),
      },
      execArgv: [],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const waiting: Life['waiting'] = new Map();
    let wasReady = false;
    const ready = new Promise<boolean>((resolve) => {
      child.on('message', (message: RunnerAnswer | 'ready') => {
        if (message === 'ready') {
          wasReady = true;
          resolve(true);
        } else waiting.get(message.id)?.(message);
      });
      child.once('exit', () => resolve(false));
    });
    child.on('error', (error) => log(`${id}: ${error.message}`));
    child.once('exit', (code, signal) => {
      for (const [invocation, tell] of waiting) tell(died(invocation, `exit status ${code ?? signal}`));
      if (this.#stopping) return;
      log(`${id}: its process ended (${code ?? signal}), a new one starts`);
      if (wasReady) this.#life = this.#spawn();
      else {
        this.#respawn = setTimeout(() => {
          this.#life = this.#spawn();
        }, RESPAWN_MS);
      }
    });
    return { child, ready, waiting };
  }
}

const died = (id: number, how: string): RunnerAnswer => ({
  id,
  ok: false,
  errorType: 'Runtime.ExitError',
  errorMessage: `RequestId: ${id} Error: Runtime exited with error: ${how}`,
});
