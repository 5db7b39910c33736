// Owns one location of the local Lambda: its fault, and the child process that runs the bundle, replaced when it dies.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Fault, HEALTHY } from './faults.ts';
import type { RuntimeRequest, RuntimeResponse } from './runtime.ts';

const RUNTIME = fileURLToPath(new URL('./runtime.ts', import.meta.url));
/** The wait before another process, if the last one did not load the bundle. */
const RESPAWN_MS = 1_000;

export interface LocationOptions {
  readonly id: string;
  readonly bundlePath: string;
  readonly functionName: string;
  readonly sourceAddress: string;
  readonly allowLoopback: boolean;
  readonly timeoutMs: number;
  readonly dnsServers: readonly string[];
  readonly allowCidrs: readonly string[];
  readonly canaryNames: readonly string[];
  /** Further variables of the function. */
  readonly environment?: Readonly<Record<string, string>>;
  log(line: string): void;
}

/** One child process. */
interface Instance {
  readonly child: ChildProcess;
  /** False if it ended before it was ready. */
  readonly ready: Promise<boolean>;
  readonly waiting: Map<number, (response: RuntimeResponse) => void>;
}

/** A new process that has loaded the bundle, beside the one that runs. */
export interface PreparedReload {
  /** New invocations run on the new process. Those that run end on the old one, and it with the last of them. */
  commit(): void;
  cancel(): void;
}

export class LocalLocation {
  fault: Fault = HEALTHY;
  readonly options: LocationOptions;
  readonly #children = new Set<ChildProcess>();
  #current: Instance;
  #stopping = false;
  #respawn: NodeJS.Timeout | undefined;
  #nextId = 1;

  constructor(options: LocationOptions) {
    this.options = options;
    this.#current = this.#spawn();
  }

  /** Rejects if the bundle does not load. */
  async ready(): Promise<void> {
    if (!(await this.#current.ready)) throw this.#loadError();
  }

  /** Runs the bundle on one event. Responds as the runtime would, also if the process dies or exceeds its timeout. */
  async invoke(event: unknown): Promise<RuntimeResponse> {
    const { timeoutMs } = this.options;
    const instance = this.#current;
    const { child, ready, waiting } = instance;
    const id = this.#nextId++;
    if (!(await ready)) return died(id, 'before it was ready');
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        const errorMessage = `Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`;
        waiting.get(id)?.({ id, ok: false, errorType: 'Sandbox.Timedout', errorMessage });
        // As Lambda does, because the state of the process is unknown.
        child.kill('SIGKILL');
      }, timeoutMs);
      waiting.set(id, (response) => {
        clearTimeout(timer);
        waiting.delete(id);
        resolve(response);
        this.#endIfReplaced(instance);
      });
      // A process that has ended already reports it through its exit.
      child.send({ id, event, fault: this.fault, timeoutMs } satisfies RuntimeRequest, (error) => {
        if (error) waiting.get(id)?.(died(id, error.message));
      });
    });
  }

  /** Starts a process on the bundle that is on disk now. Rejects if it does not load. */
  async prepareReload(): Promise<PreparedReload> {
    const next = this.#spawn();
    if (!(await next.ready)) throw this.#loadError();
    return {
      commit: () => {
        const old = this.#current;
        this.#current = next;
        this.#endIfReplaced(old);
      },
      cancel: () => void next.child.kill('SIGKILL'),
    };
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#respawn);
    await Promise.all(
      [...this.#children].map(async (child) => {
        const gone = once(child, 'exit');
        child.kill('SIGKILL');
        await gone;
      }),
    );
  }

  #spawn(): Instance {
    const { id, bundlePath, functionName, sourceAddress, allowLoopback, log } = this.options;
    const { dnsServers, allowCidrs, canaryNames, environment = {} } = this.options;
    const child = fork(RUNTIME, [bundlePath], {
      env: {
        PATH: process.env.PATH ?? '',
        AWS_LAMBDA_FUNCTION_NAME: functionName,
        AWS_REGION: id.replace(/^aws:/, ''),
        PROBEMESH_SOURCE_ADDRESS: sourceAddress,
        PROBEMESH_ALLOW_LOOPBACK: allowLoopback ? '1' : '',
        PROBEMESH_ALLOW_CIDRS: allowCidrs.join(','),
        PROBEMESH_DNS_SERVERS: dnsServers.join(','),
        PROBEMESH_CANARY_NAMES: canaryNames.join(','),
        ...environment,
      },
      execArgv: [],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const waiting: Instance['waiting'] = new Map();
    let wasReady = false;
    const ready = new Promise<boolean>((resolve) => {
      child.on('message', (message: RuntimeResponse | 'ready') => {
        if (message === 'ready') {
          wasReady = true;
          resolve(true);
        } else waiting.get(message.id)?.(message);
      });
      child.once('exit', () => resolve(false));
    });
    const instance: Instance = { child, ready, waiting };
    if (child.pid !== undefined) this.#children.add(child);
    child.on('error', (error) => log(`${id}: ${error.message}`));
    child.once('exit', (code, signal) => {
      this.#children.delete(child);
      for (const [invocation, respond] of waiting) respond(died(invocation, `exit status ${code ?? signal}`));
      if (this.#stopping || this.#current !== instance) return;
      log(`${id}: its process ended (${code ?? signal}), a new one starts`);
      const respawn = (): void => {
        if (this.#current === instance) this.#current = this.#spawn();
      };
      if (wasReady) respawn();
      else this.#respawn = setTimeout(respawn, RESPAWN_MS);
    });
    return instance;
  }

  #endIfReplaced({ child, waiting }: Instance): void {
    if (this.#current.child !== child && waiting.size === 0) child.kill('SIGKILL');
  }

  #loadError(): Error {
    return new Error(`${this.options.id}: the bundle ${this.options.bundlePath} does not load`);
  }
}

const died = (id: number, how: string): RuntimeResponse => ({
  id,
  ok: false,
  errorType: 'Runtime.ExitError',
  errorMessage: `RequestId: ${id} Error: Runtime exited with error: ${how}`,
});
