// How an incident follows the verdict: it begins, is upgraded, and ends.
import { describe, expect, test } from 'vitest';
import { endIncident, followVerdict } from '../../../src/engine/incidents/incident.ts';
import type { MonitorState, OpenIncident, Verdict, View } from '../../../src/engine/model/state.ts';
import { openHearing } from '../../../src/engine/voting/evaluation.ts';
import { newView } from '../../../src/engine/voting/streak.ts';
import { T0, World } from '../../support/engine/world.ts';

const AT = T0 + 3_000_000;
const SECOND = 1_000;
const ID = `inc_${AT.toString(36)}_1`;

/** Of six locations the first four fail since 40, 39, 38 and 37 s ago; the others pass since 20 s ago. */
function hearingOf(verdict: Verdict, parts: Partial<MonitorState>) {
  const { state } = new World(6);
  const views = Array.from({ length: 6 }, (_, index): [number, View] => {
    const failing = index < 4;
    const looked = { measuredAt: AT - 5 * SECOND, lookedAt: AT - 5 * SECOND };
    return [
      index + 1,
      {
        ...{ ...newView(0), ...looked, streak: 2, streakOf: failing ? 'failed' : 'ok' },
        ...{ vote: failing ? 'failing' : 'passing', streakSince: AT - (failing ? 40 - index : 20) * SECOND },
      },
    ];
  });
  const monitor = { ...state.monitors.get(1)!, round: null, views: new Map(views), ...parts };
  return { ...openHearing(state, monitor, AT), verdict };
}
const open = (verdict: OpenIncident['verdict']): OpenIncident => ({
  ...{ id: 'i', verdict, startedAt: AT - 60 * SECOND, detectedAt: AT - 50 * SECOND },
});

function follow(verdict: Verdict, incident: OpenIncident | null) {
  const { monitor, records } = followVerdict(hearingOf(verdict, { incident }));
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
      expect(follow('undecided', open(verdict))).toEqual({ incident: open(verdict), records: [] });
    },
  );

  test('is none where the verdict is up or undecided', () => {
    for (const verdict of ['up', 'undecided'] as const) {
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
  const end = (reason: string | null, told: MonitorState['told'] = null) =>
    endIncident(hearingOf('up', { incident: open('down'), told }), open('down'), reason);

  test('is that of the streak which ended it, or now where there is another reason', () => {
    expect(end(null).records).toMatchObject([{ incident: { resolvedAt: AT - 20 * SECOND, reason: null } }]);
    expect(end('paused').records).toMatchObject([{ incident: { resolvedAt: AT, reason: 'paused' } }]);
  });

  test('waits to be told where its beginning was told, and only there', () => {
    const ended = { resolvedAt: AT, reason: 'paused' };
    const own = { incident: open('down'), ended: null };
    expect(end('paused', own).monitor).toMatchObject({ incident: null, told: { ...own, ended } });
    const other = { incident: { ...open('down'), id: 'j' }, ended: null };
    expect(end('paused', other).monitor.told).toBe(other);
    expect(end('paused').monitor.told).toBeNull();
  });
});
