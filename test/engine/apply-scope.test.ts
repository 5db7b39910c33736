// How far one entry reaches: whether it needs a snapshot, and which monitors it evaluates.
import { describe, expect, test } from 'vitest';
import { apply } from '../../src/engine/apply.ts';
import type { Change, Entry, ReportEntry } from '../../src/engine/model/journal.ts';
import type {
  LocationState,
  MonitorState,
  OpenIncident,
  Policy,
  State,
} from '../../src/engine/model/state.ts';
import { policy, T0, World } from '../support/engine/world.ts';

const at = (seconds: number): number => T0 + seconds * 1_000;
/** Long after every vote has expired: an evaluated monitor has no data. */
const STALE = at(3_000);

/** Healthy for three minutes; the last run was at second 175. */
function healthy(locations: number, monitors: Partial<Policy>[] = [{}]): World {
  const world = new World(locations, monitors);
  world.play(at(180));
  return world;
}

const empty = (when: number, parts: Partial<ReportEntry> = {}): Entry => ({
  ...{ kind: 'report', at: when, location: 1, askedAt: when, answeredAt: when, error: null },
  ...{ missedDeadline: false, observations: [] },
  ...parts,
});
const change = (when: number, ...changes: Change[]): Entry => ({ kind: 'change', at: when, changes });
const incident: OpenIncident = { id: 'i', verdict: 'down', startedAt: at(100), detectedAt: at(120) };

const verdicts = ({ value }: { readonly value: State }) =>
  [...value.monitors.values()].map(({ verdict }) => verdict);

describe('when a snapshot has to be written', () => {
  test('a lost location needs a snapshot, although no monitor has changed', () => {
    const world = healthy(2);
    const silent: LocationState = { ...world.state.locations.get(2)!, unmeasuredSince: at(100) };
    const locations = new Map(world.state.locations).set(2, silent);
    const before = { ...world.state, at: at(390), locations };
    expect(apply(before, empty(at(399))).changed).toBe(false);
    expect(apply(before, empty(at(400)))).toMatchObject({
      changed: true,
      notifications: [{ event: 'location.lost' }],
    });
  });

  test('every change needs a snapshot', () => {
    const { state } = healthy(2);
    const window = { kind: 'silence', monitors: 'all', spans: [[at(500), at(600)]] } as const;
    expect(apply(state, change(at(181), { type: 'window', id: 'w', window })).changed).toBe(true);
    expect(apply(state, change(at(181))).changed).toBe(true);
  });
});

test('one enabled location is enough for a monitor to count in the coordinator gap', () => {
  const world = healthy(2, [{ intervalMs: 300_000, locations: [1, 2] }]);
  const gone = { type: 'location' as const, number: 2, id: 'aws:test-2', enabled: false };
  const state = apply(world.state, change(at(181), gone)).value;
  expect(apply(state, empty(at(181 + 450))).value.resumedAt).toBe(state.resumedAt);
  expect(apply(state, empty(at(181 + 451))).value.resumedAt).toBe(at(181 + 451));
});

const unsent = (state: State, number: number): [number, MonitorState] => [
  number,
  { ...state.monitors.get(number)!, verdict: 'down', incident, notified: null },
];

describe('which monitors are evaluated', () => {
  test('a report evaluates the monitor it contains, and no other', () => {
    const { state } = healthy(6, [{}, {}]);
    expect(verdicts(apply(state, empty(STALE)))).toEqual(['up', 'up']);
    const run = { monitor: 1, startedAt: STALE, outcome: 'ok', timings: {} } as const;
    expect(verdicts(apply(state, empty(STALE, { observations: [run] })))).toEqual(['no_data', 'up']);
  });

  test('a change evaluates the monitor it names, and no other', () => {
    const { state } = healthy(6, [{}, {}]);
    const changed = change(STALE, { type: 'monitor', number: 1, policy: policy({ timeoutMs: 4_000 }) });
    expect(verdicts(apply(state, changed))).toEqual(['no_data', 'up']);
    const closed = change(STALE, { type: 'monitor.reevaluated', number: 2 });
    expect(verdicts(apply(state, closed))).toEqual(['up', 'no_data']);
  });

  test('a change of a window evaluates every monitor', () => {
    const { state } = healthy(6, [{}, {}]);
    const window = { kind: 'silence', monitors: [1], spans: [[at(500), at(600)]] } as const;
    const after = apply(state, change(STALE, { type: 'window', id: 'w', window }));
    expect(verdicts(after)).toEqual(['no_data', 'no_data']);
  });

  test('a report also evaluates dependents with an unsent opening, and no other monitor', () => {
    const { state } = healthy(6, [{}, { dependsOn: [1] }, { dependsOn: [1] }, {}]);
    const before = { ...state, monitors: new Map([...state.monitors, unsent(state, 2), unsent(state, 4)]) };
    const run = { monitor: 1, startedAt: STALE, outcome: 'ok', timings: {} } as const;
    const after = apply(before, empty(STALE, { observations: [run] }));
    expect(verdicts(after)).toEqual(['no_data', 'no_data', 'up', 'down']);
  });

  test('the end of a window evaluates the monitors with an unsent notification', () => {
    const { state } = healthy(6, [{}, {}, {}, {}, { paused: true }]);
    const silence = (monitors: number[], to: number) =>
      ({ kind: 'silence', monitors, spans: [[at(150), to]] }) as const;
    const before: State = {
      ...state,
      at: STALE - 1_000,
      // Monitor 3 has nothing unsent, monitor 4 was in no window, monitor 5 is paused.
      monitors: new Map([...state.monitors, ...[1, 2, 4, 5].map((number) => unsent(state, number))]),
      windows: new Map([
        ['ending', silence([1, 3, 5], STALE)],
        ['active', silence([2], STALE + 1)],
      ]),
    };
    const after = apply(before, empty(STALE));
    expect(verdicts(after)).toEqual(['no_data', 'down', 'up', 'down', 'down']);
    expect(after.notifications).toMatchObject([
      { event: 'incident.opened', monitor: 1 },
      { event: 'monitor.no_data', monitor: 1 },
    ]);
    const earlier = apply(before, empty(STALE - 1));
    expect(verdicts(earlier)).toEqual(['down', 'down', 'up', 'down', 'down']);
  });

  test('a mesh that becomes too small for its quarantines evaluates every monitor', () => {
    const world = healthy(6, [{ quorum: 2 }]);
    for (const seconds of [181, 191]) {
      for (const location of [1, 2]) world.report(location, 'failed', at(seconds));
    }
    for (const location of [3, 4, 5, 6]) world.report(location, 'ok', at(192));
    const outlier = (number: number): [number, LocationState] => [
      number,
      {
        ...world.state.locations.get(number)!,
        incident: {
          id: 'l',
          kind: 'quarantined',
          startedAt: 1,
          detectedAt: 2,
          failedMonitors: 3,
          checkedMonitors: 3,
        },
      },
    ];
    const monitor = {
      ...world.state.monitors.get(1)!,
      verdict: 'up' as const,
      incident: null,
      notified: null,
    };
    const before: State = {
      ...world.state,
      monitors: new Map([[1, monitor]]),
      locations: new Map([...world.state.locations, outlier(1), outlier(2)]),
    };
    const leaves = { type: 'location' as const, number: 6, id: 'aws:test-6', enabled: false };
    const after = apply(before, change(at(193), leaves));
    expect(verdicts(after)).toEqual(['down']);
    expect(after.notifications.map(({ event }) => event)).toEqual([
      'location.recovered',
      'location.recovered',
      'incident.opened',
    ]);
  });
});

describe('changes of a monitor', () => {
  test('a new target of an unknown monitor starts the monitor', () => {
    const { state } = healthy(2);
    const targetChanged = { type: 'monitor.target_changed' as const, number: 2, policy: policy() };
    const after = apply(state, change(at(181), targetChanged));
    expect(after).toMatchObject({ notifications: [], records: [] });
    expect(after.value.monitors.get(2)!.round!.asked).toEqual([1, 2]);
  });

  test('a change during an incident does not end it', () => {
    const world = healthy(6);
    world.sees = () => 'failed';
    world.play(at(300));
    expect(world.events()).toEqual(['incident.opened']);
    const changed = { type: 'monitor' as const, number: 1, policy: policy({ timeoutMs: 4_000 }) };
    const after = apply(world.state, change(at(301), changed));
    expect(after).toMatchObject({ notifications: [], records: [] });
    expect(after.value.monitors.get(1)!.incident).toEqual(world.state.monitors.get(1)!.incident);
  });
});
