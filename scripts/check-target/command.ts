// The command of `npm run check-target`: options, run, what is written where, and the exit code.
import type { CheckResult } from '../../src/http/api/check-runs/schema.ts';
import { runLocally } from './local-run.ts';
import { readOptions, type TargetOptions, TargetRefused, USAGE } from './options.ts';
import { runRemotely, Unasked } from './remote-run.ts';
import { showResults } from './show.ts';

const OK = 0;
const FAILED = 1;
const REFUSED = 2;
export const UNMEASURED = 3;

/** The world around the command, as a parameter. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  out(text: string): void;
  err(text: string): void;
  /** Told what has to be ended when the command is. */
  onEnd(end: () => Promise<void>): void;
}

/** Resolves with the exit code. */
export async function checkTarget(args: readonly string[], around: Surroundings): Promise<number> {
  try {
    const options = readOptions(args, around.env);
    if (!options) {
      around.out(`${USAGE}\n`);
      return OK;
    }
    const results = await run(options, around);
    around.out(options.json ? `${JSON.stringify({ results }, null, 2)}\n` : showResults(results));
    return exitCodeOf(results);
  } catch (error) {
    if (!(error instanceof TargetRefused || error instanceof Unasked)) throw error;
    for (const line of error.message.split('\n')) around.err(`check-target: ${line}\n`);
    return error instanceof TargetRefused ? REFUSED : UNMEASURED;
  }
}

function run(options: TargetOptions, { env, onEnd }: Surroundings): Promise<CheckResult[]> {
  const { url } = options;
  return url === undefined
    ? runLocally(options, onEnd)
    : runRemotely({ ...options, url }, env.PROBEMESH_ADMIN_TOKEN);
}

function exitCodeOf(results: readonly CheckResult[]): number {
  if (results.some(({ outcome }) => outcome === 'failed')) return FAILED;
  return results.some(({ outcome }) => outcome === 'ok') ? OK : UNMEASURED;
}
