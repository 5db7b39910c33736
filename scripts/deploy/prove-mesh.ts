// Owns the end of a deployment: its proof, and going back to the version before if the new Worker is unhealthy.

import { createClients } from './aws/clients.ts';
import type { AccessKey } from './aws/context.ts';
import { homeRegionOf } from './aws/regions.ts';
import { rollBack } from './cloudflare/versions.ts';
import type { Mesh, Surroundings } from './mesh.ts';
import { type Proof, proveHealth, proveLocation, proveTick } from './proof.ts';
import { asDeployError } from './step.ts';
import { forgetUnproven, readUnproven } from './unproven.ts';

export interface ProvenMesh {
  readonly proofs: readonly Proof[];
  /** What happened to an unhealthy version, in a sentence. Null: nothing had to. */
  readonly rollback: { readonly isDone: boolean; readonly detail: string } | null;
}

/** `regions`: whose probe ended well. */
export async function proveMesh(
  mesh: Mesh,
  regions: readonly string[],
  hasWorker: boolean,
  surroundings: Surroundings,
): Promise<ProvenMesh> {
  const locations = proveLocations(mesh, regions, surroundings);
  const url = mesh.cloudflare.knownUrl();
  if (!hasWorker || url === null) return { proofs: await locations, rollback: null };
  const [tick, health] = await Promise.all([
    proveOneTick(mesh, url, surroundings),
    proveHealth(url, surroundings),
  ]);
  const proofs = [...(await locations), tick, health];
  const unproven = await readUnproven(surroundings.root, mesh.settings.name);
  if (health.isWell || unproven === null) {
    await forgetUnproven(surroundings.root, mesh.settings.name);
    return { proofs, rollback: null };
  }
  // What a person stopped proves nothing: the next run does.
  if (surroundings.signal?.aborted) return { proofs, rollback: null };
  const { previousVersionId, reason } = unproven;
  if (previousVersionId === null)
    return { proofs, rollback: { isDone: false, detail: `The new version still runs: ${reason}.` } };
  try {
    await rollBack(mesh.cloudflare, previousVersionId, 'probemesh: the new version is unhealthy');
    await forgetUnproven(surroundings.root, mesh.settings.name);
    return {
      proofs,
      rollback: {
        isDone: true,
        detail: `The Worker was rolled back to its previous version ${previousVersionId}.`,
      },
    };
  } catch (error) {
    return { proofs, rollback: { isDone: false, detail: asDeployError(error).message } };
  }
}

/** With the coordinator's own access key (`key`, or the one of the file), so that its permissions are proven too. */
export async function proveLocations(
  { settings, names, secrets }: Mesh,
  regions: readonly string[],
  surroundings: Surroundings,
  key?: AccessKey,
): Promise<Proof[]> {
  const accessKeyId = key?.accessKeyId ?? secrets.get('awsAccessKeyId');
  const secretAccessKey = key?.secretAccessKey ?? secrets.get('awsSecretAccessKey');
  const { awsEndpoint, awsCredentials } = surroundings;
  const credentials = accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : awsCredentials;
  const clients = createClients({
    homeRegion: homeRegionOf(settings.regions[0]!),
    maxAttempts: 1,
    ...(credentials === undefined ? {} : { credentials }),
    ...(awsEndpoint === undefined ? {} : { endpoint: awsEndpoint }),
  });
  try {
    return await Promise.all(
      regions.map((region) => proveLocation(region, names.probe, clients.lambda(region), surroundings)),
    );
  } finally {
    clients.destroy();
  }
}

async function proveOneTick({ secrets }: Mesh, url: string, surroundings: Surroundings): Promise<Proof> {
  const key = secrets.get('watchdogKey');
  if (key !== undefined) return proveTick(url, key, surroundings);
  return {
    ...{ name: 'tick', isWell: true, fix: '' },
    detail: 'not asked for: set PROBEMESH_WATCHDOG_KEY, and the deployment asks for one',
  };
}
