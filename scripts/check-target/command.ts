// Owns the command of `npm run check-target`: it reads the options, runs the check, prints the results and chooses the
// exit code. Does not run checks itself.

import type { CheckResult } from '../../src/http/api/check-runs/schema.ts';
import { apiKeyFrom } from '../api-key.ts';
import { runLocally } from './local-run.ts';
import { readOptions, type TargetOptions, USAGE, UsageError } from './options.ts';
import { MeshUnavailable, runRemotely } from './remote-run.ts';
import { showResults } from './show.ts';

const OK = 0;
const FAILED = 1;
const INVALID_USAGE = 2;
export const NOT_MEASURED = 3;

/** The environment and the streams of the command. */
export interface CommandContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  out(text: string): void;
  err(text: string): void;
  /** Gets what must end when a signal ends the command. */
  onInterrupt(end: () => Promise<void>): void;
}

/** Resolves with the exit code. */
export async function checkTarget(args: readonly string[], context: CommandContext): Promise<number> {
  try {
    const options = readOptions(args, context.env);
    if (!options) {
      context.out(`${USAGE}\n`);
      return OK;
    }
    const results = await run(options, context);
    context.out(options.json ? `${JSON.stringify({ results }, null, 2)}\n` : showResults(results));
    return exitCodeOf(results);
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof MeshUnavailable)) throw error;
    for (const line of error.message.split('\n')) context.err(`check-target: ${line}\n`);
    return error instanceof UsageError ? INVALID_USAGE : NOT_MEASURED;
  }
}

function run(options: TargetOptions, { env, onInterrupt }: CommandContext): Promise<CheckResult[]> {
  const { url } = options;
  return url === undefined
    ? runLocally(options, onInterrupt)
    : runRemotely({ ...options, url }, apiKeyFrom(env));
}

function exitCodeOf(results: readonly CheckResult[]): number {
  if (results.some(({ outcome }) => outcome === 'failed')) return FAILED;
  return results.some(({ outcome }) => outcome === 'ok') ? OK : NOT_MEASURED;
}
