// Runs one check now, from chosen locations, so that you can see what happens. Stores nothing.
import type { CheckInput } from '../../../probes/checks/check-input.ts';
import type { Observation } from '../../../probes/contract/index.ts';
import type { Caller } from '../../access/caller.ts';
import type { EncryptionKeys } from '../../encryption-key.ts';
import type { Config, FleetConfig } from '../../env.ts';
import { createDebugRun } from '../../fleet/debug-run.ts';
import { err, ok, type Result, type ValidationError } from '../../result.ts';
import { runAudited } from '../../store/audit.ts';
import { findMonitor } from '../../store/monitors.ts';
import { ifInside } from '../access/references.ts';
import { resolveSecrets, withSecretValues } from '../monitors/check-secrets.ts';
import { validateLocations, validateTarget } from '../monitors/validate-monitor.ts';

/** A debug run as a person requests it, parsed by its schema: defaults are applied. */
export interface DebugRunRequest {
  readonly check: CheckInput;
  readonly locations: 'all' | readonly string[];
  /** The monitor whose stored secrets a null stands for. */
  readonly monitor?: string | undefined;
}

/** The check has its secrets in plain text. */
export interface PreparedRun {
  readonly check: CheckInput;
  readonly locations: readonly string[];
}

export interface LocationResult {
  readonly location: string;
  readonly observation: Observation;
}

/** The caller runs too many checks. */
export interface CheckLimitError {
  readonly kind: 'limited';
  readonly message: string;
}

/** The period of the rate limit in wrangler.toml. */
export const CHECK_LIMIT_SECONDS = 60;

/** Everything that comes before a run, and whether it may start: the rules of a monitor, the rate limit, the audit entry. */
export async function admitDebugRun(
  config: Config,
  request: DebugRunRequest,
  caller: Caller,
): Promise<Result<PreparedRun, ValidationError | CheckLimitError>> {
  const prepared = await prepareDebugRun(config, request, caller);
  if (!prepared.ok) return prepared;
  const { success } = await config.checkLimit.limit({ key: caller.actor.id });
  if (!success) {
    const message = `The rate limit for checks is exceeded. Wait ${CHECK_LIMIT_SECONDS} seconds, then retry.`;
    return err({ kind: 'limited', message });
  }
  await recordDebugRun(config, request, caller);
  return prepared;
}

/** Applies the rules of a monitor: allowed targets, existing locations. */
async function prepareDebugRun(
  config: Pick<Config, 'db' | 'locations' | 'allowLoopback' | 'allowCidrs' | keyof EncryptionKeys>,
  { check, locations, monitor }: DebugRunRequest,
  { restriction }: Pick<Caller, 'restriction'>,
): Promise<Result<PreparedRun, ValidationError>> {
  const wanted = locations === 'all' ? config.locations : locations;
  const invalid = validateLocations(wanted, config.locations) ?? validateTarget(check, wanted, config);
  if (invalid) return err(invalid);
  const stored = monitor === undefined ? null : ifInside(restriction, await findMonitor(config.db, monitor));
  if (monitor !== undefined && stored === null) {
    const message = `Monitor "${monitor}" does not exist. Name the monitor that has the secrets, or leave it out.`;
    return err({ kind: restriction === null ? 'invalid' : 'not_found', path: ['monitor'], message });
  }
  const secrets = await resolveSecrets(config, check, stored);
  if (!secrets.ok) return secrets;
  return ok({ check: withSecretValues(check, secrets.value), locations: wanted });
}

/** A run connects to a target and may send stored secrets, so the audit log keeps it. */
async function recordDebugRun(
  config: Pick<Config, 'db' | keyof EncryptionKeys>,
  { check, locations, monitor }: DebugRunRequest,
  caller: Caller,
): Promise<void> {
  const { secrets, ...options } = check;
  const names = Object.keys((secrets ?? {}) as object).map((name) => [name, null]);
  const shown = names.length === 0 ? options : { ...options, secrets: Object.fromEntries(names) };
  await runAudited(config.db, config, caller, async () =>
    ok({
      statements: [],
      record: {
        action: 'check_run.started',
        target: { type: 'check_run', id: monitor ?? '', name: monitor ?? check.type },
        before: null,
        after: { check: shown, locations, ...(monitor === undefined ? {} : { monitor }) },
      },
    }),
  );
}

/** One result for each location, in the order of the request. */
export const runDebugRun = (
  fleet: FleetConfig,
  run: PreparedRun,
  now: () => number,
): Promise<LocationResult[]> =>
  Promise.all(
    startDebugRun(fleet, run, now).map(async ({ location, result }) => ({
      location,
      observation: await result,
    })),
  );

/** The run at every location, in the order of the request, each as soon as it ends. A failed invocation is an unmeasured result. */
export function startDebugRun(
  fleet: FleetConfig,
  { check, locations }: PreparedRun,
  now: () => number,
): { readonly location: string; readonly result: Promise<Observation> }[] {
  const debug = createDebugRun(fleet, now);
  return locations.map((location) => ({ location, result: debug(location, check) }));
}
