// Owns the question whether a stored secret would be sent to another origin than the one it was written for. Pure.
import type { SecretUse } from '../check.ts';
import { asciiHost } from './international-name.ts';

export interface SecretMove {
  readonly name: string;
  /** Null if the check did not use the secret before. */
  readonly from: SecretUse | null;
  readonly to: SecretUse;
}

/** Names ignore case and a final dot, and an international name is the same in Unicode and in ASCII. */
export const hostKey = (host: string): string => asciiHost(host).toLowerCase().replace(/\.$/, '');

/** `shop.example.com:443`, `[2001:db8::1]:443` */
export function socketOrigin(host: string, port: number): string {
  const name = hostKey(host);
  return `${name.includes(':') ? `[${name}]` : name}:${port}`;
}

/** The first use of the secret that no earlier use covers. Null if every place had the secret before. */
export function findMove(
  name: string,
  before: readonly SecretUse[],
  after: readonly SecretUse[],
): SecretMove | null {
  const known = before.filter((use) => use.name === name);
  const to = after.find(
    (use) =>
      use.name === name && !known.some((other) => other.origin === use.origin && isAsStrict(other, use)),
  );
  if (!to) return null;
  return { name, from: known.find(({ origin }) => origin === to.origin) ?? known[0] ?? null, to };
}

/** `any` accepts every certificate, so every other trust is stricter. Two authorities cannot be compared. */
const isAsStrict = (before: SecretUse, after: SecretUse): boolean =>
  before.trust === after.trust || (before.trust === 'any' && after.trust !== null);

/** Why the value must be written again. */
export function describeMove({ name, from, to }: SecretMove): string {
  const again = `Send the value of secret \`${name}\` again:`;
  if (from === null) return `${again} the check now sends it to ${to.origin}.`;
  if (from.origin !== to.origin)
    return `${again} the check's origin changes from ${from.origin} to ${to.origin}.`;
  return `${again} ${to.origin} is now proved by ${trustText(to)} instead of ${trustText(from)}.`;
}

function trustText({ trust }: SecretUse): string {
  if (trust === 'any') return 'any certificate';
  return trust === 'system'
    ? 'certificates of the public authorities'
    : 'certificates of other authorities (`ca`)';
}
