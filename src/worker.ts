// Owns the composition root: fetch, scheduled, queue. Connects the parts. Does not contain rules.

import { timingSafeEqual } from 'hono/utils/buffer';
import { consumeBatch } from './delivery/consumer.ts';
import { enqueueOverdue } from './delivery/queue.ts';
import type { Bindings, DeliveryMessage } from './env.ts';
import { readClock, readEnv } from './env.ts';
import { createFleet } from './fleet/fleet.ts';
import { createApp } from './http/app.ts';
import { withPublicCache } from './http/public-cache.ts';
import { log } from './log.ts';
import { runTick } from './scheduler/tick.ts';
import { trustedClock } from './store/clock.ts';

const app = createApp();

const sleep = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });

export default {
  fetch(request, env, ctx) {
    const respond = () => app.fetch(request, env, ctx);
    // The local mesh has one reader, who wants to see a change at once.
    if (env.ALLOW_LOOPBACK === 'true') return respond();
    const waitUntil = (work: Promise<unknown>) => ctx.waitUntil(work);
    return withPublicCache(request, { cache: caches.default, now: readClock(env), waitUntil }, respond);
  },

  async scheduled({ cron }, env) {
    const config = readEnv(env);
    if (config.cronToken !== null && !(await timingSafeEqual(cron, config.cronToken))) {
      log.warn('tick.refused', { reason: 'the local mesh starts ticks with its own token only' });
      throw new Error('The tick lacks the token of this mesh. Only its own start can run ticks.');
    }
    const now = readClock(env);
    await runTick({
      db: config.db,
      publicUrl: config.publicUrl,
      encryptionKey: config.encryptionKey,
      locations: config.locations,
      fleet: createFleet(config.fleet, now),
      now,
      sleep,
      enqueueDeliveries: (at) => enqueueOverdue(config, at),
    });
  },

  async queue(batch, env, ctx) {
    const config = readEnv(env);
    // A lease, a retry and an expiry that a wrong clock writes would stop or lose notifications.
    const now = await trustedClock(config.db, readClock(env), 'Notifications take their time from D1.');
    await consumeBatch(config, batch, now, (work) => ctx.waitUntil(work));
  },
} satisfies ExportedHandler<Bindings, DeliveryMessage>;
