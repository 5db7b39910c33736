// Owns connecting a tick to the bindings: the same for cron and for the queue of ticks. Does not contain rules.
import { enqueueRefreshes } from '../delivery/alertmanager-refresh.ts';
import { deliveryClock } from '../delivery/delivery-clock.ts';
import { enqueueMailings } from '../delivery/mailings/mailing-queue.ts';
import { enqueueAlerts, enqueueHistory, enqueueOverdue } from '../delivery/queue.ts';
import type { Config, TickStarter } from '../env.ts';
import { createFleet } from '../fleet/fleet.ts';
import { enqueueBackup } from '../scheduler/backup-messages.ts';
import { resealSecrets } from '../scheduler/reseal.ts';
import { runTick } from '../scheduler/tick.ts';
import { armSecondClock } from '../second-clock/arm-second-clock.ts';
import { callDeadMansSwitch } from '../services/dead-mans-switch/call-dead-mans-switch.ts';

const sleep = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });

export async function tick(config: Config, now: () => number, source: TickStarter): Promise<void> {
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
