// Owns the composition root: fetch, scheduled, queue. Connects the parts. Does not contain rules.

import { consumeBatch } from './delivery/consumer.ts';
import { enqueueOverdue } from './delivery/queue.ts';
import type { Bindings, DeliveryMessage } from './env.ts';
import { readEnv } from './env.ts';
import { createFleet } from './fleet/fleet.ts';
import { createApp } from './http/app.ts';
import { loggableError } from './log.ts';
import { resealSecrets } from './scheduler/reseal.ts';
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

/** The platform logs what a handler throws. The text of an error of D1 has the parameters of its statement. */
async function withLoggableErrors<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw loggableError(error);
  }
}

export default {
  fetch: (request, env, ctx) => withLoggableErrors(() => app.fetch(request, env, ctx)),

  scheduled: (_controller, env, ctx) =>
    withLoggableErrors(async () => {
      const config = readEnv(env);
      ctx.waitUntil(resealSecrets(config.db, config));
      await runTick({
        db: config.db,
        publicUrl: config.publicUrl,
        encryptionKey: config.encryptionKey,
        previousEncryptionKey: config.previousEncryptionKey,
        locations: config.locations,
        fleet: createFleet(config.fleet, now),
        now,
        sleep,
        enqueueDeliveries: () => enqueueOverdue(config, now()),
      });
    }),

  queue: (batch, env, ctx) =>
    withLoggableErrors(() =>
      consumeBatch(readEnv(env), batch, now, (work) => ctx.waitUntil(withLoggableErrors(() => work))),
    ),
} satisfies ExportedHandler<Bindings, DeliveryMessage>;
