// Owns the deletion of what sign-ins leave behind: sessions, invitations and records of tokens that are over, and counts of
// failures from periods that have ended. Does not decide when it runs.
import { runBatch } from './database.ts';
import { deleteExpiredInvitations } from './invitations.ts';
import { deleteExpiredSessions } from './sessions.ts';
import { deleteOldFailures } from './sign-in-failures.ts';
import { deleteExpiredTokens } from './used-tokens.ts';

/** Longer than a period in which failures count. */
const FAILURES_KEPT_MS = 86_400_000;

export const deleteExpiredSignIns = (db: D1Database, now: number): Promise<void> =>
  runBatch(db, [
    deleteExpiredSessions(db, now),
    deleteExpiredInvitations(db, now),
    deleteExpiredTokens(db, now),
    deleteOldFailures(db, now - FAILURES_KEPT_MS),
  ]);
