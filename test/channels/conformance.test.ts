// The rules for every channel. Runs over the catalogue, so a new channel is covered at once.

import { describe, expect, test } from 'vitest';
import {
  type ChannelType,
  channelSchemaWith,
  channelTypes,
  findChannelType,
  shownConfig,
} from '../../src/channels/catalogue.ts';
import type { Channel } from '../../src/channels/channel.ts';
import { webhookBodySchema } from '../../src/channels/notification.ts';
import { hiddenFields, secretTexts } from '../../src/channels/written-config.ts';
import { VERSION } from '../../src/version.ts';
import { requestOf } from '../support/channels/requests.ts';
import { bodyOf, everyNotification } from '../support/engine/notifications.ts';

/** A config of each type, with secrets that are easy to find wherever they leak. */
const samples: { [T in ChannelType]: Record<string, unknown> } = {
  webhook: { url: 'https://hooks.example.com/a', secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' },
  email: channelTypes.email.docs.example,
  custom: channelTypes.custom.docs.example,
};

const channelSchema = channelSchemaWith({});
const NOW = Date.UTC(2026, 10, 24, 9, 30, 0, 250);
const MAX_BODY_BYTES = 64 * 1024;

test('the catalogue lists each channel under its own type', () => {
  for (const [name, { type }] of Object.entries(channelTypes)) expect(type).toBe(name);
  expect(findChannelType('toString')).toBeUndefined();
  expect(findChannelType('carrier-pigeon')).toBeUndefined();
});

test('every notification of the conformance suite matches the schema of the webhook body', () => {
  for (const { body } of everyNotification) expect(webhookBodySchema.parse(body)).toEqual(body);
});

describe.each(Object.values(channelTypes))('the $type channel', (channel) => {
  const config = channel.config.parse(samples[channel.type]);

  test.each(everyNotification)(
    'a channel describes one valid request for $body.type',
    async (notification) => {
      const request = await requestOf(channel, notification, config, NOW);
      expect(new URL(request.url).protocol).toMatch(/^https?:$/);
      expect(['POST', 'PUT']).toContain(request.method);
      expect(() => new Headers(request.headers)).not.toThrow();
      expect(new Headers(request.headers).get('user-agent')).toBe(`probemesh/${VERSION}`);
      expect(new Headers(request.headers).get('content-type')).not.toBeNull();
      expect(new TextEncoder().encode(request.body).length).toBeLessThan(MAX_BODY_BYTES);
    },
  );

  test('a channel keeps its request small when many locations send long evidence', async () => {
    const body = bodyOf('incident.opened');
    const evidence = Array.from({ length: 40 }, () => ({
      ...body.data.evidence[0]!,
      detail: 'x'.repeat(300),
    }));
    const request = await requestOf(
      channel,
      { id: 'n_1', body: { ...body, data: { ...body.data, evidence } } },
      config,
      NOW,
    );
    expect(new TextEncoder().encode(request.body).length).toBeLessThan(MAX_BODY_BYTES);
  });

  test('a channel gives the same request for the same input and changes neither', async () => {
    for (const notification of everyNotification) {
      const before = structuredClone({ notification, config });
      expect(await requestOf(channel, notification, config, NOW)).toEqual(
        await requestOf(channel, notification, config, NOW),
      );
      expect({ notification, config }).toEqual(before);
    }
  });

  test('a channel puts no secret into the body, the headers or the config that the API returns', async () => {
    const described = channel as unknown as Channel;
    const { body, headers } = await requestOf(channel, everyNotification[0]!, config, NOW);
    for (const field of described.secretFields) {
      const isSent = described.sentFields.includes(field);
      for (const secret of secretTexts({ secretFields: [field] }, config)) {
        expect(secret.length).toBeGreaterThan(8);
        const visible = body + (isSent ? '' : JSON.stringify(headers));
        expect(visible).not.toContain(secret);
        expect(visible).not.toContain(secret.replace(/^whsec_/, ''));
        expect(JSON.stringify(shownConfig(channel.type, config))).not.toContain(secret);
      }
    }
    for (const field of hiddenFields(described))
      expect(shownConfig(channel.type, config)[field] ?? null).toBeNull();
  });

  test('a channel rejects an unknown field in its config, and a missing config', () => {
    expect(channelSchema.safeParse({ type: channel.type, config: samples[channel.type] }).success).toBe(true);
    expect(
      channelSchema.safeParse({ type: channel.type, config: { ...samples[channel.type], hue: 1 } }).success,
    ).toBe(false);
    expect(channelSchema.safeParse({ type: channel.type }).success).toBe(false);
  });

  test('the secret and address fields of a channel are fields of its own config', () => {
    const fields = Object.keys(channel.config.shape);
    for (const field of [...channel.secretFields, ...channel.urlFields]) expect(fields).toContain(field);
  });
});
