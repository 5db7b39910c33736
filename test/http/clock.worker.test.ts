// A coordinator whose clock differs from D1's: /healthz, changes of the API and pages. D1 is real, and its
// clock is what the test sets.
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { readEnv } from '../../src/env.ts';
import { createApp } from '../../src/http/app.ts';
import { runTick } from '../../src/scheduler/tick.ts';
import { database } from '../../src/store/database.ts';
import * as schema from '../../src/store/schema.ts';
import { loadState } from '../../src/store/shard.ts';
import { clockedD1 } from '../support/d1/clocked-d1.ts';
import {
  type Answered,
  ask as askApp,
  bindings,
  clock,
  createMonitor,
  empty,
  run,
} from '../support/d1/http-mesh.ts';

const T0 = 1_800_000_000_000;
const HOUR_MS = 3_600_000;
const YEAR_MS = 365 * 24 * HOUR_MS;
const orm = database(bindings.DB);

const app = createApp(
  () => clock.now,
  () => clock.now,
);

/** D1 with the right time. `clock.now` is the coordinator's. */
let trueTime = T0;
const DB = clockedD1(bindings.DB, () => trueTime);
const ask = (path: string, options: Parameters<typeof askApp>[1] = {}): Promise<Answered> =>
  askApp(path, { ...options, app, env: { DB } });

beforeEach(async () => {
  await empty();
  trueTime = T0;
});

const APART = [61_000, 6 * HOUR_MS, 5 * YEAR_MS].flatMap((ms) => [ms, -ms]);

/** The structured log lines of one event. */
function logged(event: string): () => Record<string, unknown>[] {
  const spies = (['log', 'warn', 'error'] as const).map((level) =>
    vi.spyOn(console, level).mockImplementation(() => {}),
  );
  onTestFinished(() => void vi.restoreAllMocks());
  return () =>
    spies
      .flatMap((spy) => spy.mock.calls.map(([line]) => JSON.parse(String(line))))
      .filter((line) => line.event === event);
}

/** A mesh with one monitor that is up. Returns when. */
async function meshUp(): Promise<void> {
  await createMonitor();
  for (let round = 0; round < 3; round += 1) await run(1, 0);
  trueTime = clock.now;
}

describe('/healthz', () => {
  test.each(APART)('/healthz answers 503 with the reason while the clock is %i ms off', async (ms) => {
    await meshUp();
    clock.now = trueTime + ms;
    const apart = await ask('/healthz', { token: null });
    expect([apart.status, apart.json.status]).toEqual([503, 'stopped']);
    expect(apart.json.reasons).toContain('clocks_apart');
    clock.now = trueTime;
    const agreed = await ask('/healthz', { token: null });
    expect([agreed.status, agreed.json.reasons]).toEqual([200, []]);
  });

  test.each([60_000, -60_000, 0])('/healthz answers 200 with a clock %i ms off', async (ms) => {
    await meshUp();
    clock.now = trueTime + ms;
    expect((await ask('/healthz', { token: null })).status).toBe(200);
  });
});

describe('a change of the API while the clocks are apart', () => {
  test.each(APART)(
    'with a clock %i ms off a change works, takes its time from D1 and logs that',
    async (ms) => {
      await meshUp();
      const apart = logged('clock.apart');
      clock.now = trueTime + ms;
      const changed = await ask('/api/v1/monitors/shop', {
        method: 'PATCH',
        body: { intervalSeconds: 120 },
      });
      expect(changed.status).toBe(200);
      expect(apart()).toEqual([
        expect.objectContaining({
          level: 'error',
          differenceSeconds: ms / 1_000,
          consequence: 'The change takes its time from D1.',
        }),
      ]);
      const state = await loadState(DB);
      expect(Math.abs(state.at - trueTime)).toBeLessThan(5_000);
      const [row] = await orm.select().from(schema.monitors);
      expect(row).toMatchObject({ intervalSeconds: 120, updatedAt: trueTime });
    },
  );

  test.each(APART)('a silence that begins now begins now, with a clock %i ms off', async (ms) => {
    await meshUp();
    clock.now = trueTime + ms;
    const created = await ask('/api/v1/silences', {
      method: 'POST',
      body: { name: 'Quiet', monitors: ['shop'], durationMinutes: 60 },
    });
    expect([created.status, created.text]).toEqual([201, expect.any(String)]);
    const spans = [...(await loadState(DB)).windows.values()].flatMap((window) => window.spans);
    expect(spans).toEqual([[trueTime, trueTime + HOUR_MS]]);
  });

  test('the public status has no data while the clock is off, since nothing is measured by it', async () => {
    await meshUp();
    for (const ms of APART) {
      clock.now = trueTime + ms;
      const status = await ask('/api/v1/status', { token: null });
      expect([ms, status.json.state]).toEqual([ms, 'no_data']);
      const explained = await ask('/api/v1/monitors/shop');
      expect([ms, explained.json.verdict]).toEqual([ms, 'up']);
    }
    clock.now = trueTime;
    expect((await ask('/api/v1/status', { token: null })).json.state).toBe('operational');
  });
});

describe('a state that an earlier clock has dated ahead', () => {
  /** As the Worker wrote it before it compared the clocks: D1 shows nothing, so nothing is compared. */
  async function poison(ms: number): Promise<void> {
    await meshUp();
    clock.now = trueTime + ms;
    await run(1, 0);
    clock.now = trueTime;
    expect((await loadState(bindings.DB)).at).toBeGreaterThan(trueTime + ms - 1);
  }

  test.each([10_000, 59_000, 6 * HOUR_MS, 5 * YEAR_MS])(
    'a change of the API corrects a state that is %i ms ahead, once',
    async (ms) => {
      await poison(ms);
      const corrected = logged('clock.corrected');
      for (const intervalSeconds of [120, 300]) {
        const changed = await ask('/api/v1/monitors/shop', {
          method: 'PATCH',
          body: { intervalSeconds },
        });
        expect(changed.status).toBe(200);
      }
      expect(corrected()).toHaveLength(1);
      expect((await loadState(DB)).at).toBeLessThan(trueTime + 5_000);
    },
  );

  test.each([10_000, 59_000, 6 * HOUR_MS, 5 * YEAR_MS])(
    'a tick corrects a state that is %i ms ahead and runs checks at once',
    async (ms) => {
      await poison(ms);
      const started: number[] = [];
      await runTick({
        ...{
          db: DB,
          publicUrl: 'https://status.test',
          encryptionKey: '',
          locations: readEnv(bindings).locations,
        },
        fleet: {
          async invoke({ runs }) {
            started.push(trueTime);
            const observations = runs.map(({ id }) => ({
              ...{ monitor: id, startedAt: trueTime, outcome: 'ok' as const, timings: {} },
            }));
            return {
              askedAt: trueTime,
              answeredAt: trueTime,
              error: null,
              missedDeadline: false,
              observations,
            };
          },
        },
        now: () => trueTime,
        sleep: async (ms) => {
          await Promise.resolve();
          trueTime += Math.min(ms, 1_000);
        },
        enqueueDeliveries: async () => {},
      });
      expect(started[0]! - clock.now).toBeLessThanOrEqual(20_000);
      const state = await loadState(DB);
      expect(state.monitors.get(1)?.verdict).toBe('up');
      expect(await orm.select().from(schema.notifications)).toEqual([]);
    },
  );
});
