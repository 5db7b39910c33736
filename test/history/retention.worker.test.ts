// How long the history of a deleted monitor stays, what is left of it then, and that its id begins anew.
import { expect, test } from 'vitest';
import { compact } from '../../src/history/compact.ts';
import { pruneHistory } from '../../src/history/prune-history.ts';
import { readDays, readSpans } from '../../src/history/read-history.ts';
import { DEFAULT_RETENTION } from '../../src/retention.ts';
import { readBars } from '../../src/store/history/bars.ts';
import { findHistoryMonitor } from '../../src/store/history/monitor-histories.ts';
import { clockedD1 } from '../support/d1/clocked-d1.ts';
import { ask, bindings, clock, empty } from '../support/d1/http-mesh.ts';
import { HistoryMesh, observationsOf, POLICY } from '../support/history/mesh.ts';

const { DB } = bindings;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** 2026-03-24, UTC. */
const START = Date.UTC(2026, 2, 24);
/** Fewer than a mesh may have: the days between are written one by one. */
const RETENTION = { ...DEFAULT_RETENTION, observationDays: 5, dayDays: 12 };

/** One observation an hour of every monitor, and all of it compacted. */
async function pass(mesh: HistoryMesh, hours: number): Promise<void> {
  const end = mesh.now + hours * HOUR;
  while (mesh.now < end) {
    mesh.now += HOUR;
    await mesh.report(1, new Map([...mesh.state.monitors.keys()].map((number) => [number, 'ok'])));
  }
  while ((await compact(DB, mesh.now + HOUR)) === 'more');
}

const prune = (now: number): Promise<void> =>
  pruneHistory(
    clockedD1(DB, () => now),
    { retention: RETENTION, maxDatabaseBytes: 500e6 },
    now,
  );

/** Rows by number of the monitor. */
async function rowsOf(number: number): Promise<Record<string, number>> {
  const byId = (table: string) => `(select count(*) from ${table} where id % 268435456 / 16 = ?1)`;
  return (await DB.prepare(
    `select ${byId('series')} as series, ${byId('days')} as days,
      (select count(*) from monitor_histories where number = ?1) as histories`,
  )
    .bind(number)
    .first<Record<string, number>>())!;
}

test('a deleted monitor leaves no row of the history after its days, and its id begins anew', {
  timeout: 120_000,
}, async () => {
  await empty();
  const mesh = new HistoryMesh(DB, START);
  await mesh.begin(1, [POLICY, POLICY]);
  await pass(mesh, 50);
  await mesh.deleteMonitor(1);
  const deletedAt = mesh.now;
  mesh.now += HOUR;
  await mesh.addMonitor(3, POLICY);
  await DB.prepare(`update monitors set id = 'm1', name = 'Another one' where number = 3`).run();
  const createdAt = mesh.now;
  await pass(mesh, 48);

  // The id is the new monitor's, and both keep what is theirs.
  expect(await findHistoryMonitor(DB, 'm1')).toMatchObject({ number: 3, deletedAt: null });
  const range = { numbers: [1, 3], from: START, to: mesh.now, now: mesh.now };
  const [former, present] = await readSpans(DB, range);
  expect([former!.to, present!.from]).toEqual([deletedAt + 1, createdAt]);
  expect((await readBars(DB, [3], mesh.now)).get(3)![0]!.day).toBe(Math.floor(createdAt / DAY));
  expect(await observationsOf(DB, 1, mesh.now)).toHaveLength(50);
  expect(await observationsOf(DB, 3, mesh.now)).toHaveLength(48);
  await prune(mesh.now);
  expect(await rowsOf(1)).toEqual({ series: 3, days: 3, histories: 1 });
  clock.now = mesh.now;
  const { json } = await ask('/api/v1/monitors/m1/history?from=2026-03-24T00:00:00Z&resolution=1d');
  expect(json.monitor).toMatchObject({ id: 'm1', name: 'Another one' });
  expect(Date.parse(json.buckets[0].from)).toBeGreaterThan(deletedAt);

  // The observations go first, then the days, and with the last of them what the monitor was called.
  mesh.now = deletedAt + (RETENTION.observationDays + 1) * DAY;
  await pass(mesh, 48);
  await prune(mesh.now);
  expect(await rowsOf(1)).toEqual({ series: 0, days: 3, histories: 1 });
  mesh.now = deletedAt + (RETENTION.dayDays + 3) * DAY;
  await pass(mesh, 48);
  await prune(mesh.now);
  expect(await rowsOf(1)).toEqual({ series: 0, days: 0, histories: 0 });
  expect(await readSpans(DB, { ...range, numbers: [1], to: mesh.now, now: mesh.now })).toEqual([]);
  expect((await readDays(DB, { ...range, numbers: [1], to: mesh.now, now: mesh.now })).size).toBe(0);
  expect(await observationsOf(DB, 1, mesh.now)).toEqual([]);
  const left = await DB.prepare('select count(*) as n from status_changes where at <= ?')
    .bind(deletedAt)
    .first<number>('n');
  expect(left).toBe(0);
  expect((await rowsOf(3)).histories).toBe(1);
  expect(await findHistoryMonitor(DB, 'm1')).toMatchObject({ number: 3 });
});
