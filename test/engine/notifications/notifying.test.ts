// What a notification carries, since when a verdict holds, and what withdrawing a monitor ends.
import { describe, expect, test } from 'vitest';
import { closeMonitor, evaluateMonitor } from '../../../src/engine/evaluate.ts';
import type { LocationStatus, MonitorState, OpenIncident, State } from '../../../src/engine/model/state.ts';
import {
  buildNotification,
  evaluate,
  evidenceFor,
  incidentRecord,
  incidentSnapshot,
  withMonitor,
} from '../../../src/engine/voting/evaluation.ts';
import { newLocationStatus } from '../../../src/engine/voting/streak.ts';
import { T0, World } from '../../support/engine/world.ts';

const AT = T0 + 1_000_000;
const SECOND = 1_000;
const saw = (outcome: 'ok' | 'failed' | 'unmeasured', startedAt: number) => ({
  startedAt,
  outcome,
  timings: {},
});

/** One letter a location: P passes since 50 s ago, F fails since 40 s ago, n has no vote, m missed its last look. */
function mesh(letters: string, parts: Partial<MonitorState> = {}): { state: State; monitor: MonitorState } {
  const world = new World(letters.length);
  const statuses = new Map<number, LocationStatus>();
  [...letters].forEach((letter, index) => {
    const failing = letter === 'F';
    const since = AT - (failing ? 40 : 50) * SECOND - index;
    const lastResult = saw(failing ? 'failed' : 'ok', AT - 5 * SECOND);
    const measured: LocationStatus = {
      ...newLocationStatus(0),
      ...{ vote: failing ? 'failing' : 'passing', streakOf: failing ? 'failed' : 'ok', streak: 2 },
      ...{ streakSince: since, lastMeasuredAt: AT - 5 * SECOND, lastCheckedAt: AT - 5 * SECOND, lastResult },
    };
    if (letter === 'n') statuses.set(index + 1, newLocationStatus(AT - 300 * SECOND));
    else if (letter === 'm')
      statuses.set(index + 1, {
        ...measured,
        noResponse: true,
        lastUnmeasured: saw('unmeasured', AT - SECOND),
      });
    else statuses.set(index + 1, measured);
  });
  const monitor = { ...world.state.monitors.get(1)!, byLocation: statuses, round: null, ...parts };
  return { state: { ...world.state, monitors: new Map([[1, monitor]]) }, monitor };
}

const incident = (verdict: OpenIncident['verdict'], startedAt = AT - 500_000): OpenIncident => ({
  ...{ id: 'inc_1', verdict, startedAt, detectedAt: startedAt + 10 },
});

describe('a hearing', () => {
  test('has every location’s testimony: who fails, who passes, who abstains', () => {
    const { state, monitor } = mesh('PFmnF');
    const { votes } = evaluate(state, monitor, AT);
    expect(evidenceFor(monitor, votes)).toEqual([
      { location: 2, vote: 'failing', streak: 2, since: AT - 40_001, observation: saw('failed', AT - 5_000) },
      { location: 5, vote: 'failing', streak: 2, since: AT - 40_004, observation: saw('failed', AT - 5_000) },
      { location: 1, vote: 'passing', streak: 2, since: AT - 50_000, observation: saw('ok', AT - 5_000) },
      // Who abstains shows why: the look that measured nothing.
      {
        location: 3,
        vote: 'abstaining',
        streak: 2,
        since: AT - 50_002,
        observation: saw('unmeasured', AT - 1_000),
      },
      { location: 4, vote: 'abstaining', streak: 0, since: null, observation: null },
    ]);
  });

  test('shows of a voter what it voted on, although its last look measured nothing', () => {
    const { state, monitor } = mesh('PPm');
    const statuses = new Map(monitor.byLocation).set(3, { ...monitor.byLocation.get(3)!, noResponse: false });
    const voting = { ...monitor, byLocation: statuses };
    const { votes } = evaluate(state, voting, AT);
    expect(evidenceFor(voting, votes)[2]).toMatchObject({ vote: 'passing', observation: { outcome: 'ok' } });
  });

  test('becomes a notification and a record', () => {
    const { state, monitor } = mesh('FFPm');
    const evaluation = evaluate(state, monitor, AT);
    expect(evaluation).toMatchObject({ at: AT, verdict: 'down' });
    const open = incident('partial');
    const notification = buildNotification(
      evaluation,
      'id',
      'partial',
      open.startedAt,
      incidentSnapshot(open),
    );
    const testimony = {
      scope: [1, 2],
      quorum: { policy: 'majority', required: 2, failing: 2, passing: 1, abstaining: 1 },
      evidence: evidenceFor(monitor, evaluation.votes),
    };
    expect(notification).toEqual({
      ...{ id: 'id', kind: 'partial', at: AT, monitor: 1, verdict: 'down' },
      ...{ startedAt: open.startedAt, incident: { ...open, resolvedAt: null, reason: null } },
      ...testimony,
    });
    expect(buildNotification(evaluation, 'id', 'no_data', 7).incident).toBeNull();
    const ended = incidentSnapshot(open, { resolvedAt: AT, reason: 'paused' });
    expect(incidentRecord(evaluation, ended)).toEqual({
      ...{ incident: { ...open, resolvedAt: AT, reason: 'paused' }, monitor: 1 },
      ...testimony,
    });
    expect(incidentSnapshot(open, { resolvedAt: AT, reason: null }).reason).toBeNull();
  });

  test('of an unchanged monitor is itself', () => {
    const { state, monitor } = mesh('PP');
    const evaluation = evaluate(state, monitor, AT);
    expect(withMonitor(evaluation, monitor)).toBe(evaluation);
    const changed = { ...monitor, noDataId: 'b' };
    expect(withMonitor(evaluation, changed)).toEqual({ ...evaluation, monitor: changed });
  });
});

describe('a verdict holds', () => {
  const since = (letters: string, parts: Partial<MonitorState> = {}) => {
    const { state, monitor } = mesh(letters, parts);
    const after = evaluateMonitor(state, monitor, AT).monitor;
    return [after.verdict, (after.verdictSince - AT) / SECOND];
  };
  const up = { verdict: 'up' as const, verdictSince: T0 };
  const down = { verdict: 'down' as const, verdictSince: T0, incident: incident('down') };

  test('down since enough locations had begun to fail', () => {
    expect(since('FFFFPP', up)).toEqual(['down', -40.003]);
  });

  test('up since the incident ended', () => {
    expect(since('FPPPPP', { ...down, incident: incident('down', AT - 45 * SECOND) })).toEqual(['up', 0]);
    expect(since('FPPPPP', down)).toEqual(['up', -50.005]);
  });

  test('up from now on, where there was no incident', () => {
    expect(since('PPPPPP')).toEqual(['up', 0]);
  });

  test('as long as it did, where it has not changed', () => {
    expect(since('PPPPPP', up)).toEqual(['up', (T0 - AT) / SECOND]);
    expect(since('FFFFPP', down)).toEqual(['down', (T0 - AT) / SECOND]);
  });

  test('down since the incident began, where nobody could tell for a while', () => {
    const lost = { ...down, verdict: 'no_data' as const, verdictSince: AT - 100_000 };
    expect(since('FFFFPP', lost)).toEqual(['down', -500]);
  });

  test('undecided since half of the votes were gone, and not since before it was something else', () => {
    expect(since('nnnnPP', up)).toEqual(['no_data', 0]);
    expect(since('PPmmmm', { ...up, verdictSince: AT + 3 * SECOND })).toEqual(['no_data', 3]);
  });
});

describe('a pronounced verdict', () => {
  test('is told and recorded once', () => {
    const { state, monitor } = mesh('FFFFPP', { verdict: 'up', verdictSince: T0 });
    const first = evaluateMonitor(state, monitor, AT);
    expect(first.notifications.map(({ kind }) => kind)).toEqual(['opened']);
    expect(first.records).toHaveLength(1);
    const again = evaluateMonitor(state, first.monitor, AT + 1);
    expect([again.notifications, again.records]).toEqual([[], []]);
    expect(again.monitor).toEqual(first.monitor);
  });

  test('tells what began and what blindness ended, in this order', () => {
    const { state, monitor } = mesh('FFFFPP', {
      verdict: 'no_data',
      verdictSince: T0,
      noDataId: 'nodata_x_1',
    });
    const { notifications } = evaluateMonitor(state, monitor, AT);
    expect(notifications.map(({ id, kind }) => [id.replace(/^inc_.*_1_/, ''), kind])).toEqual([
      ['opened', 'opened'],
      ['nodata_x_1_ended', 'no_data_resolved'],
    ]);
    expect(notifications[1]).toMatchObject({ startedAt: AT - 40_003, verdict: 'down' });
  });
});

describe('a monitor that is withdrawn', () => {
  test('has nothing to tell when nothing was open', () => {
    const { state, monitor } = mesh('PPPPPP', { verdict: 'up' });
    expect(closeMonitor(state, monitor, 'paused', AT)).toEqual({ monitor, notifications: [], records: [] });
  });

  test('ends all that was told: its incident, its flapping, its blindness', () => {
    const open = incident('down');
    const { state, monitor } = mesh('FFFFPP', {
      ...{ verdict: 'down', incident: open, notified: { incident: open, ended: null } },
      ...{ flapping: { id: 'flap_x_1', since: T0 }, noDataId: 'nodata_x_1' },
    });
    const { notifications, records, monitor: after } = closeMonitor(state, monitor, 'deleted', AT);
    expect(notifications.map(({ id }) => id)).toEqual([
      'inc_1_resolved',
      'flap_x_1_ended',
      'nodata_x_1_ended',
    ]);
    expect(notifications[0]).toMatchObject({
      incident: { resolvedAt: AT, reason: 'deleted', startedAt: open.startedAt },
      ...{ verdict: 'down', startedAt: open.startedAt, at: AT },
    });
    expect(records).toHaveLength(1);
    expect(after).toMatchObject({ incident: null, notified: null, flapping: null, noDataId: null });
  });

  test('records the end of what nobody was told of, and tells nobody', () => {
    const open = incident('partial');
    const { state, monitor } = mesh('FFPPPP', { verdict: 'partial', incident: open });
    const { notifications, records } = closeMonitor(state, monitor, 'paused', AT);
    expect(notifications).toEqual([]);
    expect(records).toMatchObject([{ incident: { id: open.id, resolvedAt: AT, reason: 'paused' } }]);
  });

  test('keeps the end of another incident that waits to be told', () => {
    const [earlier, open] = [incident('down'), { ...incident('down'), id: 'inc_2' }];
    const notified = { incident: earlier, ended: { resolvedAt: AT - 10, reason: null } };
    const { state, monitor } = mesh('FFFFPP', { verdict: 'down', incident: open, notified });
    const { notifications } = closeMonitor(state, monitor, 'paused', AT);
    expect(notifications).toMatchObject([
      { id: 'inc_1_resolved', incident: { resolvedAt: AT - 10, reason: null } },
    ]);
  });

  test('ends a regional problem as such', () => {
    const open = incident('partial');
    const { state, monitor } = mesh('FFPPPP', { incident: open, notified: { incident: open, ended: null } });
    expect(closeMonitor(state, monitor, 'paused', AT).notifications).toMatchObject([
      { id: 'inc_1_partial_resolved', kind: 'partial_resolved' },
    ]);
  });
});
