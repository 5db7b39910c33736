// Owns the condition of a service: the one answer from which banner, row, incident and order of the page follow. Pure.
// Does not word it: status-text.ts does.
import type { MonitorStatus } from '../monitor-status.ts';

/**
 * What readers see of a service. `was_down` and `was_partial`: an incident is open, but whether it continues is unknown.
 * `stopped`: no service is measured now. `pending`: its first checks are running.
 */
export type Condition =
  | 'down'
  | 'was_down'
  | 'partial'
  | 'was_partial'
  | 'stopped'
  | 'no_data'
  | 'pending'
  | 'unstable'
  | 'degraded'
  | 'up'
  | 'maintenance'
  | 'paused';

interface Facts
  extends Pick<
    MonitorStatus,
    'verdict' | 'incidentVerdict' | 'neverChecked' | 'failing' | 'flapping' | 'warnings'
  > {
  readonly paused: boolean;
  /** A maintenance is active, and no incident is open that began before it. */
  readonly planned: boolean;
}

/** `stale`: ticks or measurements have stopped. `hindered`: first results may not arrive. */
export function conditionOf(
  facts: Facts,
  { stale, hindered }: { stale: boolean; hindered: boolean },
): Condition {
  const { verdict, incidentVerdict } = facts;
  if (facts.paused) return 'paused';
  if (facts.planned) return 'maintenance';
  if (verdict === 'down' || verdict === 'partial') return verdict;
  if (incidentVerdict !== null) return incidentVerdict === 'down' ? 'was_down' : 'was_partial';
  if (stale) return 'stopped';
  if (facts.neverChecked) return hindered ? 'no_data' : 'pending';
  if (verdict === 'no_data') return 'no_data';
  if (facts.flapping && facts.failing === 0) return 'unstable';
  return facts.warnings.length > 0 ? 'degraded' : 'up';
}

export const isDown = (condition: Condition): boolean => condition === 'down' || condition === 'was_down';

export const isOutage = (condition: Condition): boolean =>
  isDown(condition) || condition === 'partial' || condition === 'was_partial';

/** An incident is open, and it is unknown whether it continues. */
export const isUnknownOutage = (condition: Condition): boolean =>
  condition === 'was_down' || condition === 'was_partial';

export const hasNoData = (condition: Condition): boolean =>
  condition === 'no_data' || condition === 'stopped';

/** Services of the same rank are in the order of their names. */
const rankOf = (condition: Condition): number => (isDown(condition) ? 0 : isOutage(condition) ? 1 : 2);

const names = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

interface Listed {
  readonly id: string;
  readonly name: string;
  readonly condition: Condition;
}

/** Failing services first, outages before regional problems, then by name: without case, and "Web 2" before "Web 10". */
export const inOrder = (a: Listed, b: Listed): number =>
  rankOf(a.condition) - rankOf(b.condition) || names.compare(a.name, b.name) || (a.id < b.id ? -1 : 1);
