// Owns incidents as the API shows them: in full for the team, without targets for the public.
import { z } from 'zod';
import { END_REASONS } from '../../../engine/model/state.ts';
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
  scope: row.scope,
});

export const toIncidentResponse = (row: IncidentRow, publicUrl: string, now: number): Incident => ({
  ...commonFields(row, publicUrl, now),
  verdict: row.verdict,
  monitor: row.location === null ? monitorOf(row) : null,
  location: row.location,
  quorum: row.quorum,
  evidence: row.evidence,
  evidenceDeletedAt: isoOrNull(row.evidenceDeletedAt),
});
