// Gives every Worker test file a D1 as the real migrations leave it, and puts Cloudflare's limits in front of it. The files
// of one runtime share its modules, its bindings and its D1: what a file changed is put back before the next one.
import { applyD1Migrations, type D1Migration } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, vi } from 'vitest';
import { clockedD1 } from './clocked-d1.ts';
import { checkRows, limitedD1 } from './limited-d1.ts';

interface Runtime {
  readonly bindings: Readonly<Record<string, unknown>>;
  /** The tables, indexes and triggers of the migrations. */
  readonly schema: string;
}

const bindings = env as unknown as {
  DB: D1Database;
  SECOND_CLOCK: unknown;
  TEST_MIGRATIONS: D1Migration[];
};
const shared = globalThis as { testRuntime?: Runtime; resetTestClock?: () => void };

if (shared.testRuntime === undefined) {
  await migrate(bindings.DB, bindings.TEST_MIGRATIONS);
  shared.testRuntime = { bindings: { ...bindings }, schema: await schemaOf(bindings.DB) };
} else {
  shared.resetTestClock?.();
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  for (const name of Object.keys(bindings)) delete (bindings as Record<string, unknown>)[name];
  Object.assign(bindings, shared.testRuntime.bindings);
  if ((await schemaOf(bindings.DB)) === shared.testRuntime.schema) await emptyTables(bindings.DB);
  else {
    await dropEverything(bindings.DB);
    await migrate(bindings.DB, bindings.TEST_MIGRATIONS);
  }
}
const { DB } = bindings;

// A whole file is one client of D1 here: the limit of queries is for the tests of single invocations.
// Its clock shows nothing, because those of most tests are virtual.
bindings.DB = clockedD1(limitedD1(DB, Number.POSITIVE_INFINITY).db, () => null);

// Every tick arms the second clock. Its alarm would start a tick a minute later, in the D1 of another test.
const { SECOND_CLOCK } = bindings;
Object.assign(bindings, {
  REAL_SECOND_CLOCK: SECOND_CLOCK,
  SECOND_CLOCK: { getByName: () => ({ arm: async () => 'armed', turn: async () => {} }) },
});

afterEach(() => checkRows(DB));

async function migrate(db: D1Database, migrations: D1Migration[]): Promise<void> {
  await applyD1Migrations(db, migrations);
  // Most tests create a channel to see what it gets, so a new one becomes a default channel here. A trigger, so that it is
  // also true of a channel that a test inserts itself.
  await db
    .prepare(
      `create trigger new_channels_are_defaults after insert on channels begin
    insert into settings (name, value, updated_at) values ('notifications', json_object('defaultChannels', json_array(new.id)), 0)
    on conflict (name) do update set value = json_object('defaultChannels', (
      select json_group_array(id) from (
        select value as id from json_each(settings.value, '$.defaultChannels') union select new.id)));
  end`,
    )
    .run();
}

interface Item {
  readonly type: string;
  readonly name: string;
  readonly sql: string | null;
}

async function itemsOf(db: D1Database): Promise<Item[]> {
  const { results } = await db
    .prepare(
      `select type, name, sql from sqlite_master where name not like '\\_cf%' escape '\\' order by type, name`,
    )
    .all<Item>();
  return results.filter(({ name }) => !name.startsWith('sqlite_'));
}

async function schemaOf(db: D1Database): Promise<string> {
  return JSON.stringify(await itemsOf(db));
}

/** Triggers stay, and see the deletion: the schema's own ones must allow it. */
async function emptyTables(db: D1Database): Promise<void> {
  const tables = (await itemsOf(db)).filter(({ type, name }) => type === 'table' && name !== 'd1_migrations');
  await db.batch(tables.map(({ name }) => db.prepare(`delete from "${name}"`)));
}

async function dropEverything(db: D1Database): Promise<void> {
  for (const type of ['trigger', 'view', 'table'])
    for (const item of (await itemsOf(db)).filter((one) => one.type === type))
      await db.prepare(`drop ${type} if exists "${item.name}"`).run();
}
