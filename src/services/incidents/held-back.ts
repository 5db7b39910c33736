// Owns what was not sent about an incident, or later than it could have been, and why, as far as stored rows tell. Pure.
// The reasons are those of src/engine/notifications/suppression.ts, which decides when a notification is raised.

import type { CoveringWindow, IncidentDetails, UpstreamIncident } from '../../store/incident-page.ts';
import type { IncidentRow } from '../../store/incidents.ts';
import { hasTag } from '../../tags.ts';
import { occurrences } from '../windows/schedule.ts';

export type HeldReason =
  | {
      readonly by: 'maintenance' | 'silence';
      readonly id: string;
      readonly name: string;
      readonly until: number;
    }
  | { readonly by: 'dependency'; readonly incident: UpstreamIncident }
  | { readonly by: 'flapping'; readonly since: number }
  | { readonly by: 'paused' }
  /** Nothing stored says it: what held it back was deleted, or lasted seconds. */
  | { readonly by: 'unknown' };

export interface Held {
  readonly what: 'beginning' | 'end';
  /** When it would have been sent. */
  readonly at: number;
  /** When it was sent after all. Null: it was not. */
  readonly sentAt: number | null;
  readonly reason: HeldReason;
  /** False: what the rows say now may differ from what they said then. */
  readonly isSure: boolean;
}

type Found = Pick<Held, 'reason' | 'isSure'>;

const UNKNOWN: Found = { reason: { by: 'unknown' }, isSure: true };

type Facts = Pick<IncidentDetails, 'monitor' | 'notifications' | 'windows' | 'upstream' | 'flapping'>;

const BEGINNINGS: ReadonlySet<string> = new Set(['incident.opened', 'incident.partial']);
const ENDS: ReadonlySet<string> = new Set(['incident.resolved', 'incident.partial_resolved']);
/** Below this, a notification was sent at once. */
const AT_ONCE_MS = 5_000;

export function heldBack(incident: IncidentRow, facts: Facts): readonly Held[] {
  // Notifications of a location have no incident, and nothing but its own health holds them back.
  if (incident.location !== null) return [];
  const { detectedAt, resolvedAt } = incident;
  const begun = facts.notifications.find(({ event }) => BEGINNINGS.has(event));
  const ended = facts.notifications.findLast(({ event }) => ENDS.has(event));
  const beginning: Held[] =
    begun === undefined || begun.at - detectedAt > AT_ONCE_MS
      ? [
          {
            ...{ what: 'beginning', at: detectedAt, sentAt: begun?.at ?? null },
            ...reasonAt(incident, facts, detectedAt),
          },
        ]
      : [];
  // An end is sent only after its beginning, and only a maintenance or a silence holds it back.
  if (resolvedAt === null || begun === undefined) return beginning;
  if (ended !== undefined && ended.at - resolvedAt <= AT_ONCE_MS) return beginning;
  const window = windowAt(incident, facts, resolvedAt);
  const isLate = ended !== undefined && window === null;
  return isLate
    ? beginning
    : [
        ...beginning,
        {
          ...{ what: 'end', at: resolvedAt, sentAt: ended?.at ?? null },
          ...(window ?? UNKNOWN),
        },
      ];
}

/** In the order in which the engine asks. */
function reasonAt(incident: IncidentRow, facts: Facts, at: number): Found {
  const window = windowAt(incident, facts, at);
  if (window !== null) return window;
  const upstream = facts.upstream.find(
    ({ detectedAt, resolvedAt }) => detectedAt <= at && (resolvedAt ?? at) >= at,
  );
  const above = upstream ?? facts.upstream[0];
  if (above !== undefined)
    return { reason: { by: 'dependency', incident: above }, isSure: upstream !== undefined };
  const { flapping, monitor } = facts;
  if (flapping?.event === 'monitor.flapping')
    return { reason: { by: 'flapping', since: flapping.at }, isSure: flapping.at <= at };
  if (incident.reason === 'paused' || monitor?.paused === 1)
    return { reason: { by: 'paused' }, isSure: incident.reason === 'paused' };
  return UNKNOWN;
}

/** The window that covered the monitor then, maintenance first. Sure if nobody changed it since: tags are those of now. */
function windowAt({ monitorId }: IncidentRow, { windows, monitor }: Facts, at: number): Found | null {
  const isCovering = (window: CoveringWindow): boolean =>
    window.monitors === 'all' ||
    window.monitors.includes(monitorId) ||
    window.tags.some((tag) => hasTag(monitor?.tags ?? {}, tag));
  const active = windows.flatMap((window) => {
    // One that was created later held nothing back.
    if (!isCovering(window) || window.createdAt > at) return [];
    const [span] = occurrences(window.schedule, at, 1);
    return span !== undefined && span[0] <= at ? [{ window, until: span[1] }] : [];
  });
  const found = active.find(({ window }) => window.kind === 'maintenance') ?? active[0];
  if (found === undefined) return null;
  const { kind, id, name, monitors, updatedAt } = found.window;
  return {
    reason: { by: kind, id, name, until: found.until },
    isSure: updatedAt <= at && (monitors === 'all' || monitors.includes(monitorId)),
  };
}
