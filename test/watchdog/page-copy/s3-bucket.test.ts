// The copies in the local S3, by the real client, with no more permissions than the watchdog has: to write objects. What a reader
// gets over HTTP without credentials.
import {
  CreateBucketCommand,
  PutBucketPolicyCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type LocalAws, startLocalAws } from '../../../scripts/local-aws/local-aws.ts';
import { pageCopier } from '../../../src/watchdog/page-copy/page-copier.ts';
import { s3Bucket } from '../../../src/watchdog/page-copy/s3-bucket.ts';
import { KEY, TestCoordinator } from '../../support/page-copy.ts';
import { MINUTE_MS, NOW, pageView, statusPage } from '../../support/page-view.ts';

const BUCKET = 'acme-status-000000000000';
const REGION = 'eu-central-1';
const arn = `arn:aws:s3:::${BUCKET}/*`;
const policy = (statement: object) => ({ Version: '2012-10-17', Statement: [statement] });
const ADMIN = { accessKeyId: 'AKIAADMIN00000000000', secretAccessKey: 'secret-of-the-admin' };
const WATCHDOG = { accessKeyId: 'AKIAWATCHDOG00000000', secretAccessKey: 'secret-of-the-watchdog' };

let aws: LocalAws;
let coordinator: TestCoordinator;
let copy: NonNullable<ReturnType<typeof pageCopier>>;

beforeAll(async () => {
  const put = policy({ Effect: 'Allow', Action: 's3:PutObject', Resource: arn });
  aws = await startLocalAws({
    ...{ port: 0, enforcePolicies: true },
    users: [
      { name: 'admin', credentials: ADMIN },
      { name: 'watchdog', credentials: WATCHDOG, policy: put },
    ],
  });
  const s3 = new S3Client({ region: REGION, credentials: ADMIN, endpoint: aws.url, forcePathStyle: true });
  const Bucket = BUCKET;
  await s3.send(
    new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: REGION } }),
  );
  const open = {
    BlockPublicAcls: true,
    IgnorePublicAcls: true,
    BlockPublicPolicy: false,
    RestrictPublicBuckets: false,
  };
  await s3.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: open }));
  const read = policy({ Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: arn });
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify(read) }));
  s3.destroy();
  vi.stubEnv('AWS_ENDPOINT_URL', aws.url);
  vi.stubEnv('AWS_ACCESS_KEY_ID', WATCHDOG.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', WATCHDOG.secretAccessKey);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await aws.stop();
});
beforeEach(async () => {
  coordinator = await new TestCoordinator().start();
  coordinator.pages.set('default', pageView());
  coordinator.pages.set('eu', pageView({ page: statusPage({}, { id: 'eu', title: 'Europe' }) }));
  copy = pageCopier({
    ...{ PROBEMESH_PAGE_BUCKET: BUCKET, PROBEMESH_PAGE_BUCKET_REGION: REGION, AWS_REGION: 'us-east-1' },
  })!;
});
afterEach(() => coordinator.stop());

const run = (minutes: number, silentSince: number | null = null): Promise<void> => {
  const now = NOW + minutes * MINUTE_MS;
  coordinator.now = now;
  return copy({
    coordinatorUrl: coordinator.url,
    key: KEY,
    isSilent: silentSince !== null,
    silentSince,
    now,
  });
};

/** As any reader, without credentials. */
const get = (path: string): Promise<Response> => fetch(`${aws.url}/${BUCKET}/${path}`);

describe('the bucket', () => {
  test('an object that does not exist is nothing, although the watchdog may not list the bucket', async () => {
    const bucket = s3Bucket(BUCKET, REGION);
    expect(await bucket.get('nothing.html')).toBeNull();
    await bucket.put('some.html', '<p>ü', 'text/html; charset=utf-8');
    expect(await bucket.get('some.html')).toBe('<p>ü');
  });

  test('a bucket that does not answer is an error, and never an empty bucket', async () => {
    aws.faults.failing = { 's3:GetObject': { code: 'InternalError', message: 'no', status: 500, times: 10 } };
    await expect(s3Bucket(BUCKET, REGION).get('pages.json')).rejects.toThrow();
    aws.faults.failing = {};
    await expect(s3Bucket('another-bucket', REGION).put('index.html', '', 'text/html')).rejects.toThrow();
  });

  test('a deployment without a bucket keeps no copy', () => {
    expect(pageCopier({ PROBEMESH_PAGE_BUCKET: '' })).toBeUndefined();
  });
});

test('a reader without credentials reads a copy, then that there is no current data, then a copy again', async () => {
  await run(0);
  const well = await get('index.html');
  expect([well.status, well.headers.get('content-type'), well.headers.get('cache-control')]).toEqual([
    ...[200, 'text/html; charset=utf-8', 'public, max-age=30'],
  ]);
  expect(await well.text()).toContain('taken at <time datetime="2026-11-26T10:00:00.000Z">');
  expect(await (await get('eu/index.de.html')).text()).toContain('<html lang="de">');
  expect(await (await get('summary.json')).json()).toMatchObject({ status: { indicator: 'none' } });

  await run(5, NOW + MINUTE_MS);
  const silent = await (await get('index.html')).text();
  expect(silent).toContain('No current data');
  expect(silent).toContain('from Northern Virginia (us-east-1).');
  expect(await (await get('summary.json')).json()).toMatchObject({ status: { indicator: 'minor' } });

  await run(6);
  expect(await (await get('index.html')).text()).toContain(
    'taken at <time datetime="2026-11-26T10:06:00.000Z">',
  );
  coordinator.pages.delete('eu');
  await run(7);
  expect(await (await get('eu/index.html')).text()).not.toContain('Europe');
  // Nothing but reading one object and writing one.
  const used = new Set(
    aws.calls.filter(({ principal }) => principal.includes('watchdog')).map(({ operation }) => operation),
  );
  expect([...used].toSorted()).toEqual(['GetObject', 'PutObject']);
});

test('a throttled write is repeated within the run', async () => {
  aws.faults.throttled = { 's3:PutObject': 2 };
  await run(20);
  expect(await (await get('index.html')).text()).toContain('10:20 UTC');
  aws.faults.throttled = {};
});
