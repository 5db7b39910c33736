// Owns the command `npm run bench:heartbeats`: 1,000 heartbeats are pinged once a minute on a live mesh. Prints lost pings,
// responses, latency, CPU, how late evaluations are, and the rows that a ping writes beside those of a naive version.
// `-- --minutes 3` for less, `-- --json` for programs.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { parseArgs } from 'node:util';
import { startCronClock } from '../../scripts/start/cron-clock.ts';
import { HEARTBEAT_INTERVAL_SECONDS, HEARTBEAT_LOCATION_NUMBER } from '../../src/engine/model/heartbeat.ts';
import { decodeEntry, type EntryColumns } from '../../src/store/journal/codec.ts';
import { createHeartbeats } from '../../test/support/mesh/heartbeats.ts';
import { startMesh } from '../../test/support/mesh/live-mesh.ts';
import { thisMachine } from '../machine.ts';
import { percentile } from '../percentile.ts';
import { table } from '../table.ts';
import { measureWritesOfPing } from './writes-of-ping.ts';

const { values } = parseArgs({
  options: {
    heartbeats: { type: 'string', default: '1000' },
    minutes: { type: 'string', default: '10' },
    json: { type: 'boolean', default: false },
  },
});
const count = Number(values.heartbeats);
const minutes = Number(values.minutes);
const MINUTE_MS = 60_000;
/** USER_HZ of Linux: proc_pid_stat(5). */
const TICKS_PER_SECOND = 100;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
const progress = (line: string): void => void process.stderr.write(`${line}\n`);

interface Answer {
  readonly status: number;
  readonly ms: number;
}

async function ping(address: string): Promise<Answer> {
  const from = performance.now();
  try {
    const response = await fetch(address, { signal: AbortSignal.timeout(10_000) });
    await response.text();
    return { status: response.status, ms: performance.now() - from };
  } catch {
    return { status: 0, ms: performance.now() - from };
  }
}

/** Of all workerd processes in the group: the Worker with its database, and the router of wrangler. In ms. */
function workerCpuMs(group: number): number {
  let ticks = 0;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const [, name = '', rest = ''] = /\((.*)\) (.*)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
      const fields = rest.split(' ');
      if (name === 'workerd' && Number(fields[2]) === group) ticks += Number(fields[11]) + Number(fields[12]);
    } catch {
      // It has just ended.
    }
  }
  return (ticks / TICKS_PER_SECOND) * 1_000;
}

function openDatabase(state: string): DatabaseSync {
  const folder = join(state, 'v3', 'd1', 'miniflare-D1DatabaseObject');
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.sqlite'))) {
    const db = new DatabaseSync(join(folder, name), { readOnly: true, timeout: 5_000 });
    if (db.prepare("select 1 from sqlite_master where name = 'pings'").all().length > 0) return db;
    db.close();
  }
  throw new Error(`${folder} has no pings`);
}

/** How much later than its interval each evaluation of a heartbeat began. In ms, ascending. */
function latenessOf(db: DatabaseSync, from: number): number[] {
  const times = new Map<number, number[]>();
  for (const row of db.prepare('select * from journal where at >= ? order by id').all(from)) {
    const entry = decodeEntry({ ...row, detail: JSON.parse(String(row.detail)) } as unknown as EntryColumns);
    if (entry.kind !== 'report' || entry.location !== HEARTBEAT_LOCATION_NUMBER) continue;
    for (const { monitor, startedAt } of entry.observations) {
      const known = times.get(monitor) ?? [];
      times.set(monitor, known);
      known.push(startedAt);
    }
  }
  return [...times.values()]
    .flatMap((known) => known.slice(1).map((at, index) => at - known[index]!))
    .map((ms) => ms - HEARTBEAT_INTERVAL_SECONDS * 1_000)
    .sort((a, b) => a - b);
}

progress('starting the mesh …');
const mesh = await startMesh(0);
let stopCron = (): void => {};
try {
  const coordinator = await mesh.startCoordinator();
  const heartbeats = Array.from({ length: count }, (_, index) => ({
    ...{ id: `job-${index}`, name: `Job ${index}` },
    check: { everySeconds: 60, graceSeconds: 60 },
  }));
  const addresses = await createHeartbeats(mesh.api, heartbeats, null);
  const failedTicks: string[] = [];
  stopCron = startCronClock(mesh.api, ({ message }) => failedTicks.push(message)).stop;
  const answers: Answer[] = [];
  const pending: Promise<void>[] = [];
  progress(`pinging ${count} heartbeats once a minute, for ${minutes} minutes …`);
  const from = Date.now();
  const cpuBefore = workerCpuMs(coordinator.pid);
  for (let index = 0; index < count * minutes; index += 1) {
    await pause(from + (index * MINUTE_MS) / count - Date.now());
    pending.push(ping(addresses[index % count]!).then((answer) => void answers.push(answer)));
  }
  await Promise.all(pending);
  const cpuMs = workerCpuMs(coordinator.pid) - cpuBefore;
  stopCron();

  const db = openDatabase(mesh.state);
  const stored = Number(db.prepare('select count(*) as n from pings').get()?.n);
  const lateness = latenessOf(db, from);
  const notified = Number(db.prepare('select count(*) as n from notifications').get()?.n);
  db.close();
  const sorted = answers.map(({ ms }) => ms).sort((a, b) => a - b);
  const statuses = Object.fromEntries(
    [...Map.groupBy(answers, ({ status }) => status)].map(([status, { length }]) => [status, length]),
  );
  const acknowledged = (statuses[200] ?? 0) + (statuses[202] ?? 0);
  progress('counting the rows of a ping …');
  const writes = await measureWritesOfPing(join(mesh.state, '..'));
  const round = (value: number): number => Math.round(value * 10) / 10;
  const result = {
    ...{ machine: thisMachine(), heartbeats: count, minutes, pings: answers.length, statuses },
    lost: Math.max(0, acknowledged - stored),
    latencyMs: { p50: round(percentile(sorted, 0.5)), p95: round(percentile(sorted, 0.95)) },
    workerCpuMsPerPing: round(cpuMs / answers.length),
    evaluations: lateness.length,
    evaluationsLateMs: {
      p50: Math.round(percentile(lateness, 0.5)),
      p95: Math.round(percentile(lateness, 0.95)),
      max: Math.round(lateness.at(-1) ?? Number.NaN),
    },
    ...{ failedTicks, notified, writes },
  };
  if (values.json) console.log(JSON.stringify(result, null, 2));
  else
    console.log(
      table(
        ['', `${count} heartbeats, ${minutes} minutes`],
        [
          ['pings', `${answers.length}`],
          ['responses', JSON.stringify(statuses)],
          ['acknowledged, not stored', `${result.lost}`],
          ['latency p50, p95', `${result.latencyMs.p50} ms, ${result.latencyMs.p95} ms`],
          ['CPU of workerd a ping, with ticks and database', `${result.workerCpuMsPerPing} ms`],
          ['evaluations', `${result.evaluations}`],
          [
            'late p50, p95, max',
            Object.values(result.evaluationsLateMs)
              .map((ms) => `${ms} ms`)
              .join(', '),
          ],
          ['ticks that failed', `${failedTicks.length}`],
          ['notifications', `${notified}`],
          ['rows written a ping', `${writes.probemesh.rows}`],
          ['statements a ping', `${writes.probemesh.statements}`],
          ['rows written a ping, naive', `${writes.naive.rows}`],
          ['statements a ping, naive', `${writes.naive.statements}`],
        ],
      ),
    );
} finally {
  stopCron();
  await mesh.stop();
}
