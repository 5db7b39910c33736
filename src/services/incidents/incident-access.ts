// Owns which incidents a restricted person or key sees. Pure.
import type { ActedIncident } from '../../store/incident-actions.ts';
import type { IncidentRow } from '../../store/incidents.ts';
import type { Inside } from '../access/inside.ts';

/** An incident follows its monitor. One of a location, or of a deleted monitor, belongs to no team. */
export const isIncidentInside = (
  inside: Inside | null,
  { location, monitorNumber }: Pick<IncidentRow, 'location' | 'monitorNumber'>,
): boolean =>
  inside === null || (location === null && inside.monitorRows.some(({ number }) => number === monitorNumber));

/** A drill follows the monitor whose alert path it rehearses. */
export const isActedInside = (inside: Inside | null, { row, body }: ActedIncident): boolean =>
  row !== null
    ? isIncidentInside(inside, row)
    : inside === null || inside.monitors.has(body?.data.monitor?.id ?? '');

export const unknownIncident = (id: string): string =>
  `Unknown incident "${id}". GET /api/v1/incidents lists all incidents.`;
