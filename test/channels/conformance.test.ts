// The rules for every channel. Runs over the catalogue, so a new channel is covered at once. A vendor's own schema and
// limits are tested beside each channel.
import { describe, expect, test } from 'vitest';
import {
  channelSchemaWith,
  channelTypes,
  findChannelType,
  shownConfig,
} from '../../src/channels/catalogue.ts';
import { type Channel, type ChannelRequest, DEFAULT_CAPACITY } from '../../src/channels/channel.ts';
import type { Message } from '../../src/channels/message.ts';
import { webhookBodySchema } from '../../src/channels/notification.ts';
import { VERSION } from '../../src/version.ts';
import { expectGolden, payloadOf } from '../support/channels/golden.ts';
import {
  drillMessages,
  everyMessage,
  gatheredMessages,
  hostileMessages,
  hugeMessages,
  type NamedMessage,
  NOW,
} from '../support/channels/messages.ts';
import { requestsOf, stringsOf } from '../support/channels/requests.ts';
import { samplesOf } from '../support/channels/samples.ts';
import { everyNotification } from '../support/engine/notifications.ts';

const channelSchema = channelSchemaWith({});
/** Of a message that people read. A program gets the whole body, which has at most 256,000 bytes. */
const MAX_BYTES = { people: 64 * 1024, machine: 520 * 1024 } as const;

test('the catalogue lists each channel under its own type', () => {
  for (const [name, { type }] of Object.entries(channelTypes)) expect(type).toBe(name);
  expect(findChannelType('toString')).toBeUndefined();
  expect(findChannelType('carrier-pigeon')).toBeUndefined();
});

test('every notification of the conformance suite matches the schema of the webhook body', () => {
  for (const { body } of everyNotification) expect(webhookBodySchema.parse(body)).toEqual(body);
  for (const { message } of [...everyMessage, ...drillMessages, ...hostileMessages])
    for (const { body } of message.notifications) expect(webhookBodySchema.parse(body)).toEqual(body);
});

const bytesOf = (text: string): number => new TextEncoder().encode(text).length;

const partsOf = (request: ChannelRequest): string =>
  request.transport === 'email' ? JSON.stringify(request) : request.body + JSON.stringify(request.headers);

/** Mentions of Slack, in the syntax that notifies people. */
const MENTION = /<!|<@|<#|<users\//;

/** Receivers that read `[label](address)` as a link. The others show it as it is. */
const READS_MARKDOWN: ReadonlySet<string> = new Set(['discord', 'mattermost']);

const runs = Object.values(channelTypes).flatMap((channel) =>
  samplesOf(channel).map(({ name, config }) => ({
    name: [channel.type, name].filter((part) => part !== '').join('-'),
    channel: channel as unknown as Channel,
    config,
  })),
);

describe.each(runs)('the $name channel', ({ name, channel, config }) => {
  const isForPeople = channel.audience === 'people';
  const build = (message: Message, receipt: string | null = null) =>
    requestsOf(channel, message, config, { now: NOW, receipt });
  const allOf = async (messages: readonly NamedMessage[]) =>
    Promise.all(
      messages.map(async ({ title, message }) => ({ title, message, requests: await build(message) })),
    );
  const gathered = isForPeople ? gatheredMessages : [];

  test('describes valid requests for every event, drill, hostile text, gathered and huge message', async () => {
    const messages = [...everyMessage, ...drillMessages, ...hostileMessages, ...gathered, ...hugeMessages];
    for (const { title, requests } of await allOf(messages)) {
      expect(requests.length, title).toBeGreaterThan(0);
      for (const request of requests) expect(problemsOf(request), title).toEqual([]);
      for (const request of requests)
        expect(bytesOf(partsOf(request)), title).toBeLessThan(MAX_BYTES[channel.audience]);
    }
  });

  test('writes no half of a character, however long the texts are', async () => {
    for (const { title, requests } of await allOf([...hostileMessages, ...hugeMessages, ...gathered]))
      for (const request of requests)
        for (const text of stringsOf(request)) {
          // A program gets the names as they are. Data of people is well-formed: the schemas of the API refuse other.
          expect(text.isWellFormed(), `${title}: ${JSON.stringify(text.slice(0, 200))}`).toBe(true);
        }
  });

  test('gives the same requests for the same input and changes neither', async () => {
    for (const { message } of [...everyMessage, ...gathered]) {
      const before = structuredClone({ message, config });
      expect(await build(message)).toEqual(await build(message));
      expect({ message, config }).toEqual(before);
    }
  });

  test('puts no secret that only the coordinator needs into a request, and no secret into what a read returns', async () => {
    const secretOf = (field: string) => String(config[field] ?? '');
    const secrets = channel.secretFields.map(secretOf).filter((secret) => secret !== '');
    expect(secrets.every((secret) => secret.length > 8)).toBe(true);
    const own = channel.secretFields.filter((field) => !channel.sentFields.includes(field)).map(secretOf);
    for (const request of await build(everyMessage[0]!.message))
      for (const secret of own.filter((text) => text !== '')) {
        const url = request.transport === 'email' ? '' : request.url;
        expect(partsOf(request) + url).not.toContain(secret);
        expect(partsOf(request) + url).not.toContain(secret.replace(/^whsec_/, ''));
      }
    const shown = JSON.stringify(shownConfig(channel.type as keyof typeof channelTypes, config));
    for (const field of [...channel.secretFields, ...channel.urlFields])
      if (secretOf(field) !== '') expect(shown).not.toContain(secretOf(field));
  });

  test('rejects an unknown field in its config, and a missing config', () => {
    expect(channelSchema.safeParse({ type: channel.type, config }).error).toBeUndefined();
    expect(channelSchema.safeParse({ type: channel.type, config: { ...config, hue: 1 } }).success).toBe(
      false,
    );
    expect(channelSchema.safeParse({ type: channel.type }).success).toBe(false);
  });

  test('names fields of its own config as secret, sent and addresses', () => {
    const fields = Object.keys(channel.config.shape);
    const { secretFields, sentFields, urlFields, apiUrlFields = [] } = channel;
    for (const field of [...secretFields, ...sentFields, ...urlFields, ...apiUrlFields])
      expect(fields).toContain(field);
    for (const field of sentFields) expect([...secretFields, ...urlFields]).toContain(field);
    for (const field of apiUrlFields) expect(config[field], field).toMatch(/^https:\/\//);
  });

  test('documents how to set it up, what it does and where the vendor describes it', () => {
    const { docs } = channel;
    for (const text of [docs.name, docs.summary, ...docs.setup, ...docs.behaviour, ...docs.limits])
      expect(text.trim()).toBe(text);
    expect(
      docs.name.length * docs.summary.length * docs.setup.length * docs.behaviour.length,
    ).toBeGreaterThan(0);
    expect(docs.references.every(({ url }) => url.startsWith('https://'))).toBe(true);
  });

  test('sends what a person reviewed, for every event', async () => {
    const messages = [
      ...everyMessage,
      ...drillMessages.slice(0, 1),
      ...gathered.slice(0, 1),
      ...gathered.slice(-1),
    ];
    const payloads = (await allOf(messages)).map(({ title, requests }) => [title, payloadOf(requests)]);
    expectGolden(name, Object.fromEntries(payloads));
  });

  if (!isForPeople) return;

  test('begins with what happened, and has the links of an opening', async () => {
    const { message } = everyMessage.find(({ title }) => title === 'incident.opened')!;
    const text = (await build(message)).map((request) => stringsOf(request).join('\n')).join('\n');
    expect(text).toContain('Web shop');
    expect(text).toContain('is down');
    for (const { url } of message.links) expect(text).toContain(new URL(url).pathname);
  });

  test('mentions no person and links to http only, whatever a monitor is called', async () => {
    for (const { title, requests } of await allOf(hostileMessages))
      for (const text of requests.flatMap(stringsOf)) {
        expect(text, title).not.toMatch(MENTION);
        expect(text.trim(), title).not.toMatch(/^(javascript|data|vbscript):/i);
        expect(text, title).not.toMatch(/href=["']?\s*(javascript|data|vbscript):/i);
        if (READS_MARKDOWN.has(channel.type))
          expect(text, title).not.toMatch(/(^|[^\\])\]\(\s*(javascript|data|vbscript):/i);
        expect(text, title).not.toMatch(/<(script|img)\b/i);
      }
  });

  test('lists every notification of a gathered message that it has room for', async () => {
    for (const { title, message } of gathered) {
      const capacity = channel.capacity?.(message.items) ?? DEFAULT_CAPACITY;
      expect(capacity, title).toBeGreaterThanOrEqual(1);
      const text = (await build(message)).flatMap(stringsOf).join('\n');
      if (!title.includes('hostile') && capacity >= message.items.length)
        for (const { body } of message.notifications)
          if (body.data.monitor) expect(text, title).toContain(body.data.monitor.name);
    }
  });
});

/** What no receiver can take. */
function problemsOf(request: ChannelRequest): string[] {
  if (request.transport === 'email') {
    const heads = [request.from, request.subject, ...request.to, ...Object.entries(request.headers).flat()];
    return heads
      .filter((text) => /[\r\n\0]/.test(text))
      .map((text) => `line break in ${JSON.stringify(text)}`);
  }
  const problems: string[] = [];
  if (!/^https?:$/.test(URL.parse(request.url)?.protocol ?? '')) problems.push(`URL ${request.url}`);
  try {
    const headers = new Headers(request.headers);
    if (headers.get('user-agent') !== `probemesh/${VERSION}`) problems.push('user-agent');
    if (request.body !== '' && headers.get('content-type') === null) problems.push('content-type');
    if (/json/.test(headers.get('content-type') ?? '') && request.body !== '') JSON.parse(request.body);
  } catch (error) {
    problems.push(String(error));
  }
  return problems;
}
