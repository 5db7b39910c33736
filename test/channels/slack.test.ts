// The Slack channel as a bot: one message for each incident, its thread, and what Slack's answers mean.
import { describe, expect, test } from 'vitest';
import type { ChannelResponse, HttpRequest } from '../../src/channels/channel.ts';
import type { EventType } from '../../src/channels/events.ts';
import type { Message } from '../../src/channels/message.ts';
import { slack } from '../../src/channels/slack.ts';
import {
  gatheredMessage,
  gatheredNotification,
  messageOf,
  NOW,
  notificationOf,
} from '../support/channels/messages.ts';
import { requestsOf } from '../support/channels/requests.ts';
import { FakeSlack } from '../support/vendors/slack.ts';

const TOKEN = 'xoxb-000000000000-000000000000-exampletoken';
const bot = slack.config.parse({ token: TOKEN, channel: 'C0123456789' });

const response = (body: string, status = 200, headers: Record<string, string> = {}): ChannelResponse => ({
  status,
  headers: new Headers(headers),
  body,
});

/** Delivers as the outbox does: in order. It keeps the receipt of the first response, if the message is about one incident. */
class Delivery {
  readonly slack = new FakeSlack(TOKEN);
  receipt: string | null = null;

  async send(message: Message): Promise<string[]> {
    const { receipt } = this;
    const requests = (await requestsOf(slack, message, bot, { now: NOW, receipt })) as readonly HttpRequest[];
    const results: string[] = [];
    for (const [index, request] of requests.entries()) {
      const answer = response(this.slack.respond(request));
      if (index === 0 && message.notifications.length === 1)
        this.receipt = slack.receiptOf!(answer, this.receipt) ?? this.receipt;
      results.push(slack.outcomeOf!(answer)!.result);
    }
    return results;
  }

  event(type: EventType): Promise<string[]> {
    return this.send(messageOf(type));
  }
}

describe('an incident', () => {
  test('is one message in the channel that is updated, and its follow-ups are in its thread', async () => {
    const delivery = new Delivery();
    for (const type of [
      'incident.opened',
      'incident.acknowledged',
      'incident.commented',
      'incident.resolved',
    ] as const)
      await delivery.event(type);
    const [main, ...thread] = delivery.slack.messages;
    expect(main).toMatchObject({
      threadTs: null,
      edits: 2,
      title: expect.stringMatching(/^Resolved: Web shop/),
    });
    expect(thread.map(({ threadTs, isShownInChannel }) => [threadTs, isShownInChannel])).toEqual([
      [main!.ts, false],
      [main!.ts, false],
      [main!.ts, false],
    ]);
    expect(delivery.receipt).toBe(`C0123456789:${main!.ts}`);
  });

  test('reminds and escalates in the channel too, because few people read a thread', async () => {
    const delivery = new Delivery();
    for (const type of ['incident.opened', 'incident.reminder', 'incident.escalated'] as const)
      await delivery.event(type);
    const [main, ...thread] = delivery.slack.messages;
    expect(main!.edits).toBe(0);
    expect(thread.map(({ isShownInChannel }) => isShownInChannel)).toEqual([true, true]);
  });

  test('is answered in its thread although a person deleted its message', async () => {
    const delivery = new Delivery();
    await delivery.event('incident.opened');
    delivery.slack.messages.splice(0, 1);
    expect(await delivery.event('incident.resolved')).toEqual(['delivered', 'delivered']);
    expect(delivery.slack.messages).toHaveLength(1);
  });

  test('does not overwrite the message that gathered it with others', async () => {
    const delivery = new Delivery();
    const two = [0, 1].map((index) => gatheredNotification('incident.opened', index));
    await delivery.send(gatheredMessage(two));
    expect(delivery.receipt).toBeNull();
    await delivery.event('incident.opened');
    await delivery.send(gatheredMessage(two));
    expect(delivery.slack.messages.map(({ threadTs, edits }) => [threadTs, edits])).toEqual([
      [null, 0],
      [null, 0],
      [null, 0],
    ]);
  });

  test('that begins and ends in one message shows its end', async () => {
    const delivery = new Delivery();
    await delivery.event('incident.partial');
    const both = (['incident.opened', 'incident.resolved'] as const).map((type) => notificationOf(type));
    await delivery.send(gatheredMessage(both));
    expect(delivery.slack.messages[0]).toMatchObject({ edits: 1, title: expect.stringMatching(/^Resolved/) });
    expect(delivery.slack.messages[1]).toMatchObject({ isShownInChannel: false });
  });

  test('finds its message again in a response that is cut off', () => {
    const cut = `{"ok":true,"channel":"C0123456789","ts":"1795512613.000001","message":{"text":"${'x'.repeat(4_000)}`;
    expect(slack.receiptOf!(response(cut), null)).toBe('C0123456789:1795512613.000001');
    expect(slack.receiptOf!(response('{"ok":false}'), null)).toBeNull();
    expect(slack.outcomeOf!(response(cut))).toEqual({ result: 'delivered' });
  });
});

test.each([
  ['ratelimited', 200, '{"ok":false,"error":"ratelimited"}', { 'retry-after': '30' }, 'retry', 30_000],
  ['a limit of requests', 429, '', { 'retry-after': '7' }, 'retry', 7_000],
  ['an error inside Slack', 200, '{"ok":false,"error":"internal_error"}', {}, 'retry', undefined],
  ['a token that is not valid', 200, '{"ok":false,"error":"invalid_auth"}', {}, 'dead', undefined],
  ['an unknown channel', 200, '{"ok":false,"error":"channel_not_found"}', {}, 'dead', undefined],
  ['blocks that are not valid', 200, '{"ok":false,"error":"invalid_blocks"}', {}, 'dead', undefined],
  ['an archived channel', 200, '{"ok":false,"error":"is_archived"}', {}, 'gone', undefined],
  ['an app that is gone', 404, 'no_service', {}, 'gone', undefined],
  ['an archived channel of a webhook', 410, 'channel_is_archived', {}, 'gone', undefined],
  ['a payload that is not valid', 400, 'invalid_payload', {}, 'dead', undefined],
  ['a webhook that may not post', 403, 'action_prohibited', {}, 'dead', undefined],
  ['half a refusal', 200, '{"ok":false,"err', {}, 'retry', undefined],
  ['a webhook', 200, 'ok', {}, 'delivered', undefined],
] as const)('%s is mapped', (_, status, body, headers, result, afterMs) => {
  const outcome = slack.outcomeOf!(response(body, status, headers));
  expect(outcome).toMatchObject(afterMs === undefined ? { result } : { result, afterMs });
});

test.each([500, 502, 503, 301])('the status %i is for the rules of every receiver', (status) => {
  expect(slack.outcomeOf!(response('', status))).toBeNull();
});

test.each([
  [{}, 'url'],
  [{ url: 'https://hooks.slack.com/services/T0/B0/x', token: TOKEN, channel: 'C0123456789' }, 'url'],
  [{ token: TOKEN }, 'channel'],
  [{ url: 'https://hooks.slack.com/services/T0/B0/x', channel: 'C0123456789' }, 'channel'],
  [{ token: TOKEN, channel: '#general' }, 'channel'],
  [{ token: 'x', channel: 'C0123456789' }, 'token'],
])('the config %j is refused at `%s`', (config, field) => {
  expect(slack.config.safeParse(config).error?.issues[0]?.path).toEqual([field]);
});
