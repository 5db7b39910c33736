// May a round close without its missing results? Compared with every result that they could have.
import { describe, expect, test } from 'vitest';
import type {
  LocatedObservation,
  LocationStatus,
  MonitorState,
  OpenIncident,
  Policy,
  Round,
  State,
} from '../../../src/engine/model/state.ts';
import { isVerdictDetermined } from '../../../src/engine/voting/early-close.ts';
import { countVotes, verdictFor } from '../../../src/engine/voting/quorum.ts';
import { applyRoundResults, newLocationStatus } from '../../../src/engine/voting/streak.ts';
import { policy, T0, World } from '../../support/engine/world.ts';

const AT = T0 + 600_000;
const observation = (changes: Partial<LocationStatus>): LocationStatus => ({
  ...newLocationStatus(0),
  ...{ lastMeasuredAt: AT - 15_000, lastCheckedAt: AT - 15_000, streakSince: AT - 15_000 },
  ...changes,
});

/** Every status that a location can have before its result. */
const STATUSES: Record<string, LocationStatus> = {
  passing: observation({ vote: 'passing', streakOf: 'ok', streak: 2 }),
  passingPending: observation({ vote: 'passing', streakOf: 'failed', streak: 1 }),
  failing: observation({ vote: 'failing', streakOf: 'failed', streak: 2 }),
  sustained: observation({ vote: 'failing', streakOf: 'failed', streak: 2, streakSince: AT - 200_000 }),
  failingPending: observation({ vote: 'failing', streakOf: 'ok', streak: 1 }),
};

interface Case {
  readonly state: State;
  readonly monitor: MonitorState;
  readonly round: Round;
  readonly open: readonly number[];
}

function build(
  statuses: readonly LocationStatus[],
  missing: number,
  rules: Policy,
  incident: OpenIncident | null,
): Case {
  const { state } = new World(statuses.length);
  const round: Round = { step: 1, startsAt: AT, asked: [], results: [], lastResultAt: null };
  const open = statuses.slice(-missing).map((_, index) => statuses.length - missing + index + 1);
  const monitor: MonitorState = {
    ...state.monitors.get(1)!,
    policy: rules,
    byLocation: new Map(statuses.map((status, index) => [index + 1, status])),
    incident,
  };
  return { state, monitor, round: { ...round, asked: open }, open };
}

/** The verdicts of every combination of missing results: ok, failed, or none. */
function possibleVerdicts({ state, monitor, round, open }: Case): Set<string> {
  const verdicts = new Set<string>();
  for (let combination = 0; combination < 3 ** open.length; combination += 1) {
    const results = open.flatMap((location, index): LocatedObservation[] => {
      const outcome = (['ok', 'failed', null] as const)[Math.floor(combination / 3 ** index) % 3]!;
      return outcome ? [{ location, startedAt: AT, outcome, timings: {} }] : [];
    });
    const after = applyRoundResults(monitor, { ...round, results });
    verdicts.add(verdictFor(after, countVotes(state, after, AT)));
  }
  return verdicts;
}

const determined = ({ state, monitor, round, open }: Case): boolean =>
  isVerdictDetermined(state, monitor, round, open, AT);

/** All lists of `length` names of statuses. */
function lists(length: number, names = Object.keys(STATUSES)): string[][] {
  if (length === 0) return [[]];
  return lists(length - 1, names).flatMap((list) => names.map((name) => [...list, name]));
}

const incidents: (OpenIncident | null)[] = [
  null,
  { id: 'i', verdict: 'partial', startedAt: 1, detectedAt: 2 },
  { id: 'i', verdict: 'down', startedAt: 1, detectedAt: 2 },
];

/** Cases in which the rule and the enumeration differ: it may be neither rash nor too cautious. */
function compare(locations: number, missing: number, rules: Policy, names?: string[]) {
  const found = { rash: [] as string[], tooCautious: [] as string[], determined: 0, open: 0 };
  for (const list of lists(locations, names)) {
    for (const incident of incidents) {
      const one = build(
        list.map((name) => STATUSES[name]!),
        missing,
        rules,
        incident,
      );
      const verdicts = possibleVerdicts(one);
      const text = `${list} ${incident?.verdict}: ${[...verdicts]}`;
      found[determined(one) ? 'determined' : 'open'] += 1;
      if (determined(one) && verdicts.size > 1) found.rash.push(text);
      if (!determined(one) && verdicts.size === 1) found.tooCautious.push(text);
    }
  }
  return found;
}

describe('a verdict is determined if all missing results would lead to it', () => {
  test.each([
    [4, 1, {}, undefined],
    [3, 1, { quorum: 'all' as const }, undefined],
    [5, 1, { quorum: 3 }, undefined],
    [4, 1, { failures: 3 }, undefined],
    [4, 1, { failures: 1, recoveries: 1 }, undefined],
    [6, 2, {}, ['passing', 'sustained', 'failing']],
    [5, 2, { quorum: 'any' as const }, ['passing', 'passingPending', 'failingPending']],
  ])(
    'the verdict of %i locations, %i missing, %o, is determined exactly if all results agree',
    (locations, missing, rules, names) => {
      const { rash, tooCautious, ...counts } = compare(locations, missing, policy(rules), names);
      expect({ rash, tooCautious }).toEqual({ rash: [], tooCautious: [] });
      expect(Math.min(counts.determined, counts.open)).toBeGreaterThan(10);
    },
  );

  test('a verdict is never determined while half of the locations are missing', () => {
    const { determined: found } = compare(4, 2, policy(), ['passing', 'failing', 'sustained']);
    expect(found).toBe(0);
  });
});

describe('missing locations', () => {
  const { passing, failing, sustained } = STATUSES as Record<
    'passing' | 'failing' | 'sustained',
    LocationStatus
  >;

  test('a missing location that has never measured keeps the verdict open', () => {
    const six = build([passing, passing, passing, passing, passing, passing], 1, policy(), null);
    expect(determined(six)).toBe(true);
    const byLocation = new Map(six.monitor.byLocation).set(6, newLocationStatus(AT - 1_000));
    expect(determined({ ...six, monitor: { ...six.monitor, byLocation } })).toBe(false);
  });

  test('a missing location that is deleted or unassigned does not matter', () => {
    const healthy = build([passing, passing, passing, passing, passing, passing], 1, policy(), null);
    const byLocation = new Map(healthy.monitor.byLocation).set(7, failing);
    expect(determined({ ...healthy, monitor: { ...healthy.monitor, byLocation }, open: [6, 7, 8] })).toBe(
      true,
    );
    byLocation.delete(5);
    expect(determined({ ...healthy, monitor: { ...healthy.monitor, byLocation }, open: [5, 6] })).toBe(true);
  });

  test('a result that brings no vote does not make the count pending', () => {
    const thrice = { ...sustained, streak: 3 };
    const once = observation({ streakOf: 'failed', streak: 1 });
    const one = build([passing, passing, passing, thrice, thrice, once], 1, policy({ failures: 3 }), null);
    expect([...possibleVerdicts(one)]).toEqual(['partial']);
    expect(determined(one)).toBe(true);
  });

  test('a missing location that is quarantined does not matter', () => {
    const one = build([passing, passing, passing, failing, failing, sustained], 1, policy(), null);
    expect(determined(one)).toBe(false);
    const incident = { id: 'l', startedAt: 1, detectedAt: 2, failedMonitors: 3, checkedMonitors: 3 };
    const quarantined = {
      ...one.state.locations.get(6)!,
      incident: { ...incident, kind: 'quarantined' as const },
    };
    const state = { ...one.state, locations: new Map(one.state.locations).set(6, quarantined) };
    expect(determined({ ...one, state })).toBe(true);
    const lost = { ...quarantined, incident: { ...incident, kind: 'lost' as const } };
    expect(
      determined({ ...one, state: { ...state, locations: new Map(state.locations).set(6, lost) } }),
    ).toBe(false);
  });

  test('the results that have arrived count before the missing ones', () => {
    const one = build(
      [passing, passing, passing, STATUSES.passingPending!, failing, sustained],
      1,
      policy(),
      null,
    );
    const answered = (outcome: LocatedObservation['outcome']): Case => ({
      ...one,
      round: {
        ...one.round,
        asked: [4, 6],
        results: [{ location: 4, startedAt: AT, outcome, timings: {} }],
      },
    });
    // A third failing location makes it partial or down, depending on the sixth.
    expect(determined(answered('failed'))).toBe(false);
    const healthy = build(
      [passing, passing, passing, STATUSES.passingPending!, passing, passing],
      1,
      policy(),
      null,
    );
    expect(determined({ ...healthy, round: answered('ok').round })).toBe(true);
  });

  test("a missing location's result is assumed late enough to count", () => {
    const fresh = observation({ vote: 'failing', streakOf: 'failed', streak: 1, lastMeasuredAt: AT - 1_000 });
    const one = build([passing, passing, passing, failing, failing, fresh], 1, policy(), null);
    expect(determined(one)).toBe(false);
  });
});
