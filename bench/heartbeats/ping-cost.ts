// Owns the command `npm run bench:pings`: the CPU time and the statements of a ping, against the budget of 10 ms. The built
// Worker answers in this process, and D1 runs in workerd: the time is that of the Worker and of the client of D1.
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import '../coordinator/fake-cloudflare.ts';
import { countD1 } from '../../test/support/d1/counted-d1.ts';
import { buildWorker } from '../coordinator/coordinator-cpu.ts';
import { PUBLIC_URL, WORKER_VARS } from '../coordinator/fixtures.ts';
import { openLocalD1 } from '../coordinator/local-d1.ts';
import { table } from '../table.ts';

const BUDGET_MS = 10;
const TOKEN = 'key-of-the-bench';

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, pings: { type: 'string', default: '300' } },
});
const count = Number(values.pings);
const scratch = mkdtempSync(join(tmpdir(), 'probemesh-bench-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

interface BuiltWorker {
  readonly default: { fetch(request: Request, env: object, ctx: object): Promise<Response> };
}

// No response is ever cached.
Object.assign(globalThis, { caches: { default: { match: async () => undefined, put: async () => {} } } });
const { db, dispose } = await openLocalD1(scratch);
const worker = ((await import(pathToFileURL(await buildWorker(scratch)).href)) as BuiltWorker).default;
const limit = { limit: async () => ({ success: true }) };
const ENV = {
  ...WORKER_VARS,
  ADMIN_TOKEN_SHA256: createHash('sha256').update(TOKEN).digest('hex'),
  DELIVERIES: { send: async () => {}, sendBatch: async () => {} },
  ...{ CHECK_LIMIT: limit, AUTH_LIMIT: limit, PING_LIMIT: limit },
};

async function ask(d1: D1Database, path: string, init: RequestInit = {}): Promise<Response> {
  const background: Promise<unknown>[] = [];
  const ctx = {
    waitUntil: (work: Promise<unknown>) => void background.push(work),
    passThroughOnException() {},
  };
  const answer = await worker.fetch(new Request(`${PUBLIC_URL}${path}`, init), { ...ENV, DB: d1 }, ctx);
  await Promise.all(background);
  return answer;
}

async function api(path: string, body?: object): Promise<{ pingUrl: string }> {
  const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
  const init = body ? { headers, method: 'POST', body: JSON.stringify(body) } : { headers };
  const answer = await ask(db, `/api/v1/monitors${path}`, init);
  if (!answer.ok) throw new Error(`${path} answers ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as { pingUrl: string };
}

await api('', { id: 'backup', name: 'Backup', check: { type: 'heartbeat', everySeconds: 3_600 } });
const path = new URL((await api('/backup/heartbeat')).pingUrl).pathname;

/** Text in which much looks like a secret, and almost. */
const LOG =
  'password=hunter2 token: abc https://user:secret@db.example.com/x AKIAIOSFODNN7EXAMPL eyJhbGciOi.\n';
const BODY = LOG.repeat(120).slice(0, 10_000);
const SUBJECTS: readonly (readonly [name: string, path: string, init: RequestInit])[] = [
  ['GET /ping/{key}', path, {}],
  ['HEAD /ping/{key}/start?rid=', `${path}/start?rid=run-1`, { method: 'HEAD' }],
  ['POST /ping/{key}/1, 10 kB', `${path}/1?rid=run-1`, { method: 'POST', body: BODY }],
  ['unknown key', `/ping/${'x'.repeat(24)}`, {}],
];

const results = [];
for (const [name, of, init] of SUBJECTS) {
  // The first ones are slower: the code is not compiled yet.
  for (let warm = 0; warm < 20; warm += 1) await ask(db, of, init);
  const counted = countD1(db);
  await (await ask(counted.db, of, init)).text();
  const statements = counted.take().length;
  const times: number[] = [];
  for (let run = 0; run < count; run += 1) {
    const before = process.cpuUsage();
    await (await ask(db, of, init)).text();
    const { user, system } = process.cpuUsage(before);
    times.push((user + system) / 1_000);
  }
  times.sort((a, b) => a - b);
  const at = (share: number): number => times[Math.ceil(times.length * share) - 1]!;
  results.push({ name, statements, medianMs: at(0.5), p95Ms: at(0.95) });
}
await dispose();

const missed = results.filter(({ medianMs }) => medianMs > BUDGET_MS).map(({ name }) => name);
if (values.json) console.log(JSON.stringify({ budgetMs: BUDGET_MS, pings: count, results, missed }, null, 2));
else {
  const rows = results.map(({ name, statements, medianMs, p95Ms }) => [
    ...[name, String(statements), medianMs.toFixed(2), p95Ms.toFixed(2)],
  ]);
  console.log(table(['ping', 'statements', 'CPU ms, median', 'p95'], rows));
  console.log(
    missed.length === 0 ? `All within ${BUDGET_MS} ms.` : `Over ${BUDGET_MS} ms: ${missed.join(', ')}`,
  );
}
process.exitCode = missed.length > 0 ? 1 : 0;
