// Owns the insert of notifications and of a pending delivery for each wanted channel: a handful of statements, however
// many notifications one commit raises. Does not decide what is raised.
import { type SQL, sql } from 'drizzle-orm';
import { peopleTypes } from '../channels/audience.ts';
import { severityOf } from '../channels/events.ts';
import type { OutgoingNotification } from '../channels/notification.ts';
import { endedBy, isBeginning, replacedBy, subjectOf } from '../channels/pairs.ts';
import type { Recipient } from '../routing/route.ts';
import { database, type Statement } from './database.ts';
import { field, fieldsOf, inParts, insertFrom } from './json-rows.ts';
import { AFTER_NEWEST_COMMIT, jsonList, NOW, raiseUrgency, rowidIn, wakeHeads } from './outbox-lines.ts';
import { fitBody } from './row-budgets.ts';
import { channels, deliveries, notifications } from './schema.ts';

export interface NewNotification extends OutgoingNotification {
  readonly at: number;
  readonly monitorId: string | null;
  readonly incidentId: string | null;
  /** Order of the commits. Null: after the newest commit. */
  readonly position: number | null;
  /** Channels that the routes name, each once. `isQueuedFor` decides which disabled ones get it later. */
  readonly recipients: readonly Recipient[];
  /** Id of an incident: every channel that has a notification of it gets this one too. */
  readonly follows?: string | undefined;
  /** Id of a channel that does not receive it. */
  readonly exceptChannel?: string | undefined;
}

const URGENCY = { critical: 0, warning: 1, info: 2 } as const;

/**
 * Stores the notifications, which are in order. One whose id is stored already changes nothing. If the condition is
 * false, none does.
 */
export function notificationInserts(
  db: D1Database,
  raised: readonly NewNotification[],
  condition: SQL = sql`true`,
): Statement[] {
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
    ...inParts(lines.map(deliveryJson)).map((json) => insertDeliveries(db, json, condition)),
    ...inParts(raised.map(notificationJson)).map((json) => insertNotifications(db, json, condition)),
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
  const { id, body, at, position, incidentId, recipients, follows, exceptChannel } = notification;
  const reached = isBeginning(body.type) ? 0 : null;
  // By channel, the route that names it.
  const to = Object.fromEntries(recipients.map(({ id: channel, routeId }) => [channel, routeId ?? '']));
  const row = { id, at, position, subject, urgency, reached, to, except: exceptChannel ?? '' };
  // A drill shows how fast a message arrives.
  const gathers = reached !== null && !body.drill ? 1 : 0;
  // Without a commit it is about probemesh itself.
  return {
    ...row,
    gathers,
    incidentId,
    follows: follows ?? null,
    ends: endedBy(notification),
    system: position === null ? 1 : 0,
  };
};

const notificationJson = (notification: NewNotification) => {
  const { id, body, at, position, monitorId, incidentId } = notification;
  const ends = endedBy(notification);
  return {
    id,
    event: body.type,
    at,
    position,
    monitorId,
    incidentId,
    ends,
    body: JSON.stringify(fitBody(body)),
  };
};

/** The order of commits: that of its own commit, or after the newest one. */
const POSITION = sql`coalesce(n.value ->> 'position', ${AFTER_NEWEST_COMMIT})`;

/** The channel has a notification of the same incident, or of the condition that this one ends. */
const hasBeginning = sql`(
  exists (select 1 from ${deliveries} begin
    where begin.notification_id = n.value ->> 'ends' and begin.channel_id = c.id)
  or exists (select 1 from ${notifications} earlier
    join ${deliveries} queued on queued.notification_id = earlier.id and queued.channel_id = c.id
    where earlier.incident_id = n.value ->> 'incidentId'))`;

/** The channel has a notification of the incident that this one follows. */
const hasIncident = sql`exists (
  select 1 from ${notifications} earlier
  join ${deliveries} queued on queued.notification_id = earlier.id and queued.channel_id = c.id
  where earlier.incident_id = n.value ->> 'follows')`;

/**
 * An enabled channel that the routes name. One that the coordinator disabled keeps queueing. One that a person disabled
 * queues only what follows on a notification that it has. An end, and what follows on an incident, goes to
 * every channel that has its beginning, whatever the routes say by now.
 */
const isQueuedFor = sql`(
  c.id in (select key from json_each(n.value, '$.to'))
    and (c.enabled = 1 or (c.disabled_reason is not null and n.value ->> 'system' = 0) or ${hasBeginning})
  or n.value ->> 'ends' is not null and ${hasBeginning}
  or n.value ->> 'follows' is not null and ${hasIncident})`;

/** What begins this long after another beginning, on the same channel by the same route, is gathered into one message. */
const GATHERED_MS = 30_000;

const isForPeople = (type: SQL): SQL =>
  sql`${type} in (select value from json_each(${jsonList(peopleTypes())}))`;

/** The id of the route that names the channel. Null: the monitor's or the default channels. */
const ROUTE = sql`nullif((select value from json_each(n.value, '$.to') where key = c.id), '')`;

/**
 * When the 30 seconds end that began with another beginning: one that was sent at once, as severe, about something else.
 * Null: this one is sent at once. Of one statement, the first is sent at once too.
 */
const heldUntil =
  (): SQL => sql`case when n.value ->> 'gathers' = 1 and ${isForPeople(sql`c.type`)} then coalesce(
  (select max(a.created_at) + ${GATHERED_MS} from ${deliveries} a
    where a.channel_id = c.id and a.reached is not null and a.held_until is null
      and a.created_at > ${NOW} - ${GATHERED_MS} and a.created_at <= ${NOW}
      and a.route_id is ${ROUTE} and a.urgency <= n.value ->> 'urgency' and a.subject <> n.value ->> 'subject'),
  case when row_number() over (
    partition by c.id, n.value ->> 'gathers', ${ROUTE} order by n.value ->> 'urgency', n.key) > 1
    then ${NOW} + ${GATHERED_MS} end) end`;
/** Of a row `n` of JSON and a channel `c`. */
const NEW_DELIVERY = {
  notificationId: field('id'),
  channelId: sql`c.id`,
  position: POSITION,
  subject: field('subject'),
  urgency: field('urgency'),
  state: sql`'pending'`,
  turn: sql`null`,
  released: sql`0`,
  reached: field('reached'),
  supersededBy: sql`null`,
  openedNotSent: sql`0`,
  attempts: sql`0`,
  nextAttemptAt: field('at'),
  lastStatus: sql`null`,
  lastError: sql`null`,
  lastResponse: sql`null`,
  warning: sql`null`,
  routeId: ROUTE,
  heldUntil: sql`null`,
  mergedInto: sql`null`,
  createdAt: NOW,
  finishedAt: sql`null`,
};

const insertDeliveries = (db: D1Database, json: string, condition: SQL): Statement =>
  insertFrom(
    db,
    deliveries,
    {
      ...NEW_DELIVERY,
      nextAttemptAt: sql`coalesce(${heldUntil()}, ${field('at')})`,
      heldUntil: heldUntil(),
    },
    sql`from json_each(${json}) n cross join ${channels} c
      where ${condition} and ${isQueuedFor} and c.id <> n.value ->> 'except'
        and not exists (select 1 from ${notifications} old where old.id = n.value ->> 'id')`,
  ).onConflictDoNothing();

const insertNotifications = (db: D1Database, json: string, condition: SQL): Statement =>
  insertFrom(
    db,
    notifications,
    { ...fieldsOf(notifications), position: POSITION },
    sql`from json_each(${json}) n where ${condition}`,
  ).onConflictDoNothing();

/** A notification that is stored, for channels that get it later than others did. */
export interface LateNotification {
  readonly id: string;
  readonly body: OutgoingNotification['body'];
  readonly recipients: readonly Recipient[];
}

/**
 * Queues stored notifications for more channels, behind what is pending of their subjects. A channel that has one already
 * does not get it again. `condition` is about a row `n` with its `id`.
 */
export function lateDeliveries(
  db: D1Database,
  late: readonly LateNotification[],
  at: number,
  condition: SQL,
): Statement[] {
  if (late.length === 0) return [];
  const rows = late.map(({ id, body, recipients }) => ({
    ...{ id, at, position: null, subject: subjectOf(body) },
    urgency: URGENCY[severityOf(body.type, body.data.incident)],
    reached: isBeginning(body.type) ? 0 : null,
    to: Object.fromEntries(recipients.map(({ id: channel, routeId }) => [channel, routeId ?? ''])),
  }));
  const subjects = (urgency: number) => rows.flatMap((row) => (row.urgency === urgency ? [row.subject] : []));
  return [
    ...([0, 1] as const).flatMap((urgency) =>
      subjects(urgency).length === 0 ? [] : [raiseUrgency(db, subjects(urgency), urgency)],
    ),
    ...inParts(rows).map((json) =>
      insertFrom(
        db,
        deliveries,
        NEW_DELIVERY,
        sql`from json_each(${json}) n cross join ${channels} c
          where ${condition} and c.id in (select key from json_each(n.value, '$.to'))
            and (c.enabled = 1 or c.disabled_reason is not null)`,
      ).onConflictDoNothing(),
    ),
    wakeHeads(
      db,
      rows.map(({ subject }) => subject),
    ),
  ];
}

/** Only for channels that receive the other one too, and that people read: a program gets both. */
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
          select 1 from ${channels} c where c.id = b.channel_id and ${isForPeople(sql`c.type`)}) and exists (
          select 1 from ${deliveries} e where e.notification_id = n.value ->> 'by' and e.channel_id = b.channel_id)`),
    );
