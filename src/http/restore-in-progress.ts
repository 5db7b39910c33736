// Owns the refusal of changes while the mesh is being restored: they would be overwritten, or be half of something.
// Does not stop ticks: the store does.
import type { MiddlewareHandler } from 'hono';
import { isRestoring } from '../store/restore-marker.ts';
import type { HttpEnv } from './context.ts';
import { restoring } from './problems.ts';

const RESTORE = '/api/v1/restore';
export const RESTORED_ROWS = `${RESTORE}/rows`;

const READS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Forms of the dashboard end here too: they send requests to the API. */
export const rejectDuringRestore: MiddlewareHandler<HttpEnv> = async (c, next) => {
  const { path, method } = c.req;
  const isChange = path.startsWith('/api/') && !READS.has(method);
  if (!isChange || path === RESTORE || path.startsWith(`${RESTORE}/`)) return next();
  if (!(await isRestoring(c.var.config.db))) return next();
  return restoring();
};
