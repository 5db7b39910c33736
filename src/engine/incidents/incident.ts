// Owns the incident state machine: a verdict opens, upgrades and ends the stored span of a problem. Sends nothing.

import { chain, type Effects, unchanged } from '../model/effects.ts';
import type { EndReason, MonitorState, OpenIncident } from '../model/state.ts';
import { type Evaluation, incidentRecord, incidentSnapshot, withMonitor } from '../voting/evaluation.ts';
import { incidentEnd, outageStart, partialStart } from './incident-times.ts';

/** Moves the monitor's incident to its verdict. No data opens and ends nothing. */
export function updateIncident(evaluation: Evaluation): Effects<MonitorState> {
  const { monitor, verdict } = evaluation;
  const open = monitor.incident;
  switch (verdict) {
    case 'no_data':
      return unchanged(monitor);
    case 'down':
      return open?.verdict === 'down' ? unchanged(monitor) : openOutage(evaluation);
    case 'partial':
      if (open?.verdict === 'partial') return unchanged(monitor);
      if (!open) return openPartial(evaluation);
      return chain(endIncident(evaluation, open, null), (ended) =>
        openPartial(withMonitor(evaluation, ended)),
      );
    default:
      return open ? endIncident(evaluation, open, null) : unchanged(monitor);
  }
}

/** A regional problem that becomes an outage is the same incident, upgraded. */
function openOutage(evaluation: Evaluation): Effects<MonitorState> {
  const { monitor, votes, at } = evaluation;
  const id = monitor.incident?.id ?? incidentId(monitor, at);
  const startedAt = outageStart(monitor, votes);
  return openIncident(evaluation, { id, verdict: 'down', startedAt, detectedAt: at });
}

function openPartial(evaluation: Evaluation): Effects<MonitorState> {
  const { monitor, votes, at } = evaluation;
  const startedAt = partialStart(monitor, votes);
  const id = incidentId(monitor, at);
  return openIncident(evaluation, { id, verdict: 'partial', startedAt, detectedAt: at });
}

const incidentId = (monitor: MonitorState, at: number): string => `inc_${at.toString(36)}_${monitor.number}`;

const openIncident = (evaluation: Evaluation, incident: OpenIncident): Effects<MonitorState> => ({
  value: { ...evaluation.monitor, incident },
  notifications: [],
  records: [incidentRecord(evaluation, incidentSnapshot(incident))],
});

/** Ends the open incident; `reason` is null if the target recovered. */
export function endIncident(
  evaluation: Evaluation,
  open: OpenIncident,
  reason: EndReason | null,
): Effects<MonitorState> {
  const { monitor, votes, at } = evaluation;
  const resolvedAt = reason === null ? incidentEnd(monitor, open, votes, at) : at;
  const ended = { resolvedAt, reason };
  const notified =
    monitor.notified?.incident.id === open.id ? { ...monitor.notified, ended } : monitor.notified;
  return {
    value: { ...monitor, incident: null, notified },
    notifications: [],
    records: [incidentRecord(evaluation, incidentSnapshot(open, ended))],
  };
}
