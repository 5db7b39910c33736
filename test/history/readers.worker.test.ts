// The readers of a history that is not compacted yet, on a real D1: what commits wrote is what they return.
import { beforeEach, describe, expect, test } from 'vitest';
import { readSpans } from '../../src/history/read-history.ts';
import { commit } from '../../src/store/commit.ts';
import { readBars } from '../../src/store/history/bars.ts';
import { loadState } from '../../src/store/shard.ts';
import {
  ask,
  bindings,
  clock,
  createMonitor,
  empty,
  post,
  runUntilConfirmed,
} from '../support/d1/http-mesh.ts';

const { DB } = bindings;
const MINUTE = 60_000;

const incidents = async () =>
  (
    await DB.prepare(
      'select verdict, started_at as "from", resolved_at as "to" from incidents order by started_at',
    ).all<{
      verdict: string;
      from: number;
      to: number;
    }>()
  ).results;

const spans = async (from = 0) => {
  const [one] = await readSpans(DB, { numbers: [1], from, to: clock.now, now: clock.now });
  return one;
};

async function pause(paused: boolean): Promise<void> {
  const state = await loadState(DB);
  const { policy } = state.monitors.get(1)!;
  await commit({ db: DB, tick: 0, publicUrl: 'https://status.test', now: () => clock.now }, state, () => ({
    kind: 'change',
    changes: [{ type: 'monitor', number: 1, policy: { ...policy, paused } }],
  }));
}

beforeEach(empty);

describe('spans', () => {
  test('of an outage are those of its incident, and of a new monitor no data until it is measured', async () => {
    const createdAt = clock.now;
    await createMonitor();
    await runUntilConfirmed(1, 0);
    await runUntilConfirmed(1, 4);
    await runUntilConfirmed(1, 0);
    const [down] = await incidents();
    const found = await spans();
    expect(found).toMatchObject({ number: 1, id: 'shop', name: 'Web shop', to: clock.now });
    expect(found?.spans.map(({ moment }) => moment)).toEqual(['no_data', 'down']);
    expect(found?.spans[1]).toEqual({ moment: 'down', from: down?.from, to: down?.to });
    // Times increase from commit to commit.
    expect(found!.spans[0]!.from - createdAt).toBeLessThan(10);
  });

  test('of a pause and of a maintenance that was deleted remain, and end when they ended', async () => {
    await createMonitor();
    await runUntilConfirmed(1, 0);
    const startsAt = clock.now;
    await post('/api/v1/maintenances', {
      ...{ id: 'move', name: 'Move', monitors: ['shop'] },
      startsAt: new Date(startsAt).toISOString(),
      endsAt: new Date(startsAt + 60 * MINUTE).toISOString(),
    });
    await runUntilConfirmed(1, 0);
    const deletedAt = clock.now;
    expect((await ask('/api/v1/maintenances/move', { method: 'DELETE' })).status).toBe(204);
    await runUntilConfirmed(1, 0);
    const pausedAt = clock.now;
    await pause(true);
    clock.now += 5 * MINUTE;
    await pause(false);
    const found = (await spans())?.spans.filter(({ moment }) => moment !== 'no_data') ?? [];
    expect(found.map(({ moment }) => moment)).toEqual(['maintenance', 'paused']);
    expect(Math.abs(found[0]!.from - startsAt)).toBeLessThan(10);
    expect(Math.abs(found[0]!.to - deletedAt)).toBeLessThan(10);
    expect(Math.abs(found[1]!.from - pausedAt)).toBeLessThan(10);
    expect(Math.abs(found[1]!.to - clock.now)).toBeLessThan(10);
  });

  test('of a deleted monitor end with it, under its name', async () => {
    await createMonitor();
    await runUntilConfirmed(1, 4);
    await ask('/api/v1/monitors/shop', { method: 'DELETE' });
    const deletedAt = clock.now;
    clock.now += 60 * MINUTE;
    const found = await readSpans(DB, { numbers: null, from: 0, to: clock.now, now: clock.now });
    expect(found).toMatchObject([{ number: 1, id: 'shop', name: 'Web shop' }]);
    expect(Math.abs(found[0]!.to - deletedAt)).toBeLessThan(10);
    expect(found[0]!.spans.at(-1)).toMatchObject({ moment: 'down', to: found[0]!.to });
  });

  test('show no data since the newest result became stale while no tick runs', async () => {
    await createMonitor();
    await runUntilConfirmed(1, 0);
    const lastAt = clock.now;
    clock.now += 60 * MINUTE;
    const last = (await spans())?.spans.at(-1);
    expect(last).toMatchObject({ moment: 'no_data', to: clock.now });
    expect(last!.from - lastAt).toBeLessThan(3 * MINUTE + 10);
  });
});

test('bars are the same spans by UTC day, and a monitor without a history has none', async () => {
  await createMonitor();
  await runUntilConfirmed(1, 4);
  clock.now += 86_400_000;
  await runUntilConfirmed(1, 0);
  const bars = await readBars(DB, [1, 2], clock.now);
  expect([...bars.keys()]).toEqual([1]);
  const days = bars.get(1)!;
  expect(days.map(({ day }) => day)).toEqual([20_833, 20_834]);
  for (const { moment, ms } of (['down', 'no_data', 'up'] as const).map((moment) => ({
    moment,
    ms: days.reduce((sum, { totals }) => sum + totals[moment], 0),
  }))) {
    const found = await spans();
    const length = found!.spans
      .filter((span) => span.moment === moment)
      .reduce((sum, { from, to }) => sum + to - from, 0);
    if (moment !== 'up') expect(ms).toBe(length);
  }
});
