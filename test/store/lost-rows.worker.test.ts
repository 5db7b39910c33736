// What the state did not learn because journal rows are lost: the other tables know it, and nothing is sent twice.
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { State } from '../../src/engine/model/state.ts';
import { runTick } from '../../src/scheduler/tick.ts';
import { NewerFormat } from '../../src/store/damage.ts';
import { runBatch } from '../../src/store/database.ts';
import type { EntryColumns } from '../../src/store/journal/codec.ts';
import { insertJournalRow } from '../../src/store/journal/rows.ts';
import { loadShard, loadState, refreshCheckpoints } from '../../src/store/shard.ts';
import { encodeSnapshot } from '../../src/store/snapshot/codec.ts';
import { saveCheckpoint } from '../../src/store/snapshot/rows.ts';
import { eventsOf, flip, replayed, rowIds } from '../support/d1/damage.ts';
import {
  ask,
  bindings,
  clock,
  createMonitor,
  empty,
  patch,
  post,
  RECEIVER,
} from '../support/d1/http-mesh.ts';
import * as runs from '../support/d1/runs.ts';
import { seeded } from '../support/engine/seeded.ts';

const { DB } = bindings;

/** The row after the older checkpoint: everything after it is lost with it. */
let firstLost: number;

const failing: Record<number, number> = {};

async function runAll(times = 1): Promise<void> {
  const { results } = await DB.prepare('select number from monitors where not paused').all<{
    number: number;
  }>();
  const all = Object.fromEntries(results.map(({ number }) => [number, failing[number] ?? 0]));
  for (let n = 0; n < times; n += 1) clock.now = await runs.run(DB, all, clock.now + 15_000);
}

beforeEach(async () => {
  await empty();
  for (const number of Object.keys(failing)) delete failing[Number(number)];
  await post('/api/v1/channels', RECEIVER);
  for (const id of ['shop', 'blog', 'mail']) await createMonitor({ id, name: id });
  await runAll(2);
  const state = await loadState(DB);
  await refreshCheckpoints(DB, { tail: { rows: 0, runs: 0 }, olderAt: null }, state, clock.now);
  firstLost = state.seq + 1;
});

/** Damages the newest checkpoint and the first row after the older one. Returns the rebuilt state. */
async function loseRows(): Promise<State> {
  await DB.prepare("update snapshots set data = data || ' ' where id = 0").run();
  await DB.prepare('update journal set at = at + 1 where id = ?').bind(firstLost).run();
  const state = await loadState(DB);
  expect(await replayed(DB)).toEqual(state);
  return state;
}

const sent = async (): Promise<string[]> => (await eventsOf(DB)).filter((event) => event !== 'state.rebuilt');

const incidentRows = async () =>
  (await DB.prepare('select * from incidents order by id').all<Record<string, unknown>>()).results;

describe('lost journal rows', () => {
  test('an outage that opened in lost rows stays open, is not sent again, and ends with one resolved', async () => {
    failing[1] = 6;
    await runAll(4);
    const [incident] = await incidentRows();
    const state = await loseRows();
    expect(state.monitors.get(1)!.incident!.id).toBe(incident!.id);
    expect(state.monitors.get(1)!.notified!.incident.id).toBe(incident!.id);
    await runAll(5);
    expect(await sent()).toEqual(['incident.opened']);
    expect(await incidentRows()).toEqual([incident]);
    failing[1] = 0;
    await runAll(4);
    expect(await sent()).toEqual(['incident.opened', 'incident.resolved']);
    expect(await incidentRows()).toMatchObject([{ id: incident!.id, state: 'resolved' }]);
  });

  test('a regional problem of two locations that opened in lost rows is not resolved while it lasts', async () => {
    failing[2] = 2;
    await runAll(9);
    const opened = await incidentRows();
    expect(opened).toMatchObject([{ verdict: 'partial', state: 'open' }]);
    await loseRows();
    await runAll(9);
    expect(await sent()).toEqual(['incident.partial']);
    expect(await incidentRows()).toEqual(opened);
    failing[2] = 0;
    await runAll(4);
    expect(await sent()).toEqual(['incident.partial', 'incident.partial_resolved']);
  });

  test('an outage that ended in lost rows stays ended', async () => {
    failing[1] = 6;
    await runAll(4);
    const opened = await loadState(DB);
    await runBatch(DB, saveCheckpoint(DB, 'older', opened, clock.now));
    firstLost = opened.seq + 1;
    failing[1] = 0;
    await runAll(4);
    const rows = await incidentRows();
    expect(rows).toMatchObject([{ state: 'resolved' }]);
    const { monitors } = await loseRows();
    expect(monitors.get(1)).toMatchObject({ incident: null, notified: null });
    await runAll(4);
    expect(await sent()).toEqual(['incident.opened', 'incident.resolved']);
    expect(await incidentRows()).toEqual(rows);
  });

  test('monitors that were created, changed, paused and deleted in lost rows are as the API shows them', async () => {
    await createMonitor({ id: 'late', name: 'Late', intervalSeconds: 120 });
    await patch('/api/v1/monitors/blog', { paused: true });
    await ask('/api/v1/monitors/mail', { method: 'DELETE' });
    await createMonitor({ id: 'gone', name: 'Gone' });
    await ask('/api/v1/monitors/gone', { method: 'DELETE' });
    await patch('/api/v1/monitors/shop', { alert: { failures: 3 }, locations: ['aws:eu-central-1'] });
    const lost = await loadState(DB);
    const state = await loseRows();
    const policies = ({ monitors }: State) =>
      [...monitors.values()].map(({ number, policy }) => [number, policy]);
    expect(policies(state).toSorted()).toEqual(policies(lost).toSorted());
    expect(state.nextMonitor).toBe(lost.nextMonitor);
    expect([...state.locations.values()].map(({ number, id }) => [number, id])).toEqual(
      [...lost.locations.values()].map(({ number, id }) => [number, id]),
    );
    await runAll(2);
    expect((await loadState(DB)).monitors.get(4)!.verdict).toBe('up');
  });

  test('a silence of lost rows suppresses again at once, and a recurring maintenance after the next tick', async () => {
    const at = (ms: number): string => new Date(clock.now + ms).toISOString();
    await post('/api/v1/silences', {
      ...{ id: 'quiet', name: 'Quiet', monitors: 'all', startsAt: at(-60_000), endsAt: at(3_600_000) },
    });
    await post('/api/v1/maintenances', {
      ...{ id: 'nightly', name: 'Nightly', monitors: 'all' },
      ...{ cron: '0 2 * * *', durationMinutes: 30, timeZone: 'UTC' },
    });
    const lost = (await loadState(DB)).windows;
    expect([...lost.keys()].toSorted()).toEqual(['maintenance:nightly', 'silence:quiet']);
    const state = await loseRows();
    expect(state.windows.get('silence:quiet')).toEqual(lost.get('silence:quiet'));
    await tick();
    expect((await loadState(DB)).windows.get('maintenance:nightly')).toEqual(lost.get('maintenance:nightly'));
  });

  test('a whole database of lost rows keeps its monitors, locations and open incidents', async () => {
    failing[1] = 6;
    await runAll(4);
    const lost = await loadState(DB);
    await DB.batch([
      DB.prepare("update snapshots set data = ''"),
      DB.prepare("update journal set commit_id = '' where id % 2 = 0"),
    ]);
    const state = await loadState(DB);
    expect(state.seq).toBeGreaterThan(lost.seq);
    expect(state.monitors.get(1)!.incident).toEqual(lost.monitors.get(1)!.incident);
    expect([...state.locations.keys()]).toEqual([...lost.locations.keys()]);
    expect(await replayed(DB)).toEqual(state);
    await runAll(5);
    expect(await sent()).toEqual(['incident.opened']);
  });

  test('ten requests that find the damage at once rebuild it once', async () => {
    failing[1] = 6;
    await runAll(4);
    await DB.prepare("update snapshots set data = data || ' ' where id = 0").run();
    await DB.prepare('update journal set at = at + 1 where id = ?').bind(firstLost).run();
    const created = createMonitor({ id: 'racing', name: 'Racing' });
    const states = await Promise.all(Array.from({ length: 9 }, () => loadState(DB)));
    expect((await created).status).toBe(201);
    expect(await eventsOf(DB)).toEqual(['incident.opened', 'state.rebuilt']);
    const state = await loadState(DB);
    expect(await replayed(DB)).toEqual(state);
    expect([...state.monitors.keys()]).toEqual([1, 2, 3, 4]);
    for (const one of states) expect(one.monitors.get(1)!.incident).toEqual(state.monitors.get(1)!.incident);
  });

  test('a report that a tick commits on the state before the damage is applied to the rebuilt state', async () => {
    await runAll(1);
    const stale = await loadState(DB);
    const rebuilt = await loseRows();
    failing[1] = 6;
    expect(rebuilt.seq).toBe(stale.seq + 1);
    const { commit } = await import('../../src/store/commit.ts');
    const writer = { db: DB, tick: 0, publicUrl: 'https://status.test', now: () => clock.now + 1_000 };
    const committed = await commit(writer, stale, () => ({
      ...{ kind: 'report', location: 1, askedAt: clock.now, answeredAt: clock.now, error: null },
      ...{ missedDeadline: false },
      observations: [{ monitor: 1, startedAt: clock.now, outcome: 'ok', timings: { connectMs: 1 } }],
    }));
    expect(committed).toMatchObject({ reloaded: true, state: { seq: rebuilt.seq + 1 } });
    expect(await replayed(DB)).toEqual(await loadState(DB));
  });
});

async function tick(): Promise<void> {
  const now = clock.now + 1_000;
  let time = now;
  await runTick({
    db: DB,
    publicUrl: 'https://status.test',
    encryptionKey: bindings.ENCRYPTION_KEY,
    locations: bindings.LOCATIONS.split(','),
    fleet: { invoke: () => new Promise(() => {}) },
    now: () => time,
    sleep: async () => {
      throw new Error('the tick has started');
    },
    enqueueDeliveries: async () => {},
  }).catch((error: Error) => expect(error.message).toBe('the tick has started'));
  time = now;
}

describe('rows with a right checksum', () => {
  test('a checkpoint of a newer version is neither read nor replaced', async () => {
    const state = await loadState(DB);
    const text = encodeSnapshot(state).replace('"version":1', '"version":2');
    await runBatch(DB, saveCheckpoint(DB, 'newest', state, clock.now, text));
    await expect(loadState(DB)).rejects.toThrow(NewerFormat);
    await expect(loadState(DB)).rejects.toThrow('deploy the newer Worker');
    expect(await eventsOf(DB)).toEqual([]);
  });

  test.each([
    ['"quorum":"majority"', '"quorum":"majoritz"'],
    ['"failures":2', '"failures":-2'],
    ['"enabled":true', '"enabled":"yes"'],
    ['"nextMonitor":4', '"nextMonitor":0'],
  ])('a checkpoint with %s instead of %s is damage', async (right, wrong) => {
    const state = await loadState(DB);
    const text = encodeSnapshot(state).replace(right, wrong);
    expect(text).toContain(wrong);
    await runBatch(DB, saveCheckpoint(DB, 'newest', state, clock.now, text));
    expect(await loadState(DB)).toEqual(state);
    expect(await eventsOf(DB)).toEqual(['state.rebuilt']);
  });

  const change = (changes: unknown): EntryColumns => ({
    ...{ at: clock.now + 5, kind: 'change', location: null, monitors: null, starts: null },
    ...{ outcomes: null, phases: null, detail: { changes } },
  });
  test.each([
    [{ type: 'location', number: 1, id: 'aws:us-east-1', enabled: 1 }],
    [{ type: 'monitor', number: 1, policy: { quorum: 'majoritz' } }],
    [{ type: 'window', id: 'silence:x', window: { kind: 'silence', monitors: 'some', spans: [] } }],
    ['nothing'],
    [null],
  ])('a journal row with the change %j is damage', async (wrong) => {
    const state = await loadState(DB);
    const row = { ...change([wrong]), tick: 0, commitId: 'x' };
    await runBatch(DB, [insertJournalRow(DB, state.seq + 1, row)]);
    expect((await loadState(DB)).seq).toBe(state.seq + 2);
    expect(await eventsOf(DB)).toEqual(['state.rebuilt']);
  });

  test('a journal row with an unknown type of change stops the coordinator until the newer Worker runs', async () => {
    const { seq } = await loadState(DB);
    const row = { ...change([{ type: 'port.approved' }]), tick: 0, commitId: 'x' };
    await runBatch(DB, [insertJournalRow(DB, seq + 1, row)]);
    await expect(loadState(DB)).rejects.toThrow('deploy the newer Worker');
    expect(await eventsOf(DB)).toEqual([]);
  });
});

describe('random damage', () => {
  const seeds = Array.from({ length: 12 }, (_, index) => index + 1);
  test.each(seeds)('random damage with seed %i raises no false event', async (seed) => {
    const random = seeded(seed);
    const below = (limit: number): number => Math.floor(random() * limit);
    failing[1] = 6;
    failing[2] = 2;
    await runAll(4 + below(6));
    const before = await incidentRows();
    const events = await eventsOf(DB);
    const wounds = 1 + below(4);
    for (let n = 0; n < wounds; n += 1) {
      const ids = await rowIds(DB, 'journal');
      const id = ids[below(ids.length)]!;
      const kind = below(4);
      if (kind === 0) await DB.prepare('delete from journal where id = ?').bind(id).run();
      else if (kind === 1)
        await flip(DB, 'journal', id, ['detail', 'at', 'outcomes', 'phases', 'checksum'][below(5)]!, random);
      else
        await flip(
          DB,
          'snapshots',
          below(3) === 0 ? 65_536 : 0,
          ['data', 'seq', 'checksum'][below(3)]!,
          random,
        );
    }
    const state = await loadState(DB);
    expect((await loadShard(DB)).state).toEqual(state);
    expect(await sent()).toEqual(events);
    expect(await incidentRows()).toEqual(before);
    await runAll(8);
    const open = (rows: Record<string, unknown>[]) =>
      rows.filter((row) => row.state === 'open').map(({ id }) => id);
    expect((await incidentRows()).filter((row) => row.state === 'resolved')).toEqual([]);
    for (const id of open(before)) expect(open(await incidentRows())).toContain(id);
    failing[1] = 0;
    failing[2] = 0;
    await runAll(6);
    const end = await incidentRows();
    expect(open(end)).toEqual([]);
    const resolved = (await sent()).filter((event) => event.endsWith('resolved'));
    expect(resolved).toHaveLength(end.length);
    expect(new Set(end.map((row) => row.monitor_number)).size).toBe(end.length);
  });
});

vi.setConfig({ testTimeout: 60_000 });
