// Puts the limits of production in front of WebCrypto, before every Worker test file.
import { checkIterations } from './crypto-limits.ts';

const { subtle } = crypto;

for (const name of ['deriveBits', 'deriveKey'] as const) {
  const real = subtle[name].bind(subtle) as (...args: unknown[]) => Promise<unknown>;
  Object.defineProperty(subtle, name, {
    configurable: true,
    value: async (algorithm: { name?: string; iterations?: number }, ...rest: unknown[]) => {
      if (/^pbkdf2$/i.test(algorithm.name ?? '')) checkIterations(algorithm.iterations ?? 0);
      return real(algorithm, ...rest);
    },
  });
}
