// Owns the insert of notifications and of a pending delivery for each wanted channel: a handful of statements, however
// many notifications one commit raises. Does not decide what is raised.
import { getTableColumns, type SQL, sql } from 'drizzle-orm';
import type { SQLiteTable } from 'drizzle-orm/sqlite-core';
import { severityOf } from '../channels/events.ts';
import type { OutgoingNotification } from '../channels/notification.ts';
import { endedBy, isBeginning, replacedBy, subjectOf } from '../channels/pairs.ts';
import { database, type Statement } from './database.ts';
import { raiseUrgency, rowidIn, wakeHeads } from './outbox-lines.ts';
import { channels, deliveries, notifications, shards } from './schema.ts';

export interface NewNotification extends OutgoingNotification {
  readonly at: number;
  readonly monitorId: string | null;
  readonly incidentId: string | null;
  /** Order of the commits. Null: after the newest commit. */
  readonly position: number | null;
  /** Ids of the channels that receive it. Disabled channels never do. */
  readonly channels: 'all' | readonly string[];
  /** Id of a channel that does not receive it. */
  readonly exceptChannel?: string | undefined;
}

const URGENCY = { critical: 0, warning: 1, info: 2 } as const;

/** Far below D1's limit of 2,000,000 bytes a parameter. */
const MAX_PARAMETER_CHARACTERS = 400_000;

/** Stores the notifications, which are in order. One whose id is stored already changes nothing. */
export function notificationInserts(db: D1Database, raised: readonly NewNotification[]): Statement[] {
  if (raised.length === 0) return [];
  const lines = withUrgencies(raised);
  const raises = ([0, 1] as const).flatMap((urgency) => {
    const subjects = [...mostUrgent(lines)].flatMap(([subject, least]) =>
      least === urgency ? [subject] : [],
    );
    return subjects.length === 0 ? [] : [raiseUrgency(db, subjects, urgency)];
  });
  const replacements = raised.flatMap((notification) => {
    const begin = replacedBy(notification);
    return begin === null ? [] : [{ begin, by: notification.id }];
  });
  return [
    ...raises,
    // Deliveries first: whether the notification is new decides about both.
    ...inParts(lines.map(deliveryJson)).map((json) => insertDeliveries(db, json)),
    ...inParts(raised.map(notificationJson)).map((json) => insertNotifications(db, json)),
    ...inParts(replacements).map((json) => markReplaced(db, json)),
    wakeHeads(
      db,
      lines.map(({ subject }) => subject),
    ),
  ];
}

interface Line {
  readonly notification: NewNotification;
  readonly subject: string;
  readonly urgency: number;
}

/** Each is as urgent as the most severe one of the same subject from it on. */
function withUrgencies(raised: readonly NewNotification[]): Line[] {
  const behind = new Map<string, number>();
  return raised
    .toReversed()
    .map((notification): Line => {
      const { body } = notification;
      const subject = subjectOf(body);
      const own = URGENCY[severityOf(body.type, body.data.incident)];
      const urgency = Math.min(own, behind.get(subject) ?? own);
      behind.set(subject, urgency);
      return { notification, subject, urgency };
    })
    .toReversed();
}

const mostUrgent = (lines: readonly Line[]): Map<string, number> => {
  const least = new Map<string, number>();
  for (const { subject, urgency } of lines)
    least.set(subject, Math.min(urgency, least.get(subject) ?? urgency));
  return least;
};

const deliveryJson = ({ notification, subject, urgency }: Line) => {
  const { id, body, at, position, channels: wanted, exceptChannel } = notification;
  const reached = isBeginning(body.type) ? 0 : null;
  const to = wanted === 'all' ? null : wanted;
  return { id, at, position, subject, urgency, reached, to, except: exceptChannel ?? '' };
};

const notificationJson = (notification: NewNotification) => {
  const { id, body, at, monitorId, incidentId } = notification;
  const ends = endedBy(notification);
  return { id, event: body.type, at, monitorId, incidentId, ends, body: JSON.stringify(body) };
};

/** JSON arrays that are small enough for one parameter each. */
function inParts(rows: readonly object[]): string[] {
  const parts: string[][] = [];
  let size = MAX_PARAMETER_CHARACTERS;
  for (const row of rows) {
    const json = JSON.stringify(row);
    if (size + json.length > MAX_PARAMETER_CHARACTERS) {
      parts.push([]);
      size = 0;
    }
    parts.at(-1)!.push(json);
    size += json.length + 1;
  }
  return parts.map((part) => `[${part.join(',')}]`);
}

/** An insert of one row for each row of `from`. */
function insertFrom<T extends SQLiteTable>(
  db: D1Database,
  table: T,
  values: Record<keyof T['$inferInsert'], SQL>,
  from: SQL,
): Statement {
  const columns = Object.keys(getTableColumns(table)) as (keyof T['$inferInsert'])[];
  const row = sql.join(
    columns.map((column) => values[column]),
    sql`, `,
  );
  return database(db).insert(table).select(sql`select ${row} ${from}`).onConflictDoNothing();
}

const insertDeliveries = (db: D1Database, json: string): Statement =>
  insertFrom(
    db,
    deliveries,
    {
      notificationId: sql`n.value ->> 'id'`,
      channelId: sql`c.id`,
      position: sql`coalesce(n.value ->> 'position', (select coalesce(max(s.seq), 0) from ${shards} s) * 10000 + 9999)`,
      subject: sql`n.value ->> 'subject'`,
      urgency: sql`n.value ->> 'urgency'`,
      state: sql`'pending'`,
      turn: sql`null`,
      released: sql`0`,
      reached: sql`n.value ->> 'reached'`,
      supersededBy: sql`null`,
      openedNotSent: sql`0`,
      attempts: sql`0`,
      nextAttemptAt: sql`n.value ->> 'at'`,
      lastStatus: sql`null`,
      lastError: sql`null`,
      createdAt: sql`cast(unixepoch('subsec') * 1000 as integer)`,
      finishedAt: sql`null`,
    },
    sql`from json_each(${json}) n cross join ${channels} c
      where c.enabled = 1 and c.id <> n.value ->> 'except'
        and (n.value ->> 'to' is null or c.id in (select value from json_each(n.value, '$.to')))
        and not exists (select 1 from ${notifications} old where old.id = n.value ->> 'id')`,
  );

const insertNotifications = (db: D1Database, json: string): Statement =>
  insertFrom(
    db,
    notifications,
    {
      id: sql`n.value ->> 'id'`,
      event: sql`n.value ->> 'event'`,
      at: sql`n.value ->> 'at'`,
      monitorId: sql`n.value ->> 'monitorId'`,
      incidentId: sql`n.value ->> 'incidentId'`,
      ends: sql`n.value ->> 'ends'`,
      body: sql`n.value ->> 'body'`,
    },
    sql`from json_each(${json}) n where true`,
  );

/** Only for channels that receive the other one too. */
const markReplaced = (db: D1Database, json: string): Statement =>
  database(db)
    .update(deliveries)
    .set({
      supersededBy: sql`(select n.value ->> 'by' from json_each(${json}) n
        where n.value ->> 'begin' = ${deliveries.notificationId} limit 1)`,
    })
    .where(
      rowidIn(sql`
        select b.rowid from json_each(${json}) n cross join ${deliveries} b
        where b.notification_id = n.value ->> 'begin' and b.state = 'pending' and exists (
          select 1 from ${deliveries} e where e.notification_id = n.value ->> 'by' and e.channel_id = b.channel_id)`),
    );
