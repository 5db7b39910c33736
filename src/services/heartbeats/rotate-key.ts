// Rotates the key of a heartbeat: a new ping address, while the one before it works until the overlap ends. The audit log
// gets an entry in the same transaction, without either key.
import type { Caller } from '../../access/caller.ts';
import type { Config } from '../../env.ts';
import { isHeartbeat } from '../../heartbeats/check.ts';
import { err, ok, type Result, type ValidationError, type VersionError } from '../../result.ts';
import { runAudited } from '../../store/audit.ts';
import { findHeartbeat, type HeartbeatRow, rotateKey } from '../../store/heartbeats.ts';
import { findMonitor } from '../../store/monitors.ts';
import { ifInside } from '../access/references.ts';
import { changedMeanwhile } from '../expected-version.ts';
import { unknownMonitor } from '../monitors/monitors.ts';
import { type Heartbeat, notHeartbeat, readHeartbeat } from './heartbeats.ts';
import { makePingKey } from './ping-key.ts';

export interface KeyRotation {
  /** How long the address before it still works. 0: it ends now. */
  readonly overlapMinutes: number;
}

/** Of the key, so that it changes with every rotation. 48 bits of a hash show nothing of it. */
export const keyVersion = ({ keyHash }: Pick<HeartbeatRow, 'keyHash'>): number =>
  Number.parseInt(keyHash.slice(0, 12), 16);

/** A rotation during an overlap ends the oldest key: at most two work at a time. */
export async function rotateHeartbeatKey(
  config: Config,
  id: string,
  caller: Caller,
  { overlapMinutes }: KeyRotation,
  expectedVersion?: number,
): Promise<Result<Heartbeat, ValidationError | VersionError>> {
  const { db } = config;
  const { now } = caller;
  const rotated = await runAudited<ValidationError | VersionError>(db, config, caller, async () => {
    const monitor = ifInside(caller.restriction, await findMonitor(db, id));
    if (!monitor) return err(unknownMonitor(id));
    const row = isHeartbeat(monitor.check) ? await findHeartbeat(db, monitor.number) : null;
    if (!row) return err(notHeartbeat(id));
    if (expectedVersion !== undefined && expectedVersion !== keyVersion(row))
      return err({
        kind: 'precondition_failed',
        message: `The key of the heartbeat "${id}" was rotated meanwhile. Read it again and repeat the change.`,
      });
    const { keyHash, sealedKey } = await makePingKey(config, row.number);
    const previousKeyUntil = overlapMinutes === 0 ? null : now + overlapMinutes * 60_000;
    const until = (ms: number | null) => (ms === null || ms <= now ? null : new Date(ms).toISOString());
    return ok({
      statements: [
        rotateKey(db, row, {
          ...{ keyHash, sealedKey, previousKeyUntil },
          previousKeyHash: previousKeyUntil === null ? null : row.keyHash,
        }),
      ],
      record: {
        action: 'heartbeat.key_rotated',
        target: { type: 'monitor', id, name: monitor.name },
        before: { previousKeyUntil: until(row.previousKeyUntil) },
        after: { previousKeyUntil: until(previousKeyUntil), key: '(replaced)' },
      },
      options: { ifChanged: true },
    });
  });
  if (!rotated.ok) return rotated;
  const hasRotated = (rotated.value.at(-1) as D1Result).meta.changes > 0;
  return hasRotated
    ? readHeartbeat(config, id, caller)
    : err(changedMeanwhile(`the key of the heartbeat "${id}"`));
}
