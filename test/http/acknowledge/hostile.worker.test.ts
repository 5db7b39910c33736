// What an outsider can send to the two addresses that need no account: a link's page, and a vendor's button.
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { acknowledgeUrl } from '../../../src/acknowledge-link.ts';
import { emptyAccess } from '../../support/d1/access.ts';
import {
  ask,
  bindings,
  clock,
  createMonitor,
  empty,
  post,
  RECEIVER,
  runUntilConfirmed,
} from '../../support/d1/http-mesh.ts';
import { pagerDutySignature, slackHeaders } from '../../support/vendors/interactions.ts';

const { ENCRYPTION_KEY = '' } = bindings;
const OWN = { origin: 'https://status.test', 'sec-fetch-site': 'same-origin' };
const FORM = 'application/x-www-form-urlencoded';
const SIGNING = '0123456789abcdef0123456789abcdef';
const WEBHOOK = 'pagerduty-webhook-secret';
let id = '';
let path = '';

beforeAll(async () => {
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  await empty();
  await emptyAccess();
  await post('/api/v1/channels', RECEIVER);
  const slack = { token: 'xoxb-000000000000-000000000000-exampletoken', channel: 'C0123456789' };
  await post('/api/v1/channels', {
    ...{ id: 'slack', type: 'slack', name: 'Slack', config: { ...slack, signingSecret: SIGNING } },
  });
  await post('/api/v1/channels', {
    ...{ id: 'pager', type: 'pagerduty', name: 'Pager' },
    config: { routingKey: 'R0123456789ABCDEFGHIJKLMNOPQRSTU', webhookSecret: WEBHOOK },
  });
  await createMonitor();
  await runUntilConfirmed(1, 6);
  id = (await ask('/api/v1/incidents')).json.incidents[0].id;
  const { createdAt } = (await ask('/api/v1/channels/on-call')).json;
  const url = await acknowledgeUrl(
    { encryptionKey: ENCRYPTION_KEY },
    'https://status.test',
    id,
    { id: 'on-call', createdAt: Date.parse(createdAt) },
    clock.now,
  );
  path = url.slice('https://status.test'.length);
});

const by = async () => (await ask(`/api/v1/incidents/${id}`)).json.acknowledgedBy;
beforeEach(async () => expect(await by()).toBe(null));

const send = (to: string, method: string, headers: Record<string, string>, body?: string) =>
  ask(to, { method, token: null, headers, ...(body === undefined ? {} : { body }) });

describe('a link acknowledges nothing', () => {
  test.each(['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'DELETE'])('with the method %s', async (method) => {
    const { status } = await send(path, method, OWN);
    expect(status).toBeLessThan(500);
    expect(await by()).toBe(null);
  });

  test.each([
    ['a form of another site', { 'content-type': FORM, origin: 'https://evil.test' }, 'name=Eve', 403],
    ['no origin at all', { 'content-type': FORM }, 'name=Eve', 403],
    [
      'an origin that only claims to be ours',
      { ...OWN, 'content-type': FORM, 'sec-fetch-site': 'cross-site' },
      'name=Eve',
      403,
    ],
    ['a body of 2 MB', { ...OWN, 'content-type': FORM }, `name=${'x'.repeat(2_000_000)}`, 413],
    ['a name of a megabyte', { ...OWN, 'content-type': FORM }, `name=${'x'.repeat(900_000)}`, 422],
    [
      'an invisible name',
      { ...OWN, 'content-type': FORM },
      `name=${encodeURIComponent('Ada\u202e\u0000')}`,
      422,
    ],
  ] as const)('from %s', async (_, headers, body, status) => {
    expect((await send(path, 'POST', headers, body)).status).toBe(status);
    expect(await by()).toBe(null);
  });

  test.each([
    ['a multipart form without a boundary', 'multipart/form-data', 'name=Eve'],
    [
      'a multipart form that breaks off',
      'multipart/form-data; boundary=x',
      '--x\r\nContent-Disposition: for',
    ],
  ])('from %s, which is a mistake of the sender', async (_, type, body) => {
    const { status } = await send(path, 'POST', { ...OWN, 'content-type': type }, body);
    expect(status).toBe(400);
    expect(await by()).toBe(null);
  });

  test('changed in any part', async () => {
    const parts = path.split('.');
    const changed = [
      ...parts.map((part, index) => {
        const other = part.at(-1) === 'a' ? 'b' : 'a';
        return parts.with(index, part.slice(0, -1) + other).join('.');
      }),
      `${path}A`,
      path.slice(0, -1),
      `${path}%00`,
      `${path}/`,
      path.toUpperCase(),
      `/acknowledge/${'a'.repeat(8_000)}`,
      '/acknowledge/..%2f..%2fapi',
    ];
    for (const other of changed) {
      const { status } = await send(other, 'POST', { ...OWN, 'content-type': FORM }, 'name=Eve');
      expect([404, 429]).toContain(status);
    }
    expect(await by()).toBe(null);
  });
});

describe('a button acknowledges nothing', () => {
  const slackBody = (value: string, type = 'block_actions') =>
    new URLSearchParams({
      payload: JSON.stringify({
        ...{ type, trigger_id: '1.2', user: { id: 'U1', name: 'eve' }, response_url: 'https://127.0.0.1/' },
        actions: [{ action_id: 'acknowledge', action_ts: '1', value }],
      }),
    }).toString();
  const press = (body: string, at = clock.now, secret = SIGNING) => {
    const { timestamp, signature } = slackHeaders(secret, body, at);
    const headers = { 'x-slack-request-timestamp': timestamp, 'x-slack-signature': signature };
    return send('/interactions/slack/slack', 'POST', { ...headers, 'content-type': FORM }, body);
  };
  const page = (body: string, secret = WEBHOOK) =>
    send(
      '/interactions/pagerduty/pager',
      'POST',
      { 'x-pagerduty-signature': pagerDutySignature(secret, body) },
      body,
    );

  test('that was pressed six minutes ago, or later than now', async () => {
    for (const minutes of [-6, 6])
      expect((await press(slackBody(id), clock.now + minutes * 60_000)).status).toBe(401);
    expect(await by()).toBe(null);
  });

  test('that is signed with the secret of another channel or another vendor', async () => {
    expect((await press(slackBody(id), clock.now, WEBHOOK)).status).toBe(401);
    expect((await page('{}', SIGNING)).status).toBe(401);
    expect(await by()).toBe(null);
  });

  test.each([
    ['garbage', 'payload=%7B'],
    ['lists in place of objects', `payload=${encodeURIComponent('[[[]]]')}`],
    ['a hundred thousand brackets', `payload=${'['.repeat(100_000)}`],
    ['an id that is none', slackBody('../../x')],
    ['an id that does not exist', slackBody('inc_nowhere_1')],
    ['another kind of payload', slackBody('inc_x', 'view_submission')],
  ])('with %s, although it is signed', async (_, body) => {
    expect((await press(body)).status).toBe(200);
    expect((await page(body)).status).toBe(200);
    expect(await by()).toBe(null);
  });

  test('of more than a megabyte', async () => {
    expect((await press(`${slackBody(id)}&x=${'x'.repeat(1_100_000)}`)).status).toBe(413);
    expect(await by()).toBe(null);
  });

  test.each(['GET', 'PUT', 'DELETE'])('with the method %s', async (method) => {
    for (const to of ['/interactions/slack/slack', '/interactions/pagerduty/pager'])
      expect([404, 405]).toContain((await send(to, method, {})).status);
  });
});

test('a bug that meets a link logs no token', async () => {
  const logged = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const failing = () => {
    throw new Error('no D1');
  };
  const DB = { prepare: failing, batch: failing } as unknown as D1Database;
  const { status } = await ask(path, { token: null, env: { DB } });
  expect(status).toBe(500);
  const lines = JSON.stringify(logged.mock.calls);
  expect(lines).toContain('/acknowledge/…');
  expect(lines).not.toContain(path.split('.').at(-1));
});

test('a link with a body of another type acknowledges as its channel: the link is the permission', async () => {
  const headers = { ...OWN, 'content-type': 'application/json' };
  expect((await send(path, 'POST', headers, '{"name":"Eve","pause":"__proto__"}')).status).toBe(303);
  expect(await by()).toBe('On call');
});
