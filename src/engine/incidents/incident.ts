// Incidents: how a verdict opens, upgrades and ends the stored span of a problem. Tells nobody: see announce.ts.

import type { IncidentRecord } from '../model/notification.ts';
import type { MonitorState, OpenIncident } from '../model/state.ts';
import { type Evaluation, incidentRecord, incidentSnapshot } from '../voting/evaluation.ts';
import { incidentEnd, outageStart, partialStart } from './incident-times.ts';

export interface IncidentEffects {
  readonly monitor: MonitorState;
  readonly records: readonly IncidentRecord[];
}

/** Takes the monitor's incident to its verdict. Undecided opens nothing and ends nothing. */
export function updateIncident(evaluation: Evaluation): IncidentEffects {
  const { monitor, verdict } = evaluation;
  const open = monitor.incident;
  switch (verdict) {
    case 'no_data':
      return { monitor, records: [] };
    case 'down':
      return open?.verdict === 'down' ? { monitor, records: [] } : openOutage(evaluation);
    case 'partial': {
      if (open?.verdict === 'partial') return { monitor, records: [] };
      if (!open) return openPartial(evaluation);
      const ended = endIncident(evaluation, open, null);
      const begun = openPartial({ ...evaluation, monitor: ended.monitor });
      return { monitor: begun.monitor, records: [...ended.records, ...begun.records] };
    }
    default:
      return open ? endIncident(evaluation, open, null) : { monitor, records: [] };
  }
}

/** A partial problem that becomes an outage is the same incident, upgraded. */
function openOutage(evaluation: Evaluation): IncidentEffects {
  const { monitor, votes, at } = evaluation;
  const id = monitor.incident?.id ?? incidentId(monitor, at);
  return openIncident(evaluation, {
    id,
    verdict: 'down',
    startedAt: outageStart(monitor, votes),
    detectedAt: at,
  });
}

function openPartial(evaluation: Evaluation): IncidentEffects {
  const { monitor, votes, at } = evaluation;
  const startedAt = partialStart(monitor, votes);
  return openIncident(evaluation, {
    id: incidentId(monitor, at),
    verdict: 'partial',
    startedAt,
    detectedAt: at,
  });
}

const incidentId = (monitor: MonitorState, at: number): string => `inc_${at.toString(36)}_${monitor.number}`;

const openIncident = (evaluation: Evaluation, incident: OpenIncident): IncidentEffects => ({
  monitor: { ...evaluation.monitor, incident },
  records: [incidentRecord(evaluation, incidentSnapshot(incident))],
});

/** Ends the open incident; `reason` says why when it was not the target that came back. */
export function endIncident(
  evaluation: Evaluation,
  open: OpenIncident,
  reason: string | null,
): IncidentEffects {
  const { monitor, votes, at } = evaluation;
  const resolvedAt = reason === null ? incidentEnd(monitor, open, votes, at) : at;
  const ended = { resolvedAt, reason };
  const notified =
    monitor.notified?.incident.id === open.id ? { ...monitor.notified, ended } : monitor.notified;
  return {
    monitor: { ...monitor, incident: null, notified },
    records: [incidentRecord(evaluation, incidentSnapshot(open, ended))],
  };
}
