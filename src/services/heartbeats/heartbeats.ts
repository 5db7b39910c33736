// Reads the heartbeat of a monitor: what is expected of its job, the address that the job calls, and its pings.
import type { Caller } from '../../access/caller.ts';
import { isAtLeast } from '../../access/role.ts';
import type { Config } from '../../env.ts';
import { isHeartbeat, rulesOf } from '../../heartbeats/check.ts';
import { expectedOf } from '../../heartbeats/evaluate.ts';
import type { HeartbeatMemory } from '../../heartbeats/memory.ts';
import { log } from '../../log.ts';
import { err, ok, type Result, type ValidationError } from '../../result.ts';
import { findHeartbeat, type HeartbeatRow } from '../../store/heartbeats.ts';
import { findMonitor, type MonitorRow } from '../../store/monitors.ts';
import { listPings, type StoredPing } from '../../store/pings.ts';
import { ifInside } from '../access/references.ts';
import { unknownMonitor } from '../monitors/monitors.ts';
import { openPingKey, pingUrl } from './ping-key.ts';

export interface Heartbeat {
  readonly monitor: MonitorRow;
  readonly row: HeartbeatRow;
  /** What is known, or what is expected of a heartbeat that was not evaluated yet. */
  readonly memory: HeartbeatMemory;
  /** Null: the caller may not see it, or it cannot be decrypted. */
  readonly pingUrl: string | null;
}

/** Who may edit a monitor sees its address: it is a permission to report for the job. */
export async function readHeartbeat(
  config: Config,
  id: string,
  caller: Caller,
): Promise<Result<Heartbeat, ValidationError>> {
  const monitor = ifInside(caller.restriction, await findMonitor(config.db, id));
  if (!monitor) return err(unknownMonitor(id));
  const row = isHeartbeat(monitor.check) ? await findHeartbeat(config.db, monitor.number) : null;
  if (!row) return err(notHeartbeat(id));
  return ok({
    ...{ monitor, row },
    memory: expectedOf(row, rulesOf(monitor.check)),
    pingUrl: isAtLeast(caller.role, 'editor') ? await readPingUrl(config, row) : null,
  });
}

/** A page of the pings that the job sent, newest first. `next`: where the next page begins. */
export async function readPings(
  config: Config,
  id: string,
  caller: Caller,
  { before, limit }: { readonly before: number | undefined; readonly limit: number },
): Promise<Result<{ readonly pings: readonly StoredPing[]; readonly next: number | null }, ValidationError>> {
  const monitor = ifInside(caller.restriction, await findMonitor(config.db, id));
  if (!monitor) return err(unknownMonitor(id));
  if (!isHeartbeat(monitor.check)) return err(notHeartbeat(id));
  const found = await listPings(config.db, { monitor: monitor.number, before, limit: limit + 1 });
  const pings = found.slice(0, limit);
  return ok({ pings, next: found.length > limit ? pings.at(-1)!.seq : null });
}

export const notHeartbeat = (id: string): ValidationError => ({
  kind: 'not_found',
  message: `Monitor "${id}" is not a heartbeat: probes check it, so it has no pings.`,
});

async function readPingUrl(config: Config, { number, sealedKey }: HeartbeatRow): Promise<string | null> {
  try {
    return pingUrl(config.publicUrl, await openPingKey(config, number, sealedKey));
  } catch (error) {
    log.warn('heartbeat.key_undecryptable', { monitor: number, error });
    return null;
  }
}
