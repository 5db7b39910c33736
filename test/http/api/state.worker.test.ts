// POST /api/v1/state/rebuild over the real API and D1: whole, damaged, and damaged where no tick reads.
import { beforeEach, expect, test } from 'vitest';
import { runBatch } from '../../../src/store/database.ts';
import { loadState, refreshCheckpoints } from '../../../src/store/shard.ts';
import { encodeSnapshot } from '../../../src/store/snapshot/codec.ts';
import { saveCheckpoint } from '../../../src/store/snapshot/rows.ts';
import { eventsOf } from '../../support/d1/damage.ts';
import {
  ask,
  bindings,
  clock,
  createMonitor,
  empty,
  post,
  RECEIVER,
  run,
} from '../../support/d1/http-mesh.ts';

const { DB } = bindings;

beforeEach(async () => {
  await empty();
  await post('/api/v1/channels', RECEIVER);
  await createMonitor();
  await run(1, 0);
  await refreshCheckpoints(DB, { tail: { rows: 0, runs: 0 }, olderAt: null }, await loadState(DB), clock.now);
  await run(1, 0);
  await run(1, 1);
});

const rebuild = () => post('/api/v1/state/rebuild', {});

test('a rebuild needs an API key of the role admin', async () => {
  expect((await ask('/api/v1/state/rebuild', { method: 'POST', token: null })).status).toBe(401);
});

test('a rebuild of a whole state changes nothing', async () => {
  const { seq } = await loadState(DB);
  const { status, json } = await rebuild();
  expect([status, json]).toEqual([
    200,
    { rebuilt: false, seq, notificationId: null, replayedRows: 0, lostRows: 0, reasons: [] },
  ]);
  expect(await eventsOf(DB)).toEqual([]);
});

test('a rebuild names what was damaged, and notifies every channel once', async () => {
  const state = await loadState(DB);
  await DB.prepare("update snapshots set data = '' where id = 0").run();
  const { json } = await rebuild();
  expect(json).toMatchObject({
    ...{ rebuilt: true, seq: state.seq, lostRows: 0 },
    reasons: [
      {
        code: 'damaged_snapshot',
        detail: 'the newest checkpoint does not match its checksum in part 1',
      },
    ],
  });
  expect(json.replayedRows).toBeGreaterThan(0);
  expect(await loadState(DB)).toEqual(state);
  const { results } = await DB.prepare(
    'select n.id, n.body, d.channel_id, d.state from notifications n join deliveries d on d.notification_id = n.id',
  ).all<Record<string, string>>();
  expect(results).toMatchObject([{ id: json.notificationId, channel_id: 'on-call', state: 'pending' }]);
  expect(JSON.parse(results[0]!.body!)).toMatchObject({
    type: 'state.rebuilt',
    data: {
      incident: null,
      mesh: {
        reasons: [
          {
            code: 'damaged_snapshot',
            detail: expect.stringMatching(
              /^The newest checkpoint does not match its checksum in part 1\. The state was rebuilt from journal row \d+\. Nothing is lost\.$/,
            ),
          },
        ],
      },
    },
  });
  expect((await rebuild()).json.rebuilt).toBe(false);
});

test('a rebuild finds a whole checkpoint that does not match the journal', async () => {
  const state = await loadState(DB);
  const forged = encodeSnapshot(state).replace('"failures":2', '"failures":3');
  await runBatch(DB, saveCheckpoint(DB, 'newest', state, clock.now, forged));
  expect((await rebuild()).json).toMatchObject({
    rebuilt: true,
    reasons: [{ code: 'damaged_snapshot', detail: 'the newest checkpoint does not match the journal' }],
  });
  expect(await loadState(DB)).toEqual(state);
});

test('a rebuild finds a damaged journal row before the newest checkpoint, and loses nothing', async () => {
  const state = await loadState(DB);
  const older = (await DB.prepare('select seq from snapshots where id = 65536').first<number>('seq'))!;
  await DB.prepare('update journal set at = at + 1 where id = ?')
    .bind(older + 1)
    .run();
  expect(await loadState(DB)).toEqual(state);
  const { json } = await rebuild();
  expect(json).toMatchObject({
    ...{ rebuilt: true, lostRows: 0 },
    reasons: [{ code: 'damaged_journal', detail: `journal row ${older + 1} does not match its checksum` }],
  });
  const after = await loadState(DB);
  expect(after.monitors).toEqual(state.monitors);
  expect((await rebuild()).json).toMatchObject({ rebuilt: false, seq: state.seq + 1 });
});
