// The inbox of `npm start` over real sockets: what it keeps, what it refuses, and how it fails on request.

import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Inbox, startInbox } from '../../scripts/inbox/inbox.ts';
import type { WebhookBody } from '../../src/channels/notification.ts';
import { generateSecret, webhook } from '../../src/channels/webhook.ts';
import { requestOf } from '../support/channels/requests.ts';
import { bodyOf } from '../support/engine/notifications.ts';

const secret = generateSecret();
let inbox: Inbox;
let lines: string[];

beforeEach(async () => {
  lines = [];
  inbox = await startInbox({ port: 0, secret, log: (line) => lines.push(line) });
});
afterEach(() => inbox.stop());

async function post(id: string, body: WebhookBody, signedWith = secret): Promise<Response> {
  const { url, ...init } = await requestOf(
    webhook,
    { id, body },
    { url: `${inbox.url}/hook`, secret: signedWith },
    Date.now(),
  );
  return fetch(url, init);
}
const put = (path: string, body: string): Promise<Response> =>
  fetch(inbox.url + path, { method: 'PUT', body });
const kept = async () =>
  (
    (await (await fetch(`${inbox.url}/messages`)).json()) as {
      messages: { id: string; verified: boolean; again?: boolean; body: unknown }[];
    }
  ).messages;

test('the inbox keeps verified webhooks, newest first, and logs each in one line', async () => {
  expect((await post('n1', bodyOf('incident.opened'))).status).toBe(204);
  const resolved = bodyOf('incident.resolved');
  const incident = { ...resolved.data.incident!, state: 'resolved' as const, downtimeSeconds: 95 };
  expect((await post('n2', { ...resolved, data: { ...resolved.data, incident } })).status).toBe(204);
  expect((await post('n3', bodyOf('test'))).status).toBe(204);
  expect(lines).toEqual([
    'inbox: incident.opened web-1 down (4 of 6 failing) verified',
    'inbox: incident.resolved web-1 down for 95 s verified',
    'inbox: test verified',
  ]);
  const messages = await kept();
  expect(messages.map(({ id }) => id)).toEqual(['n3', 'n2', 'n1']);
  expect(messages[2]).toMatchObject({
    verified: true,
    type: 'incident.opened',
    body: bodyOf('incident.opened'),
  });
});

test('the inbox marks a webhook that it received before', async () => {
  await post('n1', bodyOf('test'));
  await post('n1', bodyOf('test'));
  expect((await kept()).map(({ again }) => again)).toEqual([true, false]);
});

test('the inbox rejects a webhook with a foreign signature, without a signature or with an invalid body', async () => {
  expect((await post('n1', bodyOf('test'), generateSecret())).status).toBe(401);
  expect((await fetch(`${inbox.url}/hook`, { method: 'POST', body: '{}' })).status).toBe(401);
  expect((await post('n2', { ...bodyOf('test'), type: 'nonsense' } as never)).status).toBe(401);
  expect(lines[0]).toMatch(/signature rejected/);
  expect((await kept()).every(({ verified }) => !verified)).toBe(true);
});

test('the inbox keeps the last 200 webhooks and deletes them on request', async () => {
  for (let index = 0; index < 205; index += 1) await post(`n${index}`, bodyOf('test'));
  const messages = await kept();
  expect([messages.length, messages[0]?.id, messages[199]?.id]).toEqual([200, 'n204', 'n5']);
  expect((await fetch(`${inbox.url}/messages`, { method: 'DELETE' })).status).toBe(204);
  expect(await kept()).toEqual([]);
});

test('the inbox fails and hangs on request, keeps nothing meanwhile, and recovers', async () => {
  expect((await put('/behaviour', '{"status": 503}')).status).toBe(200);
  expect((await post('n1', bodyOf('test'))).status).toBe(503);
  await put('/behaviour', '{"hang": true}');
  const { url, ...init } = await requestOf(
    webhook,
    { id: 'n1', body: bodyOf('test') },
    { url: `${inbox.url}/hook`, secret },
    Date.now(),
  );
  await expect(fetch(url, { ...init, signal: AbortSignal.timeout(300) })).rejects.toThrow(/timeout/);
  expect(await kept()).toEqual([]);
  await put('/behaviour', '{"status": 204}');
  expect((await post('n1', bodyOf('test'))).status).toBe(204);
  expect((await kept()).map(({ again }) => again)).toEqual([false]);
});

test.each(['', 'null', '{}', '{"status": 99}', '{"status": 204, "hang": true}', '{"hang": false}'])(
  'the inbox rejects an invalid behaviour: %s',
  async (body) => {
    expect((await put('/behaviour', body)).status).toBe(400);
    expect((await post('n1', bodyOf('test'))).status).toBe(204);
  },
);

test('the inbox rejects a webhook that is too long and accepts the next one', async () => {
  const response = await fetch(`${inbox.url}/hook`, { method: 'POST', body: 'x'.repeat(2_000_000) });
  expect(response.status).toBe(413);
  expect((await post('n1', bodyOf('test'))).status).toBe(204);
});

test('the inbox page escapes received text, has no script and declares its language', async () => {
  const body = bodyOf('incident.opened');
  await post('n1', {
    ...body,
    title: '<script>alert(1)</script> is down',
    data: { ...body.data, monitor: { ...body.data.monitor!, name: '<script>alert(1)</script>' } },
  });
  const response = await fetch(inbox.url);
  const page = await response.text();
  expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(page).toContain('<html lang="en">');
  expect(page).toContain('&lt;script&gt;');
  expect(page).not.toContain('<script');
  expect(page).toContain('aws:eu-central-1');
  expect((await fetch(`${inbox.url}/style.css`)).headers.get('content-type')).toBe('text/css');
});

test('starting the inbox on a used port fails, and a stopped inbox releases its port', async () => {
  const port = Number(new URL(inbox.url).port);
  await expect(startInbox({ port, secret, log: () => {} })).rejects.toThrow('EADDRINUSE');
  await inbox.stop();
  inbox = await startInbox({ port, secret, log: () => {} });
  expect(inbox.url).toBe(`http://127.0.0.1:${port}`);
});

test('the inbox responds 404 to an unknown path', async () => {
  expect((await fetch(`${inbox.url}/nothing`)).status).toBe(404);
});
