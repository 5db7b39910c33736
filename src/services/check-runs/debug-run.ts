// Runs one check now, from chosen locations, for a person who wants to see what happens. Nothing of it is stored.
import type { CheckInput } from '../../../probes/checks/check-input.ts';
import type { Observation } from '../../../probes/contract/index.ts';
import type { Config, FleetConfig } from '../../env.ts';
import { createDebugRun } from '../../fleet/debug-run.ts';
import { redactDeep } from '../../fleet/redact.ts';
import { err, ok, type Result, type ValidationError } from '../../result.ts';
import { findMonitor } from '../../store/monitors.ts';
import { resolveSecrets, type Secrets, withSecretValues } from '../monitors/check-secrets.ts';
import { validateLocations, validateTarget } from '../monitors/validate-monitor.ts';

/** A debug run as a person asks for it, defaults applied. */
export interface DebugRunRequest {
  readonly check: CheckInput;
  readonly locations: 'all' | readonly string[];
  /** The monitor whose stored secrets a null stands for. */
  readonly monitor?: string | undefined;
}

export interface PreparedRun {
  readonly check: CheckInput;
  readonly secrets: Secrets;
  readonly locations: readonly string[];
}

export interface LocationResult {
  readonly location: string;
  readonly observation: Observation;
}

/** The same rules as for a monitor: where it may go, and from where. */
export async function prepareDebugRun(
  config: Pick<Config, 'db' | 'locations' | 'allowLoopback' | 'encryptionKey'>,
  { check, locations, monitor }: DebugRunRequest,
): Promise<Result<PreparedRun, ValidationError>> {
  const wanted = locations === 'all' ? config.locations : locations;
  const refusal = validateLocations(wanted, config.locations) ?? validateTarget(check, wanted, config);
  if (refusal) return err(refusal);
  const stored = monitor === undefined ? null : await findMonitor(config.db, monitor);
  if (monitor !== undefined && stored === null) {
    const message = `There is no monitor "${monitor}". Name the one whose secrets are meant, or leave it out.`;
    return err({ kind: 'invalid', path: ['monitor'], message });
  }
  const secrets = await resolveSecrets(config.encryptionKey, check, stored);
  return secrets.ok ? ok({ check, secrets: secrets.value, locations: wanted }) : secrets;
}

/** One result a location, in the order asked. What cannot be invoked is unmeasured, and no error. */
export function runDebugRun(
  fleet: FleetConfig,
  { check, secrets, locations }: PreparedRun,
  now: () => number,
): Promise<LocationResult[]> {
  const debug = createDebugRun(fleet, now);
  const job = withSecretValues(check, secrets);
  return Promise.all(
    locations.map(async (location) => ({
      location,
      observation: redactDeep(await debug(location, job), secrets),
    })),
  );
}
