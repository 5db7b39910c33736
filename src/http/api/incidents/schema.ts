// Owns incidents as the API shows them: in full for the team, without targets for the public.
import { z } from 'zod';
import { END_REASONS } from '../../../engine/model/state.ts';
import type { ActedIncident, IncidentActionRow } from '../../../store/incident-actions.ts';
import type { IncidentRow } from '../../../store/incidents.ts';
import { iso, isoOrNull, timeSchema } from '../common.ts';

const publicFields = {
  id: z.string().meta({ description: 'The id.', example: 'inc_mbx1k2_7' }),
  url: z.string().meta({
    description: 'The public page of the incident.',
    example: 'https://status.example.com/incidents/inc_mbx1k2_7',
  }),
  state: z.enum(['open', 'resolved']).meta({ description: 'Whether the incident is open.' }),
  verdict: z.enum(['partial', 'down']).meta({
    description: '`down`: an outage. `partial`: a problem at some locations only.',
  }),
  monitor: z
    .strictObject({
      id: z.string().meta({ description: "The monitor's id." }),
      name: z.string().meta({ description: "The monitor's display name." }),
    })
    .meta({ description: 'The monitor, with its name when the incident opened.' }),
  startedAt: timeSchema.meta({ description: 'The start of the first failure.' }),
  detectedAt: timeSchema.meta({ description: 'When a quorum confirmed the incident.' }),
  resolvedAt: timeSchema.nullable().meta({ description: 'The end. Null while the incident is open.' }),
  downtimeSeconds: z.int().meta({ description: 'The duration in seconds, so far or in total.' }),
  reason: z.enum(END_REASONS).nullable().meta({
    description:
      'Why the incident ended without a recovery. `disabled`, `too_few_locations` and `regional_problem` apply to locations only. Null otherwise.',
  }),
  acknowledgedAt: timeSchema.nullable().meta({
    description: 'When a person acknowledged the incident as it is. Null: not acknowledged.',
    example: null,
  }),
  scope: z
    .array(z.string())
    .meta({ description: 'The locations that failed.', example: ['aws:eu-central-1'] }),
};

export const publicIncidentSchema = z
  .strictObject(publicFields)
  .extend({
    monitor: publicFields.monitor.meta({ description: 'The monitor, with its current name.' }),
  })
  .meta({ id: 'PublicIncident', description: 'An incident as the public sees it.' });
export type PublicIncident = z.input<typeof publicIncidentSchema>;

export const incidentSchema = z
  .strictObject({
    ...publicFields,
    verdict: z.enum(['partial', 'down', 'quarantined', 'lost']).meta({
      description: 'The problem: `down` or `partial` for a monitor, `quarantined` or `lost` for a location.',
    }),
    monitor: publicFields.monitor
      .nullable()
      .meta({ description: 'The monitor. Null for an incident of a location.' }),
    location: z.string().nullable().meta({
      description: 'The location that is quarantined or lost. Null for an incident of a monitor.',
      example: null,
    }),
    acknowledgedBy: z.string().nullable().meta({
      description: 'The name of the person or key that acknowledged it. Null: not acknowledged.',
      example: null,
    }),
    snoozedUntil: timeSchema.nullable().meta({
      description: 'Reminders and escalation pause until then. Null: the incident is not snoozed.',
      example: null,
    }),
    quorum: z
      .unknown()
      .meta({ description: 'The vote counts when the incident last changed.', type: 'object' }),
    evidence: z.array(z.unknown()).meta({
      description: 'The evidence from each location, as in the webhook. Empty once it has expired.',
    }),
    evidenceDeletedAt: timeSchema.nullable().meta({
      description:
        'When the evidence expired and was deleted: `EVIDENCE_DAYS` after the end of the incident. Null while it is kept.',
    }),
  })
  .meta({
    id: 'Incident',
    description: 'A confirmed problem of a monitor or a location, with its evidence.',
  });
export type Incident = z.input<typeof incidentSchema>;

const actionSchema = z.strictObject({
  id: z.string().meta({ description: 'The id.', example: 'act_4x8j2m0q7c1v9b3n5k6p' }),
  action: z.enum(['acknowledged', 'unacknowledged', 'snoozed', 'commented']).meta({
    description: 'What happened. `unacknowledged` also ends a snooze.',
  }),
  at: timeSchema.meta({ description: 'When it happened.' }),
  by: z.string().meta({
    description:
      'Name of the person or key. With a link or a button, it is the name that was typed, or that the vendor gives, and the channel.',
    example: 'Ada',
  }),
  via: z
    .enum(['api', 'link', 'slack', 'pagerduty'])
    .meta({ description: 'How it arrived: the API, a link of a message, or a button of the vendor.' }),
  text: z.string().nullable().meta({ description: 'The comment or note. Null without one.', example: null }),
  snoozedUntil: timeSchema
    .nullable()
    .meta({ description: 'The end of the snooze. Null for other actions.', example: null }),
});

export const incidentDetailSchema = z
  .strictObject({
    ...incidentSchema.shape,
    actions: z
      .array(actionSchema)
      .meta({ description: 'What people did with the incident, oldest first.', example: [] }),
  })
  .meta({ id: 'IncidentDetail', description: 'An incident with its evidence and what people did with it.' });
export type IncidentDetail = z.input<typeof incidentDetailSchema>;

const TEXT_LENGTH = 'Must be 1 to 2000 characters.';

/** Line breaks are allowed. Other control characters would break logs and messages. */
const textSchema = z
  .string()
  .trim()
  .min(1, { error: TEXT_LENGTH })
  .max(2_000, { error: TEXT_LENGTH })
  .refine((text) => !/[\p{Cc}\p{Cs}]/u.test(text.replaceAll(/[\n\r\t]/g, '')), {
    error: 'Must be visible text. Remove control characters.',
  });

const noteSchema = textSchema
  .optional()
  .meta({ description: 'A note for everyone who was notified. Default: none.', example: 'On it.' });

export const acknowledgeSchema = z
  .strictObject({ text: noteSchema })
  .meta({ id: 'Acknowledge', description: 'An acknowledgement.' });

/** Longest snooze: an incident of which nothing is sent for longer is acknowledged instead. */
export const MAX_SNOOZE_MINUTES = 10_080;

export const snoozeSchema = z
  .strictObject({
    minutes: z
      .int({ error: 'Must be a whole number of minutes.' })
      .min(1, { error: `Must be 1 to ${MAX_SNOOZE_MINUTES} minutes.` })
      .max(MAX_SNOOZE_MINUTES, { error: `Must be 1 to ${MAX_SNOOZE_MINUTES} minutes.` })
      .meta({ description: 'Minutes for which reminders and escalation pause: 1 to 10080.', example: 60 }),
    text: noteSchema,
  })
  .meta({ id: 'Snooze', description: 'A pause of reminders and escalation.' });

export const commentSchema = z
  .strictObject({
    text: textSchema.meta({
      description: 'The comment: 1 to 2000 characters. Every channel that was notified gets it.',
      example: 'The new certificate is being deployed.',
    }),
  })
  .meta({ id: 'Comment', description: 'A comment for the team.' });

export function toPublicIncidentResponse(row: IncidentRow, publicUrl: string, now: number): PublicIncident {
  return { ...commonFields(row, publicUrl, now), verdict: monitorVerdict(row), monitor: monitorOf(row) };
}

/** Incidents of locations are for the team only, so a public response with one is a bug. */
export const monitorVerdict = ({ id, verdict }: Pick<IncidentRow, 'id' | 'verdict'>): 'partial' | 'down' => {
  if (verdict === 'partial' || verdict === 'down') return verdict;
  throw new Error(`incident ${id} is about a location and must not be shown as one of a monitor`);
};

const monitorOf = (row: IncidentRow) => ({ id: row.monitorId, name: row.monitorName });

const commonFields = (row: IncidentRow, publicUrl: string, now: number) => ({
  id: row.id,
  url: `${publicUrl}/incidents/${encodeURIComponent(row.id)}`,
  state: row.state,
  startedAt: iso(row.startedAt),
  detectedAt: iso(row.detectedAt),
  resolvedAt: isoOrNull(row.resolvedAt),
  downtimeSeconds: Math.max(0, Math.round(((row.resolvedAt ?? now) - row.startedAt) / 1000)),
  reason: row.reason,
  acknowledgedAt: isoOrNull(row.acknowledgedAt),
  scope: row.scope,
});

export const toIncidentResponse = (row: IncidentRow, publicUrl: string, now: number): Incident => ({
  ...commonFields(row, publicUrl, now),
  verdict: row.verdict,
  monitor: row.location === null ? monitorOf(row) : null,
  location: row.location,
  acknowledgedBy: row.acknowledgedBy,
  snoozedUntil: isoOrNull(row.snoozedUntil),
  quorum: row.quorum,
  evidence: row.evidence,
  evidenceDeletedAt: isoOrNull(row.evidenceDeletedAt),
});

/** A drill has no row. People act on it as on an incident, so the response shows it as one. */
export function rowOfDrill({ id, name, body, startedAt, resolvedAt, ...taken }: ActedIncident): IncidentRow {
  const { acknowledgedAt, acknowledgedBy, snoozedUntil } = taken;
  return {
    ...{ id, public: false, state: resolvedAt === null ? 'open' : 'resolved', reason: null },
    ...{ monitorNumber: 0, monitorId: body?.data.monitor?.id ?? '', monitorName: name, location: null },
    ...{ verdict: body?.data.incident?.verdict ?? 'down', startedAt, detectedAt: startedAt, resolvedAt },
    ...{ scope: [], quorum: {}, evidence: [], evidenceDeletedAt: null },
    ...{ acknowledgedAt, acknowledgedBy, snoozedUntil },
  };
}

export const toIncidentDetail = (
  row: IncidentRow,
  actions: readonly IncidentActionRow[],
  publicUrl: string,
  now: number,
): IncidentDetail => ({
  ...toIncidentResponse(row, publicUrl, now),
  actions: actions.map(({ id, action, at, actorName, via, text, snoozedUntil }) => ({
    ...{ id, action, at: iso(at), by: actorName, text },
    via: via as IncidentDetail['actions'][number]['via'],
    snoozedUntil: isoOrNull(snoozedUntil),
  })),
});
