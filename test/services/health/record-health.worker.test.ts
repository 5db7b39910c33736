// What ticks make of the health of the mesh on a real D1: one event for each change, in order, however ticks overlap.
import { env } from 'cloudflare:workers';
import { beforeEach, expect, test, vi } from 'vitest';
import { notificationSchema } from '../../../src/channels/event-schemas.ts';
import type { State } from '../../../src/engine/model/state.ts';
import type { Bindings } from '../../../src/env.ts';
import type { Fleet, InvocationRequest, InvocationResult } from '../../../src/fleet/fleet.ts';
import { runTick, type TickDeps } from '../../../src/scheduler/tick.ts';
import { recordHealth } from '../../../src/services/health/record-health.ts';
import { loadState } from '../../../src/store/shard.ts';
import { flakyD1 } from '../../support/d1/flaky-d1.ts';
import { clock, createMonitor, empty, post, RECEIVER, run } from '../../support/d1/http-mesh.ts';

const { DB, ENCRYPTION_KEY, LOCATIONS } = env as unknown as Bindings;
const MINUTE = 60_000;
const DENIED = 'AccessDeniedException: not authorized to perform lambda:InvokeFunction';

let logged: string[];

beforeEach(async () => {
  await empty();
  logged = [];
  for (const level of ['log', 'warn', 'error'] as const)
    vi.spyOn(console, level).mockImplementation((line: string) => void logged.push(line));
  await post('/api/v1/channels', RECEIVER);
  await createMonitor();
  await run(1, 0);
});

const config = { db: DB, encryptionKey: ENCRYPTION_KEY };
const evaluate = async (at: number, changes: object = {}) =>
  recordHealth({ ...config, ...changes }, await measuredAt(at), at);

/** The state as if every location had just measured. */
async function measuredAt(at: number): Promise<State> {
  const state = await loadState(DB);
  const locations = new Map(
    [...state.locations].map(([number, one]) => [number, { ...one, lastMeasuredAt: at }]),
  );
  return { ...state, locations };
}

async function events(): Promise<{ id: string; event: string; body: never; deliveries: number }[]> {
  const { results } = await DB.prepare(
    `select n.id, n.event, n.body, (select count(*) from deliveries where notification_id = n.id) as deliveries
     from notifications n where n.event like 'mesh.%' order by n.at, n.id`,
  ).all<{ id: string; event: string; body: string; deliveries: number }>();
  return results.map((row) => ({ ...row, body: JSON.parse(row.body) as never }));
}

/** A database that is nearly full. */
const FULL = { maxDatabaseBytes: 1 };

test('an impairment is sent once with its reason, and its end once, in a body of the schema', async () => {
  const from = clock.now;
  for (let minute = 0; minute < 5; minute += 1) await evaluate(from + minute * MINUTE, FULL);
  for (let minute = 5; minute < 12; minute += 1) await evaluate(from + minute * MINUTE);
  const sent = await events();
  expect(sent.map(({ event, deliveries }) => [event, deliveries])).toEqual([
    ['mesh.impaired', 1],
    ['mesh.recovered', 1],
  ]);
  const bodies = sent.map(({ body }) => notificationSchema.parse(body));
  expect(bodies.map(({ timestamp }) => Date.parse(timestamp) - from)).toEqual([MINUTE, 8 * MINUTE]);
  for (const { data } of bodies)
    expect(data.mesh).toEqual({
      since: new Date(from).toISOString(),
      reasons: [{ code: 'storage_nearly_full', detail: expect.stringContaining('The limit is 80 %') }],
    });
  expect(logged.filter((line) => line.includes('"mesh.impaired"'))).toHaveLength(1);
  expect(logged.filter((line) => line.includes('"mesh.recovered"'))).toHaveLength(1);
});

test('ticks that evaluate at the same moment send one event', async () => {
  const from = clock.now;
  for (let minute = 0; minute < 3; minute += 1) {
    const at = from + minute * MINUTE;
    await Promise.all([0, 1, 2, 3].map((lateMs) => evaluate(at + lateMs, FULL)));
  }
  expect((await events()).map(({ event, deliveries }) => [event, deliveries])).toEqual([
    ['mesh.impaired', 1],
  ]);
  const rows = await DB.prepare('select seq, impaired_since from health').all();
  expect(rows.results).toHaveLength(1);
});

test('a health that cannot be read or written does not end the tick', async () => {
  const db = flakyD1(DB, () => true);
  await expect(evaluate(clock.now, { db, ...FULL })).resolves.toBeNull();
  let batches = 0;
  const readOnly = flakyD1(DB, () => {
    batches += 1;
    return batches > 1;
  });
  await expect(evaluate(clock.now, { db: readOnly, ...FULL })).resolves.toBeNull();
  expect(logged.filter((line) => line.includes('mesh.health_unknown')).length).toBeGreaterThan(0);
  expect(await events()).toEqual([]);
});

test('a clock that is 61 s wrong is an impairment of the mesh', async () => {
  const from = clock.now;
  const wrong = { comparedClock: () => Date.now() - 61_000 };
  await evaluate(from, wrong);
  await evaluate(from + MINUTE, wrong);
  const [event] = await events();
  expect(notificationSchema.parse(event?.body).data.mesh?.reasons).toEqual([
    { code: 'clocks_apart', detail: expect.stringContaining("behind D1's clock") },
  ]);
});

/** Ticks a minute apart, each superseded by the next one. */
async function tickEveryMinute(minutes: number, invoke: Fleet['invoke']): Promise<void> {
  const running: Promise<void>[] = [];
  const end = clock.now + minutes * MINUTE;
  const deps: TickDeps = {
    ...config,
    publicUrl: 'https://status.test',
    locations: LOCATIONS.split(','),
    fleet: { invoke },
    now: () => clock.now,
    sleep: async () => {
      await new Promise((resolve) => setTimeout(resolve, 0));
    },
    enqueueDeliveries: async () => {},
  };
  for (; clock.now < end; ) {
    const until = clock.now + MINUTE;
    const tick = runTick(deps);
    running.push(tick);
    while (clock.now < until) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      clock.now += 2_000;
    }
  }
  // The last tick runs out of time.
  clock.now += 200_000;
  await Promise.all(running);
}

const refused = async ({ runs }: InvocationRequest): Promise<InvocationResult> => ({
  ...{ askedAt: clock.now, answeredAt: clock.now, error: DENIED, missedDeadline: false },
  observations: runs.map(({ id }) => ({
    ...{ monitor: id, startedAt: clock.now, outcome: 'unmeasured', reason: 'invoke_error', timings: {} },
  })),
});

test('refused invocations of all locations send mesh.impaired within three minutes, with the error of AWS', async () => {
  const from = clock.now;
  await tickEveryMinute(6, refused);
  const sent = (await events()).map(({ body }) => notificationSchema.parse(body));
  expect(sent.map(({ type }) => type)).toEqual(['mesh.impaired']);
  expect(sent[0]?.data.mesh?.reasons).toMatchObject([{ code: 'probes_unreachable' }]);
  expect(sent[0]?.data.mesh?.reasons[0]?.detail).toContain(`6 of 6: ${DENIED}`);
  // The runs are refused from the first check after `from`, at most 10 s later.
  expect(Date.parse(sent[0]!.timestamp) - from).toBeLessThanOrEqual(3 * MINUTE + 10_000);
});
