// The chat channels against what their vendors document: every message of the suite passes the vendor's schema and limits.
import { describe, expect, test } from 'vitest';
import { channelTypes } from '../../src/channels/catalogue.ts';
import { type Channel, DEFAULT_CAPACITY, type HttpRequest } from '../../src/channels/channel.ts';
import {
  drillMessages,
  everyMessage,
  gatheredMessage,
  gatheredMessages,
  gatheredNotification,
  HOSTILE_NAMES,
  hostileMessages,
  hugeMessages,
  messageOf,
  NOW,
} from '../support/channels/messages.ts';
import { requestsOf } from '../support/channels/requests.ts';
import { samplesOf } from '../support/channels/samples.ts';
import { checkDiscord } from '../support/vendors/discord.ts';
import { checkGoogleChat } from '../support/vendors/google-chat.ts';
import { checkMattermost } from '../support/vendors/mattermost.ts';
import { checkSlackWebhook, FakeSlack } from '../support/vendors/slack.ts';
import { checkTeams } from '../support/vendors/teams.ts';
import { checkTelegram } from '../support/vendors/telegram.ts';

const CHECKS = {
  slack: checkSlackWebhook,
  teams: checkTeams,
  discord: checkDiscord,
  mattermost: checkMattermost,
  'google-chat': checkGoogleChat,
  telegram: checkTelegram,
};

/** Raw texts of a template, which no part made plain before. */
const templated = HOSTILE_NAMES.map((name, index) => ({
  title: `template ${index}`,
  message: {
    ...messageOf('incident.opened'),
    templated: { title: `${name} is down`, body: `${name}\n\n${name}`.repeat(60) },
  },
}));

const messages = [
  ...[...everyMessage, ...drillMessages, ...hostileMessages, ...hugeMessages],
  ...[...gatheredMessages, ...templated],
];

const emoji = '👩‍🚀🚀'.repeat(30);

describe.each(Object.keys(CHECKS) as (keyof typeof CHECKS)[])('%s', (type) => {
  const channel = channelTypes[type] as unknown as Channel;
  const { config } = samplesOf(channel)[0]!;
  const send = async (message: (typeof messages)[number]['message']) =>
    (await requestsOf(channel, message, config, { now: NOW })) as readonly HttpRequest[];

  test('every event, drill, hostile, huge, gathered and templated message passes what the vendor documents', async () => {
    for (const { title, message } of messages)
      for (const request of await send(message)) expect(() => CHECKS[type](request), title).not.toThrow();
  });

  test.each([
    ['emoji', emoji],
    ['markup', HOSTILE_NAMES[3]],
  ])('a digest of 60 monitors named with %s is split by the capacity, and loses none', async (_, name) => {
    let rest = Array.from({ length: 60 }, (_, index) =>
      gatheredNotification('incident.opened', index, `m${index}. ${name}`),
    );
    let sent = 0;
    while (rest.length > 0) {
      const { items } = gatheredMessage(rest);
      // The last one may be alone: it is no list.
      const count = items.length === 0 ? 1 : (channel.capacity?.(items) ?? DEFAULT_CAPACITY);
      expect(count).toBeGreaterThanOrEqual(Math.min(4, rest.length));
      const batch = rest.slice(0, count);
      for (const request of await send(gatheredMessage(batch))) {
        expect(() => CHECKS[type](request)).not.toThrow();
        for (const { id } of batch)
          expect(request.body).toContain(`/incidents/${id.replace(/_opened$/, '')}`);
      }
      sent += batch.length;
      rest = rest.slice(count);
    }
    expect(sent).toBe(60);
  });
});

test('every message of the suite passes what Slack documents for a bot', async () => {
  const { config } = samplesOf(channelTypes.slack)[1]!;
  const { token } = channelTypes.slack.config.parse(config);
  const workspace = new FakeSlack(token!);
  for (const { title, message } of messages)
    for (const request of (await requestsOf(channelTypes.slack, message, config, {
      now: NOW,
    })) as readonly HttpRequest[])
      expect(workspace.respond(request), title).toMatch(/^\{"ok":true/);
});
