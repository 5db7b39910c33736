// Two secrets of a webhook, and optional secrets in general.
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { channelSchemaWith, shownConfig } from '../../src/channels/catalogue.ts';
import type { Channel } from '../../src/channels/channel.ts';
import { webhook } from '../../src/channels/webhook.ts';
import { fillConfig, readConfig } from '../../src/channels/written-config.ts';
import { requestOf } from '../support/channels/requests.ts';
import { everyNotification } from '../support/engine/notifications.ts';

const url = 'https://hooks.example.com/services/T0/abcdef';
const secret = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
const previousSecret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const hook = webhook as unknown as Channel;

describe('while two secrets are stored', () => {
  test('a receiver with either of them accepts the request, and one with neither does not', async () => {
    const config = { url, secret, previousSecret };
    const { headers, body } = await requestOf(webhook, everyNotification[0]!, config, Date.now());
    expect(headers['webhook-signature']).toMatch(/^v1,\S+ v1,\S+$/);
    for (const key of [secret, previousSecret])
      expect(() => new Webhook(key).verify(body, headers)).not.toThrow();
    const other = new Webhook('whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA');
    expect(() => other.verify(body, headers)).toThrow('No matching signature found');
  });

  test('the first signature is that of the new secret', async () => {
    const now = Date.now();
    const both = await requestOf(webhook, everyNotification[0]!, { url, secret, previousSecret }, now);
    const alone = await requestOf(webhook, everyNotification[0]!, { url, secret }, now);
    expect(both.headers['webhook-signature']!.split(' ')[0]).toBe(alone.headers['webhook-signature']);
  });
});

describe('an optional secret', () => {
  const stored = { url, secret, previousSecret };

  test('reads as null only if it is stored', () => {
    expect(readConfig(hook, shownConfig('webhook', stored))).toMatchObject({ previousSecret: null });
    expect(readConfig(hook, shownConfig('webhook', { url, secret }))).not.toHaveProperty('previousSecret');
    expect(JSON.stringify(shownConfig('webhook', stored))).not.toContain('whsec_');
  });

  test.each([
    ['null keeps it', null, stored, { previousSecret }],
    ['another value replaces it', secret, stored, { previousSecret: secret }],
    ['an empty text removes it', '', stored, {}],
    ['null without a stored value is none', null, { url, secret }, {}],
  ])('%s', (_, value, before, expected) => {
    const written = { url: null, secret: null, previousSecret: value };
    expect(channelSchemaWith({}).safeParse({ type: 'webhook', config: written }).success).toBe(true);
    expect(fillConfig(hook, written, before)).toEqual({ config: { url, secret, ...expected } });
  });

  test('a secret that is not optional cannot be removed', () => {
    expect(fillConfig(hook, { url: null, secret: '' }, stored)).toMatchObject({ path: ['secret'] });
  });
});
