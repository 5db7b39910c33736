// What may go wrong around the evaluation of heartbeats, over a real local D1: damaged rows, ticks at once, clocks, many pings.
import { Buffer } from 'node:buffer';
import { beforeEach, describe, expect, test } from 'vitest';
import type { ReportedObservation } from '../../src/engine/model/journal.ts';
import { evaluateHeartbeats, type HeartbeatResult } from '../../src/scheduler/evaluate-heartbeats.ts';
import { receivePing } from '../../src/services/heartbeats/receive-ping.ts';
import { commit } from '../../src/store/commit.ts';
import { runBatch } from '../../src/store/database.ts';
import { readHeartbeats, recordLostPings } from '../../src/store/heartbeats.ts';
import { encodeEntry } from '../../src/store/journal/codec.ts';
import { insertJournalRow } from '../../src/store/journal/rows.ts';
import { pingId } from '../../src/store/pings.ts';
import { rebuild } from '../../src/store/rebuild.ts';
import { loadState } from '../../src/store/shard.ts';
import { HeartbeatMesh } from '../support/d1/heartbeat-mesh.ts';
import { ask, bindings, clock, empty } from '../support/d1/http-mesh.ts';

const { DB } = bindings;
const SECOND = 1_000;
const MINUTE = 60_000;
let mesh: HeartbeatMesh;

beforeEach(async () => {
  await empty();
  mesh = new HeartbeatMesh();
});

/** The heartbeats `a`, `b`, … and their ping paths. */
async function create(ids: string, check: object = { everySeconds: 60, graceSeconds: 0 }) {
  const paths: Record<string, string> = {};
  for (const id of ids) paths[id] = await mesh.create(id, check);
  return paths;
}

const numbers = async (): Promise<Map<string, number>> => {
  const { results } = await DB.prepare('select id, number from monitors').all<{
    id: string;
    number: number;
  }>();
  return new Map(results.map(({ id, number }) => [id, number]));
};

/** What an evaluation finds, by the id of the monitor. It is not committed. */
async function evaluate(db = DB): Promise<HeartbeatResult & { readonly found: Record<string, string> }> {
  const byId = await numbers();
  const state = await loadState(DB);
  const result = await evaluateHeartbeats({ db, now: () => clock.now }, state, [...byId.values()]);
  const wordOf = ({ outcome, code, reason }: ReportedObservation): string => code ?? reason ?? outcome;
  const found = Object.fromEntries(
    [...byId].map(([id, number]) => [
      id,
      wordOf(result.observations.find(({ monitor }) => monitor === number)!),
    ]),
  );
  return { ...result, found };
}

const context = () => ({ db: DB, tick: 0, publicUrl: bindings.PUBLIC_URL, now: () => clock.now });

async function commitResult({ statements, found: _, ...report }: Awaited<ReturnType<typeof evaluate>>) {
  await commit(context(), await loadState(DB), () => ({ kind: 'report', location: 1_000, ...report }), {
    statements,
  });
}

/** An evaluation that is committed. */
async function step(ms = 30 * SECOND): Promise<Record<string, string>> {
  clock.now += ms;
  const result = await evaluate();
  await commitResult(result);
  return result.found;
}

const memoryOf = async (id: string): Promise<string | null> =>
  DB.prepare('select memory from heartbeats where number = (select number from monitors where id = ?)')
    .bind(id)
    .first<string>('memory');

const setMemory = (id: string, memory: string) =>
  DB.prepare('update heartbeats set memory = ? where number = (select number from monitors where id = ?)')
    .bind(memory, id)
    .run();

describe('damage', () => {
  test.each([
    ['is not JSON', '{"seq":'],
    ['has another shape', '{"seq":"many"}'],
    ['is a number', '12'],
  ])('a memory that %s stops no other heartbeat, and its own lateness starts anew', async (_, memory) => {
    const paths = await create('ab');
    for (const path of Object.values(paths)) await mesh.ping(path);
    expect(await step()).toEqual({ a: 'ok', b: 'ok' });
    await setMemory('a', memory);
    expect((await ask('/api/v1/monitors/a/heartbeat')).status).toBe(200);
    expect(await step()).toEqual({ a: 'waiting', b: 'ok' });
    expect(await step()).toEqual({ a: 'waiting', b: 'missed' });
    await mesh.ping(paths.a!);
    expect(await step()).toMatchObject({ a: 'ok' });
    expect(JSON.parse((await memoryOf('a'))!)).toMatchObject({ seq: 2, result: 'ok' });
    await step();
    expect(await step()).toMatchObject({ a: 'missed' });
  });

  test('a memory of an earlier version is read', async () => {
    const { a } = await create('a');
    await mesh.ping(a!);
    await step();
    const { lastSuccessAt, inTimeStartAt, ended, ...earlier } = JSON.parse((await memoryOf('a'))!);
    expect([lastSuccessAt === null, inTimeStartAt, ended.length]).toEqual([false, null, 1]);
    await setMemory('a', JSON.stringify(earlier));
    expect(await step()).toEqual({ a: 'ok' });
    await step();
    expect(await step()).toEqual({ a: 'missed' });
  });

  test('a check of a newer version leaves its heartbeat without data, and evaluates the others', async () => {
    const { b } = await create('ab');
    await mesh.ping(b!);
    await DB.prepare(
      `update monitors set "check" = '{"type":"heartbeat","phase":"moon"}' where id = 'a'`,
    ).run();
    expect(await step()).toEqual({ a: 'bad_report', b: 'ok' });
    expect(await mesh.explain('a')).toContain('its check cannot be read by this version');
    await step();
    expect(await step()).toEqual({ a: 'bad_report', b: 'missed' });
  });

  test('a rebuild of the state keeps heartbeats, their incidents and their pings', async () => {
    const { a } = await create('ab');
    await mesh.ping(a!);
    await step();
    await step(31 * SECOND);
    expect(await step()).toEqual({ a: 'missed', b: 'never_seen' });
    await DB.prepare('delete from snapshots').run();
    await DB.prepare(
      'update journal set checksum = checksum + 1 where id = (select max(id) from journal)',
    ).run();
    expect(await rebuild(DB, () => clock.now)).not.toBeNull();
    const state = await loadState(DB);
    expect([...state.monitors.values()].map(({ policy }) => policy.heartbeat)).toEqual([true, true]);
    await mesh.ping(a!);
    // The row that was lost had reported the failure: it is reported again.
    expect(await step()).toMatchObject({ a: 'missed', b: 'never_seen' });
    expect(await step()).toMatchObject({ a: 'ok', b: 'never_seen' });
    expect([await mesh.verdictOf('a'), await mesh.verdictOf('b')]).toEqual(['up', 'down']);
  });
});

test('an outcome that only a newer Worker knows is not damage: nothing is rebuilt', async () => {
  await create('a');
  await step();
  const { seq } = await loadState(DB);
  const [number] = (await numbers()).values();
  const observations = [
    { monitor: number!, startedAt: clock.now, outcome: 'failed', code: 'missed', timings: {} },
  ] as const;
  const columns = encodeEntry({
    ...{ kind: 'report', location: 1_000, at: clock.now + 1, askedAt: clock.now, answeredAt: clock.now },
    ...{ error: null, missedDeadline: false, observations },
  });
  const row = { ...columns, outcomes: Buffer.from([100]), tick: 0, commitId: 'x' };
  await runBatch(DB, [insertJournalRow(DB, seq + 1, row)]);
  await expect(loadState(DB)).rejects.toThrow('deploy the newer Worker');
  expect(await DB.prepare('select count(*) n from damaged_journal').first('n')).toBe(0);
});

describe('two ticks at once', () => {
  test('the memory of the one that commits later does not take the place of a newer one', async () => {
    const { a } = await create('a', { everySeconds: 3_600 });
    await mesh.ping(a!);
    const slow = await evaluate();
    await mesh.ping(`${a}/2`);
    const fast = await evaluate();
    expect(fast.found).toEqual({ a: 'job_failed' });
    await commitResult(fast);
    const memory = await memoryOf('a');
    await commitResult(slow);
    expect(await memoryOf('a')).toBe(memory);
    expect(await step()).toEqual({ a: 'job_failed' });
  });

  test('an evaluation of the schedule before an edit changes nothing of the schedule after it', async () => {
    const { a } = await create('a', { everySeconds: 3_600 });
    await mesh.ping(a!);
    const before = await evaluate();
    clock.now += SECOND;
    const check = { type: 'heartbeat', everySeconds: 120, graceSeconds: 0 };
    expect((await ask('/api/v1/monitors/a', { method: 'PATCH', body: { check } })).status).toBe(200);
    await commitResult(before);
    expect(await memoryOf('a')).toBeNull();
    expect(await step()).toEqual({ a: 'waiting' });
    await step(60 * SECOND);
    expect(await step(35 * SECOND)).toEqual({ a: 'missed' });
  });

  test('a commit that conflicts is applied again, with what it found', async () => {
    const { a } = await create('a', { everySeconds: 3_600 });
    clock.now += 30 * SECOND;
    await mesh.ping(`${a}/7`);
    const state = await loadState(DB);
    const { statements, found: _, ...report } = await evaluate();
    await mesh.create('other', { everySeconds: 60 });
    await commit(context(), state, () => ({ kind: 'report', location: 1_000, ...report }), { statements });
    expect(await mesh.verdictOf('a')).toBe('down');
    expect(JSON.parse((await memoryOf('a'))!)).toMatchObject({ seq: 1, result: 'failed' });
  });
});

describe('pings', () => {
  test('more of them than are read at once make nothing late', async () => {
    const { a } = await create('a', { everySeconds: 30, graceSeconds: 0 });
    const { a: number } = Object.fromEntries(await numbers());
    await mesh.ping(a!);
    await step(SECOND);
    const from = clock.now;
    // One every 200 ms. The first 500 end 100 s before now, and nothing was evaluated for less than three minutes.
    for (const count of [500, 499])
      await DB.prepare(
        `insert into pings (id, at, kind, body_bytes) with recursive n (i) as (select 1 union all select i + 1 from n where i < ?1)
          select (select max(id) from pings) + i, coalesce((select max(at) from pings where id > ?3), ?2) + i * 170, 'success', 0 from n`,
      )
        .bind(count, from, pingId(number!, 1))
        .run();
    expect(await step(170 * SECOND)).toEqual({ a: 'ok' });
    expect(JSON.parse((await memoryOf('a'))!).seq).toBe(501);
    expect(await step(5 * SECOND)).toEqual({ a: 'ok' });
    expect(JSON.parse((await memoryOf('a'))!).seq).toBe(1_000);
    await step(15 * SECOND);
    expect(await step(20 * SECOND)).toEqual({ a: 'missed' });
  });

  test('of a Worker whose clock is ahead hide none of those after them', async () => {
    const { a } = await create('a', { everySeconds: 60, graceSeconds: 0 });
    clock.now += 3_600 * SECOND;
    await mesh.ping(a!);
    clock.now -= 3_600 * SECOND;
    expect(await step()).toEqual({ a: 'ok' });
    await mesh.ping(`${a}/1`);
    expect(await step()).toEqual({ a: 'job_failed' });
    await mesh.ping(a!);
    expect(await step()).toEqual({ a: 'ok' });
    await step();
    expect(await step()).toEqual({ a: 'missed' });
  });

  test('that is being stored while the deadline passes is waited for', async () => {
    const { a } = await create('a', { everySeconds: 60, graceSeconds: 0 });
    await mesh.ping(a!);
    await step();
    // Due in this moment: its ping may have arrived, but is not in the database yet.
    expect(await step(31 * SECOND)).toEqual({ a: 'ok' });
    expect(await step(2 * SECOND)).toEqual({ a: 'missed' });
  });

  test('that could not be stored make lateness start anew, for spans of several isolates too', async () => {
    const { a } = await create('a', { everySeconds: 60, graceSeconds: 0 });
    await mesh.ping(a!);
    const at = clock.now;
    expect(await step()).toEqual({ a: 'ok' });
    await runBatch(DB, [recordLostPings(DB, { from: at + 40 * SECOND, to: at + 50 * SECOND })]);
    await runBatch(DB, [recordLostPings(DB, { from: at + 55 * SECOND, to: at + 56 * SECOND })]);
    expect((await readHeartbeats(DB)).lost).toEqual({ from: at + 40 * SECOND, to: at + 56 * SECOND });
    await step(35 * SECOND);
    expect(await step(45 * SECOND)).toEqual({ a: 'ok' });
    expect(await step(10 * SECOND)).toEqual({ a: 'missed' });
    // Another one, much later.
    await runBatch(DB, [recordLostPings(DB, { from: at + 3_600 * SECOND, to: at + 3_601 * SECOND })]);
    expect((await readHeartbeats(DB)).lost).toEqual({ from: at + 3_600 * SECOND, to: at + 3_601 * SECOND });
  });

  test('that neither the database nor the queue took are recorded with the next one', async () => {
    const { a } = await create('a', { everySeconds: 60, graceSeconds: 0 });
    const broken = {
      prepare: () => {
        throw new Error('D1 is down');
      },
    } as unknown as D1Database;
    const deliveries = { send: () => Promise.reject(new Error('no queue')) } as unknown as Queue<never>;
    const ping = { kind: 'success', runId: null, exitCode: null, body: null, bodyBytes: 0 } as const;
    const from = clock.now;
    for (const later of [0, 20 * SECOND])
      expect(await receivePing({ db: broken, deliveries }, 'any', { ...ping, at: from + later })).toBe(
        'lost',
      );
    clock.now += 40 * SECOND;
    expect((await mesh.ping(a!)).status).toBe(200);
    expect((await readHeartbeats(DB)).lost).toEqual({ from, to: from + 20 * SECOND });
  });
});

describe('a database that cannot be read', () => {
  const broken = {
    batch: () => Promise.reject(new Error('D1 is down')),
    prepare: (text: string) => DB.prepare(text),
  } as unknown as D1Database;

  test('for a moment changes nothing of what is expected, also of a heartbeat that waits', async () => {
    await create('a', { everySeconds: 300, graceSeconds: 0 });
    for (let minute = 0; minute < 4; minute += 1) await step(MINUTE);
    clock.now += 30 * SECOND;
    const failed = await evaluate(broken);
    expect(failed.found).toEqual({ a: 'invoke_error' });
    await commitResult(failed);
    expect(await step(29 * SECOND)).toEqual({ a: 'waiting' });
    expect(await step(4 * SECOND)).toEqual({ a: 'never_seen' });
  });

  test('for more than three minutes makes lateness start anew', async () => {
    const { a } = await create('a', { everySeconds: 60, graceSeconds: 0 });
    await mesh.ping(a!);
    await step();
    for (let count = 0; count < 7; count += 1) {
      clock.now += 30 * SECOND;
      await commitResult(await evaluate(broken));
    }
    expect(await step()).toEqual({ a: 'ok' });
    expect(await step(55 * SECOND)).toEqual({ a: 'ok' });
    expect(await step(10 * SECOND)).toEqual({ a: 'missed' });
  });
});
