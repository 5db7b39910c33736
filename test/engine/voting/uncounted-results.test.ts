// Results that come too soon after the one before: they count for no streak, and what they contradict is asked again.
import { expect, test } from 'vitest';
import { T0, World } from '../../support/engine/world.ts';

const SECOND = 1_000;
const DOWN_AT = T0 + 60 * SECOND;

/** Every location fails, and some once more right before the target is repaired. Returns the events after the outage. */
function repaired(again: readonly number[], secondsBefore: number, repairedAt: number): string[] {
  const world = new World(6);
  world.sees = (_, at) => (at >= DOWN_AT && at < repairedAt ? 'failed' : 'ok');
  world.play(repairedAt - secondsBefore * SECOND);
  world.now = repairedAt - secondsBefore * SECOND;
  for (const location of again) world.report(location, 'failed');
  world.play(repairedAt + 180 * SECOND);
  return world.notifications.map(({ event }) => event);
}

test.each([1, 2, 3, 4, 5, 6, 8])(
  'an outage that ends %i s after two locations failed again leaves no regional problem behind',
  (secondsBefore) => {
    for (let second = 0; second < 60; second += 5)
      for (const again of [
        [5, 6],
        [1, 2],
        [2, 4, 6],
      ]) {
        const repairedAt = T0 + (300 + second) * SECOND;
        expect(repaired(again, secondsBefore, repairedAt), `${again} at second ${second}`).toEqual([
          'incident.opened',
          'incident.resolved',
        ]);
      }
  },
);

test('two locations that still fail after the end of an outage are a regional problem', () => {
  const world = new World(6);
  const repairedAt = T0 + 300 * SECOND;
  world.sees = (location, at) => (at >= DOWN_AT && (at < repairedAt || location > 4) ? 'failed' : 'ok');
  world.play(repairedAt + 180 * SECOND);
  expect(world.notifications.map(({ event }) => event)).toEqual([
    'incident.opened',
    'incident.resolved',
    'incident.partial',
  ]);
});
