// Owns the command `npm run bench:dashboard`: 10,000 monitors at six locations in a local D1, and what every page of the dashboard
// costs for an admin, beside its limits. `-- --json` prints one JSON document only, `-- --markdown` a table for the documents,
// `-- --quick` takes a tenth of the monitors.
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startCoordinator } from '../../scripts/start/coordinator.ts';
import { migrate } from '../../scripts/start/migrate.ts';
import { freePort } from '../../scripts/start/ports.ts';
import { buildWorker } from '../coordinator/coordinator-cpu.ts';
import { openFakeD1 } from '../coordinator/fake-d1.ts';
import { LOCATIONS, MINUTE_MS, WORKER_VARS } from '../coordinator/fixtures.ts';
import { openStoredD1, storedD1File } from '../coordinator/local-d1.ts';
import { thisMachine } from '../machine.ts';
import { table } from '../table.ts';
import { type Asked, askWorker, countStatements, loadWorker } from './count-statements.ts';
import { coordinatorIds, fillEntities, fillRouting, type Post } from './fill-entities.ts';
import { fillReports, insertMonitors, signInAdmin } from './fill-mesh.ts';
import { type MeshIds, type Subject, subjects } from './pages.ts';
import { type WorkerdCpu, WorkerdMeter } from './workerd-cpu.ts';

const LIMITS = { statements: 5, gzipBytes: 20_000, cpuMs: 200 };
const TOKEN = 'key-of-the-bench';
const ADMIN_TOKEN_SHA256 = createHash('sha256').update(TOKEN).digest('hex');
/** Neither a session nor D1. */
const EMPTY_ROUTE = '/robots.txt';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    markdown: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
  },
});
const MONITORS = values.quick ? 1_000 : 10_000;
const MINUTES = values.quick ? 10 : 12;
const REPEATS = 9;

const scratch = mkdtempSync(join(tmpdir(), 'probemesh-bench-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
const began = performance.now();
const note = (text: string): void => {
  process.stderr.write(`${Math.round((performance.now() - began) / 1000)} s: ${text} …\n`);
};

interface PageCost extends Asked, WorkerdCpu {
  readonly name: string;
  readonly path: string;
  readonly isUnlimited: boolean;
  readonly overLimit: readonly string[];
}

const data = {
  ...{ state: join(scratch, 'state'), worker: join(scratch, 'worker'), wrangler: join(scratch, 'wrangler') },
  ...{ envFile: join(scratch, 'worker.env'), migrated: join(scratch, 'migrated') },
};
note('building the Worker');
const file = await buildWorker(scratch);
await migrate(data as Parameters<typeof migrate>[0]);
const worker = await loadWorker(file);

note(`committing ${MINUTES} minutes of ${MONITORS} monitors`);
const now = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
const { ids, token, commits } = await fill();
const cookie = `__Host-probemesh-session=${token}`;
const pages = subjects(ids);

note('counting statements');
const asked = await countAll(pages);
note('measuring CPU');
const { costs, emptyMs } = await measureAll();
const missed = costs.flatMap(({ name, overLimit }) => overLimit.map((why) => `${name}: ${why}`));
const seconds = (performance.now() - began) / 1000;
const result = {
  ...{ machine: thisMachine(), monitors: MONITORS, locations: LOCATIONS.length, minutes: MINUTES, commits },
  ...{ emptyMs, seconds, pages: costs, missed },
};
if (values.json) console.log(JSON.stringify(result, null, 2));
else print();
process.exitCode = missed.length > 0 ? 1 : 0;

async function fill(): Promise<{ ids: MeshIds; token: string; commits: number }> {
  const { db, sqlite } = openFakeD1(storedD1File(data.state));
  const from = now - MINUTES * MINUTE_MS;
  const post =
    (at: number): Post =>
    async (path, body) => {
      const response = await askWorker(worker, db, `/api/v1${path}`, {
        ...{ method: 'POST', body: JSON.stringify(body), now: at },
        headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`POST ${path} answers ${response.status}: ${text}`);
      return JSON.parse(text) as Readonly<Record<string, unknown>>;
    };
  WORKER_VARS.ADMIN_TOKEN_SHA256 = ADMIN_TOKEN_SHA256;
  try {
    insertMonitors(sqlite, MONITORS, from - 30 * 86_400_000);
    await fillRouting(post(from - MINUTE_MS));
    const commits = await fillReports(db, MONITORS, { from, minutes: MINUTES });
    note('creating what people write');
    const ids = await fillEntities(post(now), now);
    const token = await signInAdmin(db, now);
    return { ids: { ...ids, ...coordinatorIds(sqlite), now }, token, commits };
  } finally {
    sqlite.close();
  }
}

async function countAll(list: readonly Subject[]): Promise<Asked[]> {
  const local = await openStoredD1(join(scratch, 'wrangler'), join(data.state, 'v3'));
  try {
    const all: Asked[] = [];
    for (const subject of list) all.push(await countStatements(worker, local.db, subject, { cookie, now }));
    return all;
  } finally {
    await local.dispose();
  }
}

async function measureAll(): Promise<{ costs: PageCost[]; emptyMs: number }> {
  const coordinator = await startCoordinator({
    ...{ data, port: await freePort(), locations: LOCATIONS, lambdaUrl: 'http://127.0.0.1:9' },
    secrets: {
      adminToken: TOKEN,
      encryptionKey: WORKER_VARS.ENCRYPTION_KEY,
      accessKeyId: WORKER_VARS.AWS_ACCESS_KEY_ID,
      secretAccessKey: WORKER_VARS.AWS_SECRET_ACCESS_KEY,
    },
    clockOffset: lastMinuteForever(),
    log: () => {},
  });
  try {
    const meter = new WorkerdMeter(coordinator.url, coordinator.pid, cookie);
    const emptyMs = await meter.calibrate(EMPTY_ROUTE);
    const costs: PageCost[] = [];
    for (const [index, { name, path, isUnlimited = false }] of pages.entries()) {
      const cpu = await meter.measure(path, REPEATS);
      note(`${name}: ${cpu.median.toFixed(0)} ms of CPU`);
      const cost = { name, path, isUnlimited, ...asked[index]!, ...cpu };
      costs.push({ ...cost, overLimit: isUnlimited ? [] : overLimit(cost) });
    }
    return { costs, emptyMs };
  } finally {
    await coordinator.stop();
  }
}

/**
 * No tick runs, so the reports would become old while the pages are measured. The clock of the coordinator repeats the last
 * minute of the reports instead.
 */
function lastMinuteForever(): string {
  const start = Math.floor(Date.now() / 1_000);
  const toTheEnd = Math.round((now - MINUTE_MS) / 1_000) - start;
  const again = Array.from({ length: 60 }, (_, minute) => `-60@${start + 60 * (minute + 1)}`);
  return [String(toTheEnd), ...again].join(',');
}

function overLimit({ status, statements, gzipBytes, worst }: Asked & WorkerdCpu): string[] {
  return [
    ...(status === 200 ? [] : [`status ${status}`]),
    ...(statements > LIMITS.statements ? [`${statements} statements`] : []),
    ...(gzipBytes > LIMITS.gzipBytes ? [`${(gzipBytes / 1_000).toFixed(1)} kB`] : []),
    ...(worst > LIMITS.cpuMs ? [`${worst.toFixed(0)} ms of CPU`] : []),
  ];
}

function print(): void {
  const head = [
    'page',
    'statements',
    'rows read',
    'D1 ms',
    'CPU ms',
    'worst',
    'first',
    'kB gzip',
    'over the limit',
  ];
  const rows = costs.map((one) => [
    ...[one.name, String(one.statements), one.rowsRead.toLocaleString('en'), one.d1Ms.toFixed(0)],
    ...[one.median, one.worst, one.first].map((ms) => ms.toFixed(0)),
    ...[(one.gzipBytes / 1_000).toFixed(1), one.isUnlimited ? 'no limit' : one.overLimit.join(', ')],
  ]);
  if (values.markdown) {
    const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
    console.log([line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n'));
    return;
  }
  console.log(`
  ${MONITORS.toLocaleString('en')} monitors × ${LOCATIONS.length} locations, ${MINUTES} minutes of reports (${commits.toLocaleString('en')} commits), ${seconds.toFixed(0)} s.
  CPU is that of workerd: the Worker, SQLite and HTTP, without an empty route (${emptyMs.toFixed(1)} ms). Median and worst of ${REPEATS}.
`);
  console.log(table(head, rows));
  console.log(missed.length === 0 ? '\n  All limits are kept.' : `\n  Missed: ${missed.join('; ')}.`);
}
