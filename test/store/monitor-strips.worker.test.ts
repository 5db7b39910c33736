// Strips: what each location voted, from the status changes that are kept, and from the tables if none is.
import { beforeEach, expect, test } from 'vitest';
import { readStrips, type Strip } from '../../src/store/monitor-strips.ts';
import { countD1 } from '../support/d1/counted-d1.ts';
import {
  bindings,
  clock,
  createMonitor,
  empty,
  patch,
  run,
  runUntilConfirmed,
} from '../support/d1/http-mesh.ts';

const { DB } = bindings;
const START = clock.now;
beforeEach(empty);

/** The spans of the monitor's first and last location, in seconds since the start of the test. */
async function spansOf(number: number, from = START, to = clock.now): Promise<string[][]> {
  const strip = (await readStrips(DB, [number], from, to)).get(number)!;
  const text = ({ spans }: Strip['locations'][number]) =>
    spans.map(({ state, from: a, to: b }) => `${state} ${seconds(a)}-${seconds(b)}`);
  return [text(strip.locations[0]!), text(strip.locations.at(-1)!)];
}

const seconds = (at: number): number => Math.round((at - START) / 1_000);

test('a failure begins with its streak, and ends with that of the recovery', async () => {
  await createMonitor();
  await run(1, 0);
  await runUntilConfirmed(1, 4);
  const failed = clock.now;
  const [first, last] = await spansOf(1);
  expect(first!.map((one) => one.split(' ')[0])).toEqual(['no_data', 'passing', 'failing']);
  expect(last!.map((one) => one.split(' ')[0])).toEqual(['no_data', 'passing']);
  await runUntilConfirmed(1, 0);
  const [again] = await spansOf(1);
  expect(again!.slice(0, 2)).toEqual(first!.slice(0, 2));
  expect(again!.map((one) => one.split(' ')[0])).toEqual(['no_data', 'passing', 'failing', 'passing']);
  // The recovery began with the first ok run.
  expect(again![2]).toBe(`${first![2]!.split('-')[0]}-${seconds(failed + 15_000)}`);
  expect(again!.at(-1)).toBe(`passing ${seconds(failed + 15_000)}-${seconds(clock.now)}`);
});

test('a pause is shown as one, also before the range begins', async () => {
  await createMonitor();
  await runUntilConfirmed(1, 0);
  const paused = clock.now + 60_000;
  clock.now = paused;
  await patch('/api/v1/monitors/shop', { paused: true });
  clock.now += 600_000;
  const resumed = clock.now;
  await patch('/api/v1/monitors/shop', { paused: false });
  clock.now += 30_000;
  await runUntilConfirmed(1, 0);
  const [whole] = await spansOf(1);
  expect(whole).toContain(`paused ${seconds(paused)}-${seconds(resumed)}`);
  const [part] = await spansOf(1, paused + 60_000);
  expect(part![0]).toBe(`paused ${seconds(paused + 60_000)}-${seconds(resumed)}`);
});

test('when no report arrives any more, votes end as no data', async () => {
  await createMonitor();
  await runUntilConfirmed(1, 4);
  const last = clock.now;
  clock.now += 900_000;
  const [first] = await spansOf(1);
  expect(first!.at(-1)).toBe(`no_data ${seconds(last + 180_000)}-${seconds(clock.now)}`);
});

test('without a status change that is kept, the strip is what is known now', async () => {
  await createMonitor();
  await createMonitor({ id: 'other' });
  await runUntilConfirmed(1, 4);
  await runUntilConfirmed(2, 0);
  await patch('/api/v1/monitors/other', { paused: true });
  clock.now += 60_000;
  const [first] = await spansOf(1);
  await DB.prepare('delete from status_changes').run();
  const [again, last] = await spansOf(1);
  expect(again!.at(-1)).toMatch(/^failing /);
  expect(again!.at(-1)!.split('-')[1]).toBe(first!.at(-1)!.split('-')[1]);
  expect(last!.map((one) => one.split(' ')[0])).toEqual(['passing']);
  expect((await spansOf(2))[0]!.at(-1)!).toMatch(/^paused /);
});

test('strips of many monitors take one statement, and spans follow one another', async () => {
  for (const id of ['a', 'b', 'c']) await createMonitor({ id });
  await runUntilConfirmed(2, 3);
  const counted = countD1(DB);
  const strips = await readStrips(counted.db, [1, 2, 3, 99], START + 60_000, clock.now);
  expect(counted.take()).toHaveLength(1);
  expect([...strips.keys()]).toEqual([1, 2, 3]);
  for (const { locations } of strips.values()) {
    expect(locations).toHaveLength(6);
    for (const { spans } of locations) {
      expect(spans[0]!.from).toBe(START + 60_000);
      expect(spans.at(-1)!.to).toBe(clock.now);
      for (const [index, { from }] of spans.slice(1).entries()) expect(from).toBe(spans[index]!.to);
    }
  }
});
