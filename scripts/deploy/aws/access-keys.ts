// Owns the access keys of the coordinator's user on AWS: which exist, which the coordinator has used, making and deleting one.
// Does not keep a secret.
import {
  CreateAccessKeyCommand,
  DeleteAccessKeyCommand,
  GetAccessKeyLastUsedCommand,
  ListAccessKeysCommand,
} from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { DeployError } from '../step.ts';
import { nameOf } from './aws-errors.ts';
import type { AccessKey, AwsContext } from './context.ts';
import { NO_SUCH_ENTITY } from './role-step.ts';
import { orNull, until } from './waiting.ts';

export interface FoundKey {
  readonly accessKeyId: string;
  readonly isActive: boolean;
}

/** Empty if the user does not exist. */
export async function listAccessKeys({ clients, names }: AwsContext): Promise<FoundKey[]> {
  const found = await orNull(NO_SUCH_ENTITY, () =>
    clients.iam.send(new ListAccessKeysCommand({ UserName: names.coordinator })),
  );
  return (found?.AccessKeyMetadata ?? []).map(({ AccessKeyId = '', Status }) => ({
    accessKeyId: AccessKeyId,
    isActive: Status === 'Active',
  }));
}

/** Whether the coordinator has invoked a probe with it. The deployment itself uses a new key for STS only. */
export async function isUsed({ clients }: AwsContext, accessKeyId: string): Promise<boolean> {
  const { AccessKeyLastUsed } = await clients.iam.send(
    new GetAccessKeyLastUsedCommand({ AccessKeyId: accessKeyId }),
  );
  return AccessKeyLastUsed?.ServiceName === 'lambda';
}

export async function deleteAccessKey({ clients, names }: AwsContext, accessKeyId: string): Promise<void> {
  await orNull(NO_SUCH_ENTITY, () =>
    clients.iam.send(new DeleteAccessKeyCommand({ UserName: names.coordinator, AccessKeyId: accessKeyId })),
  );
}

/** Makes a key, has it kept, and waits until AWS accepts it everywhere. `known` are the ids of keys that stay. */
export async function makeAccessKey(
  context: AwsContext,
  known: readonly string[],
  onAccessKey: AwsContext['onAccessKey'],
): Promise<AccessKey> {
  // The answer to a call that made a key can be lost, and the repeated call makes another, or finds two already.
  const deleteLost = async (kept: readonly string[]): Promise<void> =>
    deleteLostKeys(
      context,
      (await listAccessKeys(context)).filter(({ accessKeyId }) => !kept.includes(accessKeyId)),
    );
  await deleteLost(known);
  const key = await createKey(context).catch(async (error: unknown) => {
    if (!/^LimitExceeded/.test(nameOf(error))) throw error;
    await deleteLost(known);
    return createKey(context);
  });
  try {
    await onAccessKey(key);
  } catch (error) {
    // A key whose secret is lost must not stay. If this fails too, the next run deletes it.
    await deleteAccessKey(context, key.accessKeyId).catch(() => {});
    throw error;
  }
  await deleteLost([...known, key.accessKeyId]);
  await untilAccepted(context, key);
  return key;
}

async function createKey({ clients, names }: AwsContext): Promise<AccessKey> {
  const made = await clients.iam.send(new CreateAccessKeyCommand({ UserName: names.coordinator }));
  const { AccessKeyId = '', SecretAccessKey = '' } = made.AccessKey ?? {};
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey };
}

/** Keys whose secret is lost: made by a run that was killed. Those that the coordinator uses are not deleted. */
async function deleteLostKeys(context: AwsContext, lost: readonly FoundKey[]): Promise<void> {
  for (const { accessKeyId } of lost) {
    if (await isUsed(context, accessKeyId)) throw usedElsewhere(context, accessKeyId);
    context.log(`Deletes access key ${accessKeyId}, which a run made that did not end.`);
    await deleteAccessKey(context, accessKeyId);
  }
}

export const usedElsewhere = ({ names }: AwsContext, accessKeyId: string): DeployError =>
  new DeployError(
    `The coordinator uses access key ${accessKeyId} of ${names.coordinator}, whose secret is not in probemesh.secrets.json.`,
    'Copy that file from where the mesh was deployed. If it is lost, delete the key in the AWS console and run `npm run deploy` again: checks pause until it ends.',
  );

/** A new key is known in other regions only after seconds. Regions that refuse the deployment's own credentials are left out. */
async function untilAccepted(context: AwsContext, key: AccessKey): Promise<void> {
  const { clients, settings, wait } = context;
  const ask = new GetCallerIdentityCommand({});
  const accepted = async (region: string): Promise<void> => {
    const isEnabled = await clients
      .sts(region)
      .send(ask)
      .then(
        () => true,
        () => false,
      );
    if (!isEnabled) return;
    const sts = clients.sts(region, key);
    await until(
      wait,
      { attempts: 60, delayMs: 1_000 },
      () => [
        `${region} does not accept the new access key ${key.accessKeyId} after a minute.`,
        'Run `npm run deploy` again: it continues with this key.',
      ],
      async () => {
        try {
          await sts.send(ask);
          return true;
        } catch (error) {
          if (['InvalidClientTokenId', 'UnrecognizedClientException', 'AccessDenied'].includes(nameOf(error)))
            return undefined;
          throw error;
        }
      },
    );
  };
  await Promise.all(settings.regions.map(accepted));
}
