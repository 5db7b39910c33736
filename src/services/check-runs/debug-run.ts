// Runs one check now, from chosen locations, for a person who wants to see what happens. Nothing of it is stored.
import type { WrittenCheck } from '../../../probes/checks/check-input.ts';
import type { Observation } from '../../../probes/contract/index.ts';
import type { Config, FleetConfig } from '../../env.ts';
import { createDebugRun } from '../../fleet/debug-run.ts';
import { blotted } from '../../fleet/redact.ts';
import { done, type Refusal, type Result, refuse } from '../../result.ts';
import { findMonitor } from '../../store/monitors.ts';
import { readSecrets, type Secrets, withValues } from '../monitors/check-secrets.ts';
import { aimRefusal, locationRefusal } from '../monitors/validate-monitor.ts';

/** A debug run as a person asks for it, defaults applied. */
export interface CheckRun {
  readonly check: WrittenCheck;
  readonly locations: 'all' | readonly string[];
  /** The monitor whose stored secrets a null stands for. */
  readonly monitor?: string | undefined;
}

export interface PlannedRun {
  readonly check: WrittenCheck;
  readonly secrets: Secrets;
  readonly locations: readonly string[];
}

export interface LocationResult {
  readonly location: string;
  readonly observation: Observation;
}

/** The same rules as for a monitor: where it may go, and from where. */
export async function planCheckRun(
  config: Pick<Config, 'db' | 'locations' | 'allowLoopback' | 'encryptionKey'>,
  { check, locations, monitor }: CheckRun,
): Promise<Result<PlannedRun, Refusal>> {
  const wanted = locations === 'all' ? config.locations : locations;
  const refusal = locationRefusal(wanted, config.locations) ?? aimRefusal(check, wanted, config);
  if (refusal) return refuse(refusal);
  const stored = monitor === undefined ? null : await findMonitor(config.db, monitor);
  if (monitor !== undefined && stored === null) {
    const message = `There is no monitor "${monitor}". Name the one whose secrets are meant, or leave it out.`;
    return refuse({ kind: 'invalid', path: ['monitor'], message });
  }
  const secrets = await readSecrets(config.encryptionKey, check, stored);
  return secrets.ok ? done({ check, secrets: secrets.value, locations: wanted }) : secrets;
}

/** One result a location, in the order asked. What cannot be invoked is unmeasured, and no error. */
export function runCheck(
  fleet: FleetConfig,
  { check, secrets, locations }: PlannedRun,
  now: () => number,
): Promise<LocationResult[]> {
  const debug = createDebugRun(fleet, now);
  const job = withValues(check, secrets);
  return Promise.all(
    locations.map(async (location) => ({
      location,
      observation: blotted(await debug(location, job), secrets),
    })),
  );
}
