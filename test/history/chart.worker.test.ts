// What the page of a monitor reads, on a real D1: the same as the readers of everything, in two statements, at every moment
// of the compaction. And no value of a large mesh is larger than D1 allows.
import { beforeEach, expect, test } from 'vitest';
import { compact } from '../../src/history/compact.ts';
import { readDayChart, readRunChart } from '../../src/history/read-chart.ts';
import { readDays, readSpans } from '../../src/history/read-history.ts';
import { readBars } from '../../src/store/history/bars.ts';
import { readSeriesHeads } from '../../src/store/history/compaction-rows.ts';
import { seriesId } from '../../src/store/history/ids.ts';
import { listParts, readDaysSeriesAndTail, readManySeries } from '../../src/store/history/series-rows.ts';
import { countD1 } from '../support/d1/counted-d1.ts';
import { bindings, empty } from '../support/d1/http-mesh.ts';
import { limitedD1 } from '../support/d1/limited-d1.ts';
import { HistoryMesh, observationsOf, POLICY } from '../support/history/mesh.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** 2026-03-29, 20:00 UTC. */
const START = Date.UTC(2026, 2, 29, 20);

beforeEach(empty);

test('a chart shows every run and every day that is kept, in two statements', async () => {
  const mesh = new HistoryMesh(bindings.DB, START);
  await mesh.begin(2, [POLICY, POLICY]);
  for (let hour = 0; hour < 9; hour += 1) {
    for (let round = 0; round < 3; round += 1)
      for (const location of [1, 2]) {
        mesh.now += 20_000;
        // Down since before midnight: its first day is written while it lasts.
        await mesh.report(
          location,
          new Map([
            [1, hour >= 3 && hour < 8 ? 'failed' : 'ok'],
            [2, 'ok'],
          ]),
        );
      }
    mesh.now = START + (hour + 1) * HOUR;
  }
  const now = mesh.now + 10 * 60_000;
  for (let more = true; more; ) {
    const days = { number: 1, from: START - 3 * DAY, to: now, now };
    const runs = { ...days, from: now - DAY };
    const counted = limitedD1(mesh.db);
    const byRun = await readRunChart(counted.db, runs);
    const byDay = await readDayChart(counted.db, days);
    expect(counted.queries()).toBe(4);
    const bars = (await readBars(mesh.db, [1], now)).get(1);
    expect([byRun.bars, byDay.bars]).toEqual([bars, bars]);
    const inOrder = byRun.points.toSorted(
      (a, b) => a.startedAt - b.startedAt || a.location.localeCompare(b.location),
    );
    expect(inOrder).toEqual(await observationsOf(mesh.db, 1, now, runs.from));
    expect(inOrder).toHaveLength(54);
    expect(byDay.points).toEqual((await readDays(mesh.db, { ...days, numbers: [1] })).get(1));
    more = (await compact(mesh.db, now)) === 'more';
  }
}, 60_000);

test('the bars and spans of 5,000 monitors are in no value of more than 2,000,000 bytes', async () => {
  const mesh = new HistoryMesh(bindings.DB, START);
  await mesh.begin(1, [POLICY]);
  await mesh.db
    .prepare(
      `insert into monitor_histories (number, id, name, tags, group_name, starts_at, deleted_at, recent_day, recent)
       with recursive n(i) as (select 2 union all select i + 1 from n where i < 5001)
       select i, 'monitor-' || i, 'Number ' || i, '{"team":"web"}', null, ?, null, 20541, zeroblob(540) from n`,
    )
    .bind(START - 90 * DAY)
    .run();
  let largest = 0;
  const watched = {
    prepare: (text: string) => ({
      bind: (...values: unknown[]) => ({
        async all() {
          const answer = await mesh.db
            .prepare(text)
            .bind(...values)
            .all();
          for (const row of answer.results)
            for (const value of Object.values(row)) largest = Math.max(largest, String(value ?? '').length);
          return answer;
        },
      }),
    }),
  } as unknown as D1Database;
  const numbers = Array.from({ length: 5_001 }, (_, index) => index + 1);
  await readBars(watched, numbers, START);
  const range = { from: START - DAY, to: START, now: START };
  expect(await readSpans(watched, { ...range, numbers: null })).toHaveLength(5_000);
  expect(largest).toBeGreaterThan(1_000);
  expect(largest).toBeLessThan(2_000_000);
}, 60_000);

test('the days of one monitor are found without reading those of 3,000 others', async () => {
  const [day, count] = [20_541, 3_000];
  await bindings.DB.prepare(
    `with recursive n(i) as (select 1 union all select i + 1 from n where i < ${count})
     insert into series (id, spans, data) select ${seriesId(day, 0)} + i * ${seriesId(0, 1)}, '[]', x'' from n`,
  ).run();
  const { db, take } = countD1(bindings.DB);
  const ids = [seriesId(day, 7), seriesId(day + 1, 7)];
  const found = [
    await listParts(db, ids),
    await readManySeries(db, ids),
    await readSeriesHeads(db, ids),
    (await readDaysSeriesAndTail(db, { days: [], series: ids }, { bytes: 1_000, maxSeq: 0 })).series,
  ];
  expect(found.map((rows) => rows.length)).toEqual([1, 1, 1, 1]);
  expect(Math.max(...take().map(({ rowsRead }) => rowsRead))).toBeLessThan(50);
});
