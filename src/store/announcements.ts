// Owns the table of announcements: words for readers of status pages, without an incident.
// Does not decide what may be written: services/announcements does.
import { and, asc, desc, eq } from 'drizzle-orm';
import { database, type Statement } from './database.ts';
import { announcements } from './schema.ts';

export type AnnouncementRow = typeof announcements.$inferSelect;

/** Newest first. */
export const listAnnouncements = (db: D1Database): Promise<AnnouncementRow[]> =>
  database(db).select().from(announcements).orderBy(desc(announcements.startsAt), asc(announcements.id));

export async function findAnnouncement(db: D1Database, id: string): Promise<AnnouncementRow | null> {
  const [row] = await database(db).select().from(announcements).where(eq(announcements.id, id));
  return row ?? null;
}

export const insertAnnouncement = (db: D1Database, row: AnnouncementRow): Statement =>
  database(db).insert(announcements).values(row);

/** Nothing if the stored row has another version than the one before. Writes the version of `row`. */
export const replaceAnnouncement = (db: D1Database, row: AnnouncementRow): Statement =>
  database(db)
    .update(announcements)
    .set(row)
    .where(and(eq(announcements.id, row.id), eq(announcements.version, row.version - 1)));

export const removeAnnouncement = (
  db: D1Database,
  { id, version }: Pick<AnnouncementRow, 'id' | 'version'>,
): Statement =>
  database(db)
    .delete(announcements)
    .where(and(eq(announcements.id, id), eq(announcements.version, version)));
