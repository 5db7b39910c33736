// Owns the deletion of what sign-ins leave behind: sessions that are over, and records of tokens that have expired anyway.
// Does not decide when it runs.
import { runBatch } from './database.ts';
import { deleteExpiredSessions } from './sessions.ts';
import { deleteExpiredTokens } from './used-tokens.ts';

export const deleteExpiredSignIns = (db: D1Database, now: number): Promise<void> =>
  runBatch(db, [deleteExpiredSessions(db, now), deleteExpiredTokens(db, now)]);
