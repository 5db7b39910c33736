// A channel is written back as it was read: null keeps its address and its secret, in every request.
import { beforeEach, describe, expect, test } from 'vitest';
import { channelPlace, unseal } from '../../../src/store/encryption.ts';
import {
  ask,
  bindings,
  empty,
  keepDefaultChannels,
  patch,
  post,
  RECEIVER,
} from '../../support/d1/http-mesh.ts';

await keepDefaultChannels();

beforeEach(empty);

const put = (channels: unknown[], env: object = {}) =>
  ask('/api/v1/configuration', { method: 'PUT', body: { channels }, env });
const storedConfig = async (id = 'on-call', encryptionKey = bindings.ENCRYPTION_KEY): Promise<unknown> => {
  const sealed = await bindings.DB.prepare('SELECT sealed_config FROM channels WHERE id = ?')
    .bind(id)
    .first<string>('sealed_config');
  return unseal({ encryptionKey }, channelPlace(id), sealed ?? '');
};
const read = async () => (await ask('/api/v1/channels/on-call')).json;
const LOST = { ENCRYPTION_KEY: btoa('x'.repeat(32)) };

test('a read has a hint of the address in place of the address, also in lists and after an update', async () => {
  const config = { url: null, secret: null, urlHint: 'hooks.example.com…mesh' };
  expect((await post('/api/v1/channels', RECEIVER)).json.config).toEqual(config);
  expect((await read()).config).toEqual(config);
  expect((await ask('/api/v1/channels')).json.channels[0].config).toEqual(config);
  expect((await patch('/api/v1/channels/on-call', { name: 'New' })).json.config).toEqual(config);
  const moved = await patch('/api/v1/channels/on-call', {
    config: { url: 'https://other.example.com/services/abcdefgh' },
  });
  expect(moved.json.config.urlHint).toBe('other.example.com…efgh');
});

test('what was read can be sent back as an update', async () => {
  await post('/api/v1/channels', RECEIVER);
  const { config, name, enabled } = await read();
  expect((await patch('/api/v1/channels/on-call', { config, name, enabled })).status).toBe(200);
  expect(await storedConfig()).toEqual(RECEIVER.config);
  expect((await patch('/api/v1/channels/on-call', { config: { url: null } })).status).toBe(200);
  expect(await storedConfig()).toEqual(RECEIVER.config);
});

test('what was read can be sent back as a configuration, which then changes nothing', async () => {
  await post('/api/v1/channels', RECEIVER);
  const { id, type, name, config, enabled } = await read();
  const before = await bindings.DB.prepare('SELECT * FROM channels').first();
  expect((await put([{ id, type, name, config, enabled }])).json).toEqual({
    created: 0,
    updated: 0,
    deleted: 0,
  });
  expect(await bindings.DB.prepare('SELECT * FROM channels').first()).toEqual(before);
  expect((await put([{ id, type, name: 'Renamed', config, enabled }])).json.updated).toBe(1);
  expect(await storedConfig()).toEqual(RECEIVER.config);
  expect((await put([RECEIVER])).json.updated).toBe(1);
  expect((await put([RECEIVER])).json.updated).toBe(0);
});

describe('a null without a stored value is rejected with its path', () => {
  const nulls = { url: null, secret: null };
  test.each([
    ['address', { ...RECEIVER.config, url: null }, 'url'],
    ['secret', { ...RECEIVER.config, secret: null }, 'secret'],
    ['value of both', nulls, 'url'],
  ])('no %s', async (_, config, field) => {
    const created = await post('/api/v1/channels', { ...RECEIVER, config });
    expect([created.status, created.json.errors[0].path]).toEqual([422, `config.${field}`]);
    expect(created.json.errors[0].message).toContain('write the value');
    const applied = await put([RECEIVER, { ...RECEIVER, id: 'second', config }]);
    expect([applied.status, applied.json.errors[0].path]).toEqual([422, `channels[1].config.${field}`]);
    expect((await ask('/api/v1/channels')).json.channels).toEqual([]);
  });

  test('after the channel was deleted', async () => {
    await post('/api/v1/channels', RECEIVER);
    await ask('/api/v1/channels/on-call', { method: 'DELETE' });
    expect((await put([{ ...RECEIVER, config: nulls }])).status).toBe(422);
  });
});

test('a channel that cannot be decrypted is written again with every value, and with a null it is a conflict', async () => {
  await post('/api/v1/channels', RECEIVER);
  const { id, type, name, config } = await read();
  expect((await put([{ id, type, name, config }], LOST)).status).toBe(409);
  const update = (body: object) => ask('/api/v1/channels/on-call', { method: 'PATCH', body, env: LOST });
  expect((await update({ config: { url: RECEIVER.config.url } })).status).toBe(409);
  expect((await update({ config: RECEIVER.config })).status).toBe(200);
  expect(await storedConfig('on-call', LOST.ENCRYPTION_KEY)).toEqual(RECEIVER.config);
});

test('the sealed config of another channel is not used', async () => {
  await post('/api/v1/channels', RECEIVER);
  const config = { ...RECEIVER.config, url: 'https://evil.example.com/collect' };
  await post('/api/v1/channels', { ...RECEIVER, id: 'evil', config });
  await bindings.DB.prepare(
    "UPDATE channels SET sealed_config = (SELECT sealed_config FROM channels WHERE id = 'on-call') WHERE id = 'evil'",
  ).run();
  const tested = await post('/api/v1/channels/evil/test', {});
  expect(tested.json).toMatchObject({ delivered: false, status: null });
  expect(tested.json.error).toContain('belongs to another row');
  expect((await patch('/api/v1/channels/evil', { name: 'New' })).status).toBe(409);
});

test('the OpenAPI document describes the null and the hint', async () => {
  const { json } = await ask('/api/v1/openapi.json');
  const text = JSON.stringify(json.components.schemas.ChannelInput);
  expect(text).toContain('urlHint');
  expect(text).toContain('Null keeps the stored value.');
});
