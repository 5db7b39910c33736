// What a person or a key with a restriction by tag sees and changes of channels, maintenances, silences and deliveries: what
// is outside does not exist.
import { beforeAll, describe, expect, test } from 'vitest';
import { countD1 } from '../../support/d1/counted-d1.ts';
import { ask, bindings, keepDefaultChannels, post, RECEIVER } from '../../support/d1/http-mesh.ts';
import { type asker, auditEntriesOf } from '../../support/d1/keys.ts';
import { BANK_TAGS, SHOP_EDITOR, SHOP_TAGS, twoTeams } from '../../support/d1/two-teams.ts';

await keepDefaultChannels();

const NEW = { type: 'webhook', name: 'New', config: RECEIVER.config };
const WORK = { name: 'Work', durationMinutes: 60 };

let editor: ReturnType<typeof asker>;
let anyEditor: ReturnType<typeof asker>;
beforeAll(async () => {
  ({ editor, anyEditor } = await twoTeams());
  // The first request of a key also records its use.
  await editor.get('/api/v1/channels');
  for (const path of ['/api/v1/maintenances', '/api/v1/silences']) {
    await post(path, { ...WORK, id: 'shop-work', monitors: ['shop'] });
    await post(path, { ...WORK, id: 'shop-tag', tags: ['team:shop'] });
    await post(path, { ...WORK, id: 'both', monitors: ['shop', 'ledger'] });
    await post(path, { ...WORK, id: 'any-team', tags: ['team'] });
    await post(path, { ...WORK, id: 'everything', monitors: 'all' });
  }
  const { DB } = bindings;
  await DB.batch([
    DB.prepare(
      "insert into notifications (id, event, at, position, body) values ('n1', 'incident.opened', 1, 1, '{}')",
    ),
    ...['shop-hook', 'bank-hook', 'deleted'].map((channel) =>
      DB.prepare(
        "insert into deliveries (notification_id, channel_id, position, state, next_attempt_at, last_error) values ('n1', ?, 1, 'failed', 0, 'x')",
      ).bind(channel),
    ),
  ]);
});

/** Status, body and SQL statements of a request, with the id taken out. */
async function traced(method: string, path: string, id: string, body: unknown): Promise<unknown> {
  const counted = countD1(bindings.DB);
  const options = { method, token: SHOP_EDITOR, env: { DB: counted.db } };
  const { status, text, headers } = await ask(path, body === undefined ? options : { ...options, body });
  const statements = counted.take().map(({ sql }) => sql);
  return { status, text: text.replaceAll(id, 'ID'), etag: headers.get('etag'), statements };
}

const UNKNOWN: [string, string, string, unknown][] = [
  ['GET', '/api/v1/channels/ID', 'bank-hook', undefined],
  ['PATCH', '/api/v1/channels/ID', 'bank-hook', { name: 'Renamed' }],
  ['PATCH', '/api/v1/channels/ID', 'bank-hook', { tags: { team: 'shop' } }],
  ['DELETE', '/api/v1/channels/ID', 'bank-hook', undefined],
  ['DELETE', '/api/v1/channels/ID?detach=true', 'bank-hook', undefined],
  ['POST', '/api/v1/channels/ID/test', 'bank-hook', undefined],
  ['GET', '/api/v1/deliveries/n1/ID', 'bank-hook', undefined],
  ['GET', '/api/v1/deliveries/n1/ID', 'deleted', undefined],
  ['POST', '/api/v1/deliveries/n1/ID/redeliver', 'bank-hook', undefined],
  ['GET', '/api/v1/deliveries?channel=ID', 'bank-hook', undefined],
  ...['maintenances', 'silences'].flatMap((kind): [string, string, string, unknown][] => [
    ['GET', `/api/v1/${kind}/ID`, 'both', undefined],
    ['PATCH', `/api/v1/${kind}/ID`, 'both', { name: 'Renamed' }],
    ['POST', `/api/v1/${kind}/ID/end`, 'both', undefined],
    ['DELETE', `/api/v1/${kind}/ID`, 'both', undefined],
  ]),
  ['GET', '/api/v1/silences/ID', 'any-team', undefined],
  ['GET', '/api/v1/silences/ID', 'everything', undefined],
  ['POST', '/api/v1/silences', 'ledger', { ...WORK, monitors: ['shop', 'ID'] }],
  ['PATCH', '/api/v1/silences/shop-work', 'ledger', { monitors: ['ID'] }],
  ['GET', '/api/v1/silences?monitor=ID', 'ledger', undefined],
];

test.each(UNKNOWN)(
  '%s %s of another team (%s) answers like an id that was never there',
  async (method, path, id, body) => {
    const withId = (text: string, own: string) => text.replaceAll('ID', own);
    const bodyWith = (own: string) =>
      body === undefined ? undefined : JSON.parse(withId(JSON.stringify(body), own));
    const entries = await auditEntriesOf();
    const outside = await traced(method, withId(path, id), id, bodyWith(id));
    expect(outside).toEqual(await traced(method, withId(path, 'nothing'), 'nothing', bodyWith('nothing')));
    if (!path.includes('?')) expect(outside).toMatchObject({ status: 404 });
    expect(await auditEntriesOf()).toEqual(entries);
  },
);

test('lists show the channels, windows and deliveries inside, and nothing else', async () => {
  const ids = (rows: { id: string }[]) => rows.map(({ id }) => id);
  expect(ids((await editor.get('/api/v1/channels')).json.channels)).toEqual(['shop-hook']);
  expect(ids((await editor.get('/api/v1/silences')).json.silences)).toEqual(['shop-tag', 'shop-work']);
  expect(ids((await editor.get('/api/v1/maintenances')).json.maintenances)).toEqual([
    'shop-tag',
    'shop-work',
  ]);
  const channelsOf = async (query: string) =>
    (await editor.get(`/api/v1/deliveries${query}`)).json.deliveries.map(
      ({ channelId }: { channelId: string }) => channelId,
    );
  for (const query of ['', '?state=failed', '?event=incident.opened', '?channel=shop-hook'])
    expect(await channelsOf(query), query).toEqual(['shop-hook']);
  expect((await anyEditor.get('/api/v1/deliveries')).json.deliveries).toHaveLength(3);
});

test('a filter by tag finds the channels that have all of the tags', async () => {
  const found = async (query: string) =>
    (await anyEditor.get(`/api/v1/channels?${query}`)).json.channels.length;
  expect(await found('tag=team')).toBe(2);
  expect(await found('tag=team:bank')).toBe(1);
  expect(await found('tag=team:bank&tag=stage')).toBe(0);
});

describe('a restricted editor', () => {
  test.each([
    ['without a tag inside', {}, /Set one of these tags/],
    ['of another team', { tags: BANK_TAGS }, /You cannot set team:bank/],
  ])('cannot create a channel %s', async (_, more, message) => {
    const { status, json } = await editor.post('/api/v1/channels', { ...NEW, ...more });
    expect([status, json.errors]).toEqual([
      422,
      [{ path: 'tags', pointer: '/tags', message: expect.stringMatching(message) }],
    ]);
  });

  test('creates, changes and deletes a channel of the own team', async () => {
    const created = await editor.post('/api/v1/channels', {
      ...NEW,
      id: 'own',
      tags: { ...SHOP_TAGS, stage: 'live' },
    });
    expect([created.status, created.json.tags]).toEqual([201, { team: 'shop', stage: 'live' }]);
    const changed = await editor.patch('/api/v1/channels/own', { tags: { stage: null } });
    expect([changed.status, changed.json.tags]).toEqual([200, SHOP_TAGS]);
    expect((await editor.remove('/api/v1/channels/own')).status).toBe(204);
  });

  test.each(['editor', 'anyEditor'])('cannot change a restricting tag of a channel, as %s', async (who) => {
    const own = who === 'editor' ? editor : anyEditor;
    for (const tags of [{ team: 'bank' }, { team: null }, null]) {
      const { status, json } = await own.patch('/api/v1/channels/shop-hook', { tags });
      expect([status, json.errors?.[0]?.path]).toEqual([403, 'tags.team']);
    }
  });

  test('cannot delete a channel that monitors outside list, and their names are not shown', async () => {
    await ask('/api/v1/monitors/ledger', { method: 'PATCH', body: { channels: ['bank-hook', 'shop-hook'] } });
    for (const query of ['', '?detach=true']) {
      const { status, text } = await editor.remove(`/api/v1/channels/shop-hook${query}`);
      expect(status).toBe(409);
      expect(text).not.toMatch(/ledger/i);
    }
  });

  test.each([
    ['all monitors, by default', {}],
    ['all monitors', { monitors: 'all' }],
  ])('cannot silence %s', async (_, scope) => {
    const { status, json } = await editor.post('/api/v1/silences', { ...WORK, ...scope });
    expect([status, json.errors[0].path]).toEqual([422, 'monitors']);
    expect(json.detail).toMatch(/restricted to team:shop. List monitors instead of "all"/);
  });

  test.each([['team:bank'], ['team'], ['nothing']])('cannot silence the tag %s', async (tag) => {
    const { status, json } = await editor.post('/api/v1/silences', { ...WORK, tags: ['team:shop', tag] });
    expect([status, json.errors[0].path]).toEqual([404, 'tags[1]']);
  });

  test('silences monitors and tags inside, changes, ends and deletes that', async () => {
    const created = await editor.post('/api/v1/silences', {
      ...WORK,
      monitors: ['cart'],
      tags: ['team:shop'],
    });
    expect(created.status).toBe(201);
    const path = `/api/v1/silences/${created.json.id}`;
    expect((await editor.patch(path, { name: 'Renamed' })).status).toBe(200);
    expect((await editor.post(`${path}/end`, undefined)).status).toBe(200);
    expect((await editor.remove(path)).status).toBe(204);
  });

  test('redelivers to a channel inside', async () => {
    const { status } = await editor.post('/api/v1/deliveries/n1/shop-hook/redeliver', undefined);
    expect(status).toBe(200);
  });
});
