// Owns the words of lists of monitors: states, filters, what a row shows. Pure.
import { scheduleText } from '../heartbeats/schedule-text.ts';

/** What a list shows of a monitor, the worst first. */
export const LIST_STATES = [
  ...(['down', 'partial', 'no_data', 'degraded', 'maintenance', 'paused', 'pending', 'up'] as const),
] as const;

/**
 * Of several, the first of these: paused, down, partial, maintenance, pending (never checked), no data, degraded (up with
 * warnings), up. A maintenance hides no outage.
 */
export type ListState = (typeof LIST_STATES)[number];

export interface MonitorListQuery {
  readonly states?: readonly ListState[];
  /** Each `name` or `name:value`: monitors that have all of them. */
  readonly tags?: readonly string[];
  readonly group?: string;
  readonly types?: readonly string[];
  /** Id of a location whose vote is failing. */
  readonly failingAt?: string;
  /** Part of name, id, host or URL. Upper and lower case are the same. */
  readonly q?: string;
  /** Monitors that name this channel. */
  readonly channel?: string;
  readonly sort: 'state' | 'name' | 'since' | 'group' | 'type';
  readonly descending?: boolean;
  /** From 1. */
  readonly page: number;
  readonly pageSize: number;
  /** Tags of the caller. Null: everything. */
  readonly restriction: readonly string[] | null;
}

export interface ListedMonitor {
  readonly number: number;
  readonly id: string;
  readonly name: string;
  readonly type: string;
  /** Host and port, or the URL without its query. */
  readonly target: string;
  readonly group: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly public: boolean;
  readonly paused: boolean;
  readonly intervalSeconds: number;
  readonly version: number;
  readonly state: ListState;
  /** Also of a monitor that is down. */
  readonly maintenance: boolean;
  readonly since: number;
  readonly passing: number;
  readonly failing: number;
  readonly abstaining: number;
  /** Codes. */
  readonly warnings: readonly string[];
  readonly flapping: boolean;
  readonly incidentId: string | null;
  /** Ids of locations. */
  readonly failingAt: readonly string[];
}

export interface MonitorList {
  readonly rows: readonly ListedMonitor[];
  readonly total: number;
  /** Under the filter without `states`. */
  readonly counts: Readonly<Record<ListState, number>>;
  /** Of all monitors inside the restriction. */
  readonly groups: readonly string[];
  readonly tagNames: readonly string[];
}

/** States that do not follow from measurements. */
const UNMEASURED: readonly ListState[] = ['paused', 'maintenance', 'pending'];

/** Ticks or measurements have stopped: nothing is known any more of what was measured. */
export const withoutData = <T extends Pick<MonitorList, 'rows' | 'counts'>>(list: T): T => ({
  ...list,
  rows: list.rows.map(monitorWithoutData),
  counts: countsWithoutData(list.counts),
});

/** The stored states of monitors that are shown in one of these, while ticks or measurements have stopped. */
export function statesWithoutData(
  states: readonly ListState[] | undefined,
): readonly ListState[] | undefined {
  if (states === undefined) return undefined;
  const kept = states.filter((state) => UNMEASURED.includes(state));
  return states.includes('no_data')
    ? [...kept, ...LIST_STATES.filter((state) => !UNMEASURED.includes(state))]
    : kept;
}

export const monitorWithoutData = (monitor: ListedMonitor): ListedMonitor =>
  UNMEASURED.includes(monitor.state) ? monitor : { ...monitor, state: 'no_data', warnings: [] };

export function countsWithoutData(
  counts: Readonly<Record<ListState, number>>,
): Readonly<Record<ListState, number>> {
  const known = Object.entries(counts).filter(([state]) => UNMEASURED.includes(state as ListState));
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const kept = known.reduce((sum, [, count]) => sum + count, 0);
  const none = Object.fromEntries(LIST_STATES.map((state) => [state, 0])) as Record<ListState, number>;
  return { ...none, ...Object.fromEntries(known), no_data: total - kept };
}

interface TargetOptions {
  readonly type: string;
  readonly host: string | null;
  readonly port: number | null;
  readonly url: string | null;
  /** Of a DNS check: what it asks for, and whom. Null: the resolver of the probe. */
  readonly name: string | null;
  readonly server: string | null;
  /** Of a heartbeat: when its job reports. */
  readonly everySeconds?: number | null;
  readonly cron?: string | null;
  readonly timeZone?: string | null;
}

/** For people: host and port, a URL, a name that is looked up, or when a job reports. */
export function targetText(options: TargetOptions): string {
  const { type, host, port, url, name, server, everySeconds, cron, timeZone } = options;
  if (everySeconds) return scheduleText({ everySeconds });
  if (cron) return scheduleText({ cron, timeZone: timeZone ?? 'UTC' });
  if (url !== null) return url.replace(/[?#].*$/s, '').replace(/^(\w+:\/\/)[^/@]*@/, '$1');
  const named = (one: string): string => (one.includes(':') ? `[${one}]` : one);
  if (host !== null) return port === null ? host : `${named(host)}:${port}`;
  if (name === null) return type;
  return server === null ? name : `${name} @ ${named(server)}`;
}
