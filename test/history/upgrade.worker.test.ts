// An upgrade from a Worker without a history, and one that is taken back and made again: what is not known is no data, and nothing
// that happened meanwhile stays hidden.
import type { D1Migration } from 'cloudflare:test';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { compact } from '../../src/history/compact.ts';
import { readDays, readSpans } from '../../src/history/read-history.ts';
import { readBars } from '../../src/store/history/bars.ts';
import { ask, bindings, clock } from '../support/d1/http-mesh.ts';
import { HistoryMesh, type Outcome, observationsOf, POLICY } from '../support/history/mesh.ts';
import { emptyDatabase, previousD1 } from '../support/history/previous-d1.ts';

const { DB, TEST_MIGRATIONS } = bindings as typeof bindings & { TEST_MIGRATIONS: D1Migration[] };
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** 2026-03-24, 20:00 UTC. */
const START = Date.UTC(2026, 2, 24, 20);
const NUMBERS = [1, 2];

beforeEach(async () => {
  await emptyDatabase(DB);
  // The tables of lists are newer, and commits of this version write them.
  await migrate((name) => name < '0002' || name >= '0003');
});
afterAll(() => emptyDatabase(DB));

async function migrate(isWanted: (name: string) => boolean): Promise<void> {
  const queries = TEST_MIGRATIONS.filter(({ name }) => isWanted(name)).flatMap((one) => one.queries);
  await DB.batch(queries.map((query) => DB.prepare(query)));
}

const upgrade = (): Promise<void> => migrate((name) => name >= '0002' && name < '0003');

/** Rounds of all locations, every three minutes. */
async function rounds(mesh: HistoryMesh, until: number, first: Outcome = 'ok'): Promise<void> {
  while (mesh.now < until) {
    for (const location of [1, 2, 3]) {
      mesh.now += 20_000;
      await mesh.report(
        location,
        new Map([...mesh.state.monitors.keys()].map((number) => [number, number === 1 ? first : 'ok'])),
      );
    }
    mesh.now += 120_000;
  }
}

async function drain(now: number): Promise<void> {
  for (let runs = 0; ; runs += 1) {
    const result = await compact(DB, now);
    expect(result).not.toBe('failed');
    if (result === 'done') return;
    expect(runs).toBeLessThan(200);
  }
}

/** The same mesh with another Worker. */
function continued(mesh: HistoryMesh, db: D1Database): HistoryMesh {
  const next = new HistoryMesh(db, mesh.now);
  next.state = mesh.state;
  return next;
}

const downMs = async (number: number, now: number): Promise<number> =>
  (await readBars(DB, NUMBERS, now)).get(number)!.reduce((sum, { totals }) => sum + totals.down, 0);

/** Days of rows, written without a history. An outage of the first monitor is open at their end. */
async function previousMesh(): Promise<HistoryMesh> {
  const mesh = new HistoryMesh(previousD1(DB), START);
  await mesh.begin(3, [POLICY, POLICY]);
  for (const day of [0, 1, 2]) {
    mesh.now = START + day * DAY;
    await rounds(mesh, mesh.now + HOUR);
  }
  await rounds(mesh, mesh.now + 20 * 60_000, 'failed');
  return mesh;
}

test('a mesh with days of journal has no history until its first run, and then one that begins with its state', async () => {
  const previous = await previousMesh();
  const upgradedAt = previous.now;
  await upgrade();
  const range = { numbers: NUMBERS, from: START - 90 * DAY, to: upgradedAt, now: upgradedAt };
  expect((await readBars(DB, NUMBERS, upgradedAt)).size).toBe(0);
  expect(await readSpans(DB, range)).toEqual([]);
  expect((await readDays(DB, range)).size).toBe(0);
  clock.now = upgradedAt;
  const page = await ask('/', { token: null });
  expect(page.status).toBe(200);
  expect(page.text).toContain('Monitor 1');
  expect(page.text).not.toContain('100.00');

  const mesh = continued(previous, DB);
  await rounds(mesh, mesh.now + 10 * 60_000, 'failed');
  expect((await readBars(DB, NUMBERS, mesh.now)).size).toBe(0);
  const begunAt = mesh.now;
  await drain(begunAt);
  await rounds(mesh, begunAt + HOUR, 'failed');
  await rounds(mesh, begunAt + 2 * HOUR);
  const now = mesh.now;
  const before = [await readBars(DB, NUMBERS, now), await observationsOf(DB, 2, now)];
  expect(before[1]).not.toHaveLength(0);
  await drain(now);
  expect([await readBars(DB, NUMBERS, now), await observationsOf(DB, 2, now)]).toEqual(before);
  const spans = await readSpans(DB, { numbers: NUMBERS, from: START, to: now, now });
  const state = previous.state.monitors.get(1)!;
  expect(state.incident).not.toBeNull();
  expect(spans.map(({ from }) => Math.abs(from - begunAt) < 300_000)).toEqual([true, true]);
  // Down since the history begins: the outage was open.
  expect(spans[0]!.spans[0]).toMatchObject({ moment: 'down', from: spans[0]!.from });
  expect(spans[1]!.spans.filter(({ moment }) => moment === 'down')).toEqual([]);
  clock.now = now;
  expect((await ask('/', { token: null })).status).toBe(200);
});

test('what a Worker without a history wrote after a rollback is found by the next run', async () => {
  await upgrade();
  const first = new HistoryMesh(DB, START);
  await first.begin(3, [POLICY, POLICY]);
  await rounds(first, START + 2 * HOUR);
  await drain(first.now);
  // Of the previous Worker: an outage that ends, another one that does not, a monitor more.
  const previous = continued(first, previousD1(DB));
  await rounds(previous, previous.now + 2 * HOUR);
  const downFrom = previous.now;
  await rounds(previous, downFrom + 30 * 60_000, 'failed');
  await rounds(previous, previous.now + 90 * 60_000);
  await previous.addMonitor(3, POLICY);
  await rounds(previous, previous.now + HOUR);
  const secondFrom = previous.now;
  await rounds(previous, secondFrom + 30 * 60_000, 'failed');
  const mesh = continued(previous, DB);
  const forwardAt = mesh.now;
  await rounds(mesh, forwardAt + 10 * 60_000, 'failed');
  await compact(DB, mesh.now);
  const seen = await downMs(1, mesh.now);
  const real = 30 * 60_000 + (mesh.now - secondFrom);
  expect(Math.abs(seen - real)).toBeLessThan(10 * 60_000);
  expect(await downMs(2, mesh.now)).toBe(0);
  const [third] = await readSpans(DB, { numbers: [3], from: START, to: mesh.now, now: mesh.now });
  expect(third!.from).toBeGreaterThanOrEqual(forwardAt);
  await drain(mesh.now);
  expect(await downMs(1, mesh.now)).toBe(seen);
  const rows = async () =>
    (await DB.prepare('select count(*) n from status_changes').first<{ n: number }>())!.n;
  const before = await rows();
  await drain(mesh.now);
  // The day is written, and the end of the second outage with it.
  await rounds(mesh, mesh.now + HOUR);
  const after = await rows();
  await drain(mesh.now);
  expect(await rows()).toBe(after);
  expect(after).toBeGreaterThan(before);
  const open = (await downMs(1, mesh.now)) - seen;
  expect(open).toBeLessThan(10 * 60_000);
});

test('a monitor that a Worker without a history deleted has an end', async () => {
  await upgrade();
  const mesh = new HistoryMesh(DB, START);
  await mesh.begin(3, [POLICY, POLICY]);
  await rounds(mesh, START + 2 * HOUR);
  await drain(mesh.now);
  const previous = continued(mesh, previousD1(DB));
  await previous.deleteMonitor(1);
  const deletedAt = previous.now;
  const again = continued(previous, DB);
  await rounds(again, again.now + 2 * HOUR);
  await drain(again.now);
  const [span] = await readSpans(DB, { numbers: [1], from: START, to: again.now, now: again.now });
  expect(span!.to).toBeLessThan(again.now);
  expect(span!.to).toBeGreaterThanOrEqual(deletedAt);
});
