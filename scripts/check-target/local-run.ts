// Runs a check through probes on this machine: the bundle in the local Lambda, and the Worker's own fleet before it.
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkSchema } from '../../probes/checks/catalogue.ts';
import type { CheckInput } from '../../probes/checks/check-input.ts';
import { type CheckResult, toResultResponse } from '../../src/http/api/check-runs/schema.ts';
import { describeIssues } from '../../src/http/api/field-errors.ts';
import { runDebugRun } from '../../src/services/check-runs/debug-run.ts';
import { buildProbe } from '../build-probe.ts';
import { type LocalLambda, startLocalLambda } from '../local-lambda/local-lambda.ts';
import { type TargetOptions, TargetRefused } from './options.ts';

/** They all are this machine: one says it. */
const DEFAULT_LOCATIONS = ['aws:us-east-1'];
const MOST_LOCATIONS = 12;
const FUNCTION = 'probemesh-probe';

/** Rejects with {@link TargetRefused} before anything starts. Nothing is left of it when it resolves, or is told to end. */
export async function runLocally(
  { check, locations = DEFAULT_LOCATIONS }: TargetOptions,
  onEnd: (end: () => Promise<void>) => void,
): Promise<CheckResult[]> {
  const parsed = checkSchema.safeParse(check);
  if (!parsed.success) {
    const lines = describeIssues(parsed.error).map(({ path, message }) => `${path}: ${message}`);
    throw new TargetRefused(lines.join('\n'));
  }
  for (const id of locations)
    if (!/^aws:[a-z0-9-]{3,32}$/.test(id))
      throw new TargetRefused(`--locations has "${id}": write each as aws:<region>.`);
  if (locations.length > MOST_LOCATIONS || new Set(locations).size < locations.length)
    throw new TargetRefused(`--locations: name each once, and at most ${MOST_LOCATIONS}.`);

  const folder = mkdtempSync(join(tmpdir(), 'probemesh-check-'));
  let lambda: LocalLambda | undefined;
  const end = async (): Promise<void> => {
    await lambda?.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  onEnd(end);
  try {
    const { bundlePath } = await buildProbe(folder);
    const credentials = { accessKeyId: 'local', secretAccessKey: randomUUID() };
    lambda = await startLocalLambda({
      ...{ port: 0, locations, bundlePath, credentials, functionName: FUNCTION, allowLoopback: true },
    });
    // What the probes run on is there as long as they are.
    const canaries = [{ host: 'localhost', port: Number(new URL(lambda.url).port) }];
    const fleet = { functionName: FUNCTION, endpoint: lambda.url, canaries, credentials };
    const written = parsed.data as CheckInput & { readonly secrets?: Record<string, string> };
    const run = { check: written, secrets: written.secrets ?? {}, locations };
    return (await runDebugRun(fleet, run, Date.now)).map(toResultResponse);
  } finally {
    await end();
  }
}
