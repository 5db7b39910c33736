// Owns one process that runs the built Worker in virtual time, and counts what each invocation uses: statements of D1, requests to
// Lambda, messages and CPU. Argument: the task as JSON. Does not judge.
import { AsyncLocalStorage } from 'node:async_hooks';
import { pathToFileURL } from 'node:url';
import '../coordinator/fake-cloudflare.ts';
import { openFakeD1 } from '../coordinator/fake-d1.ts';
import { installFakeLambda } from '../coordinator/fake-lambda.ts';
import { installFakeTimers } from '../coordinator/fake-timers.ts';
import { MINUTE_MS, PUBLIC_URL, WORKER_VARS } from '../coordinator/fixtures.ts';
import { OverheadTimer } from '../coordinator/overhead-timer.ts';
import { percentile } from '../percentile.ts';

export interface TicksTask {
  /** Path of the bundle. */
  readonly worker: string;
  /** Path of a database with the state at `from`. The process writes to it. */
  readonly database: string;
  readonly from: number;
  readonly monitors: number;
  /** Paths of pages and routes to ask for. */
  readonly paths: readonly string[];
}

export interface Used {
  readonly queries: number;
  readonly subrequests: number;
  readonly messages: number;
  readonly cpuMs: number;
}

export interface TicksResult {
  /** The median of healthy minutes, each with a newer tick after it. */
  readonly healthy: Used;
  /** A tick without a newer one, which works on until its time is up: 170 s. */
  readonly alone: Used;
  /** The first minute in which every monitor fails everywhere. */
  readonly outage: Used;
  /** By path: the median of warm requests. */
  readonly pages: Readonly<Record<string, Used>>;
}

interface BuiltWorker {
  scheduled(controller: object, env: object, ctx: object): Promise<void>;
  fetch(request: Request, env: object, ctx: object): Promise<Response>;
}

interface Counter {
  queries: number;
  subrequests: number;
  messages: number;
}

/** The JIT compiler is at work in the first ones. */
const WARM_UP = 12;
const HEALTHY_MINUTES = 15;
const RECOVERY_MINUTES = 6;
const PAGE_REQUESTS = 15;
const ALONE_MS = 240_000;

process.on('disconnect', () => process.exit(0));
const task = JSON.parse(process.argv[2] ?? '') as TicksTask;
const overhead = new OverheadTimer();
const lambda = installFakeLambda(overhead);
const invocation = new AsyncLocalStorage<Counter>();
const { db, sqlite } = openFakeD1(task.database, overhead, (count) => {
  const counter = invocation.getStore();
  if (counter) counter.queries += count;
});
const { fetch } = globalThis;
globalThis.fetch = (...args) => {
  const counter = invocation.getStore();
  if (counter) counter.subrequests += 1;
  return fetch(...args);
};
Object.assign(globalThis, { caches: { default: { match: async () => undefined, put: async () => {} } } });
const worker = ((await import(pathToFileURL(task.worker).href)) as { default: BuiltWorker }).default;
const timers = installFakeTimers(task.from, () => lambda.invocations() + overhead.spentUs);
let now = task.from;

const cpuUs = (): number => {
  const { user, system } = process.cpuUsage();
  return user + system - overhead.spentUs;
};

/** The environment of one invocation, and what it uses. */
function invoke(run: (env: object) => Promise<unknown>): {
  ended: Promise<void>;
  used(): Omit<Used, 'cpuMs'>;
} {
  const counter: Counter = { queries: 0, subrequests: 0, messages: 0 };
  const send = async (): Promise<void> => {
    counter.messages += 1;
    overhead.measure(() => sqlite.exec("update deliveries set state = 'delivered', turn = null"));
  };
  const isAllowed = { limit: async () => ({ success: true }) };
  const env = {
    ...{ ...WORKER_VARS, DB: db, DELIVERIES: { send, sendBatch: send } },
    ...{ CHECK_LIMIT: isAllowed, AUTH_LIMIT: isAllowed, PING_LIMIT: isAllowed },
  };
  const ended = invocation.run(counter, () => run(env)).then(() => {});
  return { ended, used: () => ({ ...counter }) };
}

const ticks: Promise<void>[] = [];

/** What a tick uses until it ends, and the CPU of this process until the time is over. */
async function tick(durationMs: number): Promise<() => Used> {
  await timers.advanceTo(now);
  const before = cpuUs();
  const started = invoke((env) => worker.scheduled({ cron: '* * * * *', scheduledTime: now }, env, {}));
  // Awaited at the end. Until then, a failure must not count as unhandled.
  started.ended.catch((error: unknown) => process.stderr.write(`a tick failed: ${error}\n`));
  ticks.push(started.ended);
  now += durationMs;
  await timers.advanceTo(now - 1);
  const cpuMs = (cpuUs() - before) / 1_000;
  return () => ({ ...started.used(), cpuMs });
}

async function minutes(count: number): Promise<(() => Used)[]> {
  const list: (() => Used)[] = [];
  for (let left = count; left > 0; left -= 1) list.push(await tick(MINUTE_MS));
  return list;
}

async function ask(path: string): Promise<Used> {
  const before = cpuUs();
  const background: Promise<unknown>[] = [];
  const ctx = {
    waitUntil: (work: Promise<unknown>) => void background.push(work),
    passThroughOnException() {},
  };
  const asked = invoke(async (env) => {
    const response = await worker.fetch(new Request(PUBLIC_URL + path), env, ctx);
    await response.arrayBuffer();
    if (response.status >= 400) throw new Error(`${path} answers ${response.status}`);
    await Promise.all(background);
  });
  await timers.advanceTo(now);
  await asked.ended;
  return { ...asked.used(), cpuMs: (cpuUs() - before) / 1_000 };
}

const middle = (list: readonly Used[]): Used => {
  const of = (key: keyof Used): number =>
    percentile(
      list.map((used) => used[key]).sort((a, b) => a - b),
      0.5,
    );
  return {
    ...{ queries: of('queries'), subrequests: of('subrequests') },
    ...{ messages: of('messages'), cpuMs: of('cpuMs') },
  };
};

await minutes(WARM_UP);
const healthy = await minutes(HEALTHY_MINUTES);
const pages: Record<string, Used> = {};
for (const path of task.paths) {
  const asked: Used[] = [];
  for (let index = 0; index < PAGE_REQUESTS; index += 1) asked.push(await ask(path));
  pages[path] = middle(asked);
}
const alone = await tick(ALONE_MS);
await minutes(RECOVERY_MINUTES);
lambda.failUpTo(task.monitors);
const [outage] = await minutes(1);
lambda.failUpTo(0);
await minutes(RECOVERY_MINUTES);
timers.skip(3 * MINUTE_MS);
await timers.advanceTo(now + ALONE_MS);
await Promise.all(ticks);
sqlite.close();
const result: TicksResult = {
  healthy: middle(healthy.map((used) => used())),
  alone: alone(),
  outage: outage!(),
  pages,
};
process.send?.(result, () => process.disconnect());
