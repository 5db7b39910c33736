// Owns the command `npm run bench:storm`: 1,000 monitors go down and up again, live, with channels that work, hang and are
// slow. Prints messages a minute, the largest journal gap, page times and the rows that the outbox reads.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { parseArgs } from 'node:util';
import { startCronClock } from '../../scripts/start/cron-clock.ts';
import { percentile } from '../percentile.ts';
import { measureOutboxRows } from './outbox-rows.ts';
import { startCountingReceiver } from './receivers.ts';
import { startStormMesh } from './storm-mesh.ts';

const { values } = parseArgs({
  options: {
    monitors: { type: 'string', default: '1000' },
    /** From the failure of the target. It works again after half of them. */
    minutes: { type: 'string', default: '8' },
  },
});
const monitors = Number(values.monitors);
const minutes = Number(values.minutes);
const MINUTE_MS = 60_000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const progress = (line: string): void => void process.stderr.write(`${line}\n`);

progress('starting the mesh …');
const [ok, hanging, slow] = await Promise.all([0, null, 14_000].map(startCountingReceiver));
const mesh = await startStormMesh();
let stopCron = (): void => {};
try {
  await mesh.setTargetUp(true);
  await mesh.configure(monitors, { ok: ok!.url, hanging: hanging!.url, slow: slow!.url });
  stopCron = startCronClock(mesh.api, (error) => progress(error.message)).stop;
  progress('waiting until every location has checked every monitor …');
  await pause(2 * MINUTE_MS);

  const from = Date.now();
  await mesh.setTargetUp(false);
  const pagesMs: number[] = [];
  let up = false;
  let minute = 0;
  while (Date.now() - from < minutes * MINUTE_MS) {
    const askedAt = performance.now();
    await fetch(`${mesh.api.url}/api/v1/status`).then((response) => response.text());
    pagesMs.push(performance.now() - askedAt);
    if (!up && Date.now() - from >= (minutes / 2) * MINUTE_MS) {
      up = true;
      await mesh.setTargetUp(true);
    }
    if (Date.now() - from >= (minute + 1) * MINUTE_MS) {
      minute += 1;
      progress(`minute ${minute}: ok ${ok!.acceptedAt.size}, slow ${slow!.acceptedAt.size}`);
    }
    await pause(1_000);
  }
  stopCron();
  await mesh.stopCoordinator();

  const times = journalTimes(mesh.state, from);
  const gaps = times.slice(1).map((at, index) => at - times[index]!);
  const rows = await measureOutboxRows(mesh.state, mesh.encryptionKey, 'ok').catch(
    (error: Error) => error.message,
  );
  const sorted = pagesMs.toSorted((a, b) => a - b);
  const at = (share: number): number => Math.round(percentile(sorted, share));
  const perMinute = (acceptedAt: ReadonlyMap<string, number>): number[] =>
    Array.from(
      { length: minutes },
      (_, index) =>
        [...acceptedAt.values()].filter((at) => Math.floor((at - from) / MINUTE_MS) === index).length,
    );
  console.log(
    JSON.stringify(
      {
        monitors,
        minutes,
        ok: { total: ok!.acceptedAt.size, perMinute: perMinute(ok!.acceptedAt) },
        slow: { total: slow!.acceptedAt.size, perMinute: perMinute(slow!.acceptedAt) },
        largestJournalGapMs: Math.max(...gaps),
        statusMs: { p50: at(0.5), p95: at(0.95), max: at(1) },
        outbox: rows,
      },
      null,
      2,
    ),
  );
} finally {
  stopCron();
  for (const receiver of [ok, hanging, slow]) receiver!.stop();
  await mesh.stop();
}

function journalTimes(state: string, from: number): number[] {
  const folder = join(state, 'v3', 'd1', 'miniflare-D1DatabaseObject');
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.sqlite'))) {
    const db = new DatabaseSync(join(folder, name), { readOnly: true });
    try {
      if (db.prepare(`select 1 from sqlite_master where name = 'journal'`).all().length > 0)
        return db
          .prepare('select at from journal where at >= ? order by id')
          .all(from)
          .map((row) => Number(row.at));
    } finally {
      db.close();
    }
  }
  throw new Error(`${folder} has no journal.`);
}
