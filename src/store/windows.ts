// Owns the windows table: maintenances and silences as people wrote them, and the writes of a commit.
import { and, asc, eq } from 'drizzle-orm';
import { database, type Statement } from './database.ts';
import { monitors, windows } from './schema.ts';
import type { ScopedMonitor } from './window-scope.ts';

export type { Schedule } from './schema.ts';
export type WindowRow = typeof windows.$inferSelect;
export type WindowKind = WindowRow['kind'];

export const listWindows = (db: D1Database, kind?: WindowKind): Promise<WindowRow[]> =>
  database(db)
    .select()
    .from(windows)
    .where(kind ? eq(windows.kind, kind) : undefined)
    .orderBy(asc(windows.kind), asc(windows.id));

const isRow = ({ kind, id }: Pick<WindowRow, 'kind' | 'id'>) =>
  and(eq(windows.kind, kind), eq(windows.id, id));

export async function findWindow(db: D1Database, kind: WindowKind, id: string): Promise<WindowRow | null> {
  const rows = await database(db).select().from(windows).where(isRow({ kind, id }));
  return rows[0] ?? null;
}

/** The windows of a kind, by id, and what decides which monitors they cover, read in one transaction. */
export async function listWindowsAndMonitors(
  db: D1Database,
  kind: WindowKind,
): Promise<{ windows: WindowRow[]; monitors: ScopedMonitor[] }> {
  const orm = database(db);
  const { id, number, tags } = monitors;
  const [rows, known] = await orm.batch([
    orm.select().from(windows).where(eq(windows.kind, kind)).orderBy(asc(windows.id)),
    orm.select({ id, number, tags }).from(monitors),
  ]);
  return { windows: rows, monitors: known };
}

export const insertWindow = (db: D1Database, row: WindowRow): Statement =>
  database(db).insert(windows).values(row);

/** Writes every column of an existing window, its version included. */
export const replaceWindow = (db: D1Database, row: WindowRow): Statement =>
  database(db).update(windows).set(row).where(isRow(row));

export const removeWindow = (db: D1Database, row: Pick<WindowRow, 'kind' | 'id'>): Statement =>
  database(db).delete(windows).where(isRow(row));
