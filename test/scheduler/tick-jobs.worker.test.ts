// Large jobs of a tick on a real D1, in virtual time: places, sizes, and entries of the journal.
import { beforeEach, expect, test } from 'vitest';
import type { Policy } from '../../src/engine/model/state.ts';
import type { Fleet, InvocationRequest, InvocationResult } from '../../src/fleet/fleet.ts';
import { runTick, type TickDeps } from '../../src/scheduler/tick.ts';
import { syncLocations } from '../../src/services/locations/sync-locations.ts';
import { commit } from '../../src/store/commit.ts';
import { database } from '../../src/store/database.ts';
import * as schema from '../../src/store/schema.ts';
import { loadShard } from '../../src/store/shard.ts';
import { bindings } from '../support/d1/http-mesh.ts';
import { VirtualClock } from '../support/d1/virtual-clock.ts';

const { DB, ENCRYPTION_KEY } = bindings;
const T0 = 1_800_000_000_000;
const LOCATIONS = ['aws:us-east-1', 'aws:us-west-2', 'aws:eu-central-1', 'aws:sa-east-1'];
const MONITORS = 600;
const orm = database(DB);
const POLICY: Policy = {
  ...{ intervalMs: 60_000, timeoutMs: 5_000, quorum: 'majority', failures: 2, recoveries: 2 },
  ...{ confirmMs: 10_000, locations: 'all', dependsOn: [], paused: false },
};

let clock: VirtualClock;
let requests: (InvocationRequest & { at: number })[];
let running: number;
let peak: number;

beforeEach(async () => {
  clock = new VirtualClock(T0);
  requests = [];
  running = 0;
  peak = 0;
  await DB.batch(
    ['journal', 'shards', 'monitors', 'incidents', 'channels', 'notifications', 'deliveries'].map((table) =>
      DB.prepare(`delete from ${table}`),
    ),
  );
  const numbers = Array.from({ length: MONITORS }, (_, index) => index + 1);
  const row = (number: number): typeof schema.monitors.$inferInsert => ({
    ...{ number, id: `web-${number}`, name: `Web ${number}`, intervalSeconds: 60, locations: 'all' },
    check: { type: 'tcp', host: 'web.example', port: 443, timeoutMs: 5_000 },
    alert: { quorum: 'majority', failures: 2, recoveries: 2, confirmSeconds: 10 },
    ...{ channels: 'default', tags: {}, public: true, paused: false, createdAt: T0, updatedAt: T0 },
  });
  for (let from = 0; from < MONITORS; from += 5)
    await orm.insert(schema.monitors).values(numbers.slice(from, from + 5).map(row));
  const writer = { db: DB, tick: 0, publicUrl: 'https://status.example', now: clock.now };
  const state = await syncLocations(writer, (await loadShard(DB)).state, LOCATIONS);
  await commit(writer, state, () => ({
    kind: 'change',
    changes: numbers.map((number) => ({ type: 'monitor', number, policy: POLICY })),
  }));
});

/** A fleet whose jobs take as long as `tookMs` returns. */
const fleet = (
  tookMs: (request: InvocationRequest, nth: number) => number,
  outcome: 'ok' | 'failed' = 'ok',
): Fleet => ({
  async invoke(request): Promise<InvocationResult> {
    const askedAt = clock.now();
    requests.push({ ...request, at: askedAt });
    running += 1;
    peak = Math.max(peak, running);
    await clock.wait(tookMs(request, requests.length));
    running -= 1;
    return {
      ...{ askedAt, answeredAt: clock.now(), error: null, missedDeadline: false },
      observations: request.runs.map(({ id }) => ({
        ...{ monitor: id, startedAt: askedAt, timings: { connectMs: 12 } },
        ...(outcome === 'ok' ? { outcome } : { outcome, code: 'timeout', detail: 'timed out' }),
      })),
    };
  },
});

const tick = (of: Fleet): Promise<void> =>
  clock.drive(
    runTick({
      ...{ db: clock.database(DB), publicUrl: 'https://status.example', encryptionKey: ENCRYPTION_KEY },
      ...{ locations: LOCATIONS, fleet: of, probeMemoryMb: 1_769, now: clock.now, sleep: clock.wait },
      enqueueDeliveries: async () => {},
    } satisfies TickDeps),
  );

const reports = async () =>
  (await orm.select().from(schema.journal).orderBy(schema.journal.id)).filter(
    ({ kind }) => kind === 'report',
  );

test('a tick never sends more than 250 runs in a job, nor more jobs at once than it has places', async () => {
  await tick(fleet(() => 300));
  expect(requests.length).toBeGreaterThan(30);
  for (const { runs } of requests) expect(runs.length).toBeLessThanOrEqual(250);
  // The first round may hang, and leaves one of five places free.
  expect(peak).toBe(4);
  const { state } = await loadShard(DB);
  expect([...state.monitors.values()].every(({ verdict }) => verdict === 'up')).toBe(true);
});

test('the jobs of a location that end together are one entry of the journal', async () => {
  await tick(fleet(() => 300));
  const later = ({ at }: { at: number }): boolean => at >= T0 + 70_000;
  const jobs = requests.filter(later).length;
  expect(jobs).toBeGreaterThan(10);
  expect((await reports()).filter(later)).toHaveLength(jobs / 3);
});

test('a job that hangs delays the results of its location by half a second at most', async () => {
  await tick(fleet((request, nth) => (nth > 12 && request.runs[0]!.id === 1 ? 7_000 : 300)));
  const hung = requests.findIndex((request, index) => index >= 12 && request.runs[0]!.id === 1);
  const { at } = requests[hung]!;
  const rows = await reports();
  const fast = rows.filter((row) => row.at >= at && row.at <= at + 300 + 500 + 100);
  expect(fast.length).toBeGreaterThan(0);
  expect((await loadShard(DB)).state.monitors.get(600)!.verdict).toBe('up');
});

test('a run that a newer tick has taken over is not sent from a queue of the older one', async () => {
  const failing = fleet(() => 5_000, 'failed');
  await tick({
    async invoke(request) {
      if (requests.length === 0) {
        // No time passes until the newer tick is registered.
        await database(clock.database(DB)).update(schema.shards).set({ tick: 1_000_000 });
      }
      return failing.invoke(request);
    },
  });
  expect(requests.length).toBeGreaterThan(0);
  // Only what had a place at once.
  expect(requests.length).toBeLessThanOrEqual(5);
  expect(new Set(requests.map(({ at }) => at))).toEqual(new Set([T0]));
});
