// Owns the shapes of routes, on-call schedules and plans of alerts, as they are stored. Types only.
import type { EventType, Severity } from '../channels/events.ts';

export const WEEKDAYS = [
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
  'sunday',
] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/**
 * Times of the week in local time: from `from` to before `to` (`HH:MM`), on these days. If `to` is not after `from`, it
 * ends on the next day.
 */
export interface WeekTimes {
  readonly days: readonly Weekday[];
  readonly from: string;
  readonly to: string;
  /** IANA name. */
  readonly timeZone: string;
}

/** A notification matches if every field that is present matches. Each list means "one of". */
export interface RouteMatch {
  /** `name` or `name:value`: the monitor has one of them. */
  readonly tags?: readonly string[] | undefined;
  readonly monitors?: readonly string[] | undefined;
  readonly groups?: readonly string[] | undefined;
  readonly severities?: readonly Severity[] | undefined;
  readonly events?: readonly EventType[] | undefined;
  readonly times?: readonly WeekTimes[] | undefined;
}

/** Whom one step notifies. The first step has `afterSeconds` 0, or the delay of the route. */
export interface RouteStep {
  /** Seconds after the opening. The condition must still hold then, not acknowledged. */
  readonly afterSeconds: number;
  readonly channels: readonly string[];
  /** Ids of schedules: the channels of the people who are on call then. */
  readonly schedules: readonly string[];
}

export interface Route {
  readonly id: string;
  readonly name: string;
  readonly match: RouteMatch;
  readonly continues: boolean;
  readonly steps: readonly RouteStep[];
  readonly repeatMinutes: number | null;
  readonly quietHours: WeekTimes | null;
}

/** People take turns. Times are local to the schedule's zone, so a turn keeps its hour through daylight saving. */
export interface Rotation {
  readonly name: string;
  /** Ids of people, in order. */
  readonly people: readonly string[];
  /** Local start of the first turn: `2026-11-23T09:00`. */
  readonly start: string;
  /** Local end of the rotation. Null: it has none. */
  readonly end: string | null;
  /** Length of a turn. */
  readonly turn: { readonly unit: 'hours' | 'days' | 'weeks'; readonly count: number };
  /** The rotation applies in these times only. Null: always. */
  readonly times: readonly Omit<WeekTimes, 'timeZone'>[] | null;
}

/** One person takes the place of all rotations for a time. Times are ms since the epoch. */
export interface Override {
  readonly id: string;
  readonly person: string;
  readonly startsAt: number;
  readonly endsAt: number;
}

export interface Schedule {
  readonly id: string;
  readonly name: string;
  readonly timeZone: string;
  readonly rotations: readonly Rotation[];
  readonly overrides: readonly Override[];
}

/** What one route does about an alert. `done` is the number of steps that were carried out. */
export interface PlannedRoute {
  /** Null: the channels of the monitor, or the default channels. */
  readonly routeId: string | null;
  readonly steps: readonly RouteStep[];
  readonly done: number;
  readonly repeatMinutes: number | null;
  /** When the newest reminder was sent. Null: none was. */
  readonly remindedAt: number | null;
  /** Quiet hours hold the opening until then. Null: they do not. */
  readonly heldUntil: number | null;
}

export interface AlertPlan {
  readonly routes: readonly PlannedRoute[];
  /** Of a drill: when it ends by itself. */
  readonly drillEndsAt?: number;
  /** Channels of the steps that were carried out, on call or not, enabled or not. */
  readonly notified?: readonly string[];
  /** How many escalations and reminders were sent. */
  readonly escalations?: number;
  readonly reminders?: number;
}

/** Everything that decides where notifications go. */
export interface Routing {
  readonly routes: readonly Route[];
  readonly defaultChannels: readonly string[];
  readonly schedules: ReadonlyMap<string, Schedule>;
  /** Channels of people, by id of the person. */
  readonly contacts: ReadonlyMap<string, readonly string[]>;
}
