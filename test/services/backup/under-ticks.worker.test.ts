// A backup of a mesh that goes on: between any two of its requests, reports are committed, incidents open and end, and
// people change things. The backup is one moment: a replay of its journal gives its state.
import { beforeEach, expect, test, vi } from 'vitest';
import type { Mesh } from '../../../scripts/backup/mesh.ts';
import { backUp, restore, rowsByTable, testMesh, wipe } from '../../support/d1/backups.ts';
import {
  ask,
  bindings,
  clock,
  createMonitor,
  keepDefaultChannels,
  post,
  RECEIVER,
  run,
} from '../../support/d1/http-mesh.ts';
import { seeded } from '../../support/history/mesh.ts';

await keepDefaultChannels();
// A backup and a restore are some hundred requests.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });
const { DB } = bindings;

beforeEach(wipe);

/** Something happens before each request. */
function busyMesh(happen: () => Promise<void>): Mesh {
  const mesh = testMesh();
  return {
    async json<T>(method: string, path: string, body?: string): Promise<T> {
      await happen();
      return mesh.json<T>(method, path, body);
    },
    async *lines(method, path, body) {
      await happen();
      yield* mesh.lines(method, path, body);
    },
  };
}

test.each([1, 2, 3])('a backup of a busy mesh is one moment (seed %i)', async (seed) => {
  const random = seeded(seed);
  clock.now = 1_800_000_000_000;
  await post('/api/v1/channels', RECEIVER);
  await createMonitor();
  await createMonitor({ id: 'other' });
  let made = 0;
  const happen = async (): Promise<void> => {
    const number = 1 + Math.floor(random() * 2);
    for (let times = 0; times < 2; times += 1) await run(number, random() < 0.5 ? 6 : 0);
    if (random() < 0.3) await createMonitor({ id: `made-${made++}` });
    if (random() < 0.3 && made > 0) await ask(`/api/v1/monitors/made-${--made}`, { method: 'DELETE' });
  };
  const lines = await backUp(busyMesh(happen));
  const saved = await rowsByTable(lines);
  await wipe();
  await restore(lines);
  // Replays the journal from both checkpoints, and compares.
  expect((await post('/api/v1/state/rebuild', {})).json).toMatchObject({ rebuilt: false });
  const open = async (sql: string) =>
    (await DB.prepare(sql).all<{ id: string }>()).results.map(({ id }) => id);
  // The state knows exactly the open incidents and the monitors that the tables have.
  const shown = (await ask('/api/v1/overview')).json;
  expect(shown).toBeDefined();
  const incidents = (await ask('/api/v1/incidents?state=open')).json.incidents as { id: string }[];
  expect(incidents.map(({ id }) => id).toSorted()).toEqual(
    (await open("select id from incidents where state = 'open' and location is null")).toSorted(),
  );
  const states = (
    await DB.prepare('select incident_id as id from monitor_states where incident_id is not null').all<{
      id: string;
    }>()
  ).results;
  expect(states.map(({ id }) => id).toSorted()).toEqual(incidents.map(({ id }) => id).toSorted());
  expect(saved.get('journal')!.length).toBeGreaterThan(30);
});

test('a state that is rebuilt while the backup runs is noticed', async () => {
  await createMonitor();
  for (let times = 0; times < 3; times += 1) await run(1, 0);
  const inner = testMesh();
  const mesh: Mesh = {
    ...inner,
    async *lines(method, path, body) {
      if (path === '/backup/cut')
        await DB.prepare("update journal set checksum = 'x' where id = (select max(id) from journal)").run();
      yield* inner.lines(method, path, body);
    },
  };
  await expect(backUp(mesh)).rejects.toThrow(/was rebuilt meanwhile. Repeat the backup/);
});

test('a compaction between pages and cut makes the backup read the history again', async () => {
  await createMonitor();
  await DB.prepare(
    "insert into compaction (shard, seq, at, day, state, ran_at) values (0, 1, 1, 1, '{}', 1)",
  ).run();
  await DB.prepare("insert into series (id, spans, data) values (5, '[]', x'01')").run();
  let isCompacted = false;
  const inner = testMesh();
  const mesh: Mesh = {
    ...inner,
    async *lines(method, path, body) {
      if (path === '/backup/cut' && !isCompacted) {
        isCompacted = true;
        await DB.batch([
          DB.prepare("update series set data = x'0102'"),
          DB.prepare('update compaction set seq = 2'),
        ]);
      }
      yield* inner.lines(method, path, body);
    },
  };
  const saved = await rowsByTable(await backUp(mesh));
  expect(saved.get('compaction')).toMatchObject([{ seq: 2 }]);
  expect(saved.get('series')).toMatchObject([{ data: '0102' }]);
});
