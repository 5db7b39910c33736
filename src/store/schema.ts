// The tables of D1, in drizzle. Relational where people ask questions, packed where machines write.
// Times are integers, ms since the epoch. Additive changes only: the previous Worker runs on the new schema.
import { blob, index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { Quorum } from '../engine/model/state.ts';

/** One row a report or a change. `id` encodes cohort and seq, so its uniqueness is the only lock. */
export const journal = sqliteTable('journal', {
  id: integer('id').primaryKey(),
  tick: text('tick').notNull(),
  commitId: text('commit_id').notNull(),
  at: integer('at').notNull(),
  kind: text('kind', { enum: ['report', 'change'] }).notNull(),
  location: integer('location'),
  monitors: blob('monitors', { mode: 'buffer' }),
  starts: blob('starts', { mode: 'buffer' }),
  outcomes: blob('outcomes', { mode: 'buffer' }),
  phases: blob('phases', { mode: 'buffer' }),
  detail: text('detail', { mode: 'json' }).$type<unknown>(),
});

/** Monitors that run together: their packed state after journal row `seq`, and the newest tick that works on them. */
export const shards = sqliteTable('shards', {
  number: integer('number').primaryKey(),
  seq: integer('seq').notNull(),
  tick: text('tick').notNull(),
  tickAt: integer('tick_at').notNull(),
  snapshot: text('snapshot').notNull(),
});

export interface AlertColumn {
  quorum: Quorum;
  failures: number;
  recoveries: number;
  confirmSeconds: number;
}

/** `number` is given once and never again; `id` is the user's slug. */
export const monitors = sqliteTable('monitors', {
  number: integer('number').primaryKey(),
  id: text('id').notNull().unique(),
  name: text('name').notNull(),
  /** Its secrets by name, each with the value null. */
  check: text('check', { mode: 'json' }).$type<{ type: string } & Record<string, unknown>>().notNull(),
  /** The values of its secrets by name, as sealed JSON (AES-GCM); null when it has none. */
  secrets: text('secrets'),
  intervalSeconds: integer('interval_seconds').notNull(),
  locations: text('locations', { mode: 'json' }).$type<'all' | string[]>().notNull(),
  alert: text('alert', { mode: 'json' }).$type<AlertColumn>().notNull(),
  channels: text('channels', { mode: 'json' }).$type<'all' | string[]>().notNull(),
  tags: text('tags', { mode: 'json' }).$type<Record<string, string>>().notNull(),
  /** Ids of the monitors without which this one cannot be up. */
  dependsOn: text('depends_on', { mode: 'json' }).$type<string[]>().notNull().default([]),
  public: integer('public', { mode: 'boolean' }).notNull(),
  paused: integer('paused', { mode: 'boolean' }).notNull(),
  /** Goes up with every change of the row: what `If-Match` and a commit compare. */
  version: integer('version').notNull().default(1),
  createdAt: integer('created_at').notNull(),
  updatedAt: integer('updated_at').notNull(),
});

/** The stored span of a confirmed verdict. Downtime is derived, never stored. */
export const incidents = sqliteTable(
  'incidents',
  {
    id: text('id').primaryKey(),
    monitorNumber: integer('monitor_number').notNull(),
    monitorId: text('monitor_id').notNull(),
    monitorName: text('monitor_name').notNull(),
    public: integer('public', { mode: 'boolean' }).notNull(),
    state: text('state', { enum: ['open', 'resolved'] }).notNull(),
    /** Of a monitor, or what a location is. */
    verdict: text('verdict', { enum: ['partial', 'down', 'quarantined', 'lost'] }).notNull(),
    startedAt: integer('started_at').notNull(),
    detectedAt: integer('detected_at').notNull(),
    resolvedAt: integer('resolved_at'),
    /** Why it ended, when not because the target came back. */
    reason: text('reason'),
    /** Location ids that failed at the last notification, and their testimony in the API's form. */
    scope: text('scope', { mode: 'json' }).$type<string[]>().notNull(),
    quorum: text('quorum', { mode: 'json' }).$type<unknown>().notNull(),
    evidence: text('evidence', { mode: 'json' }).$type<unknown[]>().notNull(),
    /** Set where the incident is a location's: then the monitor is 0 and ''. */
    location: text('location'),
  },
  (t) => [index('incidents_by_start').on(t.startedAt, t.id)],
);

/** Maintenance and silences, as people wrote them; the engine knows them as absolute spans. */
export const windows = sqliteTable(
  'windows',
  {
    kind: text('kind', { enum: ['maintenance', 'silence'] }).notNull(),
    id: text('id').notNull(),
    /** What is done, or why nobody is to be told. */
    name: text('name').notNull(),
    monitors: text('monitors', { mode: 'json' }).$type<'all' | string[]>().notNull(),
    schedule: text('schedule', { mode: 'json' }).$type<Schedule>().notNull(),
    version: integer('version').notNull().default(1),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.kind, t.id] })],
);

/** Once, or again and again: a cron expression says when it begins, in the local time of an IANA time zone. */
export type Schedule =
  | { readonly startsAt: number; readonly endsAt: number }
  | { readonly cron: string; readonly durationMinutes: number; readonly timeZone: string };

/** Where notifications go. The secret part is sealed (AES-GCM) and never comes back through the API. */
export const channels = sqliteTable('channels', {
  id: text('id').primaryKey(),
  type: text('type').notNull(),
  name: text('name').notNull(),
  /** The whole config as sealed JSON. */
  sealedConfig: text('sealed_config').notNull(),
  /** The config with its secrets left out. */
  publicConfig: text('public_config', { mode: 'json' }).$type<Record<string, unknown>>().notNull(),
  enabled: integer('enabled', { mode: 'boolean' }).notNull(),
  /** One delivery is in flight a channel: whoever holds the lease may send. */
  lease: text('lease'),
  leasedUntil: integer('leased_until').notNull().default(0),
  version: integer('version').notNull().default(1),
  createdAt: integer('created_at').notNull(),
  updatedAt: integer('updated_at').notNull(),
});

/** A message, in the form of the webhook body; each channel shapes it from there. */
export const notifications = sqliteTable('notifications', {
  id: text('id').primaryKey(),
  event: text('event').notNull(),
  at: integer('at').notNull(),
  monitorId: text('monitor_id'),
  incidentId: text('incident_id'),
  body: text('body', { mode: 'json' }).$type<unknown>().notNull(),
});

/** The outbox: a notification on its way to one channel. `position` is the order in which notifications were committed. */
export const deliveries = sqliteTable(
  'deliveries',
  {
    notificationId: text('notification_id').notNull(),
    channelId: text('channel_id').notNull(),
    position: integer('position').notNull(),
    state: text('state', { enum: ['pending', 'delivered', 'failed'] }).notNull(),
    attempts: integer('attempts').notNull().default(0),
    nextAttemptAt: integer('next_attempt_at').notNull(),
    lastStatus: integer('last_status'),
    lastError: text('last_error'),
    finishedAt: integer('finished_at'),
  },
  (t) => [
    primaryKey({ columns: [t.notificationId, t.channelId] }),
    index('deliveries_due').on(t.state, t.nextAttemptAt),
  ],
);
