// Owns which tables a backup contains, and how each is read: in pages, or in the cut, which is one transaction.
// Does not read them. Every table of the schema is in exactly one list: a test compares.
import { getTableName, is } from 'drizzle-orm';
import { getTableConfig, SQLiteTable } from 'drizzle-orm/sqlite-core';
import { RESTORE } from '../restore-marker.ts';
import * as schema from '../schema.ts';
import { SCHEDULED_BACKUP } from './scheduled-backup.ts';

interface BackupColumn {
  readonly name: string;
  readonly isBlob: boolean;
}

export interface BackupTable {
  readonly name: string;
  /** `rowid` first, unless the key is an integer: then it is that. */
  readonly columns: readonly BackupColumn[];
  /** Of a table that grows: which rows the cut reads again, although a page has them. `since` in ms since the epoch. */
  readonly changed: ((since: number) => string) | null;
  /** Of the cut: which rows belong to the mesh. */
  readonly where: string;
  /** People and keys. A restore adds them to those of the mesh. */
  readonly isAdded: boolean;
  /** The mesh has no rows of its own with the same rowids. */
  readonly keepsRowids: boolean;
}

/** Rows that never change, once they are written. */
const never = () => 'false';

/** Large tables. A page reads rows in order of their rowid. */
const PAGED: ReadonlyMap<SQLiteTable, (since: number) => string> = new Map<
  SQLiteTable,
  (since: number) => string
>([
  [schema.series, never],
  [schema.days, never],
  [schema.statusChanges, never],
  [schema.pings, (since) => `at >= ${since}`],
  [schema.damagedJournal, never],
  [schema.damagedSnapshots, never],
  [schema.incidentActions, never],
  [schema.incidents, (since) => `state = 'open' or resolved_at >= ${since}`],
  [schema.notifications, never],
  [schema.deliveries, (since) => `state = 'pending' or finished_at >= ${since}`],
  [schema.receipts, (since) => `updated_at >= ${since}`],
  [schema.mailings, () => 'cursor is not null'],
  [schema.mailingDeliveries, (since) => `state = 'pending' or finished_at >= ${since}`],
  [schema.alerts, (since) => `ended_at is null or ended_at >= ${since}`],
  [schema.auditEntries, never],
  // Last, so that the cut has few rows of it.
  [schema.journal, never],
]);

/** They are short-lived, or of a browser: people sign in again, and links of invitations are made again. */
const LEFT_OUT: ReadonlySet<SQLiteTable> = new Set<SQLiteTable>([
  schema.sessions,
  schema.invitations,
  schema.signInFailures,
  schema.pruning,
]);

const ADDED: ReadonlySet<SQLiteTable> = new Set<SQLiteTable>([
  schema.people,
  schema.passkeys,
  schema.recoveryCodes,
  schema.apiKeys,
  schema.identityProviders,
  schema.usedTokens,
]);

const all = (Object.values(schema) as unknown[]).filter((one): one is SQLiteTable => is(one, SQLiteTable));

function describe(table: SQLiteTable): BackupTable {
  const { columns } = getTableConfig(table);
  const named = columns.map((column) => ({ name: column.name, isBlob: column.getSQLType() === 'blob' }));
  const hasIntegerKey = columns[0]!.primary && columns[0]!.getSQLType() === 'integer';
  return {
    name: getTableName(table),
    columns: hasIntegerKey ? named : [{ name: 'rowid', isBlob: false }, ...named],
    changed: PAGED.get(table) ?? null,
    where: table === schema.settings ? `name not in ('${RESTORE}', '${SCHEDULED_BACKUP}')` : 'true',
    isAdded: ADDED.has(table),
    keepsRowids: !ADDED.has(table) && table !== schema.settings,
  };
}

export const PAGED_TABLES: readonly BackupTable[] = [...PAGED.keys()].map(describe);
export const CUT_TABLES: readonly BackupTable[] = all
  .filter((table) => !PAGED.has(table) && !LEFT_OUT.has(table))
  .map(describe);
export const BACKUP_TABLES: readonly BackupTable[] = [...PAGED_TABLES, ...CUT_TABLES];

const byName = new Map(BACKUP_TABLES.map((table) => [table.name, table]));
export const findBackupTable = (name: string): BackupTable | null => byName.get(name) ?? null;
