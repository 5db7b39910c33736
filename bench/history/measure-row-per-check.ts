// Owns the same questions to a table with one row per check, filled with the same observations of two monitors. More monitors
// would not change what a question about one of them reads. Does not measure the project's own tables.
import { readObservations } from '../../src/history/read-history.ts';
import { CHECKS_TABLE, createChecksTable, insertChecks } from '../coordinator/baseline-schema.ts';

const DAY_MS = 86_400_000;
const MONITORS = [2, 3];
const ROWS_AT_ONCE = 5_000;

export interface RowPerCheckCost {
  readonly name: string;
  /** Name of the request that answers the same question. */
  readonly comparedWith: string;
  readonly rowsRead: number;
  readonly wallMs: number;
}

export async function measureRowPerCheck(db: D1Database, now: number): Promise<RowPerCheckCost[]> {
  await createChecksTable(db);
  for (const number of MONITORS) {
    let rows = [];
    for await (const run of readObservations(db, { number, from: now - 31 * DAY_MS, to: now, now })) {
      const { monitor, location, startedAt: at, outcome, timings, detail = null } = run;
      rows.push({ monitor, location, at, outcome, latencyMs: timings.totalMs ?? null, detail });
      if (rows.length < ROWS_AT_ONCE) continue;
      await insertChecks(db, rows);
      rows = [];
    }
    await insertChecks(db, rows);
  }
  const points = (days: number, part: number) =>
    `select location, at / ${part} as part, count(*) as runs, avg(latency_ms) as ms, max(latency_ms) as slowest,
      sum(outcome = 'ok') as ok from ${CHECKS_TABLE} where monitor = 2 and at >= ${now - days * DAY_MS} group by 1, 2`;
  const uptime = (days: number) =>
    `select avg(outcome = 'ok') as uptime from ${CHECKS_TABLE} where monitor = 2 and at >= ${now - days * DAY_MS}`;
  return [
    await measure(db, 'chart, 24 h', 'monitor page, 24 h', points(1, 900_000)),
    await measure(db, 'chart, 7 d', 'monitor page, 7 d', points(7, 3_600_000)),
    await measure(db, 'chart, 30 d by day', 'monitor page, 90 d', points(30, DAY_MS)),
    await measure(db, 'uptime, 30 d', 'uptime of a monitor, 30 d', uptime(30)),
  ];
}

async function measure(
  db: D1Database,
  name: string,
  comparedWith: string,
  sql: string,
): Promise<RowPerCheckCost> {
  const times: number[] = [];
  let rowsRead = 0;
  for (let run = 0; run < 3; run += 1) {
    const start = performance.now();
    rowsRead = (await db.prepare(sql).all()).meta.rows_read ?? 0;
    times.push(performance.now() - start);
  }
  return { name, comparedWith, rowsRead, wallMs: times.toSorted((a, b) => a - b)[1]! };
}
