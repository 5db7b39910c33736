// Owns the command `npm run bench:cost`: what the storage of a mesh costs by number of monitors, against the budgets, and what a
// schema with one row per check costs. `-- --json` prints one JSON document only.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { table } from '../table.ts';
import { type HistoryCost, measureHistoryCost } from './measure-cost.ts';

const SIZES = [10, 100, 1_000, 10_000];
/** Rows written per 1,000 checks, by monitors; bytes a check in `series`. */
const BUDGETS = {
  rows: new Map([
    [100, 30],
    [1_000, 6],
  ]),
  seriesBytes: 3,
};

/** developers.cloudflare.com/d1/platform/pricing: Workers Paid, a month. */
const PRICES = { base: 5, rowsIncluded: 50e6, million: 1, gigabytesIncluded: 5, gigabyte: 0.75 };
const DAYS = { journal: 3, series: 30, days: 400, month: 30 };

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, sizes: { type: 'string', default: SIZES.join(',') } },
});
const scratch = mkdtempSync(join(tmpdir(), 'probemesh-bench-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

const results: PricedCost[] = [];
for (const monitors of values.sizes.split(',').map(Number)) {
  if (!values.json) process.stderr.write(`an hour of ${monitors} monitors …\n`);
  results.push(withPrice(await measureHistoryCost(scratch, monitors)));
}
const missed = results.flatMap(({ monitors, rowsPer1000Checks, seriesBytesPerCheck }) => [
  ...(rowsPer1000Checks > (BUDGETS.rows.get(monitors) ?? Number.POSITIVE_INFINITY)
    ? [`${monitors} monitors write ${rowsPer1000Checks.toFixed(1)} rows per 1,000 checks`]
    : []),
  ...(seriesBytesPerCheck > BUDGETS.seriesBytes
    ? [`${monitors} monitors take ${seriesBytesPerCheck.toFixed(2)} bytes a check`]
    : []),
]);
if (values.json) console.log(JSON.stringify({ results, missed }, null, 2));
else print();
process.exitCode = missed.length > 0 ? 1 : 0;

type PricedCost = ReturnType<typeof withPrice>;

function withPrice(cost: HistoryCost) {
  const { monitors, checks, rowsPer1000Checks, rowPerCheck } = cost;
  const checksADay = checks * 24;
  const series = cost.seriesBytesPerCheck * checksADay * DAYS.series;
  const journal = cost.journalBytesPerCheck * checksADay * DAYS.journal;
  const bytes = series + journal + cost.bytesPerMonitorDay * monitors * DAYS.days;
  const baselineBytes = rowPerCheck.bytesPerCheck * checksADay * DAYS.series;
  const checksAMonth = checksADay * DAYS.month;
  return {
    ...cost,
    databaseBytes: bytes,
    dollarsAMonth: dollars(rowsPer1000Checks * (checksAMonth / 1_000), bytes),
    rowPerCheck: {
      ...rowPerCheck,
      databaseBytes: baselineBytes,
      dollarsAMonth: dollars(rowPerCheck.rowsPer1000Checks * (checksAMonth / 1_000), baselineBytes),
    },
  };
}

function dollars(rows: number, bytes: number): number {
  const written = (Math.max(0, rows - PRICES.rowsIncluded) / 1e6) * PRICES.million;
  return PRICES.base + written + Math.max(0, bytes / 1e9 - PRICES.gigabytesIncluded) * PRICES.gigabyte;
}

function print(): void {
  const head = [
    'monitors',
    'rows/1,000',
    'row a check',
    'B/check',
    'size',
    'row a check',
    '$/month',
    'row a check',
    'ms/monitor-hour',
    'ms/day',
  ];
  const rows = results.map((one) => [
    one.monitors.toLocaleString('en'),
    ...[one.rowsPer1000Checks, one.rowPerCheck.rowsPer1000Checks].map((value) => value.toFixed(1)),
    one.seriesBytesPerCheck.toFixed(2),
    ...[one.databaseBytes, one.rowPerCheck.databaseBytes].map((value) => `${(value / 1e6).toFixed(0)} MB`),
    ...[one.dollarsAMonth, one.rowPerCheck.dollarsAMonth].map((value) => value.toFixed(2)),
    ...[one.compactionMsPerMonitorHour, one.dayMsPerMonitor].map((value) => value.toFixed(2)),
  ]);
  console.log(table(head, rows));
  console.log(missed.length === 0 ? '\n  All budgets are kept.' : `\n  Missed: ${missed.join('; ')}.`);
}
