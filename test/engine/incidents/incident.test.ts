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
    const looked = { lastMeasuredAt: AT - 5 * SECOND, lastCheckedAt: AT - 5 * SECOND };
    return [
      index + 1,
      {
        ...{ ...newLocationStatus(0), ...looked, streak: 2, streakOf: failing ? 'failed' : 'ok' },
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

function follow(verdict: Verdict, incident: OpenIncident | null) {
  const { value: monitor, records } = updateIncident(evaluationOf(verdict, { incident }));
  return { incident: monitor.incident, records: records.map((record) => record.incident) };
}
const begun = (verdict: OpenIncident['verdict'], id = ID): OpenIncident => ({
  ...{ id, verdict, startedAt: AT - 40 * SECOND, detectedAt: AT },
});
const recorded = (incident: OpenIncident, resolvedAt: number | null = null) => ({
  ...incident,
  ...{ resolvedAt, reason: null },
});

describe('an incident', () => {
  test.each(['down', 'partial'] as const)('begins when the verdict becomes %s', (verdict) => {
    expect(follow(verdict, null)).toEqual({ incident: begun(verdict), records: [recorded(begun(verdict))] });
  });

  test.each(['down', 'partial'] as const)(
    'goes on while the verdict stays %s, or is undecided',
    (verdict) => {
      expect(follow(verdict, open(verdict))).toEqual({ incident: open(verdict), records: [] });
      expect(follow('no_data', open(verdict))).toEqual({ incident: open(verdict), records: [] });
    },
  );

  test('is none where the verdict is up or undecided', () => {
    for (const verdict of ['up', 'no_data'] as const) {
      expect(follow(verdict, null)).toEqual({ incident: null, records: [] });
    }
  });

  test('of a region is upgraded to an outage and keeps its id', () => {
    const upgraded = begun('down', 'i');
    expect(follow('down', open('partial'))).toEqual({ incident: upgraded, records: [recorded(upgraded)] });
  });

  test('of an outage ends where a regional problem is left, which is another one', () => {
    const { incident, records } = follow('partial', open('down'));
    expect(incident).toEqual(begun('partial'));
    expect(records).toMatchObject([{ id: 'i', verdict: 'down', reason: null }, recorded(begun('partial'))]);
    expect(records[0]!.resolvedAt).not.toBeNull();
  });

  test.each(['down', 'partial'] as const)('that is %s ends when the verdict becomes up', (verdict) => {
    const { incident, records } = follow('up', open(verdict));
    expect(incident).toBeNull();
    expect(records).toMatchObject([{ id: 'i', verdict, reason: null }]);
  });
});

describe('the end of an incident', () => {
  const end = (reason: EndReason | null, notified: MonitorState['notified'] = null) =>
    endIncident(evaluationOf('up', { incident: open('down'), notified }), open('down'), reason);

  test('is that of the streak which ended it, or now where there is another reason', () => {
    expect(end(null).records).toMatchObject([{ incident: { resolvedAt: AT - 20 * SECOND, reason: null } }]);
    expect(end('paused').records).toMatchObject([{ incident: { resolvedAt: AT, reason: 'paused' } }]);
  });

  test('waits to be told where its beginning was told, and only there', () => {
    const ended = { resolvedAt: AT, reason: 'paused' } as const;
    const own = { incident: open('down'), ended: null };
    expect(end('paused', own).value).toMatchObject({ incident: null, notified: { ...own, ended } });
    const other = { incident: { ...open('down'), id: 'j' }, ended: null };
    expect(end('paused', other).value.notified).toBe(other);
    expect(end('paused').value.notified).toBeNull();
  });
});
