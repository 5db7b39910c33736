// Owns why a test that needs a program of the machine is skipped, and how its title says so: the summary of `npm test` lists
// the reasons.
import { spawnSync } from 'node:child_process';

/** Why the program does not run here; null if it does. */
export function programProblem(program: string, ...args: readonly string[]): string | null {
  const { error, status } = spawnSync(program, args, { stdio: 'ignore' });
  if (error) return `${program} does not run on this machine: ${error.message}`;
  return status === 0 ? null : `${program} ${args.join(' ')} ends with ${status} on this machine`;
}

/** The end of the title of a test, or of a group, that may be skipped. */
export const because = (problem: string | null): string => (problem === null ? '' : ` (skipped: ${problem})`);
