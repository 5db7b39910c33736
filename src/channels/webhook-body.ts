// A notice in the form of the webhook body. The wire's form of times is ISO 8601, of locations their ids.
import { aimOf } from '../../probes/checks/check-input.ts';
import type { Evidence, LocationNotice, MonitorNotice } from '../engine/model/notification.ts';
import type { State } from '../engine/model/state.ts';
import type { monitors } from '../store/schema.ts';
import type { NoticeBody } from './notification.ts';
import { webhookTypeOf } from './notification.ts';

export type MonitorRow = typeof monitors.$inferSelect;

/** Of what a notice about a monitor speaks. */
export function monitorNoticeBody(
  publicUrl: string,
  state: State,
  notice: MonitorNotice,
  monitor: MonitorRow,
): NoticeBody {
  return {
    type: webhookTypeOf(notice),
    timestamp: iso(notice.at),
    data: {
      incident: incidentBody(publicUrl, notice),
      monitor: { id: monitor.id, name: monitor.name, check: checkBody(monitor.check), tags: monitor.tags },
      quorum: notice.quorum,
      evidence: notice.evidence.map((evidence) => evidenceBody(state, evidence)),
      location: null,
    },
  };
}

export function locationNoticeBody(state: State, notice: LocationNotice): NoticeBody {
  const { kind, startedAt, detectedAt, resolvedAt, accused, asked, reason } = notice.incident;
  const location = {
    id: locationId(state, notice.location),
    state: kind,
    since: iso(startedAt),
    detectedAt: iso(detectedAt),
    endedAt: resolvedAt === null ? null : iso(resolvedAt),
    accused,
    asked,
    ...(reason === null ? {} : { reason }),
  };
  const data = { incident: null, monitor: null, quorum: null, evidence: [], location };
  return { type: webhookTypeOf(notice), timestamp: iso(notice.at), data };
}

export const locationId = (state: State, number: number): string =>
  state.locations.get(number)?.id ?? String(number);

const iso = (ms: number): string => new Date(ms).toISOString();

function incidentBody(publicUrl: string, { incident, at }: MonitorNotice): NoticeBody['data']['incident'] {
  if (!incident) return null;
  const { id, verdict, startedAt, detectedAt, resolvedAt, reason } = incident;
  return {
    id,
    url: `${publicUrl}/incidents/${id}`,
    state: resolvedAt === null ? 'open' : 'resolved',
    verdict,
    startedAt: iso(startedAt),
    detectedAt: iso(detectedAt),
    resolvedAt: resolvedAt === null ? null : iso(resolvedAt),
    downtimeSeconds: Math.round(((resolvedAt ?? at) - startedAt) / 1000),
    ...(reason === null ? {} : { reason }),
  };
}

/** Only what says which target it is: other options are nobody else's business. Empty, and port 0, where there is none. */
function checkBody(check: MonitorRow['check']): { type: string; host: string; port: number } {
  const { host, port } = aimOf(check) ?? { host: '', port: 0 };
  return { type: check.type, host, port };
}

export function evidenceBody(
  state: State,
  { location, vote, streak, since, seen }: Evidence,
): NoticeBody['data']['evidence'][number] {
  return {
    location: locationId(state, location),
    vote,
    streak,
    since: since === null ? null : iso(since),
    outcome: seen?.outcome ?? null,
    code: seen?.code ?? seen?.reason ?? null,
    detail: seen?.detail ?? null,
    observedAt: seen ? iso(seen.startedAt) : null,
    phase: seen?.phase ?? null,
    timings: seen?.timings ?? {},
    samples: seen?.samples ?? null,
    degraded: [...(seen?.degraded ?? [])],
    reply: seen?.reply ?? null,
  };
}
