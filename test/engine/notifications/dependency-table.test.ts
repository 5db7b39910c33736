// The whole table of what a dependency suppresses: each notification of a monitor, for each state of its parent, and of
// its grandparent.
import { describe, expect, test } from 'vitest';
import type { LocationStatus, MonitorState, OpenIncident } from '../../../src/engine/model/state.ts';
import type { Inhibition } from '../../../src/engine/notifications/dependency.ts';
import { suppressionOf } from '../../../src/engine/notifications/suppression.ts';
import { evaluate } from '../../../src/engine/voting/evaluation.ts';
import { newLocationStatus } from '../../../src/engine/voting/streak.ts';
import { policy, T0, World } from '../../support/engine/world.ts';

const SECOND = 1_000;
const AT = T0 + 600 * SECOND;
const world = new World(6, [{}, { dependsOn: [1] }, { dependsOn: [2] }]);

/** The newest runs are from 30 s ago. */
function votes(failing: readonly number[], sinceMs: number, parts: Partial<LocationStatus> = {}) {
  return new Map(
    Array.from({ length: 6 }, (_, index): [number, LocationStatus] => {
      const fails = failing.includes(index + 1);
      const measuredAt = AT - 30 * SECOND;
      const status: LocationStatus = {
        ...newLocationStatus(0),
        ...{ vote: fails ? 'failing' : 'passing', streakOf: fails ? 'failed' : 'ok', streak: 2 },
        ...{ streakSince: sinceMs, lastMeasuredAt: measuredAt, lastCheckedAt: measuredAt, assignedAt: null },
      };
      return [index + 1, { ...status, ...parts }];
    }),
  );
}
const incident = (verdict: OpenIncident['verdict']): OpenIncident => ({
  ...{ id: 'i', verdict, startedAt: AT - 60 * SECOND, detectedAt: AT },
});
const round = { step: 2, startsAt: AT, asked: [1], results: [], lastResultAt: null };
const ALL = [1, 2, 3, 4, 5, 6];
/** Where the child fails, or where it is slow. */
const SCOPE = [2, 5];

const PARENTS: Record<string, Partial<MonitorState>> = {
  up: { verdict: 'up', byLocation: votes([], T0) },
  down: { verdict: 'down', incident: incident('down'), byLocation: votes(ALL, T0) },
  'down and being checked': {
    verdict: 'down',
    incident: incident('down'),
    byLocation: votes(ALL, T0),
    round,
  },
  'partial with the same scope': {
    verdict: 'partial',
    incident: incident('partial'),
    byLocation: votes(SCOPE, T0),
  },
  'partial with a wider scope': {
    verdict: 'partial',
    incident: incident('partial'),
    byLocation: votes([1, 2, 5], T0),
  },
  'partial with a narrower scope': {
    verdict: 'partial',
    incident: incident('partial'),
    byLocation: votes([1, 2], T0),
  },
  'partial and being checked': {
    ...{ verdict: 'partial', incident: incident('partial'), byLocation: votes([1, 2], T0), round },
  },
  'being confirmed': { verdict: 'up', byLocation: votes([], T0), round },
  'failing alike, for less than 90 seconds': { verdict: 'up', byLocation: votes(SCOPE, AT - 60 * SECOND) },
  'failing elsewhere, for less than 90 seconds': {
    verdict: 'up',
    byLocation: votes([1, 2], AT - 60 * SECOND),
  },
  'just recovered': { verdict: 'up', verdictSince: AT - SECOND, byLocation: votes([], AT - SECOND) },
  'without data': { verdict: 'no_data', byLocation: votes(SCOPE, T0) },
  paused: { verdict: 'no_data', policy: policy({ paused: true }), byLocation: votes([], T0), round },
};

type Answer = Inhibition['state'] | null;
/** What is held, for opened, partial, degraded and certificate. */
const TABLE: Record<string, readonly [Answer, Answer, Answer, Answer]> = {
  up: [null, null, null, null],
  down: ['down', 'down', 'down', 'down'],
  'down and being checked': ['down', 'down', 'down', 'down'],
  'partial with the same scope': [null, 'partial', 'partial', null],
  'partial with a wider scope': [null, 'partial', 'partial', null],
  'partial with a narrower scope': [null, null, null, null],
  'partial and being checked': ['confirming', 'confirming', 'confirming', null],
  'being confirmed': ['confirming', 'confirming', 'confirming', null],
  'failing alike, for less than 90 seconds': [null, 'confirming', null, null],
  'failing elsewhere, for less than 90 seconds': [null, null, null, null],
  'just recovered': ['recovered', 'recovered', null, null],
  'without data': [null, null, null, null],
  paused: [null, null, null, null],
};

const warning = { since: AT, limit: 7, notifiedLimit: null };
const warns = {
  degraded: { active: true, streak: 0, code: 'latency' as const, limit: 50 },
  certificate: null,
};

/** A monitor that is down everywhere, partial at the scope, slow at the scope, or whose certificate expires. */
const CHILDREN: readonly (readonly ['opened' | 'degraded' | 'certificate', Partial<MonitorState>])[] = [
  ['opened', { verdict: 'down', incident: incident('down'), byLocation: votes(ALL, T0) }],
  ['opened', { verdict: 'partial', incident: incident('partial'), byLocation: votes(SCOPE, T0) }],
  [
    'degraded',
    {
      ...{ verdict: 'up', warnings: { degraded: warning, certificate: null } },
      byLocation: new Map(
        [...votes([], T0)].map(([location, status]) => [
          location,
          SCOPE.includes(location) ? { ...status, warnings: warns } : status,
        ]),
      ),
    },
  ],
  [
    'certificate',
    { verdict: 'up', warnings: { degraded: null, certificate: warning }, byLocation: votes([], T0) },
  ],
];

/** The same monitor whose problem was found at that time. */
function raised(monitor: MonitorState, at: number): MonitorState {
  const { incident, warnings } = monitor;
  return {
    ...monitor,
    incident: incident && { ...incident, detectedAt: at },
    warnings: warnings && {
      degraded: warnings.degraded && { ...warnings.degraded, since: at },
      certificate: warnings.certificate && { ...warnings.certificate, since: at },
    },
  };
}

/** The answers for monitor 3, whose parent is 2 and whose grandparent is 1, after so much time. */
function answersOf(
  of: {
    readonly parent?: string;
    readonly grandparent?: string;
    readonly own?: Partial<MonitorState>;
    readonly raisedAt?: number;
  },
  afterMs = 0,
): readonly Answer[] {
  return CHILDREN.map(([subject, parts]) => {
    const base = (number: number, key = 'up'): MonitorState => {
      const monitor = { ...world.state.monitors.get(number)!, round: null, verdictSince: T0 };
      const { policy: parentPolicy = monitor.policy, ...rest } = PARENTS[key]!;
      return { ...monitor, ...rest, policy: { ...parentPolicy, dependsOn: monitor.policy.dependsOn } };
    };
    const child = raised({ ...base(3), ...parts, ...of.own }, of.raisedAt ?? AT);
    const monitors = new Map(
      [base(1, of.grandparent), base(2, of.parent), child].map((one) => [one.number, one]),
    );
    const state = { ...world.state, monitors };
    const suppression = suppressionOf(evaluate(state, child, AT + afterMs), subject);
    return suppression === null ? null : suppression.by === 'dependency' ? suppression.state : expect.fail();
  });
}

describe('what a dependency suppresses', () => {
  test.each(Object.keys(TABLE))(
    'of opened, partial, degraded and certificate, while the parent is %s',
    (parent) => {
      expect(Object.keys(TABLE)).toEqual(Object.keys(PARENTS));
      expect(answersOf({ parent })).toEqual(TABLE[parent]);
    },
  );

  test.each(Object.keys(TABLE))(
    'the same holds for a grandparent that is %s, although the parent is up',
    (grandparent) => {
      expect(answersOf({ grandparent })).toEqual(TABLE[grandparent]);
    },
  );

  test('of two dependencies, the one that explains more is named', () => {
    expect(answersOf({ parent: 'being confirmed', grandparent: 'partial with the same scope' })[1]).toBe(
      'partial',
    );
    expect(answersOf({ parent: 'partial with the same scope', grandparent: 'down' })[1]).toBe('down');
    expect(answersOf({ parent: 'just recovered', grandparent: 'being confirmed' })[1]).toBe('confirming');
  });

  test('the wait for a dependency that is being confirmed ends after a fan-out', () => {
    expect(answersOf({ parent: 'being confirmed' }, 30_000 - 1)).toEqual(TABLE['being confirmed']);
    expect(answersOf({ parent: 'being confirmed' }, 30_000)).toEqual([null, null, null, null]);
    expect(answersOf({ parent: 'partial with the same scope' }, 100_000)).toEqual(
      TABLE['partial with the same scope'],
    );
  });

  test('the wait for a dependency that fails alike ends after 90 seconds and a fan-out', () => {
    const parent = 'failing alike, for less than 90 seconds';
    expect(answersOf({ parent }, 120_000 - 1)).toEqual(TABLE[parent]);
    expect(answersOf({ parent }, 120_000)).toEqual([null, null, null, null]);
  });
});

describe('after a dependency that explained it was detached', () => {
  const detachedAt = (at: number): Partial<MonitorState> => ({ detached: { at, monitor: 9 } });

  test('everything waits until enough locations have measured it again', () => {
    const raisedAt = AT - 60 * SECOND;
    expect(answersOf({ own: detachedAt(AT - 29 * SECOND), raisedAt })).toEqual(Array(4).fill('detached'));
    const measured = answersOf({ own: detachedAt(AT - 30 * SECOND), raisedAt });
    // Two locations are slow, and four must be; no location sees the certificate expire.
    expect(measured).toEqual([null, null, 'detached', 'detached']);
  });

  test('what was found after that was held back by nothing', () => {
    const answers = answersOf({ own: detachedAt(AT - 29 * SECOND), raisedAt: AT - 28 * SECOND });
    expect(answers).toEqual([null, null, null, null]);
  });

  test('a dependency that is left still suppresses', () => {
    expect(answersOf({ parent: 'down', own: detachedAt(AT) })).toEqual(TABLE.down);
  });
});
