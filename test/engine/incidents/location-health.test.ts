// The health of a location: what its reports record, when it is lost, and when its incident ends.
import { describe, expect, test } from 'vitest';
import {
  detectLost,
  quarantineOutliers,
  recordReport,
  releaseRecovered,
  reviewLocationIncidents,
} from '../../../src/engine/incidents/location-health.ts';
import type { Effects } from '../../../src/engine/model/effects.ts';
import type { ReportEntry, ReportedObservation } from '../../../src/engine/model/journal.ts';
import type { LocationIncident, LocationState, Policy, State } from '../../../src/engine/model/state.ts';
import { type Saw, T0, World } from '../../support/engine/world.ts';

const AT = T0 + 3_000_000;
const MINUTE = 60_000;

const incident = (kind: LocationIncident['kind'], parts: Partial<LocationIncident> = {}) => ({
  ...{ id: 'loc_1', kind, startedAt: T0, detectedAt: T0 + 10, failedMonitors: 3, checkedMonitors: 4 },
  ...parts,
});
/** A mesh of which some locations are otherwise. */
function mesh(
  locations: number,
  parts: Record<number, Partial<LocationState>>,
  monitors: Partial<Policy>[] = [{}],
): State {
  const { state } = new World(locations, monitors);
  const changed = [...state.locations].map(([number, one]): [number, LocationState] => [
    number,
    { ...one, ...parts[number] },
  ]);
  return { ...state, locations: new Map(changed) };
}
const sent = ({ notifications, records }: Effects<State>) => {
  expect(records).toHaveLength(notifications.length);
  return notifications.map((notification) => [
    notification.id,
    'location' in notification && notification.incident.reason,
  ]);
};
const NOTHING = { notifications: [], records: [] };

describe('what a report records of its location', () => {
  const record = (before: Partial<LocationState>, entry: Partial<ReportEntry>, outcomes: string[] = []) => {
    const state = mesh(2, { 1: before });
    const observations = outcomes.map(
      (outcome) => ({ monitor: 1, startedAt: AT - 20, outcome, timings: {} }) as ReportedObservation,
    );
    const located = recordReport(state, state.locations.get(1)!, {
      ...{ kind: 'report', at: AT, location: 1, askedAt: AT - 30, answeredAt: AT - 10, error: null },
      ...{ missedDeadline: false, observations },
      ...entry,
    });
    return { ...located, location: located.value.locations.get(1)! };
  };

  test('a report records when it arrived, or why it failed', () => {
    const earlier = { lastReportAt: 5, lastErrorAt: 6, error: 'earlier', missedDeadlines: 1 };
    expect(record(earlier, {}).location).toMatchObject({
      ...{ lastReportAt: AT - 10, lastErrorAt: 6, error: 'earlier', missedDeadlines: 0 },
    });
    expect(record(earlier, { error: 'no answer', missedDeadline: true }).location).toMatchObject({
      ...{ lastReportAt: 5, lastErrorAt: AT - 10, error: 'no answer', missedDeadlines: 2 },
    });
  });

  test('a report records that its location measures, or since when it does not', () => {
    const silent = { lastMeasuredAt: 7, unmeasuredSince: AT - 900 };
    expect(record(silent, {}, ['unmeasured', 'failed']).location).toMatchObject({
      ...{ lastMeasuredAt: AT - 10, unmeasuredSince: null },
    });
    expect(record(silent, {}, ['unmeasured']).location).toMatchObject(silent);
    expect(record({ lastMeasuredAt: 7 }, {}, ['unmeasured']).location).toMatchObject({
      ...{ lastMeasuredAt: 7, unmeasuredSince: AT - 30 },
    });
  });

  test('a lost location has recovered once it measures something', () => {
    const lost = { incident: incident('lost') };
    const returned = record(lost, {}, ['ok']);
    expect(returned.location.incident).toBeNull();
    expect(returned.notifications).toEqual([
      {
        ...{ id: 'loc_1_recovered', event: 'location.recovered', at: AT, location: 1, startedAt: T0 },
        incident: { ...incident('lost'), resolvedAt: AT, reason: null },
      },
    ]);
    expect(returned.records).toEqual([
      { location: 1, incident: { ...incident('lost'), resolvedAt: AT, reason: null } },
    ]);
    expect(record(lost, {}, ['unmeasured'])).toMatchObject({ ...NOTHING, location: lost });
    const quarantined = { incident: incident('quarantined') };
    expect(record(quarantined, {}, ['ok'])).toMatchObject({ ...NOTHING, location: quarantined });
    expect(record({}, {}, ['ok'])).toMatchObject(NOTHING);
  });
});

describe('lost locations', () => {
  const lost = (
    silentFor: number,
    {
      parts = {},
      monitors,
      awakeFor = 3_000_000,
    }: {
      parts?: Partial<LocationState>;
      monitors?: Partial<Policy>[];
      awakeFor?: number;
    } = {},
  ) => {
    const state = mesh(2, { 2: { unmeasuredSince: AT - silentFor, ...parts } }, monitors);
    return sent(detectLost({ ...state, resumedAt: AT - awakeFor }, AT));
  };
  const notification = [[`loc_${AT.toString(36)}_2_lost`, null]];

  test('a location is lost after three of its shortest intervals, and after five minutes at least', () => {
    expect([lost(5 * MINUTE), lost(5 * MINUTE - 1)]).toEqual([notification, []]);
    const rare = [{ intervalMs: 10 * MINUTE }, { intervalMs: 4 * MINUTE }, { intervalMs: 5 * MINUTE }];
    expect([lost(12 * MINUTE, { monitors: rare }), lost(12 * MINUTE - 1, { monitors: rare })]).toEqual([
      notification,
      [],
    ]);
    const others = [{ paused: true }, { locations: [1] }, { intervalMs: 4 * MINUTE }];
    expect([lost(12 * MINUTE, { monitors: others }), lost(12 * MINUTE - 1, { monitors: others })]).toEqual([
      notification,
      [],
    ]);
  });

  test('a location without monitors is never lost', () => {
    expect(lost(40 * MINUTE, { monitors: [{ locations: [1] }] })).toEqual([]);
    expect(lost(40 * MINUTE, { monitors: [] })).toEqual([]);
  });

  test('only time in which ticks were running counts as lost', () => {
    expect([
      lost(9 * MINUTE, { awakeFor: 5 * MINUTE }),
      lost(9 * MINUTE, { awakeFor: 5 * MINUTE - 1 }),
    ]).toEqual([notification, []]);
  });

  test('a location is lost once, and not while it is disabled or measures', () => {
    expect(lost(9 * MINUTE, { parts: { incident: incident('lost') } })).toEqual([]);
    expect(lost(9 * MINUTE, { parts: { incident: incident('quarantined') } })).toEqual([]);
    expect(lost(9 * MINUTE, { parts: { enabled: false } })).toEqual([]);
    expect(lost(9 * MINUTE, { parts: { unmeasuredSince: null } })).toEqual([]);
  });

  test('locations that are lost together have an incident each', () => {
    const silent = { unmeasuredSince: AT - 9 * MINUTE };
    const located = detectLost({ ...mesh(3, { 1: silent, 3: silent }), resumedAt: 0 }, AT);
    expect(sent(located).map(([id]) => id)).toEqual(
      [1, 3].map((number) => `loc_${AT.toString(36)}_${number}_lost`),
    );
    expect([...located.value.locations.values()].map((one) => one.incident?.startedAt ?? null)).toEqual([
      ...[silent.unmeasuredSince, null, silent.unmeasuredSince],
    ]);
    expect(located.value.locations.get(3)!.incident).toEqual({
      ...{ id: `loc_${AT.toString(36)}_3`, kind: 'lost', startedAt: silent.unmeasuredSince, detectedAt: AT },
      ...{ failedMonitors: 0, checkedMonitors: 0 },
    });
  });
});

describe("the end of a location's incident", () => {
  const review = (parts: Record<number, Partial<LocationState>>, locations = 6) =>
    sent(reviewLocationIncidents(mesh(locations, parts), AT));
  const of = (kind: LocationIncident['kind'], number: number) => ({
    incident: incident(kind, { id: `loc_${number}` }),
  });

  test('the incident of a location ends when the location is disabled', () => {
    expect(review({ 2: { ...of('lost', 2), enabled: false }, 3: of('lost', 3) })).toEqual([
      ['loc_2_recovered', 'disabled'],
    ]);
    expect(review({ 2: { ...of('quarantined', 2), enabled: false } })).toEqual([
      ['loc_2_recovered', 'disabled'],
    ]);
    expect(review({ 2: { enabled: false } })).toEqual([]);
  });

  test('quarantines end if they are more than a third of the mesh, and lost locations stay lost', () => {
    const parts = { 1: of('quarantined', 1), 2: of('quarantined', 2), 3: of('lost', 3) };
    expect(review(parts)).toEqual([]);
    expect(review(parts, 5)).toEqual([
      ['loc_1_recovered', 'too_few_locations'],
      ['loc_2_recovered', 'too_few_locations'],
    ]);
  });
});

describe('quarantine', () => {
  /** Location 2 fails four monitors that its peers reach; every location has just checked twice. */
  const checkedTwice = (saw: Saw) => {
    const world = new World(6, [{}, {}, {}, {}]);
    world.play(T0 + 2 * MINUTE);
    const all = (outcome: Saw) => ({ 1: outcome, 2: outcome, 3: outcome, 4: outcome });
    for (const at of [T0 + 150_000, T0 + 160_000]) {
      for (const location of [1, 2, 3, 4, 5, 6]) {
        world.report(location, all(location === 2 ? saw : 'ok'), at);
      }
    }
    const locations = [...world.state.locations].map(([number, one]): [number, LocationState] => [
      number,
      { ...one, incident: null },
    ]);
    return { ...world.state, locations: new Map(locations) };
  };

  test('a quarantine starts with the first failing run and has both counts', () => {
    const {
      value: state,
      notifications,
      records,
    } = quarantineOutliers(checkedTwice('failed'), T0 + 140_000, AT);
    const begun = {
      ...{ id: `loc_${AT.toString(36)}_2`, kind: 'quarantined', startedAt: T0 + 150_000, detectedAt: AT },
      ...{ rule: 'three_networks', failedMonitors: 4, checkedMonitors: 4 },
    };
    expect(state.locations.get(2)!.incident).toEqual(begun);
    const shown = { ...begun, resolvedAt: null, reason: null };
    expect(notifications).toEqual([
      ...[
        {
          id: `${begun.id}_quarantined`,
          event: 'location.quarantined',
          at: AT,
          location: 2,
          startedAt: begun.startedAt,
          incident: shown,
        },
      ],
    ]);
    expect(records).toEqual([{ location: 2, incident: shown }]);
    expect(quarantineOutliers(checkedTwice('ok'), T0 + 140_000, AT)).toMatchObject(NOTHING);
  });

  test('a quarantine ends when its own location agrees with its peers', () => {
    const released = (saw: Saw, kind: LocationIncident['kind'] | null, number = 2) => {
      const before = checkedTwice(saw);
      const outlier = { ...before.locations.get(2)!, incident: kind && incident(kind) };
      const state = { ...before, locations: new Map(before.locations).set(2, outlier) };
      return sent(releaseRecovered(state, number, T0 + 160_010));
    };
    expect(released('ok', 'quarantined')).toEqual([['loc_1_recovered', null]]);
    expect(released('failed', 'quarantined')).toEqual([]);
    expect([released('ok', 'lost'), released('ok', null)]).toEqual([[], []]);
    expect([released('ok', 'quarantined', 3), released('ok', 'quarantined', 9)]).toEqual([[], []]);
  });
});
