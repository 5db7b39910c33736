// The message that channels shape and hand over: the webhook body, its types and their severities.
// Schemas and constants only; how a notice comes about is the engine's business.
import { z } from 'zod';
import type { NoticeKind as EngineNoticeKind, Notice } from '../engine/model/notification.ts';
import { seenFields } from './observation-fields.ts';

export type Severity = 'critical' | 'warning' | 'info';

/** Every notice kind with its webhook types (a location is either quarantined or lost) and the severity that routes choose by. */
export const noticeKinds = {
  opened: { types: ['incident.opened'], severity: 'critical' },
  resolved: { types: ['incident.resolved'], severity: 'info' },
  partial: { types: ['incident.partial'], severity: 'warning' },
  partial_ended: { types: ['incident.partial_ended'], severity: 'info' },
  blind: { types: ['monitor.blind'], severity: 'warning' },
  blind_ended: { types: ['monitor.blind_ended'], severity: 'info' },
  location: { types: ['location.quarantined', 'location.lost'], severity: 'warning' },
  location_ended: { types: ['location.returned'], severity: 'info' },
  flapping: { types: ['monitor.flapping'], severity: 'info' },
  flapping_ended: { types: ['monitor.settled'], severity: 'info' },
  reminder: { types: ['incident.reminder'], severity: 'info' },
  acknowledged: { types: ['incident.acknowledged'], severity: 'info' },
  degraded: { types: ['monitor.degraded'], severity: 'warning' },
  certificate: { types: ['monitor.certificate'], severity: 'warning' },
  test: { types: ['test'], severity: 'info' },
} as const satisfies Record<string, { types: readonly [string, ...string[]]; severity: Severity }>;

export type NoticeKind = keyof typeof noticeKinds;
export type WebhookType = (typeof noticeKinds)[NoticeKind]['types'][number];

/** The webhook type of each kind that the engine raises; of a location's by what it is. */
const webhookTypes = {
  opened: 'incident.opened',
  resolved: 'incident.resolved',
  partial: 'incident.partial',
  partial_ended: 'incident.partial_ended',
  blind: 'monitor.blind',
  blind_ended: 'monitor.blind_ended',
  flapping: 'monitor.flapping',
  flapping_ended: 'monitor.settled',
  location_ended: 'location.returned',
  degraded: 'monitor.degraded',
  certificate: 'monitor.certificate',
} as const satisfies {
  [K in Exclude<EngineNoticeKind, 'location'>]: (typeof noticeKinds)[K]['types'][number];
};

export const webhookTypeOf = (notice: Notice): WebhookType =>
  notice.kind === 'location' ? `location.${notice.incident.kind}` : webhookTypes[notice.kind];

const allTypes = Object.values(noticeKinds).flatMap(({ types }) => [...types]) as [
  WebhookType,
  ...WebhookType[],
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
  ...seenFields,
});

const locationSchema = z.strictObject({
  id: z.string().meta({ example: 'aws:eu-central-1' }),
  state: z.enum(['quarantined', 'lost']),
  since: time,
  detectedAt: time,
  endedAt: time.nullable(),
  accused: z.int().meta({ description: 'Monitors that it alone saw failing, of those `asked`.' }),
  asked: z.int(),
  reason: z
    .string()
    .optional()
    .meta({ description: 'Why it ended, when not because the location came back.' }),
});

/**
 * The webhook body. Times are ISO 8601 in UTC. The five keys of `data` are always there: `incident`, `monitor`,
 * `quorum` and `location` are null, and `evidence` is empty, where the notice is not about one (so is all of it in a
 * `test`).
 */
export const noticeBodySchema = z
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
  .meta({ id: 'Notice', description: 'The body of every webhook.' });
export type NoticeBody = z.output<typeof noticeBodySchema>;

/** A body that the outbox has taken on. `id` is the same in every attempt and at every channel. */
export interface OutgoingNotice {
  readonly id: string;
  readonly body: NoticeBody;
}
