// The config of a channel as people write and read it.
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { channelSchemaWith } from '../../src/channels/catalogue.ts';
import { type Channel, defineChannel } from '../../src/channels/channel.ts';
import { webhook } from '../../src/channels/webhook.ts';
import { fillConfig, readConfig, urlHint } from '../../src/channels/written-config.ts';

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const stored = { url: 'https://hooks.example.com/services/T0/abcdef', secret };
const hook = webhook as unknown as Channel;

/** A channel whose token is part of the request. */
const chat = defineChannel({
  type: 'chat',
  config: z.strictObject({ url: z.url(), token: z.string(), room: z.string().default('ops') }),
  secretFields: ['token'],
  sentFields: ['token'],
  urlFields: ['url'],
  audience: 'people',
  hasTemplates: false,
  docs: { name: '', summary: '', setup: [], example: {}, behaviour: [], limits: [], references: [] },
  requests: async (_, { url }) => [{ url, method: 'POST', headers: {}, body: '' }],
}) as unknown as Channel;

describe('the hint of an address', () => {
  test.each([
    ['https://hooks.example.com/probemesh', 'hooks.example.com…mesh'],
    ['https://hooks.example.com:8443/services/T0/abcdef', 'hooks.example.com:8443…cdef'],
    ['https://hooks.example.com/hook?token=1234567890', 'hooks.example.com…7890'],
    ['https://hooks.example.com/', 'hooks.example.com'],
    ['https://hooks.example.com/abcd', 'hooks.example.com'],
    ['https://hooks.example.com/abcdefgh', 'hooks.example.com'],
    ['https://user:password@hooks.example.com/probemesh', 'hooks.example.com…mesh'],
    ['http://127.0.0.1:9000/hook', '127.0.0.1:9000'],
    ['https://[2001:db8::1]/a-long-path', '[2001:db8::1]…path'],
    ['nonsense', ''],
  ])('%s reads as %j', (url, hint) => {
    expect(urlHint(url)).toBe(hint);
  });
});

test('what is read can be written back, and keeps every stored value', () => {
  const read = readConfig(hook, { urlHint: urlHint(stored.url) });
  expect(read).toEqual({ url: null, secret: null, urlHint: 'hooks.example.com…cdef' });
  expect(channelSchemaWith({}).safeParse({ type: 'webhook', config: read }).success).toBe(true);
  expect(fillConfig(hook, read, stored)).toEqual({ config: stored });
});

test('a null without a stored value is rejected with its field', () => {
  expect(fillConfig(hook, { url: null, secret }, null)).toMatchObject({ path: ['url'] });
  expect(fillConfig(hook, { url: stored.url, secret: null }, null)).toMatchObject({
    path: ['secret'],
    message: expect.stringMatching(/write the value/),
  });
  expect(fillConfig(hook, { url: null, secret: null }, { secret })).toMatchObject({ path: ['url'] });
});

test('a stored value passes the rules of the channel again', () => {
  expect(fillConfig(hook, { url: null, secret: null }, { ...stored, secret: 'short' })).toMatchObject({
    path: ['secret'],
  });
});

test('a key that only signs stays for another address', () => {
  const url = 'https://elsewhere.example.com/a';
  expect(fillConfig(hook, { url, secret: null }, stored)).toEqual({ config: { url, secret } });
});

test.each([
  ['another host', 'https://evil.example.com/a'],
  ['another port', 'https://chat.example.com:444/a'],
  ['plain http', 'http://chat.example.com/a'],
  ['a subdomain', 'https://x.chat.example.com/a'],
])('a value that the receiver gets must be written again for %s', (_, url) => {
  const before = { url: 'https://chat.example.com/a', token: 'token-1', room: 'ops' };
  expect(fillConfig(chat, { url, token: null, room: 'ops' }, before)).toEqual({
    path: ['token'],
    message: `Send the value of \`token\` again: the origin of \`url\` changes from https://chat.example.com to ${new URL(url).origin}.`,
  });
  expect(fillConfig(chat, { url, token: 'token-2' }, before)).toEqual({
    config: { url, token: 'token-2', room: 'ops' },
  });
  const path = 'https://chat.example.com/b';
  expect(fillConfig(chat, { url: path, token: null }, before)).toEqual({
    config: { url: path, token: 'token-1', room: 'ops' },
  });
  expect(fillConfig(chat, { url: null, token: null }, before)).toEqual({ config: before });
});
