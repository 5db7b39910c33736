// Reads what a notification says of a heartbeat: when its job was due, its newest ping, and its newest exit code.
import { sql } from 'drizzle-orm';
import type { WebhookBody } from '../channels/notification.ts';
import { isHeartbeat, rulesOf } from '../heartbeats/check.ts';
import { expectedOf } from '../heartbeats/evaluate.ts';
import { readMemory } from '../heartbeats/memory.ts';
import { database } from './database.ts';
import type { MonitorRow } from './monitors.ts';
import { pingId } from './pings.ts';

export type NotifiedHeartbeat = NonNullable<WebhookBody['data']['heartbeat']>;

interface Row {
  readonly number: number;
  readonly armedAt: number;
  readonly memory: string | null;
  readonly pingAt: number | null;
  readonly exitCode: number | null;
}

/** The exit code of an older run says nothing about this failure. */
const RECENT_PINGS = 200;

/**
 * By number of the monitor. In the commit of an evaluation, the table still has what was known before it: when the ping was
 * due that did not come, or that ended the incident.
 */
export async function notifiedHeartbeats(
  db: D1Database,
  monitors: readonly Pick<MonitorRow, 'number' | 'id' | 'name' | 'check'>[],
): Promise<ReadonlyMap<number, NotifiedHeartbeat>> {
  const jobs = new Map(monitors.filter(({ check }) => isHeartbeat(check)).map((one) => [one.number, one]));
  if (jobs.size === 0) return new Map();
  const spans = [...jobs.keys()].map((number) => [number, pingId(number, 0), pingId(number + 1, 0)]);
  const ofJob = sql`id > j.value ->> 1 and id < j.value ->> 2 order by id desc`;
  const rows = await database(db).all<Row>(sql`
    select h.number, h.armed_at as armedAt, h.memory,
      (select at from pings where ${ofJob} limit 1) as pingAt,
      (select exit_code from (select id, kind, exit_code from pings where ${ofJob} limit ${RECENT_PINGS})
        where kind = 'fail' order by id desc limit 1) as exitCode
    from json_each(${JSON.stringify(spans)}) j join heartbeats h on h.number = j.value ->> 0`);
  return new Map(rows.map((row) => [row.number, notified(row, jobs.get(row.number)!)]));
}

function notified(
  { armedAt, memory, pingAt, exitCode }: Row,
  { id, name, check }: Pick<MonitorRow, 'id' | 'name' | 'check'>,
): NotifiedHeartbeat {
  const stored = memory === null ? null : readMemory(memory);
  const { dueAt, lastPingAt } = expectedOf({ armedAt, memory: stored }, rulesOf(check));
  const newest = pingAt ?? lastPingAt;
  return {
    ...{ id, name, expectedAt: new Date(dueAt ?? armedAt).toISOString() },
    receivedAt: newest === null ? null : new Date(newest).toISOString(),
    exitCode,
  };
}
