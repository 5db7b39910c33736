// Notifications as the engine makes them, one for every webhook type. Data only.
import { type EventType, events, eventTypes } from '../../../src/channels/events.ts';
import {
  EMPTY_DATA,
  type OutgoingNotification,
  type WebhookBody,
} from '../../../src/channels/notification.ts';
import { withText } from '../../../src/channels/render.ts';

const data: WebhookBody['data'] = {
  incident: {
    id: 'inc_mbx1k2_7',
    url: 'https://status.example.com/incidents/inc_mbx1k2_7',
    state: 'open',
    verdict: 'down',
    startedAt: '2026-11-24T09:29:12.000Z',
    detectedAt: '2026-11-24T09:29:41.000Z',
    resolvedAt: null,
    downtimeSeconds: 29,
    acknowledgedAt: null,
    acknowledgedBy: null,
  },
  monitor: {
    id: 'web-1',
    name: 'Größte "Web" <1>',
    check: { type: 'tcp', host: 'web-1.example.com', port: 443 },
    tags: { team: 'blue' },
    group: null,
    description: null,
    runbookUrl: null,
  },
  quorum: { policy: 'majority', required: 4, failing: 4, passing: 2, abstaining: 0 },
  evidence: ['aws:eu-central-1', 'aws:us-east-1', 'aws:us-west-2', 'aws:sa-east-1'].map((location) => ({
    location,
    vote: 'failing',
    streak: 2,
    since: '2026-11-24T09:29:12.000Z',
    outcome: 'failed',
    code: 'unexpected_reply',
    detail: 'status 503 is not 200',
    observedAt: '2026-11-24T09:29:40.000Z',
    phase: 'reply',
    timings: { dnsMs: 1.2, connectMs: 20.5 },
    samples: null,
    degraded: [],
    response: { status: 503, headers: { 'content-type': 'text/html' }, body: '<h1>"Größte" Störung</h1>' },
  })),
  flapping: null,
  location: null,
  channel: null,
  action: null,
  escalation: null,
  port: null,
  heartbeat: null,
  report: null,
  mesh: null,
};

/** A monitor that is up, and slow, and whose certificate expires. */
const warned: WebhookBody['data'] = {
  ...data,
  incident: null,
  quorum: { policy: 'majority', required: 4, failing: 0, passing: 4, abstaining: 0 },
  evidence: data.evidence.map((evidence) => ({
    ...evidence,
    ...{ vote: 'passing', outcome: 'ok', code: null, detail: null, phase: null, response: null },
    timings: { dnsMs: 1.2, connectMs: 20.5, tlsMs: 41.2, firstByteMs: 742.1, totalMs: 812.3 },
    samples: { sent: 5, lost: 1, minMs: 19.8, meanMs: 20.5, maxMs: 22.1, jitterMs: 0.9 },
    degraded: [
      { code: 'latency', limit: 500, detail: 'it took 812 ms' },
      { code: 'certificate', limit: 14, detail: 'the certificate expires in 9 days' },
    ],
  })),
};

/** A monitor that changes all the time, and is down. */
const flapping: NonNullable<WebhookBody['data']['flapping']> = {
  since: '2026-11-24T09:20:12.000Z',
  suppressed: ['incident.opened', 'incident.partial', 'monitor.degraded', 'monitor.certificate'],
  maxSuppressionSeconds: 300,
  until: '2026-11-24T09:34:41.000Z',
};

const location: WebhookBody['data']['location'] = {
  id: 'aws:eu-central-1',
  state: 'quarantined',
  since: '2026-11-24T09:29:12.000Z',
  detectedAt: '2026-11-24T09:29:41.000Z',
  endedAt: null,
  failedMonitors: 9,
  checkedMonitors: 10,
};

const channel: WebhookBody['data']['channel'] = {
  id: 'on-call',
  name: 'On call',
  type: 'webhook',
  since: '2026-11-24T09:29:12.000Z',
  error: 'hooks.example.com responded 500',
};

const mesh: WebhookBody['data']['mesh'] = {
  since: '2026-11-24T09:29:12.000Z',
  reasons: [{ code: 'deliveries_overdue', detail: 'A delivery is overdue by 12 minutes.' }],
};

export function bodyOf(type: EventType): WebhookBody {
  return withText({ type, timestamp: '2026-11-24T09:29:41.000Z', data: dataOf(type) });
}

function dataOf(type: EventType): WebhookBody['data'] {
  if (type === 'monitor.degraded' || type === 'monitor.certificate') return warned;
  if (type === 'monitor.flapping') return { ...data, incident: null, flapping };
  if (type === 'monitor.flapping_ended')
    return { ...data, incident: null, flapping: { ...flapping, suppressed: [], until: null } };
  if (type === 'test') return EMPTY_DATA;
  const { about } = events[type];
  if (about === 'location') return { ...EMPTY_DATA, location };
  if (about === 'channel') return { ...EMPTY_DATA, channel };
  if (about === 'mesh') return { ...EMPTY_DATA, mesh };
  return about === 'incident' || about === 'monitor' ? data : EMPTY_DATA;
}

export const everyNotification: readonly OutgoingNotification[] = eventTypes.map((type, index) => ({
  id: `inc_mbx1k2_7_${index}`,
  body: bodyOf(type),
}));
