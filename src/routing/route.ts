// Owns which routes a notification takes, and why the others do not match. Pure: time is an argument.
import { type EventType, events, type Severity } from '../channels/events.ts';
import { isBeginning } from '../channels/pairs.ts';
import { hasTag } from '../tags.ts';
import type { PlannedRoute, Route, RouteMatch, RouteStep, Routing } from './model.ts';
import { onCallAt } from './on-call.ts';
import { endOfTimes, isInTimes } from './times-of-week.ts';

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

/** A channel that a step notifies, and who is on call there. */
export interface StepChannel {
  readonly id: string;
  /** Id of the schedule. Null: the step names the channel itself. */
  readonly schedule: string | null;
  /** Id of the person on call. */
  readonly person: string | null;
  /** The schedules of the step reach no channel, so the default channels get it. */
  readonly isFallback: boolean;
}

/** Why a route does not apply. `warning`: it does not name warnings. `earlier_route`: another one matched before. */
export type Mismatch = keyof RouteMatch | 'warning' | 'earlier_route';

export interface RouteDecision {
  readonly route: Route;
  /** Null: the notification takes the route. */
  readonly mismatch: Mismatch | null;
}

/**
 * What decides where a notification goes. `monitor`: its own list of channels. `follow_up`: the channels that got the opening.
 * `none`: a warning that no route names.
 */
export type RoutingSource = 'monitor' | 'routes' | 'defaults' | 'follow_up' | 'none';

export interface RoutingDecision {
  readonly source: RoutingSource;
  readonly plan: readonly PlannedRoute[];
  /** Every route. Empty if routes do not decide. */
  readonly routes: readonly RouteDecision[];
}

/** Ends of stored conditions. */
const ENDS: ReadonlySet<EventType> = new Set<EventType>([
  ...(['monitor.no_data_resolved', 'monitor.flapping_ended', 'location.recovered'] as const),
]);

/** It goes to the channels that got the opening. */
const isFollowUp = (event: EventType): boolean =>
  ENDS.has(event) || (events[event].about === 'incident' && !isBeginning(event));

/** Recorded, and delivered only where a route names the event or the severity. */
const QUIET_WARNINGS: ReadonlySet<EventType> = new Set<EventType>([
  'monitor.degraded',
  'monitor.certificate',
]);

/** An end that is not linked to its beginning takes the routes of the beginning. */
const ROUTED_AS: Partial<Record<EventType, EventType>> = {
  'channel.recovered': 'channel.failing',
  'mesh.recovered': 'mesh.impaired',
};

export function decideRoutes(routing: Routing, notification: RoutedNotification): RoutingDecision {
  const { event, monitor } = notification;
  if (isFollowUp(event)) return { source: 'follow_up', plan: [], routes: [] };
  const isQuiet = QUIET_WARNINGS.has(event);
  if (monitor && monitor.channels !== 'default') {
    const plan = isQuiet ? [] : [shorthand(monitor.channels)];
    return { source: isQuiet ? 'none' : 'monitor', plan, routes: [] };
  }
  const decisions: RouteDecision[] = [];
  let isDecided = false;
  for (const route of routing.routes) {
    const mismatch: Mismatch | null = isDecided ? 'earlier_route' : mismatchOf(route.match, notification);
    decisions.push({ route, mismatch });
    isDecided ||= mismatch === null && !route.continues;
  }
  const taken = decisions.flatMap(({ route, mismatch }) => (mismatch === null ? [route] : []));
  if (taken.length > 0)
    return {
      source: 'routes',
      plan: taken.map((route) => planned(route, notification)),
      routes: decisions,
    };
  const plan = isQuiet ? [] : [shorthand(routing.defaultChannels)];
  return { source: isQuiet ? 'none' : 'defaults', plan, routes: decisions };
}

/** What the routes say about a notification. Nothing if it follows on another one. */
export const planRoutes = (routing: Routing, notification: RoutedNotification): readonly PlannedRoute[] =>
  decideRoutes(routing, notification).plan;

/** The first field that does not match. */
function mismatchOf(
  match: RouteMatch,
  { event, severity, at, monitor }: RoutedNotification,
): Mismatch | null {
  const routed = ROUTED_AS[event] ?? event;
  const declared = events[routed].severity;
  const wanted = declared === 'incident' || routed === event ? severity : declared;
  const { tags, monitors, groups, severities, events: names, times } = match;
  if (tags && !(monitor && tags.some((tag) => hasTag(monitor.tags, tag)))) return 'tags';
  if (monitors && !(monitor && monitors.includes(monitor.id))) return 'monitors';
  if (groups && !(monitor?.group != null && groups.includes(monitor.group))) return 'groups';
  if (severities && !severities.includes(wanted)) return 'severities';
  if (names && !names.includes(routed) && !names.includes(event)) return 'events';
  if (times && !times.some((one) => isInTimes(one, at))) return 'times';
  const isNamed = names !== undefined || severities?.includes('warning') === true;
  return QUIET_WARNINGS.has(event) && !isNamed ? 'warning' : null;
}

const shorthand = (channels: readonly string[]): PlannedRoute => ({
  routeId: null,
  steps: [{ afterSeconds: 0, channels, schedules: [] }],
  done: 1,
  ...{ repeatMinutes: null, remindedAt: null, heldUntil: null },
});

/** An event that reports a moment goes to the first step only, without its delay: no condition lasts that it waits for. */
function planned(route: Route, { event, severity, at }: RoutedNotification): PlannedRoute {
  const isIncident = event === 'incident.opened' || event === 'incident.partial';
  const [first, ...escalation] = route.steps;
  const steps: readonly RouteStep[] = !first
    ? []
    : !isBeginning(event)
      ? [{ ...first, afterSeconds: 0 }]
      : event === 'monitor.flapping'
        ? [first]
        : [first, ...escalation];
  const isHeld = severity !== 'critical' && route.quietHours !== null;
  const heldUntil = isHeld ? endOfTimes(route.quietHours, at) : null;
  const isDue = heldUntil === null && steps[0]?.afterSeconds === 0;
  return {
    routeId: route.id,
    steps,
    done: isDue ? 1 : 0,
    repeatMinutes: isIncident ? route.repeatMinutes : null,
    remindedAt: null,
    heldUntil,
  };
}

/** The channels of a step at a time: its own, and those of the people who are on call. */
export function channelsOfStep(routing: Routing, step: RouteStep, at: number): StepChannel[] {
  const found = new Map<string, StepChannel>();
  const add = (channel: StepChannel) => {
    if (!found.has(channel.id)) found.set(channel.id, channel);
  };
  for (const id of step.channels) add({ id, schedule: null, person: null, isFallback: false });
  for (const id of step.schedules) {
    const schedule = routing.schedules.get(id);
    for (const person of schedule ? onCallAt(schedule, at) : [])
      for (const channel of routing.contacts.get(person) ?? [])
        add({ id: channel, schedule: id, person, isFallback: false });
  }
  // No person is on call, or none who is can be reached: the step must not fail silently.
  if (found.size === 0 && step.schedules.length > 0)
    for (const id of routing.defaultChannels) add({ id, schedule: null, person: null, isFallback: true });
  return [...found.values()];
}

/** The channels of the steps that were carried out, each once. */
export function recipientsOf(routing: Routing, plan: readonly PlannedRoute[], at: number): Recipient[] {
  const found = new Map<string, Recipient>();
  for (const { routeId, steps, done } of plan)
    for (const step of steps.slice(0, done))
      for (const { id } of channelsOfStep(routing, step, at))
        if (!found.has(id)) found.set(id, { id, routeId });
  return [...found.values()];
}
