// Owns what Cloudflare knows of the Worker: the version that runs, its variables, its change of Durable Object classes, and going
// back to an earlier version.
import type { WranglerResult } from './run-wrangler.ts';
import { type NamedWrangler, parseJson } from './wrangler.ts';
import { isWorkerMissing } from './wrangler-error.ts';

export interface DeployedWorker {
  /** The version that runs, or the one with most requests. */
  readonly versionId: string;
  readonly deployedAt: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly secretNames: readonly string[];
  /** Names of all its bindings but variables and secrets. */
  readonly bindings: readonly string[];
  /** The newest change of Durable Object classes that was applied. */
  readonly migrationTag: string | null;
}

/** `wrangler deployments status --json` */
interface Deployment {
  readonly created_on: string;
  readonly versions: readonly { readonly version_id: string; readonly percentage: number }[];
}

/** `wrangler versions view --json` */
interface Version {
  readonly id: string;
  readonly resources: {
    readonly bindings?: readonly { readonly type: string; readonly name: string; readonly text?: string }[];
    readonly script_runtime?: { readonly migration_tag?: string };
  };
}

/** Undefined: it does not exist. */
export async function findWorker({ wrangler, names }: NamedWrangler): Promise<DeployedWorker | undefined> {
  const what = `The Worker ${names.worker} cannot be read`;
  const args = ['deployments', 'status', '--name', names.worker, '--json'];
  const status = await wrangler.tryRun(what, args, hasNoDeployment);
  if (status === undefined) return undefined;
  const deployment = parseJson<Deployment>(what, status);
  const [running] = deployment.versions.toSorted((a, b) => b.percentage - a.percentage);
  if (running === undefined) return undefined;
  const view = ['versions', 'view', running.version_id, '--name', names.worker, '--json'];
  const { resources } = await wrangler.json<Version>(what, view);
  const bindings = resources.bindings ?? [];
  const variables = Object.fromEntries(
    bindings.filter(({ type }) => type === 'plain_text').map(({ name, text = '' }) => [name, text]),
  );
  return {
    versionId: running.version_id,
    deployedAt: deployment.created_on,
    variables,
    secretNames: bindings.filter(({ type }) => type === 'secret_text').map(({ name }) => name),
    bindings: bindings
      .filter(({ type }) => type !== 'plain_text' && type !== 'secret_text')
      .map(({ name }) => name),
    migrationTag: resources.script_runtime?.migration_tag ?? (variables.DEPLOYED_MIGRATION || null),
  };
}

/** The newest version, whether it runs or was rolled back. */
export async function newestVersionId({ wrangler, names }: NamedWrangler): Promise<string | undefined> {
  const versions = await wrangler.json<{ readonly id: string; readonly number: number }[]>(
    `The versions of the Worker ${names.worker} cannot be listed`,
    ['versions', 'list', '--name', names.worker, '--json'],
  );
  return versions.toSorted((a, b) => b.number - a.number)[0]?.id;
}

/** Names of the secrets that are set. None if there is no Worker. */
export async function findSecretNames({ wrangler, names }: NamedWrangler): Promise<readonly string[]> {
  const what = `The secrets of the Worker ${names.worker} cannot be listed`;
  const args = ['secret', 'list', '--name', names.worker, '--format', 'json'];
  const result = await wrangler.tryRun(what, args, isWorkerMissing);
  if (result === undefined) return [];
  return parseJson<{ readonly name: string }[]>(what, result).map(({ name }) => name);
}

/** A Worker of a mesh, or the empty one that wrangler makes for secrets before the first deployment. */
export const isCoordinator = ({ variables, bindings, secretNames }: DeployedWorker): boolean =>
  'PROBE_FUNCTION' in variables ||
  (Object.keys(variables).length === 0 && bindings.length === 0 && secretNames.includes('ENCRYPTION_KEY'));

/** Throws a DeployError if Cloudflare refuses. */
export async function rollBack(
  { wrangler, names }: NamedWrangler,
  versionId: string,
  message: string,
): Promise<void> {
  await wrangler.run(`The Worker ${names.worker} was not rolled back`, [
    ...['rollback', versionId, '--name', names.worker, '--yes', '--message', message],
  ]);
}

const hasNoDeployment = (result: WranglerResult): boolean =>
  isWorkerMissing(result) || /has no deployments/.test(`${result.stderr}\n${result.stdout}`);
