// Owns waiting for AWS: polling until something is so, and repeating what AWS refuses for a moment only.
import { DeployError } from '../step.ts';
import { nameOf } from './aws-errors.ts';

type Wait = (ms: number) => Promise<void>;

export interface Patience {
  readonly attempts: number;
  readonly delayMs: number;
}

/** Resolves with the first result that is not undefined. Throws a DeployError that `tooLate` describes. */
export async function until<T>(
  wait: Wait,
  { attempts, delayMs }: Patience,
  tooLate: () => readonly [what: string, fix: string],
  check: () => Promise<T | undefined>,
): Promise<T> {
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    if (attempt > 1) await wait(delayMs);
    const result = await check();
    if (result !== undefined) return result;
  }
  throw new DeployError(...tooLate());
}

/** Repeats `run` while it throws what `isPassing` recognises. The last error is thrown as it is. */
export async function repeatWhile<T>(
  wait: Wait,
  { attempts, delayMs }: Patience,
  isPassing: (error: unknown) => boolean,
  run: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run();
    } catch (error) {
      if (attempt >= attempts || !isPassing(error)) throw error;
      await wait(delayMs);
    }
  }
}

/** Null for what AWS does not have. */
export async function orNull<T>(names: readonly string[], read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (names.includes(nameOf(error))) return null;
    throw error;
  }
}
