// Owns what a heartbeat's monitor always has: one location without a quorum. Refuses what it cannot have.
import { HEARTBEAT_INTERVAL_SECONDS, HEARTBEAT_LOCATION } from '../../engine/model/heartbeat.ts';
import { isHeartbeat } from '../../heartbeats/check.ts';
import { err, ok, type Result, type ValidationError } from '../../result.ts';
import type { MonitorDefinition } from './validate-monitor.ts';

/** No two locations can disagree, and one ping decides. */
const ALERT = { quorum: 1, failures: 1, recoveries: 1, confirmSeconds: 5 } as const;
/** What the API's schema writes where a person wrote nothing. */
const DEFAULT_ALERT = { quorum: 'majority', failures: 2, recoveries: 2, confirmSeconds: 10 } as const;
export const DEFAULT_INTERVAL_SECONDS = 60;

const invalid = (path: string[], message: string): ValidationError => ({ kind: 'invalid', path, message });

/** What an update writes of it, as far as a heartbeat has none of its own. */
export interface WrittenTiming {
  readonly intervalSeconds?: unknown;
  readonly locations?: unknown;
  readonly alert?: unknown;
}

const TIMING = ['intervalSeconds', 'locations', 'alert'] as const;
const OWN: Readonly<Record<(typeof TIMING)[number], unknown>> = {
  intervalSeconds: HEARTBEAT_INTERVAL_SECONDS,
  locations: [HEARTBEAT_LOCATION],
  alert: ALERT,
};
const MESSAGES: Readonly<Record<(typeof TIMING)[number], string>> = {
  intervalSeconds:
    'A heartbeat has no interval of its own. Leave it out: `check.everySeconds` or `check.cron` says when pings are due.',
  locations: 'No location checks a heartbeat. Leave `locations` out.',
  alert: 'A heartbeat has no quorum. Leave `alert` out: `check.graceSeconds` says when it is late.',
};

/** What an update of a heartbeat may not write, with the path of the field. Null restores a default, so it may be written. */
export function writtenTimingErrors(
  written: WrittenTiming,
): { readonly path: string[]; readonly message: string }[] {
  return TIMING.flatMap((field) => {
    const value = written[field] ?? null;
    if (value === null || JSON.stringify(value) === JSON.stringify(OWN[field])) return [];
    if (field === 'alert' && isPartOf(value, ALERT)) return [];
    return [{ path: [field], message: MESSAGES[field] }];
  });
}

const isPartOf = (value: unknown, whole: Readonly<Record<string, unknown>>): boolean =>
  typeof value === 'object' &&
  Object.entries(value as object).every(([name, one]) => one === null || one === whole[name]);

/** Whether a monitor becomes a heartbeat, or stops being one: then what it had of these fields means nothing. */
export const changesToOrFromHeartbeat = (before: { type: string }, after: { type: string }): boolean =>
  isHeartbeat(before) !== isHeartbeat(after);

/** The definition without what a heartbeat has no choice in. */
export function withoutHeartbeatDefaults<D extends { readonly check: { readonly type: string } }>(
  definition: D,
): D | Omit<D, (typeof TIMING)[number]> {
  if (!isHeartbeat(definition.check)) return definition;
  return Object.fromEntries(
    Object.entries(definition).filter(([field]) => !(TIMING as readonly string[]).includes(field)),
  ) as Omit<D, (typeof TIMING)[number]>;
}

/** The definition as it is stored. That of another check is unchanged, unless it names the location of heartbeats. */
export function withHeartbeatDefaults<D extends MonitorDefinition>(written: D): Result<D, ValidationError> {
  const { check, intervalSeconds, locations, alert } = written;
  if (!isHeartbeat(check)) return ok(written);
  if (intervalSeconds !== DEFAULT_INTERVAL_SECONDS && intervalSeconds !== HEARTBEAT_INTERVAL_SECONDS)
    return err(invalid(['intervalSeconds'], MESSAGES.intervalSeconds));
  const isOwn = locations === 'all' || (locations.length === 1 && locations[0] === HEARTBEAT_LOCATION);
  if (!isOwn) return err(invalid(['locations'], MESSAGES.locations));
  if (!isSame(alert, DEFAULT_ALERT) && !isSame(alert, ALERT)) return err(invalid(['alert'], MESSAGES.alert));
  return ok({
    ...written,
    intervalSeconds: HEARTBEAT_INTERVAL_SECONDS,
    locations: [HEARTBEAT_LOCATION],
    alert: ALERT,
  });
}

const isSame = (a: MonitorDefinition['alert'], b: MonitorDefinition['alert']): boolean =>
  a.quorum === b.quorum &&
  a.failures === b.failures &&
  a.recoveries === b.recoveries &&
  a.confirmSeconds === b.confirmSeconds;
