// What a subscriber reads, and what an attempt means. Pure.
import { describe, expect, test } from 'vitest';
import { outcomeOfAttempt, senderPauseMs } from '../../../src/delivery/mailings/attempt-outcome.ts';
import { returnsChallenge, slackRequest } from '../../../src/delivery/mailings/chat-and-webhook.ts';
import { letterOf } from '../../../src/delivery/mailings/letter.ts';
import { mailingMessage, signUpMessage } from '../../../src/delivery/mailings/message.ts';
import type { DeliveryAttempt } from '../../../src/delivery/send.ts';
import { copyUrl } from '../../../src/status-pages/copy/copy-address.ts';
import type { Mailing } from '../../../src/status-pages/mailing.ts';
import { DEFAULT_PAGE } from '../../../src/status-pages/model.ts';
import { namedComponents } from '../../../src/status-pages/page-components.ts';
import { pageUrl } from '../../../src/status-pages/page-url.ts';
import { confirmToken, manageToken, readToken } from '../../../src/status-pages/subscription-link.ts';

const NOW = 1_800_000_000_000;
const links = {
  ...{ page: 'https://status.example.com', confirm: 'https://status.example.com/subscribe/confirm?token=c' },
  manage: 'https://status.example.com/subscribe/manage?token=m',
  unsubscribe: 'https://status.example.com/unsubscribe?token=m',
  copy: () => null,
};
const shown = namedComponents(DEFAULT_PAGE, []);
const mailing = (more: Partial<Mailing> = {}): Mailing => ({
  ...{ id: 'u', kind: 'update', at: NOW, title: 'Slow', body: 'We look.', status: 'investigating' },
  ...{ components: null, pages: 'all', path: '/incidents/p', ...more },
});

describe('a mail', () => {
  test.each([
    'a\r\nBcc: b@example.org',
    'a\nb',
    'a\u2028b',
    'a\0b',
    '<script>alert(1)</script>',
    '\uD83D',
    'x'.repeat(5_000),
  ])('with the title %j has one line in each header, and no markup of it', (title) => {
    const page = { ...DEFAULT_PAGE, title };
    for (const message of [
      mailingMessage(mailing({ title, path: `/incidents/${title}` }), page, shown, links, 'en'),
      signUpMessage('confirm', page, links, 'de'),
      signUpMessage('manage', page, links, 'en'),
    ]) {
      const letter = letterOf(message, links.page);
      expect(letter.subject).toMatch(/^[^\p{Cc}\u2028\u2029]{1,200}$/u);
      expect(letter.html).not.toContain('<script');
      expect(letter.html.isWellFormed() && letter.text.isWellFormed()).toBe(true);
      for (const value of Object.values(letter.headers)) expect(value).toMatch(/^[ -~]{1,300}$/);
    }
  });

  test('names the copy of the page in its language, if there is one, with the address written out', () => {
    const copied = {
      ...links,
      copy: (tag: string) => copyUrl('https://copy.example.com', DEFAULT_PAGE, tag),
    };
    for (const [language, words, address] of [
      ['en', 'If the status page does not answer', 'https://copy.example.com/index.html'],
      ['de', 'Falls die Statusseite nicht antwortet', 'https://copy.example.com/index.de.html'],
    ] as const) {
      const message = mailingMessage(mailing(), DEFAULT_PAGE, shown, copied, language);
      const { text, html } = letterOf(message, links.page);
      expect(text).toContain(`\n${words}: ${address}\n`);
      expect(html).toContain(`${words}: <a href="${address}">${address}</a>`);
      expect(JSON.stringify(slackRequest('https://hooks.slack.com/x', message))).toContain(
        `<${address}|${words}>`,
      );
    }
    const closed = { ...DEFAULT_PAGE, access: { type: 'password' } as const };
    expect(copyUrl('https://copy.example.com', closed, 'en')).toBeNull();
    expect(
      letterOf(mailingMessage(mailing(), DEFAULT_PAGE, shown, links, 'en'), links.page).text,
    ).not.toContain('does not answer');
  });

  test('that asks whether a sign-up was meant has no link to unsubscribe: nothing is subscribed', () => {
    const { headers, text } = letterOf(signUpMessage('confirm', DEFAULT_PAGE, links, 'en'), links.page);
    expect(headers).not.toHaveProperty('List-Unsubscribe');
    expect(text).toContain(links.confirm);
    expect(text).not.toContain(links.unsubscribe);
  });

  test('about a maintenance has its times in the time zone of the page, and the words of the language', () => {
    const page = { ...DEFAULT_PAGE, config: { ...DEFAULT_PAGE.config, timeZone: 'Europe/Berlin' } };
    const maintenance = { news: 'planned', startsAt: NOW, endsAt: NOW + 3_600_000 } as const;
    const written = mailing({ kind: 'maintenance', status: null, title: 'Upgrade', maintenance });
    const message = mailingMessage(written, page, shown, links, 'de');
    expect(message.subject).toBe('[Service status] Geplante Wartung: Upgrade');
    expect(message.facts.map(({ label }) => label)).toEqual(['Beginn', 'Ende']);
    expect(message.facts[0]?.value).toContain('09:00');
  });
});

test('no text of people mentions a channel of Slack or ends a link', () => {
  const hostile = '<!channel> <@U123> <https://evil.example|Click> & *bold*';
  const message = mailingMessage(
    mailing({ title: hostile, body: hostile }),
    DEFAULT_PAGE,
    shown,
    links,
    'en',
  );
  const { body } = slackRequest('https://hooks.slack.com/services/T/B/x', message);
  const opened = body.split('<').slice(1);
  expect(opened.every((part) => part.startsWith('https://status.example.com/'))).toBe(true);
});

describe('an attempt', () => {
  const claimed = { mailingId: 'u', subscriberId: 's', attempts: 1, createdAt: NOW };
  const attempt = (more: Partial<DeliveryAttempt>): DeliveryAttempt => ({
    ...{ delivered: false, gone: false, dead: false, afterMs: null, status: 500, error: 'x', response: null },
    ...{ receipt: null, warning: null, reached: 'maybe', durationMs: 1, ...more },
  });
  const outcome = (kind: 'email' | 'webhook', more: Partial<DeliveryAttempt>, of = claimed) =>
    outcomeOfAttempt(of, kind, attempt(more), { now: NOW, random: 0.5 });

  test('that the provider refuses because of the address disables the subscriber', () => {
    const error = 'api.postmarkapp.com responded 422: error 406: inactive recipient';
    expect(outcome('email', { dead: true, error }).subscriber).toMatchObject({ state: 'disabled' });
    const suppressed = outcome('email', { status: 403, error: 'E_RECIPIENT_SUPPRESSED: bounced' });
    expect(suppressed.subscriber).toMatchObject({ state: 'disabled' });
    expect(senderPauseMs('email', attempt({ status: 403, error: 'E_RECIPIENT_SUPPRESSED: b' }))).toBeNull();
  });

  test('that the provider refuses for any address disables nobody', () => {
    const last = { ...claimed, attempts: 99, createdAt: NOW - 81 * 3_600_000 };
    expect(outcome('email', { status: 401 }, last)).toMatchObject({ state: 'failed', subscriber: null });
    expect(senderPauseMs('email', attempt({ status: 401 }))).toBe(30_000);
  });

  test('of a challenge is made three times at most', () => {
    const challenge = { ...claimed, mailingId: 'confirm' };
    expect(outcome('webhook', {}, challenge).state).toBe('pending');
    expect(outcome('webhook', {}, { ...challenge, attempts: 3 })).toMatchObject({
      ...{ state: 'failed', subscriber: null },
    });
  });
});

test('a challenge is returned as the whole body or as a field, and not by an echo of the request', () => {
  expect(returnsChallenge('abc\n', 'abc')).toBe(true);
  expect(returnsChallenge('{"challenge":"abc"}', 'abc')).toBe(true);
  for (const body of [
    '',
    '{}',
    'null',
    '"abc"',
    'xabc',
    '{"data":{"challenge":"abc"}}',
    '[{"challenge":"abc"}]',
  ])
    expect(returnsChallenge(body, 'abc')).toBe(false);
});

test('a token works for its purpose and its mesh alone', async () => {
  const key = { bytes: new Uint8Array(32).fill(1) };
  const other = { bytes: new Uint8Array(32).fill(2) };
  const id = `sub_${'a'.repeat(20)}`;
  const manage = await manageToken(key, id);
  const confirm = await confirmToken(key, id, NOW);
  expect(await readToken(key, 'manage', manage)).toEqual({ id, expiresAt: null });
  expect(await readToken(key, 'confirm', confirm)).toMatchObject({ id });
  expect(await readToken(other, 'manage', manage)).toBeNull();
  expect(await readToken(key, 'manage', confirm)).toBeNull();
  expect(await readToken(key, 'confirm', manage)).toBeNull();
  const [subscriber, expires, mac] = confirm.split('.');
  expect(await readToken(key, 'confirm', `${subscriber}.${expires}z.${mac}`)).toBeNull();
});

test('links lead to the host of the page if it has one', () => {
  expect(pageUrl({ id: 'default', host: null }, 'https://mesh.example')).toBe('https://mesh.example');
  expect(pageUrl({ id: 'shop', host: null }, 'https://mesh.example')).toBe('https://mesh.example/pages/shop');
  expect(pageUrl({ id: 'shop', host: 'status.shop.example' }, 'https://mesh.example')).toBe(
    'https://status.shop.example',
  );
});
