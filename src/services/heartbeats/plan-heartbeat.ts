// Owns what a written or deleted monitor means for its heartbeat: a new key, pings that are expected anew, rows that go.
import type { EncryptionKeys } from '../../encryption-key.ts';
import { HEARTBEAT_LOCATION, HEARTBEAT_LOCATION_NUMBER } from '../../engine/model/heartbeat.ts';
import type { Change } from '../../engine/model/journal.ts';
import type { State } from '../../engine/model/state.ts';
import { isHeartbeat } from '../../heartbeats/check.ts';
import type { Statement } from '../../store/database.ts';
import { armHeartbeats, insertHeartbeats, removeHeartbeats } from '../../store/heartbeats.ts';
import type { MonitorRow } from '../../store/monitors.ts';
import { removePings } from '../../store/pings.ts';
import { makePingKey, type PingKey } from './ping-key.ts';

/** What happens to the row of a heartbeat. `armed`: pings are expected anew. */
export type PlannedHeartbeat = PingKey | 'armed' | 'removed' | null;

/** A heartbeat that exists keeps its key. */
export async function planHeartbeat(
  keys: EncryptionKeys,
  row: MonitorRow,
  existing: MonitorRow | null,
): Promise<PlannedHeartbeat> {
  const was = existing !== null && isHeartbeat(existing.check);
  if (!isHeartbeat(row.check)) return was ? 'removed' : null;
  if (!was) return makePingKey(keys, row.number);
  return !isEqual(row.check, existing.check) || (existing.paused && !row.paused) ? 'armed' : null;
}

/** The first heartbeat brings its location. */
export const heartbeatLocation = (state: State, { check }: MonitorRow): Change[] =>
  isHeartbeat(check) && !state.locations.has(HEARTBEAT_LOCATION_NUMBER)
    ? [{ type: 'location', number: HEARTBEAT_LOCATION_NUMBER, id: HEARTBEAT_LOCATION, enabled: true }]
    : [];

/** What is stored beside the rows of these monitors. */
export function heartbeatStatements(
  db: D1Database,
  planned: readonly { readonly row: MonitorRow; readonly heartbeat: PlannedHeartbeat }[],
): Statement[] {
  const numbersOf = (what: 'armed' | 'removed'): number[] =>
    planned.flatMap(({ row, heartbeat }) => (heartbeat === what ? [row.number] : []));
  const created = planned.flatMap(({ row, heartbeat }) =>
    heartbeat === null || typeof heartbeat === 'string'
      ? []
      : [{ ...heartbeat, number: row.number, armedAt: row.updatedAt }],
  );
  const armed = numbersOf('armed');
  const removed = numbersOf('removed');
  const armedAt = planned[0]?.row.updatedAt ?? 0;
  return [
    ...insertHeartbeats(db, created),
    ...(armed.length === 0 ? [] : [armHeartbeats(db, armed, armedAt)]),
    ...(removed.length === 0 ? [] : [removeHeartbeats(db, removed), removePings(db, removed)]),
  ];
}

/** What goes with deleted monitors. */
export function removalStatements(db: D1Database, rows: readonly MonitorRow[]): Statement[] {
  const numbers = rows.filter(({ check }) => isHeartbeat(check)).map(({ number }) => number);
  return numbers.length === 0 ? [] : [removeHeartbeats(db, numbers), removePings(db, numbers)];
}

const isEqual = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
