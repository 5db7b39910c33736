// Commits and ticks where somebody else, or D1, comes in between: what has to hold on a real D1.
import { beforeEach, describe, expect, test } from 'vitest';
import { enqueueOverdue } from '../../src/delivery/queue.ts';
import type { EntryDraft } from '../../src/engine/model/journal.ts';
import type { Fleet } from '../../src/fleet/fleet.ts';
import { runTick } from '../../src/scheduler/tick.ts';
import { commit } from '../../src/store/commit.ts';
import { loadState } from '../../src/store/shard.ts';
import { ask, bindings, clock, createMonitor, empty, patch } from '../support/d1/http-mesh.ts';

const { DB } = bindings;
const FIRST = bindings.LOCATIONS.split(',')[0]!;

beforeEach(empty);

const writer = (db: D1Database) => ({
  db,
  tick: 'test',
  publicUrl: 'https://status.test',
  now: () => clock.now,
});

const failed = (at: number): EntryDraft => ({
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

/** D1 whose batches fail while `broken` says so; nothing of them is written then. */
const flaky = (broken: () => boolean): D1Database =>
  new Proxy(DB, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (name === 'batch')
        return (statements: D1PreparedStatement[]) =>
          broken()
            ? Promise.reject(new Error('D1_ERROR: Network connection lost.'))
            : target.batch(statements);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });

describe('a commit', () => {
  test('that would tell of a monitor which was deleted meanwhile is settled again, and not an error', async () => {
    await createMonitor({ locations: [FIRST], alert: { failures: 1 } });
    clock.now += 1_000;
    const before = await loadState(DB);
    expect((await ask('/api/v1/monitors/shop', { method: 'DELETE' })).status).toBe(204);
    const committed = await commit(writer(DB), before, () => failed(clock.now));
    expect(committed.notifications).toEqual([]);
    expect((await loadState(DB)).seq).toBe(before.seq + 2);
  });

  test('outlives a D1 that answers nothing for a moment, reads included', async () => {
    await createMonitor({ locations: [FIRST] });
    clock.now += 1_000;
    const before = await loadState(DB);
    let failures = 3;
    const committed = await commit(writer(flaky(() => failures-- > 0)), before, () => failed(clock.now));
    expect(committed.state.seq).toBe(before.seq + 1);
    expect(await loadState(DB)).toEqual(committed.state);
  });
});

describe('a tick', () => {
  const idle: Fleet = {
    invoke: async ({ runs }) => ({
      askedAt: clock.now,
      answeredAt: clock.now,
      error: null,
      missedDeadline: false,
      observations: runs.map(({ id }) => ({
        monitor: id,
        startedAt: clock.now,
        outcome: 'ok',
        timings: {},
      })),
    }),
  };

  test('goes on although D1 fails every fifth time it is asked', async () => {
    await createMonitor({ locations: [FIRST] });
    const startedAt = clock.now;
    let asked = 0;
    await runTick({
      db: flaky(() => {
        asked += 1;
        return asked % 5 === 0;
      }),
      publicUrl: 'https://status.test',
      encryptionKey: bindings.ENCRYPTION_KEY,
      locations: bindings.LOCATIONS.split(','),
      fleet: idle,
      now: () => clock.now,
      sleep: async (ms) => {
        clock.now += Math.min(ms, 1_000);
      },
      enqueueDeliveries: async () => {},
    });
    expect(clock.now - startedAt).toBeGreaterThanOrEqual(170_000);
    expect((await loadState(DB)).monitors.get(1)!.verdict).toBe('up');
  });

  test('looks although deliveries cannot be woken', async () => {
    await createMonitor({ locations: [FIRST] });
    await runTick({
      db: DB,
      publicUrl: 'https://status.test',
      encryptionKey: bindings.ENCRYPTION_KEY,
      locations: bindings.LOCATIONS.split(','),
      fleet: idle,
      now: () => clock.now,
      sleep: async (ms) => {
        clock.now += Math.min(ms, 1_000);
      },
      // As worker.ts wires it, with a D1 that fails at this question.
      enqueueDeliveries: () =>
        enqueueOverdue(
          {
            deliveries: bindings.DELIVERIES,
            db: new Proxy(DB, {
              get: () => () => {
                throw new Error('D1_ERROR: Network connection lost.');
              },
            }),
          },
          clock.now,
        ),
    });
    expect((await loadState(DB)).monitors.get(1)!.verdict).toBe('up');
  });
});

describe('two changes of one monitor at once', () => {
  test('both last, or one is refused', async () => {
    await createMonitor();
    const answers = await Promise.all([
      patch('/api/v1/monitors/shop', { paused: true }),
      patch('/api/v1/monitors/shop', { name: 'Renamed' }),
    ]);
    const { json } = await ask('/api/v1/monitors/shop');
    expect([json.paused, json.name]).toEqual([
      answers[0]!.status === 200,
      answers[1]!.status === 200 ? 'Renamed' : 'Web shop',
    ]);
  });
});
