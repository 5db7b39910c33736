// Monitors as a person or a key with a restriction by tag sees and changes them: what is outside does not exist.
import { beforeEach, describe, expect, test } from 'vitest';
import { countD1 } from '../../support/d1/counted-d1.ts';
import {
  ask,
  bindings,
  clock,
  createMonitor,
  empty,
  patch,
  post,
  RECEIVER,
} from '../../support/d1/http-mesh.ts';
import { asker, auditEntriesOf, forgetKeys, keyOf } from '../../support/d1/keys.ts';

const SHOP = { team: 'shop' };
const BANK = { team: 'bank' };
const NOT_FOUND = '/api/v1/docs#problem-not-found';

let editor: ReturnType<typeof asker>;
let anyEditor: ReturnType<typeof asker>;

async function setTags(channel: string, tags: object): Promise<void> {
  await bindings.DB.prepare('update channels set tags = ?1 where id = ?2')
    .bind(JSON.stringify(tags), channel)
    .run();
}

beforeEach(async () => {
  await empty();
  await forgetKeys();
  for (const [id, tags] of [
    ['shop-hook', SHOP],
    ['bank-hook', BANK],
  ] as const) {
    await post('/api/v1/channels', { ...RECEIVER, id, name: id });
    await setTags(id, tags);
  }
  await createMonitor({ id: 'ledger', name: 'Ledger', tags: BANK, channels: ['bank-hook'] });
  await createMonitor({ id: 'cart', name: 'Cart', tags: SHOP, channels: ['shop-hook'] });
  await createMonitor({
    ...{ id: 'shop', tags: SHOP, dependsOn: ['ledger', 'cart'] },
    channels: ['bank-hook', 'shop-hook'],
  });
  editor = asker(await keyOf('shop-editor', 'editor', ['team:shop']));
  anyEditor = asker(await keyOf('any-editor', 'editor'));
});

/** Status, body and SQL statements of a request, with the id taken out. */
async function traced(method: string, id: string, rest: string, body: unknown): Promise<unknown> {
  const counted = countD1(bindings.DB);
  const token = 'pm_shop-editor';
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

  test('gets an explanation that does not name a maintenance of everything', async () => {
    const work = {
      id: 'work',
      name: 'Work',
      monitors: 'all',
      endsAt: new Date(clock.now + 3_600_000).toISOString(),
    };
    const startsAt = new Date(clock.now + 1000).toISOString();
    expect((await post('/api/v1/maintenances', { ...work, startsAt })).status).toBe(201);
    const list = { ...work, id: 'own', monitors: ['cart'], startsAt };
    expect((await post('/api/v1/maintenances', list)).status).toBe(201);
    clock.now += 60_000;
    const of = async (get: typeof ask, id: string) =>
      (await get(`/api/v1/monitors/${id}/explain`)).json.suppressed;
    expect(await of(ask, 'shop')).toMatchObject({ by: 'maintenance', id: 'work' });
    expect(await of(editor.get, 'shop')).toMatchObject({ by: 'maintenance', id: null });
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
    await keyOf('bank-viewer', 'viewer', ['team:bank']);
    const { status, json } = await create({ tags });
    expect([status, json.errors]).toEqual([422, [{ path: 'tags', pointer: '/tags', message }]]);
  });

  test('may not set a tag that restricts another team besides the own one', async () => {
    await keyOf('live-viewer', 'viewer', ['stage:live']);
    const { status, json } = await create({ tags: { ...SHOP, stage: 'live' } });
    expect([status, json.errors[0].path]).toEqual([422, 'tags']);
    expect((await create({ tags: { ...SHOP, owner: 'ann' } })).status).toBe(201);
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

  test('must list channels, because "all" includes those of other teams', async () => {
    for (const changes of [{ channels: 'all' }, { channels: undefined }]) {
      const { status, json } = await create(changes);
      expect([status, json.errors]).toEqual([
        422,
        [
          {
            path: 'channels',
            pointer: '/channels',
            message: 'Your access is restricted to team:shop. List channels instead of "all".',
          },
        ],
      ]);
    }
  });

  test('gets no offer to update the monitor of another team whose id is taken', async () => {
    const { status, json } = await create({ id: 'ledger' });
    expect([status, json.detail]).toEqual([409, 'The id "ledger" is taken. Choose another id.']);
    expect((await create({ id: 'cart' })).json.detail).toMatch(/update that monitor/);
  });

  test('leaves one audit entry with the key as its actor', async () => {
    const before = await auditEntriesOf();
    expect((await create({ dependsOn: ['cart'] })).status).toBe(201);
    const [entry, ...more] = (await auditEntriesOf()).slice(before.length);
    expect(more).toEqual([]);
    expect(entry).toMatchObject({
      action: 'monitor.created',
      actor: 'shop-editor',
      target: 'new',
      before: null,
    });
  });
});

describe('a restricted editor who updates a monitor', () => {
  const change = (body: object) => editor.patch('/api/v1/monitors/shop', body);
  const stored = async () => (await ask('/api/v1/monitors/shop')).json;

  test('keeps the references outside, which it does not see', async () => {
    expect((await change({ dependsOn: [], channels: [] })).json).toMatchObject({
      dependsOn: [],
      channels: [],
    });
    expect(await stored()).toMatchObject({ dependsOn: ['ledger'], channels: ['bank-hook'] });
    expect((await change({ dependsOn: ['cart'] })).json.dependsOn).toEqual(['cart']);
    expect((await stored()).dependsOn).toEqual(['cart', 'ledger']);
    expect((await change({ dependsOn: null, name: 'Renamed' })).status).toBe(200);
    expect((await stored()).dependsOn).toEqual(['ledger']);
  });

  test('cannot name a stored reference outside, even by its right id', async () => {
    const { status } = await change({ dependsOn: ['ledger'] });
    expect(status).toBe(404);
  });

  test('cannot set "all" channels, and leaves "all" that is stored', async () => {
    expect((await change({ channels: null })).json.errors[0].path).toBe('channels');
    await patch('/api/v1/monitors/shop', { channels: 'all' });
    expect((await change({ name: 'Renamed' })).status).toBe(200);
    expect((await change({ channels: null })).status).toBe(200);
    expect((await stored()).channels).toBe('all');
  });

  test('cannot change the tag that restricts, and neither can an unrestricted editor', async () => {
    for (const one of [editor, anyEditor])
      for (const tags of [{ team: 'bank' }, { team: null }, null]) {
        const { status, json } = await one.patch('/api/v1/monitors/shop', { tags });
        expect([status, json.type, json.errors[0].path]).toEqual([
          403,
          '/api/v1/docs#problem-forbidden',
          'tags.team',
        ]);
      }
    expect((await change({ tags: { owner: 'ann' } })).json.tags).toEqual({ team: 'shop', owner: 'ann' });
    expect((await patch('/api/v1/monitors/shop', { tags: BANK })).status).toBe(200);
    expect((await editor.get('/api/v1/monitors/shop')).status).toBe(404);
  });

  test('is not shown the monitors outside that close a cycle', async () => {
    // cart → gate → ledger → shop, and the editor adds shop → cart.
    await createMonitor({ id: 'gate', tags: SHOP, dependsOn: ['ledger'] });
    await patch('/api/v1/monitors/shop', { dependsOn: [] });
    await patch('/api/v1/monitors/ledger', { dependsOn: ['shop'] });
    await patch('/api/v1/monitors/cart', { dependsOn: ['gate'] });
    const { status, text, json } = await change({ dependsOn: ['cart'] });
    expect([status, json.errors[0].path]).toEqual([422, 'dependsOn[0]']);
    expect(json.detail).toContain('shop → cart → gate → … → shop');
    expect(text).not.toContain('ledger');
  });
});

describe('a restricted editor who deletes a monitor', () => {
  test('is refused while something outside names it, which stays unnamed', async () => {
    await patch('/api/v1/monitors/ledger', { dependsOn: ['cart'] });
    for (const query of ['', '?detach=true']) {
      const { status, text, json } = await editor.remove(`/api/v1/monitors/cart${query}`);
      expect([status, json.references]).toEqual([
        409,
        [{ kind: 'monitor', id: 'shop', name: 'Web shop', field: 'dependsOn', effect: 'detached' }],
      ]);
      expect(text).not.toMatch(/ledger/i);
    }
    expect((await ask('/api/v1/monitors/ledger')).json.dependsOn).toEqual(['cart']);
  });

  test('is refused while a maintenance of another team lists it too', async () => {
    const times = { startsAt: new Date(clock.now + 60_000).toISOString(), durationMinutes: 5 };
    await post('/api/v1/maintenances', { name: 'Bank work', monitors: ['cart', 'ledger'], ...times });
    const { status, text } = await editor.remove('/api/v1/monitors/cart?detach=true');
    expect(status).toBe(409);
    expect(text).not.toMatch(/bank/i);
  });

  test('removes references inside with `detach`', async () => {
    const { status, json } = await editor.remove('/api/v1/monitors/cart?detach=true');
    expect([status, json.references]).toEqual([200, [expect.objectContaining({ id: 'shop' })]]);
    expect((await ask('/api/v1/monitors/shop')).json.dependsOn).toEqual(['ledger']);
  });
});
