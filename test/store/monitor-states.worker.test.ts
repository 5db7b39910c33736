// The tables that lists read, kept by commits: always what the whole state shows, at no cost while nothing changes.
import { asc } from 'drizzle-orm';
import { beforeEach, describe, expect, test } from 'vitest';
import { seedMesh } from '../../bench/coordinator/fixtures.ts';
import { type CommitContext, commit } from '../../src/store/commit.ts';
import { database } from '../../src/store/database.ts';
import { readMonitorList } from '../../src/store/monitor-list.ts';
import { allViews } from '../../src/store/monitor-views.ts';
import { maintenanceSpans, monitorStates } from '../../src/store/schema.ts';
import { loadState } from '../../src/store/shard.ts';
import { type Counted, countD1 } from '../support/d1/counted-d1.ts';
import { ask, bindings, clock, createMonitor, empty, patch, post, run } from '../support/d1/http-mesh.ts';
import { limitedD1 } from '../support/d1/limited-d1.ts';
import { seeded } from '../support/engine/seeded.ts';

const { DB } = bindings;
beforeEach(empty);

const storedViews = async () =>
  (await database(DB).select().from(monitorStates).orderBy(asc(monitorStates.number))).map(
    ({ updatedAt: _, ...view }) => view,
  );

/** Both tables contain exactly what the state shows. */
async function expectKept(): Promise<void> {
  const state = await loadState(DB);
  expect(await storedViews()).toEqual(allViews(state).sort((a, b) => a.number - b.number));
  const maintenances = await database(DB).select().from(maintenanceSpans).orderBy(asc(maintenanceSpans.id));
  expect(maintenances).toEqual(
    [...state.windows]
      .flatMap(([id, { kind, monitors, spans }]) => (kind === 'maintenance' ? [{ id, monitors, spans }] : []))
      .sort((a, b) => (a.id < b.id ? -1 : 1)),
  );
}

const maintenance = (id: string, minutes: number) => ({
  ...{ id, name: id, monitors: 'all' },
  startsAt: new Date(clock.now).toISOString(),
  endsAt: new Date(clock.now + minutes * 60_000).toISOString(),
});

describe('whatever is committed', () => {
  test.each([1, 2, 3])('seed %i: the tables are what the state shows', async (seed) => {
    const random = seeded(seed);
    const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
    const numbers = new Map<string, number>();
    let created = 0;
    for (let step = 0; step < 30; step += 1) {
      clock.now += 1_000 + Math.floor(random() * 90_000);
      const id = pick([...numbers.keys(), 'none']);
      const what = random();
      if (numbers.size === 0 || what < 0.15) {
        created += 1;
        const made = await createMonitor({ id: `m${created}`, name: `M ${created}` });
        expect(made.status).toBe(201);
        numbers.set(`m${created}`, created);
      } else if (what < 0.25) await patch(`/api/v1/monitors/${id}`, { paused: random() < 0.5 });
      else if (what < 0.3) {
        await ask(`/api/v1/monitors/${id}`, { method: 'DELETE' });
        numbers.delete(id);
      } else if (what < 0.35) await patch(`/api/v1/monitors/${id}`, { intervalSeconds: pick([60, 300]) });
      else if (what < 0.45) await post('/api/v1/maintenances', maintenance(`w${step}`, 1 + step));
      else if (what < 0.5)
        await ask(`/api/v1/maintenances/w${Math.floor(random() * step)}`, { method: 'DELETE' });
      else if (numbers.size > 0) await run(pick([...numbers.values()]), pick([0, 0, 1, 3, 6]));
      await expectKept();
    }
    expect(created).toBeGreaterThan(1);
  });

  test('a maintenance over the API is one of the list', async () => {
    await createMonitor();
    const made = await post('/api/v1/maintenances', maintenance('work', 5));
    expect(made.status).toBe(201);
    const query = { sort: 'name', page: 1, pageSize: 50, restriction: null } as const;
    const stateAt = async (now: number) => (await readMonitorList(DB, query, now)).rows[0]!.state;
    expect(await stateAt(clock.now)).toBe('maintenance');
    expect(await stateAt(clock.now + 300_000)).toBe('pending');
    await ask('/api/v1/maintenances/work', { method: 'DELETE' });
    expect(await stateAt(clock.now)).toBe('pending');
  });
});

describe('after commits of a Worker that does not know the tables', () => {
  const forget = () => DB.prepare('update journal set states_kept = null').run();

  test('an upgraded mesh gets its rows with the next commit', async () => {
    for (const id of ['a', 'b', 'c']) await createMonitor({ id });
    await post('/api/v1/maintenances', maintenance('work', 5));
    await run(1, 6);
    await DB.batch([DB.prepare('delete from monitor_states'), DB.prepare('delete from maintenance_spans')]);
    await forget();
    await run(2, 0);
    await expectKept();
  });

  test('what it changed, added and deleted is right with the next commit', async () => {
    for (const id of ['a', 'b', 'c']) await createMonitor({ id });
    await run(1, 0);
    const before = await DB.prepare('select * from monitor_states').all<Record<string, unknown>>();
    await run(1, 6);
    await ask('/api/v1/monitors/b', { method: 'DELETE' });
    await createMonitor({ id: 'd' });
    // The rows as they were: only the newest row of the journal says that they are.
    await DB.prepare('delete from monitor_states').run();
    for (const row of before.results)
      await DB.prepare(
        `insert into monitor_states (${Object.keys(row)}) values (${Object.keys(row).map(() => '?')})`,
      )
        .bind(...Object.values(row))
        .run();
    await DB.prepare('update journal set states_kept = null where id = (select max(id) from journal)').run();
    await run(3, 0);
    await expectKept();
  });

  test('rows that are right already are not written', async () => {
    for (const id of ['a', 'b', 'c']) await createMonitor({ id });
    await run(1, 0);
    await forget();
    const written = await report(1, [1]);
    expect(ofTables(written).length).toBeGreaterThan(0);
    expect(ofTables(written).reduce((sum, { rowsWritten }) => sum + rowsWritten, 0)).toBe(0);
    await expectKept();
  });

  test('a rebuilt state is shown with the next commit', async () => {
    for (const id of ['a', 'b']) await createMonitor({ id });
    await run(1, 6);
    await run(1, 6);
    await DB.prepare("update journal set checksum = 'x' where id = (select max(id) - 1 from journal)").run();
    await DB.prepare('delete from snapshots').run();
    await loadState(DB);
    await run(2, 0);
    await expectKept();
  });
});

/** One location's report of these monitors. Returns the statements of the commit. */
async function report(
  location: number,
  numbers: readonly number[],
  outcome: 'ok' | 'failed' = 'ok',
): Promise<Counted[]> {
  clock.now += 1_000;
  const state = await loadState(DB);
  const counted = countD1(limitedD1(DB).db);
  const context: CommitContext = {
    ...{ db: counted.db, tick: 1, publicUrl: 'https://status.test', now: () => clock.now },
  };
  const at = clock.now;
  await commit(context, state, () => ({
    ...{ kind: 'report', at, location, askedAt: at, answeredAt: at, error: null, missedDeadline: false },
    observations: numbers.map((monitor) =>
      outcome === 'ok'
        ? { monitor, startedAt: at, outcome, timings: { totalMs: 12 } }
        : { monitor, startedAt: at, outcome, code: 'refused', phase: 'connect', detail: 'no', timings: {} },
    ),
  }));
  return counted.take();
}

const ofTables = (statements: readonly Counted[]): Counted[] =>
  statements.filter(({ sql }) => /monitor_states|maintenance_spans/.test(sql));

test('a minute without a change takes no statement and no row', async () => {
  for (const id of ['a', 'b', 'c']) await createMonitor({ id });
  for (let number = 1; number <= 3; number += 1)
    for (let round = 0; round < 3; round += 1) await run(number, 0);
  for (const location of [1, 2, 3, 4, 5, 6]) expect(ofTables(await report(location, [1, 2, 3]))).toEqual([]);
  await expectKept();
});

test('a storm of 1,000 monitors takes few statements, and a row for each', async () => {
  const numbers = Array.from({ length: 1_000 }, (_, index) => index + 1);
  await seedMesh(DB, 1_000);
  clock.now += 60_000;
  const all = [1, 2, 3, 4, 5, 6];
  for (const location of all) await report(location, numbers);
  let written = 0;
  for (let round = 0; round < 4; round += 1) {
    clock.now += 15_000;
    for (const location of all) {
      const statements = ofTables(await report(location, numbers, 'failed'));
      const rows = statements.reduce((sum, { rowsWritten }) => sum + rowsWritten, 0);
      expect(statements.length).toBeLessThanOrEqual(3);
      expect(rows).toBeLessThanOrEqual(1_000);
      written += rows;
    }
  }
  expect(written).toBeGreaterThanOrEqual(1_000);
  expect((await storedViews()).filter(({ verdict }) => verdict === 'down')).toHaveLength(1_000);
  await expectKept();
});
