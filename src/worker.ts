// Owns the composition root: fetch, scheduled, queue, and the Durable Object. Connects the parts. Does not contain rules.

import { enqueueRefreshes } from './delivery/alertmanager-refresh.ts';
import { canConnect } from './delivery/can-connect.ts';
import { consumeBatch } from './delivery/consumer.ts';
import { deliveryClock } from './delivery/delivery-clock.ts';
import { consumeMailingMessages, enqueueMailings } from './delivery/mailings/mailing-queue.ts';
import { enqueueAlerts, enqueueHistory, enqueueOverdue, withoutUnknown } from './delivery/queue.ts';
import type { Bindings, DeliveryMessage, TickMessage, TickStarter } from './env.ts';
import { type Config, ConfigError, logConfigError, readClock, readWorkerEnv } from './env.ts';
import { createFleet } from './fleet/fleet.ts';
import { isOwnTick, secondClockSwitch } from './http/access/own-tick.ts';
import { createApp } from './http/app.ts';
import { log, loggableError } from './log.ts';
import { consumeAlertMessages } from './scheduler/alert-messages.ts';
import { areBackups, consumeBackupMessages, enqueueBackup } from './scheduler/backup-messages.ts';
import { consumeHistoryMessages } from './scheduler/history-messages.ts';
import { resealSecrets } from './scheduler/reseal.ts';
import { runTick } from './scheduler/tick.ts';
import { areTicks, consumeTickMessages } from './scheduler/tick-messages.ts';
import { armSecondClock, turnSecondClock } from './second-clock/arm-second-clock.ts';
import { callDeadMansSwitch } from './services/dead-mans-switch/call-dead-mans-switch.ts';
import { consumePingMessages } from './services/heartbeats/ping-messages.ts';
import { isRestoring } from './store/restore-marker.ts';

export { SecondClock } from './second-clock/second-clock.ts';

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

/** The same for cron and for the queue of ticks. */
async function tick(config: Config, now: () => number, source: TickStarter): Promise<void> {
  // Neither of the two throws, and a tick takes longer.
  const besides = Promise.all([resealSecrets(config.db, config), armSecondClock(config)]);
  await runTick({
    db: config.db,
    source,
    publicUrl: config.publicUrl,
    encryptionKey: config.encryptionKey,
    previousEncryptionKey: config.previousEncryptionKey,
    locations: config.locations,
    maxDatabaseBytes: config.maxDatabaseBytes,
    watchdogRegions: config.watchdogRegions,
    expectsBackups: config.backups !== undefined,
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
      await enqueueBackup(config, now());
    },
  });
  await besides;
}

export default {
  fetch: (request, env, ctx) => withLoggableErrors(() => app.fetch(request, env, ctx)),

  scheduled: ({ cron }, env) =>
    withLoggableErrors(async () => {
      const config = readConfig(env);
      const turned = await secondClockSwitch(cron, config);
      if (turned !== null) return turnSecondClock(config, turned === 'on');
      if (!(await isOwnTick(cron, config))) {
        log.warn('tick.refused', { reason: 'the local mesh starts ticks with its own token only' });
        throw new Error('The tick lacks the token of this mesh. Only its own start can run ticks.');
      }
      await tick(config, readClock(env), 'cron');
    }),

  queue: (batch, env, ctx) =>
    withLoggableErrors(async () => {
      const config = readConfig(env);
      if (await isRestoring(config.db)) return batch.retryAll({ delaySeconds: 60 });
      const now = readClock(env);
      const waitUntil = (work: Promise<unknown>) => ctx.waitUntil(withLoggableErrors(() => work));
      if (areTicks(batch.messages)) {
        // Only this Worker can write to its queue, so these need no token.
        const runTick = (source: TickStarter) => tick(config, now, source);
        return consumeTickMessages({ db: config.db, now, runTick, waitUntil }, batch.messages);
      }
      if (areBackups(batch.messages)) return consumeBackupMessages(config, batch.messages, now, waitUntil);
      const clock = await deliveryClock(config.db, now);
      const more = config.allowLoopback ? { canConnect } : {};
      const known = withoutUnknown(batch.messages as MessageBatch<DeliveryMessage>['messages']);
      const others = consumeMailingMessages(config, known, { now: clock, ...more }, waitUntil);
      await consumePingMessages(config, known);
      const messages = await consumeAlertMessages(config, others, clock);
      if (messages.length > 0) await consumeBatch(config, { messages }, clock, waitUntil, more);
      // A run takes seconds: deliveries come first.
      await consumeHistoryMessages(config, others, clock);
    }),
} satisfies ExportedHandler<Bindings, DeliveryMessage | TickMessage>;
