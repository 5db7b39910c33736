// Owns the bucket of a local mesh that the watchdog copies the public pages to, in the local AWS. Every reader may read it.
import {
  CreateBucketCommand,
  PutBucketPolicyCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { Credentials } from '../local-lambda/signature.ts';

const BUCKET = 'probemesh-status';
const REGION = 'eu-central-1';

/** Variables of the watchdog. */
export const PAGE_BUCKET: Readonly<Record<string, string>> = {
  PROBEMESH_PAGE_BUCKET: BUCKET,
  PROBEMESH_PAGE_BUCKET_REGION: REGION,
};

export const pageCopyUrl = (awsUrl: string): string => `${awsUrl}/${BUCKET}`;

/** Does nothing if it exists: the data folder keeps it. */
export async function createPageBucket(awsUrl: string, credentials: Credentials): Promise<void> {
  const s3 = new S3Client({ region: REGION, endpoint: awsUrl, credentials, forcePathStyle: true });
  const Bucket = BUCKET;
  try {
    await s3.send(
      new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: REGION } }),
    );
  } catch (error) {
    if ((error as Error).name !== 'BucketAlreadyOwnedByYou') throw error;
  }
  const PublicAccessBlockConfiguration = {
    ...{ BlockPublicAcls: true, IgnorePublicAcls: true },
    ...{ BlockPublicPolicy: false, RestrictPublicBuckets: false },
  };
  await s3.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration }));
  const statement = {
    Effect: 'Allow',
    Principal: '*',
    Action: 's3:GetObject',
    Resource: `arn:aws:s3:::${BUCKET}/*`,
  };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  s3.destroy();
}
