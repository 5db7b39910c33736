// The decision alone: every reason of the table, its limit, and what must not raise it.
import { describe, expect, test } from 'vitest';
import type { UnmeasuredReason } from '../../../probes/contract/index.ts';
import type { LocationState, State } from '../../../src/engine/model/state.ts';
import { meshHealth } from '../../../src/services/health/mesh-health.ts';
import { REASON_CODES, reasonWords } from '../../../src/services/health/reasons.ts';
import type { HealthInputs } from '../../../src/services/health/rule.ts';
import type { ChannelFacts, HealthFacts } from '../../../src/store/health.ts';
import { change, healthy } from '../../support/engine/entries.ts';
import { policy, World } from '../../support/engine/world.ts';

const SECOND = 1_000;
const MINUTE = 60_000;

const mesh = healthy(6);
/** When the newest measurement arrived. */
const MEASURED = Math.max(...[...mesh.state.locations.values()].map((one) => one.lastMeasuredAt ?? 0));
const START = MEASURED - 60 * MINUTE;

const FACTS: HealthFacts = {
  activity: { activeSince: START, measuringSince: START, idleSince: null, idleAgeMs: 0 },
  tickAt: MEASURED,
  databaseTime: MEASURED,
  databaseBytes: 1_000_000,
  history: { pendingSince: null, error: null },
  channels: [],
  secrets: { tried: 0, undecryptable: [] },
};

const inputs = (changes: Partial<HealthInputs> = {}, facts: Partial<HealthFacts> = {}): HealthInputs => ({
  facts: { ...FACTS, ...facts },
  state: mesh.state,
  error: null,
  clockAheadMs: 0,
  maxDatabaseBytes: 500_000_000,
  ...changes,
});

const judge = (given: HealthInputs, now = MEASURED + MINUTE) => {
  const { status, reasons } = meshHealth(given, now);
  return [status, ...reasons.map(({ code }) => code)];
};
const detailOf = (given: HealthInputs, now = MEASURED + MINUTE): string =>
  meshHealth(given, now)
    .reasons.map(({ detail }) => detail)
    .join(' ');

const withLocations = (state: State, patch: (location: LocationState) => Partial<LocationState>): State => ({
  ...state,
  locations: new Map([...state.locations].map(([number, one]) => [number, { ...one, ...patch(one) }])),
});

const CHANNEL: ChannelFacts = {
  id: 'on-call',
  enabled: true,
  disabledReason: null,
  failingSince: null,
  lastSuccessAt: null,
  lastError: null,
  oldestDueAt: null,
};

test('a mesh that measures and has nothing to report is ok', () => {
  expect(judge(inputs())).toEqual(['ok']);
});

test('every reason has words for everyone, without a figure', () => {
  for (const code of REASON_CODES) expect(reasonWords(code)).toMatch(/^[A-Z][^0-9]+\.$/);
});

describe('measurements', () => {
  test('at 60 s intervals a measurement may be three minutes old, and not a second more', () => {
    const tickAt = MEASURED + 3 * MINUTE;
    expect(judge(inputs({}, { tickAt }), MEASURED + 3 * MINUTE)).toEqual(['ok']);
    expect(judge(inputs({}, { tickAt }), MEASURED + 3 * MINUTE + SECOND)).toEqual([
      'stopped',
      'measuring_stopped',
    ]);
  });

  test('at one-hour intervals a measurement may be three hours old while ticks run', () => {
    const { state } = healthy(6, [{ intervalMs: 60 * MINUTE }]);
    const newest = Math.max(...[...state.locations.values()].map((one) => one.lastMeasuredAt ?? 0));
    const at = (now: number) => judge(inputs({ state }, { tickAt: now }), now);
    expect(at(newest + 180 * MINUTE)).toEqual(['ok']);
    expect(at(newest + 180 * MINUTE + SECOND)).toEqual(['stopped', 'measuring_stopped']);
  });

  test('the shortest interval of the active monitors decides', () => {
    const { state } = healthy(6, [{ intervalMs: 60 * MINUTE }, { intervalMs: MINUTE, paused: true }]);
    const now = MEASURED + 30 * MINUTE;
    expect(judge(inputs({ state }, { tickAt: now }), now)[0]).toBe('ok');
    const both = healthy(6, [{ intervalMs: 60 * MINUTE }, { intervalMs: MINUTE }]).state;
    expect(judge(inputs({ state: both }, { tickAt: now }), now)).toEqual(['stopped', 'measuring_stopped']);
  });

  test('a new mesh has three minutes for its first measurement', () => {
    const { state } = new World(6);
    const since = MEASURED + 10 * MINUTE;
    const activity = { activeSince: since, measuringSince: since, idleSince: null, idleAgeMs: 0 };
    const at = (now: number) => judge(inputs({ state }, { activity, tickAt: now }), now);
    expect(at(since + 3 * MINUTE)).toEqual(['ok']);
    expect(at(since + 3 * MINUTE + SECOND)).toEqual(['stopped', 'measuring_stopped']);
  });

  test('a measurement that is dated in the future is none', () => {
    const state = withLocations(mesh.state, () => ({ lastMeasuredAt: MEASURED + 6 * 60 * MINUTE }));
    const given = inputs({ state });
    expect(judge(given)).toEqual(['stopped', 'measuring_stopped']);
    expect(detailOf(given)).toContain('dated in the future');
  });

  test('without an active monitor the mesh is idle, however old everything is', () => {
    const world = healthy(6);
    change(world, [{ type: 'monitor', number: 1, policy: policy({ paused: true }) }]);
    expect(judge(inputs({ state: world.state }), MEASURED + 900 * MINUTE)).toEqual(['idle']);
    expect(judge(inputs({ state: new World(6, []).state }, { activity: null, tickAt: null }))).toEqual([
      'idle',
    ]);
  });
});

describe('ticks', () => {
  test('ticks that stopped are found after three minutes, although measurements may be older', () => {
    const { state } = healthy(6, [{ intervalMs: 60 * MINUTE }]);
    expect(judge(inputs({ state }), MEASURED + 3 * MINUTE)).toEqual(['ok']);
    const later = MEASURED + 3 * MINUTE + SECOND;
    expect(judge(inputs({ state }), later)).toEqual(['stopped', 'ticks_stopped']);
    expect(detailOf(inputs({ state }), later)).toContain('3 min 1 s ago');
  });

  test('a tick that is dated in the future is none', () => {
    const now = MEASURED + 4 * MINUTE;
    expect(judge(inputs({}, { tickAt: now + 60 * MINUTE }), now)).toContain('ticks_stopped');
  });
});

test.each([61 * SECOND, -61 * SECOND, 6 * 60 * MINUTE, -365 * 24 * 60 * MINUTE])(
  'clocks that are %i ms apart stop the mesh',
  (clockAheadMs) => {
    expect(judge(inputs({ clockAheadMs }))).toEqual(['stopped', 'clocks_apart']);
    expect(detailOf(inputs({ clockAheadMs }))).toContain(clockAheadMs > 0 ? 'ahead of' : 'behind');
  },
);

test('clocks that are a minute apart are accepted', () => {
  for (const clockAheadMs of [60 * SECOND, -60 * SECOND])
    expect(judge(inputs({ clockAheadMs }))).toEqual(['ok']);
});

describe('faults that all locations share', () => {
  const failed = (error: string, since = MEASURED + SECOND, errorAt = since + 20 * SECOND) =>
    withLocations(mesh.state, () => ({ unmeasuredSince: since, lastErrorAt: errorAt, error }));
  const DENIED = 'AccessDeniedException: User: arn:aws:iam::1:user/x is not authorized';
  const live = (now: number) => ({ tickAt: now });

  test('refused invocations impair after a minute and stop the mesh after three', () => {
    const state = failed(DENIED);
    const at = (ms: number) => judge(inputs({ state }, live(MEASURED + ms)), MEASURED + SECOND + ms);
    expect(at(59 * SECOND)).toEqual(['ok']);
    expect(at(60 * SECOND)).toEqual(['impaired', 'probes_unreachable']);
    expect(at(181 * SECOND)).toEqual(['stopped', 'probes_unreachable']);
    expect(detailOf(inputs({ state }), MEASURED + 2 * MINUTE)).toContain(`6 of 6: ${DENIED}`);
  });

  test('at one-hour intervals refused invocations stop the mesh after three minutes too', () => {
    const { state } = healthy(6, [{ intervalMs: 60 * MINUTE }]);
    const dark = withLocations(state, () => ({
      unmeasuredSince: MEASURED,
      lastErrorAt: MEASURED + 1,
      error: DENIED,
    }));
    const now = MEASURED + 3 * MINUTE + SECOND;
    expect(judge(inputs({ state: dark }, live(now)), now)).toEqual(['stopped', 'probes_unreachable']);
  });

  test('one lost invocation of a mesh with one location impairs it and does not stop it', () => {
    const { state } = healthy(1, [{ intervalMs: 60 * MINUTE }]);
    const dark = withLocations(state, () => ({
      unmeasuredSince: MEASURED,
      lastErrorAt: MEASURED + 1,
      error: DENIED,
    }));
    const now = MEASURED + 10 * MINUTE;
    expect(judge(inputs({ state: dark }, live(now)), now)).toEqual(['impaired', 'probes_unreachable']);
  });

  test('a mesh in which one location of six measures is not impaired by this rule', () => {
    const state = withLocations(failed(DENIED), ({ number }) =>
      number === 3 ? { unmeasuredSince: null } : {},
    );
    expect(judge(inputs({ state }, live(MEASURED + 2 * MINUTE)), MEASURED + 2 * MINUTE)).toEqual(['ok']);
  });

  test('before a resume after a long pause nothing counts', () => {
    const resumed = MEASURED + 100 * MINUTE;
    const activity = { activeSince: resumed, measuringSince: resumed, idleSince: null, idleAgeMs: 0 };
    const given = inputs({ state: failed(DENIED) }, { activity, ...live(resumed) });
    expect(judge(given, resumed + 30 * SECOND)).toEqual(['ok']);
  });

  test.each<[UnmeasuredReason, string]>([
    ['invoke_error', 'probes_unreachable'],
    ['throttled', 'probes_unreachable'],
    ['function_error', 'probes_unreachable'],
    ['late', 'probes_unreachable'],
    ['bad_report', 'reports_unusable'],
    ['version', 'probe_version'],
    ['unknown_check', 'probe_version'],
    ['location_offline', 'locations_offline'],
    ['deadline', 'nothing_measured'],
    ['no_ipv6', 'nothing_measured'],
  ])('runs that are all unmeasured with %s give the reason %s', (reason, code) => {
    const now = MEASURED + 2 * MINUTE;
    const monitor = mesh.state.monitors.get(1)!;
    const byLocation = new Map(
      [...monitor.byLocation].map(([number, status]) => [
        number,
        {
          ...status,
          lastUnmeasured: { startedAt: MEASURED + 1, outcome: 'unmeasured' as const, reason, timings: {} },
        },
      ]),
    );
    const reported = withLocations(mesh.state, () => ({
      unmeasuredSince: MEASURED,
      lastReportAt: MEASURED + SECOND,
    }));
    const state = { ...reported, monitors: new Map([[1, { ...monitor, byLocation }]]) };
    expect(judge(inputs({ state }, live(now)), now)).toEqual(['impaired', code]);
  });
});

describe('locations', () => {
  test('no enabled location stops the mesh', () => {
    const state = withLocations(mesh.state, () => ({ enabled: false }));
    expect(judge(inputs({ state }))).toEqual(['stopped', 'no_locations']);
    expect(judge(inputs({ state: new World(0).state }))).toContain('no_locations');
  });

  test('one lost location of six impairs the mesh, with its error', () => {
    const incident = {
      ...{ id: 'loc_1', kind: 'lost' as const, startedAt: MEASURED - 5 * MINUTE, detectedAt: MEASURED },
      ...{ failedMonitors: 0, checkedMonitors: 0 },
    } satisfies LocationState['incident'];
    const state = withLocations(mesh.state, ({ number }) =>
      number === 2 ? { incident, error: 'throttled' } : {},
    );
    expect(judge(inputs({ state }))).toEqual(['impaired', 'location_lost']);
    expect(detailOf(inputs({ state }))).toContain('1 of 6 locations');
    expect(detailOf(inputs({ state }))).toContain('aws:test-2 (throttled)');
  });

  test('a monitor whose only location is disabled impairs the mesh', () => {
    const world = healthy(6, [{}, { locations: [6] }]);
    const state = withLocations(world.state, ({ number }) => ({ enabled: number !== 6 }));
    expect(judge(inputs({ state }))).toEqual(['impaired', 'monitors_unassigned']);
    expect(detailOf(inputs({ state }))).toContain('1 of 2 active monitors');
  });
});

describe('deliveries and channels', () => {
  const now = MEASURED + MINUTE;
  const health = (...channels: Partial<ChannelFacts>[]) =>
    judge(inputs({}, { channels: channels.map((one) => ({ ...CHANNEL, ...one })) }), now);

  test('a delivery that is ten minutes overdue impairs the mesh', () => {
    expect(health({ oldestDueAt: now - 10 * MINUTE + 1 })).toEqual(['ok']);
    expect(health({}, { oldestDueAt: now - 10 * MINUTE })).toEqual(['impaired', 'deliveries_overdue']);
  });

  test('a delivery of a disabled channel is not overdue', () => {
    expect(health({}, { enabled: false, oldestDueAt: now - 60 * MINUTE })).toEqual(['ok']);
  });

  test('channels that all fail or are disabled impair the mesh; one that works is enough', () => {
    const failing = { failingSince: now - MINUTE, lastError: 'hooks.example.com responded 500' };
    expect(health(failing, {})).toEqual(['ok']);
    expect(health(failing, { enabled: false })).toEqual(['impaired', 'channels_unusable']);
    expect(health({ enabled: false, disabledReason: 'gone' })).toEqual(['impaired', 'channels_unusable']);
    expect(health()).toEqual(['ok']);
  });

  test('a first failed attempt is retried before it impairs anything', () => {
    expect(health({ failingSince: now - 30 * SECOND })).toEqual(['ok']);
  });
});

test('a key that opens nothing, or not everything, impairs the mesh and names what it does not open', () => {
  const given = inputs({}, { secrets: { tried: 3, undecryptable: ['channel on-call', 'monitor shop'] } });
  expect(judge(given)).toEqual(['impaired', 'secrets_undecryptable']);
  expect(detailOf(given)).toContain('1 of 3 stored secrets, but not: channel on-call, monitor shop');
});

test('storage above 80 % of the limit impairs the mesh', () => {
  expect(judge(inputs({}, { databaseBytes: 400_000_000 }))).toEqual(['ok']);
  const given = inputs({}, { databaseBytes: 400_000_001 });
  expect(judge(given)).toEqual(['impaired', 'storage_nearly_full']);
  expect(detailOf(given)).toContain('400.0 MB of 500.0 MB (80 %)');
  expect(judge(inputs({}, { databaseBytes: null }))).toEqual(['ok']);
});

test('a history that lacks reports of more than three hours impairs the mesh, and names why', () => {
  const since = (hours: number, error: string | null) =>
    inputs(
      { state: { ...mesh.state, resumedAt: 0 } },
      {
        activity: { ...FACTS.activity!, activeSince: MEASURED - 24 * 60 * MINUTE },
        history: { pendingSince: MEASURED - hours * 60 * MINUTE, error },
      },
    );
  expect(judge(since(2.5, 'D1_ERROR: too big'))).toEqual(['ok']);
  expect(judge(since(4, null))).toEqual(['impaired', 'history_behind']);
  expect(detailOf(since(4, 'D1_ERROR: too big'))).toContain('The newest run failed: D1_ERROR: too big');
  expect(detailOf(since(4, null))).toContain('Check the queue');
});

test('a database that does not answer, and a state that cannot be read, stop the mesh', () => {
  const error = 'D1_ERROR: no such table';
  expect(judge(inputs({ facts: null, state: null, clockAheadMs: null, error }))).toEqual([
    'stopped',
    'database_unavailable',
  ]);
  expect(judge(inputs({ state: null, error }))).toEqual(['stopped', 'state_unreadable']);
});

test('an idle mesh with a problem is impaired, not idle', () => {
  const { state } = new World(6, []);
  expect(judge(inputs({ state }, { databaseBytes: 499_000_000 }))).toEqual([
    'impaired',
    'storage_nearly_full',
  ]);
});
