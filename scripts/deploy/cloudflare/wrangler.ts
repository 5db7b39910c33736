// Owns the calls of wrangler as functions: JSON in, JSON out, an error that names the fix. Does not decide what to call.
import type { Names } from '../names.ts';
import type { WranglerResult, WranglerRunner } from './run-wrangler.ts';
import { wranglerError } from './wrangler-error.ts';

export interface Wrangler {
  /** Throws a DeployError that begins with `what` if wrangler fails. */
  run(what: string, args: readonly string[], input?: string): Promise<WranglerResult>;
  /** What wrangler printed as JSON. */
  json<T>(what: string, args: readonly string[]): Promise<T>;
  /** Undefined if the failure is the expected one. */
  tryRun(
    what: string,
    args: readonly string[],
    expected: (result: WranglerResult) => boolean,
    input?: string,
  ): Promise<WranglerResult | undefined>;
}

/** Wrangler, and the names that a mesh has at Cloudflare. */
export interface NamedWrangler {
  readonly wrangler: Wrangler;
  readonly names: Names;
}

/** `configPath` is for calls that name none: wrangler would find wrangler.toml, whose names are those of a local mesh. */
export function wranglerWith(runner: WranglerRunner, configPath: string): Wrangler {
  const tryRun: Wrangler['tryRun'] = async (what, args, expected, input) => {
    const config = args.includes('--config') ? [] : ['--config', configPath];
    const result = await runner([...args, ...config], input);
    if (result.exitCode === 0) return result;
    if (expected(result)) return undefined;
    throw wranglerError(what, result, input === undefined ? [] : secretsIn(input));
  };
  const run: Wrangler['run'] = async (what, args, input) => {
    const result = await tryRun(what, args, () => false, input);
    return result!;
  };
  return {
    tryRun,
    run,
    async json(what, args) {
      const result = await run(what, args);
      return parseJson(what, result);
    },
  };
}

/** wrangler may print warnings before the JSON. */
export function parseJson<T>(what: string, result: WranglerResult): T {
  const start = result.stdout.search(/^[[{]/m);
  try {
    return JSON.parse(result.stdout.slice(start)) as T;
  } catch {
    throw wranglerError(what, { ...result, stderr: '[ERROR] wrangler printed something else than JSON.' });
  }
}

/** Input is a JSON object of secrets. */
const secretsIn = (input: string): string[] =>
  Object.values(JSON.parse(input) as Record<string, string | null>).filter((value) => value !== null);
