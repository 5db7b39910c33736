// Owns the table of invitations. Tokens pass as SHA-256 only. Does not decide when an invitation ends.
import { eq, lt } from 'drizzle-orm';
import { database, type Statement } from './database.ts';
import { invitations } from './schema.ts';

export type InvitationRow = typeof invitations.$inferSelect;

export async function findInvitation(db: D1Database, hash: string): Promise<InvitationRow | null> {
  const rows = await database(db).select().from(invitations).where(eq(invitations.hash, hash));
  return rows[0] ?? null;
}

export const insertInvitation = (db: D1Database, row: InvitationRow): Statement =>
  database(db).insert(invitations).values(row);

export const deleteInvitations = (db: D1Database, personId: string): Statement =>
  database(db).delete(invitations).where(eq(invitations.personId, personId));

export const deleteExpiredInvitations = (db: D1Database, now: number): Statement =>
  database(db).delete(invitations).where(lt(invitations.expiresAt, now));
