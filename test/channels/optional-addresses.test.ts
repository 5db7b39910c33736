// The config of a channel with an address that is optional, and an address of a vendor that is not secret.
import { expect, test } from 'vitest';
import { z } from 'zod';
import { type Channel, defineChannel } from '../../src/channels/channel.ts';
import { addressFields, fillConfig, readConfig } from '../../src/channels/written-config.ts';

/** A webhook, or a bot with a token: either of them. */
const chat = defineChannel({
  type: 'chat',
  config: z.strictObject({
    url: z.url().optional(),
    token: z.string().optional(),
    apiUrl: z.url().default('https://chat.example.com/api'),
  }),
  secretFields: ['token'],
  sentFields: ['token'],
  urlFields: ['url'],
  apiUrlFields: ['apiUrl'],
  audience: 'people',
  hasTemplates: false,
  docs: { name: '', summary: '', setup: [], example: {}, behaviour: [], limits: [], references: [] },
  requests: async (_, { apiUrl }) => [{ url: apiUrl, method: 'POST', headers: {}, body: '' }],
}) as unknown as Channel;

const stored = { token: 'token-1', apiUrl: 'https://chat.example.com/api' };

test('another origin of the vendor needs the token again, another path does not', () => {
  const evil = { token: null, apiUrl: 'https://evil.example.com/api' };
  expect(fillConfig(chat, evil, stored)).toMatchObject({ path: ['token'] });
  expect(fillConfig(chat, { token: null }, { ...stored, apiUrl: 'https://eu.example.com/' })).toMatchObject({
    path: ['token'],
  });
  const path = { token: null, apiUrl: 'https://chat.example.com/v2' };
  expect(fillConfig(chat, path, stored)).toEqual({ config: { ...path, token: 'token-1' } });
});

test('a config that is read can be written back although its optional address was never set', () => {
  const read = readConfig(chat, { apiUrl: stored.apiUrl });
  expect(read).toEqual({ url: null, token: null, apiUrl: stored.apiUrl });
  expect(fillConfig(chat, read, stored)).toEqual({ config: stored });
});

test('a webhook in place of a bot does not ask for a token that never was', () => {
  const written = { url: 'https://hooks.example.com/abc', token: null };
  const before = { url: 'https://hooks.example.org/abc', apiUrl: stored.apiUrl };
  expect(fillConfig(chat, written, before)).toEqual({
    config: { url: written.url, apiUrl: stored.apiUrl },
  });
});

test('every address of a channel is guarded, the one of its vendor too', () => {
  expect(addressFields(chat)).toEqual(['url', 'apiUrl']);
});
