// Owns the step of the coordinator's access key. The user's step deletes it. Does not rotate it: rotate-access-key.ts does.
import type { Finding, Step } from '../step.ts';
import { DeployError } from '../step.ts';
import { isUsed, listAccessKeys, makeAccessKey, usedElsewhere } from './access-keys.ts';
import type { AwsContext } from './context.ts';
import { plainErrors } from './resource-step.ts';

export function accessKeyStep(
  context: AwsContext,
  { id, needs }: { id: string; needs: readonly string[] },
): Step {
  const title = `Access key of ${context.names.coordinator}`;

  const inspect = async (): Promise<Finding> => {
    const keys = await listAccessKeys(context);
    const known = context.existingAccessKeyId();
    const kept = keys.find(({ accessKeyId }) => accessKeyId === known);
    if (kept && !kept.isActive) {
      throw new DeployError(
        `${title}: ${kept.accessKeyId} is inactive, so the coordinator cannot invoke probes.`,
        'Activate it in the AWS console, or delete it there and run `npm run deploy` again: it makes another.',
      );
    }
    if (kept) {
      const second = keys.length > 1 ? '; `npm run deploy rotate-keys` ends a rotation that was stopped' : '';
      return { state: 'same', detail: `${kept.accessKeyId}${second}` };
    }
    for (const { accessKeyId } of keys)
      if (await isUsed(context, accessKeyId)) throw usedElsewhere(context, accessKeyId);
    if (keys.length === 0) return { state: 'absent', detail: 'does not exist' };
    const changes = keys.map(({ accessKeyId }) => `${accessKeyId}, whose secret is lost → a new key`);
    return { state: 'different', detail: 'left by a run that did not end', changes };
  };

  return plainErrors(
    { title, region: null },
    {
      id,
      title,
      needs,
      inspect,
      async apply() {
        if ((await inspect()).state === 'same') return;
        await makeAccessKey(context, [], context.onAccessKey);
      },
    },
  );
}
