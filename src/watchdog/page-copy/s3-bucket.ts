// Owns the bucket of the copies in S3: reading and writing one object. Does not know what they contain.
import {
  GetObjectCommand,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import type { Bucket } from './write-copy.ts';

/** A reader, and a CDN before the bucket, asks again after this time. */
const CACHE = 'public, max-age=30';

/** Credentials and, in tests, the endpoint come from the environment (`AWS_ENDPOINT_URL`). */
export function s3Bucket(name: string, region: string): Bucket {
  const client = new S3Client({ region, forcePathStyle: true, maxAttempts: 3 });
  return {
    put: async (path, body, contentType) => {
      const written = { Bucket: name, Key: path, Body: body, ContentType: contentType, CacheControl: CACHE };
      await client.send(new PutObjectCommand(written));
    },
    get: async (path) => {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: name, Key: path }));
        return (await Body?.transformToString()) ?? null;
      } catch (error) {
        if (isMissing(error)) return null;
        throw error;
      }
    },
  };
}

/**
 * Who may not list the bucket gets 403 for an object that does not exist:
 * docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 */
const isMissing = (error: unknown): boolean =>
  error instanceof NoSuchKey || (error instanceof S3ServiceException && error.name === 'AccessDenied');
