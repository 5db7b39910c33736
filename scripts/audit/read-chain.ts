// Owns the verification of an export of the audit log: the hash of every line, from the line alone. Does not know where the
// lines come from.
import { type ChainPosition, follow, type HashedEntry } from '../../src/store/audit-hash.ts';

export interface ChainResult {
  readonly entries: number;
  /** The oldest and the newest entry. Null without one. */
  readonly first: ChainPosition | null;
  readonly last: ChainPosition | null;
  /** The first line that is wrong, and why. Null if the chain is whole. */
  readonly problem: string | null;
  /** The hash of the wanted entry. Null if it is not in the export. */
  readonly found: string | null;
  /** Hashes of the newest entries, by number. */
  readonly hashes: ReadonlyMap<number, string>;
}

type ExportedLine = HashedEntry & { readonly hash: string; readonly previousHash: string };

/** Entries that are written during an export, at most. */
const MAX_NEWEST = 1_000;

/** Reads up to the first line that is wrong. `wanted`: the number of an entry to find. */
export async function readChain(lines: AsyncIterable<string>, wanted: number | null): Promise<ChainResult> {
  let position: ChainPosition | null = null;
  let first: ChainPosition | null = null;
  let last: ChainPosition | null = null;
  let found: string | null = null;
  let entries = 0;
  const hashes = new Map<number, string>();
  const result = (problem: string | null): ChainResult => ({ entries, first, last, problem, found, hashes });
  for await (const line of lines) {
    if (line === '') continue;
    const entry = parseLine(line);
    if (entry === null) return result(`Line ${entries + 1} is not an entry of an audit log.`);
    const at: ChainPosition = position ?? { seq: entry.seq, hash: entry.previousHash };
    const followed: ReturnType<typeof follow> = follow(at, entry);
    if (typeof followed === 'string') return result(FAULTS[followed](at.seq, entry.seq));
    position = followed;
    first ??= { seq: entry.seq, hash: entry.hash };
    last = { seq: entry.seq, hash: entry.hash };
    entries += 1;
    if (entry.seq === wanted) found = entry.hash;
    hashes.set(entry.seq, entry.hash);
    hashes.delete(entry.seq - MAX_NEWEST);
  }
  return result(null);
}

const FAULTS = {
  missing: (expected: number) => `Entry ${expected} is missing. It was removed.`,
  misplaced: (_: number, seq: number) => `Entry ${seq} is in the wrong place. It was inserted or moved.`,
  changed: (_: number, seq: number) =>
    `The hash of entry ${seq} does not match its content and the entry before it. It was changed, or an entry was inserted, removed or moved here.`,
};

function parseLine(line: string): ExportedLine | null {
  try {
    const value: unknown = JSON.parse(line);
    const isEntry = typeof value === 'object' && value !== null && 'seq' in value && 'previousHash' in value;
    return isEntry ? (value as ExportedLine) : null;
  } catch {
    return null;
  }
}
