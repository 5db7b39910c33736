// Owns the command `npm run bench:history`: 200 monitors at six locations, with 30 days of observations and two years of days,
// in a local D1. Prints whether the compaction keeps up, and what each page and API of the history costs beside its budget.
// `-- --json` prints one JSON document only, `-- --quick` fills a tenth of the past.
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compact } from '../../src/history/compact.ts';
import { pruneHistory } from '../../src/history/prune-history.ts';
import { DEFAULT_RETENTION } from '../../src/retention.ts';
import { buildWorker } from '../coordinator/coordinator-cpu.ts';
import { openFakeD1 } from '../coordinator/fake-d1.ts';
import { openStoredD1, storedD1File } from '../coordinator/local-d1.ts';
import { thisMachine } from '../machine.ts';
import { table } from '../table.ts';
import { fillJournal, insertMonitors } from './fill-journal.ts';
import { fillPast } from './fill-past.ts';
import { measureRequests } from './measure-requests.ts';
import { measureRowPerCheck } from './measure-row-per-check.ts';
import { DAY_MS, HOUR_MS, LOCATION_COUNT, MINUTE_MS, MONITORS } from './world.ts';

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, quick: { type: 'boolean', default: false } },
});
const DAYS = values.quick ? { days: 92, series: 10, journal: 1 } : { days: 730, series: 30, journal: 3 };
/** A Monday, so that the Sunday before has its maintenance. */
const TODAY = Date.UTC(2026, 9, 26) / DAY_MS;
/** The first hour of today is compacted, the rest is in the journal. */
const NOW = TODAY * DAY_MS + 92 * MINUTE_MS;
const JOURNAL_FROM = (TODAY - DAYS.journal) * DAY_MS;

const scratch = mkdtempSync(join(tmpdir(), 'probemesh-bench-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
const began = performance.now();
const note = (text: string): void => {
  process.stderr.write(`${Math.round((performance.now() - began) / 1000)} s: ${text} …\n`);
};

note('filling two years of the past');
const folder = join(scratch, 'd1');
await (await openStoredD1(scratch, folder)).dispose();
const file = storedD1File(folder);
const { db: filling, sqlite } = openFakeD1(file);
await insertMonitors(filling, (TODAY - DAYS.days) * DAY_MS);
fillPast(sqlite, {
  ...{ firstDay: TODAY - DAYS.days, firstSeriesDay: TODAY - DAYS.series },
  endDay: TODAY - DAYS.journal,
});
note(`committing ${DAYS.journal} days of reports`);
const commits = await fillJournal(filling, JOURNAL_FROM, NOW - MINUTE_MS);
sqlite.close();

const local = await openStoredD1(scratch, folder);
try {
  note('compacting them hour by hour');
  const compaction = await measureCompaction(local.db);
  const prunedMs = await timeOf(() => prune(local.db));
  const megabytes = statSync(file).size / 1e6;
  note('asking for every page');
  const requests = await measureRequests(local.db, await buildWorker(scratch), { now: NOW, note });
  note('asking a table with a row per check');
  const rowPerCheck = (await measureRowPerCheck(local.db, NOW)).map((one) => {
    const own = requests.find(({ name }) => name === one.comparedWith)!;
    return { ...one, ratioOfRows: one.rowsRead / own.rowsRead, ratioOfTime: one.wallMs / own.wallMs };
  });
  const missed = requests.flatMap(({ name, overBudget }) => overBudget.map((why) => `${name}: ${why}`));
  if (compaction.hoursInAnHour < 2) missed.push('the compaction does not keep up');
  const seconds = (performance.now() - began) / 1000;
  const result = {
    ...{ machine: thisMachine(), monitors: MONITORS, locations: LOCATION_COUNT, ...DAYS, commits, seconds },
    ...{ megabytes, compaction, prunedMs, requests, rowPerCheck, missed },
  };
  if (values.json) console.log(JSON.stringify(result, null, 2));
  else print(result);
  process.exitCode = missed.length > 0 ? 1 : 0;
} finally {
  await local.dispose();
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Two years of days are kept. */
function prune(db: D1Database): Promise<void> {
  return pruneHistory(db, { retention: { ...DEFAULT_RETENTION, dayDays: 800 }, maxDatabaseBytes: 10e9 }, NOW);
}

interface Compaction {
  readonly hours: number;
  readonly days: number;
  readonly wallMs: number;
  readonly slowestRunMs: number;
  /** CPU of this process a monitor and hour, with its share of the day: D1 runs in another. */
  readonly cpuMsPerMonitorHour: number;
  readonly wallMsPerMonitorHour: number;
  /** Hours of the mesh that one real hour compacts. */
  readonly hoursInAnHour: number;
}

async function measureCompaction(db: D1Database): Promise<Compaction> {
  const before = process.cpuUsage();
  const start = performance.now();
  let slowestRunMs = 0;
  for (let isDone = false; !isDone; ) {
    const runStart = performance.now();
    const result = await compact(db, NOW);
    if (result === 'failed') throw new Error('the compaction failed: see the log');
    slowestRunMs = Math.max(slowestRunMs, performance.now() - runStart);
    isDone = result === 'done';
  }
  const wallMs = performance.now() - start;
  const { user, system } = process.cpuUsage(before);
  const at = (await db.prepare('select at, day from compaction').first<{ at: number; day: number }>())!;
  const hours = (at.at - JOURNAL_FROM) / HOUR_MS;
  if (hours !== DAYS.journal * 24 + 1 || at.day !== TODAY - 1)
    throw new Error(`the compaction ended after ${hours} hours, at day ${at.day}`);
  return {
    ...{ hours, days: DAYS.journal, wallMs, slowestRunMs },
    cpuMsPerMonitorHour: (user + system) / 1_000 / (hours * MONITORS),
    wallMsPerMonitorHour: wallMs / (hours * MONITORS),
    hoursInAnHour: HOUR_MS / (wallMs / hours),
  };
}

interface Result {
  readonly megabytes: number;
  readonly seconds: number;
  readonly commits: number;
  readonly prunedMs: number;
  readonly compaction: Compaction;
  readonly requests: Awaited<ReturnType<typeof measureRequests>>;
  readonly rowPerCheck: readonly {
    name: string;
    rowsRead: number;
    wallMs: number;
    ratioOfRows: number;
    ratioOfTime: number;
  }[];
  readonly missed: readonly string[];
}

function print({
  megabytes,
  seconds,
  commits,
  prunedMs,
  compaction,
  requests,
  rowPerCheck,
  missed,
}: Result): void {
  const figure = (value: number): string => value.toLocaleString('en', { maximumFractionDigits: 0 });
  const kilobytes = (value: number): string => (value / 1_000).toFixed(1);
  console.log(`
  ${MONITORS} monitors × ${LOCATION_COUNT} locations, ${DAYS.days} days, ${DAYS.series} days of observations: ${figure(megabytes)} MB in D1, of them
  ${DAYS.journal} days of the journal (${figure(commits)} rows). Compacting ${compaction.hours} hours took ${(compaction.wallMs / 1000).toFixed(1)} s:
  ${compaction.wallMsPerMonitorHour.toFixed(2)} ms a monitor-hour (${compaction.cpuMsPerMonitorHour.toFixed(2)} ms of CPU), ${figure(compaction.hoursInAnHour)} hours in a real hour,
  the longest run ${figure(compaction.slowestRunMs)} ms. A run of the retention took ${figure(prunedMs)} ms.
`);
  const head = ['page or API', 'statements', 'rows read', 'ms', 'CPU ms', 'kB', 'kB gzip', 'budget'];
  const rows = requests.map((one) => [
    ...[one.name, String(one.statements), figure(one.rowsRead), one.wallMs.toFixed(0), one.cpuMs.toFixed(0)],
    ...[kilobytes(one.bytes), kilobytes(one.gzipBytes), one.overBudget.join(', ')],
  ]);
  console.log(table(head, rows));
  console.log('');
  const compared = rowPerCheck.map(({ name, rowsRead, wallMs, ratioOfRows, ratioOfTime }) => [
    ...[name, figure(rowsRead), wallMs.toFixed(0), `${figure(ratioOfRows)} ×`, `${ratioOfTime.toFixed(1)} ×`],
  ]);
  console.log(table(['row per check', 'rows read', 'ms', 'rows to ours', 'ms to ours'], compared));
  console.log(
    missed.length === 0 ? '\n  All budgets are kept' : `\n  Missed: ${missed.join('; ')}`,
    `(${seconds.toFixed(0)} s).`,
  );
}
