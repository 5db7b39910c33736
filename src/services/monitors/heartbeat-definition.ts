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

/** The definition as it is stored. That of another check is unchanged, unless it names the location of heartbeats. */
export function withHeartbeatDefaults<D extends MonitorDefinition>(written: D): Result<D, ValidationError> {
  const { check, intervalSeconds, locations, alert } = written;
  if (!isHeartbeat(check)) return ok(written);
  if (intervalSeconds !== DEFAULT_INTERVAL_SECONDS && intervalSeconds !== HEARTBEAT_INTERVAL_SECONDS)
    return err(
      invalid(
        ['intervalSeconds'],
        'A heartbeat has no interval of its own. Leave it out: `check.everySeconds` or `check.cron` says when pings are due.',
      ),
    );
  const isOwn = locations === 'all' || (locations.length === 1 && locations[0] === HEARTBEAT_LOCATION);
  if (!isOwn) return err(invalid(['locations'], 'No location checks a heartbeat. Leave `locations` out.'));
  if (!isSame(alert, DEFAULT_ALERT) && !isSame(alert, ALERT))
    return err(
      invalid(
        ['alert'],
        'A heartbeat has no quorum. Leave `alert` out: `check.graceSeconds` says when it is late.',
      ),
    );
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
