// Owns objects of the local S3: docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html and its neighbours.
import { createHash } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-s3';
import type { StoredObject } from '../account.ts';
import { AwsError } from '../errors.ts';
import type { Context, Handler } from '../service.ts';
import { findBucket } from './s3-buckets.ts';

/** The wire gives bodies as bytes. */
type PutInput = Omit<sdk.PutObjectRequest, 'Body'> & { readonly Body?: Uint8Array };

const MAX_KEYS = 1_000;
const MAX_KEY_BYTES = 1_024;

/** Without the permission to list, a caller does not learn that an object is missing. */
async function findObject(
  input: { Bucket?: string | undefined; Key?: string | undefined },
  context: Context,
): Promise<StoredObject> {
  const { name, objects } = findBucket(input.Bucket, context);
  const object = objects.get(input.Key ?? '');
  if (object) return object;
  const list = { action: 's3:ListBucket', resource: `arn:aws:s3:::${name}` };
  if (!(await context.allows(list))) throw new AwsError('AccessDenied', 'Access Denied', 403);
  throw new AwsError('NoSuchKey', 'The specified key does not exist.', 404, { Key: input.Key ?? '' });
}

export const OBJECT_OPERATIONS: Readonly<Record<string, Handler>> = {
  PutObject(input: PutInput, context: Context): sdk.PutObjectOutput {
    const { objects } = findBucket(input.Bucket, context);
    const key = input.Key ?? '';
    if (Buffer.byteLength(key) > MAX_KEY_BYTES) throw new AwsError('KeyTooLongError', 'Your key is too long');
    if (input.IfNoneMatch === '*' && objects.has(key)) throw preconditionFailed();
    if (input.IfMatch !== undefined && objects.get(key)?.etag !== input.IfMatch) throw preconditionFailed();
    const body = input.Body ?? new Uint8Array();
    const etag = `"${createHash('md5').update(body).digest('hex')}"`;
    objects.set(key, {
      body: Uint8Array.from(body),
      etag,
      modifiedAt: context.now,
      contentType: input.ContentType ?? 'binary/octet-stream',
      cacheControl: input.CacheControl,
      metadata: input.Metadata ?? {},
    });
    return { ETag: etag };
  },
  async GetObject(input: sdk.GetObjectRequest, context: Context): Promise<Response | object> {
    const object = await findObject(input, context);
    if (input.IfNoneMatch === object.etag)
      return new Response(null, { status: 304, headers: { etag: object.etag } });
    if (input.IfMatch !== undefined && input.IfMatch !== object.etag) throw preconditionFailed();
    return { ...describe(object), Body: object.body };
  },
  HeadObject: async (input: sdk.HeadObjectRequest, context: Context): Promise<object> =>
    describe(await findObject(input, context)),
  DeleteObject(input: sdk.DeleteObjectRequest, context: Context): object {
    findBucket(input.Bucket, context).objects.delete(input.Key ?? '');
    return {};
  },
  DeleteObjects(input: sdk.DeleteObjectsRequest, context: Context): sdk.DeleteObjectsOutput {
    const { objects } = findBucket(input.Bucket, context);
    const keys = (input.Delete?.Objects ?? []).map(({ Key = '' }) => Key);
    if (keys.length === 0 || keys.length > MAX_KEYS)
      throw new AwsError(
        'MalformedXML',
        'The XML you provided was not well-formed or did not validate against our published schema',
      );
    for (const key of keys) objects.delete(key);
    return input.Delete?.Quiet ? {} : { Deleted: keys.map((Key) => ({ Key })) };
  },
  ListObjectsV2(input: sdk.ListObjectsV2Request, context: Context): sdk.ListObjectsV2Output {
    const { objects, name } = findBucket(input.Bucket, context);
    const { Prefix: prefix = '', ContinuationToken: token, StartAfter: after = '' } = input;
    const start = token === undefined ? after : Buffer.from(token, 'base64').toString();
    const max = Math.min(input.MaxKeys ?? MAX_KEYS, MAX_KEYS);
    const keys = [...objects.keys()].filter((key) => key.startsWith(prefix) && key > start).sort();
    const page = keys.slice(0, max);
    const isTruncated = keys.length > page.length;
    return {
      Name: name,
      Prefix: prefix,
      MaxKeys: max,
      KeyCount: page.length,
      IsTruncated: isTruncated,
      Contents: page.map((Key) => {
        const { etag, modifiedAt, body } = objects.get(Key)!;
        return {
          Key,
          ETag: etag,
          LastModified: new Date(modifiedAt),
          Size: body.length,
          StorageClass: 'STANDARD',
        };
      }),
      ...(isTruncated ? { NextContinuationToken: Buffer.from(page.at(-1) ?? '').toString('base64') } : {}),
    };
  },
};

const describe = (object: StoredObject): object => ({
  ETag: object.etag,
  ContentType: object.contentType,
  ContentLength: object.body.length,
  LastModified: new Date(object.modifiedAt),
  AcceptRanges: 'bytes',
  Metadata: object.metadata,
  ...(object.cacheControl === undefined ? {} : { CacheControl: object.cacheControl }),
});

const preconditionFailed = (): AwsError =>
  new AwsError('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', 412);
