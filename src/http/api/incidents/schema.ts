// What an incident looks like on the wire: in full for the team, and without targets for the public.
import { z } from 'zod';
import type { IncidentRow } from '../../../store/incidents.ts';
import { iso, isoOrNull, timeSchema } from '../common.ts';

const publicFields = {
  id: z.string().meta({ example: 'inc_mbx1k2_7' }),
  url: z
    .string()
    .meta({ description: 'Its public page.', example: 'https://status.example.com/incidents/inc_mbx1k2_7' }),
  state: z.enum(['open', 'resolved']),
  verdict: z.enum(['partial', 'down']),
  monitor: z.strictObject({ id: z.string(), name: z.string() }),
  startedAt: timeSchema.meta({ description: 'When the target began to fail.' }),
  detectedAt: timeSchema.meta({ description: 'When a quorum agreed.' }),
  resolvedAt: timeSchema.nullable(),
  downtimeSeconds: z.int().meta({ description: 'Length so far, or in all. Derived, never stored.' }),
  reason: z.string().nullable().meta({
    description: 'Why it ended, when not because the target came back: paused, deleted, retargeted.',
  }),
  scope: z.array(z.string()).meta({ description: 'Locations that failed.', example: ['aws:eu-central-1'] }),
};

export const publicIncidentSchema = z
  .strictObject(publicFields)
  .meta({ id: 'PublicIncident', description: 'An incident as everybody may see it.' });
export type PublicIncident = z.input<typeof publicIncidentSchema>;

export const incidentSchema = z
  .strictObject({
    ...publicFields,
    verdict: z.enum(['partial', 'down', 'quarantined', 'lost']),
    monitor: publicFields.monitor.nullable().meta({ description: 'Null where it is a location’s.' }),
    location: z
      .string()
      .nullable()
      .meta({ description: 'The location that is quarantined or lost.', example: null }),
    quorum: z.unknown().meta({ description: 'The votes when it was last noticed.', type: 'object' }),
    evidence: z.array(z.unknown()).meta({ description: "Each location's testimony, as in the webhook." }),
  })
  .meta({ id: 'Incident', description: 'The stored span of a confirmed verdict, with its evidence.' });
export type Incident = z.input<typeof incidentSchema>;

export function showPublicIncident(row: IncidentRow, publicUrl: string, now: number): PublicIncident {
  return { ...showCommon(row, publicUrl, now), verdict: monitorVerdict(row), monitor: monitorOf(row) };
}

/** Incidents of locations are nobody's business but the team's. */
export const monitorVerdict = ({ id, verdict }: Pick<IncidentRow, 'id' | 'verdict'>): 'partial' | 'down' => {
  if (verdict === 'partial' || verdict === 'down') return verdict;
  throw new Error(`incident ${id} is a location's and must not be shown as a monitor's`);
};

const monitorOf = (row: IncidentRow) => ({ id: row.monitorId, name: row.monitorName });

const showCommon = (row: IncidentRow, publicUrl: string, now: number) => ({
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

export const showIncident = (row: IncidentRow, publicUrl: string, now: number): Incident => ({
  ...showCommon(row, publicUrl, now),
  verdict: row.verdict,
  monitor: row.location === null ? monitorOf(row) : null,
  location: row.location,
  quorum: row.quorum,
  evidence: row.evidence,
});
