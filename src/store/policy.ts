// Owns the engine's policy of a stored monitor: ids become numbers, seconds become ms.
import { HEARTBEAT_TYPE } from '../engine/model/heartbeat.ts';
import type { Policy } from '../engine/model/state.ts';
import type { MonitorRow } from './monitors.ts';

/** Reading the pings takes D1 no longer. */
const HEARTBEAT_TIMEOUT_MS = 10_000;

/** `numbers`: monitor numbers by id. A monitor that does not exist is not a dependency. */
export const enginePolicy = (
  row: MonitorRow,
  locationNumber: (id: string) => number,
  numbers: ReadonlyMap<string, number>,
): Policy => ({
  intervalMs: row.intervalSeconds * 1000,
  timeoutMs: Number(row.check.timeoutMs ?? HEARTBEAT_TIMEOUT_MS),
  quorum: row.alert.quorum,
  failures: row.alert.failures,
  recoveries: row.alert.recoveries,
  confirmMs: row.alert.confirmSeconds * 1000,
  locations: row.locations === 'all' ? 'all' : row.locations.map(locationNumber).sort((a, b) => a - b),
  dependsOn: row.dependsOn.flatMap((id) => numbers.get(id) ?? []),
  paused: row.paused,
  ...(row.check.type === HEARTBEAT_TYPE ? { heartbeat: true as const } : {}),
});
