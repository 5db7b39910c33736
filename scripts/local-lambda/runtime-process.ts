// Owns one child process that runs a function: its start, its invocations, their timeouts, and its death. Does not replace it: the
// local Lambda and the local AWS do, each by its own rules.
import { type ChildProcess, fork, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Fault, HEALTHY } from './faults.ts';
import type { RuntimeRequest, RuntimeResponse } from './runtime.ts';

const RUNTIME = fileURLToPath(new URL('./runtime.ts', import.meta.url));

export interface RuntimeProcessOptions {
  readonly bundlePath: string;
  /** What the bundle exports. Undefined: `handler`. */
  readonly exported?: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Of stdout and stderr. */
  readonly output: 'inherit' | 'pipe';
}

export class RuntimeProcess {
  readonly child: ChildProcess;
  /** False if it ended before it was ready. */
  readonly ready: Promise<boolean>;
  readonly #waiting = new Map<number, (response: RuntimeResponse) => void>();
  #nextId = 1;

  constructor({ bundlePath, exported, environment, output }: RuntimeProcessOptions) {
    const stdio: StdioOptions = ['ignore', output, output, 'ipc'];
    this.child = fork(RUNTIME, [bundlePath, ...(exported === undefined ? [] : [exported])], {
      ...{ env: { PATH: process.env.PATH ?? '', ...environment }, execArgv: [], stdio },
    });
    this.ready = new Promise((resolve) => {
      this.child.on('message', (message: RuntimeResponse | 'ready') => {
        if (message === 'ready') resolve(true);
        else this.#waiting.get(message.id)?.(message);
      });
      this.child.once('error', () => resolve(false));
      this.child.once('exit', (code, signal) => {
        resolve(false);
        for (const [id, respond] of this.#waiting) respond(died(id, `exit status ${code ?? signal}`));
      });
    });
  }

  /** No invocation runs on it. */
  get isIdle(): boolean {
    return this.#waiting.size === 0;
  }

  get hasEnded(): boolean {
    const { pid, exitCode, signalCode } = this.child;
    return pid === undefined || exitCode !== null || signalCode !== null;
  }

  /** Responds as the runtime would, also if the process dies or exceeds the timeout. */
  async invoke(event: unknown, timeoutMs: number, fault: Fault = HEALTHY): Promise<RuntimeResponse> {
    const id = this.#nextId++;
    if (!(await this.ready)) return died(id, 'before it was ready');
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        const errorMessage = `Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`;
        this.#waiting.get(id)?.({ id, ok: false, errorType: 'Sandbox.Timedout', errorMessage });
        // As Lambda does, because the state of the process is unknown.
        this.kill();
      }, timeoutMs);
      this.#waiting.set(id, (response) => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        resolve(response);
      });
      // A process that has ended already reports it through its exit.
      this.child.send({ id, event, fault, timeoutMs } satisfies RuntimeRequest, (error) => {
        if (error) this.#waiting.get(id)?.(died(id, error.message));
      });
    });
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }

  /** Resolves when the process is gone. */
  async end(): Promise<void> {
    if (this.hasEnded) return;
    const gone = once(this.child, 'exit');
    this.kill();
    await gone;
  }
}

const died = (id: number, how: string): RuntimeResponse => ({
  id,
  ok: false,
  errorType: 'Runtime.ExitError',
  errorMessage: `RequestId: ${id} Error: Runtime exited with error: ${how}`,
});
