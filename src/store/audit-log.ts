// Owns reading the audit log: filtered pages for people, and the walk from its first to its last entry for exports and
// verifications. Does not write it: audit.ts does.
import { and, desc, eq, gte, lt, lte, sql } from 'drizzle-orm';
import type { AuditChain } from './audit-chain.ts';
import { database } from './database.ts';
import { auditChain, auditEntries } from './schema.ts';

export type AuditEntryRow = typeof auditEntries.$inferSelect;

export const ACTOR_TYPES = auditEntries.actorType.enumValues;

export interface AuditFilter {
  readonly actorType?: (typeof ACTOR_TYPES)[number] | undefined;
  readonly actorId?: string | undefined;
  readonly action?: string | undefined;
  readonly targetType?: string | undefined;
  readonly targetId?: string | undefined;
  readonly file?: string | undefined;
  /** ms since the epoch, inclusive. */
  readonly from?: number | undefined;
  /** ms since the epoch, exclusive. */
  readonly to?: number | undefined;
  /** Only entries with a smaller number: the last one of the page before. */
  readonly below?: number | undefined;
  readonly limit: number;
}

/** Newest first. `next` is the position of the next page, null on the last one. */
export async function listAuditEntries(
  db: D1Database,
  filter: AuditFilter,
): Promise<{ readonly rows: AuditEntryRow[]; readonly next: number | null }> {
  const { seq, at, actorType, actorId, action, targetType, targetId, file } = auditEntries;
  const is = <T>(column: Parameters<typeof eq>[0], value: T | undefined) =>
    value === undefined ? undefined : eq(column, value);
  const rows = await database(db)
    .select()
    .from(auditEntries)
    .where(
      and(
        is(actorType, filter.actorType),
        is(actorId, filter.actorId),
        is(action, filter.action),
        is(targetType, filter.targetType),
        is(targetId, filter.targetId),
        is(file, filter.file),
        filter.from === undefined ? undefined : gte(at, filter.from),
        filter.to === undefined ? undefined : lt(at, filter.to),
        filter.below === undefined ? undefined : lt(seq, filter.below),
      ),
    )
    .orderBy(desc(seq))
    .limit(filter.limit + 1);
  const page = rows.slice(0, filter.limit);
  return { rows: page, next: rows.length > filter.limit ? page.at(-1)!.seq : null };
}

/** Rows and bytes of `before` and `after` that one page of a walk reads. A result of D1 has at most 50 MB. */
const MAX_ROWS = 5_000;
const MAX_BYTES = 4_000_000;

const walk = (db: D1Database, fromSeq: number, maxRows = MAX_ROWS) => {
  const { seq, before, after } = auditEntries;
  const size = sql`coalesce(octet_length(${before}), 0) + coalesce(octet_length(${after}), 0)`;
  // SQLite reads the size of a text without the text.
  const sized = sql`select ${seq} as seq, sum(${size}) over (order by ${seq}) - (${size}) as bytes
    from ${auditEntries} where ${seq} >= ${fromSeq} order by ${seq} limit ${maxRows}`;
  const lastSeq = sql`(select max(seq) from (${sized}) where bytes < ${MAX_BYTES})`;
  return database(db)
    .select()
    .from(auditEntries)
    .where(and(gte(seq, fromSeq), lte(seq, lastSeq)))
    .orderBy(seq);
};

/** Entries from this number on, as many as one page takes. Empty after the last one. */
export const readAuditEntries = (db: D1Database, fromSeq: number): Promise<AuditEntryRow[]> =>
  walk(db, fromSeq);

export interface AuditStart {
  /** Null if nothing was ever written. */
  readonly chain: AuditChain | null;
  readonly rows: readonly AuditEntryRow[];
  /** The newest number. Null without entries. */
  readonly newest: number | null;
}

/** The ends, and the first page from `fromSeq` on, in one transaction: a change or a deletion comes before or after it. */
export async function readAuditStart(db: D1Database, fromSeq = 0, maxRows?: number): Promise<AuditStart> {
  const orm = database(db);
  const [[chain], rows, [edge]] = await orm.batch([
    orm.select().from(auditChain),
    walk(db, fromSeq, maxRows),
    orm.select({ newest: sql<number | null>`max(${auditEntries.seq})` }).from(auditEntries),
  ]);
  return { chain: chain ?? null, rows, newest: edge?.newest ?? null };
}

export async function readAuditChain(db: D1Database): Promise<AuditChain | null> {
  const [chain] = await database(db).select().from(auditChain);
  return chain ?? null;
}
