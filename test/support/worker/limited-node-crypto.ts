// Owns `node:crypto` as production has it: vitest.config.ts puts it in place of the module in every Worker test.
import * as real from 'node:crypto';
import { checkIterations, checkScrypt } from './crypto-limits.ts';

export * from 'node:crypto';

/**
 * Calls of scrypt since the tests began: each costs the same time. A file that does not test the hash sets `quick`: then
 * scrypt does little work, after the same checks.
 */
export const derivations = { count: 0, quick: false };

type Scrypt = typeof real.scrypt;

export const scrypt = ((...args: Parameters<Scrypt>) => {
  onScrypt(args[3] as real.ScryptOptions | (() => void));
  if (derivations.quick) args[3] = { N: 16, r: 1, p: 1 };
  return real.scrypt(...args);
}) as Scrypt;

export const scryptSync: typeof real.scryptSync = (...args) => {
  onScrypt(args[3] ?? {});
  return real.scryptSync(...args);
};

export const pbkdf2: typeof real.pbkdf2 = (...args) => {
  checkIterations(args[2]);
  return real.pbkdf2(...args);
};

export const pbkdf2Sync: typeof real.pbkdf2Sync = (...args) => {
  checkIterations(args[2]);
  return real.pbkdf2Sync(...args);
};

const absent = (): never => {
  throw new Error('argon2 does not exist in Workers');
};
export const argon2 = absent;
export const argon2Sync = absent;

function onScrypt(given: real.ScryptOptions | (() => void)): void {
  const { N, cost, r, blockSize, p, parallelization } = typeof given === 'function' ? {} : given;
  checkScrypt(N ?? cost ?? 16_384, r ?? blockSize ?? 8, p ?? parallelization ?? 1);
  derivations.count += 1;
}
