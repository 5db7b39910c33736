// Owns buckets of the local S3, and their settings: docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html and its
// neighbours. Does not own objects.
import type * as sdk from '@aws-sdk/client-s3';
import type { Bucket } from '../account.ts';
import { AwsError } from '../errors.ts';
import { isPublic, parse } from '../policy-document.ts';
import type { Context, Handler } from '../service.ts';
import { tagList, tagsOf } from '../tags.ts';

/** The region of a bucket answers for it; another redirects. */
export function findBucket(name: string | undefined, { account, regionName }: Context): Bucket {
  const bucket = account.buckets.get(name ?? '');
  if (!bucket) {
    if (account.foreignBuckets.has(name ?? '')) throw new AwsError('AccessDenied', 'Access Denied', 403);
    throw new AwsError('NoSuchBucket', 'The specified bucket does not exist', 404, {
      BucketName: name ?? '',
    });
  }
  if (bucket.region !== regionName)
    throw new AwsError(
      'PermanentRedirect',
      'The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.',
      301,
      { Bucket: bucket.name, Endpoint: `s3.${bucket.region}.amazonaws.com` },
    );
  return bucket;
}

/** docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const NAME = /^(?=.{3,63}$)[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;

export const BUCKET_OPERATIONS: Readonly<Record<string, Handler>> = {
  CreateBucket(input: sdk.CreateBucketRequest, context: Context): sdk.CreateBucketOutput {
    const { account, regionName, now } = context;
    const name = input.Bucket ?? '';
    if (!NAME.test(name)) throw new AwsError('InvalidBucketName', 'The specified bucket is not valid.');
    const wanted = input.CreateBucketConfiguration?.LocationConstraint ?? 'us-east-1';
    // us-east-1 is named by leaving it out.
    if (
      wanted !== regionName ||
      input.CreateBucketConfiguration?.LocationConstraint === ('us-east-1' as never)
    )
      throw new AwsError(
        wanted === 'us-east-1' && regionName === 'us-east-1'
          ? 'InvalidLocationConstraint'
          : 'IllegalLocationConstraintException',
        `The ${wanted === 'us-east-1' && regionName !== 'us-east-1' ? 'unspecified' : wanted} location constraint is incompatible for the region specific endpoint this request was sent to.`,
      );
    if (account.foreignBuckets.has(name))
      throw new AwsError(
        'BucketAlreadyExists',
        'The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.',
        409,
      );
    const old = account.buckets.get(name);
    // us-east-1 answers a repeat with success.
    if (old && !(old.region === 'us-east-1' && regionName === 'us-east-1'))
      throw new AwsError(
        'BucketAlreadyOwnedByYou',
        'Your previous request to create the named bucket succeeded and you already own it.',
        409,
      );
    const on = {
      BlockPublicAcls: true,
      IgnorePublicAcls: true,
      BlockPublicPolicy: true,
      RestrictPublicBuckets: true,
    };
    const Tags = (input.CreateBucketConfiguration as { Tags?: sdk.Tag[] } | undefined)?.Tags;
    if (!old)
      account.buckets.set(name, {
        name,
        region: regionName,
        createdAt: now,
        objects: new Map(),
        tags: Tags ? tagsOf(Tags as never) : null,
        policy: null,
        publicAccessBlock: on,
        lifecycle: null,
      });
    return { Location: `/${name}` };
  },
  HeadBucket: (input: sdk.HeadBucketRequest, context: Context): sdk.HeadBucketOutput => ({
    BucketRegion: findBucket(input.Bucket, context).region,
  }),
  GetBucketLocation(input: sdk.GetBucketLocationRequest, context: Context): Response {
    const { region } = findBucket(input.Bucket, context);
    const text = region === 'us-east-1' ? '' : region;
    return new Response(
      `<?xml version="1.0" encoding="UTF-8"?>\n<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${text}</LocationConstraint>`,
      { headers: { 'content-type': 'application/xml' } },
    );
  },
  ListBuckets: (_input: sdk.ListBucketsRequest, { account }: Context): sdk.ListBucketsOutput => ({
    Buckets: [...account.buckets.values()].map(({ name, createdAt, region }) => ({
      Name: name,
      CreationDate: new Date(createdAt),
      BucketRegion: region,
    })),
  }),
  PutBucketTagging(input: sdk.PutBucketTaggingRequest, context: Context): object {
    findBucket(input.Bucket, context).tags = tagsOf(input.Tagging?.TagSet as never);
    return {};
  },
  GetBucketTagging(input: sdk.GetBucketTaggingRequest, context: Context): sdk.GetBucketTaggingOutput {
    const { tags } = findBucket(input.Bucket, context);
    if (!tags) throw new AwsError('NoSuchTagSet', 'The TagSet does not exist', 404);
    return { TagSet: tagList(tags) };
  },
  PutPublicAccessBlock(input: sdk.PutPublicAccessBlockRequest, context: Context): object {
    const given = input.PublicAccessBlockConfiguration ?? {};
    findBucket(input.Bucket, context).publicAccessBlock = {
      BlockPublicAcls: given.BlockPublicAcls ?? false,
      IgnorePublicAcls: given.IgnorePublicAcls ?? false,
      BlockPublicPolicy: given.BlockPublicPolicy ?? false,
      RestrictPublicBuckets: given.RestrictPublicBuckets ?? false,
    };
    return {};
  },
  GetPublicAccessBlock(
    input: sdk.GetPublicAccessBlockRequest,
    context: Context,
  ): sdk.GetPublicAccessBlockOutput {
    const { publicAccessBlock } = findBucket(input.Bucket, context);
    if (!publicAccessBlock)
      throw new AwsError(
        'NoSuchPublicAccessBlockConfiguration',
        'The public access block configuration was not found',
        404,
      );
    return { PublicAccessBlockConfiguration: publicAccessBlock };
  },
  DeletePublicAccessBlock(input: sdk.DeletePublicAccessBlockRequest, context: Context): object {
    findBucket(input.Bucket, context).publicAccessBlock = null;
    return {};
  },
  PutBucketPolicy(input: sdk.PutBucketPolicyRequest, context: Context): object {
    const bucket = findBucket(input.Bucket, context);
    const policy = input.Policy ?? '';
    if (!parse(policy))
      throw new AwsError('MalformedPolicy', "Policies must be valid JSON and the first byte must be '{'");
    checkResources(policy, bucket.name);
    if (bucket.publicAccessBlock?.BlockPublicPolicy && isPublic(policy))
      throw new AwsError(
        'AccessDenied',
        `User: ${context.principal.arn} is not authorized to perform: s3:PutBucketPolicy on resource: "arn:aws:s3:::${bucket.name}" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.`,
        403,
      );
    bucket.policy = policy;
    return {};
  },
  GetBucketPolicy: (input: sdk.GetBucketPolicyRequest, context: Context): sdk.GetBucketPolicyOutput => ({
    Policy: policyOf(findBucket(input.Bucket, context)),
  }),
  GetBucketPolicyStatus: (
    input: sdk.GetBucketPolicyStatusRequest,
    context: Context,
  ): sdk.GetBucketPolicyStatusOutput => ({
    PolicyStatus: { IsPublic: isPublic(policyOf(findBucket(input.Bucket, context))) },
  }),
  DeleteBucketPolicy(input: sdk.DeleteBucketPolicyRequest, context: Context): object {
    findBucket(input.Bucket, context).policy = null;
    return {};
  },
  PutBucketLifecycleConfiguration(
    input: sdk.PutBucketLifecycleConfigurationRequest,
    context: Context,
  ): object {
    const rules = input.LifecycleConfiguration?.Rules ?? [];
    if (rules.length === 0)
      throw new AwsError(
        'MalformedXML',
        'The XML you provided was not well-formed or did not validate against our published schema',
      );
    findBucket(input.Bucket, context).lifecycle = rules;
    return {};
  },
  GetBucketLifecycleConfiguration(
    input: sdk.GetBucketLifecycleConfigurationRequest,
    context: Context,
  ): object {
    const { lifecycle } = findBucket(input.Bucket, context);
    if (!lifecycle)
      throw new AwsError('NoSuchLifecycleConfiguration', 'The lifecycle configuration does not exist', 404);
    return { Rules: lifecycle };
  },
  DeleteBucketLifecycle(input: sdk.DeleteBucketLifecycleRequest, context: Context): object {
    findBucket(input.Bucket, context).lifecycle = null;
    return {};
  },
  DeleteBucket(input: sdk.DeleteBucketRequest, context: Context): object {
    const bucket = findBucket(input.Bucket, context);
    if (bucket.objects.size > 0)
      throw new AwsError('BucketNotEmpty', 'The bucket you tried to delete is not empty', 409);
    context.account.buckets.delete(bucket.name);
    return {};
  },
};

function policyOf({ policy }: Bucket): string {
  if (policy === null) throw new AwsError('NoSuchBucketPolicy', 'The bucket policy does not exist', 404);
  return policy;
}

function checkResources(policy: string, bucket: string): void {
  const statements = [parse(policy)?.Statement ?? []].flat();
  const resources = statements.flatMap(({ Resource }) => [Resource ?? []].flat() as string[]);
  const wrong = resources.some(
    (resource) => resource !== `arn:aws:s3:::${bucket}` && !resource.startsWith(`arn:aws:s3:::${bucket}/`),
  );
  if (wrong || resources.length === 0) throw new AwsError('MalformedPolicy', 'Policy has invalid resource');
}
