// Owns that a change by the API which subscribers get is on its way at once: otherwise the next tick would find it.
import type { MiddlewareHandler } from 'hono';
import { enqueueMailings } from '../../delivery/mailings/mailing-queue.ts';
import { inBackground } from '../access/in-background.ts';
import type { HttpEnv } from '../context.ts';

/** The routes that can write a mailing. */
export const MAILING_PATHS = [
  '/api/v1/public-incidents/*',
  '/api/v1/announcements/*',
  '/api/v1/maintenances/*',
] as const;

export const requestMailingsAfter: MiddlewareHandler<HttpEnv> = async (c, next) => {
  await next();
  const changes = c.req.method !== 'GET' && c.req.method !== 'HEAD' && c.res.ok;
  if (changes) inBackground(c, enqueueMailings(c.var.config, c.var.now));
};
