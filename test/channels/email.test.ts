// Mails, as each provider gets them. The checkers know what the providers document.
import { describe, expect, test } from 'vitest';
import type { Channel, EmailRequest, HttpRequest } from '../../src/channels/channel.ts';
import { email } from '../../src/channels/email/index.ts';
import { eventTypes } from '../../src/channels/events.ts';
import { exampleBody } from '../../src/channels/example-bodies.ts';
import type { OutgoingNotification } from '../../src/channels/notification.ts';
import { withText } from '../../src/channels/render.ts';
import { toMessage } from '../../src/channels/to-message.ts';
import { fillConfig } from '../../src/channels/written-config.ts';
import { expectGolden, payloadOf } from '../support/channels/golden.ts';
import { everyNotification } from '../support/engine/notifications.ts';
import { checkCloudflare, checkPostmark, checkResend, checkSes } from '../support/vendors/email-providers.ts';

const HOSTILE = `<!channel> *x* [a](javascript:1) & "q"\r\nBcc: evil@example.com\u2028\uD800`;
const CONTEXT = {
  now: Date.UTC(2026, 10, 24, 9, 30),
  receipt: null,
  publicUrl: 'https://status.example.com',
};
const common = { from: 'alerts@example.com', to: ['on-call@example.com', 'ops@example.com'] };
const aws = {
  ...{ region: 'eu-central-1', accessKeyId: 'AKIAIOSFODNN7EXAMPLE' },
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const CONFIGS = {
  cloudflare: { provider: 'cloudflare', ...common },
  resend: { provider: 'resend', ...common, apiKey: 're_0123456789abcdef' },
  postmark: { provider: 'postmark', ...common, apiKey: '00000000-1111-2222-3333-444444444444' },
  ses: { provider: 'ses', ...common, ...aws },
} as const;

/** The notification with a hostile name and evidence. */
function hostile(notification: OutgoingNotification): OutgoingNotification {
  const { body } = notification;
  const { monitor, evidence } = body.data;
  const data = {
    ...body.data,
    monitor: monitor && { ...monitor, name: HOSTILE, runbookUrl: 'javascript:alert(1)' },
    evidence: evidence.map((one) => ({ ...one, detail: `${HOSTILE} <img src=x onerror=alert(1)>` })),
  };
  return { ...notification, body: withText({ ...body, data }) };
}

const all: readonly OutgoingNotification[] = [
  ...eventTypes.map((type) => ({ id: `n_${type.replace('.', '_')}`, body: exampleBody(type) })),
  ...everyNotification.map(hostile),
];

async function requestOf(
  config: object,
  notifications: readonly [OutgoingNotification, ...OutgoingNotification[]],
  links = { acknowledgeUrl: 'https://status.example.com/acknowledge/t.k' },
) {
  const [request] = await email.requests(
    toMessage(notifications, links),
    email.config.parse(config),
    CONTEXT,
  );
  return request;
}

const CHECKS = {
  cloudflare: (request: unknown) => checkCloudflare(request as EmailRequest),
  resend: (request: unknown) => checkResend(request as HttpRequest),
  postmark: (request: unknown) => checkPostmark(request as HttpRequest),
  ses: (request: unknown) => checkSes(request as HttpRequest, aws),
};

describe.each(['cloudflare', 'resend', 'postmark', 'ses'] as const)('a mail through %s', (provider) => {
  test('keeps to what the provider documents, for every event and for hostile text', async () => {
    for (const notification of all)
      await CHECKS[provider](await requestOf(CONFIGS[provider], [notification]));
  });

  test('keeps to it with 50 recipients, 100 gathered notifications and a name beyond ASCII', async () => {
    const to = Array.from({ length: 50 }, (_, index) => `person-${index}@example.com`);
    const [first, ...more] = Array.from({ length: 100 }, (_, index) => {
      const body = exampleBody('incident.opened');
      const incident = { ...body.data.incident!, id: `inc_${index}_${'x'.repeat(60)}` };
      return { id: `n_${index}`, body: { ...body, data: { ...body.data, incident } } };
    });
    const request = await requestOf({ ...CONFIGS[provider], to, fromName: 'Größe 🔥' }, [first!, ...more]);
    await CHECKS[provider](request);
    expect(JSON.stringify(request)).not.toContain('\\ud800');
  });
});

test('a checker refuses a header that Cloudflare sets itself, a line break, and a wrong signature', async () => {
  const mail = (await requestOf(CONFIGS.cloudflare, [all[0]!])) as EmailRequest;
  expect(() => checkCloudflare({ ...mail, headers: { ...mail.headers, 'Message-ID': '<a@b>' } })).toThrow();
  expect(() => checkCloudflare({ ...mail, subject: 'a\r\nBcc: b@example.com' })).toThrow();
  const signed = (await requestOf(CONFIGS.ses, [all[0]!])) as HttpRequest;
  await expect(checkSes({ ...signed, body: `${signed.body} ` }, aws)).rejects.toThrow(
    'SignatureDoesNotMatch',
  );
});

test('the golden mails of an opening through each provider are what a person reviewed', async () => {
  const golden: Record<string, unknown> = {};
  for (const [provider, config] of Object.entries(CONFIGS)) {
    const request = await requestOf(config, [{ id: 'n_opened', body: exampleBody('incident.opened') }]);
    [golden[provider]] = payloadOf([request]);
  }
  expectGolden('email-providers', golden);
});

describe('the text of a mail', () => {
  const opened = hostile({ id: 'n_1', body: exampleBody('incident.opened') });

  test('a hostile name is text: no tag, no attribute and no second header', async () => {
    const { subject, html, text } = (await requestOf(CONFIGS.cloudflare, [opened])) as EmailRequest;
    expect(subject).not.toMatch(/[\r\n\u2028]/);
    expect(html).not.toMatch(/<img|<!channel|onerror="|href="javascript/i);
    expect(
      html
        .match(/<(\w+)/g)!
        .every((tag) => /^<(html|head|meta|title|body|div|h1|p|table|tr|th|td|br|a|strong)$/.test(tag)),
    ).toBe(true);
    expect(text).not.toContain('Runbook: javascript:');
  });

  test('begins with what happened, and the link that acknowledges is the first one of the HTML part', async () => {
    const { text, html } = (await requestOf(CONFIGS.cloudflare, [
      { id: 'n_1', body: exampleBody('incident.opened') },
    ])) as EmailRequest;
    expect(text.split('\n')[0]).toBe('Web shop is down');
    expect(text.split('\n')[1]).toContain('has failed at 6 of 6 locations since');
    expect(/<a href="([^"]+)"/.exec(html)?.[1]).toBe('https://status.example.com/acknowledge/t.k');
  });

  test('a gathered mail lists each notification', async () => {
    const gathered = (['incident.opened', 'incident.partial'] as const).map((type) => ({
      id: `n_${type}`,
      body: exampleBody(type),
    }));
    const { text, html } = (await requestOf(CONFIGS.cloudflare, [
      gathered[0]!,
      gathered[1]!,
    ])) as EmailRequest;
    for (const { body } of gathered) {
      expect(text).toContain(`- ${body.title}`);
      expect(html).toContain(`<strong>${body.title}</strong>`);
    }
  });

  test('a mail takes as many notifications as mail programs show whole, and at least one', () => {
    const { items } = toMessage(Array.from({ length: 300 }, (_, index) => all[index % all.length]!) as never);
    const capacity = email.capacity!(items);
    expect(capacity).toBeGreaterThan(20);
    expect(capacity).toBeLessThan(200);
    const huge = { ...items[0]!, summary: 'x'.repeat(100_000) };
    expect(email.capacity!([huge, huge])).toBe(1);
    expect(email.capacity!(items.slice(0, 3))).toBe(3);
  });

  test('mails of one incident refer to the same id, and those of another to another', async () => {
    const referencesOf = async (type: 'incident.opened' | 'incident.resolved', id: string) => {
      const body = exampleBody(type);
      const data = { ...body.data, incident: { ...body.data.incident!, id } };
      const request = await requestOf(CONFIGS.cloudflare, [{ id: `${id}_${type}`, body: { ...body, data } }]);
      return (request as EmailRequest).headers.References;
    };
    const opening = await referencesOf('incident.opened', 'inc_1');
    expect(opening).toBe('<inc_1@status.example.com>');
    expect(await referencesOf('incident.resolved', 'inc_1')).toBe(opening);
    expect(await referencesOf('incident.opened', 'inc_2')).not.toBe(opening);
  });

  test('a mail by a template has its title and body, escaped in the HTML part', async () => {
    const message = toMessage([{ id: 'n_1', body: exampleBody('incident.opened') }]);
    const templated = { title: 'Shop\r\nBcc: x', body: 'first <b>\nsecond' };
    const [request] = await email.requests(
      { ...message, templated },
      email.config.parse(CONFIGS.cloudflare),
      CONTEXT,
    );
    const { subject, text, html } = request as EmailRequest;
    expect(subject).toBe('Shop Bcc: x');
    expect(text.startsWith('first <b>\nsecond\n\nIncident: ')).toBe(true);
    expect(html).toContain('first &lt;b&gt;<br>second');
  });
});

describe('the config of a mail channel', () => {
  test.each([
    [{ ...CONFIGS.resend, apiKey: undefined }, 'apiKey'],
    [{ ...CONFIGS.postmark, apiKey: undefined }, 'apiKey'],
    [{ ...CONFIGS.ses, region: undefined }, 'region'],
    [{ ...CONFIGS.ses, secretAccessKey: undefined }, 'secretAccessKey'],
    [{ ...CONFIGS.cloudflare, to: [] }, 'to'],
    [{ ...CONFIGS.cloudflare, from: 'a@example.com\r\nBcc: b@example.com' }, 'from'],
    [{ ...CONFIGS.cloudflare, to: ['"x" <a@example.com>'] }, 'to'],
    [{ ...CONFIGS.cloudflare, fromName: 'a"\r\nBcc: b' }, 'fromName'],
    [{ ...CONFIGS.resend, apiKey: 'a\r\nx-evil: 1234' }, 'apiKey'],
  ])('%j is refused because of %s', (config, field) => {
    expect(email.config.safeParse(config).error?.issues[0]?.path[0]).toBe(field);
  });

  const channel = email as unknown as Channel;

  test('a key of Resend is not sent to Postmark, nor to another origin', () => {
    const moved = { ...CONFIGS.resend, apiKey: null };
    expect(fillConfig(channel, { ...moved, provider: 'postmark' }, CONFIGS.resend)).toEqual({
      path: ['apiKey'],
      message: 'Send the value of `apiKey` again: `provider` changes from resend to postmark.',
    });
    expect(fillConfig(channel, { ...moved, apiUrl: 'https://resend.example.com' }, CONFIGS.resend)).toEqual({
      path: ['apiKey'],
      message:
        'Send the value of `apiKey` again: the origin of `apiUrl` changes from the default to https://resend.example.com.',
    });
    expect(fillConfig(channel, { ...moved, to: ['new@example.com'] }, CONFIGS.resend)).toMatchObject({
      config: { apiKey: CONFIGS.resend.apiKey, to: ['new@example.com'] },
    });
  });
});

describe('the response of a provider', () => {
  const outcome = (status: number, body: object, headers = {}) =>
    email.outcomeOf!({ status, headers: new Headers(headers), body: JSON.stringify(body) });
  const ses = (type: string, message = '') =>
    outcome(400, { message }, { 'x-amzn-errortype': `${type}:http://internal.amazon.com/` });

  test('an invalid mail is dead at once', () => {
    expect(ses('BadRequestException')).toMatchObject({ result: 'dead' });
    expect(ses('MessageRejected', 'Illegal content')).toMatchObject({ result: 'dead' });
    expect(outcome(422, { ErrorCode: 300, Message: 'Invalid' })).toMatchObject({ result: 'dead' });
    expect(outcome(422, { ErrorCode: 406, Message: 'Inactive' })).toMatchObject({ result: 'dead' });
    expect(outcome(422, { name: 'validation_error', message: 'Invalid `to`' })).toMatchObject({
      result: 'dead',
    });
  });

  test('what a person can fix at the provider is retried, whatever its status', () => {
    expect(ses('MessageRejected', 'Email address is not verified.')).toMatchObject({ result: 'retry' });
    expect(ses('SendingPausedException')).toMatchObject({ result: 'retry' });
    expect(outcome(422, { ErrorCode: 405, Message: 'No credits' })).toMatchObject({ result: 'retry' });
    expect(outcome(401, { ErrorCode: 10, Message: 'Bad token' })).toMatchObject({ result: 'retry' });
    expect(outcome(400, { name: 'validation_error', message: 'API key is invalid' })).toMatchObject({
      result: 'retry',
    });
    expect(outcome(409, { name: 'concurrent_idempotent_requests', message: '' })).toMatchObject({
      result: 'retry',
    });
  });

  test('all other responses go by their status', () => {
    for (const status of [200, 429, 500, 503]) expect(outcome(status, {})).toBeNull();
    expect(outcome(429, { name: 'daily_quota_exceeded', message: '' })).toBeNull();
    expect(email.outcomeOf!({ status: 502, headers: new Headers(), body: '<html>' })).toBeNull();
  });
});
