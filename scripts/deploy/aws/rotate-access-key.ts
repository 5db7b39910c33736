// Owns the rotation of the coordinator's access key: two are valid until the new one works. Safe to stop at any point and to
// repeat. Does not keep a secret, nor set one in the Worker.
import { DeployError } from '../step.ts';
import { deleteAccessKey, isUsed, listAccessKeys, makeAccessKey } from './access-keys.ts';
import { toDeployError } from './aws-errors.ts';
import type { AccessKey, AwsContext } from './context.ts';
import { until } from './waiting.ts';

export interface AccessKeyRotation {
  /** The second key of a rotation that was stopped, as {@link keepNext} kept it. */
  readonly next: AccessKey | null;
  /** Keeps the second key beside the first. It counts as made only when this has resolved. */
  keepNext(key: AccessKey): Promise<void>;
  /** Sets it in the Worker. Repeated with the same key after a stop. */
  activate(key: AccessKey): Promise<void>;
  /** A proof that the Worker uses the key, such as a tick since then. Without it, AWS's own record counts, minutes later. */
  isProven?(key: AccessKey): Promise<boolean>;
  /** The second key is now the only one: forgets the first. */
  finish(key: AccessKey): Promise<void>;
}

const PROOF = { attempts: 90, delayMs: 10_000 };

export async function rotateAccessKey(context: AwsContext, rotation: AccessKeyRotation): Promise<void> {
  try {
    await rotate(context, rotation);
  } catch (error) {
    throw toDeployError(error, { title: `Access key of ${context.names.coordinator}`, region: null });
  }
}

async function rotate(context: AwsContext, rotation: AccessKeyRotation): Promise<void> {
  const current = context.existingAccessKeyId();
  const keys = await listAccessKeys(context);
  const next = keys.some(({ accessKeyId }) => accessKeyId === rotation.next?.accessKeyId)
    ? rotation.next
    : null;
  if (!next && !keys.some(({ accessKeyId }) => accessKeyId === current)) {
    throw new DeployError(
      `Access key of ${context.names.coordinator}: there is none to rotate.`,
      'Run `npm run deploy` first.',
    );
  }
  const known = current === null ? [] : [current];
  const key = next ?? (await makeAccessKey(context, known, (made) => rotation.keepNext(made)));
  await rotation.activate(key);
  await until(
    context.wait,
    PROOF,
    () => [
      `The coordinator has not used its new access key ${key.accessKeyId} for 15 minutes.`,
      'Both keys are valid, so nothing is lost. See that /healthz is well, then run `npm run deploy rotate-keys` again.',
    ],
    async () => {
      const proven = rotation.isProven
        ? await rotation.isProven(key)
        : await isUsed(context, key.accessKeyId);
      return proven || undefined;
    },
  );
  if (current && current !== key.accessKeyId) await deleteAccessKey(context, current);
  await rotation.finish(key);
}
