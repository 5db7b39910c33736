// Answers what would suppress a notification about a monitor at a time, as far as it is known without measurements of that
// time: pauses, maintenances, silences, dependencies and flapping. Pure. The engine decides when it happens: see
// src/engine/notifications/suppression.ts.
import { isInside, isScopeInside, type Restriction } from '../../access/restriction.ts';
import type { EventType } from '../../channels/events.ts';
import type { AlertingSetup } from '../../store/alerting-setup.ts';
import { isCovered } from '../../store/window-scope.ts';
import { occurrences } from '../windows/schedule.ts';

export type SuppressedAt =
  | { readonly by: 'paused' }
  /** Name and id are null of a window that the caller does not see. */
  | {
      readonly by: 'maintenance' | 'silence';
      readonly id: string | null;
      readonly name: string | null;
      readonly until: number;
    }
  | { readonly by: 'dependency'; readonly id: string | null; readonly name: string | null }
  | { readonly by: 'flapping' };

/** Of these, only a window suppresses. */
const ENDS: ReadonlySet<EventType> = new Set<EventType>([
  ...(['incident.resolved', 'incident.partial_resolved', 'monitor.no_data_resolved'] as const),
  'monitor.flapping_ended',
]);
const SUPPRESSIBLE: ReadonlySet<EventType> = new Set<EventType>([
  ...ENDS,
  ...(['incident.opened', 'incident.partial', 'monitor.no_data', 'monitor.flapping'] as const),
  ...(['monitor.degraded', 'monitor.certificate'] as const),
]);
const BY_DEPENDENCY: ReadonlySet<EventType> = new Set<EventType>([
  ...(['incident.opened', 'incident.partial', 'monitor.flapping', 'monitor.degraded'] as const),
  'monitor.certificate',
]);
const BY_FLAPPING: ReadonlySet<EventType> = new Set<EventType>([
  ...(['incident.opened', 'incident.partial', 'monitor.degraded', 'monitor.certificate'] as const),
]);

/** Dependencies and flapping are those of now. */
export function suppressedAt(
  setup: AlertingSetup,
  { monitor: id, event, at }: { readonly monitor: string; readonly event: EventType; readonly at: number },
  restriction: Restriction,
): readonly SuppressedAt[] {
  const monitor = setup.monitors.find((one) => one.id === id);
  if (!monitor || !SUPPRESSIBLE.has(event)) return [];
  const insideIds = new Set(setup.monitors.filter((one) => isInside(restriction, one)).map((one) => one.id));
  const windows = setup.windows.flatMap((window): SuppressedAt[] => {
    if (!isCovered(window, monitor)) return [];
    const [span] = occurrences(window.schedule, at, 1);
    if (span === undefined || span[0] > at) return [];
    const isShown = isScopeInside(restriction, window, insideIds);
    return [
      {
        by: window.kind,
        ...(isShown ? { id: window.id, name: window.name } : { id: null, name: null }),
        until: span[1],
      },
    ];
  });
  const isEnd = ENDS.has(event);
  const down = BY_DEPENDENCY.has(event) ? setup.ancestors.filter(({ isDown }) => isDown) : [];
  return [
    ...(monitor.paused && !isEnd ? [{ by: 'paused' as const }] : []),
    ...windows,
    ...down.map((one): SuppressedAt => {
      const isShown = isInside(restriction, one);
      return { by: 'dependency', id: isShown ? one.id : null, name: isShown ? one.name : null };
    }),
    ...(monitor.flapping && BY_FLAPPING.has(event) ? [{ by: 'flapping' as const }] : []),
  ];
}
