// What a person or a key with a restriction by tag sees of monitors, and which writes are refused: what is outside does not
// exist. No test here changes anything.
import { beforeAll, describe, expect, test } from 'vitest';
import { countD1 } from '../../support/d1/counted-d1.ts';
import { ask, bindings } from '../../support/d1/http-mesh.ts';
import { asker, auditEntriesOf, keyOf } from '../../support/d1/keys.ts';
import { BANK_TAGS as BANK, SHOP_TAGS as SHOP, SHOP_EDITOR, twoTeams } from '../../support/d1/two-teams.ts';

const NOT_FOUND = '/api/v1/docs#problem-not-found';

let editor: ReturnType<typeof asker>;
let anyEditor: ReturnType<typeof asker>;
beforeAll(async () => {
  ({ editor, anyEditor } = await twoTeams());
  for (const tag of ['team:bank', 'stage:live']) await keyOf(tag, 'viewer', [tag]);
});

/** Status, body and SQL statements of a request, with the id taken out. */
async function traced(method: string, id: string, rest: string, body: unknown): Promise<unknown> {
  const counted = countD1(bindings.DB);
  const token = SHOP_EDITOR;
  const options = { method, token, env: { DB: counted.db }, ...(body === undefined ? {} : { body }) };
  const { status, text, headers } = await ask(`/api/v1/monitors/${id}${rest}`, options);
  const statements = counted.take().map(({ sql }) => sql);
  return { status, text: text.replaceAll(id, 'ID'), etag: headers.get('etag'), statements };
}

test.each([
  ['GET', '', undefined],
  ['GET', '/explain', undefined],
  ['PATCH', '', { name: 'Renamed' }],
  ['DELETE', '', undefined],
  ['DELETE', '?detach=true', undefined],
])(
  '%s of a monitor%s of another team answers like that of one that was never there',
  async (method, rest, body) => {
    await editor.get('/api/v1/monitors');
    const outside = await traced(method, 'ledger', rest, body);
    expect(outside).toEqual(await traced(method, 'nothing', rest, body));
    expect(outside).toMatchObject({ status: 404 });
    expect((await ask('/api/v1/monitors/ledger')).json.name).toBe('Ledger');
  },
);

describe('a restricted reader', () => {
  test('sees the monitors inside, and of their lists only what is inside', async () => {
    const { monitors } = (await editor.get('/api/v1/monitors')).json;
    expect(monitors.map(({ id }: { id: string }) => id)).toEqual(['cart', 'shop']);
    const seen = { dependsOn: ['cart'], channels: ['shop-hook'] };
    expect(monitors[1]).toMatchObject(seen);
    expect((await editor.get('/api/v1/monitors/shop')).json).toMatchObject(seen);
    expect((await ask('/api/v1/monitors/shop')).json.dependsOn).toEqual(['ledger', 'cart']);
  });

  test.each(['?q=ledger', '?tag=team:bank', '?paused=false&tag=team:bank', '?verdict=no_data&q=ledger'])(
    'finds no monitor of another team with the filter %s',
    async (query) => {
      expect((await editor.get(`/api/v1/monitors${query}`)).json).toEqual({ monitors: [] });
    },
  );

  test('with no tags at all sees nothing', async () => {
    const nobody = asker(await keyOf('nothing', 'viewer', []));
    expect((await nobody.get('/api/v1/monitors')).json).toEqual({ monitors: [] });
    expect((await nobody.get('/api/v1/monitors/shop')).status).toBe(404);
  });

  test('with a tag without a value sees every value of it', async () => {
    const teams = asker(await keyOf('teams', 'viewer', ['team']));
    expect((await teams.get('/api/v1/monitors')).json.monitors).toHaveLength(3);
  });
});

describe('a restricted editor who creates a monitor', () => {
  const NEW = {
    name: 'New',
    check: { type: 'tcp', host: 'new.example.com', port: 443 },
    intervalSeconds: 60,
  };
  const create = (changes: object) =>
    editor.post('/api/v1/monitors', { ...NEW, tags: SHOP, channels: ['shop-hook'], ...changes });

  test.each([
    ['no tags', {}, 'Your access is restricted to team:shop. Set one of these tags.'],
    [
      'the tag of another team',
      BANK,
      'Your access is restricted to team:shop. You cannot set team:bank. Remove it, or ask an admin.',
    ],
  ])('with %s gets a 422 at `tags`', async (_, tags, message) => {
    const { status, json } = await create({ tags });
    expect([status, json.errors]).toEqual([422, [{ path: 'tags', pointer: '/tags', message }]]);
  });

  test('may not set a tag that restricts another team besides the own one', async () => {
    const { status, json } = await create({ tags: { ...SHOP, stage: 'live' } });
    expect([status, json.errors[0].path]).toEqual([422, 'tags']);
  });

  test.each([
    ['dependsOn', 'ledger'],
    ['channels', 'bank-hook'],
  ])('cannot name in `%s` what is outside, and the answer is that of an unknown id', async (field, id) => {
    const outside = await create({ [field]: [id] });
    const unknown = await create({ [field]: ['nothing'] });
    expect([outside.status, outside.json.type]).toEqual([404, NOT_FOUND]);
    expect(outside.json.errors[0].path).toBe(`${field}[0]`);
    expect(outside.text.replaceAll(id, 'ID')).toBe(unknown.text.replaceAll('nothing', 'ID'));
  });

  test('may leave the channels to the routes and the defaults of the mesh, and cannot name all channels', async () => {
    for (const [id, changes] of [
      ['one', { channels: 'default' }],
      ['two', { channels: undefined }],
    ] as const) {
      const { status, json } = await create({ id, ...changes });
      expect([status, json.channels]).toEqual([201, 'default']);
    }
    const { status, json } = await create({ channels: 'all' });
    expect([status, json.errors[0]]).toEqual([
      422,
      {
        path: 'channels',
        pointer: '/channels',
        message: 'Must be "default" or a list of 0 to 100 unique channel ids.',
      },
    ]);
  });

  test('gets no offer to update the monitor of another team whose id is taken', async () => {
    const { status, json } = await create({ id: 'ledger' });
    expect([status, json.detail]).toEqual([409, 'The id "ledger" is taken. Choose another id.']);
    expect((await create({ id: 'cart' })).json.detail).toMatch(/update that monitor/);
  });
});

describe('a restricted editor who updates a monitor', () => {
  test('cannot name a stored reference outside, even by its right id', async () => {
    const { status } = await editor.patch('/api/v1/monitors/shop', { dependsOn: ['ledger'] });
    expect(status).toBe(404);
  });

  test('cannot set "all" channels, and null leaves them to the routes and the defaults', async () => {
    const { status, json } = await editor.patch('/api/v1/monitors/shop', { channels: 'all' });
    expect([status, json.errors[0].path]).toEqual([422, 'channels']);
    const reset = await editor.patch('/api/v1/monitors/shop', { channels: null });
    expect([reset.status, reset.json.channels]).toEqual([200, 'default']);
  });

  test.each([[{ team: 'bank' }], [{ team: null }], [null]])(
    'cannot change the tag that restricts to %j, and neither can an unrestricted editor',
    async (tags) => {
      for (const one of [editor, anyEditor]) {
        const { status, json } = await one.patch('/api/v1/monitors/shop', { tags });
        expect([status, json.type, json.errors[0].path]).toEqual([
          403,
          '/api/v1/docs#problem-forbidden',
          'tags.team',
        ]);
      }
    },
  );
});

test('a refused request leaves no audit entry', async () => {
  const before = (await auditEntriesOf()).length;
  await editor.patch('/api/v1/monitors/ledger', { name: 'Renamed' });
  await editor.patch('/api/v1/monitors/shop', { dependsOn: ['ledger'] });
  await editor.remove('/api/v1/monitors/ledger');
  await anyEditor.patch('/api/v1/monitors/shop', { tags: null });
  expect(await auditEntriesOf()).toHaveLength(before);
});
