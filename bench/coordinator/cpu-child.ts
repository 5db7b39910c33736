// One process that runs the built Worker's ticks in virtual time and tells its parent what CPU each minute took.
import { pathToFileURL } from 'node:url';
import { openStandIn } from './fake-d1.ts';
import { installInstantLambda } from './fake-lambda.ts';
import { borrowClock } from './fake-timers.ts';
import { LOCATIONS, MINUTE_MS, PUBLIC_URL } from './fixtures.ts';
import { OwnTime } from './overhead-timer.ts';

/** What the parent asks, as JSON in the first argument. */
export interface CpuTask {
  /** Path of the bundle. */
  readonly worker: string;
  /** Path of a database that ran until `from`. It is written to. */
  readonly database: string;
  readonly from: number;
  readonly monitors: number;
  readonly warmTicks: number;
  readonly outages: number;
}

export interface CpuAnswer {
  readonly moduleUs: number;
  readonly cold: Minute;
  readonly warm: readonly Minute[];
  /** The first minute of each outage of a tenth of the monitors. */
  readonly outage: readonly Minute[];
}

/** CPU of this process from one cron to the next, all threads, without the stand-ins. */
export interface Minute {
  readonly cpuUs: number;
  readonly observations: number;
}

/** Until every vote has turned back, and the code paths of an outage are idle again. */
const RECOVERY_TICKS = 3;

interface BuiltWorker {
  readonly default: { scheduled(controller: object, env: object, ctx: object): Promise<void> };
}

process.on('disconnect', () => process.exit(0));

const task = JSON.parse(process.argv[2] ?? '') as CpuTask;
const ownTime = new OwnTime();
const lambda = installInstantLambda(ownTime);
const { db, sqlite } = openStandIn(task.database, ownTime);

const cpuUs = (): number => {
  const { user, system } = process.cpuUsage();
  return user + system - ownTime.spentUs;
};

const beforeModule = cpuUs();
const worker = ((await import(pathToFileURL(task.worker).href)) as BuiltWorker).default;
const moduleUs = cpuUs() - beforeModule;

const env = {
  DB: db,
  // Notifications count as delivered as soon as somebody is woken for them.
  DELIVERIES: {
    send: async () => {
      ownTime.spend(() => sqlite.exec("update deliveries set state = 'delivered'"));
    },
  },
  PUBLIC_URL,
  PROBE_FUNCTION: 'probemesh-probe',
  LOCATIONS: LOCATIONS.join(','),
  LAMBDA_ENDPOINT: '',
  ALLOW_LOOPBACK: '',
  AWS_ACCESS_KEY_ID: 'AKIDBENCH',
  AWS_SECRET_ACCESS_KEY: 'secret-of-the-bench',
  ADMIN_TOKEN_SHA256: '0'.repeat(64),
  ENCRYPTION_KEY: Buffer.alloc(32).toString('base64'),
};

const clock = borrowClock(task.from, () => lambda.invocations() + ownTime.spentUs);
const ticks: Promise<void>[] = [];
let minuteAt = task.from;

async function playMinute(): Promise<Minute> {
  await clock.goTo(minuteAt);
  const runsBefore = lambda.runs();
  const cpuBefore = cpuUs();
  const tick = worker.scheduled({ cron: '* * * * *', scheduledTime: minuteAt }, env, {});
  // It is awaited at the end; until then a failure is no unhandled one.
  tick.catch(() => {});
  ticks.push(tick);
  minuteAt += MINUTE_MS;
  await clock.goTo(minuteAt - 1);
  return { cpuUs: cpuUs() - cpuBefore, observations: lambda.runs() - runsBefore };
}

async function playMinutes(count: number): Promise<Minute[]> {
  const minutes: Minute[] = [];
  for (let left = count; left > 0; left -= 1) minutes.push(await playMinute());
  return minutes;
}

const failing = Math.max(1, Math.round(task.monitors / 10));
const cold = await playMinute();
const warm = await playMinutes(task.warmTicks);
const outage: Minute[] = [];
for (let turn = 0; turn < task.outages; turn += 1) {
  lambda.failUpTo(failing);
  outage.push(await playMinute());
  expectCount('open incidents', "select count(*) n from incidents where state = 'open'", failing);
  lambda.failUpTo(0);
  await playMinutes(RECOVERY_TICKS);
  expectCount('open incidents', "select count(*) n from incidents where state = 'open'", 0);
}
clock.skip(3 * MINUTE_MS);
await clock.goTo(minuteAt + 6 * MINUTE_MS);
await Promise.all(ticks);
expectCount(
  'reports that failed',
  "select count(*) n from journal where detail ->> '$.error' is not null",
  0,
);
sqlite.close();

const answer: CpuAnswer = { moduleUs, cold, warm, outage };
process.send?.(answer, () => process.disconnect());

/** A tick that did not do its work is quick, and not worth measuring. */
function expectCount(what: string, sql: string, wanted: number): void {
  const { n } = sqlite.prepare(sql).get() as { n: number };
  if (n !== wanted) throw new Error(`${what}: ${n}, and there should be ${wanted}`);
}
