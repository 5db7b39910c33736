// Owns the table of update templates: texts to begin an incident update with.
import { and, asc, eq } from 'drizzle-orm';
import { database, type Statement } from './database.ts';
import { updateTemplates } from './schema.ts';

export type UpdateTemplateRow = typeof updateTemplates.$inferSelect;

export const listUpdateTemplates = (db: D1Database): Promise<UpdateTemplateRow[]> =>
  database(db).select().from(updateTemplates).orderBy(asc(updateTemplates.name), asc(updateTemplates.id));

export async function findUpdateTemplate(db: D1Database, id: string): Promise<UpdateTemplateRow | null> {
  const [row] = await database(db).select().from(updateTemplates).where(eq(updateTemplates.id, id));
  return row ?? null;
}

export const insertUpdateTemplate = (db: D1Database, row: UpdateTemplateRow): Statement =>
  database(db).insert(updateTemplates).values(row);

/** Nothing if the stored row has another version than the one before. Writes the version of `row`. */
export const replaceUpdateTemplate = (db: D1Database, row: UpdateTemplateRow): Statement =>
  database(db)
    .update(updateTemplates)
    .set(row)
    .where(and(eq(updateTemplates.id, row.id), eq(updateTemplates.version, row.version - 1)));

export const removeUpdateTemplate = (db: D1Database, id: string): Statement =>
  database(db).delete(updateTemplates).where(eq(updateTemplates.id, id));
