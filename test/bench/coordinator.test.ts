// The coordinator benchmark: its fake D1 must return what the real local D1 returns, and its meter must count every row.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openFakeD1 } from '../../bench/coordinator/fake-d1.ts';
import { seedMesh, T0 } from '../../bench/coordinator/fixtures.ts';
import { type LocalD1, openLocalD1 } from '../../bench/coordinator/local-d1.ts';
import { meter } from '../../bench/coordinator/metered-d1.ts';
import { runMinutes } from '../../bench/coordinator/run-ticks.ts';

let scratch: string;
let local: LocalD1;

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'probemesh-bench-test-'));
  local = await openLocalD1(scratch);
});

afterAll(async () => {
  await local.dispose();
  rmSync(scratch, { recursive: true, force: true });
});

const CREATE = 'create table things (id integer primary key, name text, bytes blob, share real)';
const INSERT = 'insert into things (id, name, bytes, share) values (?, ?, ?, ?)';

/** Runs the same statements on either database. */
async function runStatements(db: D1Database): Promise<unknown> {
  const meta = ({ changes, last_row_id }: { changes?: number; last_row_id?: number }) => ({
    changes,
    last_row_id,
  });
  await db.prepare(CREATE).run();
  const inserted = await db
    .prepare(INSERT)
    .bind(7, 'ä', new Uint8Array([0, 255, 7]).buffer, 0.5)
    .run();
  const select = db.prepare('select * from things where id >= ? order by id').bind(1);
  const batch = await db.batch([db.prepare(INSERT).bind(8, null, null, 1e12), select]);
  const clash = await db
    .batch([db.prepare(INSERT).bind(9, 'lost', null, null), db.prepare(INSERT).bind(7, 'twice', null, null)])
    .then(
      () => 'no error',
      (error: Error) => /UNIQUE constraint failed: things\.id/.test(error.message),
    );
  return {
    inserted: [inserted.success, inserted.results, meta(inserted.meta)],
    batch: batch.map(({ success, results }) => [success, results]),
    clash,
    all: (await select.all()).results,
    raw: await select.raw(),
    named: await select.raw({ columnNames: true }),
    first: await select.first(),
    name: await select.first('name'),
    nothing: await db.prepare('select * from things where id = 99').first(),
    returned: (await db.prepare('delete from things where id = 8 returning id, name').all()).results,
  };
}

describe('the fake D1', () => {
  test('the fake D1 returns the rows, blobs and batches of the real one, and rolls back a failed batch', async () => {
    const fake = await runStatements(openFakeD1(':memory:').db);
    expect(fake).toEqual(await runStatements(local.db));
    expect(fake).toMatchObject({ clash: true, first: { id: 7, bytes: [0, 255, 7] } });
  });

  test('the fake D1 rejects values that D1 cannot bind', async () => {
    expect(() => openFakeD1(':memory:').db.prepare('select ?').bind(undefined)).toThrow('D1_TYPE_ERROR');
  });
});

describe('the meter', () => {
  test('the meter counts a row and each of its index entries, alone and in a batch', async () => {
    const { db, rowsWritten } = meter(local.db);
    await db.prepare('create table counted (id integer primary key, name text)').run();
    await db.prepare('create index counted_by_name on counted (name)').run();
    const before = rowsWritten();
    await db.prepare("insert into counted (name) values ('a')").run();
    expect(rowsWritten() - before).toBe(2);
    await db.batch([db.prepare('insert into counted (name) values (?), (?)').bind('b', 'c')]);
    expect(rowsWritten() - before).toBe(6);
  });

  test('the meter rejects a write that it cannot count', () => {
    const { db } = meter(local.db);
    expect(() => db.prepare('insert into counted (name) values (1)').raw()).toThrow('unmetered');
  });
});

test('three minutes of a small mesh write one row per report, one per tick and two claims of deletions', async () => {
  await seedMesh(local.db, 3);
  await runMinutes({ db: local.db, from: T0, minutes: 2 });
  const { db, rowsWritten } = meter(local.db);
  let runs = 0;
  await runMinutes({
    db,
    from: T0 + 120_000,
    minutes: 3,
    onResult: (request) => {
      runs += request.runs.length;
    },
  });
  expect(runs).toBe(3 * 6 * 3);
  expect(rowsWritten()).toBe(3 * 6 + 3 + 2);
});
