// Owns the writing of the audit log: the statements that a change carries in its own transaction, and the retry when two
// changes want the same place. Does not know what a change is.
import { getTableColumns, sql } from 'drizzle-orm';
import type { Caller } from '../access/caller.ts';
import type { EncryptionKeys } from '../encryption-key.ts';
import { ok, type Result } from '../result.ts';
import { type AuditChain, type NextEnds, nextEnds } from './audit-chain.ts';
import { type ChainPosition, type HashedEntry, hashEntry, signEnd } from './audit-hash.ts';
import { database, isUniqueConflict, type Statement } from './database.ts';
import { fieldsOf, inParts, insertFrom } from './json-rows.ts';
import { auditChain, auditEntries } from './schema.ts';

/** Characters of `before` and `after` together. A row of D1 takes 2,000,000 bytes. */
const MAX_CHARACTERS = 400_000;

/** A change as the audit log keeps it. */
export interface AuditRecord {
  /** `monitor.updated` */
  readonly action: string;
  readonly target: { readonly type: string; readonly id: string; readonly name: string };
  /** Without secrets. Of an update, only the fields that differ: see {@link changedFields}. Null: there was nothing. */
  readonly before: unknown;
  /** Null: nothing is left. */
  readonly after: unknown;
}

export interface AuditOptions {
  /** Writes the entry only if the statement right before these changed a row. */
  readonly ifChanged?: boolean;
}

/** The top-level fields that differ, before and after. */
export function changedFields(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): Pick<AuditRecord, 'before' | 'after'> {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]),
  );
  const pick = (from: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(names.filter((name) => name in from).map((name) => [name, from[name]]));
  return { before: pick(before), after: pick(after) };
}

/**
 * The statements that write one entry. They belong in the batch that makes the change, behind it. The batch fails as a
 * whole if another change took the place in the chain: call this again for the next attempt.
 */
export async function auditStatements(
  db: D1Database,
  keys: EncryptionKeys,
  caller: Caller,
  record: AuditRecord,
  { ifChanged = false }: AuditOptions = {},
  ends?: NextEnds,
): Promise<Statement[]> {
  const { previous, first, mark } = ends ?? (await nextEnds(db, keys));
  const row = nextRow(caller, record, previous);
  const condition = ifChanged ? sql`changes() > 0` : sql`true`;
  const columns = Object.keys(getTableColumns(auditEntries)) as (keyof typeof row)[];
  const values = columns.map((column) => sql`${row[column]}`);
  return [
    database(db)
      .insert(auditEntries)
      .select(sql`select ${sql.join(values, sql`, `)} where ${condition}`),
    lastEndStatement(db, keys, { first, mark }, row),
  ];
}

/** As {@link auditStatements}, with an entry for each of many records, in few statements. They are numbered from `ends` on. */
export function manyAuditStatements(
  db: D1Database,
  keys: EncryptionKeys,
  caller: Caller,
  records: readonly AuditRecord[],
  { previous, first, mark }: NextEnds,
): Statement[] {
  const rows: WrittenRow[] = [];
  for (const record of records) {
    const last = rows.at(-1);
    rows.push(nextRow(caller, record, last ? { seq: last.seq + 1, hash: last.hash } : previous));
  }
  const last = rows.at(-1);
  if (last === undefined) return [];
  return [
    ...inParts(rows).map((json) =>
      insertFrom(db, auditEntries, fieldsOf(auditEntries), sql`from json_each(${json}) n`),
    ),
    lastEndStatement(db, keys, { first, mark }, last),
  ];
}

type WrittenRow = HashedEntry & { readonly hash: string };

function nextRow(caller: Caller, record: AuditRecord, previous: ChainPosition): WrittenRow {
  const entry = entryOf(caller, record, previous.seq);
  return { ...entry, hash: hashEntry(previous.hash, entry) };
}

/** The end of the log, if its last entry was written. */
function lastEndStatement(
  db: D1Database,
  keys: EncryptionKeys,
  { first, mark }: Pick<NextEnds, 'first' | 'mark'>,
  { seq, hash }: WrittenRow,
): Statement {
  const chain: AuditChain = {
    number: 1,
    ...first,
    lastSeq: seq,
    lastHash: hash,
    lastSignature: signEnd(keys, 'last', { seq, hash }, mark),
  };
  const endValues = (Object.keys(getTableColumns(auditChain)) as (keyof AuditChain)[]).map(
    (column) => sql`${chain[column]}`,
  );
  const isWritten = sql`exists (select 1 from ${auditEntries} where seq = ${seq} and hash = ${hash})`;
  return database(db)
    .insert(auditChain)
    .select(sql`select ${sql.join(endValues, sql`, `)} where ${isWritten}`)
    .onConflictDoUpdate({
      target: auditChain.number,
      set: {
        lastSeq: sql`excluded.last_seq`,
        lastHash: sql`excluded.last_hash`,
        lastSignature: sql`excluded.last_signature`,
      },
    });
}

/** Whether the error means that another change took the place of this one in the chain. */
export const isAuditConflict = (error: unknown): boolean => isUniqueConflict(error, 'audit_entries.seq');

/** What one attempt writes. */
export interface AuditedWrite {
  readonly statements: readonly Statement[];
  readonly record: AuditRecord;
  readonly options?: AuditOptions;
  /** What the change entails, for after the entry: `ifChanged` looks at the last one of `statements`. */
  readonly following?: readonly Statement[];
}

const MAX_ATTEMPTS = 20;
/** Longest pause before the second attempt. It grows with each one, so that many changes at once spread out. */
const PAUSE_MS = 15;

/**
 * Runs a change of rows that are not part of the journal, with its entry, in one transaction. `draft` is called for each
 * attempt, so that it reads what another change wrote meanwhile. The place of the entry is read before that: a change that
 * another one commits between `draft` and the batch takes it, so that what `draft` has read still holds. Returns the
 * results of the statements of the change.
 */
export async function runAudited<E>(
  db: D1Database,
  keys: EncryptionKeys,
  caller: Caller,
  draft: () => Promise<Result<AuditedWrite, E>>,
): Promise<Result<readonly unknown[], E>> {
  for (let attempt = 1; ; attempt += 1) {
    const ends = await nextEnds(db, keys);
    const drafted = await draft();
    if (!drafted.ok) return drafted;
    const { statements, record, options, following = [] } = drafted.value;
    const audit = await auditStatements(db, keys, caller, record, options, ends);
    try {
      const batch = [...statements, ...audit, ...following] as [Statement, ...Statement[]];
      const results = await database(db).batch(batch);
      return ok(results.slice(0, statements.length));
    } catch (error) {
      if (attempt >= MAX_ATTEMPTS || !isAuditConflict(error)) throw error;
      // Of those that fail together, all but one would fail together again.
      await pause(Math.random() * PAUSE_MS * attempt);
    }
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function entryOf({ actor, origin, now }: Caller, record: AuditRecord, seq: number): HashedEntry {
  const { action, target } = record;
  return {
    seq,
    at: now,
    actorType: actor.type,
    actorId: actor.id,
    actorName: stored(actor.name),
    address: stored(origin.address),
    userAgent: stored(origin.userAgent),
    file: stored(origin.file),
    action,
    targetType: target.type,
    targetId: stored(target.id),
    targetName: stored(target.name),
    ...contentOf(record),
  };
}

/** As D1 returns a text: half a character is stored as U+FFFD, and the hash must cover what is stored. */
const stored = <T extends string | null>(text: T): T => (text === null ? text : (text.toWellFormed() as T));

/** A change that is too large for a row keeps what it concerns: a large change must not hide a small one. */
function contentOf({ before, after }: AuditRecord): Pick<HashedEntry, 'before' | 'after'> {
  const text = (value: unknown) => (value === null || value === undefined ? null : JSON.stringify(value));
  const content = { before: text(before), after: text(after) };
  const characters = (content.before?.length ?? 0) + (content.after?.length ?? 0);
  if (characters <= MAX_CHARACTERS) return content;
  return { before: outlineOf(before, content.before), after: outlineOf(after, content.after) };
}

/** The size, and the names of the fields with the names in each: of a configuration, the ids. */
function outlineOf(value: unknown, text: string | null): string | null {
  if (text === null) return null;
  const omitted = { omitted: 'too large', characters: text.length };
  const named = JSON.stringify({ ...omitted, names: namesIn(value) });
  return named.length <= MAX_CHARACTERS / 2 ? named : JSON.stringify(omitted);
}

const namesIn = (value: unknown): Record<string, readonly string[]> =>
  Object.fromEntries(
    Object.entries(value as object).map(([name, part]) => [
      name,
      typeof part === 'object' && part !== null ? Object.keys(part) : [],
    ]),
  );
