// What one run of the compaction costs in statements, at 10 and at 1,000 monitors: an invocation of a Worker has 1,000.
import { beforeEach, expect, test } from 'vitest';
import { compact } from '../../src/history/compact.ts';
import { bindings, empty } from '../support/d1/http-mesh.ts';
import { limitedD1 } from '../support/d1/limited-d1.ts';
import { HistoryMesh, type Outcome, POLICY } from '../support/history/mesh.ts';

const { DB } = bindings;
const HOUR = 3_600_000;
/** 2026-03-24, 22:00 UTC: the hours cross a day. */
const START = Date.UTC(2026, 2, 24, 22);
const BUDGET = 30;

beforeEach(empty);

async function meshOf(monitors: number): Promise<HistoryMesh> {
  const mesh = new HistoryMesh(DB, START);
  await mesh.begin(6, []);
  const numbers = Array.from({ length: monitors }, (_, index) => index + 1);
  await DB.prepare(
    `insert into monitors (number, id, name, "check", interval_seconds, locations, alert, channels, tags, public, paused,
      created_at, updated_at) select value, 'm' || value, 'Monitor ' || value, '{"type":"tcp"}', 60, '"all"', '{}', '[]', '{}',
      1, 0, ${START}, ${START} from json_each(?)`,
  )
    .bind(JSON.stringify(numbers))
    .run();
  await mesh.change(numbers.map((number) => ({ type: 'monitor', number, policy: POLICY })));
  return mesh;
}

/** Every location reports all monitors `rounds` times an hour. */
async function report(mesh: HistoryMesh, hours: number, rounds: number, outcome: Outcome): Promise<void> {
  for (let step = 0; step < hours * rounds; step += 1) {
    for (const location of [1, 2, 3, 4, 5, 6]) {
      mesh.now += HOUR / rounds / 6;
      await mesh.report(location, new Map([...mesh.state.monitors.keys()].map((one) => [one, outcome])));
    }
  }
}

/** Of each run until all is compacted. */
async function statements(now: number): Promise<number[]> {
  const counts: number[] = [];
  for (;;) {
    const { db, queries } = limitedD1(DB);
    const result = await compact(db, now);
    expect(result).not.toBe('failed');
    counts.push(queries());
    if (result === 'done') return counts;
  }
}

test.each([
  [10, 2],
  [1_000, 1],
])('no run for %i monitors takes more than 30 statements', { timeout: 120_000 }, async (monitors, rounds) => {
  const mesh = await meshOf(monitors);
  await report(mesh, 2, rounds, 'ok');
  await report(mesh, 1, rounds, 'failed');
  await report(mesh, 1, rounds, 'ok');
  const counts = await statements(mesh.now + HOUR);
  // The beginning, four hours, and the day, of which a run writes 100 monitors.
  expect(counts.length).toBeGreaterThanOrEqual(6 + Math.floor(monitors / 100));
  expect(Math.max(...counts)).toBeLessThanOrEqual(BUDGET);
});
