// Large jobs of a tick on a real D1, in virtual time: places, sizes, and entries of the journal.
import { env } from 'cloudflare:workers';
import { beforeEach, expect, test } from 'vitest';
import type { Policy } from '../../src/engine/model/state.ts';
import type { Bindings } from '../../src/env.ts';
import type { Fleet, InvocationRequest, InvocationResult } from '../../src/fleet/fleet.ts';
import { runTick, type TickDeps } from '../../src/scheduler/tick.ts';
import { syncLocations } from '../../src/services/locations/sync-locations.ts';
import { commit } from '../../src/store/commit.ts';
import { database } from '../../src/store/database.ts';
import * as schema from '../../src/store/schema.ts';
import { loadShard } from '../../src/store/shard.ts';

const { DB, ENCRYPTION_KEY } = env as unknown as Bindings;
const T0 = 1_800_000_000_000;
const LOCATIONS = ['aws:us-east-1', 'aws:us-west-2', 'aws:eu-central-1', 'aws:sa-east-1'];
const MONITORS = 600;
const orm = database(DB);
const POLICY: Policy = {
  ...{ intervalMs: 60_000, timeoutMs: 5_000, quorum: 'majority', failures: 2, recoveries: 2 },
  ...{ confirmMs: 10_000, locations: 'all', dependsOn: [], paused: false },
};

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

/** Time passes from timer to timer, once everything else waits. */
class Clock {
  time = T0;
  #timers: Timer[] = [];
  now = (): number => this.time;
  wait = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const timer = { at: this.time + ms, run: resolve };
      this.#timers.push(timer);
      signal?.addEventListener('abort', () => {
        this.#timers = this.#timers.filter((other) => other !== timer);
        resolve();
      });
    });
  /** Resolves when the work has ended. */
  async drive(work: Promise<void>): Promise<void> {
    let done = false;
    const ended = work.finally(() => {
      done = true;
    });
    ended.catch(() => {});
    while (!done) {
      // A commit on D1 takes a few turns of the event loop.
      await new Promise((resolve) => setTimeout(resolve, 4));
      if (this.#busy()) continue;
      this.#timers.sort((a, b) => a.at - b.at);
      const next = this.#timers.shift();
      if (!next) continue;
      this.time = Math.max(this.time, next.at);
      next.run();
    }
    await ended;
  }
  pendingQueries = 0;
  #busy = (): boolean => this.pendingQueries > 0;
}

let clock: Clock;
let requests: (InvocationRequest & { at: number })[];
let running: number;
let peak: number;

beforeEach(async () => {
  clock = new Clock();
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
    ...{ channels: 'all', tags: {}, public: true, paused: false, createdAt: T0, updatedAt: T0 },
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

/** Counts queries that D1 works on, so that no time passes meanwhile. */
function counted(db: D1Database): D1Database {
  const track = async <T>(work: Promise<T>): Promise<T> => {
    clock.pendingQueries += 1;
    return work.finally(() => {
      clock.pendingQueries -= 1;
    });
  };
  const originals = new WeakMap<object, D1PreparedStatement>();
  const wrap = (original: D1PreparedStatement): D1PreparedStatement => {
    const wrapped = {
      bind: (...values: unknown[]) => wrap(original.bind(...values)),
      first: (column: string) => track(original.first(column)),
      run: () => track(original.run()),
      all: () => track(original.all()),
      raw: () => track(original.raw()),
    } as unknown as D1PreparedStatement;
    originals.set(wrapped, original);
    return wrapped;
  };
  return {
    prepare: (sql: string) => wrap(db.prepare(sql)),
    batch: (statements: D1PreparedStatement[]) =>
      track(db.batch(statements.map((one) => originals.get(one)!))),
  } as unknown as D1Database;
}

const tick = (of: Fleet): Promise<void> =>
  clock.drive(
    runTick({
      ...{ db: counted(DB), publicUrl: 'https://status.example', encryptionKey: ENCRYPTION_KEY },
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
        clock.pendingQueries += 1;
        await orm.update(schema.shards).set({ tick: 1_000_000 });
        clock.pendingQueries -= 1;
      }
      return failing.invoke(request);
    },
  });
  expect(requests.length).toBeGreaterThan(0);
  // Only what had a place at once.
  expect(requests.length).toBeLessThanOrEqual(5);
  expect(new Set(requests.map(({ at }) => at))).toEqual(new Set([T0]));
});
