import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { channelPlace, unseal } from '../../../src/store/encryption.ts';
import {
  ask,
  bindings,
  createMonitor,
  empty,
  keepDefaultChannels,
  patch,
  post,
  RECEIVER,
} from '../../support/d1/http-mesh.ts';

await keepDefaultChannels();

beforeEach(empty);
afterEach(() => vi.restoreAllMocks());

const { secret } = RECEIVER.config;

async function storedConfig(id: string): Promise<unknown> {
  const row = await bindings.DB.prepare('SELECT sealed_config AS sealed FROM channels WHERE id = ?')
    .bind(id)
    .first<{ sealed: string }>();
  return unseal({ encryptionKey: bindings.ENCRYPTION_KEY }, channelPlace(id), row?.sealed ?? '');
}

test('the API never returns the secret of a channel', async () => {
  const answers = [
    await post('/api/v1/channels', RECEIVER),
    await ask('/api/v1/channels'),
    await ask('/api/v1/channels/on-call'),
    await patch('/api/v1/channels/on-call', { name: 'Night shift' }),
    await ask('/api/v1/openapi.json'),
  ];
  expect(answers.map(({ status }) => status)).toEqual([201, 200, 200, 200, 200]);
  expect(answers[0]?.headers.get('location')).toBe('/api/v1/channels/on-call');
  expect(answers[2]?.json).toMatchObject({
    id: 'on-call',
    config: { url: null, secret: null, urlHint: 'hooks.example.com…mesh' },
    enabled: true,
  });
  for (const { text } of answers.slice(0, 4)) {
    expect(text).not.toContain(secret);
    expect(text).not.toContain(RECEIVER.config.url);
  }
});

test('the database does not contain the secret of a channel in plain text', async () => {
  await post('/api/v1/channels', RECEIVER);
  const { results } = await bindings.DB.prepare('SELECT * FROM channels').all();
  expect(JSON.stringify(results)).not.toContain(secret.slice(6));
  expect(await storedConfig('on-call')).toEqual(RECEIVER.config);
});

test('an update without a secret keeps the stored one, and an update with a secret replaces it', async () => {
  await post('/api/v1/channels', RECEIVER);
  const moved = await patch('/api/v1/channels/on-call', {
    config: { url: 'https://new.example.com/' },
    enabled: false,
  });
  expect(moved.json).toMatchObject({ config: { url: null, urlHint: 'new.example.com' }, enabled: false });
  expect(await storedConfig('on-call')).toEqual({ url: 'https://new.example.com/', secret });
  const other = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  await patch('/api/v1/channels/on-call', { config: { secret: other } });
  expect(await storedConfig('on-call')).toEqual({ url: 'https://new.example.com/', secret: other });
});

test.each([
  ['no secret', { config: { url: RECEIVER.config.url } }, 'config.secret'],
  ['a secret that is too short', { config: { ...RECEIVER.config, secret: 'whsec_YWJj' } }, 'config.secret'],
  ['an invalid address', { config: { ...RECEIVER.config, url: 'hooks.example.com' } }, 'config.url'],
  [
    'an address with a password',
    { config: { ...RECEIVER.config, url: 'https://a:b@hooks.example.com/' } },
    'config.url',
  ],
  ['plain http', { config: { ...RECEIVER.config, url: 'http://hooks.example.com/' } }, 'config.url'],
  ['a loopback address', { config: { ...RECEIVER.config, url: 'https://127.0.0.1/' } }, 'config.url'],
  ['a type that does not exist', { type: 'pigeon' }, 'type'],
  ['an unknown field', { enable: true }, 'enable'],
  ['an unknown field of the config', { config: { ...RECEIVER.config, urll: 'x' } }, 'config.urll'],
])(
  'a channel with %s is rejected with the path of the field, on creation and on update',
  async (_, changes, path) => {
    const created = await post('/api/v1/channels', { ...RECEIVER, ...changes });
    expect(created.status).toBe(422);
    expect(created.json.errors.map((error: { path: string }) => error.path)).toContain(path);
    expect((await ask('/api/v1/channels')).json.channels).toEqual([]);
    // An update without a secret keeps the stored one, so it is valid.
    if (path === 'config.secret' && !JSON.stringify(changes).includes('secret')) return;
    await post('/api/v1/channels', RECEIVER);
    const changed = await patch('/api/v1/channels/on-call', changes);
    expect(changed.status).toBe(422);
    expect(changed.json.errors.map((error: { path: string }) => error.path)).toContain(path);
    expect(changed.text).not.toContain(secret);
    expect(await storedConfig('on-call')).toEqual(RECEIVER.config);
  },
);

test('updating a channel that the key cannot decrypt is a conflict that names the fix', async () => {
  await post('/api/v1/channels', RECEIVER);
  const env = { ENCRYPTION_KEY: btoa('x'.repeat(32)) };
  const body = { name: 'Another' };
  const changed = await ask(`/api/v1/channels/${RECEIVER.id}`, { method: 'PATCH', body, env });
  expect(changed.status).toBe(409);
  expect(changed.json.errors[0]).toMatchObject({
    path: 'config',
    message: expect.stringMatching(/write the channel again/),
  });
});

test('creating a channel with an existing id is a conflict', async () => {
  await post('/api/v1/channels', RECEIVER);
  const again = await post('/api/v1/channels', RECEIVER);
  expect([again.status, again.json.errors[0].path]).toEqual([409, 'id']);
});

test('a channel without an id gets an unused one from its name', async () => {
  const { id: _, ...unnamed } = RECEIVER;
  expect((await post('/api/v1/channels', unnamed)).json.id).toBe('on-call');
  expect((await post('/api/v1/channels', unnamed)).json.id).toBe('on-call-2');
});

test('deleting a channel that monitors list is a conflict that names the monitors', async () => {
  await post('/api/v1/channels', RECEIVER);
  await createMonitor({ channels: ['on-call'] });
  await createMonitor({ id: 'other', channels: 'default' });
  const refused = await ask('/api/v1/channels/on-call', { method: 'DELETE' });
  expect(refused.status).toBe(409);
  expect(refused.json.detail).toContain('"on-call" is named by monitor "shop" (channels).');
  await patch('/api/v1/monitors/shop', { channels: 'default' });
  expect((await ask('/api/v1/channels/on-call', { method: 'DELETE' })).status).toBe(204);
  expect((await ask('/api/v1/channels/on-call')).status).toBe(404);
});

test('reading, updating, testing or deleting an unknown channel is a 404', async () => {
  const answers = [
    await ask('/api/v1/channels/nothing'),
    await patch('/api/v1/channels/nothing', { enabled: false }),
    await post('/api/v1/channels/nothing/test', {}),
    await ask('/api/v1/channels/nothing', { method: 'DELETE' }),
  ];
  expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
});

test('a test notification returns the response of the receiver', async () => {
  await post('/api/v1/channels', RECEIVER);
  const sent: Request[] = [];
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    sent.push(new Request(input, init));
    return new Response('no', { status: 503 });
  });
  const answer = await post('/api/v1/channels/on-call/test', {});
  expect(answer.status).toBe(200);
  expect(answer.json).toMatchObject({ delivered: false, status: 503, durationMs: expect.any(Number) });
  expect(sent[0]?.url).toBe(RECEIVER.config.url);
  expect(sent[0]?.headers.get('webhook-signature')).toMatch(/^v1,/);
});
