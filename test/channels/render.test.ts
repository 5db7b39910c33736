// The title and the summary of every notification: golden texts, and bodies that try to break them.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type EventType, eventTypes } from '../../src/channels/events.ts';
import { exampleBody } from '../../src/channels/example-bodies.ts';
import { type WebhookBody, webhookBodySchema } from '../../src/channels/notification.ts';
import { withText } from '../../src/channels/render.ts';

const GOLDEN = JSON.parse(
  readFileSync(fileURLToPath(new URL('texts.golden.json', import.meta.url)), 'utf8'),
) as Record<string, { title: string; summary: string }>;

test.each(eventTypes)('the text of %s is the golden one', (type) => {
  const { title, summary } = exampleBody(type);
  expect({ title, summary }).toEqual(GOLDEN[type]);
});

test('the golden texts are of the events, and no others', () => {
  expect(Object.keys(GOLDEN).sort()).toEqual(eventTypes.toSorted());
});

test('the example of every event matches the schema of the webhook body', () => {
  for (const type of eventTypes)
    expect(webhookBodySchema.parse(exampleBody(type))).toEqual(exampleBody(type));
});

test.each(eventTypes)('the example of %s does not contradict itself', (type) => {
  const { timestamp, data } = exampleBody(type);
  const { incident, quorum, evidence, location } = data;
  if (incident) {
    expect(incident.resolvedAt === null).toBe(incident.state === 'open');
    expect(incident.state).toBe(/resolved/.test(type) ? 'resolved' : 'open');
    const end = Date.parse(incident.resolvedAt ?? timestamp);
    expect(incident.downtimeSeconds).toBe((end - Date.parse(incident.startedAt)) / 1000);
    expect(Date.parse(timestamp)).toBeGreaterThanOrEqual(end);
  }
  for (const vote of ['failing', 'passing', 'abstaining'] as const)
    expect(evidence.filter((one) => one.vote === vote)).toHaveLength(quorum?.[vote] ?? 0);
  for (const { observedAt, since } of evidence)
    expect(Date.parse(observedAt!)).toBeGreaterThanOrEqual(Date.parse(since!));
  if (location) expect(location.endedAt === null).toBe(type !== 'location.recovered');
});

const opened = exampleBody('incident.opened');
const withName = (name: string, body: WebhookBody = opened): WebhookBody =>
  withText({ ...body, data: { ...body.data, monitor: { ...body.data.monitor!, name } } });
const withEvidence = (changes: object[]): WebhookBody =>
  withText({
    ...opened,
    data: {
      ...opened.data,
      evidence: opened.data.evidence.map((one, index) => ({ ...one, ...changes[index % changes.length] })),
    },
  });

describe('what the failing locations saw', () => {
  test('is grouped, the most frequent first, with an example', () => {
    const timeout = { code: 'timeout', phase: 'reply', detail: 'no reply within 5000 ms' };
    const { summary } = withEvidence([timeout, timeout, { code: 'refused' }]);
    expect(summary).toContain('timeout while waiting for the reply (4), connection refused (2).');
    expect(summary).toContain('aws:us-east-1: no reply within 5000 ms.');
  });

  test('with many kinds, only the most frequent are named', () => {
    const codes = ['refused', 'timeout', 'reset', 'dns', 'tls', 'unexpected_reply'];
    const { summary } = withEvidence(codes.map((code) => ({ code, phase: null })));
    expect(summary).toContain('connection refused (1), timeout (1), connection reset (1), other (3).');
  });

  test('a code of a newer probe is shown as words', () => {
    expect(withEvidence([{ code: 'quantum_noise' }]).summary).toContain(': quantum noise.');
  });
});

describe('the end of an incident', () => {
  const ended = exampleBody('incident.resolved');
  const withIncident = (changes: object): WebhookBody =>
    withText({ ...ended, data: { ...ended.data, incident: { ...ended.data.incident!, ...changes } } });

  test('by a pause is not called a recovery', () => {
    const { title, summary } = withIncident({ reason: 'paused' });
    expect(title).toBe('Closed: Web shop was down for 12 min');
    expect(summary).toContain('closed because the monitor was paused');
    expect(summary).not.toContain('passes');
  });

  test('whose start was not sent says so', () => {
    expect(withIncident({ openedNotSent: true }).summary).toContain('Its start was not sent to you.');
    expect(ended.summary).not.toContain('not sent');
  });
});

describe('what people do with an incident', () => {
  const withData = (type: EventType, changes: Partial<WebhookBody['data']>): WebhookBody => {
    const example = exampleBody(type);
    return withText({ ...example, data: { ...example.data, ...changes } });
  };

  test('a reminder of a regional problem states that, its age, and who acknowledged it', () => {
    const { incident } = exampleBody('incident.acknowledged').data;
    const { title, summary } = withData('incident.reminder', {
      incident: { ...incident!, verdict: 'partial' },
    });
    expect(title).toBe('Web shop is still unreachable from some locations after 30 min');
    expect(summary).toContain('Ada acknowledged it at 24 Nov 2026, 09:33:20 UTC.');
  });

  test('a snooze states until when reminders pause, and the note', () => {
    const { action } = exampleBody('incident.acknowledged').data;
    const { summary } = withData('incident.acknowledged', {
      action: { ...action!, via: 'pagerduty', text: 'On it', snoozedUntil: '2026-11-24T11:33:20.000Z' },
    });
    expect(summary).toMatch(
      /^Ada acknowledged the incident in PagerDuty at 24 Nov 2026, 09:33:20 UTC\. Reminders and escalation pause until 24 Nov 2026, 11:33:20 UTC\. Note: On it\. /,
    );
  });

  test('a comment on an incident that is over does not state that it fails', () => {
    const { incident } = exampleBody('incident.resolved').data;
    const { summary } = withData('incident.commented', { incident });
    expect(summary).not.toContain('has failed');
  });

  test('an escalation names the channels that it notifies, shortened', () => {
    const notified = Array.from({ length: 50 }, (_, index) => `Team ${index} ${'x'.repeat(80)}`);
    const { summary } = withData('incident.escalated', { escalation: { step: 3, steps: 3, notified } });
    expect(summary).toMatch(/^Step 3 of 3: notifies Team 0 x+…, Team 1 x+…/);
    expect(summary).toContain('has failed at 6 of 6 locations');
    expect(summary.length).toBeLessThanOrEqual(500);
  });

  test('a monitor that is deleted has no name', () => {
    expect(withData('incident.commented', { monitor: null }).title).toBe('A monitor: comment by Ada');
  });
});

test('a drill is marked in the title and in the first sentence', () => {
  const { title, summary, drill } = withText({ ...opened, drill: true });
  expect({ title, drill }).toEqual({ title: '[Drill] Web shop is down', drill: true });
  expect(summary).toMatch(/^This is a drill: nothing has happened\. /);
  expect(opened.title).not.toContain('Drill');
});

describe('text that tries to break a receiver', () => {
  test.each([
    ['markup', '<script>alert(1)</script><!channel>', '‹script›alert(1)‹/script›‹!channel› is down'],
    ['lines', 'Web\r\nSubject: fake\u2028shop', 'Web Subject: fake shop is down'],
    ['control characters', 'We\u0000b\u001b[31m \u0007shop', 'We b [31m shop is down'],
    ['bidi overrides', 'Web \u202Epohs\u202C \u2066x\u2069', 'Web pohs x is down'],
    ['zero width', 'Web\u200Bshop\uFEFF', 'Web shop is down'],
    ['tags of Unicode', 'Web\u{E0041}\u{E0042} shop', 'Web shop is down'],
    ['half a character', 'Web \uD800shop', 'Web \uFFFDshop is down'],
    ['nothing else', '<>', '‹› is down'],
    ['a joined emoji and Persian', '👩‍🚀 می‌خواهم', '👩‍🚀 می‌خواهم is down'],
  ])('%s in a name', (_, name, title) => {
    expect(withName(name).title).toBe(title);
  });

  test('a long name is shortened before what happened, and no character is halved', () => {
    const { title } = withName('🚀'.repeat(200));
    expect(title).toMatch(/^(🚀)+… is down$/u);
    expect(title.length).toBeLessThanOrEqual(120);
    expect(title.isWellFormed()).toBe(true);
  });

  test('a long detail does not cut the link', () => {
    const { summary } = withEvidence([{ detail: 'x'.repeat(300), code: 'y'.repeat(400) }]);
    expect(summary.length).toBeLessThanOrEqual(500);
    expect(summary).toMatch(/ https:\/\/status\.example\.com\/incidents\/inc_mbx1k2_7$/);
  });

  test('a very long link is left out, not cut', () => {
    const url = `https://status.example.com/${'a'.repeat(300)}`;
    const { summary } = withText({
      ...opened,
      data: { ...opened.data, incident: { ...opened.data.incident!, url } },
    });
    expect(summary).not.toContain('https');
  });

  test('whatever a target or a person writes, each text is one line of plain text within its limit', () => {
    const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), fc.string({ maxLength: 400 }));
    fc.assert(
      fc.property(fc.constantFrom(...eventTypes), text, text, fc.boolean(), (type, name, detail, drill) => {
        const { data } = exampleBody(type);
        const { title, summary } = withText({
          ...{ type, timestamp: '2026-11-24T09:42:10.000Z', drill },
          data: {
            ...data,
            monitor: data.monitor && { ...data.monitor, name },
            channel: data.channel && { ...data.channel, name, error: detail },
            mesh: data.mesh && { ...data.mesh, reasons: [{ code: 'x', detail }] },
            action: data.action && { ...data.action, by: name, text: detail },
            escalation: data.escalation && { ...data.escalation, notified: [name, detail] },
            port: data.port && { ...data.port, host: name, service: detail, previousService: name },
            heartbeat: data.heartbeat && { ...data.heartbeat, name },
            evidence: data.evidence.map((one) => ({
              ...one,
              detail,
              degraded: one.degraded.map((warning) => ({ ...warning, detail })),
            })),
          },
        });
        for (const [shown, max] of [
          [title, 120],
          [summary, 500],
        ] as const) {
          expect(shown.length).toBeGreaterThan(0);
          expect(shown.length).toBeLessThanOrEqual(max);
          expect(shown).not.toMatch(
            /[<>\p{Cc}\p{Zl}\p{Zp}\u200B\u200E\u200F\u202A-\u202E\u2060-\u206F\uFEFF]/u,
          );
          expect(shown.isWellFormed()).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });
});
