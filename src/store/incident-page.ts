// Owns what the page of one incident reads beside its row, in one statement: what people did, what was sent to whom, what
// people wrote for readers, and what may have held a notification back. Does not decide why something was not sent.
import { sql } from 'drizzle-orm';
import type { AlertPlan } from '../routing/model.ts';
import type { UpdateStatus } from '../status-pages/model.ts';
import { newestPings, PING_JSON } from './heartbeat-page.ts';
import type { IncidentActionRow } from './incident-actions.ts';
import type { IncidentRow } from './incidents.ts';
import type { StoredPing } from './pings.ts';
import {
  alerts,
  channels,
  deliveries,
  incidentActions,
  incidents,
  incidentUpdates,
  monitors,
  notifications,
  publicIncidents,
  routes,
  type Schedule,
  windows,
} from './schema.ts';
import { readUnion } from './union.ts';

type Tags = Readonly<Record<string, string>>;

export interface IncidentMonitorNow {
  readonly tags: Tags;
  readonly group: string | null;
  readonly paused: 0 | 1;
}

export interface SentNotification {
  readonly id: string;
  readonly event: string;
  readonly at: number;
  readonly position: number;
}

export interface SentDelivery {
  readonly notificationId: string;
  readonly channelId: string;
  readonly state: 'pending' | 'delivered' | 'failed' | 'superseded' | 'merged';
  readonly attempts: number;
  readonly nextAttemptAt: number | null;
  readonly lastError: string | null;
  readonly finishedAt: number | null;
  readonly mergedInto: string | null;
  readonly routeId: string | null;
  /** Null: the channel was deleted. */
  readonly channel: { readonly name: string; readonly type: string; readonly tags: Tags } | null;
  /** Null: no route, or a deleted one. */
  readonly route: { readonly name: string; readonly tags: Tags } | null;
}

export interface WrittenIncident {
  readonly id: string;
  readonly title: string;
  readonly state: 'draft' | 'published';
  readonly status: UpdateStatus;
  readonly resolvedAt: number | null;
  readonly tags: Tags;
  /** Oldest first. */
  readonly updates: readonly {
    readonly id: string;
    readonly at: number;
    readonly status: UpdateStatus;
    readonly body: string;
    readonly authorName: string;
    readonly notify: 0 | 1;
  }[];
}

export interface CoveringWindow {
  readonly kind: 'maintenance' | 'silence';
  readonly id: string;
  readonly name: string;
  readonly monitors: 'all' | readonly string[];
  readonly tags: readonly string[];
  readonly schedule: Schedule;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** An incident of a monitor that this one depends on. */
export interface UpstreamIncident {
  readonly id: string;
  readonly monitorId: string;
  readonly monitorName: string;
  readonly verdict: IncidentRow['verdict'];
  readonly detectedAt: number;
  readonly resolvedAt: number | null;
  readonly tags: Tags;
}

export interface OpenAlert {
  readonly plan: AlertPlan;
  readonly nextAt: number | null;
  readonly endedAt: number | null;
}

export interface IncidentDetails {
  /** Null: the monitor was deleted, or it is an incident of a location. */
  readonly monitor: IncidentMonitorNow | null;
  readonly actions: readonly IncidentActionRow[];
  readonly notifications: readonly SentNotification[];
  readonly deliveries: readonly SentDelivery[];
  readonly written: readonly WrittenIncident[];
  readonly windows: readonly CoveringWindow[];
  readonly upstream: readonly UpstreamIncident[];
  readonly alerts: readonly OpenAlert[];
  /** The newest notification that says whether the monitor flaps. */
  readonly flapping: { readonly event: string; readonly at: number } | null;
  /** Of a heartbeat: those before the incident was found, the newest first. */
  readonly pings: readonly StoredPing[];
}

/** More notifications of one incident than a page shows. */
const MAX_NOTIFICATIONS = 200;
const MAX_UPSTREAM = 20;
const MAX_PINGS = 5;
/** Older ones are not looked for. */
const SEARCHED_PINGS = 10_000;

/** One statement. The row of the incident was read before. */
export async function readIncidentDetails(
  db: D1Database,
  { id, monitorNumber, monitorId, startedAt, detectedAt, resolvedAt }: IncidentRow,
  now: number,
): Promise<IncidentDetails> {
  const until = resolvedAt ?? now;
  const isMonitor = sql`m.number = ${monitorNumber} and m.id = ${monitorId} and ${monitorId} <> ''`;
  const sent = sql`(select * from ${notifications} where incident_id = ${id}
    order by position desc, id desc limit ${MAX_NOTIFICATIONS})`;
  const { rows } = await readUnion(
    db,
    ['data'],
    [
      {
        kind: 'monitor',
        columns: { data: sql`json_object('tags', json(m.tags), 'group', m.group_name, 'paused', m.paused)` },
        rest: sql`from ${monitors} m where ${isMonitor}`,
      },
      {
        kind: 'action',
        columns: {
          data: sql`json_object('id', a.id, 'incidentId', a.incident_id, 'at', a.at, 'action', a.action,
            'actorType', a.actor_type, 'actorId', a.actor_id, 'actorName', a.actor_name, 'via', a.via,
            'text', a.text, 'snoozedUntil', a.snoozed_until)`,
        },
        rest: sql`from ${incidentActions} a where a.incident_id = ${id} order by a.at, a.id`,
      },
      {
        kind: 'notification',
        columns: { data: sql`json_object('id', n.id, 'event', n.event, 'at', n.at, 'position', n.position)` },
        rest: sql`from ${sent} n`,
      },
      {
        kind: 'delivery',
        columns: {
          data: sql`json_object('notificationId', d.notification_id, 'channelId', d.channel_id, 'state', d.state,
            'attempts', d.attempts, 'nextAttemptAt', iif(d.turn = 'waiting', d.next_attempt_at, null),
            'lastError', d.last_error, 'finishedAt', d.finished_at,
            'mergedInto', nullif(d.merged_into, d.notification_id), 'routeId', d.route_id,
            'channel', iif(c.id is null, null, json_object('name', c.name, 'type', c.type, 'tags', json(c.tags))),
            'route', iif(r.id is null, null, json_object('name', r.name, 'tags', json(r.tags))))`,
        },
        rest: sql`from ${sent} n join ${deliveries} d on d.notification_id = n.id
          left join ${channels} c on c.id = d.channel_id left join ${routes} r on r.id = d.route_id
          order by d.channel_id`,
      },
      {
        kind: 'written',
        columns: {
          data: sql`json_object('id', p.id, 'title', p.title, 'state', p.state, 'status', p.status,
            'resolvedAt', p.resolved_at, 'tags', json(p.tags), 'updates', (
              select json_group_array(json_object('id', u.id, 'at', u.at, 'status', u.status, 'body', u.body,
                'authorName', u.author_name, 'notify', u.notify))
              from (select * from ${incidentUpdates} w where w.public_incident_id = p.id order by w.at, w.id) u))`,
        },
        rest: sql`from ${publicIncidents} p where p.state <> 'discarded'
          and exists (select 1 from json_each(p.incidents) x where x.value = ${id})
          order by p.started_at desc, p.id desc limit 5`,
      },
      {
        kind: 'window',
        columns: {
          data: sql`json_object('kind', w.kind, 'id', w.id, 'name', w.name, 'monitors', json(w.monitors),
            'tags', json(w.tags), 'schedule', json(w.schedule), 'createdAt', w.created_at,
            'updatedAt', w.updated_at)`,
        },
        rest: sql`from ${windows} w where ${monitorId} <> '' and w.created_at <= ${until}`,
      },
      {
        kind: 'upstream',
        columns: {
          data: sql`json_object('id', i.id, 'monitorId', i.monitor_id, 'monitorName', i.monitor_name,
            'verdict', i.verdict, 'detectedAt', i.detected_at, 'resolvedAt', i.resolved_at, 'tags', json(o.tags))`,
        },
        rest: sql`from (
            with recursive above(id) as (
              select d.value from ${monitors} m, json_each(m.depends_on) d where ${isMonitor}
              union
              select d.value from above join ${monitors} o on o.id = above.id, json_each(o.depends_on) d)
            select id from above) x
          join ${monitors} o on o.id = x.id
          join ${incidents} i on i.monitor_id = o.id and i.monitor_number = o.number
          where i.detected_at <= ${until} and (i.resolved_at is null or i.resolved_at >= ${startedAt})
          order by i.detected_at limit ${MAX_UPSTREAM}`,
      },
      {
        kind: 'alert',
        columns: { data: sql`json_object('plan', json(a.plan), 'nextAt', a.next_at, 'endedAt', a.ended_at)` },
        rest: sql`from ${alerts} a where a.incident_id = ${id} order by a.opened_at desc limit 3`,
      },
      {
        kind: 'flapping',
        columns: { data: sql`json_object('event', n.event, 'at', n.at)` },
        rest: sql`from ${notifications} n where ${monitorId} <> '' and n.monitor_id = ${monitorId}
          and n.event in ('monitor.flapping', 'monitor.flapping_ended') and n.at <= ${until}
          order by n.position desc limit 1`,
      },
      {
        kind: 'ping',
        columns: { data: PING_JSON },
        rest: sql`from (select * from (${newestPings(sql`${monitorNumber}`, SEARCHED_PINGS)})
          where at <= ${detectedAt} order by id desc limit ${MAX_PINGS})`,
      },
    ],
  );
  const of = <T>(wanted: string): T[] =>
    rows.flatMap(({ kind, data }) => (kind === wanted ? [JSON.parse(data as string) as T] : []));
  return {
    monitor: of<IncidentMonitorNow>('monitor')[0] ?? null,
    actions: of<IncidentActionRow>('action').toSorted((a, b) => a.at - b.at),
    notifications: of<SentNotification>('notification').toSorted(
      (a, b) => a.position - b.position || a.at - b.at,
    ),
    deliveries: of('delivery'),
    written: of('written'),
    ...{ windows: of<CoveringWindow>('window'), upstream: of<UpstreamIncident>('upstream') },
    alerts: of('alert'),
    pings: of<StoredPing>('ping').toSorted((a, b) => b.seq - a.seq),
    flapping: of<NonNullable<IncidentDetails['flapping']>>('flapping')[0] ?? null,
  };
}
