// Owns what an hour of a mesh costs in D1, from the first commit to the last delete, and what it costs with one row per check.
// Both store the same checks. Rows are those that D1 itself reports as written.
import type { ReportedObservation } from '../../src/engine/model/journal.ts';
import type { Policy } from '../../src/engine/model/state.ts';
import { compact } from '../../src/history/compact.ts';
import { commit } from '../../src/store/commit.ts';
import { runBatch } from '../../src/store/database.ts';
import { loadState } from '../../src/store/shard.ts';
import { saveCheckpoint } from '../../src/store/snapshot/rows.ts';
import { fromLogByte, toLogByte } from '../../src/uptime/log-steps.ts';
import { clockedD1 } from '../../test/support/d1/clocked-d1.ts';
import { type CheckRow, createChecksTable, insertChecks } from '../coordinator/baseline-schema.ts';
import { openLocalD1 } from '../coordinator/local-d1.ts';
import { meter } from '../coordinator/metered-d1.ts';

const HOUR_MS = 3_600_000;
const LOCATIONS = 6;
/** 23:00 UTC, so that the hour ends its day. */
const START = Date.UTC(2026, 9, 25, 23);
/** A tick writes its number. Every second one also claims the deletion of old rows. */
const TICK_ROWS_AN_HOUR = 60 + 30;
/** Enough for the rows of a row-per-check schema: they are the same for each. */
const BASELINE_REPORTS = 6;

export interface HistoryCost {
  readonly monitors: number;
  readonly checks: number;
  /** Rows written per 1,000 checks, deletes included. */
  readonly rowsPer1000Checks: number;
  readonly byPart: {
    readonly commits: number;
    readonly ticks: number;
    readonly hourly: number;
    readonly daily: number;
    readonly deletes: number;
  };
  readonly seriesBytesPerCheck: number;
  readonly journalBytesPerCheck: number;
  readonly bytesPerMonitorDay: number;
  readonly compactionMsPerMonitorHour: number;
  readonly dayMsPerMonitor: number;
  readonly rowPerCheck: { readonly rowsPer1000Checks: number; readonly bytesPerCheck: number };
}

export async function measureHistoryCost(scratch: string, monitors: number): Promise<HistoryCost> {
  const local = await openLocalD1(scratch);
  let now = START - 60_000;
  try {
    const metered = meter(local.db);
    const db = clockedD1(metered.db, () => now);
    const rowsOf = async (work: () => Promise<unknown>): Promise<number> => {
      const before = metered.rowsWritten();
      await work();
      return metered.rowsWritten() - before;
    };
    const context = { db, tick: 1, publicUrl: 'https://status.test', now: () => now };
    let state = await seed(db, context, monitors);
    const reports: ReportedObservation[][] = [];
    const report = async (location: number): Promise<void> => {
      const observations = observationsAt(monitors, location, now);
      if (reports.length < BASELINE_REPORTS) reports.push(observations);
      const entry = { kind: 'report', location, askedAt: now, answeredAt: now, error: null } as const;
      state = (await commit(context, state, () => ({ ...entry, missedDeadline: false, observations }))).state;
    };
    // A mesh that runs: every location has its vote.
    for (let location = 1; location <= LOCATIONS; location += 1) await report(location);
    now = START;
    await drain(db, now + 70_000);
    const commits = await rowsOf(async () => {
      for (let minute = 0; minute < 60; minute += 1)
        for (let location = 1; location <= LOCATIONS; location += 1) {
          now = START + minute * 60_000 + location * 9_000;
          await report(location);
        }
    });
    // As ticks do: a run of the compaction loads the state.
    await runBatch(local.db, saveCheckpoint(local.db, 'newest', state, now));
    const checks = 60 * LOCATIONS * monitors;
    now = START + HOUR_MS + 120_000;
    const hourStart = cpuMs();
    const hourly = await rowsOf(() => drain(db, now));
    const hourMs = cpuMs() - hourStart;
    const journal = await bytesOf(
      local.db,
      'journal',
      'length(monitors) + length(starts) + length(phases) + length(detail)',
    );
    const series = await bytesOf(local.db, 'series', 'length(data) + length(spans)');
    now = START + HOUR_MS + 60_000;
    await report(1);
    now = START + 3 * HOUR_MS;
    await report(1);
    now = START + 3 * HOUR_MS + 120_000;
    await compact(db, now);
    const dayStart = cpuMs();
    const daily = await rowsOf(() => drain(db, now));
    const dayMs = cpuMs() - dayStart;
    const days = await bytesOf(local.db, 'days', 'length(data)');
    const journalRows = (await local.db.prepare('delete from journal').run()).meta.rows_written ?? 0;
    const dayRows =
      (await local.db.prepare(`delete from series where id < ${2 ** 60}`).run()).meta.changes ?? 0;
    const deletes = journalRows + (2 * Math.min(dayRows, monitors)) / 24;
    const per1000 = (rows: number): number => (rows / checks) * 1_000;
    const byPart = {
      ...{ commits: per1000(commits), ticks: per1000(TICK_ROWS_AN_HOUR), hourly: per1000(hourly) },
      ...{ daily: per1000(daily / 24), deletes: per1000(deletes) },
    };
    return {
      ...{ monitors, checks, byPart },
      rowsPer1000Checks: Object.values(byPart).reduce((sum, rows) => sum + rows, 0),
      seriesBytesPerCheck: series / (checks + LOCATIONS * monitors),
      journalBytesPerCheck: journal / (checks + LOCATIONS * monitors),
      bytesPerMonitorDay: days / Math.max(1, monitors),
      compactionMsPerMonitorHour: hourMs / monitors,
      dayMsPerMonitor: dayMs / monitors,
      rowPerCheck: await measureBaseline(local.db, reports),
    };
  } finally {
    await local.dispose();
  }
}

/** CPU of this process: D1 runs in another. */
const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};

/** The local D1 closes a connection now and then, while this process computes: the next run goes on, as it does in a mesh. */
const MAX_FAILURES = 3;

async function drain(db: D1Database, now: number): Promise<void> {
  for (let failures = 0; ; ) {
    const result = await compact(db, now);
    if (result === 'done') return;
    if (result === 'failed') failures += 1;
    if (failures > MAX_FAILURES) throw new Error('the compaction failed: see the log');
  }
}

async function seed(db: D1Database, context: Parameters<typeof commit>[0], monitors: number) {
  const rows = Array.from({ length: monitors }, (_, index) => [index + 1, `m${index + 1}`]);
  for (let from = 0; from < rows.length; from += 1_000)
    await db
      .prepare(
        `insert into monitors (number, id, name, "check", interval_seconds, locations, alert, channels, tags, public, paused,
          created_at, updated_at) select value ->> 0, value ->> 1, value ->> 1, '{"type":"tcp"}', 60, '"all"', '{}', '[]', '{}',
          1, 0, ${START}, ${START} from json_each(?)`,
      )
      .bind(JSON.stringify(rows.slice(from, from + 1_000)))
      .run();
  const policy: Policy = {
    ...{
      intervalMs: 60_000,
      timeoutMs: 5_000,
      quorum: 'majority',
      failures: 2,
      recoveries: 2,
      confirmMs: 10_000,
    },
    ...{ locations: 'all', dependsOn: [], paused: false },
  };
  const locations = Array.from({ length: LOCATIONS }, (_, index) => {
    return { type: 'location', number: index + 1, id: `aws:bench-${index + 1}`, enabled: true } as const;
  });
  const all = rows.map(([number]) => ({ type: 'monitor', number: Number(number), policy }) as const);
  return (
    await commit(context, await loadState(db), () => ({ kind: 'change', changes: [...locations, ...all] }))
  ).state;
}

let random = 1;
const noise = (): number => {
  random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0;
  return random / 2 ** 32;
};

/** Two of three are checked with http, the others with tcp. */
function observationsAt(monitors: number, location: number, at: number): ReportedObservation[] {
  const stored = (ms: number): number => fromLogByte(toLogByte(ms))!;
  const asked = at + Math.floor(noise() * 60);
  return Array.from({ length: monitors }, (_, index): ReportedObservation => {
    const roundTripMs = location * 20 * (1 + 0.06 * noise());
    const isHttp = index % 3 !== 0;
    const timings = {
      dnsMs: stored(1 + noise()),
      connectMs: stored(roundTripMs),
      ...(isHttp
        ? { tlsMs: stored(2 * roundTripMs), firstByteMs: stored(roundTripMs + 40 * (1 + 0.5 * noise())) }
        : {}),
    };
    const totalMs = Object.values(timings).reduce((sum, ms) => sum + ms, 0);
    const startedAt = asked + 10 * (index % 400) + 10 * Math.floor(3 * noise());
    return { monitor: index + 1, startedAt, outcome: 'ok', timings: { ...timings, totalMs } };
  });
}

const bytesOf = async (db: D1Database, table: string, sizes: string): Promise<number> =>
  (await db
    .prepare(`select coalesce(sum(coalesce(${sizes}, 0) + 8), 0) as bytes from ${table}`)
    .first<{ bytes: number }>())!.bytes;

/** A row of such a table, and its entry in the index, are written once and deleted once. */
async function measureBaseline(
  db: D1Database,
  reports: readonly (readonly ReportedObservation[])[],
): Promise<HistoryCost['rowPerCheck']> {
  await createChecksTable(db);
  const metered = meter(db);
  let checks = 0;
  for (const [index, observations] of reports.entries()) {
    const rows = observations.map(({ monitor, startedAt, outcome, timings }): CheckRow => {
      return {
        monitor,
        location: `aws:bench-${index + 1}`,
        at: startedAt,
        outcome,
        latencyMs: timings.totalMs ?? null,
        detail: null,
      };
    });
    checks += rows.length;
    for (let from = 0; from < rows.length; from += 2_000)
      await insertChecks(metered.db, rows.slice(from, from + 2_000));
  }
  const bytes = await bytesOf(db, 'bench_checks', '4 + 4 + length(location) + 6 + length(outcome) + 2');
  await metered.db.prepare('delete from bench_checks where id >= 0').run();
  return { rowsPer1000Checks: (metered.rowsWritten() / checks) * 1_000, bytesPerCheck: bytes / checks };
}
