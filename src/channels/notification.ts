// The message that channels shape and hand over: the webhook body, its types and their severities.
// Schemas and constants only; how a notification comes about is the engine's business.
import { z } from 'zod';
import { observationFields } from './observation-fields.ts';

export type Severity = 'critical' | 'warning' | 'info';

/** Every notification kind with its webhook types (a location is either quarantined or lost) and the severity that routes choose by. */
export const notificationKinds = {
  opened: { types: ['incident.opened'], severity: 'critical' },
  resolved: { types: ['incident.resolved'], severity: 'info' },
  partial: { types: ['incident.partial'], severity: 'warning' },
  partial_resolved: { types: ['incident.partial_resolved'], severity: 'info' },
  no_data: { types: ['monitor.no_data'], severity: 'warning' },
  no_data_resolved: { types: ['monitor.no_data_resolved'], severity: 'info' },
  location: { types: ['location.quarantined', 'location.lost'], severity: 'warning' },
  location_ended: { types: ['location.recovered'], severity: 'info' },
  flapping: { types: ['monitor.flapping'], severity: 'info' },
  flapping_ended: { types: ['monitor.flapping_ended'], severity: 'info' },
  reminder: { types: ['incident.reminder'], severity: 'info' },
  acknowledged: { types: ['incident.acknowledged'], severity: 'info' },
  degraded: { types: ['monitor.degraded'], severity: 'warning' },
  certificate: { types: ['monitor.certificate'], severity: 'warning' },
  test: { types: ['test'], severity: 'info' },
} as const satisfies Record<string, { types: readonly [string, ...string[]]; severity: Severity }>;

export type NotificationKind = keyof typeof notificationKinds;
export type EventType = (typeof notificationKinds)[NotificationKind]['types'][number];

const allTypes = Object.values(notificationKinds).flatMap(({ types }) => [...types]) as [
  EventType,
  ...EventType[],
];

const time = z.iso.datetime().meta({ example: '2026-11-24T09:30:00.000Z' });

const incidentSchema = z.strictObject({
  id: z.string().meta({ example: 'inc_mbx1k2_7' }),
  url: z
    .string()
    .meta({ description: 'Its page.', example: 'https://status.example.com/incidents/inc_mbx1k2_7' }),
  state: z.enum(['open', 'resolved']),
  verdict: z.enum(['partial', 'down']),
  startedAt: time.meta({ description: 'When the target began to fail.' }),
  detectedAt: time.meta({ description: 'When a quorum agreed.' }),
  resolvedAt: time.nullable(),
  downtimeSeconds: z.number().min(0).meta({ description: 'So far, or in all.' }),
  reason: z.string().optional().meta({ description: 'Why it ended, when not because the target came back.' }),
});

const monitorSchema = z.strictObject({
  id: z.string().meta({ example: 'web-1' }),
  name: z.string(),
  check: z.strictObject({ type: z.string(), host: z.string(), port: z.int() }),
  tags: z.record(z.string(), z.string()),
});

const quorumSchema = z.strictObject({
  policy: z.union([z.enum(['majority', 'all', 'any']), z.int()]),
  required: z.int(),
  failing: z.int(),
  passing: z.int(),
  abstaining: z.int(),
});

const evidenceSchema = z.strictObject({
  location: z.string().meta({ example: 'aws:eu-central-1' }),
  vote: z.enum(['failing', 'passing', 'abstaining']),
  streak: z.int().meta({ description: 'Equal observations in a row, at least confirmSeconds/2 apart.' }),
  since: time.nullable().meta({ description: 'When the streak began.' }),
  outcome: z.enum(['ok', 'failed', 'unmeasured']).nullable(),
  code: z
    .string()
    .nullable()
    .meta({ description: 'Why it failed, or why nothing was measured.', example: 'refused' }),
  detail: z.string().nullable(),
  observedAt: time.nullable(),
  ...observationFields,
});

const locationSchema = z.strictObject({
  id: z.string().meta({ example: 'aws:eu-central-1' }),
  state: z.enum(['quarantined', 'lost']),
  since: time,
  detectedAt: time,
  endedAt: time.nullable(),
  failedMonitors: z
    .int()
    .meta({ description: 'Monitors that it alone saw failing, of those in `checkedMonitors`.' }),
  checkedMonitors: z.int(),
  reason: z
    .string()
    .optional()
    .meta({ description: 'Why it ended, when not because the location came back.' }),
});

/**
 * The webhook body. Times are ISO 8601 in UTC. The five keys of `data` are always there: `incident`, `monitor`,
 * `quorum` and `location` are null, and `evidence` is empty, where the notification is not about one (so is all of it in a
 * `test`).
 */
export const webhookBodySchema = z
  .strictObject({
    type: z.enum(allTypes),
    timestamp: time.meta({ description: 'When the event happened; retries do not change it.' }),
    data: z.strictObject({
      incident: incidentSchema.nullable(),
      monitor: monitorSchema.nullable(),
      quorum: quorumSchema.nullable(),
      evidence: z.array(evidenceSchema),
      location: locationSchema.nullable(),
    }),
  })
  .meta({ id: 'Notification', description: 'The body of every webhook.' });
export type WebhookBody = z.output<typeof webhookBodySchema>;

/** A body that the outbox has taken on. `id` is the same in every attempt and at every channel. */
export interface OutgoingNotification {
  readonly id: string;
  readonly body: WebhookBody;
}
