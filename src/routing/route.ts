// Owns which routes a notification takes. Pure: time is an argument.
import type { EventType, Severity } from '../channels/events.ts';
import type { PlannedRoute, Routing } from './model.ts';

/** What decides about a notification. `monitor` is null if it is about probemesh itself. */
export interface RoutedNotification {
  readonly event: EventType;
  readonly severity: Severity;
  readonly at: number;
  readonly monitor: {
    readonly id: string;
    readonly group: string | null;
    readonly tags: Readonly<Record<string, string>>;
    readonly channels: 'default' | readonly string[];
  } | null;
}

/** A channel that gets a notification, and the route that names it. */
export interface Recipient {
  readonly id: string;
  readonly routeId: string | null;
}

/** What the routes say about a notification that begins or reports something. */
export function planRoutes(routing: Routing, { monitor }: RoutedNotification): PlannedRoute[] {
  const listed = monitor?.channels ?? 'default';
  const channels = listed === 'default' ? routing.defaultChannels : listed;
  return [
    {
      routeId: null,
      steps: [{ afterSeconds: 0, channels, schedules: [] }],
      done: 1,
      ...{ repeatMinutes: null, remindedAt: null, heldUntil: null },
    },
  ];
}

/** The channels of the steps that were carried out, each once. */
export function recipientsOf(_routing: Routing, plan: readonly PlannedRoute[], _at: number): Recipient[] {
  const found = new Map<string, Recipient>();
  for (const { routeId, steps, done } of plan)
    for (const { channels } of steps.slice(0, done))
      for (const id of channels) if (!found.has(id)) found.set(id, { id, routeId });
  return [...found.values()];
}
