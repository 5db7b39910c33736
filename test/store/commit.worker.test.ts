// Commits while another request, or D1, gets in between: what has to hold on a real D1.
import { beforeEach, expect, test } from 'vitest';
import type { EntryDraft } from '../../src/engine/model/journal.ts';
import { commit } from '../../src/store/commit.ts';
import { loadState } from '../../src/store/shard.ts';
import { flakyD1 } from '../support/d1/flaky-d1.ts';
import { ask, bindings, clock, createMonitor, empty } from '../support/d1/http-mesh.ts';

const { DB } = bindings;
const FIRST = bindings.LOCATIONS.split(',')[0]!;

beforeEach(empty);

const writer = (db: D1Database) => ({
  db,
  tick: 0,
  publicUrl: 'https://status.test',
  now: () => clock.now,
});

const failedReport = (at: number): EntryDraft => ({
  kind: 'report',

  location: 1,
  askedAt: at,
  answeredAt: at,
  error: null,
  missedDeadline: false,
  observations: [
    { monitor: 1, startedAt: at, outcome: 'failed', code: 'refused', detail: 'refused', timings: {} },
  ],
});

test('a commit that would notify of a monitor which was deleted meanwhile is applied again, without an error', async () => {
  await createMonitor({ locations: [FIRST], alert: { failures: 1 } });
  clock.now += 1_000;
  const before = await loadState(DB);
  expect((await ask('/api/v1/monitors/shop', { method: 'DELETE' })).status).toBe(204);
  const committed = await commit(writer(DB), before, () => failedReport(clock.now));
  expect(committed.notifications).toEqual([]);
  expect((await loadState(DB)).seq).toBe(before.seq + 2);
});

test('a commit survives a D1 that fails for a moment, reads included', async () => {
  await createMonitor({ locations: [FIRST] });
  clock.now += 1_000;
  const before = await loadState(DB);
  let failures = 3;
  const db = flakyD1(DB, () => failures-- > 0);
  const committed = await commit(writer(db), before, () => failedReport(clock.now));
  expect(committed.state.seq).toBe(before.seq + 1);
  expect(await loadState(DB)).toEqual(committed.state);
});
