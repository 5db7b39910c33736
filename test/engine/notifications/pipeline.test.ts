// The pipeline: what is due, what suppresses it, and the order in which it is sent.
import { describe, expect, test } from 'vitest';
import type {
  MonitorState,
  OpenIncident,
  State,
  Transition,
  Window,
} from '../../../src/engine/model/state.ts';
import { noDataCheckAt } from '../../../src/engine/notifications/no-data.ts';
import {
  closeNotifications,
  decideNotifications,
  hasUnsentNotification,
  isNotified,
  PIPELINE,
} from '../../../src/engine/notifications/pipeline.ts';
import { evaluate } from '../../../src/engine/voting/evaluation.ts';
import { policy, T0, World } from '../../support/engine/world.ts';

const AT = T0 + 3_000_000;
const MINUTE = 60_000;
const world = new World(3, [{}, { dependsOn: [1] }]);

const incident = (verdict: OpenIncident['verdict'], id = 'i'): OpenIncident => ({
  ...{ id, verdict, startedAt: AT - 5 * MINUTE, detectedAt: AT - 4 * MINUTE },
});
const notified = (about: OpenIncident, ended = false): MonitorState['notified'] => ({
  incident: about,
  ended: ended ? { resolvedAt: AT - MINUTE, reason: null } : null,
});
const quiet: Partial<MonitorState> = { round: null, verdict: 'up', verdictSince: T0 };
const monitor = (parts: Partial<MonitorState> = {}, number = 1): MonitorState => ({
  ...world.state.monitors.get(number)!,
  ...quiet,
  ...parts,
});
const covered = (kind: Window['kind'] = 'silence'): State => ({
  ...world.state,
  windows: new Map([['w', { kind, monitors: 'all', spans: [[AT - 1, AT + 1]] }]]),
});
/** Eight transitions ten minutes ago: 39 %. */
const TRANSITIONS: Transition[] = Array.from({ length: 8 }, (_, index) => ({
  ...{ at: AT - 10 * MINUTE + index, involvesDown: true, weight: 1 },
}));

const evaluationOf = (parts: Partial<MonitorState>, state: State = world.state, number = 1) =>
  evaluate(state, monitor(parts, number), AT);
const decided = (parts: Partial<MonitorState>, state?: State, number?: number) => {
  const { value: after, notifications } = decideNotifications(evaluationOf(parts, state, number));
  return { after, sent: notifications.map(({ id, startedAt }) => [id, startedAt]) };
};

test('the pipeline sends ends before openings, and what affects the incident before the rest', () => {
  expect(PIPELINE.map(({ subject }) => subject)).toEqual([
    ...['resolved', 'flapping_ended', 'flapping', 'opened'],
    ...['degraded', 'certificate', 'no_data', 'no_data_resolved'],
  ]);
});

describe('an incident is notified', () => {
  test('an incident is notified if the same one was sent with the same verdict', () => {
    const isKnown = (open: OpenIncident | null, sent: OpenIncident | null) =>
      isNotified(monitor({ incident: open, notified: sent && notified(sent) }));
    expect([isKnown(null, null), isKnown(null, incident('down'))]).toEqual([true, true]);
    expect([isKnown(incident('down'), null), isKnown(incident('down'), incident('down'))]).toEqual([
      false,
      true,
    ]);
    expect(isKnown(incident('down'), incident('partial'))).toBe(false);
    expect(isKnown(incident('down'), incident('down', 'earlier'))).toBe(false);
  });

  test('an incident, its end, no data and the end of no data can be unsent', () => {
    const hasUnsent = (parts: Partial<MonitorState>) => hasUnsentNotification(monitor(parts));
    expect(hasUnsent({})).toBe(false);
    expect(hasUnsent({ incident: incident('down') })).toBe(true);
    expect(hasUnsent({ incident: incident('down'), notified: notified(incident('down')) })).toBe(false);
    expect(hasUnsent({ notified: notified(incident('down'), true) })).toBe(true);
    expect(hasUnsent({ verdict: 'no_data' })).toBe(true);
    expect(hasUnsent({ verdict: 'no_data', noDataId: 'b' })).toBe(false);
    expect(hasUnsent({ noDataId: 'b' })).toBe(true);
  });
});

describe('notifications about incidents and flapping', () => {
  const started = AT - 5 * MINUTE;

  test('the opening of an outage and of a regional problem is sent', () => {
    const outage = decided({ incident: incident('down') });
    expect(outage.sent).toEqual([['i_opened', started]]);
    expect(outage.after.notified).toEqual(notified(incident('down')));
    expect(decided({ incident: incident('partial') }).sent).toEqual([['i_partial', started]]);
  });

  test('the end of an earlier incident is sent before the opening of a new one', () => {
    const both = decided({ incident: incident('down', 'j'), notified: notified(incident('partial'), true) });
    expect(both.sent).toEqual([
      ['i_partial_resolved', started],
      ['j_opened', started],
    ]);
    expect(decided({ notified: notified(incident('down'), true) })).toMatchObject({
      ...{ sent: [['i_resolved', started]], after: { notified: null } },
    });
    expect(decided({ notified: notified(incident('down')) }).sent).toEqual([]);
  });

  test('flapping is sent since its first transition, in place of the next change', () => {
    const { after, sent } = decided({ transitions: TRANSITIONS, incident: incident('down') });
    expect(sent).toEqual([[`flap_${AT.toString(36)}_1`, AT - 10 * MINUTE]]);
    expect(after.flapping).toEqual({ id: `flap_${AT.toString(36)}_1`, since: AT - 10 * MINUTE });
    expect(after.notified).toBeNull();
  });

  test('the end of flapping is sent, and then the incident that is still open', () => {
    const flapping = { id: 'f', since: T0 };
    const stable = decided({ flapping, incident: incident('down') });
    expect(stable.sent).toEqual([
      ['f_ended', T0],
      ['i_opened', started],
    ]);
    expect(stable.after.flapping).toBeNull();
    expect(decided({ flapping, transitions: TRANSITIONS }).sent).toEqual([]);
  });

  test('a dependency that is down suppresses both the outage and the flapping of a monitor', () => {
    const state = {
      ...world.state,
      monitors: new Map(world.state.monitors).set(1, monitor({ incident: incident('down') })),
    };
    expect(decided({ incident: incident('down', 'c') }, state, 2).sent).toEqual([]);
    expect(decided({ incident: incident('down', 'c'), transitions: TRANSITIONS }, state, 2).sent).toEqual([]);
    expect(decided({ transitions: TRANSITIONS }, state, 2).sent).toHaveLength(1);
  });

  test('a window suppresses every notification, and a monitor without news has none', () => {
    for (const parts of [
      { incident: incident('down') },
      { notified: notified(incident('down'), true) },
      { transitions: TRANSITIONS },
      { flapping: { id: 'f', since: T0 } },
    ]) {
      expect(decided(parts, covered()).sent).toEqual([]);
      expect(decided(parts).sent).toHaveLength(1);
    }
    expect(decided({})).toEqual({ after: monitor(), sent: [] });
  });

  test('a monitor that is closed sends its ends in a window, too', () => {
    const open = {
      notified: notified(incident('down'), true),
      flapping: { id: 'f', since: T0 },
      noDataId: 'b',
    };
    const { value, notifications } = closeNotifications(evaluationOf(open, covered()));
    expect(notifications.map(({ id }) => id)).toEqual(['i_resolved', 'f_ended', 'b_ended']);
    expect(value).toMatchObject({ notified: null, flapping: null, noDataId: null });
    const nothing = closeNotifications(evaluationOf({ notified: notified(incident('down')) }));
    expect(nothing.notifications).toEqual([]);
  });
});

describe('notifications about no data', () => {
  const sent = (parts: Partial<MonitorState>, state?: State) => decided(parts, state).sent;
  const since = (ms: number): Partial<MonitorState> => ({ verdict: 'no_data', verdictSince: AT - ms });
  const id = `nodata_${AT.toString(36)}_1`;

  test('no data is sent after three intervals, and after five minutes at least', () => {
    expect(sent(since(300_000))).toEqual([[id, AT - 300_000]]);
    expect(sent(since(299_999))).toEqual([]);
    const slow = { policy: policy({ intervalMs: 200_000 }) };
    expect(sent({ ...since(600_000), ...slow })).toEqual([[id, AT - 600_000]]);
    expect(sent({ ...since(599_999), ...slow })).toEqual([]);
  });

  test('only time in which ticks were running counts as no data', () => {
    const resumed = (ms: number) => ({ ...world.state, resumedAt: AT - ms });
    expect(sent(since(900_000), resumed(299_999))).toEqual([]);
    expect(sent(since(900_000), resumed(300_000))).toEqual([[id, AT - 900_000]]);
  });

  test('no data and its end are sent once each, but not in a window or while paused', () => {
    expect(sent({ ...since(900_000), noDataId: 'b' })).toEqual([]);
    expect(sent({ noDataId: 'b' })).toEqual([['b_ended', T0]]);
    expect(sent({})).toEqual([]);
    expect([sent(since(900_000), covered()), sent({ noDataId: 'b' }, covered('maintenance'))]).toEqual([
      [],
      [],
    ]);
    expect(sent({ ...since(900_000), policy: policy({ paused: true }) })).toEqual([]);
    expect(decided(since(900_000)).after.noDataId).toBe(id);
    expect(decided({ noDataId: 'b' }).after.noDataId).toBeNull();
  });

  test('a monitor without an enabled location is due for evaluation without a report', () => {
    const locations = new Map(
      [...world.state.locations].map(([number, one]) => [number, { ...one, enabled: number > 1 }] as const),
    );
    const state = { ...world.state, locations, at: AT };
    const dueAt = (parts: Partial<MonitorState>, in_: State = state) => {
      const rules = policy({ locations: [1] });
      return noDataCheckAt(in_, monitor({ policy: rules, ...parts }));
    };
    expect(dueAt({ policy: policy({ locations: [1, 2] }) })).toBeNull();
    expect(dueAt({})).toBe(AT);
    expect(dueAt(since(100_000))).toBe(AT + 200_000);
    expect(dueAt({ ...since(100_000), noDataId: 'b' })).toBeNull();
    expect(dueAt(since(100_000), { ...state, windows: covered().windows })).toBeNull();
  });
});
