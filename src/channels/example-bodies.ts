// Owns an example of every event's body, as the coordinator would send it, for the OpenAPI document. Data only.
import { type EventType, events } from './events.ts';
import { EMPTY_DATA, type WebhookBody } from './notification.ts';
import { withText } from './render.ts';

type Data = WebhookBody['data'];
type Evidence = Data['evidence'][number];

const LOCATIONS = ['us-east-1', 'us-west-2', 'eu-central-1', 'ap-southeast-1', 'ap-northeast-1', 'sa-east-1'];

const incident = {
  id: 'inc_mbx1k2_7',
  url: 'https://status.example.com/incidents/inc_mbx1k2_7',
  state: 'open',
  verdict: 'down',
  startedAt: '2026-11-24T09:30:00.000Z',
  detectedAt: '2026-11-24T09:30:12.000Z',
  resolvedAt: null,
  downtimeSeconds: 12,
  acknowledgedAt: null,
  acknowledgedBy: null,
} satisfies Data['incident'];

const resolved = {
  state: 'resolved',
  resolvedAt: '2026-11-24T09:42:00.000Z',
  downtimeSeconds: 720,
} as const;

const monitor: Data['monitor'] = {
  id: 'web-shop',
  name: 'Web shop',
  check: { type: 'tcp', host: 'shop.example.com', port: 443 },
  tags: { team: 'shop' },
  group: 'Checkout',
  description: 'Where customers pay.',
  runbookUrl: 'https://wiki.example.com/runbooks/web-shop',
};

const passing: Evidence = {
  location: '',
  vote: 'passing',
  streak: 2,
  since: '2026-11-24T09:42:00.000Z',
  outcome: 'ok',
  code: null,
  detail: null,
  observedAt: '2026-11-24T09:42:10.000Z',
  phase: null,
  timings: { dnsMs: 1.9, connectMs: 18.2, totalMs: 20.1 },
  samples: null,
  degraded: [],
  response: null,
};

const failing: Evidence = {
  ...passing,
  vote: 'failing',
  since: '2026-11-24T09:30:00.000Z',
  outcome: 'failed',
  code: 'refused',
  detail: '203.0.113.7:443 refused the connection',
  observedAt: '2026-11-24T09:30:10.000Z',
  phase: 'connect',
};

const abstaining: Evidence = {
  ...passing,
  vote: 'abstaining',
  streak: 0,
  outcome: 'unmeasured',
  code: 'location_offline',
  detail: 'No canary answered either.',
  timings: {},
};

/** The first locations see one thing, the others another. */
const seen = (count: number, first: Evidence, others: Evidence): Evidence[] =>
  LOCATIONS.map((region, index) => ({ ...(index < count ? first : others), location: `aws:${region}` }));

const counts = (failures: number, passes: number): Data['quorum'] => ({
  ...{
    policy: 'majority',
    required: 4,
    failing: failures,
    passing: passes,
    abstaining: 6 - failures - passes,
  },
});

const about = { ...EMPTY_DATA, monitor };
const down: Data = { ...about, incident, quorum: counts(6, 0), evidence: seen(6, failing, passing) };
const up: Data = { ...about, quorum: counts(0, 6), evidence: seen(6, passing, passing) };

const warns = (code: Evidence['degraded'][number]['code'], limit: number, detail: string): Data => ({
  ...up,
  evidence: seen(4, { ...passing, degraded: [{ code, limit, detail }] }, passing),
});

const flapping: Data['flapping'] = {
  since: '2026-11-24T09:10:12.000Z',
  suppressed: ['incident.opened', 'incident.partial', 'monitor.degraded', 'monitor.certificate'],
  maxSuppressionSeconds: 300,
  until: null,
};

const location: Data['location'] = {
  id: 'aws:eu-central-1',
  state: 'quarantined',
  since: '2026-11-24T09:29:12.000Z',
  detectedAt: '2026-11-24T09:30:12.000Z',
  endedAt: null,
  failedMonitors: 9,
  checkedMonitors: 10,
  rule: 'three_networks',
};

const channel: Data = {
  ...EMPTY_DATA,
  channel: {
    id: 'on-call',
    name: 'On call',
    type: 'webhook',
    since: '2026-11-24T09:29:12.000Z',
    error: 'hooks.example.com responded 500',
  },
};

const mesh: Data = {
  ...EMPTY_DATA,
  mesh: {
    since: '2026-11-24T09:29:12.000Z',
    reasons: [{ code: 'deliveries_overdue', detail: 'A delivery is overdue by 12 minutes.' }],
  },
};

const partial = { ...incident, verdict: 'partial' } as const;

const acknowledged = { acknowledgedAt: '2026-11-24T09:33:20.000Z', acknowledgedBy: 'Ada' };

const open = (downtimeSeconds: number): Data => ({ ...down, incident: { ...incident, downtimeSeconds } });

const action: Data['action'] = {
  by: 'Ada',
  via: 'link',
  at: acknowledged.acknowledgedAt,
  text: null,
  snoozedUntil: null,
};

const port: Data['port'] = {
  host: 'db.example.com',
  port: 5432,
  protocol: 'tcp',
  service: 'postgresql',
  previousService: null,
};

const heartbeat: Data['heartbeat'] = {
  id: 'nightly-backup',
  name: 'Nightly backup',
  expectedAt: '2026-11-24T09:29:12.000Z',
  receivedAt: '2026-11-23T09:29:03.000Z',
  exitCode: null,
};

const report: Data['report'] = {
  ...{ id: 'shop-monthly', name: 'Shop, monthly', period: 'month', label: '2026-11' },
  url: 'https://status.example.com/dashboard/reports?period=month&at=2026-11-01',
  ...{ from: '2026-11-01T00:00:00.000Z', to: '2026-12-01T00:00:00.000Z', timeZone: 'UTC' },
  ...{ monitors: 12, uptime: 0.99953, downtimeSeconds: 14_616, outages: 3 },
  ...{ meanTimeToResolveSeconds: 4_872, meanTimeToDetectSeconds: 14, objectives: 5, missedObjectives: 1 },
  worst: [{ id: 'web-shop', name: 'Web shop', uptime: 0.9944, downtimeSeconds: 14_520 }],
};

const DATA: Partial<Record<EventType, Data>> = {
  'incident.opened': down,
  'incident.resolved': { ...up, incident: { ...incident, ...resolved } },
  'incident.partial': {
    ...about,
    incident: partial,
    quorum: counts(2, 4),
    evidence: seen(2, failing, passing),
  },
  'incident.partial_resolved': { ...up, incident: { ...partial, ...resolved } },
  'incident.reminder': open(1_812),
  'incident.acknowledged': {
    ...down,
    incident: { ...incident, ...acknowledged, downtimeSeconds: 200 },
    action,
  },
  'incident.escalated': { ...open(912), escalation: { step: 2, steps: 3, notified: ['Ops manager'] } },
  'incident.commented': {
    ...down,
    incident: { ...incident, ...acknowledged, downtimeSeconds: 430 },
    action: {
      ...{ by: 'Ada', via: 'api', at: '2026-11-24T09:37:10.000Z', snoozedUntil: null },
      text: 'The load balancer dropped its targets. Rolling back the deployment.',
    },
  },
  'incident.updated': {
    ...down,
    incident: { ...incident, ...acknowledged, downtimeSeconds: 430 },
    action: {
      ...{ by: 'Ada', via: 'api', at: '2026-11-24T09:37:10.000Z', snoozedUntil: null },
      text: 'We found the cause and are rolling back a deployment.',
    },
  },
  'monitor.no_data': { ...about, quorum: counts(0, 2), evidence: seen(2, passing, abstaining) },
  'monitor.no_data_resolved': up,
  'monitor.degraded': warns('latency', 500, 'it took 812 ms'),
  'monitor.certificate': warns('certificate', 14, 'the certificate expires in 9 days'),
  'monitor.flapping': { ...up, flapping },
  'monitor.flapping_ended': { ...up, flapping: { ...flapping, suppressed: [] } },
  'location.quarantined': { ...EMPTY_DATA, location },
  'location.lost': {
    ...EMPTY_DATA,
    location: {
      ...{ id: location.id, state: 'lost', since: location.since, detectedAt: location.detectedAt },
      ...{ endedAt: null, failedMonitors: 0, checkedMonitors: 0 },
    },
  },
  'location.recovered': { ...EMPTY_DATA, location: { ...location, endedAt: '2026-11-24T09:42:00.000Z' } },
  'port.opened': { ...EMPTY_DATA, port },
  'port.closed': {
    ...EMPTY_DATA,
    port: { ...port, service: null, previousService: port.service },
  },
  'port.changed': { ...EMPTY_DATA, port: { ...port, service: 'ssh', previousService: port.service } },
  'heartbeat.missed': { ...EMPTY_DATA, heartbeat },
  'report.created': { ...EMPTY_DATA, report },
  'heartbeat.recovered': {
    ...EMPTY_DATA,
    heartbeat: { ...heartbeat, receivedAt: '2026-11-24T09:42:10.000Z' },
  },
  'state.rebuilt': {
    ...EMPTY_DATA,
    mesh: {
      since: '2026-11-24T09:42:10.000Z',
      reasons: [
        {
          code: 'damaged_snapshot',
          detail:
            'The snapshot does not match its checksum. The state was rebuilt from journal row 4120. Nothing is lost.',
        },
      ],
    },
  },
};

const ENDS: ReadonlySet<EventType> = new Set<EventType>(
  (Object.keys(events) as EventType[]).filter((type) => /resolved|recovered|ended|rebuilt/.test(type)),
);

/** When the example of an event happens, unless at the opening or the end. */
const TIMES: Partial<Record<EventType, string>> = {
  'incident.reminder': '2026-11-24T10:00:12.000Z',
  'incident.acknowledged': '2026-11-24T09:33:20.000Z',
  'incident.escalated': '2026-11-24T09:45:12.000Z',
  'incident.commented': '2026-11-24T09:37:10.000Z',
  'incident.updated': '2026-11-24T09:37:10.000Z',
  'report.created': '2026-12-01T01:00:04.000Z',
};

/** A body of the event. */
export function exampleBody(type: EventType): WebhookBody {
  const { about: subject } = events[type];
  const bySubject: Partial<Record<typeof subject, Data>> = { incident: down, monitor: up, mesh, channel };
  const data = type === 'test' ? EMPTY_DATA : (DATA[type] ?? bySubject[subject] ?? EMPTY_DATA);
  const byKind = ENDS.has(type) ? '2026-11-24T09:42:10.000Z' : '2026-11-24T09:30:12.000Z';
  const timestamp = TIMES[type] ?? byKind;
  return withText({ type, timestamp, data });
}
