// Backups of other versions: the file of each format that a version made, one of an older migration, and one of a newer. The
// file of format 1 is `npm run backup` of a mesh with one of everything, with the key of the tests.
import type { D1Migration } from 'cloudflare:test';
import { beforeEach, expect, test, vi } from 'vitest';
import { inspect } from '../../../scripts/backup/file-format.ts';
import { linesOf } from '../../../scripts/backup/mesh.ts';
import { readEnv } from '../../../src/env.ts';
import { verifyAudit } from '../../../src/services/audit/verify-audit.ts';
import { withEnd } from '../../../src/services/backup/backup-lines.ts';
import { channelPlace, unseal } from '../../../src/store/encryption.ts';
import { backUp, each, restore, rowsByTable, wipe } from '../../support/d1/backups.ts';
import {
  ask,
  bindings,
  clock,
  createMonitor,
  keepDefaultChannels,
  post,
} from '../../support/d1/http-mesh.ts';
import { pass } from '../../support/d1/ticks.ts';

await keepDefaultChannels();
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });
const { DB, FORMAT_1, TEST_MIGRATIONS } = bindings as typeof bindings & {
  FORMAT_1: string;
  TEST_MIGRATIONS: D1Migration[];
};
const DAY = 86_400_000;
const MINUTE = 60_000;

beforeEach(async () => {
  for (const level of ['log', 'warn', 'error'] as const)
    vi.spyOn(console, level).mockImplementation(() => {});
  await wipe();
});

async function readFormat1(): Promise<string[]> {
  const bytes = Uint8Array.from(atob(FORMAT_1), (character) => character.charCodeAt(0));
  const text = new Response(bytes).body!.pipeThrough(new DecompressionStream('gzip'));
  const lines: string[] = [];
  for await (const line of linesOf(text.pipeThrough(new TextDecoderStream()))) lines.push(line);
  const { header } = await inspect(each(lines));
  clock.now = Date.parse(header.createdAt) + DAY;
  return lines;
}

const completed = async (lines: readonly string[]): Promise<string[]> => {
  const all: string[] = [];
  for await (const line of withEnd(each(lines))) all.push(line);
  return all;
};

/** The monitors that are listed, and whether the mesh works: ticks run, and the state is that of the journal. */
async function expectWorking(): Promise<string[]> {
  expect(await pass(2 * MINUTE, { isDown: () => true })).toBeGreaterThan(0);
  expect((await post('/api/v1/state/rebuild', {})).json).toMatchObject({ rebuilt: false });
  const { monitors } = (await ask('/api/v1/monitors')).json as { monitors: { id: string }[] };
  return monitors.map(({ id }) => id).toSorted();
}

test('a file of format 1 is restored by this version: every row, secrets, the audit log, and a mesh that works', async () => {
  const lines = await readFormat1();
  const before = await rowsByTable(lines);
  await restore(lines);
  const after = await rowsByTable(await backUp());
  for (const [table, rows] of before)
    if (table !== 'audit_entries') expect([table, after.get(table)?.length]).toEqual([table, rows.length]);
  expect((await verifyAudit(DB, readEnv(bindings))).problems).toEqual([]);
  const sealed = await DB.prepare(
    "select sealed_config as s from channels where id = 'a-hook'",
  ).first<string>('s');
  expect(await unseal(readEnv(bindings), channelPlace('a-hook'), sealed!)).toMatchObject({
    url: 'https://hooks.example.com/a',
  });
  const stored = before.get('monitors')!.map(({ id }) => String(id));
  expect(await expectWorking()).toEqual(stored.toSorted());
  expect((await ask('/api/v1/incidents?state=open')).json.incidents.length).toBeGreaterThan(0);
});

/** What the migration adds: tables, and columns by their table. */
function addedBy({ queries }: D1Migration): { tables: Set<string>; columns: Set<string> } {
  const sql = queries.join('\n');
  return {
    tables: new Set([...sql.matchAll(/create table `(\w+)`/gi)].map(([, table]) => table!)),
    columns: new Set(
      [...sql.matchAll(/alter table `(\w+)` add `(\w+)`/gi)].map(([, table, column]) => `${table}.${column}`),
    ),
  };
}

/** The same backup, as a mesh without these tables and columns would have made it. */
function without(lines: readonly string[], { tables, columns }: ReturnType<typeof addedBy>): string[] {
  let section = { table: '', columns: [] as string[] };
  return lines.slice(0, -1).flatMap((line, index) => {
    if (index === 0) return [JSON.stringify({ ...JSON.parse(line), migration: '0002_history_and_pages' })];
    const isKept = (name: string): boolean => !columns.has(`${section.table}.${name}`);
    if (!line.startsWith('[')) section = JSON.parse(line) as typeof section;
    if (tables.has(section.table)) return [];
    if (!line.startsWith('['))
      return [JSON.stringify({ ...section, columns: section.columns.filter(isKept) })];
    const values = JSON.parse(line) as unknown[];
    return [JSON.stringify(values.filter((_, at) => isKept(section.columns[at]!)))];
  });
}

test('a backup of an older migration lacks tables and columns: they have their defaults, and the mesh works', async () => {
  const lines = await readFormat1();
  // A mesh of before the heartbeats has no heartbeat, so these stay.
  const added = TEST_MIGRATIONS.filter(({ name }) => name >= '0003' && !name.startsWith('0005')).map(addedBy);
  const tables = new Set(added.flatMap((one) => [...one.tables]));
  const columns = new Set(added.flatMap((one) => [...one.columns]));
  expect([...tables, ...columns]).toEqual(
    expect.arrayContaining(['monitor_states', 'certificates', 'shards.tick_source']),
  );
  const older = await completed(without(lines, { tables, columns }));
  expect(older.length).toBeLessThan(lines.length);
  await restore(older);
  const stored = (await rowsByTable(lines)).get('monitors')!.map(({ id }) => String(id));
  expect(await expectWorking()).toEqual(stored.toSorted());
  const listed = (await ask('/api/v1/monitors')).json.monitors as { id: string; verdict: string }[];
  expect(listed.find(({ id }) => id === 'watched')).toMatchObject({ verdict: 'down' });
});

test('a backup of a newer migration is refused, with both names, and nothing is changed', async () => {
  const [header = '', ...rest] = (await readFormat1()).slice(0, -1);
  const newer = { ...JSON.parse(header), migration: '0099_of_the_future' };
  await createMonitor();
  await DB.prepare(
    'create table if not exists d1_migrations (id integer primary key, name text, applied_at text)',
  ).run();
  const known = await DB.prepare('select count(*) as n from d1_migrations').first<number>('n');
  if (known === 0)
    await DB.prepare("insert into d1_migrations (name) values ('0006_ticks_and_cron.sql')").run();
  const lines = await completed([JSON.stringify(newer), ...rest]);
  await expect(restore(lines, { replace: 'status.test' })).rejects.toThrow(
    /has the migration 0099_of_the_future, but this mesh has \d{4}_\w+\. The backup is of a newer version of probemesh: deploy that version, then restore\./,
  );
  expect((await ask('/api/v1/monitors')).json.monitors).toHaveLength(1);
  expect((await createMonitor({ id: 'other' })).status).toBe(201);
});

test('no migration after the first backups changes rows: a restore of an older one would leave its rows as they were', () => {
  const changing = TEST_MIGRATIONS.filter(({ name }) => name > '0006').filter(({ queries }) =>
    queries.some((query) => /^\s*(insert|update|delete|replace)\b/i.test(query)),
  );
  // If a migration must, make the same change in finishStatements of src/store/backup/finish-restore.ts, then list it here.
  expect(changing.map(({ name }) => name)).toEqual([]);
});
