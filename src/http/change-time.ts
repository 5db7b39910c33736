// Owns the time of a change: D1's, if the coordinator's clock differs from it. Does not date what is only read.
import { createMiddleware } from 'hono/factory';
import type { Caller } from '../access/caller.ts';
import { trustedClock } from '../store/clock.ts';
import type { HttpEnv } from './context.ts';

/** Everything that the change stores has this time: its journal entry, its rows, the start of a silence. */
export const dateChanges = createMiddleware<HttpEnv>(async (c, next) => {
  if (c.req.method !== 'GET' && c.req.method !== 'HEAD') {
    const { config, now } = c.var;
    const clock = await trustedClock(config.db, () => now, 'The change takes its time from D1.');
    c.set('now', clock());
    // Public routes have no caller.
    const { caller } = c.var as { readonly caller?: Caller };
    if (caller) c.set('caller', { ...caller, now: c.var.now });
  }
  await next();
});
