// Owns the composition root: fetch, scheduled, queue. Connects the parts. Does not contain rules.

import { enqueueRefreshes } from './delivery/alertmanager-refresh.ts';
import { canConnect } from './delivery/can-connect.ts';
import { consumeBatch } from './delivery/consumer.ts';
import { deliveryClock } from './delivery/delivery-clock.ts';
import { consumeMailingMessages, enqueueMailings } from './delivery/mailings/mailing-queue.ts';
import { enqueueAlerts, enqueueHistory, enqueueOverdue, withoutUnknown } from './delivery/queue.ts';
import type { Bindings, DeliveryMessage } from './env.ts';
import { type Config, ConfigError, logConfigError, readClock, readWorkerEnv } from './env.ts';
import { createFleet } from './fleet/fleet.ts';
import { isOwnTick } from './http/access/own-tick.ts';
import { createApp } from './http/app.ts';
import { log, loggableError } from './log.ts';
import { consumeAlertMessages } from './scheduler/alert-messages.ts';
import { consumeHistoryMessages } from './scheduler/history-messages.ts';
import { resealSecrets } from './scheduler/reseal.ts';
import { runTick } from './scheduler/tick.ts';
import { callDeadMansSwitch } from './services/dead-mans-switch/call-dead-mans-switch.ts';
import { consumePingMessages } from './services/heartbeats/ping-messages.ts';
import { isRestoring } from './store/restore-marker.ts';

const app = createApp(undefined, undefined, () => caches.default);

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
  fetch: (request, env, ctx) => withLoggableErrors(() => app.fetch(request, env, ctx)),

  scheduled: ({ cron }, env) =>
    withLoggableErrors(async () => {
      const config = readConfig(env);
      if (!(await isOwnTick(cron, config))) {
        log.warn('tick.refused', { reason: 'the local mesh starts ticks with its own token only' });
        throw new Error('The tick lacks the token of this mesh. Only its own start can run ticks.');
      }
      const now = readClock(env);
      // It never throws, and a tick takes longer.
      const resealed = resealSecrets(config.db, config);
      await runTick({
        db: config.db,
        publicUrl: config.publicUrl,
        encryptionKey: config.encryptionKey,
        previousEncryptionKey: config.previousEncryptionKey,
        locations: config.locations,
        maxDatabaseBytes: config.maxDatabaseBytes,
        retention: config.retention,
        fleet: createFleet(config.fleet, now),
        probeMemoryMb: config.probeMemoryMb,
        now,
        comparedClock: now,
        sleep,
        callDeadMansSwitch: (status) => callDeadMansSwitch({ ...config, now }, status),
        enqueueDeliveries: async () => {
          const at = (await deliveryClock(config.db, now))();
          await enqueueOverdue(config, at);
          await enqueueAlerts(config, at);
          await enqueueMailings(config, at);
        },
        refreshAlerts: async () => {
          await enqueueHistory(config, now());
          await enqueueRefreshes(config);
        },
      });
      await resealed;
    }),

  queue: (batch, env, ctx) =>
    withLoggableErrors(async () => {
      const config = readConfig(env);
      if (await isRestoring(config.db)) return batch.retryAll({ delaySeconds: 60 });
      const clock = await deliveryClock(config.db, readClock(env));
      const more = config.allowLoopback ? { canConnect } : {};
      const waitUntil = (work: Promise<unknown>) => ctx.waitUntil(withLoggableErrors(() => work));
      const known = withoutUnknown(batch.messages);
      const others = consumeMailingMessages(config, known, { now: clock, ...more }, waitUntil);
      await consumePingMessages(config, known);
      const messages = await consumeAlertMessages(config, others, clock);
      if (messages.length > 0) await consumeBatch(config, { messages }, clock, waitUntil, more);
      // A run takes seconds: deliveries come first.
      await consumeHistoryMessages(config, others, clock);
    }),
} satisfies ExportedHandler<Bindings, DeliveryMessage>;
