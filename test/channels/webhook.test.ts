// The webhook channel against the reference implementation of Standard Webhooks, and against bad configs.

import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { generateSecret, webhook } from '../../src/channels/webhook.ts';
import { requestOf } from '../support/channels/requests.ts';
import { bodyOf } from '../support/engine/notifications.ts';

const url = 'https://hooks.example.com/probemesh';
const notification = { id: 'inc_mbx1k2_7_opened', body: bodyOf('incident.opened') };

test('the reference library verifies a signed webhook and returns its body', async () => {
  for (const secret of [
    generateSecret(),
    `whsec_${Buffer.alloc(24, 7).toString('base64')}`,
    `whsec_${Buffer.alloc(64, 9).toString('base64')}`,
  ]) {
    const { body, headers } = await requestOf(webhook, notification, { url, secret }, Date.now());
    expect(new Webhook(secret).verify(body, { ...headers })).toEqual(notification.body);
  }
});

test('the reference library rejects a webhook with a changed body, another id or another secret', async () => {
  const secret = generateSecret();
  const { body, headers } = await requestOf(webhook, notification, { url, secret }, Date.now());
  const verifier = new Webhook(secret);
  expect(() => verifier.verify(body.replace('web-1', 'web-2'), { ...headers })).toThrow(
    'No matching signature',
  );
  expect(() => verifier.verify(body, { ...headers, 'webhook-id': 'other' })).toThrow('No matching signature');
  expect(() => new Webhook(generateSecret()).verify(body, { ...headers })).toThrow('No matching signature');
});

test('webhook-id is the same in every attempt and webhook-timestamp is that of the attempt', async () => {
  const config = { url, secret: generateSecret() };
  const first = await requestOf(webhook, notification, config, 1_700_000_000_999);
  const later = await requestOf(webhook, notification, config, 1_700_000_060_000);
  expect([first.headers['webhook-id'], later.headers['webhook-id']]).toEqual([
    notification.id,
    notification.id,
  ]);
  expect([first.headers['webhook-timestamp'], later.headers['webhook-timestamp']]).toEqual([
    '1700000000',
    '1700000060',
  ]);
  expect(first.headers['webhook-signature']).not.toBe(later.headers['webhook-signature']);
  expect(first.body).toBe(later.body);
});

test.each(['', 'a.b', 'a b', 'a\r\nx: y', 'ä', 'x'.repeat(201)])(
  'a notification id that cannot be a header throws: %j',
  async (id) => {
    await expect(
      requestOf(webhook, { ...notification, id }, { url, secret: generateSecret() }, 0),
    ).rejects.toThrow('cannot be a header');
  },
);

test.each([
  undefined,
  7,
  '',
  'whsec_',
  'secret',
  Buffer.alloc(32).toString('base64'),
  `whsec_${Buffer.alloc(23).toString('base64')}`,
  `whsec_${Buffer.alloc(65).toString('base64')}`,
  `whsec_${Buffer.alloc(32).toString('base64url')}!`,
  'whsec_====',
])('a weak or malformed webhook secret is rejected: %j', (secret) => {
  const parsed = webhook.config.safeParse({ url, secret });
  expect(parsed.error?.issues[0]).toMatchObject({
    path: ['secret'],
    message: expect.stringContaining('whsec_'),
  });
});

test.each([
  '',
  'hooks.example.com',
  'ftp://hooks.example.com/',
  'javascript:alert(1)',
  'https://user:pw@hooks.example.com/',
  'https://user@hooks.example.com/',
  7,
])('a webhook URL that is not http or https, or has credentials, is rejected: %j', (address) => {
  const parsed = webhook.config.safeParse({ url: address, secret: generateSecret() });
  expect(parsed.error?.issues[0]?.path).toEqual(['url']);
});

test('generated webhook secrets are valid and differ', () => {
  const secrets = Array.from({ length: 5 }, generateSecret);
  expect(new Set(secrets).size).toBe(5);
  for (const secret of secrets) expect(webhook.config.safeParse({ url, secret }).success).toBe(true);
});
