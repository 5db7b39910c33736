// Owns the deletion of the oldest entries of the audit log, and signing its ends again: after a deletion, and after a
// rotation of the encryption key. Does not decide how long entries are kept.
import { and, eq, lte } from 'drizzle-orm';
import type { EncryptionKeys } from '../encryption-key.ts';
import { log } from '../log.ts';
import { type AuditChain, endOf } from './audit-chain.ts';
import {
  type ChainPosition,
  type End,
  follow,
  isSigned,
  isSignedWith,
  markOf,
  signEnd,
} from './audit-hash.ts';
import { type AuditEntryRow, readAuditChain, readAuditStart } from './audit-log.ts';
import { database, runBatch } from './database.ts';
import { type Age, isOld } from './retention.ts';
import { auditChain, auditEntries } from './schema.ts';

/** Entries that one run reads and deletes at most. */
const MAX_DELETED = 500;

/**
 * Deletes entries that are old, from the first on, up to the first that is young, and signs the new first end in the same
 * transaction. What it deletes is verified before: damage leaves a mark. Returns the number of deleted entries.
 */
export async function deleteAuditEntries(db: D1Database, keys: EncryptionKeys, age: Age): Promise<number> {
  const { seq, at } = auditEntries;
  const [oldest] = await database(db).select({ at }).from(auditEntries).orderBy(seq).limit(1);
  if (!oldest || !isOld(oldest.at, age)) return 0;
  const { chain, rows } = await readAuditStart(db, 0, MAX_DELETED);
  const expired = rows.slice(0, expiredCount(rows, age));
  const last = expired.at(-1);
  // Without ends, the next change begins a new chain, with a mark.
  if (chain === null || !last) return 0;
  const next: ChainPosition = { seq: last.seq + 1, hash: last.hash };
  const mark = markAfter(keys, chain, expired, next);
  await runBatch(db, [
    database(db).delete(auditEntries).where(lte(seq, last.seq)),
    database(db)
      .update(auditChain)
      .set({
        firstSeq: next.seq,
        firstPrevious: next.hash,
        firstSignature: signEnd(keys, 'first', next, mark),
      })
      .where(eq(auditChain.firstSeq, chain.firstSeq)),
  ]);
  return expired.length;
}

/**
 * Entries from the first on that are certainly old. A clock that was ahead gave some a time of the future: those are as old
 * as the next entry that has not.
 */
function expiredCount(rows: readonly AuditEntryRow[], age: Age): number {
  let count = 0;
  for (const [index, { at }] of rows.entries()) {
    if (at < age.before) count = index + 1;
    else if (!isOld(at, age)) break;
  }
  return count;
}

/** The mark of the first end after the deletion. Damage concerns every entry that exists now. */
function markAfter(
  keys: EncryptionKeys,
  chain: AuditChain,
  expired: readonly AuditEntryRow[],
  next: ChainPosition,
): number | null {
  const damaged = firstDamage(keys, chain, expired);
  if (damaged !== null) {
    log.error('audit.damaged', { seq: damaged });
    return chain.lastSeq;
  }
  const mark = markOf(chain.firstSignature);
  return mark !== null && next.seq <= mark ? mark : null;
}

/** Number of the first entry that is not what was signed. */
function firstDamage(
  keys: EncryptionKeys,
  chain: AuditChain,
  expired: readonly AuditEntryRow[],
): number | null {
  if (!isSigned(keys, 'first', endOf(chain, 'first'))) return chain.firstSeq;
  let position: ChainPosition = { seq: chain.firstSeq, hash: chain.firstPrevious };
  for (const row of expired) {
    const followed = follow(position, row);
    if (typeof followed === 'string') return followed === 'missing' ? position.seq : row.seq;
    position = followed;
  }
  return null;
}

/** Signs ends of the previous key with the current one. An end that neither key signed stays as it is. */
export async function resignAuditLog(db: D1Database, keys: EncryptionKeys): Promise<number> {
  const { previousEncryptionKey: previous } = keys;
  if (previous === undefined) return 0;
  const chain = await readAuditChain(db);
  if (chain === null) return 0;
  let signed = 0;
  for (const end of ['first', 'last'] as const) {
    const stored = endOf(chain, end);
    if (isSignedWith(keys.encryptionKey, end, stored) || !isSignedWith(previous, end, stored)) continue;
    const signature = signEnd(keys, end, stored, markOf(stored.signature));
    signed += await replaceSignature(db, end, stored.signature, signature);
  }
  return signed;
}

/** Nothing if a change has signed the end meanwhile: with the current key. */
async function replaceSignature(
  db: D1Database,
  end: End,
  stored: string,
  signature: string,
): Promise<number> {
  const column = end === 'first' ? auditChain.firstSignature : auditChain.lastSignature;
  const values = end === 'first' ? { firstSignature: signature } : { lastSignature: signature };
  const { meta } = await database(db)
    .update(auditChain)
    .set(values)
    .where(and(eq(auditChain.number, 1), eq(column, stored)));
  return meta.changes;
}
