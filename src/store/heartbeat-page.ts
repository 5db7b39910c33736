// Owns what the page of a heartbeat reads besides what every monitor has: its row, its newest pings, and how long its runs
// took. Parts of the one statement of the page of a monitor. Other monitors have no such rows. Does not decide what is shown.
import { type SQL, sql } from 'drizzle-orm';
import type { HeartbeatMemory } from '../heartbeats/memory.ts';
import { PING_SPAN, type StoredPing } from './pings.ts';
import { heartbeats, monitors, pings } from './schema.ts';
import type { Term } from './union.ts';

export interface PageHeartbeat {
  readonly armedAt: number;
  readonly memory: HeartbeatMemory | null;
  readonly previousKeyUntil: number | null;
}

/** When a run ended, and how long it took. */
export type RunDuration = readonly [at: number, durationMs: number];

export interface HeartbeatRows {
  readonly heartbeat: PageHeartbeat | null;
  /** The newest first. */
  readonly pings: readonly StoredPing[];
  readonly durations: RunDurations | null;
}

export interface RunDurations {
  /** The oldest first. */
  readonly runs: readonly RunDuration[];
  /** When the oldest ping arrived that was looked at. Null: there is none. */
  readonly since: number | null;
  /** Pings that were looked at. */
  readonly pings: number;
}

export const NEWEST_PINGS = 10;
/** Of a job that pings very often, the chart shows the newest part of its range. */
export const MAX_CHARTED_PINGS = 10_000;

/** A ping as its columns, of rows of the table. */
export const PING_JSON = sql`json_object('seq', id % ${sql.raw(String(PING_SPAN))}, 'at', at, 'kind', kind,
  'runId', run_id, 'exitCode', exit_code, 'durationMs', duration_ms, 'body', body, 'bodyBytes', body_bytes)`;

/** The newest first. */
export const newestPings = (number: SQL, limit: number): SQL => sql`select * from ${pings}
  where id > ${number} * ${PING_SPAN} and id < (${number} + 1) * ${PING_SPAN} order by id desc limit ${limit}`;

/** Runs that ended after `from`. */
export function heartbeatTerms(id: string, from: number): Term<'json' | 'place'>[] {
  const number = sql`(select number from ${monitors} where id = ${id})`;
  return [
    {
      kind: 'heartbeat',
      columns: {
        json: sql`json_object('armedAt', armed_at, 'memory', json(memory), 'previousKeyUntil', previous_key_until)`,
      },
      rest: sql`from ${heartbeats} where number = ${number}`,
    },
    {
      kind: 'ping',
      columns: { json: PING_JSON, place: sql`-id` },
      rest: sql`from (${newestPings(number, NEWEST_PINGS)})`,
    },
    {
      kind: 'durations',
      columns: {
        json: sql`json_object('pings', count(*), 'since', min(at), 'runs', json_group_array(json_array(at, duration_ms))
          filter (where duration_ms is not null and at >= ${from}))`,
      },
      rest: sql`from (select at, duration_ms from (${newestPings(number, MAX_CHARTED_PINGS)}) order by id)`,
    },
  ];
}
