// Owns the rows that D1 reports as written per thousand checks, for probemesh and for one row per check.
// Both store the same checks of one run.
import type { InvocationResult } from '../../src/fleet/fleet.ts';
import { replayFrom } from '../../src/store/journal/replay.ts';
import { CHECKS_TABLE, type CheckRow, createChecksTable, insertChecks } from './baseline-schema.ts';
import { measureDeletedRows } from './deletes.ts';
import { LOCATIONS, MINUTE_MS, seedMesh, T0 } from './fixtures.ts';
import { openLocalD1 } from './local-d1.ts';
import { meter } from './metered-d1.ts';
import { runMinutes } from './run-ticks.ts';

export interface RowsWritten {
  readonly scenario: string;
  readonly monitors: number;
  readonly locations: number;
  readonly minutes: number;
  readonly checks: number;
  readonly probemesh: Cost;
  /** Rows written per 1,000 checks by the deletes of retention, once as many rows are deleted as are appended. */
  readonly deletesPer1000Checks: number;
  readonly rowPerCheck: Cost;
  /** Rows of the row-per-check schema divided by rows of probemesh. */
  readonly ratio: number;
}

interface Cost {
  readonly rowsWritten: number;
  readonly rowsPer1000Checks: number;
  /** Sizes of all values of the table as SQLite stores them, without headers, indexes and empty space. */
  readonly bytesPerCheck: number;
}

/** The first minutes check new monitors from all locations at once, which is not typical. */
const WARM_UP_MINUTES = 2;

/** `outageShare` of the monitors fail everywhere from the fourth minute to the seventh. */
export async function measureRowsWritten(
  scratch: string,
  monitors: number,
  minutes: number,
  outageShare = 0,
): Promise<RowsWritten> {
  const local = await openLocalD1(scratch);
  try {
    await createChecksTable(local.db);
    await seedMesh(local.db, monitors);
    await runMinutes({ db: local.db, from: T0, minutes: WARM_UP_MINUTES });

    const from = T0 + WARM_UP_MINUTES * MINUTE_MS;
    const journalBefore = await newestJournalId(local.db);
    const runsBefore = await storedRuns(local.db);
    const metered = meter(local.db);
    const reports: CheckRow[][] = [];
    await runMinutes({
      db: metered.db,
      from,
      minutes,
      fails: (monitor, at) =>
        monitor <= monitors * outageShare && at >= from + 3 * MINUTE_MS && at < from + 6 * MINUTE_MS,
      onResult: (request, result) => reports.push(checkRows(request.location, result)),
    });
    const checks = reports.reduce((sum, rows) => sum + rows.length, 0);
    await expectNoneMissing(local.db, runsBefore + checks);

    const naive = meter(local.db);
    for (const rows of reports) await insertChecks(naive.db, rows);
    const cost = (rowsWritten: number, bytes: number): Cost => ({
      rowsWritten,
      rowsPer1000Checks: (rowsWritten / checks) * 1000,
      bytesPerCheck: bytes / checks,
    });
    const probemesh = cost(
      metered.rowsWritten(),
      await storedBytes(local.db, 'journal', `where id > ${journalBefore}`),
    );
    const deleted = await measureDeletedRows(local.db);
    const rowPerCheck = cost(naive.rowsWritten(), await storedBytes(local.db, CHECKS_TABLE));
    return {
      scenario: outageShare > 0 ? `${outageShare * 100} % down for 3 of ${minutes} min` : 'all healthy',
      monitors,
      locations: LOCATIONS.length,
      minutes,
      checks,
      probemesh,
      deletesPer1000Checks: (deleted / checks) * 1000,
      rowPerCheck,
      ratio: rowPerCheck.rowsWritten / probemesh.rowsWritten,
    };
  } finally {
    await local.dispose();
  }
}

const checkRows = (location: string, { observations }: InvocationResult): CheckRow[] =>
  observations.map(({ monitor, startedAt, outcome, timings, detail = null }) => ({
    monitor,
    location,
    at: startedAt,
    outcome,
    latencyMs: timings.totalMs ?? null,
    detail,
  }));

const newestJournalId = async (db: D1Database): Promise<number> =>
  (await db.prepare('select max(id) id from journal').first<{ id: number }>())!.id;

/** Jobs of one location are one journal row, so runs are counted. */
async function storedRuns(db: D1Database): Promise<number> {
  const { runs, damage } = await replayFrom(db, null);
  if (damage) throw damage;
  return runs;
}

/** Runs that are not stored would make the figure meaningless. */
async function expectNoneMissing(db: D1Database, arrived: number): Promise<void> {
  const stored = await storedRuns(db);
  if (stored !== arrived) throw new Error(`${arrived} runs arrived, but ${stored} are in the journal`);
}

/** Sizes by SQLite's record format: integers in 0 to 8 bytes, text and blobs as they are (sqlite.org/fileformat2.html, 2.1). */
async function storedBytes(db: D1Database, table: string, where = ''): Promise<number> {
  const { results: columns } = await db
    .prepare(`select name from pragma_table_info('${table}')`)
    .all<{ name: string }>();
  const sizes = columns.map(({ name }) => {
    const x = `"${name}"`;
    return `case typeof(${x}) when 'null' then 0 when 'text' then length(cast(${x} as blob)) when 'blob' then length(${x})
      when 'real' then 8 else case when ${x} in (0, 1) then 0 when abs(${x}) < 128 then 1 when abs(${x}) < 32768 then 2
      when abs(${x}) < 8388608 then 3 when abs(${x}) < 2147483648 then 4 when abs(${x}) < 140737488355328 then 6 else 8 end end`;
  });
  const row = await db
    .prepare(`select sum(${sizes.join(' + ')}) bytes from ${table} ${where}`)
    .first<{ bytes: number }>();
  return row!.bytes;
}
