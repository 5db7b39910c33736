// May a round be closed without its missing answers? Held against every answer that they could have given.
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

/** Every way in which a location can stand before it answers. */
const VIEWS: Record<string, LocationStatus> = {
  passing: observation({ vote: 'passing', streakOf: 'ok', streak: 2 }),
  doubting: observation({ vote: 'passing', streakOf: 'failed', streak: 1 }),
  failing: observation({ vote: 'failing', streakOf: 'failed', streak: 2 }),
  lasting: observation({ vote: 'failing', streakOf: 'failed', streak: 2, streakSince: AT - 200_000 }),
  hoping: observation({ vote: 'failing', streakOf: 'ok', streak: 1 }),
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

/** The verdicts of every combination of what the missing could still say: fine, failed, or nothing. */
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

const foregone = ({ state, monitor, round, open }: Case): boolean =>
  isVerdictDetermined(state, monitor, round, open, AT);

/** All lists of `length` names of views. */
function lists(length: number, names = Object.keys(VIEWS)): string[][] {
  if (length === 0) return [[]];
  return lists(length - 1, names).flatMap((list) => names.map((name) => [...list, name]));
}

const incidents: (OpenIncident | null)[] = [
  null,
  { id: 'i', verdict: 'partial', startedAt: 1, detectedAt: 2 },
  { id: 'i', verdict: 'down', startedAt: 1, detectedAt: 2 },
];

/** Where the rule and the enumeration of all answers part: it may never be rash, and need not be too cautious. */
function compare(locations: number, missing: number, rules: Policy, names?: string[]) {
  const found = { rash: [] as string[], tooCautious: [] as string[], foregone: 0, open: 0 };
  for (const list of lists(locations, names)) {
    for (const incident of incidents) {
      const one = build(
        list.map((name) => VIEWS[name]!),
        missing,
        rules,
        incident,
      );
      const verdicts = possibleVerdicts(one);
      const text = `${list} ${incident?.verdict}: ${[...verdicts]}`;
      found[foregone(one) ? 'foregone' : 'open'] += 1;
      if (foregone(one) && verdicts.size > 1) found.rash.push(text);
      if (!foregone(one) && verdicts.size === 1) found.tooCautious.push(text);
    }
  }
  return found;
}

describe('a verdict is foregone exactly where all answers that are missing would lead to it', () => {
  test.each([
    [4, 1, {}, undefined],
    [3, 1, { quorum: 'all' as const }, undefined],
    [5, 1, { quorum: 3 }, undefined],
    [4, 1, { failures: 3 }, undefined],
    [4, 1, { failures: 1, recoveries: 1 }, undefined],
    [6, 2, {}, ['passing', 'lasting', 'failing']],
    [5, 2, { quorum: 'any' as const }, ['passing', 'doubting', 'hoping']],
  ])('%i locations, %i missing, %o', (locations, missing, rules, names) => {
    const { rash, tooCautious, ...counts } = compare(locations, missing, policy(rules), names);
    expect({ rash, tooCautious }).toEqual({ rash: [], tooCautious: [] });
    expect(Math.min(counts.foregone, counts.open)).toBeGreaterThan(10);
  });

  test('and never while half of the locations are missing', () => {
    const { foregone: found } = compare(4, 2, policy(), ['passing', 'failing', 'lasting']);
    expect(found).toBe(0);
  });
});

describe('a missing location', () => {
  const { passing, failing, lasting } = VIEWS as Record<'passing' | 'failing' | 'lasting', LocationStatus>;

  test('that has never measured anything keeps the verdict open', () => {
    const six = build([passing, passing, passing, passing, passing, passing], 1, policy(), null);
    expect(foregone(six)).toBe(true);
    const byLocation = new Map(six.monitor.byLocation).set(6, newLocationStatus(AT - 1_000));
    expect(foregone({ ...six, monitor: { ...six.monitor, byLocation } })).toBe(false);
  });

  test('that is no longer there, or no longer the monitor’s, has nothing to say', () => {
    const calm = build([passing, passing, passing, passing, passing, passing], 1, policy(), null);
    const byLocation = new Map(calm.monitor.byLocation).set(7, failing);
    expect(foregone({ ...calm, monitor: { ...calm.monitor, byLocation }, open: [6, 7, 8] })).toBe(true);
    byLocation.delete(5);
    expect(foregone({ ...calm, monitor: { ...calm.monitor, byLocation }, open: [5, 6] })).toBe(true);
  });

  test('that gets no vote by its answer is not counted as one that wavers', () => {
    const thrice = { ...lasting, streak: 3 };
    const once = observation({ streakOf: 'failed', streak: 1 });
    const one = build([passing, passing, passing, thrice, thrice, once], 1, policy({ failures: 3 }), null);
    expect([...possibleVerdicts(one)]).toEqual(['partial']);
    expect(foregone(one)).toBe(true);
  });

  test('that is quarantined has nothing to say', () => {
    const one = build([passing, passing, passing, failing, failing, lasting], 1, policy(), null);
    expect(foregone(one)).toBe(false);
    const incident = { id: 'l', startedAt: 1, detectedAt: 2, failedMonitors: 3, checkedMonitors: 3 };
    const quarantined = {
      ...one.state.locations.get(6)!,
      incident: { ...incident, kind: 'quarantined' as const },
    };
    const state = { ...one.state, locations: new Map(one.state.locations).set(6, quarantined) };
    expect(foregone({ ...one, state })).toBe(true);
    const lost = { ...quarantined, incident: { ...incident, kind: 'lost' as const } };
    expect(foregone({ ...one, state: { ...state, locations: new Map(state.locations).set(6, lost) } })).toBe(
      false,
    );
  });

  test('is judged with the answers that have come', () => {
    const one = build([passing, passing, passing, VIEWS.doubting!, failing, lasting], 1, policy(), null);
    const answered = (outcome: LocatedObservation['outcome']): Case => ({
      ...one,
      round: {
        ...one.round,
        asked: [4, 6],
        results: [{ location: 4, startedAt: AT, outcome, timings: {} }],
      },
    });
    // A third that fails makes it partial or down, by what the sixth says.
    expect(foregone(answered('failed'))).toBe(false);
    const calm = build([passing, passing, passing, VIEWS.doubting!, passing, passing], 1, policy(), null);
    expect(foregone({ ...calm, round: answered('ok').round })).toBe(true);
  });

  test('that looked a moment ago is asked once its next look counts', () => {
    const fresh = observation({ vote: 'failing', streakOf: 'failed', streak: 1, lastMeasuredAt: AT - 1_000 });
    const one = build([passing, passing, passing, failing, failing, fresh], 1, policy(), null);
    expect(foregone(one)).toBe(false);
  });
});
