// ntfy, Pushover and SMS, against checks of their documented fields and limits.
import { describe, expect, test } from 'vitest';
import type { Channel } from '../../src/channels/channel.ts';
import type { Message } from '../../src/channels/message.ts';
import { ntfy } from '../../src/channels/ntfy.ts';
import { pushover } from '../../src/channels/pushover.ts';
import { bytesOf, shortenedBytes } from '../../src/channels/short-text.ts';
import { twilio } from '../../src/channels/twilio.ts';
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
import { readNtfy, readTwilio } from '../support/vendors/push-and-text.ts';
import { FakePushover } from '../support/vendors/pushover.ts';

const ALL = [...everyMessage, ...drillMessages, ...hostileMessages, ...hugeMessages, ...gatheredMessages];
const LONG = 'Ein sehr langer Name eines Monitors mit 🚀 und Ümläuten, '.repeat(4);

/** What a template can produce at most, in each text of the message. */
const templated = (text: string): Message => ({
  ...messageOf('incident.opened'),
  templated: { title: text, body: text },
});

const push = pushover.config.parse(pushover.docs.example);
const topic = ntfy.config.parse(ntfy.docs.example);
const sms = twilio.config.parse(twilio.docs.example);

/** As many openings as the channel says that one message holds. */
async function fullMessage(channel: unknown, name: string) {
  const { capacity, requests } = channel as Channel;
  const openings = Array.from({ length: 60 }, (_, index) =>
    gatheredNotification('incident.opened', index, `${index} ${name}`),
  );
  const room = capacity!(gatheredMessage(openings).items);
  const message = gatheredMessage(openings.slice(0, room));
  return { room, message, requests };
}

describe('ntfy', () => {
  const send = async (message: Message) =>
    readNtfy((await requestsOf(ntfy, message, topic, { now: NOW }))[0]);

  test('every message is as ntfy documents it', async () => {
    for (const { title, message } of ALL) await expect(send(message), title).resolves.toBeDefined();
    for (const text of ['🚀'.repeat(5_000), 'x'.repeat(10_000)])
      await expect(send(templated(text))).resolves.toBeDefined();
  });

  test('an outage is urgent, and its first button opens the page that acknowledges', async () => {
    const { priority, tags, click, actions } = await send(messageOf('incident.opened'));
    expect({ priority, tags }).toEqual({ priority: 5, tags: ['rotating_light'] });
    expect(actions.map(({ label }) => label)).toEqual(['Acknowledge', 'Incident', 'Runbook']);
    expect(click).toBe(actions[0]!.url);
    expect(await send(messageOf('incident.resolved'))).toMatchObject({
      priority: 3,
      tags: ['white_check_mark'],
    });
    expect(await send(messageOf('test'))).toMatchObject({ priority: 3, tags: ['test_tube'] });
  });

  test('a message holds as many long names as ntfy says it can, and lists all of them', async () => {
    const { room, message } = await fullMessage(ntfy, LONG);
    expect(room).toBeGreaterThan(5);
    const text = (await send(message)).message;
    for (const { title } of message.items) expect(text).toContain(title);
  });

  test('a server of your own gets the token as a header', async () => {
    const own = ntfy.config.parse({ ...topic, apiUrl: 'https://ntfy.example.com/' });
    const [request] = await requestsOf(ntfy, messageOf('test'), own, { now: NOW });
    expect(request).toMatchObject({
      url: 'https://ntfy.example.com/',
      headers: { authorization: 'Bearer tk_AgQdq7mVBoFD37zQVN29RhuMzNIz2' },
    });
  });
});

describe('Pushover', () => {
  const sendTo = async (fake: FakePushover, message: Message, config: object = {}) => {
    for (const one of await requestsOf(pushover, message, { ...push, ...config }, { now: NOW }))
      fake.receive(one);
  };

  test('every message is as Pushover documents it', async () => {
    const fake = new FakePushover();
    for (const { title, message } of ALL) await expect(sendTo(fake, message), title).resolves.toBeUndefined();
    for (const text of ['🚀'.repeat(5_000), 'x'.repeat(10_000)]) await sendTo(fake, templated(text));
  });

  test('an outage repeats until a person acknowledges the incident, or it ends', async () => {
    for (const end of ['incident.acknowledged', 'incident.resolved'] as const) {
      const fake = new FakePushover();
      await sendTo(fake, messageOf('incident.opened'));
      await sendTo(fake, messageOf('incident.reminder'));
      await sendTo(fake, messageOf('monitor.no_data'));
      expect(fake.ringing).toEqual(['inc_mbx1k2_7', 'inc_mbx1k2_7']);
      await sendTo(fake, messageOf(end));
      expect(fake.ringing).toEqual([]);
    }
  });

  test('without emergencies an outage bypasses quiet hours and repeats nothing', async () => {
    const fake = new FakePushover();
    await sendTo(fake, messageOf('incident.opened'), { emergency: false });
    await sendTo(fake, messageOf('incident.resolved'), { emergency: false });
    expect(fake.messages.map(({ priority }) => priority)).toEqual(['1', '0']);
    expect(fake.ringing).toEqual([]);
  });

  test('a gathered message of outages is an emergency that no other incident stops', async () => {
    const fake = new FakePushover();
    await sendTo(fake, gatheredMessages[0]!.message);
    await sendTo(fake, messageOf('incident.acknowledged'));
    expect(fake.ringing).toEqual([null]);
  });

  test('a message holds as many long names as Pushover says it can, and lists all of them', async () => {
    const { room, message } = await fullMessage(pushover, LONG);
    expect(room).toBeGreaterThan(3);
    const fake = new FakePushover();
    await sendTo(fake, message);
    for (const { title } of message.items) expect(fake.messages[0]!.message).toContain(title);
  });

  test('Pushover refuses a message for ever, but a wrong key until a person corrects it', () => {
    const outcome = (status: number, body: object) =>
      pushover.outcomeOf?.({ status, headers: new Headers(), body: JSON.stringify(body) });
    expect(outcome(200, { status: 1, request: 'x' })).toEqual({ result: 'delivered' });
    expect(outcome(400, { status: 0, errors: ['message cannot be blank'] })).toEqual({
      ...{ result: 'dead', error: 'message cannot be blank' },
    });
    expect(outcome(400, { user: 'invalid', status: 0, errors: ['user identifier is invalid'] })).toEqual({
      ...{ result: 'retry', error: 'user identifier is invalid' },
    });
    expect(outcome(200, { status: 0 })).toEqual({ result: 'retry' });
    expect([outcome(429, {}), outcome(500, {})]).toEqual([null, null]);
  });
});

describe('SMS by Twilio', () => {
  const send = async (message: Message, config: object = {}) =>
    readTwilio((await requestsOf(twilio, message, { ...sms, ...config }, { now: NOW }))[0]);

  test('every message is as Twilio documents it, and short', async () => {
    for (const { title, message } of ALL) {
      const { Body } = await send(message);
      expect(Body.length, title).toBeLessThanOrEqual(message.items.length > 0 ? 1_600 : 612);
    }
    for (const text of ['🚀'.repeat(5_000), 'x'.repeat(10_000)])
      await expect(send(templated(text))).resolves.toBeDefined();
  });

  test('the text of an outage is in the GSM alphabet: what is down, since when, from where, and what to open', async () => {
    const { Body } = await send(messageOf('incident.opened', { name: 'Shop – “Berlin” … ‘x’' }));
    expect(Body).toMatch(/^[\x20-\x5f\x61-\x7e\n]*$/);
    expect(Body.split('\n').map((line) => line.replace(/https:.*/, 'URL'))).toEqual([
      'Shop - "Berlin" ... \'x\' is down',
      expect.stringMatching(/^The tcp check of shop.example.com:443 has failed at 6 of 6 locations since/),
      ...['Acknowledge: URL', 'Incident: URL'],
    ]);
  });

  test('a long name never cuts an address', async () => {
    for (const name of [LONG, ...HOSTILE_NAMES]) {
      const { Body } = await send(messageOf('incident.opened', { name }));
      expect(Body).toMatch(
        /\nAcknowledge: https:\/\/status\.example\.com\/acknowledge\/v1\.inc_mbx1k2_7\.on-call\.c2lnbmVk\n/,
      );
    }
  });

  test('a link that does not fit is left out whole, and the page that acknowledges stays', async () => {
    const message = messageOf('incident.opened');
    const runbook = `https://wiki.example.com/${'x'.repeat(600)}`;
    const links = message.links.map((link) => (link.kind === 'runbook' ? { ...link, url: runbook } : link));
    const { Body } = await send({ ...message, links });
    expect(Body.length).toBeLessThanOrEqual(612);
    expect(Body).not.toContain('Runbook');
    expect(Body).toContain('\nAcknowledge: https://');
  });

  test('a message holds as many long names as Twilio says it can, and lists all of them', async () => {
    const { room, message } = await fullMessage(twilio, 'Name of a monitor that is not short at all');
    expect(room).toBeGreaterThan(5);
    const { Body } = await send(message);
    for (const { title } of message.items) expect(Body).toContain(title);
  });

  test('a messaging service and an API key take the place of the number and of the account', async () => {
    const MG = 'MG0123456789abcdef0123456789abcdef';
    const SK = 'SK0123456789abcdef0123456789abcdef';
    expect(await send(messageOf('test'), { from: MG })).toMatchObject({ MessagingServiceSid: MG });
    const [request] = await requestsOf(twilio, messageOf('test'), { ...sms, apiKeySid: SK }, { now: NOW });
    const { authorization } = 'headers' in request ? request.headers : {};
    expect(atob(authorization!.slice('Basic '.length))).toBe(`${SK}:${sms.authToken}`);
  });

  test('Twilio refuses a wrong number for ever, but a full queue for a while', () => {
    const outcome = (status: number, code: number) =>
      twilio.outcomeOf?.({
        status,
        headers: new Headers(),
        body: JSON.stringify({ code, message: 'no', status }),
      });
    expect(outcome(400, 21_211)).toEqual({ result: 'dead', error: 'no (21211)' });
    expect(outcome(400, 21_611)).toEqual({ result: 'retry', error: 'no (21611)' });
    expect([outcome(401, 20_003), outcome(429, 20_429), outcome(201, 0)]).toEqual([null, null, null]);
  });

  test.each(['+0123', '4915112345678', 'Twelve letter', 'MG-12', ''])(
    'a sender or a number that Twilio does not take is rejected: %j',
    (text) => {
      expect(twilio.config.safeParse({ ...sms, from: text }).success).toBe(false);
      expect(twilio.config.safeParse({ ...sms, to: text }).success).toBe(false);
    },
  );
});

test('a text is cut at whole characters to a number of bytes', () => {
  for (const text of ['🚀'.repeat(9), 'é'.repeat(20), 'x'.repeat(40), '👩‍🚀x'.repeat(9)])
    for (let limit = 3; limit < 60; limit += 1) {
      const short = shortenedBytes(text, limit);
      expect(bytesOf(short)).toBeLessThanOrEqual(limit);
      expect(short.isWellFormed()).toBe(true);
      if (bytesOf(text) <= limit) expect(short).toBe(text);
    }
});
