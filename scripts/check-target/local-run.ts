// Owns running a check with probes on this machine: the built bundle in the local Lambda, invoked by the Worker's own code.
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkSchema } from '../../probes/checks/catalogue.ts';
import { type CheckInput, checkInputSchema } from '../../probes/checks/check-input.ts';
import { type CheckResult, toResultResponse } from '../../src/http/api/check-runs/schema.ts';
import { describeMistakes } from '../../src/http/api/field-errors.ts';
import { runDebugRun } from '../../src/services/check-runs/debug-run.ts';
import { buildProbe } from '../build-probe.ts';
import { type LocalLambda, startLocalLambda } from '../local-lambda/local-lambda.ts';
import { type TargetOptions, UsageError } from './options.ts';

const THIS_MACHINE = 'this machine';
/** Every location is this machine, so one is enough. No result shows its name. */
const DEFAULT_LOCATIONS = ['aws:us-east-1'];
const MAX_LOCATIONS = 12;
const FUNCTION = 'probemesh-probe';

/** Rejects with {@link UsageError} before anything starts. Leaves no process and no file, also after an interrupt. */
export async function runLocally(
  { check, locations: given, allowCidrs, canaryNames }: TargetOptions,
  onInterrupt: (end: () => Promise<void>) => void,
): Promise<CheckResult[]> {
  // The API's schema, for its messages. It differs from the probe's in that a secret may be null.
  const written = checkInputSchema.safeParse(check);
  const parsed = written.success ? checkSchema.safeParse(check) : written;
  if (!parsed.success) {
    const lines = describeMistakes(parsed.error, check).map(({ path, message }) => `${path}: ${message}`);
    throw new UsageError(lines.join('\n'));
  }
  const locations = given ?? DEFAULT_LOCATIONS;
  for (const id of locations)
    if (!/^aws:[a-z0-9-]{3,32}$/.test(id))
      throw new UsageError(`--locations has "${id}": each must be aws:<region>.`);
  if (locations.length > MAX_LOCATIONS || new Set(locations).size < locations.length)
    throw new UsageError(`--locations must have at most ${MAX_LOCATIONS} locations, each once.`);

  const folder = mkdtempSync(join(tmpdir(), 'probemesh-check-'));
  let lambda: LocalLambda | undefined;
  const end = async (): Promise<void> => {
    await lambda?.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  onInterrupt(end);
  try {
    const { bundlePath } = await buildProbe(folder);
    const credentials = { accessKeyId: 'local', secretAccessKey: randomUUID() };
    lambda = await startLocalLambda({
      ...{ port: 0, locations, bundlePath, credentials, functionName: FUNCTION },
      ...{ allowLoopback: true, allowCidrs, canaryNames },
    });
    // The local Lambda runs as long as its probes do.
    const canaries = [{ host: 'localhost', port: Number(new URL(lambda.url).port) }];
    const fleet = { functionName: FUNCTION, endpoint: lambda.url, canaries, credentials };
    const input = parsed.data as CheckInput & { readonly secrets?: Record<string, string> };
    const run = { check: input, secrets: input.secrets ?? {}, locations };
    const results = (await runDebugRun(fleet, run, Date.now)).map(toResultResponse);
    return results.map((result) => hereOf(result, given !== undefined));
  } finally {
    await end();
  }
}

/** The result as one of this machine. A location that the caller has named keeps its name, since it has its own address. */
function hereOf(result: CheckResult, isNamed: boolean): CheckResult {
  const { location, detail } = result;
  return {
    ...result,
    location: isNamed ? `${THIS_MACHINE} as ${location}` : THIS_MACHINE,
    detail: detail === null ? null : detail.replaceAll('this location', THIS_MACHINE),
  };
}
