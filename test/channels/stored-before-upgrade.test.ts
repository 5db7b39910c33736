// Bodies that an earlier version of probemesh stored, and that wait in the outbox during an upgrade: without the fields that
// were added since. Every channel sends them.
import { expect, test } from 'vitest';
import { channelTypes } from '../../src/channels/catalogue.ts';
import { type OutgoingNotification, webhookBodySchema } from '../../src/channels/notification.ts';
import { fromStored } from '../../src/channels/stored-body.ts';
import { toMessage } from '../../src/channels/to-message.ts';
import { requestsOf, stringsOf } from '../support/channels/requests.ts';
import { samplesOf } from '../support/channels/samples.ts';
import { everyNotification } from '../support/engine/notifications.ts';

const NOW = Date.parse('2026-11-24T09:40:00Z');
const ADDED = new Set([
  ...['severity', 'drill', 'action', 'escalation', 'heartbeat'],
  ...['group', 'description', 'runbookUrl', 'acknowledgedAt', 'acknowledgedBy'],
]);

const stored = ({ id, body }: OutgoingNotification): OutgoingNotification => ({
  id,
  body: fromStored(JSON.parse(JSON.stringify(body, (key, value) => (ADDED.has(key) ? undefined : value)))),
});

/** Events of the earlier version. */
const before = everyNotification
  .filter(({ body }) => !/acknowledged|reminder|escalated|commented|updated|^port|^heartbeat/.test(body.type))
  .map(stored);

test('they have every field of today', () => {
  for (const { body } of before) expect(webhookBodySchema.parse(body)).toEqual(body);
});

test('a body of this version stays as it is', () => {
  for (const { body } of everyNotification) expect(fromStored(body)).toBe(body);
});

test.each(Object.keys(channelTypes))('%s sends them, alone and gathered', async (type) => {
  const channel = channelTypes[type as keyof typeof channelTypes];
  const messages = [...before.map((one) => toMessage([one])), toMessage([before[0]!, ...before.slice(1)])];
  for (const { config } of samplesOf(channel))
    for (const message of messages)
      for (const request of await requestsOf(channel, message, config, { now: NOW }))
        expect(stringsOf(request).filter((text) => /\bundefined\b|\bNaN\b/.test(text))).toEqual([]);
});
