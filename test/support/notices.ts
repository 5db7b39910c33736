// Notices as the engine makes them, one for every webhook type. Data only.
import {
  type NoticeBody,
  noticeKinds,
  type OutgoingNotice,
  type WebhookType,
} from '../../src/channels/notice.ts';

const data: NoticeBody['data'] = {
  incident: {
    id: 'inc_mbx1k2_7',
    url: 'https://status.example.com/incidents/inc_mbx1k2_7',
    state: 'open',
    verdict: 'down',
    startedAt: '2026-11-24T09:29:12.000Z',
    detectedAt: '2026-11-24T09:29:41.000Z',
    resolvedAt: null,
    downtimeSeconds: 29,
  },
  monitor: {
    id: 'web-1',
    name: 'Größte "Web" <1>',
    check: { type: 'tcp', host: 'web-1.example.com', port: 443 },
    tags: { team: 'blue' },
  },
  quorum: { policy: 'majority', required: 4, failing: 4, passing: 2, abstaining: 0 },
  evidence: ['aws:eu-central-1', 'aws:us-east-1', 'aws:us-west-2', 'aws:sa-east-1'].map((location) => ({
    location,
    vote: 'failing',
    streak: 2,
    since: '2026-11-24T09:29:12.000Z',
    outcome: 'failed',
    code: 'refused',
    detail: 'connection refused',
    observedAt: '2026-11-24T09:29:40.000Z',
    phase: 'connect',
    timings: { dnsMs: 1.2, connectMs: 20.5 },
    samples: null,
    degraded: [],
    reply: null,
  })),
  location: null,
};

const location: NoticeBody['data']['location'] = {
  id: 'aws:eu-central-1',
  state: 'quarantined',
  since: '2026-11-24T09:29:12.000Z',
  detectedAt: '2026-11-24T09:29:41.000Z',
  endedAt: null,
  accused: 9,
  asked: 10,
};

export function bodyOf(type: WebhookType): NoticeBody {
  const about =
    type === 'test' || type.startsWith('location.')
      ? {
          incident: null,
          monitor: null,
          quorum: null,
          evidence: [],
          location: type === 'test' ? null : location,
        }
      : data;
  return { type, timestamp: '2026-11-24T09:29:41.000Z', data: about };
}

export const everyNotice: readonly OutgoingNotice[] = Object.values(noticeKinds)
  .flatMap(({ types }): readonly WebhookType[] => types)
  .map((type, index) => ({ id: `inc_mbx1k2_7_${index}`, body: bodyOf(type) }));
