// The queue's messages that ask for a run of the compaction, through the Worker's own entry: what is acknowledged, what follows,
// and who sees a run that fails.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Bindings } from '../../src/env.ts';
import { readHealthFacts } from '../../src/store/health-facts.ts';
import worker from '../../src/worker.ts';
import { clockedD1 } from '../support/d1/clocked-d1.ts';
import { bindings, empty } from '../support/d1/http-mesh.ts';
import { exportHistory, HistoryMesh, POLICY } from '../support/history/mesh.ts';

const DB = clockedD1(bindings.DB, () => NOW);
const HOUR = 3_600_000;
/** 2026-03-24, 20:00 UTC. */
const START = Date.UTC(2026, 2, 24, 20);
const NOW = START + 6.5 * HOUR;

let warned: ReturnType<typeof vi.spyOn>;
beforeEach(async () => {
  await empty();
  vi.useFakeTimers({ toFake: ['Date'], now: NOW });
  warned = vi.spyOn(console, 'warn').mockImplementation(() => {});
  const mesh = new HistoryMesh(bindings.DB, START);
  await mesh.begin(2, [POLICY]);
  for (let hour = 1; hour <= 6; hour += 1)
    for (const location of [1, 2]) {
      mesh.now = START + hour * HOUR - (3 - location) * 60_000;
      await mesh.report(location, new Map([[1, hour === 3 ? 'failed' : 'ok']]));
    }
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** The messages that the Worker sent, and what became of those that it got. */
async function consume(bodies: readonly unknown[], env: Partial<Bindings> = {}) {
  const send = vi.fn(async (_: unknown) => {});
  const messages = bodies.map((body, index) => ({
    ...{ id: String(index), timestamp: new Date(NOW), body, attempts: 1 },
    ...{ ack: vi.fn(), retry: vi.fn() },
  }));
  const work: Promise<unknown>[] = [];
  const context = { waitUntil: (one: Promise<unknown>) => work.push(one) } as unknown as ExecutionContext;
  const batch = { queue: 'probemesh-deliveries', messages } as unknown as Parameters<typeof worker.queue>[0];
  const all = { ...bindings, DB, DELIVERIES: { send } as unknown as Bindings['DELIVERIES'], ...env };
  await worker.queue(batch, all, context);
  await Promise.all(work);
  return {
    acknowledged: messages.map(({ ack }) => ack.mock.calls.length),
    retried: messages.map(({ retry }) => retry.mock.calls.length),
    sent: send.mock.calls.map(([body]) => body),
  };
}

const ASK = { history: true };
const compacted = async (): Promise<number | null> =>
  DB.prepare('select at from compaction').first<number>('at');
const exported = (): Promise<string> => exportHistory(DB, [1], START, NOW);

test('a message makes one run, however many ask for it, and the next one is asked for until all is done', async () => {
  const before = await exported();
  const first = await consume([ASK, ASK]);
  expect(first).toEqual({ acknowledged: [1, 1], retried: [0, 0], sent: [ASK] });
  let runs = 1;
  for (let { sent } = first; sent.length > 0; runs += 1) ({ sent } = await consume([ASK]));
  // The beginning, six hours, a day, and one that finds nothing.
  expect(runs).toBe(9);
  expect(await compacted()).toBe(START + 6 * HOUR);
  expect(await exported()).toBe(before);
});

test('two messages at once write each hour once', async () => {
  const before = await exported();
  let rounds = 0;
  for (let more = true; more; rounds += 1) {
    const both = await Promise.all([consume([ASK]), consume([ASK])]);
    expect(both.flatMap(({ acknowledged }) => acknowledged)).toEqual([1, 1]);
    more = both.some(({ sent }) => sent.length > 0);
    expect(await exported()).toBe(before);
  }
  expect(rounds).toBe(9);
});

/** A D1 that refuses to write observations. */
const failing = (): D1Database =>
  ({
    prepare: (sql: string) => DB.prepare(sql.replace(/insert into series\b/, 'insert into nowhere')),
    batch: (statements: D1PreparedStatement[]) => DB.batch(statements),
  }) as unknown as D1Database;

test('a run that fails is acknowledged, named in the health of the mesh, and made again with the next message', async () => {
  const log = vi.spyOn(console, 'error').mockImplementation(() => {});
  await consume([ASK]);
  const failed = await consume([ASK], { DB: failing() });
  expect(failed).toEqual({ acknowledged: [1], retried: [0], sent: [] });
  expect(log.mock.calls.map(([line]) => JSON.parse(String(line)).event)).toEqual([
    'history.compaction_failed',
  ]);
  const keys = { encryptionKey: bindings.ENCRYPTION_KEY!, previousEncryptionKey: null };
  const { history } = await readHealthFacts(DB, keys as never, NOW);
  expect(history.error).toContain('no such table: nowhere');
  expect(history.pendingSince).toBeLessThan(START + HOUR);
  expect((await consume([ASK])).sent).toEqual([ASK]);
  expect((await readHealthFacts(DB, keys as never, NOW)).history.error).toBeNull();
});

test.each([[null], ['history'], [7], [{}], [{ future: true }], [[]]])(
  'a message of an unknown shape (%j) is acknowledged, and holds up no other one',
  async (unknown) => {
    const result = await consume([unknown, ASK]);
    expect(result).toEqual({ acknowledged: [1, 1], retried: [0, 0], sent: [ASK] });
    expect(warned.mock.calls.map(([line]: unknown[]) => JSON.parse(String(line)))).toMatchObject([
      { event: 'queue.unknown_message', id: '0' },
    ]);
  },
);
