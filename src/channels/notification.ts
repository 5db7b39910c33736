// Owns the webhook body, the message that every channel formats. Schemas only.
// Does not decide when a notification is sent: the engine does.
import { z } from 'zod';
import { END_REASONS } from '../engine/model/state.ts';
import { eventTypes } from './events.ts';
import { observationFields } from './observation-fields.ts';

const time = z.iso.datetime().meta({ example: '2026-11-24T09:30:00.000Z' });

const incidentSchema = z.strictObject({
  id: z.string().meta({ example: 'inc_mbx1k2_7' }),
  url: z.string().meta({
    description: "Address of the incident's page.",
    example: 'https://status.example.com/incidents/inc_mbx1k2_7',
  }),
  state: z.enum(['open', 'resolved']),
  verdict: z.enum(['partial', 'down']),
  startedAt: time.meta({ description: 'Start of the first failure.' }),
  detectedAt: time.meta({ description: 'Time when a quorum confirmed the failure.' }),
  resolvedAt: time.nullable(),
  downtimeSeconds: z
    .number()
    .min(0)
    .meta({ description: 'Seconds from `startedAt` to `resolvedAt`, or to `timestamp` while it is open.' }),
  reason: z
    .enum(END_REASONS)
    .optional()
    .meta({ description: 'Why the incident ended. Absent if the target recovered.' }),
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
  streak: z
    .int()
    .meta({ description: 'Number of equal observations in a row, at least confirmSeconds/2 apart.' }),
  since: time.nullable().meta({ description: 'Start of the streak.' }),
  outcome: z.enum(['ok', 'failed', 'unmeasured']).nullable(),
  code: z.string().nullable().meta({
    description: 'Cause of the failure, or of the missing measurement.',
    example: 'refused',
  }),
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
  failedMonitors: z.int().meta({
    description: 'Number of monitors in `checkedMonitors` that only this location reported as failing.',
  }),
  checkedMonitors: z.int(),
  reason: z
    .enum(END_REASONS)
    .optional()
    .meta({ description: 'Why the problem ended. Absent if the location recovered.' }),
});

/**
 * The webhook body. Times are ISO 8601 in UTC. The five keys of `data` are always present. A key that the event is not
 * about is null, or an empty list for `evidence`.
 */
export const webhookBodySchema = z
  .strictObject({
    type: z.enum(eventTypes),
    timestamp: time.meta({ description: 'Time of the event. Retries do not change it.' }),
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

/** A body with its id. The id is the same in every attempt and for every channel. */
export interface OutgoingNotification {
  readonly id: string;
  readonly body: WebhookBody;
}
