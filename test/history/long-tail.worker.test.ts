// Requests while three days of the journal are not compacted: they read a bounded part of it, and say what they left out.
import { beforeAll, expect, test } from 'vitest';
import { compact } from '../../src/history/compact.ts';
import { ask, bindings, clock, empty } from '../support/d1/http-mesh.ts';
import { limitedD1 } from '../support/d1/limited-d1.ts';
import { HistoryMesh, POLICY } from '../support/history/mesh.ts';

const { DB } = bindings;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** 2026-03-24, UTC. */
const START = Date.UTC(2026, 2, 24);
/** As of 100 monitors: six locations, every minute. */
const ROWS = 3 * 24 * 60 * 6;

beforeAll(async () => {
  await empty();
  const mesh = new HistoryMesh(DB, START);
  await mesh.begin(1, [POLICY]);
  for (let hour = 1; hour <= 28; hour += 1) {
    mesh.now = START + hour * HOUR;
    await mesh.report(1, new Map([[1, 'ok']]));
  }
  clock.now = mesh.now + HOUR;
  let result = await compact(DB, clock.now);
  while (result === 'more') result = await compact(DB, clock.now);
  expect(result).toBe('done');
}, 60_000);

/** Three days in which no run of the compaction ended. */
async function addJournal(): Promise<void> {
  await DB.prepare(
    `insert into journal (id, tick, commit_id, at, kind, location, monitors, starts, outcomes, phases, detail, checksum)
     select j.id + 1 + n.value, j.tick, j.commit_id, j.at + (1 + n.value) * 10000, j.kind, j.location,
      j.monitors, j.starts, j.outcomes, j.phases, j.detail, j.checksum
      from (select * from journal order by id desc limit 1) j, json_each(?) n`,
  )
    .bind(JSON.stringify(Array.from({ length: ROWS }, (_, index) => index)))
    .run();
  clock.now += 3 * DAY;
}

/** Statements and answer of one request. */
async function askCounted(path: string) {
  const { db, queries } = limitedD1(DB);
  const answer = await ask(path, { env: { DB: db } });
  expect(answer.status).toBe(200);
  return { json: answer.json, queries: queries() };
}

const REPORT = '/api/v1/reports/week?at=2026-03-25T00:00:00Z';
const DAYS = '/api/v1/monitors/m1/history?from=2026-03-24T00:00:00Z&resolution=1d';

test('a report and the days of a monitor leave out what is too long to read, as no data', async () => {
  const [report, days] = [await askCounted(REPORT), await askCounted(DAYS)];
  expect(report.json.slowest).toHaveLength(1);
  const measured = ({ json }: typeof days): unknown[] =>
    json.buckets.map(({ locations }: { locations: unknown[] }) => locations.length > 0);
  expect(measured(days)).toEqual([true, true]);
  await addJournal();
  const [longReport, longDays] = [await askCounted(REPORT), await askCounted(DAYS)];
  expect(longReport.json.slowest).toBeNull();
  expect(longReport.json.overall.uptime).not.toBeNull();
  // Of the first day all runs are known. Of the next ones a part: it is not shown as the whole.
  expect(measured(longDays)).toEqual([true, false, false, false, false]);
  expect(longReport.queries).toBeLessThanOrEqual(report.queries);
  expect(longDays.queries).toBeLessThanOrEqual(days.queries);
});
