// Owns the copy of the pages as a step of the watchdog: the bucket of the environment, and the log of what was done.
import { log } from '../../log.ts';
import { type CopyPagesDeps, copyPages } from './copy-pages.ts';
import { s3Bucket } from './s3-bucket.ts';

/** What the watchdog knows of a run. */
type PageRun = Pick<CopyPagesDeps, 'coordinatorUrl' | 'key' | 'isSilent' | 'silentSince' | 'now'>;

/** Undefined: the deployment keeps no copy. */
export function pageCopier(env: NodeJS.ProcessEnv): ((run: PageRun) => Promise<void>) | undefined {
  const { PROBEMESH_PAGE_BUCKET: name, PROBEMESH_PAGE_BUCKET_REGION: bucketRegion, AWS_REGION } = env;
  if (!name) return undefined;
  const region = AWS_REGION ?? '';
  const bucket = s3Bucket(name, bucketRegion || region);
  return async (run) => {
    const { written, removed, failed } = await copyPages({ ...run, ...bucket, region, fetch });
    for (const { page, error } of failed) log.error('watchdog.page_not_copied', { page, error });
    // While the mesh works, copies are made every few minutes: the log stays short.
    if (removed.length > 0 || (run.isSilent && written.length > 0))
      log.info('watchdog.pages_copied', {
        written: written.length,
        removed: removed.length,
        silent: run.isSilent,
      });
  };
}
