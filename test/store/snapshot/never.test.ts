// Times that are null survive a snapshot.
import { expect, test } from 'vitest';
import { decodeSnapshot, encodeSnapshot } from '../../../src/store/snapshot/codec.ts';
import { T0, World } from '../../support/engine/world.ts';

test('a snapshot keeps the times of what has never happened', () => {
  const world = new World(3, [{}, { paused: true }]);
  expect(decodeSnapshot(encodeSnapshot(world.state))).toEqual(world.state);
  // A location that has reported, but measured nothing yet.
  world.report(1, 'unmeasured', T0 + 1_000);
  const { state } = world;
  expect(state.monitors.get(1)!.round!.lastResultAt).not.toBeNull();
  expect(state.monitors.get(2)!.lastFullCheckAt).toBeNull();
  expect(state.locations.get(1)).toMatchObject({ lastReportAt: T0 + 1_000, lastMeasuredAt: null });
  expect(decodeSnapshot(encodeSnapshot(state))).toEqual(state);
});
