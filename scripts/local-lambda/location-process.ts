// Owns one location of the local Lambda: its fault, and the child process that runs the bundle, replaced when it dies.
import { type Fault, HEALTHY } from './faults.ts';
import type { RuntimeResponse } from './runtime.ts';
import { RuntimeProcess } from './runtime-process.ts';

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

/** A new process that has loaded the bundle, beside the one that runs. */
export interface PreparedReload {
  /** New invocations run on the new process. Those that run end on the old one, and it with the last of them. */
  commit(): void;
  cancel(): void;
}

export class LocalLocation {
  fault: Fault = HEALTHY;
  readonly options: LocationOptions;
  readonly #processes = new Set<RuntimeProcess>();
  #current: RuntimeProcess;
  #stopping = false;
  #respawn: NodeJS.Timeout | undefined;

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
    const current = this.#current;
    const response = await current.invoke(event, this.options.timeoutMs, this.fault);
    this.#endIfReplaced(current);
    return response;
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
      cancel: () => next.kill(),
    };
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#respawn);
    await Promise.all([...this.#processes].map((one) => one.end()));
  }

  #spawn(): RuntimeProcess {
    const { id, bundlePath, functionName, sourceAddress, allowLoopback, log } = this.options;
    const { dnsServers, allowCidrs, canaryNames, environment = {} } = this.options;
    const spawned = new RuntimeProcess({
      bundlePath,
      environment: {
        AWS_LAMBDA_FUNCTION_NAME: functionName,
        AWS_REGION: id.replace(/^aws:/, ''),
        PROBEMESH_SOURCE_ADDRESS: sourceAddress,
        PROBEMESH_ALLOW_LOOPBACK: allowLoopback ? '1' : '',
        PROBEMESH_ALLOW_CIDRS: allowCidrs.join(','),
        PROBEMESH_DNS_SERVERS: dnsServers.join(','),
        PROBEMESH_CANARY_NAMES: canaryNames.join(','),
        ...environment,
      },
      output: 'inherit',
    });
    this.#processes.add(spawned);
    spawned.child.on('error', (error) => log(`${id}: ${error.message}`));
    spawned.child.once('exit', (code, signal) => {
      this.#processes.delete(spawned);
      if (this.#stopping || this.#current !== spawned) return;
      log(`${id}: its process ended (${code ?? signal}), a new one starts`);
      const respawn = (): void => {
        if (this.#current === spawned) this.#current = this.#spawn();
      };
      if (wasReady) respawn();
      else this.#respawn = setTimeout(respawn, RESPAWN_MS);
    });
    let wasReady = false;
    void spawned.ready.then((isReady) => {
      wasReady = isReady;
    });
    return spawned;
  }

  #endIfReplaced(one: RuntimeProcess): void {
    if (this.#current !== one && one.isIdle) one.kill();
  }

  #loadError(): Error {
    return new Error(`${this.options.id}: the bundle ${this.options.bundlePath} does not load`);
  }
}
