// Evaluates the health of the mesh once a tick: stores what changed, logs it, and sends mesh.impaired or mesh.recovered.
// Never throws: a tick whose health cannot be stored still checks.
import { EMPTY_DATA } from '../../channels/notification.ts';
import { newBody } from '../../channels/render.ts';
import type { State } from '../../engine/model/state.ts';
import type { Config } from '../../env.ts';
import { log } from '../../log.ts';
import { expectBackups } from '../../store/backup/scheduled-backup.ts';
import { findHealth, saveHealth } from '../../store/health.ts';
import type { HealthFacts } from '../../store/health-facts.ts';
import type { SystemNotification } from '../../store/notifications.ts';
import { expectWatchdogs, type WatchdogFacts } from '../../store/watchdogs.ts';
import { type HealthStatus, meshHealth } from './mesh-health.ts';
import { readHealth } from './read-health.ts';
import { nextHealth, type Transition } from './transitions.ts';

interface HealthDeps extends Pick<Config, 'db' | 'encryptionKey' | 'previousEncryptionKey'> {
  readonly maxDatabaseBytes?: number;
  /** Regions in which the watchdog should run. Default: none. */
  readonly watchdogRegions?: readonly string[];
  /** Whether the mesh makes a backup a day. Default: no. */
  readonly expectsBackups?: boolean;
  /** The clock to compare with D1's. Default: this machine's. */
  readonly comparedClock?: () => number;
}

/** The tick itself proves that ticks run. `now` is its start. Returns the status, or null if it is unknown. */
export async function recordHealth(
  config: HealthDeps,
  state: State,
  now: number,
): Promise<HealthStatus | null> {
  const { maxDatabaseBytes = Number.POSITIVE_INFINITY, comparedClock = Date.now } = config;
  const { watchdogRegions = [], expectsBackups = false } = config;
  try {
    const inputs = await readHealth({ ...config, maxDatabaseBytes }, now, comparedClock, async () => state);
    await expectConfigured(config.db, watchdogRegions, inputs.facts?.watchdogs ?? [], now);
    await expectConfiguredBackups(config.db, expectsBackups, inputs.facts, now);
    const facts = inputs.facts && { ...inputs.facts, tickAt: now };
    const { reasons, status } = meshHealth({ ...inputs, facts }, now);
    const transition = nextHealth(await findHealth(config.db), reasons, now);
    if (transition === null) return status;
    if (await saveHealth(config.db, transition.row, notificationOf(transition))) logChange(transition);
    return status;
  } catch (error) {
    log.error('mesh.health_unknown', { error });
    return null;
  }
}

/** Writes only after a change of the configuration: reports are expected from the first tick after it on. */
async function expectConfigured(
  db: D1Database,
  regions: readonly string[],
  known: readonly WatchdogFacts[],
  now: number,
): Promise<void> {
  const isKnown =
    known
      .map(({ region }) => region)
      .sort()
      .join() === [...regions].sort().join();
  if (!isKnown) await expectWatchdogs(db, regions, now);
}

/** The same of backups. */
async function expectConfiguredBackups(
  db: D1Database,
  isExpected: boolean,
  facts: HealthFacts | null,
  now: number,
): Promise<void> {
  const isKnown = facts === null || (facts.scheduledBackup ?? null) !== null;
  if (facts !== null && isKnown !== isExpected) await expectBackups(db, isExpected, now);
}

function logChange({ raised, ended }: Transition): void {
  const shown = (reasons: Transition['about']) => reasons.map(({ code, detail }) => ({ code, detail }));
  if (raised.length > 0) log.error('mesh.impaired', { reasons: shown(raised) });
  if (ended.length > 0) log.info('mesh.recovered', { reasons: shown(ended) });
}

const iso = (ms: number): string => new Date(ms).toISOString();

function notificationOf({ event, about, since, row }: Transition): SystemNotification | null {
  if (event === null) return null;
  const reasons = about.map(({ code, detail }) => ({ code, detail }));
  const body = newBody(event, row.at, { ...EMPTY_DATA, mesh: { since: iso(since), reasons } });
  const name = event === 'mesh.impaired' ? `impaired_${row.seq}` : 'recovered';
  return { id: `mesh_${since.toString(36)}_${name}`, body, at: row.at };
}
