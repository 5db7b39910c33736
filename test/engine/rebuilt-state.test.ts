// The engine after lost journal rows: nothing votes before it measures again, and an open incident needs real successes.
import { describe, expect, test } from 'vitest';
import { replay } from '../../src/engine/apply.ts';
import type { Change, RebuiltMonitor } from '../../src/engine/model/journal.ts';
import { emptyState } from '../../src/engine/model/state.ts';
import { change, healthy, monitorOf } from '../support/engine/entries.ts';
import type { World } from '../support/engine/world.ts';

const LOST = 40;

/** Loses the rows of the last minutes. What is known of each monitor is what the state knows. */
function rebuild(world: World, of: (monitor: RebuiltMonitor) => Partial<RebuiltMonitor> = () => ({})): void {
  const { locations, monitors, nextMonitor } = world.state;
  const known = [...monitors.values()].map((monitor): Change => {
    const { number, policy, network, hostHash, upSince, incident, notified } = monitor;
    const { transitions, flapping, noDataId, warnings } = monitor;
    const rebuilt = {
      ...{
        upSince,
        number,
        policy,
        network,
        hostHash,
        incident,
        notified,
        transitions,
        flapping,
        noDataId,
        warnings,
      },
    };
    return { type: 'monitor.rebuilt', monitor: { ...rebuilt, ...of(rebuilt) } };
  });
  change(world, [
    { type: 'state.rebuilt', lost: LOST, nextMonitor },
    ...[...locations.values()].map(
      ({ number, id, enabled, incident }): Change => ({
        type: 'location.rebuilt',
        location: { number, id, enabled, incident },
      }),
    ),
    ...known,
  ]);
}

describe('after lost journal rows', () => {
  test('every location abstains until it measures again, and the numbers of the lost rows are not given again', () => {
    const world = healthy(3);
    const { seq } = world.state;
    rebuild(world);
    expect(world.state.seq).toBe(seq + LOST + 1);
    expect(monitorOf(world)).toMatchObject({ verdict: 'no_data', round: { step: 1, asked: [1, 2, 3] } });
    for (const { vote, lastMeasuredAt } of monitorOf(world).byLocation.values())
      expect([vote, lastMeasuredAt]).toEqual(['none', null]);
    world.play(world.now + 5_000);
    expect(world.verdict()).toBe('up');
    expect(world.events()).toEqual([]);
    expect(replay(emptyState, world.entries)).toEqual(world.state);
  });

  test.each([
    ['majority', 6],
    ['any', 2],
    [3, 3],
  ] as const)(
    'an outage by the quorum %s of %i failing locations is not resolved while it lasts',
    (quorum, failing) => {
      const world = healthy(6, [{ quorum }]);
      let isBroken = true;
      world.sees = (location) => (isBroken && location <= failing ? 'failed' : 'ok');
      world.play(world.now + 180_000);
      const { incident } = monitorOf(world);
      expect(incident).toMatchObject({ verdict: 'down' });
      rebuild(world);
      expect(monitorOf(world).incident).toEqual(incident);
      world.play(world.now + 600_000);
      expect(world.events()).toEqual(['incident.opened']);
      expect(monitorOf(world)).toMatchObject({ verdict: 'down', incident });
      isBroken = false;
      world.play(world.now + 300_000);
      expect(world.events()).toEqual(['incident.opened', 'incident.resolved']);
      expect(replay(emptyState, world.entries)).toEqual(world.state);
    },
  );

  test('an incident that ended in a lost row ends without another notification', () => {
    const world = healthy(6);
    world.sees = () => 'failed';
    world.play(world.now + 180_000);
    world.sees = () => 'ok';
    rebuild(world, () => ({ incident: null, notified: null }));
    world.play(world.now + 300_000);
    expect(world.events()).toEqual(['incident.opened']);
    expect(world.verdict()).toBe('up');
  });

  test('a location that was silent in the lost rows is not lost at once', () => {
    const world = healthy(3);
    world.now += 3_600_000;
    rebuild(world);
    expect(world.locationNotifications).toEqual([]);
    expect(world.state.resumedAt).toBe(world.state.at);
  });
});
