import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  BucketAlreadyExists,
  BucketAlreadyOwnedByYou,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLocationCommand,
  GetBucketPolicyCommand,
  GetBucketPolicyStatusCommand,
  GetBucketTaggingCommand,
  GetObjectCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  NoSuchBucket,
  NoSuchKey,
  NotFound,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketTaggingCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { GetParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AwsHarness, startAwsHarness } from '../../support/aws/aws-harness.ts';

let harness: AwsHarness;
let s3: S3Client;

beforeAll(async () => {
  harness = await startAwsHarness();
  s3 = harness.s3;
});
afterAll(() => harness.stop());

const createBucket = (Bucket: string, client = s3) =>
  client.send(
    new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: 'eu-central-1' } }),
  );

const put = (Bucket: string, Key: string, Body: string, more: object = {}) =>
  s3.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));

const publicPolicy = (bucket: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${bucket}/*` },
    ],
  });

const OPEN = {
  BlockPublicAcls: true,
  IgnorePublicAcls: true,
  BlockPublicPolicy: false,
  RestrictPublicBuckets: false,
};

describe('buckets of the local S3', () => {
  test('a bucket is in one region, keeps its settings and leaves empty', async () => {
    const Bucket = 'acme-status';
    await createBucket(Bucket);
    await expect(createBucket(Bucket)).rejects.toBeInstanceOf(BucketAlreadyOwnedByYou);
    expect((await s3.send(new GetBucketLocationCommand({ Bucket }))).LocationConstraint).toBe('eu-central-1');
    expect(await s3.send(new HeadBucketCommand({ Bucket }))).toMatchObject({ BucketRegion: 'eu-central-1' });
    await expect(s3.send(new GetBucketTaggingCommand({ Bucket }))).rejects.toMatchObject({
      name: 'NoSuchTagSet',
    });
    const TagSet = [{ Key: 'probemesh:mesh', Value: 'acme' }];
    await s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }));
    expect((await s3.send(new GetBucketTaggingCommand({ Bucket }))).TagSet).toEqual(TagSet);
    const Rules = [
      { ID: 'old', Status: 'Enabled' as const, Filter: { Prefix: 'old/' }, Expiration: { Days: 7 } },
    ];
    const LifecycleConfiguration = { Rules };
    await s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration }));
    expect((await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))).Rules).toEqual(Rules);

    await put(Bucket, 'index.html', 'x');
    await expect(s3.send(new DeleteBucketCommand({ Bucket }))).rejects.toMatchObject({
      name: 'BucketNotEmpty',
    });
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'index.html' }));
    await s3.send(new DeleteBucketCommand({ Bucket }));
    await expect(s3.send(new HeadBucketCommand({ Bucket }))).rejects.toBeInstanceOf(NotFound);
    await expect(put(Bucket, 'index.html', 'x')).rejects.toBeInstanceOf(NoSuchBucket);
  });

  test('a name of another account is taken', async () => {
    harness.aws.state.foreignBuckets.add('of-another');
    await expect(createBucket('of-another')).rejects.toBeInstanceOf(BucketAlreadyExists);
    await expect(s3.send(new HeadBucketCommand({ Bucket: 'of-another' }))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 403 },
    });
  });

  test('another region sends a client away, and its own is named', async () => {
    await createBucket('in-frankfurt');
    const elsewhere = harness.clientsOf('us-east-1').s3;
    await expect(
      elsewhere.send(new GetBucketPolicyCommand({ Bucket: 'in-frankfurt' })),
    ).rejects.toMatchObject({
      name: 'PermanentRedirect',
    });
    await expect(createBucket('in-virginia', elsewhere)).rejects.toMatchObject({
      name: 'IllegalLocationConstraintException',
    });
    await elsewhere.send(new CreateBucketCommand({ Bucket: 'in-virginia' }));
    const location = await elsewhere.send(new GetBucketLocationCommand({ Bucket: 'in-virginia' }));
    expect(location.LocationConstraint).toBeFalsy();
  });
});

describe('objects of the local S3', () => {
  test('an object keeps its bytes, its type and its metadata', async () => {
    const Bucket = 'objects';
    await createBucket(Bucket);
    const Key = 'a b/ü+c&d.html';
    const more = { ContentType: 'text/html', CacheControl: 'max-age=60', Metadata: { by: 'watchdog' } };
    const { ETag } = await put(Bucket, Key, '<p>ä</p>', more);
    const got = await s3.send(new GetObjectCommand({ Bucket, Key }));
    expect(await got.Body?.transformToString()).toBe('<p>ä</p>');
    expect(got).toMatchObject({ ETag, ...more, ContentLength: 9 });
    expect(await s3.send(new HeadObjectCommand({ Bucket, Key }))).toMatchObject({ ETag, ContentLength: 9 });
    await expect(s3.send(new GetObjectCommand({ Bucket, Key: 'none' }))).rejects.toBeInstanceOf(NoSuchKey);
    await expect(s3.send(new HeadObjectCommand({ Bucket, Key: 'none' }))).rejects.toBeInstanceOf(NotFound);
    await expect(put(Bucket, Key, 'x', { IfNoneMatch: '*' })).rejects.toMatchObject({
      name: 'PreconditionFailed',
    });
  });

  test('a stream arrives whole, with its checksum behind it', async () => {
    await createBucket('streams');
    const Body = Readable.from([Buffer.alloc(70_000, 'a'), Buffer.alloc(70_000, 'b')]);
    await s3.send(new PutObjectCommand({ Bucket: 'streams', Key: 'large', Body, ContentLength: 140_000 }));
    const got = await s3.send(new GetObjectCommand({ Bucket: 'streams', Key: 'large' }));
    expect(await got.Body?.transformToString()).toBe('a'.repeat(70_000) + 'b'.repeat(70_000));
  });

  test('a list has pages, and many objects are deleted at once', async () => {
    const Bucket = 'lists';
    await createBucket(Bucket);
    for (const key of ['b/2', 'a/1', 'b/1', 'b/3']) await put(Bucket, key, key);
    const list = (more: object = {}) =>
      s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'b/', MaxKeys: 2, ...more }));
    const first = await list();
    expect(first).toMatchObject({ IsTruncated: true, Contents: [{ Key: 'b/1', Size: 3 }, { Key: 'b/2' }] });
    const second = await list({ ContinuationToken: first.NextContinuationToken });
    expect(second).toMatchObject({ IsTruncated: false, Contents: [{ Key: 'b/3' }] });
    const Objects = [{ Key: 'b/1' }, { Key: 'b/2' }, { Key: 'none' }];
    const { Deleted } = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    expect(Deleted).toHaveLength(3);
    expect([...harness.aws.state.buckets.get(Bucket)!.objects.keys()]).toEqual(['a/1', 'b/3']);
  });
});

describe('public objects of the local S3', () => {
  test('a new bucket refuses a public policy, until that is no longer blocked', async () => {
    const Bucket = 'public';
    await createBucket(Bucket);
    await put(Bucket, 'index.html', 'hello', { ContentType: 'text/html' });
    const read = () => fetch(`${harness.aws.url}/${Bucket}/index.html`);
    expect((await read()).status).toBe(403);
    const { PublicAccessBlockConfiguration } = await s3.send(new GetPublicAccessBlockCommand({ Bucket }));
    expect(PublicAccessBlockConfiguration).toMatchObject({ BlockPublicPolicy: true });
    const putPolicy = () => s3.send(new PutBucketPolicyCommand({ Bucket, Policy: publicPolicy(Bucket) }));
    await expect(putPolicy()).rejects.toMatchObject({ name: 'AccessDenied' });
    await s3.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: OPEN }));
    await putPolicy();
    const status = await s3.send(new GetBucketPolicyStatusCommand({ Bucket }));
    expect(status.PolicyStatus?.IsPublic).toBe(true);
    expect((await s3.send(new GetBucketPolicyCommand({ Bucket }))).Policy).toBe(publicPolicy(Bucket));

    const response = await read();
    expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([
      200,
      'text/html',
      'hello',
    ]);
    expect((await fetch(`${harness.aws.url}/${Bucket}?list-type=2`)).status).toBe(403);
    // Without the permission to list, a missing object is not distinguished from a forbidden one.
    expect((await fetch(`${harness.aws.url}/${Bucket}/missing`)).status).toBe(403);
    expect((await fetch(`${harness.aws.url}/${Bucket}/x`, { method: 'PUT', body: 'x' })).status).toBe(403);
    expect((await fetch(`${harness.aws.url}/${Bucket}/index.html`, { method: 'DELETE' })).status).toBe(403);
    await s3.send(
      new PutPublicAccessBlockCommand({
        Bucket,
        PublicAccessBlockConfiguration: { RestrictPublicBuckets: true },
      }),
    );
    expect((await read()).status).toBe(403);
  });

  test('a policy for another bucket is malformed', async () => {
    await createBucket('mine');
    const put = s3.send(new PutBucketPolicyCommand({ Bucket: 'mine', Policy: publicPolicy('yours') }));
    await expect(put).rejects.toMatchObject({ name: 'MalformedPolicy' });
  });
});

test('parameters and objects of the local AWS survive a restart, in a file that only its owner reads', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'local-aws-'));
  try {
    const before = await startAwsHarness({ folder });
    await before.s3.send(
      new CreateBucketCommand({
        Bucket: 'kept',
        CreateBucketConfiguration: { LocationConstraint: 'eu-central-1' },
      }),
    );
    await before.s3.send(
      new PutObjectCommand({ Bucket: 'kept', Key: 'page', Body: Buffer.from([0, 255, 10]) }),
    );
    const secret = { Name: '/acme/secrets', Value: 'ä', Type: 'SecureString' as const };
    await before.ssm.send(new PutParameterCommand(secret));
    await before.stop();
    expect((await stat(join(folder, 'local-aws.json'))).mode & 0o777).toBe(0o600);
    expect(await readFile(join(folder, 'local-aws.json'), 'utf8')).not.toContain('AKIA');

    const after = await startAwsHarness({ folder });
    const got = await after.s3.send(new GetObjectCommand({ Bucket: 'kept', Key: 'page' }));
    expect([...(await got.Body!.transformToByteArray())]).toEqual([0, 255, 10]);
    const { Parameter } = await after.ssm.send(
      new GetParameterCommand({ Name: secret.Name, WithDecryption: true }),
    );
    expect(Parameter?.Value).toBe('ä');
    await after.stop();
  } finally {
    await rm(folder, { recursive: true });
  }
});
