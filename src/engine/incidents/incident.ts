// Incidents: how a verdict opens, upgrades and ends the stored span of a problem. Tells nobody: see announce.ts.

import type { IncidentRecord } from '../model/notification.ts';
import type { MonitorState, OpenIncident } from '../model/state.ts';
import { type Hearing, recordOf, shown } from '../voting/evaluation.ts';
import { incidentEnd, outageStart, partialStart } from './incident-times.ts';

export interface Course {
  readonly monitor: MonitorState;
  readonly records: readonly IncidentRecord[];
}

/** Takes the monitor's incident to its verdict. Undecided opens nothing and ends nothing. */
export function followVerdict(hearing: Hearing): Course {
  const { monitor, verdict } = hearing;
  const open = monitor.incident;
  switch (verdict) {
    case 'undecided':
      return { monitor, records: [] };
    case 'down':
      return open?.verdict === 'down' ? { monitor, records: [] } : openOutage(hearing);
    case 'partial': {
      if (open?.verdict === 'partial') return { monitor, records: [] };
      if (!open) return openPartial(hearing);
      const ended = endIncident(hearing, open, null);
      const begun = openPartial({ ...hearing, monitor: ended.monitor });
      return { monitor: begun.monitor, records: [...ended.records, ...begun.records] };
    }
    default:
      return open ? endIncident(hearing, open, null) : { monitor, records: [] };
  }
}

/** A partial problem that becomes an outage is the same incident, upgraded. */
function openOutage(hearing: Hearing): Course {
  const { monitor, votes, at } = hearing;
  const id = monitor.incident?.id ?? incidentId(monitor, at);
  return begin(hearing, { id, verdict: 'down', startedAt: outageStart(monitor, votes), detectedAt: at });
}

function openPartial(hearing: Hearing): Course {
  const { monitor, votes, at } = hearing;
  const startedAt = partialStart(monitor, votes);
  return begin(hearing, { id: incidentId(monitor, at), verdict: 'partial', startedAt, detectedAt: at });
}

const incidentId = (monitor: MonitorState, at: number): string => `inc_${at.toString(36)}_${monitor.number}`;

const begin = (hearing: Hearing, incident: OpenIncident): Course => ({
  monitor: { ...hearing.monitor, incident },
  records: [recordOf(hearing, shown(incident))],
});

/** Ends the open incident; `reason` says why when it was not the target that came back. */
export function endIncident(hearing: Hearing, open: OpenIncident, reason: string | null): Course {
  const { monitor, votes, at } = hearing;
  const resolvedAt = reason === null ? incidentEnd(monitor, open, votes, at) : at;
  const ended = { resolvedAt, reason };
  const told = monitor.told?.incident.id === open.id ? { ...monitor.told, ended } : monitor.told;
  return {
    monitor: { ...monitor, incident: null, told },
    records: [recordOf(hearing, shown(open, ended))],
  };
}
