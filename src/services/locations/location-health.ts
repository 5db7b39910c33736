// Owns in which state a location is, and why, from what pages read of it. Pure. The words are those of GET /api/v1/locations,
// which decides from the whole state of the mesh: too slow for a page of a large one.
import type { ListedLocation } from '../../store/location-list.ts';

export const LOCATION_STATES = [
  ...(['lost', 'quarantined', 'silent', 'unknown', 'waiting', 'disabled', 'healthy'] as const),
] as const;

/**
 * - lost, quarantined: the location has an open incident.
 * - silent: its newest invocation measured nothing.
 * - unknown: ticks have stopped.
 * - waiting: it has not reported yet.
 * - disabled: the configuration does not list it.
 */
export type LocationHealth = (typeof LOCATION_STATES)[number];

interface Known {
  readonly configured: readonly string[];
  readonly ticksStopped: boolean;
}

export function locationHealth(
  { id, incident, newest }: ListedLocation,
  { configured, ticksStopped }: Known,
): LocationHealth {
  if (!configured.includes(id)) return 'disabled';
  if (incident !== null) return incident.kind;
  if (newest === null) return 'waiting';
  if (ticksStopped) return 'unknown';
  const { error, ok, failed, unmeasured } = newest;
  return error !== null || (ok + failed === 0 && unmeasured > 0) ? 'silent' : 'healthy';
}

/** Since when it is in that state. Null if nothing stored shows it. */
export function healthSince(location: ListedLocation, health: LocationHealth): number | null {
  const { incident, recoveredAt, recent } = location;
  if (health === 'lost' || health === 'quarantined') return incident?.startedAt ?? null;
  if (health === 'silent') return recent?.lastSuccessAt ?? null;
  return health === 'healthy' ? recoveredAt : null;
}

/** The probe answered runs with `version`: it has another contract than the coordinator. */
export const hasOtherContract = ({ newest }: Pick<ListedLocation, 'newest'>): boolean =>
  newest?.reasons.includes('version') ?? false;

/** Null without a figure. */
export function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? null;
}
