// The rows of pings in a real D1: what one costs, how they are numbered and read, and which are deleted.
import { beforeEach, describe, expect, test } from 'vitest';
import { prune } from '../../src/scheduler/prune.ts';
import { deletePings } from '../../src/store/ping-retention.ts';
import { MAX_NEW_PINGS, newestSeqs, newPings, pingId, storePing } from '../../src/store/pings.ts';
import { HeartbeatMesh } from '../support/d1/heartbeat-mesh.ts';
import { ask, bindings, clock, empty } from '../support/d1/http-mesh.ts';

const { DB } = bindings;
const DAY = 86_400_000;
let mesh: HeartbeatMesh;

beforeEach(async () => {
  await empty();
  mesh = new HeartbeatMesh();
});

/** A database that counts the rows which D1 says that it has written. */
function counting() {
  let rows = 0;
  const counted = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(from, name) {
        const value = Reflect.get(from, name);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => {
          const result = value.apply(from, args);
          if (name === 'prepare' || name === 'bind') return counted(result);
          if (!(result instanceof Promise)) return result;
          return result.then((answer: { meta?: { rows_written: number } }) => {
            for (const { meta } of [answer].flat()) rows += meta?.rows_written ?? 0;
            return answer;
          });
        };
      },
    });
  return { db: counted(DB), rows: () => rows };
}

const numberOf = async (id: string): Promise<number> =>
  (await DB.prepare('select number from monitors where id = ?').bind(id).first<number>('number'))!;

const seqs = async (number: number): Promise<number[]> => {
  const { results } = await DB.prepare('select id from pings where id > ?1 and id < ?2 order by id')
    .bind(pingId(number, 0), pingId(number + 1, 0))
    .all<{ id: number }>();
  return results.map(({ id }) => id - pingId(number, 0));
};

/** Pings of a heartbeat, one a second up to `until`, as if they had been evaluated to `seq`. */
async function fill(number: number, count: number, until: number, seq = count): Promise<void> {
  await DB.prepare(
    `insert into pings (id, at, kind, body_bytes) with recursive n (i) as (select 1 union all select i + 1 from n where i < ?1)
      select ?2 + i, ?3 - (?1 - i) * 1000, 'success', 0 from n`,
  )
    .bind(count, pingId(number, 0), until)
    .run();
  await DB.prepare(`update heartbeats set memory = json_object('seq', ?1) where number = ?2`)
    .bind(seq, number)
    .run();
}

describe('a ping', () => {
  test('is one row of D1, whatever it says, and an unknown key writes none', async () => {
    const path = await mesh.create('backup', { everySeconds: 300, maxDurationSeconds: 60 });
    for (const action of ['', '/start', '/fail', '/log', '/3', '/start?rid=a', '?rid=a']) {
      const { db, rows } = counting();
      const { status } = await mesh.ping(path + action, { method: 'POST', body: 'done' }, { DB: db });
      expect([action, status, rows()]).toEqual([action, 200, 1]);
    }
    const { db, rows } = counting();
    expect((await mesh.ping(`/ping/${'a'.repeat(24)}`, {}, { DB: db })).status).toBe(404);
    expect(rows()).toBe(0);
  });

  test('of ten at the same millisecond has a number of its own, and all are read in order', async () => {
    const path = await mesh.create('backup', { everySeconds: 300 });
    await Promise.all(Array.from({ length: 10 }, () => mesh.ping(path)));
    const number = await numberOf('backup');
    expect(await seqs(number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    const { pings, unread } = await newPings(DB, [{ number, seq: 3 }]);
    expect(pings.get(number)!.map(({ seq }) => seq)).toEqual([4, 5, 6, 7, 8, 9, 10]);
    expect(unread.size).toBe(0);
  });
});

describe('new pings', () => {
  test('are read up to a limit, and what was not read is known', async () => {
    const numbers: number[] = [];
    for (const id of ['a', 'b', 'c']) {
      await mesh.create(id, { everySeconds: 300 });
      numbers.push(await numberOf(id));
    }
    const [a, b, c] = numbers as [number, number, number];
    await fill(a, MAX_NEW_PINGS + 1, clock.now);
    await fill(b, 10, clock.now);
    await fill(c, 10, clock.now);
    const cursors = numbers.map((number) => ({ number, seq: 0 }));
    const all = await newPings(DB, cursors);
    expect([...all.pings].map(([number, found]) => [number, found.length])).toEqual([
      [a, MAX_NEW_PINGS],
      [b, 10],
      [c, 10],
    ]);
    expect(all.unread).toEqual(new Set([a]));
    const some = await newPings(DB, cursors, MAX_NEW_PINGS + 5);
    expect(some.pings.get(b)!.length).toBe(5);
    expect(some.unread).toEqual(new Set([a, b, c]));
  });

  test('are found behind pings that were deleted', async () => {
    await mesh.create('backup', { everySeconds: 300 });
    const number = await numberOf('backup');
    await fill(number, 2_000, clock.now);
    await DB.prepare('delete from pings where id < ?').bind(pingId(number, 1_990)).run();
    const { pings } = await newPings(DB, [{ number, seq: 0 }]);
    expect(pings.get(number)!.map(({ seq }) => seq)[0]).toBe(1_990);
    expect(await newestSeqs(DB, [number, 999])).toEqual(
      new Map([
        [number, 2_000],
        [999, 0],
      ]),
    );
  });
});

describe('the retention', () => {
  const oldest = () => clock.now - 90 * DAY;
  const all = (keep: number, limit = 100_000) => deletePings(DB, { before: oldest(), keep, limit });

  test('keeps the newest 10,000 pings of a heartbeat for 90 days at most', async () => {
    await mesh.create('busy', { everySeconds: 30 });
    await mesh.create('old', { everySeconds: 86_400 });
    const [busy, old] = [await numberOf('busy'), await numberOf('old')];
    await fill(busy, 10_700, clock.now);
    await fill(old, 40, oldest() + 10_500);
    await prune({ db: DB, comparedClock: () => Date.now() }, clock.now);
    expect((await seqs(busy)).length).toBe(10_000);
    expect((await seqs(busy)).at(-1)).toBe(10_700);
    expect(await seqs(old)).toEqual([30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40]);
  });

  test('deletes no ping that was not evaluated, and never the newest one', async () => {
    await mesh.create('behind', { everySeconds: 300 });
    await mesh.create('silent', { everySeconds: 300 });
    const [behind, silent] = [await numberOf('behind'), await numberOf('silent')];
    await fill(behind, 50, oldest() - DAY, 20);
    await fill(silent, 5, oldest() - DAY);
    expect(await all(10)).toBe(24);
    expect((await seqs(behind))[0]).toBe(21);
    expect(await seqs(silent)).toEqual([5]);
    await storePing(
      DB,
      (await DB.prepare('select key_hash from heartbeats where number = ?').bind(silent).first('key_hash'))!,
      {
        at: clock.now,
        kind: 'success',
        runId: null,
        exitCode: null,
        body: null,
        bodyBytes: 0,
      },
    );
    expect(await seqs(silent)).toEqual([5, 6]);
  });

  test('of a paused heartbeat goes on, and a memory that nobody can read keeps everything', async () => {
    await mesh.create('paused', { everySeconds: 300 });
    await mesh.create('damaged', { everySeconds: 300 });
    const [paused, damaged] = [await numberOf('paused'), await numberOf('damaged')];
    await ask('/api/v1/monitors/paused', { method: 'PATCH', body: { paused: true } });
    await fill(paused, 50, clock.now, 0);
    await fill(damaged, 50, oldest() - DAY);
    await DB.prepare(`update heartbeats set memory = '{' where number = ?`).bind(damaged).run();
    expect(await all(10)).toBe(40);
    expect((await seqs(damaged)).length).toBe(50);
  });

  test('deletes as many rows in a statement as it may, and goes on in the next one', async () => {
    await mesh.create('busy', { everySeconds: 30 });
    const number = await numberOf('busy');
    await fill(number, 2_000, clock.now);
    expect(await all(1_000, 300)).toBe(300);
    expect(await all(1_000)).toBe(500);
    expect(await all(1_000)).toBe(200);
    expect(await all(1_000)).toBe(0);
  });
});
