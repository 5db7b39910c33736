// How an incident follows the verdict: it begins, is upgraded, and ends.
import { describe, expect, test } from 'vitest';
import { endIncident, updateIncident } from '../../../src/engine/incidents/incident.ts';
import type {
  EndReason,
  LocationStatus,
  MonitorState,
  OpenIncident,
  Verdict,
} from '../../../src/engine/model/state.ts';
import { evaluate } from '../../../src/engine/voting/evaluation.ts';
import { newLocationStatus } from '../../../src/engine/voting/streak.ts';
import { T0, World } from '../../support/engine/world.ts';

const AT = T0 + 3_000_000;
const SECOND = 1_000;
const ID = `inc_${AT.toString(36)}_1`;

/** Of six locations the first four fail since 40, 39, 38 and 37 s ago; the others pass since 20 s ago. */
function evaluationOf(verdict: Verdict, parts: Partial<MonitorState>) {
  const { state } = new World(6);
  const statuses = Array.from({ length: 6 }, (_, index): [number, LocationStatus] => {
    const failing = index < 4;
    const measured = { lastMeasuredAt: AT - 5 * SECOND, lastCheckedAt: AT - 5 * SECOND };
    return [
      index + 1,
      {
        ...{ ...newLocationStatus(0), ...measured, streak: 2, streakOf: failing ? 'failed' : 'ok' },
        ...{ vote: failing ? 'failing' : 'passing', streakSince: AT - (failing ? 40 - index : 20) * SECOND },
      },
    ];
  });
  const monitor = { ...state.monitors.get(1)!, round: null, byLocation: new Map(statuses), ...parts };
  return { ...evaluate(state, monitor, AT), verdict };
}
const open = (verdict: OpenIncident['verdict']): OpenIncident => ({
  ...{ id: 'i', verdict, startedAt: AT - 60 * SECOND, detectedAt: AT - 50 * SECOND },
});

function updated(verdict: Verdict, incident: OpenIncident | null) {
  const { value: monitor, records } = updateIncident(evaluationOf(verdict, { incident }));
  return { incident: monitor.incident, records: records.map((record) => record.incident) };
}
const opened = (verdict: OpenIncident['verdict'], id = ID): OpenIncident => ({
  ...{ id, verdict, startedAt: AT - 40 * SECOND, detectedAt: AT },
});
const recorded = (incident: OpenIncident, resolvedAt: number | null = null) => ({
  ...incident,
  ...{ resolvedAt, reason: null },
});

describe('the state machine of an incident', () => {
  test.each(['down', 'partial'] as const)('an incident opens when the verdict becomes %s', (verdict) => {
    expect(updated(verdict, null)).toEqual({
      incident: opened(verdict),
      records: [recorded(opened(verdict))],
    });
  });

  test.each(['down', 'partial'] as const)(
    'an incident stays open while the verdict is %s or no_data',
    (verdict) => {
      expect(updated(verdict, open(verdict))).toEqual({ incident: open(verdict), records: [] });
      expect(updated('no_data', open(verdict))).toEqual({ incident: open(verdict), records: [] });
    },
  );

  test('up and no_data open no incident', () => {
    for (const verdict of ['up', 'no_data'] as const) {
      expect(updated(verdict, null)).toEqual({ incident: null, records: [] });
    }
  });

  test('a regional problem that becomes an outage keeps its id', () => {
    const upgraded = opened('down', 'i');
    expect(updated('down', open('partial'))).toEqual({ incident: upgraded, records: [recorded(upgraded)] });
  });

  test('an outage that leaves a regional problem ends, and a new incident opens', () => {
    const { incident, records } = updated('partial', open('down'));
    expect(incident).toEqual(opened('partial'));
    expect(records).toMatchObject([{ id: 'i', verdict: 'down', reason: null }, recorded(opened('partial'))]);
    expect(records[0]!.resolvedAt).not.toBeNull();
  });

  test.each(['down', 'partial'] as const)(
    'an incident that is %s ends when the verdict becomes up',
    (verdict) => {
      const { incident, records } = updated('up', open(verdict));
      expect(incident).toBeNull();
      expect(records).toMatchObject([{ id: 'i', verdict, reason: null }]);
    },
  );
});

describe('the end of an incident', () => {
  const end = (reason: EndReason | null, notified: MonitorState['notified'] = null) =>
    endIncident(evaluationOf('up', { incident: open('down'), notified }), open('down'), reason);

  test('an incident ends with the streak that ended it, or now if there is a reason', () => {
    expect(end(null).records).toMatchObject([{ incident: { resolvedAt: AT - 20 * SECOND, reason: null } }]);
    expect(end('paused').records).toMatchObject([{ incident: { resolvedAt: AT, reason: 'paused' } }]);
  });

  test('the end of an incident is kept unsent only if its opening was sent', () => {
    const ended = { resolvedAt: AT, reason: 'paused' } as const;
    const own = { incident: open('down'), ended: null };
    expect(end('paused', own).value).toMatchObject({ incident: null, notified: { ...own, ended } });
    const other = { incident: { ...open('down'), id: 'j' }, ended: null };
    expect(end('paused', other).value.notified).toBe(other);
    expect(end('paused').value.notified).toBeNull();
  });
});
