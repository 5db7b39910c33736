// Owns the command `rotate-keys`: what it needs, the question, and what it says. Does not rotate: rotation.ts does.
import type { Console } from './console.ts';
import { type Mesh, openMesh, type Surroundings } from './mesh.ts';
import type { DeployOptions } from './options.ts';
import type { JsonReport, Result } from './report.ts';
import { Rotation } from './rotation.ts';
import { environmentName, SECRETS_FILE, type SecretName } from './secrets-file.ts';
import type { Settings } from './settings.ts';
import { DeployError } from './step.ts';

const ROTATED: readonly SecretName[] = [
  'encryptionKey',
  'watchdogKey',
  'awsAccessKeyId',
  'awsSecretAccessKey',
];

export async function rotateKeysCommand(
  options: DeployOptions,
  settings: Settings,
  surroundings: Surroundings,
  console: Console,
): Promise<JsonReport> {
  const mesh = await openMesh({ ...options, settings, looksForLeft: false }, surroundings);
  const report = (result: Result): JsonReport => ({
    ...{ command: 'rotate-keys', mesh: settings.name, result, url: mesh.cloudflare.knownUrl() },
    ...{ steps: [], proof: [], rollback: null },
  });
  try {
    requireFile(mesh, surroundings.env);
    const phase = mesh.secrets.rotation();
    console.line(
      phase === null
        ? `Mesh ${settings.name}: new encryption key, new key of the watchdog, new AWS access key. Old and new overlap; it takes about 15 minutes.`
        : `Mesh ${settings.name}: the rotation that was stopped continues.`,
    );
    if (options.planOnly) return report('planned');
    if (!options.yes && !(await console.confirm('Do it?'))) {
      console.line('Nothing was changed.');
      return report('cancelled');
    }
    const rotation = new Rotation(mesh, surroundings, console);
    const isDone = (await rotation.rotateKeys()) && (await rotation.rotateAccess());
    console.line(
      isDone
        ? `All keys are new. Keep a copy of ${mesh.secrets.path} in your password manager.`
        : 'Stopped. Old and new keys are valid. Run `npm run deploy -- rotate-keys` again to go on.',
    );
    return report(isDone ? 'done' : 'cancelled');
  } finally {
    mesh.close();
  }
}

/** What a rotation makes must survive this command, and nothing may override it. */
function requireFile({ secrets, cloudflare }: Mesh, env: Surroundings['env']): void {
  const set = ROTATED.map(environmentName).filter((name) => env[name]);
  if (set.length > 0)
    throw new DeployError(
      `${set.join(', ')} would override the new keys.`,
      `Run it where ${SECRETS_FILE} is, without these variables. Then write the new values to where the variables come from.`,
    );
  if (
    !secrets.exists ||
    secrets.get('encryptionKey') === undefined ||
    secrets.get('watchdogKey') === undefined
  )
    throw new DeployError(
      `${secrets.path} does not have the keys of this mesh.`,
      'Run it where the mesh was deployed first, or bring the file back from your password manager.',
    );
  if (cloudflare.knownUrl() === null)
    throw new DeployError('The mesh is not deployed.', 'Run `npm run deploy` first.');
}
