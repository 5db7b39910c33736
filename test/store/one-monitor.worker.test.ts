// The state of one monitor, read without the others, explains it as the whole state does: from a checkpoint, from what the
// isolate kept, and never from anything else without saying so.
import { beforeEach, describe, expect, test } from 'vitest';
import { explain } from '../../src/engine/explain/explain.ts';
import { loadMonitorPart } from '../../src/store/one-monitor.ts';
import { loadShard, refreshCheckpoints } from '../../src/store/shard.ts';
import { ask, bindings, clock, createMonitor, empty, patch, post, run } from '../support/d1/http-mesh.ts';
import * as runs from '../support/d1/runs.ts';

const db = bindings.DB;

const checkpoint = async () => {
  const loaded = await loadShard(db);
  await refreshCheckpoints(
    db,
    { tail: { rows: 1_000, runs: 0 }, olderAt: loaded.olderAt },
    loaded.state,
    clock.now,
  );
};

/** Of every monitor, by the part and by the whole. */
async function expectSame(numbers: readonly number[]): Promise<string[]> {
  const { state } = await loadShard(db);
  const from: string[] = [];
  for (const number of numbers) {
    const part = await loadMonitorPart(db, number);
    from.push(part.from);
    expect(part.state.seq).toBe(state.seq);
    expect(part.state.locations).toEqual(state.locations);
    expect(part.state.monitors.get(number)).toEqual(state.monitors.get(number));
    for (const at of [clock.now, clock.now + 45_000, clock.now + 600_000])
      expect(explain(part.state, number, at)).toEqual(explain(state, number, at));
  }
  return from;
}

const runAll = async (failing: runs.Failing) => {
  clock.now = await runs.run(db, failing, clock.now + 15_000);
};

beforeEach(empty);

describe('the state of one monitor', () => {
  test('is that of the whole state, from a checkpoint and then from what was kept, while votes change', async () => {
    for (const id of ['one', 'two', 'three']) await createMonitor({ id, name: id });
    await createMonitor({ id: 'child', name: 'Child', dependsOn: ['one'] });
    const numbers = [1, 2, 3, 4];
    await runAll({ 1: 0, 2: 0, 3: 0, 4: 0 });
    await checkpoint();
    expect(await expectSame(numbers)).toEqual(Array(4).fill('checkpoint'));
    for (const failing of [
      { 1: 3, 2: 0, 3: 1, 4: 3 },
      { 1: 3, 2: 0, 3: 1, 4: 3 },
      { 1: 3, 2: 1, 3: 0, 4: 3 },
      { 1: 0, 2: 0, 3: 2, 4: 0 },
      { 1: 0, 2: 0, 3: 2, 4: 0 },
    ]) {
      await runAll(failing);
      expect(await expectSame(numbers)).toEqual(Array(4).fill('kept'));
    }
    await checkpoint();
    await runAll({ 1: 1, 2: 1, 3: 1, 4: 0 });
    expect(await expectSame(numbers)).toEqual(Array(4).fill('kept'));
  });

  test('follows changes of the monitor, of others and of windows', async () => {
    for (const id of ['one', 'two']) await createMonitor({ id, name: id });
    await runAll({ 1: 0, 2: 0 });
    await checkpoint();
    await expectSame([1, 2]);
    await patch('/api/v1/monitors/one', { intervalSeconds: 30 });
    expect(await expectSame([1, 2])).toEqual(['kept', 'kept']);
    await post('/api/v1/silences', { name: 'Known', monitors: ['two'], durationMinutes: 60 });
    await patch('/api/v1/monitors/two', { check: { host: 'other.example.com' } });
    expect(await expectSame([1, 2])).toEqual(['kept', 'kept']);
    await createMonitor({ id: 'three', name: 'three' });
    expect(await expectSame([1, 3])).toEqual(['kept', 'checkpoint']);
    await patch('/api/v1/monitors/one', { paused: true });
    await runAll({ 2: 3, 3: 3 });
    expect(await expectSame([1, 2, 3])).toEqual(['kept', 'kept', 'kept']);
    expect((await ask('/api/v1/monitors/two', { method: 'DELETE' })).status).toBe(409);
    await ask('/api/v1/monitors/two?detach=true', { method: 'DELETE' });
    await expectSame([1, 3]);
    expect((await loadMonitorPart(db, 2)).state.monitors.has(2)).toBe(false);
  });

  test('is the whole state if a dependency links monitors anew, and if a location goes into quarantine', async () => {
    for (const [index, host] of ['192.0.2.1', '198.51.100.1', '203.0.113.1', '192.0.2.9'].entries())
      await createMonitor({ id: `m${index}`, name: `m${index}`, check: { type: 'tcp', host, port: 443 } });
    await runAll({ 1: 0, 2: 0, 3: 0, 4: 0 });
    await checkpoint();
    await expectSame([1, 2]);
    await patch('/api/v1/monitors/m1', { dependsOn: ['m0'] });
    expect(await expectSame([1, 2, 3])).toEqual(['whole', 'whole', 'checkpoint']);
    await checkpoint();
    expect(await expectSame([1, 2, 3])).toEqual(['checkpoint', 'checkpoint', 'kept']);
    // The first location contradicts its peers on three networks.
    for (let round = 0; round < 8; round += 1) await runAll({ 1: 1, 2: 1, 3: 1, 4: 1 });
    const { state } = await loadShard(db);
    const quarantined = [...state.locations.values()].filter(
      ({ incident }) => incident?.kind === 'quarantined',
    );
    expect(quarantined).toHaveLength(1);
    expect(await expectSame([1, 2, 3, 4])).toEqual(Array(4).fill('whole'));
    await checkpoint();
    expect(await expectSame([1, 4])).toEqual(['checkpoint', 'checkpoint']);
  });

  test('is not taken from what was kept if the journal has another row there', async () => {
    await createMonitor();
    await run(1, 0);
    await checkpoint();
    await expectSame([1]);
    await db.prepare("update journal set commit_id = 'other' where id = (select max(id) from journal)").run();
    await expect(loadMonitorPart(db, 1)).resolves.toMatchObject({ from: 'checkpoint' });
  });

  test('is an error if the checkpoint is damaged, and nothing is rebuilt', async () => {
    await createMonitor();
    await run(1, 0);
    await checkpoint();
    await db.prepare("update snapshots set data = data || 'x'").run();
    await expect(loadMonitorPart(db, 1)).rejects.toThrow('checksum');
    expect(await db.prepare('select count(*) as n from damaged_snapshots').first('n')).toBe(0);
  });
});
