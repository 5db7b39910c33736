// What receivers know and what they are told: beginnings, ends, flapping and blindness, each at its borders.
import { describe, expect, test } from 'vitest';
import type {
  MonitorState,
  OpenIncident,
  State,
  Transition,
  Window,
} from '../../../src/engine/model/state.ts';
import {
  noDataAfterMs,
  noDataCheckAt,
  notifyNoData,
  resolveNoData,
} from '../../../src/engine/notifications/no-data.ts';
import {
  decideNotifications,
  endFlapping,
  hasUnsentNotification,
  isNotified,
  notifyResolved,
} from '../../../src/engine/notifications/pipeline.ts';
import { evaluate } from '../../../src/engine/voting/evaluation.ts';
import { policy, T0, World } from '../../support/engine/world.ts';

const AT = T0 + 3_000_000;
const MINUTE = 60_000;
const world = new World(3, [{}, { dependsOn: [1] }]);

const incident = (verdict: OpenIncident['verdict'], id = 'i'): OpenIncident => ({
  ...{ id, verdict, startedAt: AT - 5 * MINUTE, detectedAt: AT - 4 * MINUTE },
});
const told = (about: OpenIncident, ended = false): MonitorState['notified'] => ({
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
/** Eight turns ten minutes ago: 39 %. */
const TURNS: Transition[] = Array.from({ length: 8 }, (_, index) => ({
  ...{ at: AT - 10 * MINUTE + index, involvesDown: true, weight: 1 },
}));

const heard = (parts: Partial<MonitorState>, state: State = world.state, number = 1) =>
  evaluate(state, monitor(parts, number), AT);
const announced = (parts: Partial<MonitorState>, state?: State, number?: number) => {
  const { monitor: after, notifications } = decideNotifications(heard(parts, state, number));
  return { after, told: notifications.map(({ id, startedAt }) => [id, startedAt]) };
};

describe('receivers know', () => {
  test('of an incident as it is: the same, and as grave', () => {
    const knows = (open: OpenIncident | null, known: OpenIncident | null) =>
      isNotified(monitor({ incident: open, notified: known && told(known) }));
    expect([knows(null, null), knows(null, incident('down'))]).toEqual([true, true]);
    expect([knows(incident('down'), null), knows(incident('down'), incident('down'))]).toEqual([false, true]);
    expect(knows(incident('down'), incident('partial'))).toBe(false);
    expect(knows(incident('down'), incident('down', 'earlier'))).toBe(false);
  });

  test('all that there is to know, or something is left to tell', () => {
    const untold = (parts: Partial<MonitorState>) => hasUnsentNotification(monitor(parts));
    expect(untold({})).toBe(false);
    expect(untold({ incident: incident('down') })).toBe(true);
    expect(untold({ incident: incident('down'), notified: told(incident('down')) })).toBe(false);
    expect(untold({ notified: told(incident('down'), true) })).toBe(true);
    expect(untold({ verdict: 'no_data' })).toBe(true);
    expect(untold({ verdict: 'no_data', noDataId: 'b' })).toBe(false);
    expect(untold({ noDataId: 'b' })).toBe(true);
  });
});

describe('told is', () => {
  const started = AT - 5 * MINUTE;

  test('the beginning of an outage, and of a regional problem', () => {
    const outage = announced({ incident: incident('down') });
    expect(outage.told).toEqual([['i_opened', started]]);
    expect(outage.after.notified).toEqual(told(incident('down')));
    expect(announced({ incident: incident('partial') }).told).toEqual([['i_partial', started]]);
  });

  test('the end of what was told, before what has begun since', () => {
    const both = announced({ incident: incident('down', 'j'), notified: told(incident('partial'), true) });
    expect(both.told).toEqual([
      ['i_partial_resolved', started],
      ['j_opened', started],
    ]);
    expect(announced({ notified: told(incident('down'), true) })).toMatchObject({
      ...{ told: [['i_resolved', started]], after: { notified: null } },
    });
    expect(notifyResolved(heard({ notified: told(incident('down')) })).notifications).toEqual([]);
    expect(notifyResolved(heard({})).notifications).toEqual([]);
  });

  test('that a monitor flaps, since its first turn, instead of its next change', () => {
    const { after, told: ids } = announced({ transitions: TURNS, incident: incident('down') });
    expect(ids).toEqual([[`flap_${AT.toString(36)}_1`, AT - 10 * MINUTE]]);
    expect(after.flapping).toEqual({ id: `flap_${AT.toString(36)}_1`, since: AT - 10 * MINUTE });
    expect(after.notified).toBeNull();
  });

  test('that it has settled, and then what still holds', () => {
    const flapping = { id: 'f', since: T0 };
    const settled = announced({ flapping, incident: incident('down') });
    expect(settled.told).toEqual([
      ['f_ended', T0],
      ['i_opened', started],
    ]);
    expect(settled.after.flapping).toBeNull();
    expect(announced({ flapping, transitions: TURNS }).told).toEqual([]);
    expect(endFlapping(heard({ flapping })).notifications).toMatchObject([{ kind: 'flapping_ended' }]);
    expect(endFlapping(heard({})).notifications).toEqual([]);
  });

  test('nothing of a child that its parent explains, neither that it is down nor that it flaps', () => {
    const state = {
      ...world.state,
      monitors: new Map(world.state.monitors).set(1, monitor({ incident: incident('down') })),
    };
    expect(announced({ incident: incident('down', 'c') }, state, 2).told).toEqual([]);
    expect(announced({ incident: incident('down', 'c'), transitions: TURNS }, state, 2).told).toEqual([]);
    expect(announced({ transitions: TURNS }, state, 2).told).toHaveLength(1);
  });

  test('nothing in a window, and nothing where nothing is', () => {
    for (const parts of [
      { incident: incident('down') },
      { notified: told(incident('down'), true) },
      { transitions: TURNS },
      { flapping: { id: 'f', since: T0 } },
    ]) {
      expect(announced(parts, covered()).told).toEqual([]);
      expect(announced(parts).told).toHaveLength(1);
    }
    expect(announced({})).toEqual({ after: monitor(), told: [] });
  });
});

describe('blindness', () => {
  const blind = (parts: Partial<MonitorState>, state: State = world.state) =>
    notifyNoData(heard(parts, state)).notifications.map(({ id, startedAt }) => [id, startedAt]);
  const since = (ms: number): Partial<MonitorState> => ({ verdict: 'no_data', verdictSince: AT - ms });
  const id = `nodata_${AT.toString(36)}_1`;

  test('is noticed after three intervals, and after five minutes at least', () => {
    expect([MINUTE, 100_000, 100_001].map((intervalMs) => noDataAfterMs({ intervalMs }))).toEqual([
      ...[300_000, 300_000, 300_003],
    ]);
    expect(blind(since(300_000))).toEqual([[id, AT - 300_000]]);
    expect(blind(since(299_999))).toEqual([]);
  });

  test('counts only the time in which somebody was awake', () => {
    const woke = (ms: number) => ({ ...world.state, resumedAt: AT - ms });
    expect(blind(since(900_000), woke(299_999))).toEqual([]);
    expect(blind(since(900_000), woke(300_000))).toEqual([[id, AT - 900_000]]);
  });

  test('is told once, and its end once; neither in a window, nor of a monitor that is paused', () => {
    expect(blind({ ...since(900_000), noDataId: 'b' })).toEqual([]);
    expect(blind({ noDataId: 'b' })).toEqual([['b_ended', T0]]);
    expect(blind({})).toEqual([]);
    expect([blind(since(900_000), covered()), blind({ noDataId: 'b' }, covered('maintenance'))]).toEqual([
      [],
      [],
    ]);
    expect(blind({ ...since(900_000), policy: policy({ paused: true }) })).toEqual([]);
    expect(notifyNoData(heard(since(900_000))).monitor.noDataId).toBe(id);
    expect(notifyNoData(heard({ noDataId: 'b' })).monitor.noDataId).toBeNull();
    expect(resolveNoData(heard({})).notifications).toEqual([]);
  });

  test('of a monitor that no enabled location looks at has to be heard of without a report', () => {
    const locations = new Map(
      [...world.state.locations].map(([number, one]) => [number, { ...one, enabled: number > 1 }] as const),
    );
    const state = { ...world.state, locations, at: AT };
    const evaluation = (parts: Partial<MonitorState>, in_: State = state) => {
      const rules = policy({ locations: [1] });
      return noDataCheckAt(in_, monitor({ policy: rules, ...parts }));
    };
    expect(evaluation({ policy: policy({ locations: [1, 2] }) })).toBeNull();
    expect(evaluation({})).toBe(AT);
    expect(evaluation(since(100_000))).toBe(AT + 200_000);
    expect(evaluation({ ...since(100_000), noDataId: 'b' })).toBeNull();
    expect(evaluation(since(100_000), { ...state, windows: covered().windows })).toBeNull();
  });
});
