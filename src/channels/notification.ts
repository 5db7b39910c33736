// Owns the webhook body, the message that every channel formats. Schemas only.
// Does not decide when a notification is sent: the engine does.
import { z } from 'zod';
import { END_REASONS, QUARANTINE_RULES } from '../engine/model/state.ts';
import { eventTypes } from './events.ts';
import { observationFields } from './observation-fields.ts';
import { heartbeatSchema, reportSchema } from './other-subjects.ts';

/** Most pagers take this much, in UTF-16 units. */
export const MAX_TITLE = 120;
export const MAX_SUMMARY = 500;

const time = z.iso.datetime().meta({ example: '2026-11-24T09:30:00.000Z' });

const incidentSchema = z
  .strictObject({
    id: z.string().meta({ description: 'Id of the incident.', example: 'inc_mbx1k2_7' }),
    url: z.string().meta({
      description: "Address of the incident's page.",
      example: 'https://status.example.com/incidents/inc_mbx1k2_7',
    }),
    state: z.enum(['open', 'resolved']).meta({ description: 'Whether the incident is open.' }),
    verdict: z.enum(['partial', 'down']).meta({
      description: '`down`: an outage. `partial`: a problem at some locations only.',
    }),
    startedAt: time.meta({ description: 'Start of the first failure.' }),
    detectedAt: time.meta({ description: 'Time when a quorum confirmed the failure.' }),
    resolvedAt: time.nullable().meta({ description: 'End of the incident. Null while it is open.' }),
    downtimeSeconds: z
      .number()
      .min(0)
      .meta({ description: 'Seconds from `startedAt` to `resolvedAt`, or to `timestamp` while it is open.' }),
    acknowledgedAt: time
      .nullable()
      .meta({ description: 'When a person acknowledged the incident as it is. Null: not acknowledged.' }),
    acknowledgedBy: z
      .string()
      .nullable()
      .meta({ description: 'Name of the person or key that acknowledged it. Null: not acknowledged.' }),
    reason: z.enum(END_REASONS).optional().meta({
      description:
        'Why the incident ended: `paused`, `deleted` or `target_changed`. Absent if the target recovered.',
    }),
    openedNotSent: z.literal(true).optional().meta({
      description:
        'Only in `incident.resolved` and `incident.partial_resolved`: no attempt of `incident.opened`, or of `incident.partial`, can have reached your receiver. It is not sent any more. Absent otherwise.',
    }),
  })
  .meta({ id: 'NotifiedIncident', description: 'An incident, as notifications show it.' });

const monitorSchema = z
  .strictObject({
    id: z.string().meta({ description: 'Id of the monitor.', example: 'web-shop' }),
    name: z.string().meta({ description: 'Display name of the monitor.' }),
    check: z
      .strictObject({
        type: z.string().meta({ description: 'Type of the check.', example: 'tcp' }),
        host: z.string().meta({ description: 'Host of the target.', example: 'shop.example.com' }),
        port: z.int().meta({ description: 'Port of the target.', example: 443 }),
      })
      .meta({ description: 'The check and its target.' }),
    tags: z.record(z.string(), z.string()).meta({ description: 'Tags of the monitor.' }),
    group: z.string().nullable().meta({ description: 'Group of the monitor. Null without one.' }),
    description: z
      .string()
      .nullable()
      .meta({ description: 'What the monitor is. Null without a description.' }),
    runbookUrl: z.string().nullable().meta({
      description: 'Address of the instructions for people who are on call. Null without one.',
      example: 'https://wiki.example.com/runbooks/web-shop',
    }),
  })
  .meta({ id: 'NotifiedMonitor', description: 'A monitor, as notifications show it.' });

const quorumSchema = z
  .strictObject({
    policy: z
      .union([z.enum(['majority', 'all', 'any']), z.int()])
      .meta({ description: 'Quorum of the alert policy.' }),
    required: z.int().meta({ description: 'Number of failing votes that `down` needs.' }),
    failing: z.int().meta({ description: 'Number of failing votes.' }),
    passing: z.int().meta({ description: 'Number of passing votes.' }),
    abstaining: z.int().meta({ description: 'Number of locations without a vote.' }),
  })
  .meta({ id: 'NotifiedQuorum', description: 'The vote counts of a monitor.' });

const evidenceSchema = z
  .strictObject({
    location: z.string().meta({ description: 'Id of the location.', example: 'aws:eu-central-1' }),
    vote: z.enum(['failing', 'passing', 'abstaining']).meta({ description: 'Current vote of the location.' }),
    streak: z
      .int()
      .meta({ description: 'Number of equal observations in a row, at least confirmSeconds/2 apart.' }),
    since: time.nullable().meta({ description: 'Start of the streak.' }),
    outcome: z
      .enum(['ok', 'failed', 'unmeasured'])
      .nullable()
      .meta({ description: 'Outcome of the newest check run. Null before the first.' }),
    code: z.string().nullable().meta({
      description: 'Cause of the failure, or of the missing measurement.',
      example: 'refused',
    }),
    detail: z.string().nullable().meta({ description: 'The failure in words.' }),
    observedAt: time.nullable().meta({ description: 'Start of the newest check run.' }),
    ...observationFields,
  })
  .meta({ id: 'NotifiedEvidence', description: 'What one location saw.' });

const locationSchema = z
  .strictObject({
    id: z.string().meta({ description: 'Id of the location.', example: 'aws:eu-central-1' }),
    state: z.enum(['quarantined', 'lost']).meta({ description: 'Problem of the location.' }),
    since: time.meta({ description: 'Start of the problem.' }),
    detectedAt: time.meta({ description: 'Time when the coordinator detected the problem.' }),
    endedAt: time.nullable().meta({ description: 'End of the problem. Null while it lasts.' }),
    failedMonitors: z.int().meta({
      description: 'Number of monitors in `checkedMonitors` that only this location reported as failing.',
    }),
    checkedMonitors: z.int().meta({ description: 'Number of monitors that the location checked.' }),
    rule: z.enum(QUARANTINE_RULES).optional().meta({
      description:
        'The rule of the quarantine. `three_networks`: fails at least 3 monitors on at least 3 networks. `alone`: alone fails at least 90 % of at least 5 monitors that all others see ok. Absent for `lost`.',
    }),
    reason: z.enum(END_REASONS).optional().meta({
      description:
        'Why the problem ended: `disabled`, `too_few_locations` or `regional_problem`. Absent if the location recovered.',
    }),
  })
  .meta({ id: 'NotifiedLocation', description: 'A location with a problem of its own.' });

const flappingSchema = z
  .strictObject({
    since: time.meta({ description: 'Start of the first change that counts as flapping.' }),
    suppressed: z.array(z.enum(eventTypes)).meta({
      description:
        'Events that are not sent while the monitor flaps. Empty in `monitor.flapping_ended`. The first outage after regional problems is sent nevertheless.',
      example: ['incident.opened', 'incident.partial', 'monitor.degraded', 'monitor.certificate'],
    }),
    maxSuppressionSeconds: z.number().meta({
      description:
        'Seconds after `detectedAt` at which an incident is sent although the monitor flaps: max(3 intervals, 5 minutes).',
      example: 300,
    }),
    until: time.nullable().meta({
      description:
        'Time at which the incident that is open now is sent, if it stays open. Null if no incident waits.',
    }),
  })
  .meta({ id: 'NotifiedFlapping', description: 'What flapping suppresses.' });

const actionSchema = z
  .strictObject({
    by: z.string().meta({ description: 'Name of the person or API key.', example: 'Ada' }),
    via: z.string().meta({ description: '`api`, `link`, `slack` or `pagerduty`.', example: 'link' }),
    at: time.meta({ description: 'When it happened.' }),
    text: z.string().nullable().meta({ description: 'The comment or note. Null without one.' }),
    snoozedUntil: time
      .nullable()
      .meta({ description: 'Reminders and escalation pause until then. Null: it was not snoozed.' }),
  })
  .meta({ id: 'NotifiedAction', description: 'What a person did.' });

const escalationSchema = z
  .strictObject({
    step: z.int().min(1).meta({ description: 'Number of the step, from 1.', example: 2 }),
    steps: z.int().min(1).meta({ description: 'Number of steps of the route.', example: 3 }),
    notified: z
      .array(z.string())
      .meta({ description: 'Names of the channels that the step notifies.', example: ['Ops manager'] }),
  })
  .meta({ id: 'NotifiedEscalation', description: 'A step of an escalation.' });

const channelSchema = z
  .strictObject({
    id: z.string().meta({ description: 'Id of the channel.', example: 'on-call' }),
    name: z.string().meta({ description: 'Display name of the channel.' }),
    type: z.string().meta({ description: 'Type of the channel.', example: 'webhook' }),
    since: time.meta({ description: 'Start of the failures.' }),
    error: z.string().nullable().meta({
      description: 'The newest error of an attempt. Contains no secret.',
      example: 'hooks.example.com responded 500',
    }),
  })
  .meta({ id: 'NotifiedChannel', description: 'A channel whose deliveries fail.' });

const portSchema = z
  .strictObject({
    host: z.string().meta({ description: 'Host whose port it is.', example: 'db.example.com' }),
    port: z.int().meta({ description: 'Number of the port.', example: 5432 }),
    protocol: z.enum(['tcp', 'udp']).meta({ description: 'Transport protocol of the port.' }),
    service: z
      .string()
      .nullable()
      .meta({ description: 'Service behind the port. Null if unknown, or closed.', example: 'postgresql' }),
    previousService: z
      .string()
      .nullable()
      .meta({ description: 'Service behind the port before. Null if unknown.', example: null }),
  })
  .meta({ id: 'NotifiedPort', description: 'A port that opened, closed or changed.' });

const meshSchema = z
  .strictObject({
    since: time.meta({ description: 'Start of the problem.' }),
    reasons: z
      .array(
        z.strictObject({
          code: z.string().meta({ description: 'Code of the reason.', example: 'deliveries_overdue' }),
          detail: z.string().meta({ description: 'The reason in words.' }),
        }),
      )
      .meta({ description: 'What does not work. For `mesh.recovered`: what did not work.' }),
  })
  .meta({ id: 'NotifiedMesh', description: 'The state of probemesh itself.' });

/** Every key of `data`. An event is about some of them: src/channels/event-schemas.ts. */
export const dataShape = {
  incident: incidentSchema.nullable().meta({ description: 'The incident of the monitor.' }),
  monitor: monitorSchema.nullable().meta({ description: 'The monitor.' }),
  quorum: quorumSchema.nullable().meta({ description: 'The vote counts.' }),
  evidence: z.array(evidenceSchema).meta({
    description: 'One entry per location of the monitor: failing ones first, then passing, then abstaining.',
  }),
  flapping: flappingSchema.nullable().meta({
    description: 'What flapping suppresses. Only in `monitor.flapping` and `monitor.flapping_ended`.',
  }),
  location: locationSchema.nullable().meta({ description: 'The location with a problem of its own.' }),
  channel: channelSchema.nullable().meta({ description: 'The channel whose deliveries fail.' }),
  action: actionSchema.nullable().meta({
    description:
      'What a person did. Only in `incident.acknowledged`, `incident.commented` and `incident.updated`.',
  }),
  escalation: escalationSchema
    .nullable()
    .meta({ description: 'The step of the escalation. Only in `incident.escalated`.' }),
  port: portSchema.nullable().meta({ description: 'The port that opened, closed or changed.' }),
  heartbeat: heartbeatSchema.nullable().meta({
    description: 'The heartbeat, if the monitor is one. Its `id` and `name` are those of the monitor.',
  }),
  report: reportSchema.nullable().meta({ description: 'The report of a period.' }),
  mesh: meshSchema.nullable().meta({ description: 'The state of probemesh itself.' }),
};

/** The fields beside `data`. */
export const bodyShape = {
  type: z
    .enum(eventTypes)
    .meta({ description: 'The event. Some are reserved: the coordinator does not send them today.' }),
  timestamp: time.meta({ description: 'Time of the event. Retries do not change it.' }),
  severity: z.enum(['critical', 'warning', 'info']).meta({ description: 'How severe the event is.' }),
  drill: z.boolean().meta({
    description: 'True in a drill: a person rehearses the alert path, and nothing has happened.',
  }),
  title: z.string().min(1).max(MAX_TITLE).meta({
    description: 'The event in one line of plain text.',
    example: 'Web shop is down',
  }),
  summary: z.string().min(1).max(MAX_SUMMARY).meta({
    description:
      'What the locations saw, since when and how many they are, in plain text, with a link to the incident. Of a heartbeat: why its job fails.',
    example:
      'The tcp check of shop.example.com:443 has failed at 6 of 6 locations since 24 Nov 2026, 09:30:00 UTC: connection refused.',
  }),
};

/**
 * The webhook body of any event. Times are ISO 8601 in UTC. The keys of `data` are always present. A key that the event is
 * not about is null, or an empty list for `evidence`.
 */
export const webhookBodySchema = z.strictObject({ ...bodyShape, data: z.strictObject(dataShape) });
export type WebhookBody = z.output<typeof webhookBodySchema>;

/** `data` of an event that is about none of its keys. Set the key that the event is about. */
export const EMPTY_DATA: WebhookBody['data'] = {
  incident: null,
  monitor: null,
  quorum: null,
  evidence: [],
  flapping: null,
  location: null,
  channel: null,
  action: null,
  escalation: null,
  port: null,
  heartbeat: null,
  report: null,
  mesh: null,
};

/** A body with its id. The id is the same in every attempt and for every channel. */
export interface OutgoingNotification {
  readonly id: string;
  readonly body: WebhookBody;
}
