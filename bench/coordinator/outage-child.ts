// Owns one process that runs the built Worker's ticks through an outage of hanging targets, in virtual time: the real
// tick, fleet and five places, and a fake Lambda that takes as long as its runs.
import { pathToFileURL } from 'node:url';
import type { Job } from '../../probes/contract/index.ts';
import './fake-cloudflare.ts';
import { openFakeD1 } from './fake-d1.ts';
import { installFakeLambda } from './fake-lambda.ts';
import { installFakeTimers } from './fake-timers.ts';
import { MINUTE_MS, WORKER_VARS } from './fixtures.ts';
import { OverheadTimer } from './overhead-timer.ts';

/** The parent's task, as JSON in the first argument. */
export interface OutageTask {
  /** Path of the bundle. */
  readonly worker: string;
  /** Path of a database with the state at `from`. The process writes to it. */
  readonly database: string;
  readonly from: number;
  /** Monitors from 1 to this number hang. The others stay healthy. */
  readonly hanging: number;
  /** When in a minute the outage begins. */
  readonly offsetMs: number;
  readonly memoryMb: number;
}

export interface OutageResult {
  /** From the start of the outage to its notification, for each monitor that was found. */
  readonly detectionMs: readonly number[];
  /** The longest time between two measurements of a healthy monitor, from any location. */
  readonly healthyGapMs: number;
  readonly invocations: number;
  readonly peakConcurrency: number;
}

/** Every target that hangs takes its whole timeout. */
const TIMEOUT_MS = 5_000;
/** To Lambda and back, and the time of a healthy target. */
const ROUND_TRIP_MS = 200;
/** CPU of one TCP run, and the share of a core of a function: src/fleet/check-cost.ts, probes/runner/pacer.ts. */
const RUN_CPU_MS = 0.4;
const MB_PER_CORE = 1_769;
const SHARE_USED = 0.7;
const OUTAGE_MINUTES = 4;

interface BuiltWorker {
  readonly default: { scheduled(controller: object, env: object, ctx: object): Promise<void> };
}

process.on('disconnect', () => process.exit(0));

const task = JSON.parse(process.argv[2] ?? '') as OutageTask;
const measuredAt: number[] = [];

/** The starts take as long as the function's CPU needs for them, and a hanging run its timeout. */
function tookMs({ runs }: Job, failing: number): number {
  const startsMs = (runs.length * RUN_CPU_MS) / (Math.min(1, task.memoryMb / MB_PER_CORE) * SHARE_USED);
  if (runs.some(({ id }) => id > task.hanging)) measuredAt.push(Date.now());
  const hangs = runs.some(({ id }) => id <= failing);
  // The clock has whole milliseconds.
  return Math.round(ROUND_TRIP_MS + (hangs ? TIMEOUT_MS : 0) + Math.min(startsMs, 1_280));
}

const overhead = new OverheadTimer();
const lambda = installFakeLambda(overhead, tookMs);
const { db, sqlite } = openFakeD1(task.database, overhead);
const worker = ((await import(pathToFileURL(task.worker).href)) as BuiltWorker).default;

const env = {
  DB: db,
  DELIVERIES: { send: async () => {} },
  ...WORKER_VARS,
  PROBE_MEMORY_MB: String(task.memoryMb),
};

const timers = installFakeTimers(task.from, () => lambda.invocations() + overhead.spentUs);
const ticks: Promise<void>[] = [];
let minuteAt = task.from;

async function startMinute(): Promise<void> {
  await timers.advanceTo(minuteAt);
  const tick = worker.scheduled({ cron: '* * * * *', scheduledTime: minuteAt }, env, {});
  // Awaited at the end. Until then, a failure must not count as unhandled.
  tick.catch((error: unknown) => process.stderr.write(`a tick failed: ${error}\n`));
  ticks.push(tick);
  minuteAt += MINUTE_MS;
}

await startMinute();
const outageAt = minuteAt + task.offsetMs;
await startMinute();
await timers.advanceTo(outageAt);
lambda.failUpTo(task.hanging);
measuredAt.length = 0;
for (let minute = 0; minute < OUTAGE_MINUTES; minute += 1) await startMinute();
await timers.advanceTo(minuteAt - 1);
const opened = sqlite
  .prepare("select at from notifications where event = 'incident.opened' order by at")
  .all() as { at: number }[];

const result: OutageResult = {
  detectionMs: opened.map(({ at }) => at - outageAt),
  healthyGapMs: Math.max(0, ...measuredAt.slice(1).map((at, index) => at - measuredAt[index]!)),
  invocations: lambda.invocations(),
  peakConcurrency: lambda.peakConcurrency(),
};
process.send?.(result, () => process.exit(0));
