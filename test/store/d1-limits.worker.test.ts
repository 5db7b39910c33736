// The D1 of the tests refuses what Cloudflare's D1 would refuse.
import { beforeEach, expect, test } from 'vitest';
import { ROW_BUDGETS } from '../../src/store/row-budgets.ts';
import { bindings, empty } from '../support/d1/http-mesh.ts';
import { checkRows, LimitExceeded, largestRows, limitedD1, MAX_ROW_BYTES } from '../support/d1/limited-d1.ts';

beforeEach(empty);

const { DB } = bindings;
const insert = 'insert into notifications (id, event, at, body) values (?, ?, 0, ?)';

test('a value of more than 2,000,000 bytes is refused, counted in bytes of UTF-8', async () => {
  await DB.prepare(insert).bind('a', 'test', 'ü'.repeat(900_000)).run();
  expect(() => DB.prepare(insert).bind('b', 'test', 'ü'.repeat(1_000_001))).toThrow(LimitExceeded);
  expect(() => DB.prepare(insert).bind('b', 'test', new Uint8Array(2_000_001))).toThrow(LimitExceeded);
  await empty();
});

test('a row whose values add up to more than 2,000,000 bytes is found', async () => {
  await DB.prepare(insert).bind('a', 'e'.repeat(1_000_000), 'b'.repeat(999_000)).run();
  await checkRows(DB, {});
  await DB.prepare('update notifications set body = ?').bind('b'.repeat(1_000_001)).run();
  await expect(checkRows(DB, {})).rejects.toThrow('a row of notifications has 20000');
  expect((await largestRows(DB)).get('notifications')).toBeGreaterThan(2_000_000);
  await empty();
  await checkRows(DB);
});

test('a row above the budget of its table is found', async () => {
  await DB.prepare(insert).bind('a', 'test', 'b'.repeat(ROW_BUDGETS.notifications!)).run();
  await expect(checkRows(DB)).rejects.toThrow('a row of notifications has 26000');
  await empty();
});

test('every table has a budget below the limit', async () => {
  const { results } = await DB.prepare(
    `select name from sqlite_master where type = 'table' and name not like 'sqlite%' and name not like '_cf%'
      and name not like 'd1_%'`,
  ).all<{ name: string }>();
  expect(Object.keys(ROW_BUDGETS).sort()).toEqual(results.map(({ name }) => name).sort());
  expect(Math.max(...Object.values(ROW_BUDGETS))).toBeLessThan(MAX_ROW_BYTES);
});

test('a statement with more than 100 parameters or more than 100,000 bytes is refused', () => {
  const ids = Array.from({ length: 101 }, (_, index) => index);
  expect(() => DB.prepare(`select ${ids.map(() => '?')}`).bind(...ids)).toThrow('101 bound parameters');
  expect(() => DB.prepare(`select '${'x'.repeat(100_000)}'`)).toThrow('100009 bytes');
});

test('an invocation with more queries than its limit is refused, those of a batch one by one', async () => {
  const { db, queries } = limitedD1(DB, 5);
  await db.batch([db.prepare('select 1'), db.prepare('select 2'), db.prepare('select 3').bind()]);
  expect(await db.prepare('select 4 as four').first('four')).toBe(4);
  await db.prepare('select 5').all();
  expect(queries()).toBe(5);
  await expect(db.prepare('select 6').run()).rejects.toThrow(LimitExceeded);
  await expect(db.batch([db.prepare('select 7')])).rejects.toThrow(LimitExceeded);
});
