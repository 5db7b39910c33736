// Owns the command `npm run bench`: rows written to D1, CPU of the coordinator, the time to apply reports, and the time to
// detect an outage of hanging targets.
// `-- --json` prints one JSON document only.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { measureApplyLatency } from './apply-latency.ts';
import { buildWorker, measureCoordinatorCpu } from './coordinator-cpu.ts';
import { measureStorage } from './deletes.ts';
import { measureHangingOutage } from './hanging-outage.ts';
import { describeReport, reportOf } from './report.ts';
import { measureRowsWritten } from './rows-written.ts';

const MINUTES = 10;
const CPU_SIZES = [10, 100, 1_000];
/** Monitors in a slot, and repetitions. The first entry warms up and is left out. */
const APPLY_SIZES = [
  [10, 2_000],
  [10, 2_000],
  [100, 500],
  [1_000, 60],
  [10_000, 12],
] as const;
/** Monitors whose targets hang at the same time, and when in a minute that begins. */
const OUTAGE_SIZES = [100, 1_000];
const OUTAGE_OFFSETS_MS = [2_000, 22_000, 42_000];
/** The function's size in production. */
const MEMORY_MB = 256;
const CPU_EFFORT = { processes: 3, warmTicks: 10, outages: 2 };

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });
const startedAt = performance.now();
const progress = (line: string): void => {
  if (!values.json) process.stderr.write(`${line}\n`);
};

const scratch = mkdtempSync(join(tmpdir(), 'probemesh-bench-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));

progress(`running ${MINUTES} minutes on a local D1, three times …`);
const rowsWritten = [
  await measureRowsWritten(scratch, 100, MINUTES),
  await measureRowsWritten(scratch, 100, MINUTES, 0.1),
  await measureRowsWritten(scratch, 1_000, MINUTES),
];
progress('filling the database with error pages …');
const storage = await measureStorage(scratch, 10, MINUTES);
progress('building the Worker …');
const worker = await buildWorker(scratch);
const coordinatorCpu = [];
for (const monitors of CPU_SIZES) {
  progress(`running ticks for ${monitors} monitors …`);
  coordinatorCpu.push(await measureCoordinatorCpu(scratch, worker, monitors, CPU_EFFORT));
}
progress('applying slots of up to 10,000 monitors …');
const applyLatency = APPLY_SIZES.map(([monitors, repetitions]) =>
  measureApplyLatency(monitors, repetitions),
).slice(1);
const hangingOutages = [];
for (const hanging of OUTAGE_SIZES) {
  progress(`simulating an outage of ${hanging} hanging monitors …`);
  hangingOutages.push(await measureHangingOutage(scratch, worker, hanging, MEMORY_MB, OUTAGE_OFFSETS_MS));
}
const report = reportOf(
  { rowsWritten, storage, coordinatorCpu, applyLatency, hangingOutages },
  (performance.now() - startedAt) / 1000,
);
process.stdout.write(`${values.json ? JSON.stringify(report, null, 2) : `\n${describeReport(report)}`}\n`);
