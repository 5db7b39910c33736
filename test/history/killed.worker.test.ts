// The compaction on a real D1, killed at 100 random instants: before or after any of its requests took effect.
import { expect, test } from 'vitest';
import { compact } from '../../src/history/compact.ts';
import { bindings } from '../support/d1/http-mesh.ts';
import { killedD1 } from '../support/history/killed-d1.ts';
import { exportHistory, HistoryMesh, type Outcome, POLICY, seeded } from '../support/history/mesh.ts';

const { DB } = bindings;
const HOUR = 3_600_000;
/** The night in which Berlin's clocks go forward. */
const START = Date.UTC(2026, 2, 28, 20);
const KILLS = 100;

test('exports before and after are equal, to the observation', { timeout: 600_000 }, async () => {
  const mesh = new HistoryMesh(DB, START);
  await mesh.begin(3, [POLICY, POLICY]);
  const random = seeded(7);
  const end = START + 8 * HOUR;
  let fails = false;
  for (let round = 0; mesh.now < end; round += 1) {
    if (round % 6 === 0) fails = random() < 0.3;
    for (const location of [1, 2, 3]) {
      mesh.now += 100_000;
      const seen: Outcome = fails ? 'failed' : 'ok';
      await mesh.report(
        location,
        new Map([
          [1, seen],
          [2, random() < 0.1 ? 'unmeasured' : 'ok'],
        ]),
      );
    }
  }
  const now = mesh.now + HOUR / 4;
  const before = await exportHistory(DB, [1, 2], START, now);
  const emptied = ['compaction', 'series', 'days', 'monitor_histories'].map(
    (table) => `delete from ${table}`,
  );
  let kills = 0;
  let wholeRuns = 0;
  while (kills < KILLS) {
    await DB.batch(emptied.map((statement) => DB.prepare(statement)));
    for (;;) {
      // Two runs at once now and then.
      const killed = killedD1(DB, random);
      const [result] = await Promise.all([
        compact(killed.db, now),
        ...(random() < 0.2 ? [compact(DB, now)] : []),
      ]);
      if (killed.isDead()) kills += 1;
      else if (result === 'done') break;
    }
    expect(await exportHistory(DB, [1, 2], START, now)).toBe(before);
    wholeRuns += 1;
  }
  expect(wholeRuns).toBeGreaterThan(1);
});
