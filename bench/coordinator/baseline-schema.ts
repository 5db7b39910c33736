// Owns the schema to compare with, which most monitoring tools use: one row per check, and an index by monitor and time.
import type { Observation } from '../../probes/contract/index.ts';

export interface CheckRow {
  readonly monitor: number;
  readonly location: string;
  /** ms since the epoch */
  readonly at: number;
  readonly outcome: Observation['outcome'];
  readonly latencyMs: number | null;
  readonly detail: string | null;
}

export const CHECKS_TABLE = 'bench_checks';

const SCHEMA = [
  `create table ${CHECKS_TABLE} (id integer primary key, monitor integer not null, location text not null,
    at integer not null, outcome text not null, latency_ms integer, detail text)`,
  `create index bench_checks_by_monitor on ${CHECKS_TABLE} (monitor, at)`,
];

const INSERT = `insert into ${CHECKS_TABLE} (monitor, location, at, outcome, latency_ms, detail)
  select value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5 from json_each(?1)`;

export async function createChecksTable(db: D1Database): Promise<void> {
  await db.batch(SCHEMA.map((sql) => db.prepare(sql)));
}

/** The checks of one invocation, in one batch. */
export async function insertChecks(db: D1Database, rows: readonly CheckRow[]): Promise<void> {
  const values = rows.map(({ monitor, location, at, outcome, latencyMs, detail }) => [
    monitor,
    location,
    at,
    outcome,
    latencyMs === null ? null : Math.round(latencyMs),
    detail,
  ]);
  await db.batch([db.prepare(INSERT).bind(JSON.stringify(values))]);
}
