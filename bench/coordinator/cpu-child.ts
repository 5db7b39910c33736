// Owns one process that runs the built Worker's ticks in virtual time and reports the CPU time of each minute.
import { pathToFileURL } from 'node:url';
import './fake-cloudflare.ts';
import { openFakeD1 } from './fake-d1.ts';
import { installFakeLambda } from './fake-lambda.ts';
import { installFakeTimers } from './fake-timers.ts';
import { MINUTE_MS, WORKER_VARS } from './fixtures.ts';
import { OverheadTimer } from './overhead-timer.ts';

/** The parent's task, as JSON in the first argument. */
export interface CpuTask {
  /** Path of the bundle. */
  readonly worker: string;
  /** Path of a database with the state at `from`. The process writes to it. */
  readonly database: string;
  readonly from: number;
  readonly monitors: number;
  readonly warmTicks: number;
  readonly outages: number;
}

export interface CpuResult {
  readonly moduleUs: number;
  readonly cold: Minute;
  readonly warm: readonly Minute[];
  /** The first minute of each outage of a tenth of the monitors. */
  readonly outage: readonly Minute[];
}

/** CPU time of this process from one cron to the next, all threads, without the fakes. */
export interface Minute {
  readonly cpuUs: number;
  readonly observations: number;
}

/** Until every vote is passing again and the code paths of an outage are idle. */
const RECOVERY_TICKS = 3;

interface BuiltWorker {
  readonly default: { scheduled(controller: object, env: object, ctx: object): Promise<void> };
}

process.on('disconnect', () => process.exit(0));

const task = JSON.parse(process.argv[2] ?? '') as CpuTask;
const overhead = new OverheadTimer();
const lambda = installFakeLambda(overhead);
const { db, sqlite } = openFakeD1(task.database, overhead);

const cpuUs = (): number => {
  const { user, system } = process.cpuUsage();
  return user + system - overhead.spentUs;
};

const beforeModule = cpuUs();
const worker = ((await import(pathToFileURL(task.worker).href)) as BuiltWorker).default;
const moduleUs = cpuUs() - beforeModule;

const env = {
  DB: db,
  // A delivery counts as delivered once it is enqueued.
  DELIVERIES: {
    send: async () => {
      overhead.measure(() => sqlite.exec("update deliveries set state = 'delivered', turn = null"));
    },
  },
  ...WORKER_VARS,
};

const timers = installFakeTimers(task.from, () => lambda.invocations() + overhead.spentUs);
const ticks: Promise<void>[] = [];
let minuteAt = task.from;

async function runMinute(): Promise<Minute> {
  await timers.advanceTo(minuteAt);
  const runsBefore = lambda.runs();
  const cpuBefore = cpuUs();
  const tick = worker.scheduled({ cron: '* * * * *', scheduledTime: minuteAt }, env, {});
  // Awaited at the end. Until then, a failure must not count as unhandled.
  tick.catch((error: unknown) => process.stderr.write(`a tick failed: ${error}\n`));
  ticks.push(tick);
  minuteAt += MINUTE_MS;
  await timers.advanceTo(minuteAt - 1);
  return { cpuUs: cpuUs() - cpuBefore, observations: lambda.runs() - runsBefore };
}

async function runMinutes(count: number): Promise<Minute[]> {
  const minutes: Minute[] = [];
  for (let left = count; left > 0; left -= 1) minutes.push(await runMinute());
  return minutes;
}

const failing = Math.max(1, Math.round(task.monitors / 10));
const cold = await runMinute();
const warm = await runMinutes(task.warmTicks);
const outage: Minute[] = [];
for (let index = 0; index < task.outages; index += 1) {
  lambda.failUpTo(failing);
  outage.push(await runMinute());
  expectCount('open incidents', "select count(*) n from incidents where state = 'open'", failing);
  lambda.failUpTo(0);
  await runMinutes(RECOVERY_TICKS);
  expectCount('open incidents', "select count(*) n from incidents where state = 'open'", 0);
}
timers.skip(3 * MINUTE_MS);
await timers.advanceTo(minuteAt + 6 * MINUTE_MS);
await Promise.all(ticks);
expectCount(
  'reports that failed',
  "select count(*) n from journal where detail ->> '$.error' is not null",
  0,
);
sqlite.close();

const result: CpuResult = { moduleUs, cold, warm, outage };
process.send?.(result, () => process.disconnect());

/** A tick that does not do its work is fast and must not be measured. */
function expectCount(what: string, sql: string, wanted: number): void {
  const { n } = sqlite.prepare(sql).get() as { n: number };
  if (n !== wanted) throw new Error(`${what}: ${n}, expected ${wanted}`);
}
