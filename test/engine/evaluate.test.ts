// Evaluating one monitor: since when a verdict holds, what is sent and stored, and what closing a monitor ends.
import { describe, expect, test } from 'vitest';
import { closeMonitor, evaluateMonitor } from '../../src/engine/evaluate.ts';
import type { MonitorState, OpenIncident } from '../../src/engine/model/state.ts';
import { meshOf } from '../support/engine/mesh.ts';
import { T0 } from '../support/engine/world.ts';

const AT = T0 + 1_000_000;
const SECOND = 1_000;

const incident = (verdict: OpenIncident['verdict'], startedAt = AT - 500_000): OpenIncident => ({
  ...{ id: 'inc_1', verdict, startedAt, detectedAt: startedAt + 10 },
});

describe('since when a verdict holds', () => {
  const since = (letters: string, parts: Partial<MonitorState> = {}) => {
    const { state, monitor } = meshOf(AT, letters, parts);
    const after = evaluateMonitor(state, monitor, AT).value;
    return [after.verdict, (after.verdictSince - AT) / SECOND];
  };
  const up = { verdict: 'up' as const, verdictSince: T0 };
  const down = { verdict: 'down' as const, verdictSince: T0, incident: incident('down') };

  test('a monitor is down since enough locations had begun to fail', () => {
    expect(since('FFFFPP', up)).toEqual(['down', -40.003]);
  });

  test('a monitor is up since its incident ended', () => {
    expect(since('FPPPPP', { ...down, incident: incident('down', AT - 45 * SECOND) })).toEqual(['up', 0]);
    expect(since('FPPPPP', down)).toEqual(['up', -50.005]);
  });

  test('a monitor without an incident is up from now on', () => {
    expect(since('PPPPPP')).toEqual(['up', 0]);
  });

  test('a verdict that has not changed keeps its start', () => {
    expect(since('PPPPPP', up)).toEqual(['up', (T0 - AT) / SECOND]);
    expect(since('FFFFPP', down)).toEqual(['down', (T0 - AT) / SECOND]);
  });

  test('a monitor is down since its incident began, also after a time without data', () => {
    const noData = { ...down, verdict: 'no_data' as const, verdictSince: AT - 100_000 };
    expect(since('FFFFPP', noData)).toEqual(['down', -500]);
  });

  test('a monitor has no data since half of its votes were gone, and not since before its earlier verdict', () => {
    expect(since('nnnnPP', up)).toEqual(['no_data', 0]);
    expect(since('PPmmmm', { ...up, verdictSince: AT + 3 * SECOND })).toEqual(['no_data', 3]);
  });
});

describe('the evaluation of a monitor', () => {
  test('an outage is sent and recorded once', () => {
    const { state, monitor } = meshOf(AT, 'FFFFPP', { verdict: 'up', verdictSince: T0 });
    const first = evaluateMonitor(state, monitor, AT);
    expect(first.notifications.map(({ event }) => event)).toEqual(['incident.opened']);
    expect(first.records).toHaveLength(1);
    const again = evaluateMonitor(state, first.value, AT + 1);
    expect([again.notifications, again.records]).toEqual([[], []]);
    expect(again.value).toEqual(first.value);
  });

  test('an opening is sent before the end of no data', () => {
    const { state, monitor } = meshOf(AT, 'FFFFPP', {
      verdict: 'no_data',
      verdictSince: T0,
      noDataId: 'nodata_x_1',
    });
    const { notifications } = evaluateMonitor(state, monitor, AT);
    expect(notifications.map(({ id, event }) => [id.replace(/^inc_.*_1_/, ''), event])).toEqual([
      ['opened', 'incident.opened'],
      ['nodata_x_1_ended', 'monitor.no_data_resolved'],
    ]);
    expect(notifications[1]).toMatchObject({ startedAt: AT - 40_003, verdict: 'down' });
  });
});

describe('closing a monitor', () => {
  test('a monitor without anything open sends and records nothing', () => {
    const { state, monitor } = meshOf(AT, 'PPPPPP', { verdict: 'up' });
    expect(closeMonitor(state, monitor, 'paused', AT)).toEqual({
      ...{ value: monitor, notifications: [], records: [] },
    });
  });

  test('the ends of incident, flapping and no data are sent at once', () => {
    const open = incident('down');
    const { state, monitor } = meshOf(AT, 'FFFFPP', {
      ...{ verdict: 'down', incident: open, notified: { incident: open, ended: null } },
      ...{ flapping: { id: 'flap_x_1', since: T0 }, noDataId: 'nodata_x_1' },
    });
    const { notifications, records, value: after } = closeMonitor(state, monitor, 'deleted', AT);
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

  test('the end of an incident that was not notified is recorded and not sent', () => {
    const open = incident('partial');
    const { state, monitor } = meshOf(AT, 'FFPPPP', { verdict: 'partial', incident: open });
    const { notifications, records } = closeMonitor(state, monitor, 'paused', AT);
    expect(notifications).toEqual([]);
    expect(records).toMatchObject([{ incident: { id: open.id, resolvedAt: AT, reason: 'paused' } }]);
  });

  test('the unsent end of an earlier incident is sent as it was', () => {
    const [earlier, open] = [incident('down'), { ...incident('down'), id: 'inc_2' }];
    const notified = { incident: earlier, ended: { resolvedAt: AT - 10, reason: null } };
    const { state, monitor } = meshOf(AT, 'FFFFPP', { verdict: 'down', incident: open, notified });
    const { notifications } = closeMonitor(state, monitor, 'paused', AT);
    expect(notifications).toMatchObject([
      { id: 'inc_1_resolved', incident: { resolvedAt: AT - 10, reason: null } },
    ]);
  });

  test('the end of a regional problem is sent as partial_resolved', () => {
    const open = incident('partial');
    const { state, monitor } = meshOf(AT, 'FFPPPP', {
      incident: open,
      notified: { incident: open, ended: null },
    });
    expect(closeMonitor(state, monitor, 'paused', AT).notifications).toMatchObject([
      { id: 'inc_1_partial_resolved', event: 'incident.partial_resolved' },
    ]);
  });
});
