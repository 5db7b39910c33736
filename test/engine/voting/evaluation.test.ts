// The evaluation of one monitor: its evidence, and what a notification and a record carry.
import { expect, test } from 'vitest';
import type { OpenIncident } from '../../../src/engine/model/state.ts';
import {
  buildNotification,
  evaluate,
  evidenceFor,
  incidentRecord,
  incidentSnapshot,
  withMonitor,
} from '../../../src/engine/voting/evaluation.ts';
import { meshOf, observationAt } from '../../support/engine/mesh.ts';
import { T0 } from '../../support/engine/world.ts';

const AT = T0 + 1_000_000;

test('the evidence has failing locations first, then passing and then abstaining ones', () => {
  const { state, monitor } = meshOf(AT, 'PFmnF');
  const { votes } = evaluate(state, monitor, AT);
  const [failed, ok] = [observationAt('failed', AT - 5_000), observationAt('ok', AT - 5_000)];
  expect(evidenceFor(monitor, votes)).toEqual([
    { location: 2, vote: 'failing', streak: 2, since: AT - 40_001, observation: failed },
    { location: 5, vote: 'failing', streak: 2, since: AT - 40_004, observation: failed },
    { location: 1, vote: 'passing', streak: 2, since: AT - 50_000, observation: ok },
    // An abstaining location shows why: the run that measured nothing.
    {
      ...{ location: 3, vote: 'abstaining', streak: 2, since: AT - 50_002 },
      observation: observationAt('unmeasured', AT - 1_000),
    },
    { location: 4, vote: 'abstaining', streak: 0, since: null, observation: null },
  ]);
});

test('the evidence of a voter is the result it voted on, although its newest run measured nothing', () => {
  const { state, monitor } = meshOf(AT, 'PPm');
  const statuses = new Map(monitor.byLocation).set(3, { ...monitor.byLocation.get(3)!, noResponse: false });
  const voting = { ...monitor, byLocation: statuses };
  const { votes } = evaluate(state, voting, AT);
  expect(evidenceFor(voting, votes)[2]).toMatchObject({ vote: 'passing', observation: { outcome: 'ok' } });
});

test('a notification and a record carry the incident, the quorum, the scope and the evidence', () => {
  const { state, monitor } = meshOf(AT, 'FFPm');
  const evaluation = evaluate(state, monitor, AT);
  expect(evaluation).toMatchObject({ at: AT, verdict: 'down' });
  const [startedAt, detectedAt] = [AT - 500_000, AT - 499_990];
  const open: OpenIncident = { id: 'inc_1', verdict: 'partial', startedAt, detectedAt };
  const snapshot = incidentSnapshot(open);
  const notification = buildNotification(evaluation, 'id', 'incident.partial', startedAt, snapshot);
  const votesAndEvidence = {
    scope: [1, 2],
    quorum: { policy: 'majority', required: 2, failing: 2, passing: 1, abstaining: 1 },
    evidence: evidenceFor(monitor, evaluation.votes),
  };
  expect(notification).toEqual({
    ...{ id: 'id', event: 'incident.partial', at: AT, monitor: 1, verdict: 'down' },
    ...{ startedAt, incident: { ...open, resolvedAt: null, reason: null } },
    ...votesAndEvidence,
  });
  expect(buildNotification(evaluation, 'id', 'monitor.no_data', 7).incident).toBeNull();
  const ended = incidentSnapshot(open, { resolvedAt: AT, reason: 'paused' });
  expect(incidentRecord(evaluation, ended)).toEqual({
    ...{ incident: { ...open, resolvedAt: AT, reason: 'paused' }, monitor: 1 },
    ...votesAndEvidence,
  });
  expect(incidentSnapshot(open, { resolvedAt: AT, reason: null }).reason).toBeNull();
});

test('the evaluation with the same monitor is the same object', () => {
  const { state, monitor } = meshOf(AT, 'PP');
  const evaluation = evaluate(state, monitor, AT);
  expect(withMonitor(evaluation, monitor)).toBe(evaluation);
  const changed = { ...monitor, noDataId: 'b' };
  expect(withMonitor(evaluation, changed)).toEqual({ ...evaluation, monitor: changed });
});
