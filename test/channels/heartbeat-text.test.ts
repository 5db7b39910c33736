// The texts of incidents of heartbeats: they speak of a job. No event, reminder or digest names locations or says "is down".
import { expect, test } from 'vitest';
import { type EventType, eventTypes } from '../../src/channels/events.ts';
import { exampleBody } from '../../src/channels/example-bodies.ts';
import { factsOf } from '../../src/channels/facts.ts';
import { type WebhookBody, webhookBodySchema } from '../../src/channels/notification.ts';
import { withText } from '../../src/channels/render.ts';
import { toMessage } from '../../src/channels/to-message.ts';

type Data = WebhookBody['data'];

const DETAILS = {
  missed:
    'The newest ping arrived at 2026-11-23 09:29:03 UTC. The next one was due at 2026-11-24 09:29:12 UTC, with 5 min of grace.',
  never_seen:
    'No ping has ever arrived. The first one was due at 2026-11-24 09:29:12 UTC, with 5 min of grace.',
  job_failed: 'The job ended with exit code 3 at 2026-11-24 09:29:50 UTC.',
  too_long: 'A run began at 2026-11-24 08:30:00 UTC and has not finished. It may take 1 h.',
} as const;

function dataOf(code: keyof typeof DETAILS, more: Partial<Data> = {}): Data {
  const { incident, monitor, evidence } = exampleBody('incident.opened').data;
  return {
    ...exampleBody('heartbeat.missed').data,
    incident,
    monitor: { ...monitor!, name: 'Nightly backup', check: { type: 'heartbeat', host: '', port: 0 } },
    quorum: { policy: 1, required: 1, failing: 1, passing: 0, abstaining: 0 },
    evidence: [
      {
        ...evidence[0]!,
        ...{ location: 'heartbeat', code, phase: null, timings: {}, detail: DETAILS[code] },
      },
    ],
    ...more,
  };
}

const bodyOf = (type: EventType, data: Data, drill = false): WebhookBody =>
  withText({ type, timestamp: '2026-11-24T10:00:12.000Z', data, drill });

const heartbeat = exampleBody('heartbeat.missed').data.heartbeat!;

test.each([
  ['missed', null, 'Nightly backup did not report in time'],
  ['never_seen', null, 'Nightly backup has never reported'],
  ['job_failed', 3, 'Nightly backup reported a failure (exit code 3)'],
  ['job_failed', null, 'Nightly backup reported a failure'],
  ['too_long', 3, 'Nightly backup runs too long'],
] as const)('an incident of %s with exit code %s is titled: %s', (code, exitCode, title) => {
  const body = bodyOf('incident.opened', dataOf(code, { heartbeat: { ...heartbeat, exitCode } }));
  expect(body.title).toBe(title);
  expect(body.summary).toMatch(
    /^.* UTC.* The incident began at 24 Nov 2026, 09:30:00 UTC\. https:\/\/status\.example\.com\/incidents\/inc_mbx1k2_7$/,
  );
  expect(body.summary.startsWith(DETAILS[code])).toBe(true);
  expect(webhookBodySchema.parse(body)).toEqual(body);
});

test('a job that reports again, one whose monitor is paused, a reminder and a drill say so', () => {
  const { incident } = exampleBody('incident.resolved').data;
  const passing = exampleBody('incident.resolved').data.evidence.slice(0, 1);
  const arrived = { ...heartbeat, receivedAt: '2026-11-24T09:41:50.000Z' };
  const ended = bodyOf(
    'incident.resolved',
    dataOf('missed', { incident, evidence: passing, heartbeat: arrived }),
  );
  expect(ended.title).toBe('Resolved: Nightly backup reports again after 12 min');
  expect(ended.summary).toContain(' The newest ping arrived at 24 Nov 2026, 09:41:50 UTC.');
  const closed = dataOf('missed', { incident: { ...incident!, reason: 'paused' } });
  expect(bodyOf('incident.resolved', closed).title).toBe('Closed: Nightly backup failed for 12 min');
  const reminders = (Object.keys(DETAILS) as (keyof typeof DETAILS)[]).map(
    (code) => bodyOf('incident.reminder', dataOf(code)).title,
  );
  expect(reminders).toEqual([
    'Nightly backup has still not reported after 30 min',
    'Nightly backup has still never reported after 30 min',
    'Nightly backup still reports a failure after 30 min',
    'Nightly backup still runs too long after 30 min',
  ]);
  const drill = bodyOf('incident.partial', dataOf('missed', { evidence: [] }), true);
  expect(drill.title).toBe('[Drill] Nightly backup did not report in time');
  expect(drill.summary).toContain('It was due at 24 Nov 2026, 09:29:12 UTC.');
});

const OF_MONITORS = eventTypes.filter(
  (type) => /^(incident|monitor)\./.test(type) && !/degraded|certificate/.test(type),
);
const FORBIDDEN = /\blocations?\b|is down|was down|unreachable|check of|The check\b/i;

test.each(OF_MONITORS)(
  '%s of a heartbeat never speaks of locations, and never says that it is down',
  (type) => {
    for (const code of Object.keys(DETAILS) as (keyof typeof DETAILS)[]) {
      const { action, escalation, flapping, incident } = exampleBody(type).data;
      const data = dataOf(code, { action, escalation, flapping, ...(incident ? { incident } : {}) });
      const body = bodyOf(type, data);
      const facts = factsOf(body).map(({ label, value }) => `${label}: ${value}`);
      for (const text of [body.title, body.summary, ...facts]) expect(text).not.toMatch(FORBIDDEN);
      expect(facts).toContain('Due: 24 Nov 2026, 09:29:12 UTC');
      const other = { ...body, data: { ...data, incident: { ...data.incident!, id: 'inc_other' } } };
      const digest = toMessage([
        { id: 'one', body },
        { id: 'two', body: other },
      ]);
      for (const text of [digest.title, digest.summary]) expect(text).not.toMatch(FORBIDDEN);
    }
  },
);

test('a digest counts jobs apart from monitors, and an end tells what its beginning looked like', () => {
  const job = bodyOf('incident.opened', dataOf('missed'));
  const two = toMessage([
    { id: 'a', body: job },
    { id: 'b', body: job },
  ]);
  expect(two.title).toBe('2 jobs failed or are late: Nightly backup, Nightly backup');
  const mixed = toMessage([
    { id: 'a', body: job },
    { id: 'b', body: exampleBody('incident.opened') },
  ]);
  expect(mixed.title).toBe('2 notifications: 1 job failed or is late, 1 monitor is down');
  expect(mixed.summary).toContain(' The failures: connection refused (6), no ping in time (1).');
  const { incident } = exampleBody('incident.resolved').data;
  const both = toMessage([
    { id: 'a', body: job },
    { id: 'b', body: bodyOf('incident.resolved', dataOf('missed', { incident, evidence: [] })) },
  ]);
  expect(both.summary).toContain(' The failure: no ping in time.');
});
