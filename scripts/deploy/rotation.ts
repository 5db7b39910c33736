// Owns the rotation of the encryption key, of the key of the watchdog, and of the AWS access key, while ticks run. The secrets file
// knows how far it has come, so a run that was killed continues.
//
// Instances of the Worker that started before a change of secrets run on for minutes. So every key is first made known beside the
// old one (prepared), and only then used (swapped). At every moment, each instance can read what any other writes.
import type { AccessKey } from './aws/context.ts';
import { rotateAccessKey } from './aws/rotate-access-key.ts';
import { setSecrets } from './cloudflare/worker-secrets.ts';
import type { Console } from './console.ts';
import type { Mesh, Surroundings } from './mesh.ts';
import { isHealthy, readHealth } from './proof.ts';
import { proveLocations } from './prove-mesh.ts';
import { resealProgress } from './reseal-progress.ts';
import { newEncryptionKey, newToken, type SecretName } from './secrets-file.ts';
import { DeployError, type Step } from './step.ts';

/** A tick lasts 170 s at most, and Cloudflare needs some seconds to spread a change. */
const ROLLOUT_MS = 240_000;
const PROGRESS_MS = 20_000;
/** Ten minutes without progress: what is left does not decrypt. */
const MAX_STILL = 30;

export class Rotation {
  readonly #mesh: Mesh;
  readonly #surroundings: Surroundings;
  readonly #console: Console;

  constructor(mesh: Mesh, surroundings: Surroundings, console: Console) {
    this.#mesh = mesh;
    this.#surroundings = surroundings;
    this.#console = console;
  }

  /** False: a person stopped it. */
  async rotateKeys(): Promise<boolean> {
    const { secrets } = this.#mesh;
    // A run that was killed during the last part had finished this one.
    if (secrets.rotation() === 'access') return true;
    const value = (name: SecretName): string => secrets.get(name)!;
    if (secrets.rotation() === null)
      await secrets.change(
        { encryptionKeyPrevious: newEncryptionKey(), watchdogKeyPrevious: newToken() },
        'prepared',
      );
    if (secrets.rotation() === 'prepared') {
      await this.#setKeys();
      if (!(await this.#rollOut('every instance of the Worker knows the new keys'))) return false;
      await secrets.change(
        {
          encryptionKey: value('encryptionKeyPrevious'),
          encryptionKeyPrevious: value('encryptionKey'),
          watchdogKey: value('watchdogKeyPrevious'),
          watchdogKeyPrevious: value('watchdogKey'),
        },
        'swapped',
      );
    }
    await this.#setKeys();
    await this.#tellWatchdogs();
    if (!(await this.#rollOut('every instance of the Worker uses the new keys'))) return false;
    if (!(await this.#resealed())) return false;
    const gone = ['encryptionKeyPrevious', 'watchdogKeyPrevious'] as const;
    // The file forgets a key only when the Worker has: until then a repeat ends here as well.
    await setSecrets(this.#mesh.cloudflare, { encryptionKeyPrevious: null, watchdogKeyPrevious: null });
    await secrets.change({ encryptionKeyPrevious: null, watchdogKeyPrevious: null }, 'access');
    await secrets.confirm(gone);
    this.#console.line('✓ the old encryption key and the old key of the watchdog are gone');
    return true;
  }

  /** False: a person stopped it. */
  async rotateAccess(): Promise<boolean> {
    const { aws, secrets, cloudflare, settings } = this.#mesh;
    if (this.#console.signal.aborted) return false;
    const nextId = secrets.get('awsNextAccessKeyId');
    const nextSecret = secrets.get('awsNextSecretAccessKey');
    let isStopped = false;
    const use = ({ accessKeyId, secretAccessKey }: AccessKey) => ({
      awsAccessKeyId: accessKeyId,
      awsSecretAccessKey: secretAccessKey,
    });
    await rotateAccessKey(aws, {
      next: nextId && nextSecret ? { accessKeyId: nextId, secretAccessKey: nextSecret } : null,
      keepNext: ({ accessKeyId, secretAccessKey }) =>
        secrets.change({ awsNextAccessKeyId: accessKeyId, awsNextSecretAccessKey: secretAccessKey }),
      activate: async (key) => {
        await setSecrets(cloudflare, use(key));
        isStopped = !(await this.#rollOut('every instance of the Worker uses the new AWS key'));
        if (isStopped) throw new Stopped();
      },
      // Every instance has started since, and the key works in the first region.
      isProven: async (key) => {
        const proofs = await proveLocations(this.#mesh, [settings.regions[0]!], this.#surroundings, key);
        return proofs.every(({ isWell }) => isWell);
      },
      finish: async (key) => {
        const next = { awsNextAccessKeyId: null, awsNextSecretAccessKey: null };
        await secrets.change({ ...use(key), ...next }, null);
        await secrets.confirm(['awsAccessKeyId', 'awsSecretAccessKey']);
      },
    }).catch((error: unknown) => {
      if (!isStopped) throw error;
    });
    if (!isStopped) this.#console.line('✓ the AWS access key is new, and the old one is deleted');
    return !isStopped;
  }

  #setKeys(): Promise<void> {
    const { cloudflare, secrets } = this.#mesh;
    const names = ['encryptionKey', 'encryptionKeyPrevious', 'watchdogKey', 'watchdogKeyPrevious'] as const;
    return setSecrets(cloudflare, Object.fromEntries(names.map((name) => [name, secrets.get(name) ?? null])));
  }

  /** Watchdogs sign with the new key, which the coordinator has known since it was prepared. */
  async #tellWatchdogs(): Promise<void> {
    const steps = this.#mesh.steps.filter(({ id }) => id.endsWith('/watchdog-secrets'));
    await Promise.all(
      steps.map(async (step: Step) => {
        const finding = await step.inspect();
        if (finding.state === 'different') await step.apply(finding);
      }),
    );
  }

  /** Waits until no instance has older secrets, and looks that the mesh is well. False: a person stopped it. */
  async #rollOut(what: string): Promise<boolean> {
    const { now, wait } = this.#surroundings;
    this.#console.line(`  waiting until ${what} …`);
    for (const until = now() + ROLLOUT_MS; now() < until; await wait(5_000))
      if (this.#console.signal.aborted) return false;
    const url = this.#mesh.cloudflare.knownUrl()!;
    const health = await readHealth(url, this.#surroundings);
    if (!isHealthy(health))
      throw new DeployError(
        `${url}/healthz: ${health.detail}. The rotation waits: old and new keys are valid.`,
        'Correct that, then run `npm run deploy -- rotate-keys` again.',
      );
    return true;
  }

  /** Waits until nothing needs the old encryption key. False: a person stopped it. */
  async #resealed(): Promise<boolean> {
    const { cloudflare, secrets } = this.#mesh;
    let lowest = Number.POSITIVE_INFINITY;
    for (let still = 0; still < MAX_STILL; still += 1) {
      const { values, ends } = await resealProgress(
        cloudflare,
        secrets.get('encryptionKey')!,
        secrets.get('encryptionKeyPrevious')!,
      );
      const left = values + ends;
      if (left === 0) return true;
      if (left < lowest) still = 0;
      lowest = Math.min(lowest, left);
      this.#console.line(`  ${values} values are still encrypted with the old key …`);
      await this.#surroundings.wait(PROGRESS_MS);
      if (this.#console.signal.aborted) return false;
    }
    throw new DeployError(
      `${lowest} values are still encrypted or signed with the old key, and ticks do not change that.`,
      'Values that neither key opens are damaged: the log has `secrets.resealed` with their number. Write these secrets again, then run `npm run deploy -- rotate-keys` again.',
    );
  }
}

class Stopped extends Error {}
