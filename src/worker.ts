// Owns the entry points: fetch, scheduled, queue, and the Durable Object. Each loads its part with the first event of an isolate, so
// an import here is loaded by every isolate: test/scripts/build-worker.test.ts lists what may be. Does not contain rules.
import type { Bindings, DeliveryMessage, TickMessage } from './env.ts';
import { type Config, ConfigError, logConfigError, readClock, readWorkerEnv } from './env.ts';
import { isPublicPath } from './http/public-paths.ts';
import { loadPart, notLoadedResponse, PartNotLoaded } from './load-part.ts';
import { loggableError } from './log.ts';

export { SecondClock } from './second-clock/second-clock.ts';

/** The platform logs what a handler throws. The text of an error of D1 has the parameters of its statement. */
async function withLoggableErrors<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw loggableError(error);
  }
}

/** Every entry point logs what is missing, so that a Worker without its secrets says which, also without a visitor. */
function readConfig(env: Bindings): Config {
  try {
    return readWorkerEnv(env);
  } catch (error) {
    if (error instanceof ConfigError) logConfigError(error);
    throw error;
  }
}

export default {
  fetch: (request, env, ctx) =>
    withLoggableErrors(async () => {
      try {
        const { app } = isPublicPath(new URL(request.url).pathname)
          ? await loadPart('fetch-public', () => import('./handlers/fetch-public.ts'))
          : await loadPart('fetch', () => import('./handlers/fetch.ts'));
        return await app.fetch(request, env, ctx);
      } catch (error) {
        if (error instanceof PartNotLoaded) return notLoadedResponse(error);
        throw error;
      }
    }),

  scheduled: ({ cron }, env) =>
    withLoggableErrors(async () => {
      const config = readConfig(env);
      const { runScheduled } = await loadPart('scheduled', () => import('./handlers/scheduled.ts'));
      await runScheduled(cron, config, readClock(env));
    }),

  queue: (batch, env, ctx) =>
    withLoggableErrors(async () => {
      const config = readConfig(env);
      const waitUntil = (work: Promise<unknown>) => ctx.waitUntil(withLoggableErrors(() => work));
      const { consumeQueue } = await loadPart('queue', () => import('./handlers/queue.ts'));
      await consumeQueue(batch, config, readClock(env), waitUntil);
    }),
} satisfies ExportedHandler<Bindings, DeliveryMessage | TickMessage>;
