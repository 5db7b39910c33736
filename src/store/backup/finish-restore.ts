// Owns what a restore changes besides writing rows: nothing that was pending is sent, and the time between backup and restore
// counts as one in which no tick ran. Does not decide when a restore is complete.
import { and, eq, isNotNull, isNull, lt, sql } from 'drizzle-orm';
import { database, type Statement } from '../database.ts';
import { endRestore } from '../restore-marker.ts';
import {
  activity,
  alerts,
  channels,
  deliveries,
  mailingDeliveries,
  mailings,
  reportSchedules,
  shards,
} from '../schema.ts';

const NOT_SENT = 'It was pending in the backup, and the mesh was restored from it: it is not sent any more.';

/** Open alerts wait for so long, so that the mesh measures before it escalates or reminds. */
const ALERT_WAIT_MS = 600_000;

/** `reports`: the newest period of each schedule that needs no report any more, by id. */
export function finishStatements(
  db: D1Database,
  now: number,
  reports: ReadonlyMap<string, number>,
): Statement[] {
  const orm = database(db);
  return [
    orm
      .update(deliveries)
      .set({ state: 'failed', turn: null, heldUntil: null, finishedAt: now, lastError: NOT_SENT })
      .where(eq(deliveries.state, 'pending')),
    orm.update(mailings).set({ cursor: null }).where(isNotNull(mailings.cursor)),
    orm
      .update(mailingDeliveries)
      .set({ state: 'failed', finishedAt: now, lastError: NOT_SENT })
      .where(eq(mailingDeliveries.state, 'pending')),
    orm
      .update(alerts)
      .set({ nextAt: now + ALERT_WAIT_MS, version: sql`${alerts.version} + 1` })
      .where(and(isNull(alerts.endedAt), lt(alerts.nextAt, now + ALERT_WAIT_MS))),
    orm.update(channels).set({ lease: null, leasedUntil: 0, pausedUntil: 0 }),
    // A tick that still runs is older than every tick of before.
    orm.update(shards).set({ tick: sql`${shards.tick} + 1`, tickAt: now }),
    orm.update(activity).set({ activeSince: now, measuringSince: now }),
    ...[...reports].map(([id, period]) =>
      orm.update(reportSchedules).set({ sentPeriod: period }).where(eq(reportSchedules.id, id)),
    ),
    endRestore(db),
  ];
}
