// Owns work that a response does not wait for. A failure is logged, and changes nothing for the request.
import type { Context } from 'hono';
import { log } from '../../log.ts';
import type { HttpEnv } from '../context.ts';
import { loggedPath } from '../logged-path.ts';

export function inBackground(c: Context<HttpEnv>, work: Promise<unknown>): void {
  const safe = work.catch((error: unknown) =>
    log.warn('http.background_failed', { path: loggedPath(c.req.path), error }),
  );
  // Hono throws without an execution context, as in tests of the app alone: the work goes on there.
  try {
    c.executionCtx.waitUntil(safe);
  } catch {
    return;
  }
}
