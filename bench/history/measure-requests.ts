// Owns what each page and API of the history costs: D1 statements, rows read, time and bytes. The built Worker answers in this
// process, without a cache before it, and D1 runs in workerd. Does not fill the database.
import { createHash } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import '../coordinator/fake-cloudflare.ts';
import { clockedD1 } from '../../test/support/d1/clocked-d1.ts';
import { countD1 } from '../../test/support/d1/counted-d1.ts';
import { PUBLIC_URL, WORKER_VARS } from '../coordinator/fixtures.ts';

const TOKEN = 'key-of-the-bench';
/** A page that a crowd reads. */
const PAGE_BUDGET = { statements: 4, gzipBytes: 12_000, ofMonitors: 50 };

interface Subject {
  readonly name: string;
  readonly path: string;
  /** Only pages have a budget. Of monitors: the page is that of so many. */
  readonly isPage?: true;
  readonly monitors?: number;
  /** Reads the first bytes only. */
  readonly isStream?: true;
  /** Times that it is asked for the time that it takes. */
  readonly repeats?: number;
}

export interface RequestCost {
  readonly name: string;
  readonly path: string;
  readonly statements: number;
  readonly rowsRead: number;
  /** Medians. CPU is that of this process: rendering and the client of D1, without SQLite. */
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly bytes: number;
  readonly gzipBytes: number;
  /** Why it is over its budget. Empty: it is not, or has none. */
  readonly overBudget: readonly string[];
}

const iso = (at: number): string => new Date(at).toISOString();
const DAY_MS = 86_400_000;

/** A day in which a written month, week or year is. */
function subjects(now: number): Subject[] {
  const since = (days: number): string => `from=${iso(now - days * DAY_MS)}&to=${iso(now)}`;
  const monitor = '/api/v1/monitors/service-2';
  const lastMonth = iso(now - 31 * DAY_MS).slice(0, 7);
  const lastYear = iso(now - 365 * DAY_MS);
  const page = { isPage: true } as const;
  const stream = { isStream: true } as const;
  return [
    { name: 'status page, 200 monitors', path: '/', ...page, monitors: 200 },
    { name: 'status page, 50 monitors', path: '/pages/fifty', ...page, monitors: 50 },
    { name: 'monitor page, 24 h', path: '/monitors/service-2', ...page },
    { name: 'monitor page, 7 d', path: '/monitors/service-2?range=7d', ...page },
    { name: 'monitor page, 90 d', path: '/monitors/service-2?range=90d', ...page },
    { name: 'archive, this month', path: '/history', ...page },
    { name: 'archive, last month', path: `/history/${lastMonth}`, ...page },
    { name: 'v2 summary, 200 monitors', path: '/api/v2/summary.json', ...page },
    { name: 'badge: state of a monitor', path: '/badges/service-2/state.svg', ...page },
    { name: 'badge: uptime of the page', path: '/badges/uptime.svg', ...page },
    { name: 'badge: latency of a monitor', path: '/badges/service-2/latency.svg', ...page },
    { name: 'feed.rss', path: '/feed.rss', ...page },
    { name: 'maintenance.ics', path: '/maintenance.ics', ...page },
    { name: 'index.md', path: '/index.md', ...page },
    { name: 'metrics', path: '/metrics' },
    { name: 'history, 90 d by day', path: `${monitor}/history?${since(90)}&resolution=1d` },
    { name: 'history, 2 years by day', path: `${monitor}/history?${since(729)}&resolution=1d` },
    { name: 'history, 7 d by hour', path: `${monitor}/history?${since(7)}&resolution=1h` },
    { name: 'history, 24 h by 5 min', path: `${monitor}/history?${since(1)}&resolution=5m` },
    { name: 'uptime of a monitor, 30 d', path: `${monitor}/uptime?${since(30)}` },
    { name: 'uptime of a monitor, 2 years', path: `${monitor}/uptime?${since(729)}` },
    { name: 'uptime of the mesh, 30 d', path: `/api/v1/uptime?${since(30)}` },
    { name: 'uptime of the mesh, a year', path: `/api/v1/uptime?${since(365)}`, repeats: 1 },
    { name: 'incidents of a monitor', path: `${monitor}/incidents?${since(729)}` },
    {
      name: 'report of a month, mesh',
      path: `/api/v1/reports/month?at=${lastMonth}-15T00:00:00Z`,
      repeats: 2,
    },
    { name: 'report of a year, monitor', path: `/api/v1/reports/year?at=${lastYear}&monitor=service-2` },
    { name: 'report of a year, mesh', path: `/api/v1/reports/year?at=${lastYear}`, repeats: 1 },
    { name: 'export of observations, start', path: '/api/v1/exports/observations', ...stream },
    { name: 'export of days, start', path: '/api/v1/exports/days', ...stream },
    {
      name: 'export of a monitor, 24 h raw',
      path: `/api/v1/exports/observations?monitor=service-2&${since(1)}`,
    },
    {
      name: 'export of a monitor, 30 d raw',
      path: '/api/v1/exports/observations?monitor=service-2',
      repeats: 1,
    },
  ];
}

interface BuiltWorker {
  readonly default: { fetch(request: Request, env: object, ctx: object): Promise<Response> };
}

const REPEATS = 3;

/** `db` is D1 of workerd. The time stands still at `now`. */
export async function measureRequests(
  db: D1Database,
  worker: string,
  { now, note }: { readonly now: number; note(text: string): void },
): Promise<RequestCost[]> {
  const realNow = Date.now;
  Date.now = () => now;
  // No response is ever cached.
  Object.assign(globalThis, { caches: { default: { match: async () => undefined, put: async () => {} } } });
  try {
    const built = ((await import(pathToFileURL(worker).href)) as BuiltWorker).default;
    const ask = clientOf(built, now);
    await addPageOfFifty(ask, db);
    const costs: RequestCost[] = [];
    for (const subject of subjects(now)) {
      const cost = await measure(ask, db, subject);
      note(`${cost.name}: ${cost.statements} statements, ${Math.round(cost.cpuMs)} ms of CPU`);
      costs.push(cost);
    }
    return costs;
  } finally {
    Date.now = realNow;
  }
}

type Ask = (db: D1Database, path: string, body?: object) => Promise<Response>;

function clientOf(built: BuiltWorker['default'], now: number): Ask {
  const env = {
    ...WORKER_VARS,
    ADMIN_TOKEN_SHA256: createHash('sha256').update(TOKEN).digest('hex'),
    DAY_DAYS: '800',
    DELIVERIES: { send: async () => {}, sendBatch: async () => {} },
    CHECK_LIMIT: { limit: async () => ({ success: true }) },
    AUTH_LIMIT: { limit: async () => ({ success: true }) },
    PING_LIMIT: { limit: async () => ({ success: true }) },
  };
  return async (db, path, body) => {
    const isOpen = !/^\/(api\/v1|metrics)/.test(path);
    const request = new Request(`${PUBLIC_URL}${path}`, {
      headers: {
        ...(isOpen ? {} : { authorization: `Bearer ${TOKEN}` }),
        ...(body ? { 'content-type': 'application/json' } : {}),
      },
      ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
    });
    const background: Promise<unknown>[] = [];
    const ctx = {
      waitUntil: (work: Promise<unknown>) => void background.push(work),
      passThroughOnException() {},
    };
    const response = await built.fetch(request, { ...env, DB: clockedD1(db, () => now) }, ctx);
    await Promise.all(background);
    if (!response.ok) throw new Error(`${path} answers ${response.status}: ${await response.text()}`);
    return response;
  };
}

async function addPageOfFifty(ask: Ask, db: D1Database): Promise<void> {
  const groups = [1, 2, 3, 4, 5].map((group) => `Group ${group}`);
  await ask(db, '/api/v1/status-pages', { id: 'fifty', title: 'Fifty', components: { groups } });
}

async function measure(ask: Ask, db: D1Database, subject: Subject): Promise<RequestCost> {
  const { name, path, isPage, isStream, monitors, repeats = REPEATS } = subject;
  const counted = countD1(db);
  const body = await read(await ask(counted.db, path), isStream);
  const statements = counted.take();
  const runs: { wall: number; cpu: number }[] = [];
  for (let run = 0; run < repeats; run += 1) {
    const [start, before] = [performance.now(), process.cpuUsage()];
    await read(await ask(db, path), isStream);
    const { user, system } = process.cpuUsage(before);
    runs.push({ wall: performance.now() - start, cpu: (user + system) / 1_000 });
  }
  const gzipBytes = gzipSync(body).length;
  const overBudget = [
    ...(isPage && statements.length > PAGE_BUDGET.statements ? [`${statements.length} statements`] : []),
    ...(isPage && (monitors ?? 0) <= PAGE_BUDGET.ofMonitors && gzipBytes > PAGE_BUDGET.gzipBytes
      ? [`${gzipBytes} bytes`]
      : []),
  ];
  return {
    ...{ name, path, statements: statements.length },
    rowsRead: statements.reduce((sum, { rowsRead }) => sum + rowsRead, 0),
    wallMs: median(runs.map(({ wall }) => wall)),
    cpuMs: median(runs.map(({ cpu }) => cpu)),
    ...{ bytes: body.length, gzipBytes, overBudget },
  };
}

async function read(response: Response, isStream = false): Promise<Uint8Array> {
  if (!isStream) return new Uint8Array(await response.arrayBuffer());
  const reader = response.body!.getReader();
  const { value } = await reader.read();
  await reader.cancel();
  return value ?? new Uint8Array();
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
