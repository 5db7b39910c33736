// Updates of monitors: what is written is made from the row as it is at the commit.
import { beforeEach, expect, test, vi } from 'vitest';
import { systemCaller } from '../../../src/access/caller.ts';
import { readEnv } from '../../../src/env.ts';
import { err, ok } from '../../../src/result.ts';
import { updateMonitor } from '../../../src/services/monitors/monitors.ts';
import type { MonitorDefinition } from '../../../src/services/monitors/validate-monitor.ts';
import { findMonitor, type MonitorRow } from '../../../src/store/monitors.ts';
import { loadState } from '../../../src/store/shard.ts';
import { ask, bindings, clock, createMonitor, empty, patch } from '../../support/d1/http-mesh.ts';

beforeEach(empty);

const config = readEnv(bindings);
const rename =
  (name: string) =>
  ({ number: _, version: _v, secrets: _s, createdAt: _c, updatedAt: _u, ...stored }: MonitorRow) =>
    ok<MonitorDefinition>({ ...stored, name });

test('two updates of a monitor at once are both kept', async () => {
  await createMonitor();
  const responses = await Promise.all([
    patch('/api/v1/monitors/shop', { paused: true }),
    patch('/api/v1/monitors/shop', { name: 'Renamed' }),
  ]);
  expect(responses.map(({ status }) => status)).toEqual([200, 200]);
  const { json } = await ask('/api/v1/monitors/shop');
  expect([json.paused, json.name]).toEqual([true, 'Renamed']);
  expect((await findMonitor(bindings.DB, 'shop'))!.version).toBe(3);
});

test('an update of an outdated version is rejected and writes nothing', async () => {
  await createMonitor();
  await patch('/api/v1/monitors/shop', { name: 'Renamed' });
  const before = await loadState(bindings.DB);
  const updated = await updateMonitor(config, 'shop', rename('Again'), systemCaller(clock.now), 1);
  expect(updated).toMatchObject({ ok: false, error: { kind: 'precondition_failed' } });
  expect((await findMonitor(bindings.DB, 'shop'))!.name).toBe('Renamed');
  expect((await loadState(bindings.DB)).seq).toBe(before.seq);
});

test('an update of the expected version returns the row and the state of its commit', async () => {
  await createMonitor();
  const updated = await updateMonitor(config, 'shop', rename('Renamed'), systemCaller(clock.now), 1);
  if (!updated.ok) throw new Error(updated.error.message);
  const { monitor, state } = updated.value;
  expect(monitor).toEqual(await findMonitor(bindings.DB, 'shop'));
  expect(monitor).toMatchObject({ name: 'Renamed', version: 2 });
  expect(state).toEqual(await loadState(bindings.DB));
});

test('an update applies its patch to the newest row if another update commits first', async () => {
  await createMonitor();
  const seen: number[] = [];
  const spy = vi.fn(async () => patch('/api/v1/monitors/shop', { paused: true }));
  const base = bindings.DB;
  const raced = new Proxy(base, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (name !== 'batch') return typeof value === 'function' ? value.bind(target) : value;
      return async (statements: D1PreparedStatement[]) => {
        // The third batch is the commit: state, monitors, commit.
        if (seen.length === 1 && spy.mock.calls.length === 0) await spy();
        return target.batch(statements);
      };
    },
  });
  const updated = await updateMonitor(
    { ...config, db: raced },
    'shop',
    (stored) => {
      seen.push(stored.version);
      return rename('Renamed')(stored);
    },
    systemCaller(clock.now),
  );
  expect(updated).toMatchObject({ ok: true, value: { monitor: { name: 'Renamed', paused: true } } });
  expect(seen).toEqual([1, 2]);
});

test('the refusal of a patch is returned unchanged', async () => {
  await createMonitor();
  const updated = await updateMonitor(config, 'shop', () => err('no' as const), systemCaller(clock.now));
  expect(updated).toEqual({ ok: false, error: 'no' });
});

test('deleting a dependency gives the dependent monitor a new version', async () => {
  await createMonitor({ id: 'database' });
  await createMonitor({ dependsOn: ['database'] });
  await ask('/api/v1/monitors/database?detach=true', { method: 'DELETE' });
  expect(await findMonitor(bindings.DB, 'shop')).toMatchObject({ dependsOn: [], version: 2 });
});
