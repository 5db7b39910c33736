// Owns the tables of D1, in drizzle. Rows that people read are relational, rows that the coordinator writes are compact.
// Times are integers, ms since the epoch. Changes only add: the previous Worker must run on the new schema.
// More than 300 lines, because drizzle-kit reads one file.
import { sql } from 'drizzle-orm';
import {
  blob,
  index,
  integer,
  primaryKey,
  real,
  sqliteTable,
  text,
  uniqueIndex,
} from 'drizzle-orm/sqlite-core';
import { ROLES } from '../access/role.ts';
import type { EndReason, Quorum } from '../engine/model/state.ts';
import type { TickStarter } from '../env.ts';
import { PING_KINDS } from '../heartbeats/memory.ts';
import type { AlertPlan, Override, Rotation, RouteMatch, RouteStep, WeekTimes } from '../routing/model.ts';
import type {
  ComponentImpact,
  PageAccess,
  PageConfig,
  SubscriptionScope,
  UpdateStatus,
} from '../status-pages/model.ts';

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
  /** Of all other columns but the last. A row with another checksum is damaged. */
  checksum: text('checksum').notNull(),
  /** 1: its transaction made `monitor_states` what the state is after this row. Null: a Worker that does not know them wrote it. */
  statesKept: integer('states_kept'),
});

/** Monitors that run together, and their newest tick. */
export const shards = sqliteTable('shards', {
  number: integer('number').primaryKey(),
  /** Counts the ticks: the newest one has this number, and every older one starts no more runs. */
  tick: integer('tick').notNull(),
  tickAt: integer('tick_at').notNull(),
  /** Who started the newest tick: a `TickStarter`. Null: a Worker that does not know it wrote the row. */
  tickSource: text('tick_source').$type<TickStarter>(),
  /** When cron newest started a tick. Null: never since this column exists. */
  cronAt: integer('cron_at'),
  /** The first tick of another starter after that. Null while cron starts the ticks. */
  otherSince: integer('other_since'),
});

/** Parts of two checkpoints: the state after journal row `seq`. `id` encodes shard, checkpoint and part. */
export const snapshots = sqliteTable('snapshots', {
  id: integer('id').primaryKey(),
  seq: integer('seq').notNull(),
  /** When the checkpoint was written. */
  at: integer('at').notNull(),
  part: integer('part').notNull(),
  parts: integer('parts').notNull(),
  /** Checksum of the whole text, the same in all parts. */
  whole: text('whole').notNull(),
  data: text('data').notNull(),
  /** Of all other columns. */
  checksum: text('checksum').notNull(),
});

/** Rows that a rebuild removed from `journal` and `snapshots`, exactly as they were: kept for a person. */
const removedRow = {
  number: integer('number').primaryKey(),
  /** Id of the notification `state.rebuilt` that reports it. */
  rebuildId: text('rebuild_id').notNull(),
  removedAt: integer('removed_at').notNull(),
  /** `id` of the row. */
  sourceId: integer('source_id'),
};

/** A damaged journal row, and the rows after it: without it they cannot be applied. */
export const damagedJournal = sqliteTable('damaged_journal', {
  ...removedRow,
  tick: text('tick'),
  commitId: text('commit_id'),
  at: integer('at'),
  kind: text('kind'),
  location: integer('location'),
  monitors: blob('monitors', { mode: 'buffer' }),
  starts: blob('starts', { mode: 'buffer' }),
  outcomes: blob('outcomes', { mode: 'buffer' }),
  phases: blob('phases', { mode: 'buffer' }),
  detail: text('detail'),
  checksum: text('checksum'),
});

export const damagedSnapshots = sqliteTable('damaged_snapshots', {
  ...removedRow,
  seq: integer('seq'),
  at: integer('at'),
  part: integer('part'),
  parts: integer('parts'),
  whole: text('whole'),
  data: text('data'),
  checksum: text('checksum'),
});

export interface AlertColumn {
  quorum: Quorum;
  failures: number;
  recoveries: number;
  confirmSeconds: number;
}

/** `number` is never reused. `id` is the user's slug. */
export const monitors = sqliteTable(
  'monitors',
  {
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
    /** Shorthand for a route. `default`: by the routes, or the default channels of the mesh. */
    channels: text('channels', { mode: 'json' }).$type<'default' | string[]>().notNull(),
    /** Monitors that belong together, such as a product. Routes match it. Null: none. */
    group: text('group_name'),
    /** Service level objective in percent, such as 99.9. Null: none. */
    sloTarget: real('slo_target'),
    /** What the monitor is, in words for people who are on call. */
    description: text('description'),
    /** Address of the instructions for people who are on call. */
    runbookUrl: text('runbook_url'),
    tags: text('tags', { mode: 'json' }).$type<Record<string, string>>().notNull(),
    /** Ids of the monitors that this one depends on. */
    dependsOn: text('depends_on', { mode: 'json' }).$type<string[]>().notNull().default([]),
    public: integer('public', { mode: 'boolean' }).notNull(),
    paused: integer('paused', { mode: 'boolean' }).notNull(),
    /** Increases with every change of the row. `If-Match` and commits compare it. */
    version: integer('version').notNull().default(1),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (t) => [index('monitors_with_secrets').on(t.number).where(sql`${t.secrets} is not null`)],
);

/** The stored span of a confirmed verdict. Downtime is derived, never stored. */
export const incidents = sqliteTable(
  'incidents',
  {
    id: text('id').primaryKey(),
    monitorNumber: integer('monitor_number').notNull(),
    monitorId: text('monitor_id').notNull(),
    monitorName: text('monitor_name').notNull(),
    /** Whether the monitor was public when the incident opened. Cleared when it goes private or is deleted, and never set again. */
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
    /** When the evidence expired: it is empty since. Null if it is kept. */
    evidenceDeletedAt: integer('evidence_deleted_at'),
    /** Id of the location if the incident is a location's. Then the monitor is 0 and ''. */
    location: text('location'),
    /** When a person acknowledged the incident as it is now, and who. Null: no person did. */
    acknowledgedAt: integer('acknowledged_at'),
    acknowledgedBy: text('acknowledged_by'),
    /** Reminders and escalation wait until then. Null: not snoozed. */
    snoozedUntil: integer('snoozed_until'),
  },
  (t) => [
    index('incidents_by_start').on(t.startedAt, t.id),
    index('incidents_by_state').on(t.state, t.startedAt, t.id),
    index('incidents_by_monitor').on(t.monitorId, t.state, t.startedAt, t.id),
    index('incidents_by_location')
      .on(t.location, t.state, t.startedAt, t.id)
      .where(sql`${t.location} is not null`),
    index('incidents_public_by_start').on(t.state, t.startedAt, t.id).where(sql`${t.public} = 1`),
    index('incidents_public_by_end').on(t.state, t.resolvedAt, t.id).where(sql`${t.public} = 1`),
    // Evidence that can expire. An incident enters when it ends and leaves when its evidence is deleted.
    index('incidents_with_evidence')
      .on(t.resolvedAt)
      .where(sql`${t.state} = 'resolved' and ${t.evidence} <> '[]'`),
    // A monitor that goes private or is deleted hides its incidents.
    index('incidents_public_by_monitor').on(t.monitorNumber).where(sql`${t.public} = 1`),
  ],
);

/** Maintenances and silences as people write them. The engine knows them as absolute spans. */
export const windows = sqliteTable(
  'windows',
  {
    kind: text('kind', { enum: ['maintenance', 'silence'] }).notNull(),
    id: text('id').notNull(),
    /** The planned work, or the reason for the silence. */
    name: text('name').notNull(),
    /** All, or those with these ids, besides those that have one of the tags. */
    monitors: text('monitors', { mode: 'json' }).$type<'all' | string[]>().notNull(),
    /** Each is `name` or `name:value`. */
    tags: text('tags', { mode: 'json' }).$type<string[]>().notNull().default([]),
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
  | {
      readonly cron: string;
      readonly durationMinutes: number;
      readonly timeZone: string;
      /** A person ended an occurrence at this time: the one that contains it ends there. */
      readonly endedAt?: number;
    };

/** Where notifications go. The config is encrypted (AES-GCM), and the API never returns its secrets. */
export const channels = sqliteTable('channels', {
  id: text('id').primaryKey(),
  type: text('type').notNull(),
  name: text('name').notNull(),
  /** The whole config as encrypted JSON. */
  sealedConfig: text('sealed_config').notNull(),
  /** The config without its secrets. */
  publicConfig: text('public_config', { mode: 'json' }).$type<Record<string, unknown>>().notNull(),
  /** They decide which restricted people and keys see the channel. */
  tags: text('tags', { mode: 'json' }).$type<Record<string, string>>().notNull().default({}),
  enabled: integer('enabled', { mode: 'boolean' }).notNull(),
  /** Why the coordinator disabled the channel, in words. Null if it is enabled, or a person disabled it. */
  disabledReason: text('disabled_reason'),
  /** Time of the newest delivery that the receiver accepted. */
  lastSuccessAt: integer('last_success_at'),
  /** Time of the first failed attempt since the newest success. Null while attempts succeed. */
  failingSince: integer('failing_since'),
  /** The newest error of an attempt, without secrets. Null after a success. */
  lastError: text('last_error'),
  /** Failed attempts in a row since the newest success. */
  failedAttempts: integer('failed_attempts').notNull().default(0),
  /** Other channels were notified of the failures since `failingSince`. Their end is then notified too. */
  failureNotified: integer('failure_notified', { mode: 'boolean' }).notNull().default(false),
  /** Number of 410 responses since the newest success, and time of the first of them. */
  goneCount: integer('gone_count').notNull().default(0),
  goneSince: integer('gone_since'),
  /** Only the holder of the lease may send, so that one consumer at a time works for a channel. */
  lease: text('lease'),
  leasedUntil: integer('leased_until').notNull().default(0),
  /** Failed attempts since the newest success. Attempts that ran at the same time count as one. */
  failures: integer('failures').notNull().default(0),
  /** While attempts fail, the channel sends nothing before this time. */
  pausedUntil: integer('paused_until').notNull().default(0),
  /** Templates of title and body. Null: the default texts. */
  templates: text('templates', { mode: 'json' }).$type<ChannelTemplates>(),
  /** Messages that the channel has got since `minuteStartedAt`: of more than a few a minute, one digest is made. */
  minuteStartedAt: integer('minute_started_at').notNull().default(0),
  minuteMessages: integer('minute_messages').notNull().default(0),
  version: integer('version').notNull().default(1),
  createdAt: integer('created_at').notNull(),
  updatedAt: integer('updated_at').notNull(),
});

/** Liquid templates. Without one, the default text is sent. */
export interface ChannelTemplates {
  readonly title?: string | undefined;
  readonly body?: string | undefined;
}

/** What a receiver returned for the first message about an incident, so that later ones can update it. */
export const receipts = sqliteTable(
  'receipts',
  {
    channelId: text('channel_id').notNull(),
    /** What the message is about: the id of the incident, or of the notification that began the condition. */
    key: text('key').notNull(),
    receipt: text('receipt').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.channelId, t.key] }), index('receipts_by_time').on(t.updatedAt)],
);

/** Values of the whole mesh, one row each: `notifications`, `heartbeat`. */
export const settings = sqliteTable('settings', {
  name: text('name').primaryKey(),
  value: text('value', { mode: 'json' }).$type<unknown>().notNull(),
  /** Secrets of the value, as encrypted JSON. Null if it has none. */
  sealed: text('sealed'),
  version: integer('version').notNull().default(1),
  updatedAt: integer('updated_at').notNull(),
});

/** Which notifications go where. Routes apply in order of `position`, then `id`. */
export const routes = sqliteTable('routes', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  position: integer('position').notNull(),
  match: text('match', { mode: 'json' }).$type<RouteMatch>().notNull(),
  /** Whether later routes apply too. */
  continues: integer('continues', { mode: 'boolean' }).notNull(),
  /** The first step is the opening, the others are the escalation. */
  steps: text('steps', { mode: 'json' }).$type<RouteStep[]>().notNull(),
  /** Interval of reminders while the incident is open and not acknowledged. Null: none. */
  repeatMinutes: integer('repeat_minutes'),
  quietHours: text('quiet_hours', { mode: 'json' }).$type<WeekTimes>(),
  enabled: integer('enabled', { mode: 'boolean' }).notNull(),
  /** They decide which restricted people and keys see the route. */
  tags: text('tags', { mode: 'json' }).$type<Record<string, string>>().notNull(),
  version: integer('version').notNull().default(1),
  createdAt: integer('created_at').notNull(),
  updatedAt: integer('updated_at').notNull(),
});

/** Who is on call, and when. */
export const schedules = sqliteTable('schedules', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  timeZone: text('time_zone').notNull(),
  rotations: text('rotations', { mode: 'json' }).$type<Rotation[]>().notNull(),
  overrides: text('overrides', { mode: 'json' }).$type<Override[]>().notNull(),
  tags: text('tags', { mode: 'json' }).$type<Record<string, string>>().notNull(),
  version: integer('version').notNull().default(1),
  createdAt: integer('created_at').notNull(),
  updatedAt: integer('updated_at').notNull(),
});

/**
 * A condition that was notified and may still hold: its escalation, reminders and delayed steps. `id` is that of the
 * notification that began it.
 */
export const alerts = sqliteTable(
  'alerts',
  {
    id: text('id').primaryKey(),
    incidentId: text('incident_id'),
    monitorId: text('monitor_id'),
    openedAt: integer('opened_at').notNull(),
    /** What the routes said when it began: an edit of a route changes no open alert. */
    plan: text('plan', { mode: 'json' }).$type<AlertPlan>().notNull(),
    /** Escalation and reminders stop: a person acknowledged it. */
    acknowledgedAt: integer('acknowledged_at'),
    snoozedUntil: integer('snoozed_until'),
    /** It is over, or another alert of the same incident replaces it. */
    endedAt: integer('ended_at'),
    /** When the next step or reminder is due. Null: nothing is due any more. */
    nextAt: integer('next_at'),
    /** Increases with every change: it is the lock. */
    version: integer('version').notNull().default(1),
  },
  (t) => [
    index('alerts_due').on(t.nextAt).where(sql`${t.nextAt} is not null`),
    index('alerts_open').on(t.openedAt).where(sql`${t.endedAt} is null`),
    index('alerts_by_incident').on(t.incidentId).where(sql`${t.incidentId} is not null`),
    index('alerts_by_end').on(t.endedAt).where(sql`${t.endedAt} is not null`),
  ],
);

/** What people did with an incident: acknowledged, snoozed, commented. */
export const incidentActions = sqliteTable(
  'incident_actions',
  {
    id: text('id').primaryKey(),
    incidentId: text('incident_id').notNull(),
    at: integer('at').notNull(),
    action: text('action', { enum: ['acknowledged', 'unacknowledged', 'snoozed', 'commented'] }).notNull(),
    actorType: text('actor_type').notNull(),
    actorId: text('actor_id').notNull(),
    actorName: text('actor_name').notNull(),
    /** How it came: `api`, `link`, `slack`, `pagerduty`. */
    via: text('via').notNull(),
    text: text('text'),
    snoozedUntil: integer('snoozed_until'),
  },
  (t) => [index('incident_actions_by_incident').on(t.incidentId, t.at, t.id)],
);

/** A notification in the form of the webhook body. Each channel formats it from there. */
export const notifications = sqliteTable(
  'notifications',
  {
    id: text('id').primaryKey(),
    event: text('event').notNull(),
    at: integer('at').notNull(),
    /** The order of the commits. */
    position: integer('position').notNull().default(0),
    monitorId: text('monitor_id'),
    incidentId: text('incident_id'),
    /** Id of the notification whose condition this one ends. Null if it ends nothing. */
    ends: text('ends'),
    body: text('body', { mode: 'json' }).$type<unknown>().notNull(),
  },
  (t) => [
    index('notifications_by_monitor').on(t.monitorId, t.position, t.id),
    index('notifications_by_incident').on(t.incidentId, t.position, t.id),
    index('notifications_by_event').on(t.event, t.position, t.id),
  ],
);

/**
 * The outbox: the delivery of a notification to one channel. `position` is the order of the commits. The pending
 * deliveries of one channel and subject are a line: only its first one, the head, may be sent. Queries name the states as
 * literals, because SQLite uses a partial index only then.
 */
export const deliveries = sqliteTable(
  'deliveries',
  {
    notificationId: text('notification_id').notNull(),
    channelId: text('channel_id').notNull(),
    position: integer('position').notNull(),
    /** What the notification is about: `monitor/web-1`. */
    subject: text('subject').notNull().default(''),
    /** 0 critical, 1 warning, 2 info: the most severe of this delivery and those behind it in its line. */
    urgency: integer('urgency').notNull().default(2),
    /**
     * Pending: deliver. Delivered, failed: over. Merged: another message carries it, see `merged_into`. Superseded: it has
     * no meaning any more.
     */
    state: text('state', { enum: ['pending', 'delivered', 'failed', 'superseded', 'merged'] }).notNull(),
    /** Of the head of a line: it can be sent now, or after `next_attempt_at`. Null behind the head, and when finished. */
    turn: text('turn', { enum: ['ready', 'waiting'] }),
    /** A success of another delivery made this one due before its time. */
    released: integer('released', { mode: 'boolean' }).notNull().default(false),
    /** Whether an attempt can have reached the receiver. Null if nothing depends on that. */
    reached: integer('reached', { mode: 'boolean' }),
    /** Id of the notification that is sent in place of this one, unless an attempt can have reached the receiver. */
    supersededBy: text('superseded_by'),
    /** The notification is sent in place of the one that opened the incident, and its body states that. */
    openedNotSent: integer('opened_not_sent', { mode: 'boolean' }).notNull().default(false),
    attempts: integer('attempts').notNull().default(0),
    /** Compared while `turn` is `waiting` only. */
    nextAttemptAt: integer('next_attempt_at').notNull(),
    lastStatus: integer('last_status'),
    lastError: text('last_error'),
    /** The beginning of the newest response, without secrets. */
    lastResponse: text('last_response'),
    /** Why the default text was sent in place of a template. */
    warning: text('warning'),
    /** Id of the route that named the channel. Null: the monitor's or the default channels. */
    routeId: text('route_id'),
    /** It waits until then to be gathered with others into one message. */
    heldUntil: integer('held_until'),
    /**
     * Id of the notification whose message carries this one. It is set before the first attempt of that message, and never
     * changes while that message is pending. Its own id if its message carries others, or was attempted. Only on channels
     * that people read.
     */
    mergedInto: text('merged_into'),
    /** When it was queued, or queued again, by the clock of D1. The age of a delivery counts from here. */
    createdAt: integer('created_at').notNull().default(0),
    finishedAt: integer('finished_at'),
  },
  (t) => [
    primaryKey({ columns: [t.notificationId, t.channelId] }),
    index('deliveries_pending')
      .on(t.channelId, t.position, t.notificationId)
      .where(sql`${t.state} = 'pending'`),
    index('deliveries_finished')
      .on(t.channelId, t.state, t.position, t.notificationId)
      .where(sql`${t.state} <> 'pending'`),
    index('deliveries_line')
      .on(t.channelId, t.subject, t.urgency, t.position)
      .where(sql`${t.state} = 'pending'`),
    index('deliveries_ready').on(t.channelId, t.urgency, t.position).where(sql`${t.turn} = 'ready'`),
    index('deliveries_waiting').on(t.channelId, t.nextAttemptAt).where(sql`${t.turn} = 'waiting'`),
    index('deliveries_merged').on(t.mergedInto, t.channelId).where(sql`${t.mergedInto} is not null`),
    index('deliveries_openings')
      .on(t.channelId, t.createdAt)
      .where(sql`${t.reached} is not null and ${t.heldUntil} is null`),
  ],
);

/** Since when a monitor is active: ages of ticks and measurements count from there. One row per shard. */
export const activity = sqliteTable('activity', {
  shard: integer('shard').primaryKey(),
  activeSince: integer('active_since').notNull(),
  measuringSince: integer('measuring_since').notNull(),
  idleSince: integer('idle_since'),
  idleAgeMs: integer('idle_age_ms').notNull(),
});

/** A problem of the mesh as the ticks have seen it. */
export interface TrackedReason {
  readonly code: string;
  /** firing: it lasted long enough to be notified. ended: kept until everything else has ended too. */
  readonly state: 'pending' | 'firing' | 'ended';
  /** The first evaluation in a row that found it. */
  readonly since: number;
  /** The first evaluation in a row that did not find it. Null while it lasts. */
  readonly goneSince: number | null;
  readonly detail: string;
}

/** What the ticks have found about the mesh itself. One row: the newest replaces the one before. `seq` is the lock. */
export const health = sqliteTable('health', {
  seq: integer('seq').primaryKey(),
  at: integer('at').notNull(),
  /** Start of the impairment that is notified. Null without one. */
  impairedSince: integer('impaired_since'),
  reasons: text('reasons', { mode: 'json' }).$type<readonly TrackedReason[]>().notNull(),
});

/** When rows that are too old were deleted last. One row per shard: writing it claims the next run. */
export const pruning = sqliteTable('pruning', {
  shard: integer('shard').primaryKey(),
  ranAt: integer('ran_at').notNull(),
  /** Rowid of the newest notification that this pass has read. 0: the next pass begins. */
  notificationCursor: integer('notification_cursor').notNull().default(0),
});

/** What a person or a key may do. `tags` is a restriction: null sees everything. */
const access = {
  role: text('role', { enum: ROLES }),
  tags: text('tags', { mode: 'json' }).$type<string[]>(),
};

/**
 * People who sign in. A person is an issuer and a subject, never an e-mail address. Those of an identity provider get role
 * and tags from their groups at each sign-in, local ones from an admin.
 */
export const people = sqliteTable(
  'people',
  {
    id: text('id').primaryKey(),
    /** The issuer of an identity provider, or `local`. */
    issuer: text('issuer').notNull(),
    subject: text('subject').notNull(),
    name: text('name').notNull(),
    /** For display only. */
    email: text('email'),
    /** Null: the person may not sign in. */
    ...access,
    /** A local account's name, in lower case. Null for people of an identity provider. */
    username: text('username').unique(),
    /** PHC string: algorithm, parameters, salt, hash. Null without a password. */
    passwordHash: text('password_hash'),
    /** Encrypted JSON. Null without an authenticator app. */
    totpSecret: text('totp_secret'),
    /** Number of the newest time step whose code was used: a code works once. */
    totpStep: integer('totp_step').notNull().default(0),
    /** A disabled person cannot sign in, and has no session. */
    disabled: integer('disabled', { mode: 'boolean' }).notNull().default(false),
    /** Channels that reach the person while on call. */
    channels: text('channels', { mode: 'json' }).$type<string[]>().notNull().default([]),
    lastSignInAt: integer('last_sign_in_at'),
    version: integer('version').notNull().default(1),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (t) => [uniqueIndex('people_by_identity').on(t.issuer, t.subject)],
);

/** WebAuthn credentials of local accounts. */
export const passkeys = sqliteTable(
  'passkeys',
  {
    /** Credential id, base64url. */
    id: text('id').primaryKey(),
    personId: text('person_id').notNull(),
    name: text('name').notNull(),
    /** COSE key, base64url. */
    publicKey: text('public_key').notNull(),
    /** Signature counter. 0 if the authenticator has none. */
    counter: integer('counter').notNull(),
    transports: text('transports', { mode: 'json' }).$type<string[]>().notNull(),
    createdAt: integer('created_at').notNull(),
    lastUsedAt: integer('last_used_at'),
  },
  (t) => [index('passkeys_by_person').on(t.personId)],
);

/** Codes that replace an authenticator app once. Only their SHA-256 is stored. */
export const recoveryCodes = sqliteTable(
  'recovery_codes',
  {
    hash: text('hash').primaryKey(),
    personId: text('person_id').notNull(),
    createdAt: integer('created_at').notNull(),
    usedAt: integer('used_at'),
  },
  (t) => [index('recovery_codes_by_person').on(t.personId)],
);

/** Links with which a local person sets a passkey or a password. Only the SHA-256 of the token is stored. */
export const invitations = sqliteTable(
  'invitations',
  {
    hash: text('hash').primaryKey(),
    personId: text('person_id').notNull(),
    createdAt: integer('created_at').notNull(),
    expiresAt: integer('expires_at').notNull(),
  },
  (t) => [index('invitations_by_person').on(t.personId)],
);

/** Sessions of people who signed in. Only the SHA-256 of the cookie is stored. */
export const sessions = sqliteTable(
  'sessions',
  {
    hash: text('hash').primaryKey(),
    /** Names the session on pages and in the API. */
    id: text('id').notNull().unique(),
    personId: text('person_id').notNull(),
    /** `passkey`, `password`, `setup`, `invitation`, or the id of an identity provider. */
    method: text('method').notNull(),
    /** The ID token of an identity provider, encrypted: its logout asks for it. */
    idToken: text('id_token'),
    address: text('address'),
    userAgent: text('user_agent'),
    createdAt: integer('created_at').notNull(),
    /** Written at most once a minute. */
    lastUsedAt: integer('last_used_at').notNull(),
    /** The end of the session, however much it is used. */
    expiresAt: integer('expires_at').notNull(),
  },
  (t) => [index('sessions_by_person').on(t.personId), index('sessions_by_end').on(t.expiresAt)],
);

/** Keys of programs. Only the SHA-256 of a key is stored. */
export const apiKeys = sqliteTable('api_keys', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  /** The beginning of the key, so that a person recognises it. */
  hint: text('hint').notNull(),
  hash: text('hash').notNull().unique(),
  /** Of the key before the last rotation, until the overlap ends. */
  previousHash: text('previous_hash').unique(),
  previousExpiresAt: integer('previous_expires_at'),
  ...access,
  createdBy: text('created_by').notNull(),
  expiresAt: integer('expires_at'),
  revokedAt: integer('revoked_at'),
  /** Written at most once a minute. */
  lastUsedAt: integer('last_used_at'),
  version: integer('version').notNull().default(1),
  createdAt: integer('created_at').notNull(),
  updatedAt: integer('updated_at').notNull(),
});

/** SHA-256 of what works no more: a used setup token, a revoked or rotated bootstrap key, a sign-in that was completed. */
export const usedTokens = sqliteTable(
  'used_tokens',
  {
    hash: text('hash').primaryKey(),
    kind: text('kind', { enum: ['setup', 'bootstrap', 'sign_in', 'interaction', 'page_link'] }).notNull(),
    usedAt: integer('used_at').notNull(),
    /** When it cannot be used any more anyway, so that the row can be deleted. Null: never. */
    expiresAt: integer('expires_at'),
  },
  (t) => [index('used_tokens_by_end').on(t.expiresAt).where(sql`${t.expiresAt} is not null`)],
);

/** Failed sign-ins of one account and class of device in one period. */
export const signInFailures = sqliteTable('sign_in_failures', {
  key: text('key').primaryKey(),
  failures: integer('failures').notNull(),
  since: integer('since').notNull(),
});

/** One group of an identity provider and what its members may do. */
export interface GroupRule {
  readonly group: string;
  readonly role: (typeof ROLES)[number];
  /** Restriction. Null: everything. */
  readonly tags: readonly string[] | null;
}

/** Where people sign in: OpenID Connect issuers, and Cloudflare Access in front of the Worker. */
export const identityProviders = sqliteTable('identity_providers', {
  id: text('id').primaryKey(),
  type: text('type', { enum: ['oidc', 'cloudflare_access'] }).notNull(),
  name: text('name').notNull(),
  issuer: text('issuer').notNull(),
  /** The client id, or the audience tag of the Access application. */
  audience: text('audience').notNull(),
  /** Client secret, encrypted. Null for Access, and for a public client. */
  sealedSecret: text('sealed_secret'),
  scopes: text('scopes', { mode: 'json' }).$type<string[]>().notNull(),
  /** Path of the claim that lists the groups: `groups`, `custom.groups`. */
  groupsClaim: text('groups_claim').notNull(),
  rules: text('rules', { mode: 'json' }).$type<GroupRule[]>().notNull(),
  enabled: integer('enabled', { mode: 'boolean' }).notNull(),
  version: integer('version').notNull().default(1),
  createdAt: integer('created_at').notNull(),
  updatedAt: integer('updated_at').notNull(),
});

/**
 * The audit log: one row for each change, written in the transaction of the change. `seq` has no gaps, and each hash covers
 * the row and the hash before it.
 */
export const auditEntries = sqliteTable(
  'audit_entries',
  {
    seq: integer('seq').primaryKey(),
    at: integer('at').notNull(),
    actorType: text('actor_type', { enum: ['person', 'key', 'system', 'setup', 'channel'] }).notNull(),
    actorId: text('actor_id').notNull(),
    actorName: text('actor_name').notNull(),
    /** Where the request came from. */
    address: text('address'),
    userAgent: text('user_agent'),
    /** Name of the configuration file that the request applied. */
    file: text('file'),
    /** `monitor.updated` */
    action: text('action').notNull(),
    targetType: text('target_type').notNull(),
    targetId: text('target_id').notNull(),
    targetName: text('target_name').notNull(),
    /** JSON without secrets, as text: the hash covers it. Null if there was nothing before, or nothing is left. */
    before: text('before'),
    after: text('after'),
    hash: text('hash').notNull(),
  },
  (t) => [
    index('audit_entries_by_time').on(t.at, t.seq),
    index('audit_entries_by_actor').on(t.actorId, t.seq),
    index('audit_entries_by_target').on(t.targetType, t.targetId, t.seq),
  ],
);

/** The ends of the audit log, signed, so that a removed first or last row is found. One row, number 1. */
export const auditChain = sqliteTable('audit_chain', {
  number: integer('number').primaryKey(),
  /** Sequence number of the oldest kept entry, and the hash before it. Signed by the job that deletes old entries. */
  firstSeq: integer('first_seq').notNull(),
  firstPrevious: text('first_previous').notNull(),
  firstSignature: text('first_signature').notNull(),
  /** Sequence number and hash of the newest entry. Signed by every change. */
  lastSeq: integer('last_seq').notNull(),
  lastHash: text('last_hash').notNull(),
  lastSignature: text('last_signature').notNull(),
});

/** Changes of verdicts and votes that a commit made, for the history. `id` is that of the journal row. */
export const statusChanges = sqliteTable('status_changes', {
  id: integer('id').primaryKey(),
  at: integer('at').notNull(),
  data: text('data', { mode: 'json' }).$type<unknown>().notNull(),
});

/** What lists show of each monitor: a copy of the state, kept by commits, and written only when something shown changes. */
export const monitorStates = sqliteTable('monitor_states', {
  number: integer('number').primaryKey(),
  verdict: text('verdict', { enum: ['up', 'partial', 'down', 'no_data'] }).notNull(),
  since: integer('since').notNull(),
  neverChecked: integer('never_checked', { mode: 'boolean' }).notNull(),
  passing: integer('passing').notNull(),
  failing: integer('failing').notNull(),
  abstaining: integer('abstaining').notNull(),
  /** Codes of the active warnings. */
  warnings: text('warnings', { mode: 'json' }).$type<string[]>().notNull(),
  flapping: integer('flapping', { mode: 'boolean' }).notNull(),
  /** Of the open incident. */
  incidentId: text('incident_id'),
  /** The locations that check it, in their order of phase. */
  votes: text('votes', { mode: 'json' }).$type<StoredVote[]>().notNull(),
  updatedAt: integer('updated_at').notNull(),
});

/**
 * `since`: of a failing vote, the start of its streak; null if a newer observation contradicts it. Of a location that
 * abstains because it measures nothing, its newest measurement. Otherwise null.
 */
export type StoredVote = readonly [
  location: number,
  id: string,
  vote: 'passing' | 'failing' | 'abstaining',
  since: number | null,
];

/** The maintenances as the engine knows them: absolute spans and monitor numbers. Kept like `monitor_states`. */
export const maintenanceSpans = sqliteTable('maintenance_spans', {
  id: text('id').primaryKey(),
  monitors: text('monitors', { mode: 'json' }).$type<'all' | number[]>().notNull(),
  spans: text('spans', { mode: 'json' }).$type<[from: number, to: number][]>().notNull(),
});

/**
 * What locations see of the TLS certificate of a monitor. Written by the commit of a report if a location sees another one,
 * deleted with the monitor, or when its target changes. Nothing decides by it.
 */
export const certificates = sqliteTable('certificates', {
  number: integer('number').primaryKey(),
  /** By id of the location: the fingerprint that it sees. */
  seen: text('seen', { mode: 'json' }).$type<Record<string, string>>().notNull(),
  /** By fingerprint: those of `seen`. */
  byFingerprint: text('by_fingerprint', { mode: 'json' })
    .$type<Record<string, StoredCertificate>>()
    .notNull(),
  updatedAt: integer('updated_at').notNull(),
});

/** Without the fields that the server does not say. */
export interface StoredCertificate {
  readonly subject: string;
  readonly issuer: string;
  /** Host names and addresses that it is for. */
  readonly names?: readonly string[];
  readonly validFrom?: number;
  readonly validTo: number;
  /** The earliest end in the chain that the server presents: never after `validTo`. */
  readonly chainValidTo?: number;
}

/** How far the journal is compacted. One row a shard. `seq` is the lock: two runs never write the same rows twice. */
export const compaction = sqliteTable('compaction', {
  shard: integer('shard').primaryKey(),
  /** The newest journal row that `series` contains. */
  seq: integer('seq').notNull(),
  /** Time up to which `series` is complete. */
  at: integer('at').notNull(),
  /** The newest UTC day that `days` contains, in days since the epoch. */
  day: integer('day').notNull(),
  /** What the next run continues from: the status of each monitor, windows. */
  state: text('state', { mode: 'json' }).$type<unknown>().notNull(),
  /** When a run began last, and why it failed. Null after a success. */
  ranAt: integer('ran_at').notNull(),
  error: text('error'),
});

/** Every observation of a monitor on a UTC day. `id` encodes day and monitor number, so that a day is one range. */
export const series = sqliteTable('series', {
  id: integer('id').primaryKey(),
  /** Spans of the day so far: down, partial, maintenance, no data, paused. Before `data`, so that it is read alone. */
  spans: text('spans', { mode: 'json' }).$type<unknown>().notNull(),
  /** Segments, one for each run of the compaction. */
  data: blob('data', { mode: 'buffer' }).notNull(),
});

/** A monitor's UTC day in figures: spans, counts, and latency by location. The same ids as `series`. */
export const days = sqliteTable('days', {
  id: integer('id').primaryKey(),
  data: blob('data', { mode: 'buffer' }).notNull(),
});

/** Every monitor that ever had a history, and its newest days in a form that a status page reads. */
export const monitorHistories = sqliteTable(
  'monitor_histories',
  {
    number: integer('number').primaryKey(),
    /** Copies, so that the history remains after the monitor is deleted. */
    id: text('id').notNull(),
    name: text('name').notNull(),
    tags: text('tags', { mode: 'json' }).$type<Record<string, string>>().notNull(),
    group: text('group_name'),
    /** First and last moment of the history. */
    startsAt: integer('starts_at').notNull(),
    deletedAt: integer('deleted_at'),
    /** The newest day in `recent`, in days since the epoch, and at least 90 days of ms by state. */
    recentDay: integer('recent_day').notNull(),
    recent: blob('recent', { mode: 'buffer' }).notNull(),
  },
  (t) => [index('monitor_histories_by_id').on(t.id)],
);

/** Reports that are sent to channels on a schedule. */
export const reportSchedules = sqliteTable('report_schedules', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  period: text('period', { enum: ['week', 'month', 'quarter', 'year'] }).notNull(),
  timeZone: text('time_zone').notNull(),
  /** All monitors, or those with these ids, groups or tags. */
  scope: text('scope', { mode: 'json' }).$type<unknown>().notNull(),
  channels: text('channels', { mode: 'json' }).$type<string[]>().notNull(),
  enabled: integer('enabled', { mode: 'boolean' }).notNull(),
  /** Start of the newest period that was sent, ms. Null: none. It is the lock of sending. */
  sentPeriod: integer('sent_period'),
  tags: text('tags', { mode: 'json' }).$type<Record<string, string>>().notNull(),
  version: integer('version').notNull().default(1),
  createdAt: integer('created_at').notNull(),
  updatedAt: integer('updated_at').notNull(),
});

/** Status pages. `default` is the page at `/`; without a row it shows every public monitor. */
export const statusPages = sqliteTable('status_pages', {
  /** Its slug: the page is at `/pages/<id>`. */
  id: text('id').primaryKey(),
  title: text('title').notNull(),
  /** Host name at whose root the page is, from the list of the deployment. Null: none. */
  host: text('host').unique(),
  config: text('config', { mode: 'json' }).$type<PageConfig>().notNull(),
  access: text('access', { mode: 'json' }).$type<PageAccess>().notNull(),
  /** Password hash and feed key, as encrypted JSON. Null if it has neither. */
  sealed: text('sealed'),
  /** Increases when access changes: every earlier grant ends. */
  accessVersion: integer('access_version').notNull().default(1),
  tags: text('tags', { mode: 'json' }).$type<Record<string, string>>().notNull(),
  version: integer('version').notNull().default(1),
  createdAt: integer('created_at').notNull(),
  updatedAt: integer('updated_at').notNull(),
});

/** An incident in the words of people: written by hand, or opened for incidents that probes measured. */
export const publicIncidents = sqliteTable(
  'public_incidents',
  {
    id: text('id').primaryKey(),
    title: text('title').notNull(),
    /** Readers see only what is published. A person discarded a draft of the coordinator: it opens none again. */
    state: text('state', { enum: ['draft', 'published', 'discarded'] }).notNull(),
    /** That of the newest update. */
    status: text('status').$type<UpdateStatus>().notNull(),
    /** Impact of each component now. */
    components: text('components', { mode: 'json' }).$type<ComponentImpact[]>().notNull(),
    /** Ids of the incidents that probes measured and that this one is about. */
    incidents: text('incidents', { mode: 'json' }).$type<string[]>().notNull(),
    /** Ids of the status pages that may show it, if they have one of its components. */
    pages: text('pages', { mode: 'json' }).$type<'all' | string[]>().notNull(),
    /** `people`, or `probes`: the coordinator opened it. */
    origin: text('origin', { enum: ['people', 'probes'] }).notNull(),
    startedAt: integer('started_at').notNull(),
    resolvedAt: integer('resolved_at'),
    /** Markdown. Null: none. */
    postmortem: text('postmortem'),
    postmortemAt: integer('postmortem_at'),
    tags: text('tags', { mode: 'json' }).$type<Record<string, string>>().notNull(),
    version: integer('version').notNull().default(1),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (t) => [
    index('public_incidents_open').on(t.startedAt, t.id).where(sql`${t.resolvedAt} is null`),
    index('public_incidents_by_start').on(t.startedAt, t.id),
  ],
);

/** What people wrote about a public incident, for readers. */
export const incidentUpdates = sqliteTable(
  'incident_updates',
  {
    id: text('id').primaryKey(),
    publicIncidentId: text('public_incident_id').notNull(),
    at: integer('at').notNull(),
    status: text('status').$type<UpdateStatus>().notNull(),
    /** Markdown. */
    body: text('body').notNull(),
    /** Impact of each component that the update names. */
    components: text('components', { mode: 'json' }).$type<ComponentImpact[]>().notNull(),
    /** Whether its author chose to notify subscribers. */
    notify: integer('notify', { mode: 'boolean' }).notNull(),
    /** Id of the person or key that wrote it. Never public. Empty: the coordinator. */
    authorId: text('author_id').notNull(),
    authorName: text('author_name').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (t) => [index('incident_updates_by_incident').on(t.publicIncidentId, t.at, t.id)],
);

/** Words for all readers of pages, without an incident. */
export const announcements = sqliteTable('announcements', {
  id: text('id').primaryKey(),
  title: text('title').notNull(),
  /** Markdown. */
  body: text('body').notNull(),
  /** Ids of status pages. */
  pages: text('pages', { mode: 'json' }).$type<'all' | string[]>().notNull(),
  startsAt: integer('starts_at').notNull(),
  endsAt: integer('ends_at'),
  notify: integer('notify', { mode: 'boolean' }).notNull(),
  tags: text('tags', { mode: 'json' }).$type<Record<string, string>>().notNull(),
  version: integer('version').notNull().default(1),
  createdAt: integer('created_at').notNull(),
  updatedAt: integer('updated_at').notNull(),
});

/** Texts to begin an update with. */
export const updateTemplates = sqliteTable('update_templates', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  title: text('title').notNull(),
  body: text('body').notNull(),
  status: text('status').$type<UpdateStatus>().notNull(),
  version: integer('version').notNull().default(1),
  createdAt: integer('created_at').notNull(),
  updatedAt: integer('updated_at').notNull(),
});

/** Who gets the updates of a page. */
export const subscribers = sqliteTable(
  'subscribers',
  {
    id: text('id').primaryKey(),
    pageId: text('page_id').notNull(),
    kind: text('kind', { enum: ['email', 'webhook', 'slack'] }).notNull(),
    /** HMAC of the address, so that it is found without being readable. */
    addressHash: text('address_hash').notNull(),
    /** The address, encrypted. */
    sealedAddress: text('sealed_address').notNull(),
    scope: text('scope', { mode: 'json' }).$type<SubscriptionScope>().notNull(),
    state: text('state', { enum: ['pending', 'active', 'disabled'] }).notNull(),
    /** Why the coordinator disabled it. */
    disabledReason: text('disabled_reason'),
    language: text('language').notNull(),
    createdAt: integer('created_at').notNull(),
    confirmedAt: integer('confirmed_at'),
    updatedAt: integer('updated_at').notNull(),
  },
  (t) => [
    uniqueIndex('subscribers_by_address').on(t.pageId, t.kind, t.addressHash),
    index('subscribers_pending').on(t.createdAt).where(sql`${t.state} = 'pending'`),
  ],
);

/** A text that readers get: written in the transaction of what it tells of. `id` is derived, so a repeat adds none. */
export const mailings = sqliteTable(
  'mailings',
  {
    id: text('id').primaryKey(),
    kind: text('kind', { enum: ['update', 'announcement', 'maintenance', 'incident'] }).notNull(),
    /** What is sent, complete: later edits do not change it. */
    body: text('body', { mode: 'json' }).$type<unknown>().notNull(),
    createdAt: integer('created_at').notNull(),
    /** Subscribers up to this rowid have their delivery. Null: all have. It is the lock. */
    cursor: integer('cursor'),
  },
  (t) => [index('mailings_open').on(t.createdAt).where(sql`${t.cursor} is not null`)],
);

/** One mailing on its way to one subscriber. */
export const mailingDeliveries = sqliteTable(
  'mailing_deliveries',
  {
    mailingId: text('mailing_id').notNull(),
    subscriberId: text('subscriber_id').notNull(),
    state: text('state', { enum: ['pending', 'delivered', 'failed'] }).notNull(),
    attempts: integer('attempts').notNull().default(0),
    nextAttemptAt: integer('next_attempt_at').notNull(),
    lastStatus: integer('last_status'),
    lastError: text('last_error'),
    createdAt: integer('created_at').notNull(),
    finishedAt: integer('finished_at'),
  },
  (t) => [
    primaryKey({ columns: [t.mailingId, t.subscriberId] }),
    index('mailing_deliveries_due').on(t.nextAttemptAt).where(sql`${t.state} = 'pending'`),
  ],
);

/** What belongs to a heartbeat beside its monitor. The key is a secret: it is stored as a hash, to find it, and sealed, to show it. */
export const heartbeats = sqliteTable(
  'heartbeats',
  {
    /** Number of the monitor. */
    number: integer('number').primaryKey(),
    /** SHA-256 of the key, hex. */
    keyHash: text('key_hash').notNull(),
    /** The key as encrypted JSON. */
    sealedKey: text('sealed_key').notNull(),
    /** The key before the last rotation. It works until then. */
    previousKeyHash: text('previous_key_hash'),
    previousKeyUntil: integer('previous_key_until'),
    /** Pings are expected from then on: creation, a new schedule, or the end of a pause. */
    armedAt: integer('armed_at').notNull(),
    /** What was known after the last evaluation that changed it, as JSON. Null before the first one. */
    memory: text('memory'),
  },
  (t) => [
    uniqueIndex('heartbeats_by_key').on(t.keyHash),
    index('heartbeats_by_previous_key').on(t.previousKeyHash).where(sql`${t.previousKeyHash} is not null`),
  ],
);

/** The pings of heartbeats. `id` encodes the monitor and the number of the ping, so that a ping is one row without an index. */
export const pings = sqliteTable('pings', {
  id: integer('id').primaryKey(),
  /** When it arrived. */
  at: integer('at').notNull(),
  kind: text('kind', { enum: PING_KINDS }).notNull(),
  runId: text('run_id'),
  exitCode: integer('exit_code'),
  /** Of the run that it ends. Null if it ends none, or the job does not say when it begins. */
  durationMs: integer('duration_ms'),
  /** The first 10,000 bytes of what the job sent, without secrets. */
  body: text('body'),
  /** Bytes that the job sent. */
  bodyBytes: integer('body_bytes').notNull(),
});
