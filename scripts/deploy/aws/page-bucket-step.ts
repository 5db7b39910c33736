// Owns the step of the bucket with the copy of the public pages, and its address. Does not write a page.
import { isDeepStrictEqual } from 'node:util';
import {
  type BucketLocationConstraint,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  GetBucketPolicyCommand,
  GetBucketTaggingCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  type PublicAccessBlockConfiguration,
  PutBucketPolicyCommand,
  PutPublicAccessBlockCommand,
  paginateListObjectsV2,
} from '@aws-sdk/client-s3';
import { DeployError, type Step } from '../step.ts';
import { nameOf } from './aws-errors.ts';
import type { AwsContext } from './context.ts';
import type { PolicyDocument } from './policies/document.ts';
import { pageBucketPolicy } from './policies/page-bucket.ts';
import { partitionOf } from './regions.ts';
import { resourceStep, tagList, tagRecord } from './resource-step.ts';
import { orNull, repeatWhile } from './waiting.ts';

interface FoundBucket {
  readonly region: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly access: PublicAccessBlockConfiguration | undefined;
  readonly policy: string | undefined;
}

/** Objects become public through the bucket's policy only. */
const ACCESS: PublicAccessBlockConfiguration = {
  BlockPublicAcls: true,
  IgnorePublicAcls: true,
  BlockPublicPolicy: false,
  RestrictPublicBuckets: false,
};
const OBJECTS_PER_CALL = 1_000;

/** Null: it does not exist. */
async function findRegion(context: AwsContext, askedIn: string): Promise<string | null> {
  const { clients, names, accountId } = context;
  const Bucket = names.bucket(accountId);
  try {
    const found = await clients.s3(askedIn).send(new HeadBucketCommand({ Bucket }));
    return found.BucketRegion ?? askedIn;
  } catch (error) {
    // An answer to HEAD has no body, so its status is all.
    const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
    if (status === 404) return null;
    if (status !== 403) throw error;
    throw new DeployError(
      `Bucket ${Bucket} belongs to another account, or you are not allowed to s3:ListBucket on it.`,
      'Attach the policy of docs/guide/deploy-permissions.md. If it is attached, change `name` in the settings.',
    );
  }
}

/** Address of the copies, without a slash at its end. Null: there are none. */
export function pageCopyUrl({
  settings: { watchdog },
  names,
  accountId,
}: Pick<AwsContext, 'settings' | 'names' | 'accountId'>): string | null {
  if (!watchdog?.pageCopy) return null;
  const region = watchdog.regions[0]!;
  const host = partitionOf(region) === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com';
  return `https://${names.bucket(accountId)}.s3.${region}.${host}`;
}

/** `isLeft`: only to look and to remove, wherever it is. */
export function pageBucketStep(
  context: AwsContext,
  { id, region, isLeft = false }: { id: string; region: string; isLeft?: boolean },
): Step {
  const { clients, names, accountId } = context;
  const Bucket = names.bucket(accountId);
  const title = `Bucket ${Bucket}`;
  const policy = pageBucketPolicy(context, region);

  const settle = async (home: string, found: FoundBucket | null): Promise<void> => {
    const s3 = clients.s3(home);
    if (!isDeepStrictEqual({ ...found?.access }, ACCESS))
      await s3.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: ACCESS }));
    if (isPolicy(found?.policy, policy)) return;
    try {
      // The access block that was just put may still be in effect.
      await repeatWhile(context.wait, { attempts: 5, delayMs: 2_000 }, isBlocked, () =>
        s3.send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify(policy) })),
      );
    } catch (error) {
      if (!isBlocked(error)) throw error;
      throw new DeployError(
        `${title}: the AWS account blocks public buckets.`,
        'Turn off "Block Public Access settings for this account" in the S3 console for bucket policies, or set `pageCopy: false`.',
        { cause: error },
      );
    }
  };

  return resourceStep<FoundBucket>(context, {
    id,
    title,
    needs: [],
    region,
    async read() {
      const home = await findRegion(context, region);
      if (home === null) return null;
      const s3 = clients.s3(home);
      const [tagging, access, found] = await Promise.all([
        orNull(['NoSuchTagSet'], () => s3.send(new GetBucketTaggingCommand({ Bucket }))),
        orNull(['NoSuchPublicAccessBlockConfiguration'], () =>
          s3.send(new GetPublicAccessBlockCommand({ Bucket })),
        ),
        orNull(['NoSuchBucketPolicy'], () => s3.send(new GetBucketPolicyCommand({ Bucket }))),
      ]);
      return {
        region: home,
        tags: tagRecord(tagging?.TagSet),
        access: access?.PublicAccessBlockConfiguration,
        policy: found?.Policy,
      };
    },
    tagsOf: ({ tags }) => tags,
    detailOf: ({ region: home }) => `in ${home}`,
    differences: ({ region: home, access, policy: found }) => {
      if (home !== region && !isLeft) {
        throw new DeployError(
          `${title} is in ${home}, and a bucket cannot move to ${region}. The functions of the watchdog are left as they are.`,
          `List ${home} first under watchdog.regions, so that the copies keep their address. Or delete the bucket: the next run makes it in ${region}.`,
        );
      }
      return [
        ...(isDeepStrictEqual({ ...access }, ACCESS) ? [] : ['public access block changes']),
        ...(isPolicy(found, policy) ? [] : [found ? 'policy changes' : 'policy is missing']),
      ];
    },
    async create() {
      await clients.s3(region).send(
        new CreateBucketCommand({
          Bucket,
          CreateBucketConfiguration: {
            // The first region of S3 has no name there.
            ...(region !== 'us-east-1' && { LocationConstraint: region as BucketLocationConstraint }),
            Tags: tagList(names.tags),
          },
        }),
      );
      await settle(region, null);
    },
    update: (found) => settle(found.region, found),
    async delete({ region: home }) {
      const s3 = clients.s3(home);
      const pages = paginateListObjectsV2({ client: s3, pageSize: OBJECTS_PER_CALL }, { Bucket });
      for await (const { Contents = [] } of pages) {
        if (Contents.length === 0) continue;
        const Objects = Contents.map(({ Key }) => ({ Key }));
        const { Errors = [] } = await s3.send(
          new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }),
        );
        if (Errors.length > 0) {
          const { Key, Code } = Errors[0]!;
          throw new DeployError(
            `${title}: ${Key} cannot be deleted: ${Code}.`,
            'Delete it in the S3 console.',
          );
        }
      }
      await s3.send(new DeleteBucketCommand({ Bucket }));
    },
  });
}

const isBlocked = (error: unknown): boolean =>
  nameOf(error) === 'AccessDenied' &&
  /BlockPublicPolicy|public policies are blocked/i.test((error as Error).message);

const isPolicy = (found: string | undefined, policy: PolicyDocument): boolean => {
  try {
    return found !== undefined && isDeepStrictEqual(JSON.parse(found), policy);
  } catch {
    return false;
  }
};
