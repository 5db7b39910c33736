// Owns the tables of D1, in drizzle. Rows that people read are relational, rows that the coordinator writes are compact.
// Times are integers, ms since the epoch. Changes only add: the previous Worker must run on the new schema.
import { blob, index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { EndReason, Quorum } from '../engine/model/state.ts';

/** One row for each report or change. `id` encodes shard and seq, so its uniqueness is the only lock. */
export const journal = sqliteTable('journal', {
  id: integer('id').primaryKey(),
  /** Number of the tick that wrote it. 0 for a change of the API. */
  tick: integer('tick').notNull(),
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

/** Monitors that run together: their snapshot after journal row `seq`, and their newest tick. */
export const shards = sqliteTable('shards', {
  number: integer('number').primaryKey(),
  seq: integer('seq').notNull(),
  /** Counts the ticks: the newest one has this number, and every older one starts no more runs. */
  tick: integer('tick').notNull(),
  tickAt: integer('tick_at').notNull(),
  snapshot: text('snapshot').notNull(),
});

export interface AlertColumn {
  quorum: Quorum;
  failures: number;
  recoveries: number;
  confirmSeconds: number;
}

/** `number` is never reused. `id` is the user's slug. */
export const monitors = sqliteTable('monitors', {
  number: integer('number').primaryKey(),
  id: text('id').notNull().unique(),
  name: text('name').notNull(),
  /** Secrets are listed by name, each with the value null. */
  check: text('check', { mode: 'json' }).$type<{ type: string } & Record<string, unknown>>().notNull(),
  /** Values of the secrets by name, as encrypted JSON (AES-GCM). Null if the check has none. */
  secrets: text('secrets'),
  intervalSeconds: integer('interval_seconds').notNull(),
  locations: text('locations', { mode: 'json' }).$type<'all' | string[]>().notNull(),
  alert: text('alert', { mode: 'json' }).$type<AlertColumn>().notNull(),
  channels: text('channels', { mode: 'json' }).$type<'all' | string[]>().notNull(),
  tags: text('tags', { mode: 'json' }).$type<Record<string, string>>().notNull(),
  /** Ids of the monitors that this one depends on. */
  dependsOn: text('depends_on', { mode: 'json' }).$type<string[]>().notNull().default([]),
  public: integer('public', { mode: 'boolean' }).notNull(),
  paused: integer('paused', { mode: 'boolean' }).notNull(),
  /** Increases with every change of the row. `If-Match` and commits compare it. */
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
    /** Verdict of a monitor, or condition of a location. */
    verdict: text('verdict', { enum: ['partial', 'down', 'quarantined', 'lost'] }).notNull(),
    startedAt: integer('started_at').notNull(),
    detectedAt: integer('detected_at').notNull(),
    resolvedAt: integer('resolved_at'),
    /** Why the incident ended. Null if the target recovered. */
    reason: text('reason').$type<EndReason>(),
    /** Location ids that failed at the last notification; their evidence is stored in the API's form. */
    scope: text('scope', { mode: 'json' }).$type<string[]>().notNull(),
    quorum: text('quorum', { mode: 'json' }).$type<unknown>().notNull(),
    evidence: text('evidence', { mode: 'json' }).$type<unknown[]>().notNull(),
    /** Id of the location if the incident is a location's. Then the monitor is 0 and ''. */
    location: text('location'),
  },
  (t) => [index('incidents_by_start').on(t.startedAt, t.id)],
);

/** Maintenances and silences as people write them. The engine knows them as absolute spans. */
export const windows = sqliteTable(
  'windows',
  {
    kind: text('kind', { enum: ['maintenance', 'silence'] }).notNull(),
    id: text('id').notNull(),
    /** The planned work, or the reason for the silence. */
    name: text('name').notNull(),
    monitors: text('monitors', { mode: 'json' }).$type<'all' | string[]>().notNull(),
    schedule: text('schedule', { mode: 'json' }).$type<Schedule>().notNull(),
    version: integer('version').notNull().default(1),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.kind, t.id] })],
);

/** Once, or recurring: a cron expression of the start times, in the local time of an IANA time zone. */
export type Schedule =
  | { readonly startsAt: number; readonly endsAt: number }
  | { readonly cron: string; readonly durationMinutes: number; readonly timeZone: string };

/** Where notifications go. The config is encrypted (AES-GCM), and the API never returns its secrets. */
export const channels = sqliteTable('channels', {
  id: text('id').primaryKey(),
  type: text('type').notNull(),
  name: text('name').notNull(),
  /** The whole config as encrypted JSON. */
  sealedConfig: text('sealed_config').notNull(),
  /** The config without its secrets. */
  publicConfig: text('public_config', { mode: 'json' }).$type<Record<string, unknown>>().notNull(),
  enabled: integer('enabled', { mode: 'boolean' }).notNull(),
  /** Why the coordinator disabled the channel, in words. Null if it is enabled, or a person disabled it. */
  disabledReason: text('disabled_reason'),
  /** Time of the newest delivery that the receiver accepted. */
  lastSuccessAt: integer('last_success_at'),
  /** Time of the first failed attempt since the newest success. Null while attempts succeed. */
  failingSince: integer('failing_since'),
  /** The newest error of an attempt, without secrets. Null after a success. */
  lastError: text('last_error'),
  /** Only the holder of the lease may send, so that one delivery at a time is in flight for a channel. */
  lease: text('lease'),
  leasedUntil: integer('leased_until').notNull().default(0),
  version: integer('version').notNull().default(1),
  createdAt: integer('created_at').notNull(),
  updatedAt: integer('updated_at').notNull(),
});

/** A notification in the form of the webhook body. Each channel formats it from there. */
export const notifications = sqliteTable('notifications', {
  id: text('id').primaryKey(),
  event: text('event').notNull(),
  at: integer('at').notNull(),
  monitorId: text('monitor_id'),
  incidentId: text('incident_id'),
  body: text('body', { mode: 'json' }).$type<unknown>().notNull(),
});

/** The outbox: the delivery of a notification to one channel. `position` is the order of the commits. */
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
