// The bucket for the backups of the day, over an account of a test: made once, bound to the Worker, and never deleted.
import { expect, test } from 'vitest';
import { backupBucketSteps } from '../../../../scripts/deploy/cloudflare/backup-bucket.ts';
import { inspectAll } from '../../../../scripts/deploy/plan.ts';
import { carriedOut, cloudflareRun, failures, states } from '../../../support/deploy/cloudflare-steps.ts';
import { FakeCloudflare } from '../../../support/deploy/fake-cloudflare.ts';
import { temporaryRoot } from '../../../support/deploy/temporary-root.ts';

const settings = { backups: { days: 14 } };

async function account(more: object = settings) {
  const root = await temporaryRoot();
  const cloudflare = new FakeCloudflare(root);
  const { context } = await cloudflareRun(root, cloudflare, { settings: more });
  return { cloudflare, steps: backupBucketSteps(context) };
}

test('the bucket is made once, and a repeat changes nothing', async () => {
  const { cloudflare, steps } = await account();
  expect(failures(await carriedOut(await inspectAll(steps)))).toEqual([]);
  expect([...cloudflare.buckets]).toEqual(['mesh-backups']);
  const again = await inspectAll(steps);
  expect(states(again)).toEqual({ 'cloudflare/backup-bucket': 'same' });
  await carriedOut(again);
  expect(cloudflare.calls.filter((call) => call.includes('r2 bucket create'))).toHaveLength(1);
});

test('a deployment without backups makes no bucket, and none deletes one', async () => {
  expect((await account({})).steps).toEqual([]);
  const { steps } = await account();
  expect(steps.map(({ remove }) => remove)).toEqual([undefined]);
});
