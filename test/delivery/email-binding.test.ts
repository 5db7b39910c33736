// Cloudflare's email binding, and templates, in one attempt to deliver.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { exampleBody } from '../../src/channels/example-bodies.ts';
import { sendByBinding } from '../../src/delivery/email-binding.ts';
import { send } from '../../src/delivery/send.ts';
import { channelPlace, seal } from '../../src/store/encryption.ts';
import { checkCloudflare } from '../support/vendors/email-providers.ts';

const encryptionKey = btoa('k'.repeat(32));
const config = { allowLoopback: true, encryptionKey, publicUrl: 'https://status.example.com' };
const notification = { id: 'n_1', body: exampleBody('incident.opened') };
const mail = {
  provider: 'cloudflare',
  from: 'alerts@example.com',
  fromName: 'probemesh',
  to: ['a@example.com'],
};

type Sent = Parameters<SendEmail['send']>[0];

async function sendMail(email: unknown) {
  const sealedConfig = await seal(config, channelPlace('mail'), mail);
  const channel = { id: 'mail', type: 'email', sealedConfig, createdAt: 1 };
  const outgoing = { notifications: [notification], receipt: null } as const;
  return send({ ...config, email: email as SendEmail }, channel, outgoing, { now: Date.now });
}

describe('the email binding', () => {
  test('gets the whole mail, as its documentation describes it', async () => {
    const mails: Sent[] = [];
    const attempt = await sendMail({
      send: async (sent: Sent) => {
        mails.push(sent);
        return { messageId: 'm' };
      },
    });
    expect(attempt).toMatchObject({ delivered: true, error: null, status: 200 });
    checkCloudflare({ transport: 'email', ...(mails[0] as object) } as Parameters<typeof checkCloudflare>[0]);
  });

  test('that is missing is named, with the fix', async () => {
    expect(await sendMail(undefined)).toMatchObject({
      delivered: false,
      error:
        'the EMAIL binding is missing: remove the comment signs of [[send_email]] in wrangler.toml, and deploy again',
    });
  });

  test.each([
    ['E_SENDER_NOT_VERIFIED', 403],
    ['E_RATE_LIMIT_EXCEEDED', 429],
    ['E_DAILY_LIMIT_EXCEEDED', 429],
    ['E_VALIDATION_ERROR', 400],
    ['E_CONTENT_TOO_LARGE', 413],
    ['E_DELIVERY_FAILED', 502],
    ['E_SOMETHING_NEW', 500],
  ])('%s counts like the status %i', async (code, status) => {
    const failing = { send: () => Promise.reject(Object.assign(new Error('refused'), { code })) };
    expect(await sendMail(failing)).toMatchObject({
      ...{ delivered: false, status, error: `${code}: refused` },
    });
  });

  test('that hangs is given up', async () => {
    vi.useFakeTimers();
    try {
      const request = { transport: 'email', from: { name: 'p', email: 'a@example.com' }, to: [] } as const;
      const rest = { subject: '', text: '', html: '', headers: {} };
      const pending = sendByBinding({ send: () => new Promise(() => {}) }, { ...request, ...rest }, 15_000);
      await vi.advanceTimersByTimeAsync(15_000);
      expect(await pending).toMatchObject({
        status: 504,
        body: 'the EMAIL binding did not respond within 15 s',
      });
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('a custom request that is sent', () => {
  const received: { headers: Record<string, unknown>; body: string }[] = [];
  let server: Server;
  let url = '';

  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (part) => (body += part));
      request.on('end', () => {
        received.push({ headers: request.headers, body });
        response.writeHead(500).end(`no: ${request.headers.authorization}`);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/messages`;
  });
  afterAll(() => server.close());

  const sendCustom = async (templates: { body?: string }) => {
    const secretHeaders = { Authorization: 'Bearer tok_0123456789abcdef' };
    const stored = {
      url,
      method: 'POST',
      contentType: 'json',
      headers: { 'X-Id': '{{ id }}' },
      secretHeaders,
    };
    const sealedConfig = await seal(config, channelPlace('c'), stored);
    const outgoing = { notifications: [notification], receipt: null } as const;
    const attempt = await send(
      config,
      { id: 'c', type: 'custom', sealedConfig, createdAt: 1, templates },
      outgoing,
      {
        now: Date.now,
      },
    );
    return { attempt, request: received.at(-1)! };
  };

  test('has the body of its template, and its secrets are in no error', async () => {
    const { attempt, request } = await sendCustom({ body: '{"text": "{{ title }}"}' });
    expect(request.body).toBe('{"text": "Web shop is down"}');
    expect(request.headers).toMatchObject({ 'x-id': 'n_1', authorization: 'Bearer tok_0123456789abcdef' });
    expect(attempt).toMatchObject({ status: 500, warning: null });
    expect(attempt.error).toContain('responded 500: no:');
    expect(attempt.error).not.toContain('tok_');
  });

  test('falls back to the default body if the template fails, with a warning', async () => {
    const { attempt, request } = await sendCustom({ body: '{% bad %}' });
    expect(JSON.parse(request.body)).toEqual(notification.body);
    expect(attempt.warning).toMatch(/^The template of the body was not used\. Unknown tag "bad"/);
  });
});
