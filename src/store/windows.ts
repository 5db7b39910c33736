// Maintenance and silences in D1, as people wrote them.
import { and, asc, eq } from 'drizzle-orm';
import { windows } from './schema.ts';
import { database } from './shard.ts';

export type WindowRow = typeof windows.$inferSelect;
export type WindowKind = WindowRow['kind'];

export const listWindows = (db: D1Database, kind?: WindowKind): Promise<WindowRow[]> =>
  database(db)
    .select()
    .from(windows)
    .where(kind ? eq(windows.kind, kind) : undefined)
    .orderBy(asc(windows.kind), asc(windows.id));

export async function findWindow(db: D1Database, kind: WindowKind, id: string): Promise<WindowRow | null> {
  const rows = await database(db)
    .select()
    .from(windows)
    .where(and(eq(windows.kind, kind), eq(windows.id, id)));
  return rows[0] ?? null;
}
