// The compaction on a real D1: what readers read is the same before, while and after it runs, and whatever kills it.
import { expect, test } from 'vitest';
import { compact } from '../../src/history/compact.ts';
import { bindings } from '../support/d1/http-mesh.ts';
import { exportHistory, HistoryMesh, POLICY } from '../support/history/mesh.ts';

const HOUR = 3_600_000;
/** 2026-03-29, 20:00 UTC. */
const START = Date.UTC(2026, 2, 29, 20);

test('an export is the same after every run', async () => {
  const mesh = new HistoryMesh(bindings.DB, START);
  await mesh.begin(3, [POLICY, POLICY]);
  for (let hour = 0; hour < 6; hour += 1) {
    for (let round = 0; round < 4; round += 1) {
      for (const location of [1, 2, 3]) {
        mesh.now += 20_000;
        const isDown = hour === 3 && round < 3;
        await mesh.report(
          location,
          new Map([
            [1, isDown ? 'failed' : 'ok'],
            [2, location === 1 ? 'unmeasured' : 'ok'],
          ]),
        );
      }
    }
    mesh.now = START + (hour + 1) * HOUR;
  }
  const now = mesh.now + 30 * 60_000;
  const before = await exportHistory(mesh.db, [1, 2], START, now);
  expect(JSON.parse(before).observations[0]).toHaveLength(72);
  let runs = 0;
  while ((await compact(mesh.db, now)) === 'more') {
    runs += 1;
    expect(await exportHistory(mesh.db, [1, 2], START, now)).toBe(before);
  }
  expect(runs).toBe(8);
});
