// Owns what enabling a channel does to its deliveries: what is still open is queued, and all that waits is due.
// Does not write the channel's own row: channels.ts does, with the columns of `ENABLED_AFRESH`.
import { and, sql } from 'drizzle-orm';
import { catchUpStatements, mayEndKnownIncident } from './channel-catch-up.ts';
import { database, type Statement } from './database.ts';
import { NOW, resumeChannel } from './outbox-lines.ts';
import { channels, deliveries } from './schema.ts';

/** Columns of a channel that a person enables: it starts afresh, but a failure that was notified ends with a success. */
export const ENABLED_AFRESH = {
  disabledReason: null,
  goneCount: sql`case when ${channels.enabled} then ${channels.goneCount} else 0 end`,
  goneSince: sql`case when ${channels.enabled} then ${channels.goneSince} end`,
  failedAttempts: sql`case when ${channels.enabled} then ${channels.failedAttempts} else 0 end`,
  failingSince: sql`case when ${channels.enabled} or ${channels.failureNotified} then ${channels.failingSince} end`,
  lastError: sql`case when ${channels.enabled} or ${channels.failureNotified} then ${channels.lastError} end`,
};

/** Statements for the transaction that enables the channel. They queue nothing if it is not enabled afterwards. */
export function enablingStatements(
  db: D1Database,
  channelId: string,
  now: number,
  maxAgeMs: number,
): Statement[] {
  const isEnabled = sql`exists (select 1 from ${channels} c where c.id = ${channelId} and c.enabled = 1)`;
  const isExpired = sql`${deliveries.channelId} = ${channelId} and ${deliveries.state} = 'pending'
    and ${deliveries.createdAt} < ${NOW} - ${maxAgeMs}`;
  return [
    database(db)
      .update(deliveries)
      .set({ createdAt: NOW })
      .where(and(isExpired, isEnabled, mayEndKnownIncident(channelId))),
    ...catchUpStatements(db, channelId, isEnabled, now),
    ...resumeChannel(db, channelId),
  ];
}
