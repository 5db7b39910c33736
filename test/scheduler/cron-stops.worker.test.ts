// The cron trigger stops, in virtual time on a real D1: the second clock's requests go through the consumer into real ticks.
// What must hold: checks go on without a gap, an outage is detected, and one notification says that cron is silent.
import { beforeEach, expect, test, vi } from 'vitest';
import { COORDINATOR_GAP_MS } from '../../src/engine/model/policy.ts';
import type { TickMessage, TickStarter } from '../../src/env.ts';
import type { Fleet, InvocationRequest, InvocationResult } from '../../src/fleet/fleet.ts';
import { runTick } from '../../src/scheduler/tick.ts';
import { consumeTickMessages } from '../../src/scheduler/tick-messages.ts';
import { tickIfSilent } from '../../src/second-clock/tick-if-silent.ts';
import { loadState } from '../../src/store/shard.ts';
import { ask, bindings, clock, createMonitor, empty } from '../support/d1/http-mesh.ts';

const { DB, ENCRYPTION_KEY } = bindings;
const SECOND = 1_000;
const MINUTE = 60_000;

let isDown: (at: number) => boolean;
let requests: { at: number; tick: TickStarter }[];
let started: { at: number; source: TickStarter }[];

beforeEach(async () => {
  await empty();
  for (const level of ['log', 'warn', 'error'] as const)
    vi.spyOn(console, level).mockImplementation(() => {});
  [requests, started, isDown] = [[], [], () => false];
  await createMonitor();
});

const fleet = (tick: TickStarter): Fleet => ({
  async invoke(request: InvocationRequest): Promise<InvocationResult> {
    const at = clock.now;
    requests.push({ at, tick });
    return {
      ...{ askedAt: at, answeredAt: at, error: null, missedDeadline: false },
      observations: request.runs.map(({ id }) =>
        isDown(at)
          ? { monitor: id, startedAt: at, outcome: 'failed', code: 'refused', detail: 'refused', timings: {} }
          : { monitor: id, startedAt: at, outcome: 'ok', timings: { connectMs: 12 } },
      ),
    };
  },
});

/** Sleeping ticks, by when they wake. Time goes from one to the next. */
let sleepers: { at: number; wake: () => void }[] = [];
const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const sleeper = { at: clock.now + ms, wake: resolve };
    sleepers.push(sleeper);
    signal?.addEventListener('abort', () => {
      sleepers = sleepers.filter((one) => one !== sleeper);
      resolve();
    });
  });

/** Real D1 answers in real time: a moment of virtual time is over when nothing more happens in it. */
const settle = async (): Promise<void> => {
  for (let quiet = 0, before = -1; quiet < 4; ) {
    await new Promise((resolve) => setTimeout(resolve, 4));
    const now = requests.length + sleepers.length;
    quiet = now === before ? quiet + 1 : 0;
    before = now;
  }
};

async function advanceTo(until: number): Promise<void> {
  for (;;) {
    await settle();
    const [next] = sleepers.toSorted((a, b) => a.at - b.at);
    if (next === undefined || next.at > until) break;
    clock.now = Math.max(clock.now, next.at);
    sleepers = sleepers.filter((one) => one !== next);
    next.wake();
  }
  clock.now = until;
}

const tick = (source: TickStarter): Promise<void> => {
  started.push({ at: clock.now, source });
  return runTick({
    ...{ db: DB, source, publicUrl: 'https://status.test', encryptionKey: ENCRYPTION_KEY },
    locations: ['aws:us-east-1', 'aws:us-west-2', 'aws:eu-central-1'],
    ...{ fleet: fleet(source), now: () => clock.now },
    sleep,
    enqueueDeliveries: async () => {},
  });
};

const running: Promise<unknown>[] = [];
/** One alarm of the second clock. Its queue delivers each message `times` times. */
async function alarm(times = 1): Promise<void> {
  const messages: TickMessage[] = [];
  const send = async (message: TickMessage): Promise<void> => void messages.push(message);
  await tickIfSilent({ db: DB, ticks: { send } as never }, clock.now);
  for (const body of messages)
    for (let time = 0; time < times; time += 1) {
      const deps = { db: DB, now: () => clock.now, runTick: tick, waitUntil: () => {} };
      running.push(consumeTickMessages(deps, [{ body, ack() {} } as never], 1));
      await settle();
    }
}

interface Stored {
  readonly event: string;
  readonly body: string;
}

const stored = async (like: string): Promise<readonly Stored[]> =>
  (
    await DB.prepare('select event, body from notifications where event like ? order by at')
      .bind(like)
      .all<Stored>()
  ).results;
const events = async (like: string): Promise<string[]> => (await stored(like)).map(({ event }) => event);
/** Each event of the mesh with the codes of its reasons. */
const meshEvents = async (): Promise<string[]> =>
  (await stored('mesh.%')).map(({ event, body }) => {
    const { reasons } = (JSON.parse(body) as { data: { mesh: { reasons: { code: string }[] } } }).data.mesh;
    return `${event}: ${reasons.map(({ code }) => code).join(', ')}`;
  });
const cron = async (minutes: number): Promise<void> => {
  for (let minute = 0; minute < minutes; minute += 1) {
    running.push(tick('cron'));
    await advanceTo(clock.now + MINUTE);
  }
};
/** Alarms come 20 s after the full minute. */
const alarms = async (minutes: number, times = 1): Promise<void> => {
  for (let minute = 0; minute < minutes; minute += 1) {
    await advanceTo(clock.now + 20 * SECOND);
    await alarm(times);
    await advanceTo(clock.now + 40 * SECOND);
  }
};
const health = async () => (await ask('/api/v1/health')).json;

test('while cron is silent the second clock starts ticks, an outage is detected, and one notification says so', async () => {
  await cron(4);
  const stoppedAt = clock.now - MINUTE;
  expect(await health()).toMatchObject({ status: 'ok', tickSource: 'cron', reasons: [] });

  isDown = (at) => at >= stoppedAt + 5 * MINUTE && at < stoppedAt + 8 * MINUTE;
  await alarms(12);
  const own = started.filter(({ source }) => source === 'second_clock');
  expect(own.length).toBeGreaterThanOrEqual(5);
  const asked = requests.map(({ at }) => at);
  const gaps = asked.slice(1).map((at, index) => at - asked[index]!);
  expect(Math.max(...gaps)).toBeLessThan(MINUTE);
  expect((await loadState(DB)).resumedAt).toBeLessThanOrEqual(stoppedAt);
  expect(await events('incident.%')).toEqual(['incident.opened', 'incident.resolved']);
  expect(await meshEvents()).toEqual(['mesh.impaired: cron_silent']);
  const impaired = await health();
  expect(impaired).toMatchObject({
    ...{ status: 'impaired', tickSource: 'second_clock', lastCronAt: new Date(stoppedAt).toISOString() },
    reasons: [{ code: 'cron_silent', stops: false, since: new Date(stoppedAt).toISOString() }],
  });
  expect(impaired.reasons[0].detail).toMatch(
    /^The cron trigger has not fired for .+; ticks are started by the second clock\./,
  );
  expect((await ask('/healthz', { token: null })).status).toBe(200);

  await cron(6);
  expect(await meshEvents()).toEqual(['mesh.impaired: cron_silent', 'mesh.recovered: cron_silent']);
  expect(await health()).toMatchObject({ status: 'ok', tickSource: 'cron', reasons: [] });
  await advanceTo(clock.now + 4 * MINUTE);
  await Promise.all(running);
}, 120_000);

test('a queue that delivers every request three times changes nothing of it', async () => {
  await cron(2);
  isDown = (
    (from) => (at: number) =>
      at >= from + 2 * MINUTE && at < from + 5 * MINUTE
  )(clock.now);
  await alarms(9, 3);
  const own = started.filter(({ source }) => source === 'second_clock');
  expect(own.length).toBeLessThanOrEqual(5);
  expect(await events('incident.%')).toEqual(['incident.opened', 'incident.resolved']);
  expect(await meshEvents()).toEqual(['mesh.impaired: cron_silent']);
  await advanceTo(clock.now + 4 * MINUTE);
  await Promise.all(running);
}, 120_000);

test('a gap of ticks is what the second clock prevents: without it, nothing is checked', async () => {
  await cron(2);
  await advanceTo(clock.now + 2 * COORDINATOR_GAP_MS);
  const last = Math.max(...requests.map(({ at }) => at));
  expect(clock.now - last).toBeGreaterThan(COORDINATOR_GAP_MS);
  await Promise.all(running);
}, 60_000);
