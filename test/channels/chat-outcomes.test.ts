// What the answers of the chat vendors mean, and texts that are escaped and cut.
import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../src/channels/channel.ts';
import { escaped, jsonBytesOf } from '../../src/channels/chat-text.ts';
import { discord } from '../../src/channels/discord.ts';
import { googleChat } from '../../src/channels/google-chat.ts';
import { mattermost } from '../../src/channels/mattermost.ts';
import { teams } from '../../src/channels/teams.ts';
import { telegram } from '../../src/channels/telegram.ts';
import { gatheredMessage, gatheredNotification, messageOf, NOW } from '../support/channels/messages.ts';
import { requestsOf } from '../support/channels/requests.ts';

const channels = { discord, mattermost, teams, telegram, googleChat };
type Row = readonly [keyof typeof channels, string, number, unknown, Outcome | null];

const rows: readonly Row[] = [
  [
    ...(['discord', 'its rate limit, in seconds with a fraction', 429] as const),
    { message: 'You are being rate limited.', retry_after: 1.337, global: false },
    { result: 'retry', error: 'You are being rate limited.', afterMs: 1_337 },
  ],
  [
    ...(['discord', 'a deleted webhook', 404, { message: 'Unknown Webhook', code: 10_015 }] as const),
    { result: 'gone', error: 'Unknown Webhook' },
  ],
  [
    ...(['discord', 'another token', 401, { message: 'Invalid Webhook Token', code: 50_027 }] as const),
    { result: 'dead', error: 'Invalid Webhook Token' },
  ],
  ['discord', 'an outage', 503, '<html>', null],
  ['discord', 'no content', 204, '', null],
  [
    ...([
      'mattermost',
      'an unknown webhook',
      400,
      { message: 'Invalid webhook.', status_code: 400 },
    ] as const),
    { result: 'dead', error: 'Invalid webhook.' },
  ],
  ['mattermost', 'an outage', 500, '', null],
  ['mattermost', 'success', 200, 'ok', null],
  [
    ...(['teams', 'a workflow that is turned off', 400] as const),
    { error: { code: 'WorkflowTriggerIsNotEnabled', message: 'Not enabled.' } },
    { result: 'gone', error: 'WorkflowTriggerIsNotEnabled: Not enabled.' },
  ],
  [
    ...(['teams', 'another signature', 401, { error: { code: 'DirectApiAuthorizationRequired' } }] as const),
    { result: 'dead', error: 'DirectApiAuthorizationRequired' },
  ],
  ['teams', 'too many requests', 429, '', null],
  ['teams', 'accepted', 202, '', null],
  [
    ...(['telegram', 'its flood control', 429] as const),
    {
      ...{ ok: false, error_code: 429, description: 'Too Many Requests: retry after 34' },
      parameters: { retry_after: 34 },
    },
    { result: 'retry', error: 'Too Many Requests: retry after 34', afterMs: 34_000 },
  ],
  [
    ...(['telegram', 'a group that became a supergroup', 400] as const),
    {
      ...{ ok: false, error_code: 400, description: 'Bad Request: group chat was upgraded.' },
      parameters: { migrate_to_chat_id: -100_123 },
    },
    { result: 'dead', error: 'Bad Request: group chat was upgraded. Set `chatId` to "-100123".' },
  ],
  [
    ...(['telegram', 'a bot that was removed', 403] as const),
    { ok: false, error_code: 403, description: 'Forbidden: bot was kicked from the group chat' },
    { result: 'gone', error: 'Forbidden: bot was kicked from the group chat' },
  ],
  [
    ...(['telegram', 'an unknown token', 401] as const),
    { ok: false, error_code: 401, description: 'Unauthorized' },
    { result: 'dead', error: 'Unauthorized' },
  ],
  ['telegram', 'an outage', 502, '<html>', null],
  ['telegram', 'success, cut off', 200, '{"ok":true,"result":{"message_id":365,"te', { result: 'delivered' }],
  ['telegram', 'something else than Telegram', 200, '<html>', { result: 'retry', error: 'not ok' }],
  [
    ...([
      'googleChat',
      'a deleted webhook',
      404,
      { error: { message: 'Requested entity was not found.' } },
    ] as const),
    { result: 'gone', error: 'Requested entity was not found.' },
  ],
  [
    ...([
      'googleChat',
      'a card that is not valid',
      400,
      { error: { message: 'Invalid JSON payload.' } },
    ] as const),
    { result: 'dead', error: 'Invalid JSON payload.' },
  ],
  ['googleChat', 'too many requests', 429, { error: { status: 'RESOURCE_EXHAUSTED' } }, null],
];

test.each(rows)('%s: %s is mapped', (name, _, status, body, outcome) => {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  expect(channels[name].outcomeOf!({ status, headers: new Headers(), body: text })).toEqual(outcome);
});

describe('Telegram', () => {
  const config = telegram.config.parse(telegram.docs.example);
  const sent = '{"ok":true,"result":{"message_id":365,"from":{"id":1}}}';
  const answer = { status: 200, headers: new Headers(), body: sent };

  test('answers the first message of an incident', async () => {
    const receipt = telegram.receiptOf!(answer, null);
    expect(receipt).toBe('365');
    const [request] = await requestsOf(telegram, messageOf('incident.resolved'), config, {
      now: NOW,
      receipt,
    });
    expect(JSON.parse((request as { body: string }).body)).toMatchObject({
      reply_parameters: { message_id: 365, allow_sending_without_reply: true },
    });
    expect(telegram.receiptOf!({ ...answer, body: sent.replace('365', '366') }, receipt)).toBe('365');
  });

  test('answers no message with one that gathers several', async () => {
    const two = gatheredMessage([0, 1].map((index) => gatheredNotification('incident.opened', index)));
    const [request] = await requestsOf(telegram, two, config, { now: NOW, receipt: '365' });
    expect(JSON.parse((request as { body: string }).body)).not.toHaveProperty('reply_parameters');
  });

  test('puts a link that cannot be a button into the text, because Telegram refuses the whole message', async () => {
    const message = messageOf('incident.opened');
    const links = [
      { label: 'Incident', url: 'http://localhost:8787/incidents/a?b=1&c="', kind: 'incident' as const },
    ];
    const [request] = await requestsOf(telegram, { ...message, links }, config, { now: NOW });
    const body = JSON.parse((request as { body: string }).body) as { text: string };
    expect(body).not.toHaveProperty('reply_markup');
    expect(body.text).toContain('<a href="http://localhost:8787/incidents/a?b=1&amp;c=&quot;">Incident</a>');
  });
});

test.each([
  ['abc', 3, 'abc'],
  ['abcd', 3, 'ab…'],
  ['🚀🚀', 4, '🚀🚀'],
  ['🚀🚀', 3, '🚀…'],
  ['🚀🚀', 2, '…'],
  ['a<b', 6, 'a&lt;b'],
  ['a<bc', 6, 'a&lt;…'],
  ['a<bc', 5, 'a…'],
  ['x\uD83D', 5, 'x\uFFFD'],
])('%j in %i units is %j', (text, limit, expected) => {
  const entity = (character: string): string => (character === '<' ? '&lt;' : character);
  const result = escaped(text, limit, entity);
  expect(result).toBe(expected);
  expect(result.length).toBeLessThanOrEqual(limit);
});

test.each([
  ['"""', 6, '"""'],
  ['"""', 5, '"…'],
  ['ää', 4, 'ää'],
  ['äää', 5, 'ä…'],
])('%j in %i bytes of JSON is %j', (text, limit, expected) => {
  const result = escaped(text, limit, undefined, jsonBytesOf);
  expect(result).toBe(expected);
  expect(jsonBytesOf(result)).toBeLessThanOrEqual(limit);
});
