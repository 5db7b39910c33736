// Owns running functions: the concurrency of a region, and a child process for each deployed version of a function, which runs
// the code of its zip with its environment and with credentials of its role.
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { unzipSync } from 'fflate';
import { RuntimeProcess } from '../local-lambda/runtime-process.ts';
import { type Account, type LambdaFunction, nameInArn, type Session } from './account.ts';
import { AwsError } from './errors.ts';
import type { Faults } from './faults.ts';
import { newSession } from './principals.ts';

const NODE_MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url));

/** Of an asynchronous invocation that failed. */
const MAX_REPEATS = 2;

/** The payload of a function, or of its failure. */
export interface Execution {
  readonly payload: string;
  readonly functionError: 'Unhandled' | null;
}

/** Replaces the child process. Its environment has the function's variables and the credentials of its role. */
export type InvokeFunction = (
  region: string,
  functionName: string,
  event: unknown,
  environment: Readonly<Record<string, string>>,
) => Promise<unknown>;

interface RunOptions {
  readonly account: Account;
  readonly faults: Faults;
  /** Where functions reach AWS. */
  readonly endpoint: () => string;
  readonly invoke: InvokeFunction | undefined;
  /** Set in every function, such as PROBEMESH_ALLOW_LOOPBACK. */
  readonly environment: Readonly<Record<string, string>>;
  /** What functions print. */
  log(line: string): void;
}

interface Instance {
  readonly key: string;
  readonly process: RuntimeProcess;
}

export class FunctionRuns {
  readonly #options: RunOptions;
  /** By the ARN of the function. */
  readonly #instances = new Map<string, Promise<Instance>>();
  readonly #processes = new Set<RuntimeProcess>();
  readonly #sessions = new Map<string, Session>();
  readonly #running = new Map<string, number>();
  /** Folders by the hash of the zip. */
  readonly #code = new Map<string, Promise<string>>();
  readonly #repeats = new Set<NodeJS.Timeout>();
  #folder: Promise<string> | undefined;
  #isStopped = false;

  constructor(options: RunOptions) {
    this.#options = options;
  }

  /** Throws what Lambda answers if the function may not run now. */
  async invoke(region: string, fn: LambdaFunction, event: unknown): Promise<Execution> {
    const release = this.#take(region, fn);
    try {
      const { invoke } = this.#options;
      if (!invoke) return await this.#runChild(region, fn, event);
      const result = await invoke(region, fn.name, event, this.#environmentOf(region, fn));
      return { payload: JSON.stringify(result) ?? 'null', functionError: null };
    } catch (error) {
      if (error instanceof AwsError) throw error;
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      return failed(name, message);
    } finally {
      release();
    }
  }

  /** Asynchronously: resolves with the first run, and repeats one that failed as often as the function says, twice by default. */
  async invokeLater(region: string, fn: LambdaFunction, event: unknown, attempt = 0): Promise<Execution> {
    const execution = await this.invoke(region, fn, event);
    const { account, faults } = this.#options;
    const repeats = fn.eventInvoke?.MaximumRetryAttempts ?? MAX_REPEATS;
    if (execution.functionError === null || attempt >= repeats || this.#isStopped) return execution;
    const timer = setTimeout(
      () => {
        this.#repeats.delete(timer);
        if (account.regions.get(region)?.functions.get(fn.name) !== fn) return;
        void this.invokeLater(region, fn, event, attempt + 1).catch(() => {});
      },
      faults.repeatAfterMs * (attempt + 1),
    );
    this.#repeats.add(timer);
    return execution;
  }

  /** Ends what runs. Nothing starts afterwards. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const timer of this.#repeats) clearTimeout(timer);
    await Promise.allSettled(this.#instances.values());
    await Promise.all([...this.#processes].map((one) => one.end()));
    if (this.#folder) await rm(await this.#folder, { recursive: true, force: true });
  }

  #take(region: string, fn: LambdaFunction): () => void {
    const { faults } = this.#options;
    const inFunction = this.#running.get(fn.arn) ?? 0;
    const inRegion = this.#running.get(region) ?? 0;
    const throttled = (Reason: string): AwsError =>
      new AwsError('TooManyRequestsException', 'Rate Exceeded.', 429, { Reason });
    if (fn.reservedConcurrency !== null && inFunction >= fn.reservedConcurrency)
      throw throttled('ReservedFunctionConcurrentInvocationLimitExceeded');
    if (inRegion >= faults.concurrencyLimit) throw throttled('ConcurrentInvocationLimitExceeded');
    this.#add(fn.arn, 1);
    this.#add(region, 1);
    return () => {
      this.#add(fn.arn, -1);
      this.#add(region, -1);
    };
  }

  #add(key: string, count: number): void {
    this.#running.set(key, (this.#running.get(key) ?? 0) + count);
  }

  #environmentOf(region: string, fn: LambdaFunction): Record<string, string> {
    const { endpoint, environment } = this.#options;
    const session = this.#sessionOf(fn);
    return {
      ...environment,
      ...fn.environment,
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_LAMBDA_FUNCTION_NAME: fn.name,
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(fn.memoryMb),
      AWS_ENDPOINT_URL: endpoint(),
      AWS_ACCESS_KEY_ID: session?.accessKeyId ?? '',
      AWS_SECRET_ACCESS_KEY: session?.secretAccessKey ?? '',
      AWS_SESSION_TOKEN: session?.sessionToken ?? '',
    };
  }

  /** The same for every run, as long as the function has this role. */
  #sessionOf(fn: LambdaFunction): Session | undefined {
    const { account } = this.#options;
    const role = account.roles.get(nameInArn(fn.role));
    const known = this.#sessions.get(fn.arn);
    if (!role || known?.roleName === role.name) return role && known;
    if (known) account.sessions.delete(known.accessKeyId);
    const session = newSession(role, fn.name);
    this.#sessions.set(fn.arn, session);
    account.sessions.set(session.accessKeyId, session);
    return session;
  }

  async #runChild(region: string, fn: LambdaFunction, event: unknown): Promise<Execution> {
    const { process } = await this.#instanceOf(region, fn);
    if (!(await process.ready))
      return failed('Runtime.ImportModuleError', `Error: Cannot find module '${fn.handler}'`);
    const response = await process.invoke(event, fn.timeoutSeconds * 1000);
    return response.ok
      ? { payload: response.payload, functionError: null }
      : failed(response.errorType, response.errorMessage);
  }

  /** One process a version: new code or a new configuration gets a new one. */
  async #instanceOf(region: string, fn: LambdaFunction): Promise<Instance> {
    const key = `${fn.arn} ${fn.revisionId}`;
    const known = this.#instances.get(fn.arn);
    const instance = await known;
    if (instance?.key === key && !instance.process.hasEnded) return instance;
    // Another invocation replaced it meanwhile.
    if (this.#instances.get(fn.arn) !== known) return this.#instanceOf(region, fn);
    if (instance?.process.isIdle) instance.process.kill();
    const next = this.#start(key, region, fn);
    this.#instances.set(fn.arn, next);
    return next;
  }

  /** The unzipped code. A mesh has the same in every region. */
  #codeOf({ zip, codeSha256 }: LambdaFunction): Promise<string> {
    const unzip = async (): Promise<string> => {
      this.#folder ??= newFolder();
      const folder = join(await this.#folder, codeSha256.replaceAll(/\W/g, '_'));
      for (const [name, content] of Object.entries(unzipSync(zip))) {
        if (name.endsWith('/')) continue;
        await mkdir(dirname(join(folder, name)), { recursive: true });
        await writeFile(join(folder, name), content);
      }
      return folder;
    };
    const known = this.#code.get(codeSha256) ?? unzip();
    this.#code.set(codeSha256, known);
    return known;
  }

  async #start(key: string, region: string, fn: LambdaFunction): Promise<Instance> {
    const folder = await this.#codeOf(fn);
    if (this.#isStopped) throw new Error('The local AWS has stopped.');
    const [module = '', exported = ''] = fn.handler.split('.');
    const started = new RuntimeProcess({
      ...{ bundlePath: join(folder, `${module}.mjs`), exported, output: 'pipe' },
      environment: this.#environmentOf(region, fn),
    });
    for (const stream of [started.child.stdout!, started.child.stderr!])
      createInterface({ input: stream }).on('line', (line) =>
        this.#options.log(`${fn.name} in ${region}: ${line}`),
      );
    this.#processes.add(started);
    started.child.once('exit', () => this.#processes.delete(started));
    return { key, process: started };
  }
}

const failed = (errorType: string, errorMessage: string): Execution => ({
  payload: JSON.stringify({ errorType, errorMessage, trace: [] }),
  functionError: 'Unhandled',
});

/** Lambda's runtime has the SDK, so that functions need not bring it. */
async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'probemesh-local-aws-'));
  await mkdir(join(folder, 'node_modules'));
  for (const scope of ['@aws-sdk', '@smithy'])
    await symlink(join(NODE_MODULES, scope), join(folder, 'node_modules', scope), 'dir');
  return folder;
}
