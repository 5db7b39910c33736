// Owns ids that are made from names. The id depends on the name alone, never on the place of an entry or on other entries.
import { createHash } from 'node:crypto';
import { latin } from './latin.ts';

/** What the id names. An id begins with it if no letter of the name can be written in Latin. */
export type IdKind =
  | 'monitor'
  | 'channel'
  | 'maintenance'
  | 'silence'
  | 'provider'
  | 'schedule'
  | 'route'
  | 'report'
  | 'template'
  | 'page';

/** An id has at most 63 characters: this leaves room for "-2" and its successors. */
const MAX_LENGTH = 54;
const HASH_LENGTH = 8;

/** Await `loadLatin` before. The id of a name: the same for every way to encode it (Unicode NFC, NFD, full width) and for either case. */
export function derivedId(name: string, kind: IdKind): string {
  const text = name.normalize('NFKC');
  const plain = latin(withUmlauts(text))
    .toLowerCase()
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  if (plain === '') return `${kind}-${hashOf(text)}`;
  if (plain.length <= MAX_LENGTH) return plain;
  // Two long names that begin alike stay different.
  const begin = plain.slice(0, MAX_LENGTH - HASH_LENGTH - 1).replace(/-+$/, '');
  return `${begin}-${hashOf(text)}`;
}

/** The derived id, or if a row has it already, the same with a number. For entries that are created one by one. */
export function freeDerivedId(name: string, kind: IdKind, rows: readonly { readonly id: string }[]): string {
  const base = derivedId(name, kind);
  const taken = new Set(rows.map((row) => row.id));
  if (!taken.has(base)) return base;
  for (let number = 2; ; number += 1) if (!taken.has(`${base}-${number}`)) return `${base}-${number}`;
}

const UMLAUTS: Readonly<Record<string, string>> = {
  ...{ ä: 'ae', ö: 'oe', ü: 'ue', Ä: 'Ae', Ö: 'Oe', Ü: 'Ue' },
  ẞ: 'SS',
};

/** As German writes them without umlauts. The library drops the dots, and does not know the capital ẞ. */
const withUmlauts = (text: string): string => text.replace(/[äöüÄÖÜẞ]/g, (letter) => UMLAUTS[letter]!);

const hashOf = (text: string): string =>
  createHash('sha256').update(text.toLowerCase()).digest('hex').slice(0, HASH_LENGTH);
