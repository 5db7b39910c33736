// Random rows of every table, in and out: bytes, long texts, quotes, emoji, numbers and nulls come back as they were.

import { getTableName, is } from 'drizzle-orm';
import { getTableConfig, type SQLiteTable, SQLiteTable as Table } from 'drizzle-orm/sqlite-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { readCut, readPage } from '../../../src/store/backup/read-rows.ts';
import { BACKUP_TABLES, CUT_TABLES, PAGED_TABLES } from '../../../src/store/backup/tables.ts';
import { clearSome, type RowValues, writeRows } from '../../../src/store/backup/write-rows.ts';
import * as schema from '../../../src/store/schema.ts';
import { wipe } from '../../support/d1/backups.ts';
import { bindings, keepDefaultChannels } from '../../support/d1/http-mesh.ts';
import { seeded } from '../../support/history/mesh.ts';

await keepDefaultChannels();
const { DB } = bindings;
const tables = (Object.values(schema) as unknown[]).filter((one): one is SQLiteTable => is(one, Table));
beforeEach(wipe);

const LEFT_OUT = ['invitations', 'pruning', 'sessions', 'sign_in_failures'];

test('every table of the schema is in a backup, or is left out on purpose', () => {
  const known = [...BACKUP_TABLES.map(({ name }) => name), ...LEFT_OUT];
  expect(known.toSorted()).toEqual(tables.map(getTableName).toSorted());
});

const TEXTS = [
  '',
  ' ',
  '"',
  "'",
  '\\',
  '\\u0041',
  'ümläut 🦊',
  'null',
  '[1,2]',
  '\n\r\t\u0001',
  '{"a":"\\"b"}',
  '9007199254740993',
];

/** Inserts a random row, unless it has the key of another one. */
function insertRandom(table: SQLiteTable, random: () => number, index: number): D1PreparedStatement {
  const { columns, name } = getTableConfig(table);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const value = (column: (typeof columns)[number], position: number): unknown => {
    if (position === 0 && column.getSQLType() === 'integer')
      return index + 1 + Math.floor(random() * 3) * 1_000;
    if (!column.notNull && random() < 0.3) return null;
    const type = column.getSQLType();
    if (type === 'integer') return pick([0, 1, -1, index, 1_800_000_000_000 + index, 2 ** 53 - 1]);
    if (type === 'real') return pick([0, 99.9, 99.95, 0.1, 1e-9, 12_345.678]);
    if (type === 'blob')
      return Uint8Array.from({ length: Math.floor(random() * 300) }, () => Math.floor(random() * 256));
    return `${pick(TEXTS)}${column.primary || column.isUnique || random() < 0.5 ? `${index}.${position}` : ''}${random() < 0.02 ? 'x'.repeat(100) : ''}`;
  };
  return DB.prepare(
    `insert or ignore into "${name}" (${columns.map((one) => `"${one.name}"`).join(', ')}) values (${columns.map((_, at) => `?${at + 1}`).join(', ')})`,
  ).bind(...columns.map(value));
}

const dump = async (name: string): Promise<unknown[]> => {
  const { results } = await DB.prepare(`select * from "${name}" order by 1, 2`).all();
  return results;
};

async function readAll(): Promise<Map<string, { columns: string[]; rows: RowValues[] }>> {
  const read = new Map<string, { columns: string[]; rows: RowValues[] }>();
  const ends: Record<string, number> = {};
  const add = (table: (typeof BACKUP_TABLES)[number], texts: readonly string[]): void => {
    const known = read.get(table.name) ?? { columns: table.columns.map(({ name }) => name), rows: [] };
    known.rows.push(...texts.map((text) => JSON.parse(text) as RowValues));
    read.set(table.name, known);
  };
  for (const table of PAGED_TABLES)
    for (let after: number | null = -1; after !== null; ) {
      const page: Awaited<ReturnType<typeof readPage>> = await readPage(DB, table, after);
      add(table, page.rows);
      const newest = page.rows.at(-1);
      if (newest !== undefined) ends[table.name] = (JSON.parse(newest) as number[])[0]!;
      after = page.next;
    }
  const newest = await DB.prepare('select seq from compaction order by shard limit 1').first<number>('seq');
  const cut = await readCut(DB, { since: 0, compaction: newest }, ends);
  for (const { table, rows } of cut!) add(table, rows);
  return read;
}

describe.each([1, 2, 3])('seed %i', (seed) => {
  test('random rows of every table are read and written back as they were', async () => {
    const random = seeded(seed);
    const stored = tables.filter((table) => !LEFT_OUT.includes(getTableName(table)));
    for (const table of stored)
      await DB.batch(Array.from({ length: 12 }, (_, index) => insertRandom(table, random, index)));
    const before = new Map<string, unknown[]>();
    for (const { name } of BACKUP_TABLES) before.set(name, await dump(name));
    expect([...before.values()].every((rows) => rows.length > 0)).toBe(true);
    const read = await readAll();
    while (!(await clearSome(DB)));
    for (const table of BACKUP_TABLES) {
      const { columns, rows } = read.get(table.name)!;
      await writeRows(DB, table, columns, rows);
      // A repeat changes nothing.
      await writeRows(DB, table, columns, rows);
    }
    for (const { name } of BACKUP_TABLES) expect([name, await dump(name)]).toEqual([name, before.get(name)]);
  });
});

test('rows close to what D1 takes are read and written back', async () => {
  const data = Uint8Array.from({ length: 1_990_000 }, (_, index) => index % 251);
  await DB.prepare('insert into series (id, spans, data) values (5, ?1, ?2)').bind('[]', data).run();
  await DB.prepare(
    `insert into audit_entries (seq, at, actor_type, actor_id, actor_name, action, target_type, target_id, target_name, before, hash)
     values (1, 1, 'key', 'k', 'k', 'a', 't', 't', 't', ?1, 'h')`,
  )
    .bind('"\\'.repeat(700_000))
    .run();
  const before = [await dump('series'), await dump('audit_entries')];
  const read = await readAll();
  await wipe();
  for (const name of ['series', 'audit_entries']) {
    const { columns, rows } = read.get(name)!;
    await writeRows(DB, BACKUP_TABLES.find((table) => table.name === name)!, columns, rows);
  }
  expect(await dump('series')).toEqual(before[0]);
  expect(await dump('audit_entries')).toEqual(before[1]);
});

test('a page ends before it is too large, and the next one goes on', async () => {
  const data = new Uint8Array(200_000);
  for (let id = 1; id <= 20; id += 1)
    await DB.prepare('insert into series (id, spans, data) values (?1, ?2, ?3)').bind(id, '[]', data).run();
  const table = PAGED_TABLES.find(({ name }) => name === 'series')!;
  const first = await readPage(DB, table, -1);
  expect(first.rows.length).toBeLessThan(20);
  expect(first.next).toBe(first.rows.length);
  const ids: number[] = [];
  for (let after: number | null = -1; after !== null; ) {
    const page: Awaited<ReturnType<typeof readPage>> = await readPage(DB, table, after);
    ids.push(...page.rows.map((row) => (JSON.parse(row) as number[])[0]!));
    after = page.next;
  }
  expect(ids).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
});

test('the cut has no table twice, and every table that has no pages', async () => {
  const cut = (await readCut(DB, { since: 0, compaction: null }, {}))!;
  expect(new Set(cut.map(({ table }) => table.name)).size).toBe(cut.length);
  expect(cut.length).toBe(CUT_TABLES.length + PAGED_TABLES.length);
});
