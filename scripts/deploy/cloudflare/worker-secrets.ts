// Owns the secrets of the Worker: which are missing there, and setting them. Values come from the secrets file, which has them
// before they are set. A value that is in use is never replaced by a new one here: `rotate-keys` does that.
import {
  environmentName,
  newEncryptionKey,
  newToken,
  WORKER_SECRETS,
  type WorkerSecret,
  workerValue,
} from '../secrets-file.ts';
import { DeployError, type Step } from '../step.ts';
import type { CloudflareContext } from './context.ts';
import type { WranglerResult } from './run-wrangler.ts';
import { isCoordinator } from './versions.ts';
import { isNewestNotDeployed } from './wrangler-error.ts';

export const SECRETS_STEP = 'cloudflare/secrets';

/** Made here if they are missing. */
const GENERATED = {
  encryptionKey: newEncryptionKey,
  setupToken: newToken,
  watchdogKey: newToken,
} as const satisfies Partial<Record<WorkerSecret, () => string>>;
type Generated = keyof typeof GENERATED;

const REQUIRED: readonly WorkerSecret[] = [
  ...(Object.keys(GENERATED) as Generated[]),
  'awsAccessKeyId',
  'awsSecretAccessKey',
];

/** Which neither the file nor the Worker has. */
export async function missingSecrets(context: CloudflareContext): Promise<Generated[]> {
  const set = new Set(await context.secretNames());
  return (Object.keys(GENERATED) as Generated[]).filter(
    (name) =>
      context.secrets.get(name) === undefined && !set.has(WORKER_SECRETS[name]) && isWanted(name, set),
  );
}

/** Writes them to the file, so that other steps can use them. */
export async function generateSecrets(context: CloudflareContext): Promise<void> {
  // A person may have agreed to a plan that is an hour old.
  await context.secretNames({ fresh: true });
  const missing = await missingSecrets(context);
  if (missing.length > 0)
    await context.secrets.change(Object.fromEntries(missing.map((name) => [name, GENERATED[name]()])));
}

/** A mesh that was set up by hand may have another way in than the setup token. */
const isWanted = (name: WorkerSecret, set: ReadonlySet<string>): boolean =>
  name !== 'setupToken' || !set.has(WORKER_SECRETS.encryptionKey);

/** What the Worker lacks, and what it may have with an older value. */
export async function secretsToSet(context: CloudflareContext): Promise<WorkerSecret[]> {
  const set = new Set(await context.secretNames());
  const missing = REQUIRED.filter((name) => !set.has(WORKER_SECRETS[name]) && isWanted(name, set));
  return [...new Set([...missing, ...context.secrets.pending()])];
}

/** `needs`: the step that makes the AWS access key. */
export function secretsStep(context: CloudflareContext, needs: readonly string[]): Step {
  const { names, secrets } = context;
  const toSet = () => secretsToSet(context);
  return {
    id: SECRETS_STEP,
    title: `secrets of the Worker ${names.worker}`,
    needs,
    async inspect() {
      const wanted = (await toSet()).map((name) => WORKER_SECRETS[name]);
      if (wanted.length === 0) return { state: 'same', detail: 'all set' };
      const detail = `${wanted.join(', ')} will be set`;
      const worker = await context.worker();
      if (worker !== undefined && !isCoordinator(worker))
        return { state: 'foreign', detail: `The Worker ${names.worker} is something else than a probemesh.` };
      return worker === undefined
        ? { state: 'absent', detail }
        : { state: 'different', detail, changes: wanted };
    },
    async apply() {
      await context.secretNames({ fresh: true });
      const wanted = await toSet();
      if (wanted.length === 0) return;
      const lacking = wanted.filter((name) => REQUIRED.includes(name) && secrets.get(name) === undefined);
      if (lacking.length > 0)
        throw new DeployError(
          `The secret ${lacking.map((name) => WORKER_SECRETS[name]).join(', ')} is neither set nor known here.`,
          `Set ${lacking.map(environmentName).join(', ')}, or bring back ${secrets.path}.`,
        );
      const values = Object.fromEntries(wanted.map((name) => [name, secrets.get(name) ?? null]));
      await setSecrets(context, values, { deploysNext: true });
    },
  };
}

/**
 * Null deletes a secret. Afterwards the file knows that the Worker has them. `deploysNext`: the Worker is deployed afterwards, so if a
 * rolled back version is the newest one, they can be set there: the next version takes them from it.
 */
export async function setSecrets(
  context: CloudflareContext,
  values: Partial<Record<WorkerSecret, string | null>>,
  { deploysNext = false } = {},
): Promise<void> {
  const { wrangler, names } = context;
  const set = new Set(await context.secretNames());
  const entries = (Object.entries(values) as [WorkerSecret, string | null][]).filter(
    ([name, value]) => value !== null || set.has(WORKER_SECRETS[name]),
  );
  if (entries.length > 0) {
    const body = JSON.stringify(
      Object.fromEntries(
        entries.map(([name, value]) => [
          WORKER_SECRETS[name],
          value === null ? null : workerValue(name, value),
        ]),
      ),
    );
    const what = `The secrets of the Worker ${names.worker} were not set`;
    const bulk = ['secret', 'bulk', '--name', names.worker];
    const expected = (result: WranglerResult): boolean => deploysNext && isNewestNotDeployed(result);
    if ((await wrangler.tryRun(what, bulk, expected, body)) === undefined)
      await wrangler.run(what, ['versions', ...bulk], body);
    context.forgetWorker();
  }
  await context.secrets.confirm(Object.keys(values) as WorkerSecret[]);
}
