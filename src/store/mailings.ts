// Owns the rows of mailings: what subscribers get, and how far each is on its way.
import type { Mailing } from '../status-pages/mailing.ts';
import { database, type Statement } from './database.ts';
import { mailings } from './schema.ts';

/** For the transaction of what the mailing tells of. A repeat adds nothing. */
export const insertMailing = (db: D1Database, mailing: Mailing): Statement =>
  database(db)
    .insert(mailings)
    .values({ id: mailing.id, kind: mailing.kind, body: mailing, createdAt: mailing.at, cursor: 0 })
    .onConflictDoNothing();
