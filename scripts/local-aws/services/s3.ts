// Owns S3 as a service of the local AWS, with the bucket in the path: its operations, and the permission that each call needs.
// docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
import * as sdk from '@aws-sdk/client-s3';
import type { Account } from '../account.ts';
import { isPublic } from '../policy-document.ts';
import type { Permission, Service } from '../service.ts';
import { BUCKET_OPERATIONS } from './s3-buckets.ts';
import { OBJECT_OPERATIONS } from './s3-objects.ts';

interface Named {
  readonly Bucket?: string;
  readonly Key?: string;
  readonly Prefix?: string;
  readonly Delete?: { readonly Objects?: readonly { readonly Key?: string }[] };
  readonly CreateBucketConfiguration?: { readonly Tags?: readonly object[] };
}

/** Where the permission has another name than the operation. */
const ACTIONS: Readonly<Record<string, string>> = {
  HeadBucket: 'ListBucket',
  ListObjectsV2: 'ListBucket',
  ListBuckets: 'ListAllMyBuckets',
  HeadObject: 'GetObject',
  GetPublicAccessBlock: 'GetBucketPublicAccessBlock',
  PutPublicAccessBlock: 'PutBucketPublicAccessBlock',
  DeletePublicAccessBlock: 'PutBucketPublicAccessBlock',
  GetBucketLifecycleConfiguration: 'GetLifecycleConfiguration',
  PutBucketLifecycleConfiguration: 'PutLifecycleConfiguration',
  DeleteBucketLifecycle: 'PutLifecycleConfiguration',
};

export const S3: Service = {
  name: 's3',
  protocol: 'rest-xml',
  sdk,
  operations: { ...BUCKET_OPERATIONS, ...OBJECT_OPERATIONS },
  permissions(operation, input: Named): readonly Permission[] {
    const bucket = `arn:aws:s3:::${input.Bucket}`;
    if (operation === 'ListBuckets') return [{ action: 's3:ListAllMyBuckets', resource: '*' }];
    const keys = input.Delete?.Objects?.map(({ Key }) => Key);
    if (operation === 'DeleteObjects')
      return (keys ?? []).map((key) => ({ action: 's3:DeleteObject', resource: `${bucket}/${key}` }));
    const action = `s3:${ACTIONS[operation] ?? operation}`;
    const resource = input.Key === undefined ? bucket : `${bucket}/${input.Key}`;
    const conditions = input.Prefix === undefined ? {} : { 's3:prefix': input.Prefix };
    const permissions: Permission[] = [{ action, resource, conditions }];
    if ((input.CreateBucketConfiguration?.Tags ?? []).length > 0)
      permissions.push({ action: 's3:TagResource', resource: bucket });
    return permissions;
  },
};

/** The bucket policy that applies to a resource: a public one does not where RestrictPublicBuckets is on. */
export function bucketPolicyFor(account: Account, resource: string): string | undefined {
  const name = /^arn:aws:s3:::(?<name>[^/]+)/.exec(resource)?.groups?.name;
  const bucket = name === undefined ? undefined : account.buckets.get(name);
  if (!bucket?.policy) return undefined;
  if (bucket.publicAccessBlock?.RestrictPublicBuckets && isPublic(bucket.policy)) return undefined;
  return bucket.policy;
}
