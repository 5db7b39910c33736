// Owns the composition root: fetch, scheduled, queue. Connects the parts. Does not contain rules.

import { consumeBatch } from './delivery/consumer.ts';
import { enqueueOverdue } from './delivery/queue.ts';
import type { Bindings, DeliveryMessage } from './env.ts';
import { readEnv } from './env.ts';
import { createFleet } from './fleet/fleet.ts';
import { createApp } from './http/app.ts';
import { runTick } from './scheduler/tick.ts';

const now = (): number => Date.now();
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
  fetch: (request, env, ctx) => app.fetch(request, env, ctx),

  async scheduled(_controller, env) {
    const config = readEnv(env);
    await runTick({
      db: config.db,
      publicUrl: config.publicUrl,
      encryptionKey: config.encryptionKey,
      locations: config.locations,
      fleet: createFleet(config.fleet, now),
      probeMemoryMb: config.probeMemoryMb,
      now,
      sleep,
      enqueueDeliveries: () => enqueueOverdue(config, now()),
    });
  },

  async queue(batch, env, ctx) {
    await consumeBatch(readEnv(env), batch, now, (work) => ctx.waitUntil(work));
  },
} satisfies ExportedHandler<Bindings, DeliveryMessage>;
