// Owns the conversion of the engine's notifications to webhook bodies: times become ISO 8601, numbers become ids.
// Does not read or write anything.
import { type CheckInput, targetOf } from '../../probes/checks/check-input.ts';
import type {
  Evidence,
  FlappingDetails,
  LocationNotification,
  MonitorNotification,
} from '../engine/model/notification.ts';
import type { State } from '../engine/model/state.ts';
import { EMPTY_DATA, type WebhookBody } from './notification.ts';
import { newBody } from './render.ts';

/** What a notification shows of its monitor. */
interface NotifiedMonitor {
  readonly id: string;
  readonly name: string;
  readonly check: CheckInput;
  readonly tags: Record<string, string>;
  readonly group: string | null;
  readonly description: string | null;
  readonly runbookUrl: string | null;
}

export function monitorWebhookBody(
  publicUrl: string,
  state: State,
  notification: MonitorNotification,
  monitor: NotifiedMonitor,
  heartbeat: WebhookBody['data']['heartbeat'] = null,
): WebhookBody {
  return newBody(notification.event, notification.at, {
    ...EMPTY_DATA,
    incident: incidentBody(publicUrl, notification),
    monitor: monitorBody(monitor),
    quorum: notification.quorum,
    evidence: notification.evidence.map((evidence) => evidenceBody(state, evidence)),
    flapping: flappingBody(notification.flapping),
    heartbeat,
  });
}

export const monitorBody = ({ id, name, check, tags, group, description, runbookUrl }: NotifiedMonitor) => ({
  ...{ id, name, check: checkBody(check), tags, group, description, runbookUrl },
});

function flappingBody(flapping: FlappingDetails | undefined): WebhookBody['data']['flapping'] {
  if (!flapping) return null;
  const { since, suppressed, maxSuppressionMs, until } = flapping;
  return {
    since: iso(since),
    suppressed: [...suppressed],
    maxSuppressionSeconds: maxSuppressionMs / 1_000,
    until: until === null ? null : iso(until),
  };
}

export function locationWebhookBody(state: State, notification: LocationNotification): WebhookBody {
  const { kind, rule, startedAt, detectedAt, resolvedAt, failedMonitors, checkedMonitors, reason } =
    notification.incident;
  const location = {
    id: locationId(state, notification.location),
    state: kind,
    since: iso(startedAt),
    detectedAt: iso(detectedAt),
    endedAt: resolvedAt === null ? null : iso(resolvedAt),
    failedMonitors,
    checkedMonitors,
    ...(rule === undefined ? {} : { rule }),
    ...(reason === null ? {} : { reason }),
  };
  return newBody(notification.event, notification.at, { ...EMPTY_DATA, location });
}

export const locationId = (state: State, number: number): string =>
  state.locations.get(number)?.id ?? String(number);

const iso = (ms: number): string => new Date(ms).toISOString();

function incidentBody(
  publicUrl: string,
  { incident, at }: MonitorNotification,
): WebhookBody['data']['incident'] {
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
    acknowledgedAt: null,
    acknowledgedBy: null,
    ...(reason === null ? {} : { reason }),
  };
}

/** Other options of the check stay private. Without a target, host is empty and port 0. */
function checkBody(check: CheckInput): { type: string; host: string; port: number } {
  const { host, port } = targetOf(check) ?? { host: '', port: 0 };
  return { type: check.type, host, port };
}

export function evidenceBody(
  state: State,
  { location, vote, streak, since, observation }: Evidence,
): WebhookBody['data']['evidence'][number] {
  return {
    location: locationId(state, location),
    vote,
    streak,
    since: since === null ? null : iso(since),
    outcome: observation?.outcome ?? null,
    code: observation?.code ?? observation?.reason ?? null,
    detail: observation?.detail ?? null,
    observedAt: observation ? iso(observation.startedAt) : null,
    phase: observation?.phase ?? null,
    timings: observation?.timings ?? {},
    samples: observation?.samples ?? null,
    degraded: [...(observation?.degraded ?? [])],
    response: observation?.response ?? null,
  };
}
