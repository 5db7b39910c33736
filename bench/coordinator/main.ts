// `npm run bench`: rows written to D1, CPU of the coordinator, and what settling costs. `-- --json` prints one JSON document and nothing else.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { measureSettleTime } from './apply-latency.ts';
import { buildWorker, measureCoordinatorCpu } from './coordinator-cpu.ts';
import { describeReport, reportOf } from './report.ts';
import { measureRowsWritten } from './rows-written.ts';

const MINUTES = 10;
const CPU_SIZES = [10, 100, 1_000];
/** Monitors in a slot, and how often it is settled: the first is thrown away, to warm up. */
const SETTLE_SIZES = [
  [10, 2_000],
  [10, 2_000],
  [100, 500],
  [1_000, 60],
  [10_000, 12],
] as const;
const CPU_EFFORT = { processes: 3, warmTicks: 10, outages: 2 };

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });
const startedAt = performance.now();
const say = (line: string): void => {
  if (!values.json) process.stderr.write(`${line}\n`);
};

const scratch = mkdtempSync(join(tmpdir(), 'probemesh-bench-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));

say(`playing ${MINUTES} minutes on a local D1, three times …`);
const rowsWritten = [
  await measureRowsWritten(scratch, 100, MINUTES),
  await measureRowsWritten(scratch, 100, MINUTES, 0.1),
  await measureRowsWritten(scratch, 1_000, MINUTES),
];
say('building the Worker …');
const worker = await buildWorker(scratch);
const coordinatorCpu = [];
for (const monitors of CPU_SIZES) {
  say(`running its ticks for ${monitors} monitors …`);
  coordinatorCpu.push(await measureCoordinatorCpu(scratch, worker, monitors, CPU_EFFORT));
}
say('settling slots of up to 10,000 monitors …');
const settleTime = SETTLE_SIZES.map(([monitors, repetitions]) =>
  measureSettleTime(monitors, repetitions),
).slice(1);
const report = reportOf(rowsWritten, coordinatorCpu, settleTime, (performance.now() - startedAt) / 1000);
process.stdout.write(`${values.json ? JSON.stringify(report, null, 2) : `\n${describeReport(report)}`}\n`);
