// What the inbox makes of the requests of each channel: it accepts them as the vendor would, and shows what a person reads.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { renderVendorEntry } from '../../scripts/inbox/vendor-message.ts';
import { VENDORS, vendorOf } from '../../scripts/inbox/vendors/catalogue.ts';
import { markdown, mrkdwn, telegramHtml } from '../../scripts/inbox/vendors/spans.ts';
import type { Part, Span, VendorMessage } from '../../scripts/inbox/vendors/vendor.ts';

interface GoldenRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: unknown;
}

const golden = (name: string): [event: string, request: GoldenRequest][] => {
  const file = new URL(`../channels/golden/${name}.json`, import.meta.url);
  const byEvent = JSON.parse(readFileSync(file, 'utf8')) as Record<string, GoldenRequest[]>;
  return Object.entries(byEvent).map(([event, requests]) => [event, requests[0]!]);
};

const spansOf = (part: Part): readonly Span[] => {
  if (part.kind === 'facts') return part.facts.flatMap(({ value }) => value);
  return part.kind === 'buttons' ? part.buttons.map(({ label }) => ({ text: label })) : part.spans;
};
const textOf = ({ parts }: VendorMessage): string =>
  parts.flatMap(spansOf).reduce((text, span) => `${text} ${span.text}`, '');

function read(vendorId: string, { url, method, headers, body }: GoldenRequest): VendorMessage {
  const vendor = VENDORS.find(({ id }) => id === vendorId)!;
  const { pathname, search } = new URL(url);
  const isForm = headers['content-type']?.includes('x-www-form-urlencoded') ?? false;
  const raw = isForm ? new URLSearchParams(body as Record<string, string>).toString() : JSON.stringify(body);
  return vendor.read({ method, path: pathname + search, headers, body: raw });
}

const CHANNELS: readonly [vendor: string, golden: string][] = [
  ['slack', 'slack'],
  ['slack', 'slack-bot'],
  ['teams', 'teams'],
  ['discord', 'discord'],
  ['telegram', 'telegram'],
  ['pagerduty', 'pagerduty'],
  ['twilio', 'twilio'],
];

describe.each(CHANNELS)('%s shows the requests of %s', (vendor, name) => {
  test.each(golden(name))('the inbox accepts %s and shows its text without a mention', (event, request) => {
    const message = read(vendor, request);
    const text = textOf(message);
    expect(text.trim().length).toBeGreaterThan(10);
    expect(text).not.toContain('MENTION');
    if (event === 'incident.opened') expect(text).toContain('Web shop is down');
    const html = renderVendorEntry({
      ...{ number: 7, vendor, vendorName: vendor, receivedAt: '2026-11-26T09:00:00.000Z' },
      ...{ message, error: null, pressed: null },
    });
    expect(html).toContain('<article');
    expect(html).not.toMatch(/<script|javascript:/i);
  });
});

test('markup of a hostile name is shown as text, and a mention that got through is visible', () => {
  expect(mrkdwn('&lt;!channel&gt; *x*').map(({ text }) => text)).toEqual(['<!channel> ', 'x']);
  expect(mrkdwn('<!channel>')).toEqual([{ text: 'MENTION !channel', bold: true }]);
  expect(markdown('\\[a\\](javascript:1)')).toEqual([{ text: '[a](javascript:1)' }]);
  expect(markdown('[a](javascript:1)')).toEqual([{ text: '[a](javascript:1)' }]);
  expect(markdown('@everyone')).toEqual([{ text: 'MENTION @everyone', bold: true }]);
  expect(telegramHtml('&lt;b&gt; <b>x</b>')).toEqual([{ text: '<b> ' }, { text: 'x', bold: true }]);
});

test.each(['<b>open', '<script>x</script>', '<b><i>x</b></i>'])('Telegram rejects the HTML %s', (html) => {
  expect(() => telegramHtml(html)).toThrow("can't parse entities");
});

test('a colour or a link that is not harmless is left out of the page', () => {
  const html = renderVendorEntry({
    ...{ number: 1, vendor: 'slack', vendorName: 'Slack', receivedAt: '2026-11-26T09:00:00.000Z' },
    ...{ error: null, pressed: null },
    message: {
      ...{ where: '<b>', colour: 'red"/><script>', thread: null },
      parts: [
        { kind: 'text', spans: [{ text: 'x', href: 'javascript:alert(1)' }] },
        { kind: 'buttons', buttons: [{ label: 'y', href: 'data:text/html,1' }] },
      ],
    },
  });
  expect(html).not.toMatch(/<script|javascript:|data:|<b>/);
});

test('a path belongs to one vendor or to none', () => {
  expect(vendorOf('/slack/services/T0')?.id).toBe('slack');
  expect(vendorOf('/slackx')).toBeUndefined();
  expect(vendorOf('/hook')).toBeUndefined();
});
