// The channels that reach a person while on call: who sets them, which ids they take, and what a deletion does.
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { auditTrail, emptyAccess } from '../../support/d1/access.ts';
import { ask, empty, keepDefaultChannels, post, RECEIVER } from '../../support/d1/http-mesh.ts';
import { get, signIn, submit } from '../../support/d1/signed-in.ts';

beforeAll(keepDefaultChannels);

beforeEach(async () => {
  await empty();
  await emptyAccess();
  await post('/api/v1/channels', { ...RECEIVER, id: 'sms', name: 'SMS', tags: { team: 'shop' } });
  await post('/api/v1/channels', { ...RECEIVER, id: 'mail', name: 'Mail' });
});

const createAda = async (channels: readonly string[]) =>
  (await post('/api/v1/people', { name: 'Ada', username: 'ada', role: 'editor', channels })).json;

test('an admin sets the channels of a person, and a channel that does not exist is refused', async () => {
  const refused = await post('/api/v1/people', {
    name: 'Ada',
    username: 'ada',
    role: 'editor',
    channels: ['nil'],
  });
  expect([refused.status, refused.json.errors[0].path]).toEqual([404, 'channels[0]']);
  const { id, channels } = await createAda(['sms']);
  expect(channels).toEqual(['sms']);
  const path = `/api/v1/people/${id}`;
  expect((await ask(path, { method: 'PATCH', body: { channels: ['mail', 'sms'] } })).json.channels).toEqual([
    'mail',
    'sms',
  ]);
  expect((await ask(path, { method: 'PATCH', body: { channels: ['nil'] } })).status).toBe(404);
});

test('a channel that reaches a person is deleted with detach only, and the person loses it', async () => {
  const { id } = await createAda(['sms', 'mail']);
  const refused = await ask('/api/v1/channels/sms', { method: 'DELETE' });
  expect([refused.status, refused.json.references]).toMatchObject([
    409,
    [{ kind: 'person', id, effect: 'detached' }],
  ]);
  expect((await ask('/api/v1/channels/sms?detach=true', { method: 'DELETE' })).status).toBe(200);
  expect((await ask(`/api/v1/people/${id}`)).json.channels).toEqual(['mail']);
});

test('a person whom a schedule names is deleted with detach only, and the schedule loses the person', async () => {
  const { id } = await createAda([]);
  const bob = (await post('/api/v1/people', { name: 'Bob', username: 'bob', role: 'viewer' })).json;
  const rotation = { name: 'Primary', people: ['ada', 'bob', 'ada'], start: '2026-11-02T09:00' };
  const alone = { ...rotation, name: 'Second', people: ['ada'] };
  await post('/api/v1/schedules', { id: 'shop', name: 'Shop', rotations: [rotation, alone] });
  const refused = await ask(`/api/v1/people/${id}`, { method: 'DELETE' });
  expect([refused.status, refused.json.references]).toMatchObject([409, [{ kind: 'schedule', id: 'shop' }]]);
  expect((await ask(`/api/v1/people/${id}?detach=true`, { method: 'DELETE' })).status).toBe(200);
  const { rotations } = (await ask('/api/v1/schedules/shop')).json;
  expect(rotations.map(({ people }: { people: string[] }) => people)).toEqual([[bob.id]]);
});

test('people choose their own channels on the account page, of those that they see', async () => {
  const viewer = await signIn('viewer', { tags: ['team:shop'] });
  const { id } = viewer;
  const save = (fields: Record<string, string>) =>
    submit('/dashboard/account/contacts', viewer, { contacts: 'yes', ...fields });
  const page = await get('/dashboard/account', viewer);
  expect(page.text).toContain('name="channel-sms"');
  expect(page.text).not.toContain('name="channel-mail"');
  expect((await save({ 'channel-mail': 'yes' })).status).toBe(404);
  expect((await save({ 'channel-sms': 'yes' })).headers.get('location')).toBe(
    '/dashboard/account?done=contacts-saved',
  );
  expect((await ask(`/api/v1/people/${id}`)).json.channels).toEqual(['sms']);
  expect((await save({})).status).toBe(303);
  expect((await ask(`/api/v1/people/${id}`)).json.channels).toEqual([]);
  expect((await auditTrail()).filter((entry) => entry.startsWith('person.updated')).length).toBe(2);
});
