// Owns the stored ends of the audit log: where the next entry goes, and whether the ends are still the ones that were
// signed. Does not write entries: audit.ts does.
import { sql } from 'drizzle-orm';
import type { EncryptionKeys } from '../encryption-key.ts';
import { type ChainPosition, type End, GENESIS, isSigned, markOf, signEnd } from './audit-hash.ts';
import { database } from './database.ts';
import { apiKeys, auditChain, auditEntries, people } from './schema.ts';

export type AuditChain = typeof auditChain.$inferSelect;
type FirstEnd = Pick<AuditChain, 'firstSeq' | 'firstPrevious' | 'firstSignature'>;

export interface NextEnds {
  /** Number of the next entry, and the hash before it. */
  readonly previous: ChainPosition;
  readonly first: FirstEnd;
  /** See {@link signEnd}. */
  readonly mark: number | null;
}

/** What {@link isSigned} compares. */
export const endOf = (chain: AuditChain, end: End) =>
  end === 'first'
    ? { seq: chain.firstSeq, hash: chain.firstPrevious, signature: chain.firstSignature }
    : { seq: chain.lastSeq, hash: chain.lastHash, signature: chain.lastSignature };

/** Reads where the next entry goes. A log whose ends do not match its entries continues, with a mark. */
export async function nextEnds(db: D1Database, keys: EncryptionKeys): Promise<NextEnds> {
  const orm = database(db);
  const newest = sql<number | null>`(select max(${auditEntries.seq}) from ${auditEntries})`;
  const [found] = await orm.select({ chain: auditChain, newest }).from(auditChain);
  if (!found) return beginning(db, keys);
  const { chain } = found;
  // An entry beyond the end was not written by this program. The next one cannot have its number.
  const lastSeq = Math.max(chain.lastSeq, found.newest ?? 0);
  const isIntact = lastSeq === chain.lastSeq && isSigned(keys, 'last', endOf(chain, 'last'));
  return {
    previous: { seq: lastSeq + 1, hash: chain.lastHash },
    first: chain,
    mark: isIntact ? keptMark(keys, chain) : lastSeq,
  };
}

/** A mark stays until the entries that it concerns have expired. */
function keptMark(keys: EncryptionKeys, chain: AuditChain): number | null {
  const mark = markOf(chain.lastSignature);
  if (mark === null) return null;
  const isExpired = chain.firstSeq > mark && isSigned(keys, 'first', endOf(chain, 'first'));
  return isExpired ? null : mark;
}

/** The log begins. If keys or people exist, it had entries, and they were removed with its ends. */
async function beginning(db: D1Database, keys: EncryptionKeys): Promise<NextEnds> {
  const { newest, hasActors } = await readActors(db);
  const seq = (newest ?? 0) + 1;
  const mark = newest !== null || hasActors ? seq : null;
  const firstSignature = signEnd(keys, 'first', { seq, hash: GENESIS }, mark);
  return {
    previous: { seq, hash: GENESIS },
    first: { firstSeq: seq, firstPrevious: GENESIS, firstSignature },
    mark,
  };
}

/** The newest number, and whether keys or people exist: each of them left an entry when it was created. */
export async function readActors(
  db: D1Database,
): Promise<{ readonly newest: number | null; readonly hasActors: boolean }> {
  const [row] = await database(db).all<{ newest: number | null; actors: number }>(sql`
    select (select max(seq) from ${auditEntries}) as newest,
      exists (select 1 from ${apiKeys}) or exists (select 1 from ${people}) as actors`);
  return { newest: row?.newest ?? null, hasActors: row?.actors === 1 };
}
