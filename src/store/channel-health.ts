// Owns the health of a channel in D1: the counters of its attempts, and the notifications about it on other channels.
// Does not decide when a channel is failing or gone: src/delivery/channel-health.ts does.
import { and, eq, exists, type SQL, sql } from 'drizzle-orm';
import { alias, type SQLiteUpdateSetSource } from 'drizzle-orm/sqlite-core';
import { catchUpStatements } from './channel-catch-up.ts';
import type { ChannelRow } from './channels.ts';
import { database, type Statement } from './database.ts';
import { type SystemNotification, systemNotificationStatements } from './notifications.ts';
import { channels } from './schema.ts';

/** `failing` from the first failed attempt on. Other channels are notified later: see `failureNotified`. */
export function channelState({
  enabled,
  failingSince,
  lastSuccessAt,
}: Pick<ChannelRow, 'enabled' | 'failingSince' | 'lastSuccessAt'>):
  | 'ok'
  | 'failing'
  | 'disabled'
  | 'unknown' {
  if (!enabled) return 'disabled';
  if (failingSince !== null) return 'failing';
  return lastSuccessAt === null ? 'unknown' : 'ok';
}

/** What one attempt means for its channel. */
export interface ChannelOutcome {
  readonly delivered: boolean;
  /** The receiver responded 410 Gone. */
  readonly gone: boolean;
  readonly error: string | null;
}

/** An end of failures that was notified is kept until `endFailure` notifies it, so that a crash cannot lose it. */
const unlessNotified = (column: SQL | typeof channels.failingSince | typeof channels.lastError) =>
  sql`case when ${channels.failureNotified} then ${column} end`;

/** Counts an attempt in one statement, so that concurrent consumers lose none. Null if the channel was deleted. */
export async function countAttempt(
  db: D1Database,
  channelId: string,
  outcome: ChannelOutcome,
  now: number,
): Promise<ChannelRow | null> {
  const orm = database(db);
  const [rows] = await orm.batch([
    orm
      .update(channels)
      .set(outcome.delivered ? afterSuccess(now) : afterFailure(outcome, now))
      .where(eq(channels.id, channelId))
      .returning(),
  ]);
  return rows[0] ?? null;
}

const afterSuccess = (now: number) => ({
  lastSuccessAt: now,
  failedAttempts: 0,
  goneCount: 0,
  goneSince: null,
  failingSince: unlessNotified(channels.failingSince),
  lastError: unlessNotified(channels.lastError),
});

const afterFailure = ({ gone, error }: ChannelOutcome, now: number) => ({
  failingSince: sql`coalesce(${channels.failingSince}, ${now})`,
  failedAttempts: sql`${channels.failedAttempts} + 1`,
  lastError: error,
  ...(gone
    ? {
        goneCount: sql`${channels.goneCount} + 1`,
        goneSince: sql`coalesce(${channels.goneSince}, ${now})`,
      }
    : {}),
});

type Channels = typeof channels;
/** The row of the channel that a notification is about, beside the rows of the channels that receive it. */
const subject = alias(channels, 'subject') as unknown as Channels;

interface Transition {
  /** Statements that run before the row is written, if it still is `from`. */
  readonly first?: (condition: SQL) => Statement[];
  /** What the channel's row must still be. */
  readonly from: (row: Channels) => SQL | undefined;
  readonly to: SQLiteUpdateSetSource<Channels>;
}

type ChannelNotification = Omit<SystemNotification, 'exceptChannel'>;

/** Notifies the other channels and writes the row, in one transaction. Neither if another consumer was first. */
async function transit(
  db: D1Database,
  channelId: string,
  { first = () => [], from, to }: Transition,
  notification: ChannelNotification,
): Promise<boolean> {
  const orm = database(db);
  const isStill = (row: Channels) => and(eq(row.id, channelId), from(row));
  const condition = exists(orm.select({ id: subject.id }).from(subject).where(isStill(subject)));
  const update = orm.update(channels).set(to).where(isStill(channels)).returning({ id: channels.id });
  const statements = await systemNotificationStatements(
    db,
    { ...notification, exceptChannel: channelId },
    condition,
  );
  const results: readonly unknown[] = await orm.batch([
    ...first(condition),
    ...statements,
    update,
  ] as unknown as [typeof update]);
  return (results.at(-1) as { id: string }[]).length > 0;
}

type FailureTransition = (
  db: D1Database,
  channelId: string,
  failingSince: number,
  notification: ChannelNotification,
) => Promise<boolean>;

const whileFailing = (failingSince: number, notified: boolean) => (row: Channels) =>
  and(eq(row.failingSince, failingSince), eq(row.failureNotified, notified));

/** Marks the failures since `failingSince` as notified. False if they ended, or were notified before. */
export const notifyFailure: FailureTransition = (db, channelId, failingSince, notification) => {
  const transition = { from: whileFailing(failingSince, false), to: { failureNotified: true } };
  return transit(db, channelId, transition, notification);
};

/**
 * Ends the failures since `failingSince`, and queues what was given up meanwhile and is still of use. False if another
 * consumer did.
 */
export const endFailure: FailureTransition = (db, channelId, failingSince, notification) => {
  const to = { failingSince: null, lastError: null, failedAttempts: 0, failureNotified: false };
  const isEnabled = sql`exists (select 1 from ${channels} c where c.id = ${channelId} and c.enabled = 1)`;
  const first = (condition: SQL): Statement[] =>
    catchUpStatements(db, channelId, sql`(${condition} and ${isEnabled})`, notification.at);
  return transit(db, channelId, { first, from: whileFailing(failingSince, true), to }, notification);
};

/** Disables the channel. Its deliveries stay pending. False if it has succeeded since, or is disabled or deleted. */
export const disableChannel = (
  db: D1Database,
  channelId: string,
  goneSince: number,
  disabledReason: string,
  notification: ChannelNotification,
): Promise<boolean> =>
  transit(
    db,
    channelId,
    {
      from: (row) => and(eq(row.goneSince, goneSince), eq(row.enabled, true)),
      to: {
        enabled: false,
        disabledReason,
        failureNotified: true,
        updatedAt: notification.at,
        version: sql`${channels.version} + 1`,
      },
    },
    notification,
  );
