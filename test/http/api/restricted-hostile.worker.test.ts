// What a restricted person or key could learn from the edges of lists and from refusals: where a page ends, what a cursor
// contains, and what a taken id says.
import { beforeAll, describe, expect, test } from 'vitest';
import { bindings, RECEIVER } from '../../support/d1/http-mesh.ts';
import { asker, keyOf } from '../../support/d1/keys.ts';
import { SHOP_TAGS, twoTeams } from '../../support/d1/two-teams.ts';

const { DB } = bindings;

let editor: ReturnType<typeof asker>;
let admin: ReturnType<typeof asker>;
beforeAll(async () => {
  ({ editor } = await twoTeams());
  admin = asker(await keyOf('one-admin', 'admin'));
});

/** Deliveries `from` to `to` of a monitor to a channel, as many commits as numbers. */
async function deliver(monitor: string, channel: string, from: number, to: number): Promise<void> {
  const numbers = JSON.stringify(Array.from({ length: to - from + 1 }, (_, index) => from + index));
  await DB.batch([
    DB.prepare(
      `insert into notifications (id, event, at, position, monitor_id, incident_id, body)
       select ?2 || value, 'incident.opened', value, value, ?2, 'inc_' || ?2, '{}' from json_each(?1)`,
    ).bind(numbers, monitor),
    DB.prepare(
      `insert into deliveries (notification_id, channel_id, position, state, next_attempt_at)
       select ?2 || value, ?3, value, 'delivered', 0 from json_each(?1)`,
    ).bind(numbers, monitor, channel),
  ]);
}

describe('with more deliveries of another team than one page reads', () => {
  beforeAll(async () => {
    await deliver('ledger', 'bank-hook', 1, 1_200);
    await deliver('cart', 'shop-hook', 1_201, 1_240);
    await deliver('ledger', 'bank-hook', 1_241, 1_900);
  });

  test.each([
    'monitor=ledger',
    'monitor=nothing',
    'incident=inc_ledger',
    'incident=nothing',
    'event=incident.resolved',
  ])('a list with %s is empty, and has no next page', async (filter) => {
    expect((await editor.get(`/api/v1/deliveries?${filter}`)).json).toEqual({
      deliveries: [],
      nextCursor: null,
    });
  });

  test.each([
    'event=incident.opened',
    'monitor=cart',
    'incident=inc_cart',
    'event=incident.opened&channel=shop-hook',
  ])('pages with %s are full, and no cursor names a notification of another team', async (filter) => {
    const seen: string[] = [];
    let cursor: string | null = '';
    for (let page = 0; cursor !== null; page += 1) {
      expect(page).toBeLessThan(4);
      const query: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const { json } = await editor.get(`/api/v1/deliveries?limit=15&${filter}${query}`);
      seen.push(...json.deliveries.map(({ notificationId }: { notificationId: string }) => notificationId));
      cursor = json.nextCursor;
      if (cursor !== null) expect(atob(cursor)).toMatch(/ cart\d+ shop-hook$/);
    }
    expect(seen).toEqual(Array.from({ length: 40 }, (_, index) => `cart${1_240 - index}`));
  });

  test('a walk over many deliveries of the own channel that do not match ends, page by page', async () => {
    await deliver('shop', 'shop-hook', 2_000, 2_450);
    let cursor: string | null = '';
    let found = 0;
    let pages = 0;
    while (cursor !== null) {
      const query: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const { json } = await editor.get(`/api/v1/deliveries?monitor=cart&limit=100${query}`);
      found += json.deliveries.length;
      cursor = json.nextCursor;
      pages += 1;
      if (pages > 10) break;
    }
    expect([found, pages]).toEqual([40, 3]);
  });

  test('a cursor of another caller shows nothing of theirs', async () => {
    const { json } = await admin.get('/api/v1/deliveries?monitor=ledger&limit=1');
    expect(json.deliveries).toHaveLength(1);
    const answered = await editor.get(`/api/v1/deliveries?monitor=ledger&limit=1&cursor=${json.nextCursor}`);
    expect(answered.json).toEqual({ deliveries: [], nextCursor: null });
  });
});

describe('the id of an entry outside', () => {
  const silence = { name: 'New', monitors: ['cart'], durationMinutes: 5 };
  test.each([
    [
      'monitors',
      'ledger',
      'cart',
      {
        name: 'New',
        tags: SHOP_TAGS,
        channels: ['shop-hook'],
        check: { type: 'tcp', host: 'a.example.com', port: 1 },
        intervalSeconds: 60,
      },
    ],
    ['channels', 'bank-hook', 'shop-hook', { ...RECEIVER, name: 'New', tags: SHOP_TAGS }],
    ['silences', 'theirs', 'own', silence],
    ['maintenances', 'theirs', 'own', silence],
  ])('of %s is taken, and the message does not offer to update it', async (kind, outside, inside, body) => {
    if (outside === 'theirs')
      for (const [id, monitor] of [
        ['theirs', 'ledger'],
        ['own', 'cart'],
      ])
        await admin.post(`/api/v1/${kind}`, { ...silence, id, monitors: [monitor] });
    const refused = await editor.post(`/api/v1/${kind}`, { ...body, id: outside });
    expect([refused.status, refused.json.detail ?? refused.json.errors[0].message]).toEqual([
      409,
      expect.not.stringContaining('update'),
    ]);
    expect(refused.text).toContain(`The id \\"${outside}\\" is taken.`);
    expect((await editor.post(`/api/v1/${kind}`, { ...body, id: inside })).text).toContain('or update that');
  });
});

describe('tags that try to slip past a restriction', () => {
  const monitor = (tags: object) => ({
    name: 'Slip',
    tags,
    channels: ['shop-hook'],
    check: { type: 'tcp', host: 'a.example.com', port: 1 },
    intervalSeconds: 60,
  });
  test.each([
    ['another case of the name', { Team: 'shop' }],
    ['another case of the value', { team: 'Shop' }],
    ['a value that continues with a colon', { team: 'shop:bank' }],
    ['a value with a space around it', { team: ' shop' }],
    ['a fullwidth letter', { team: 'ｓhop' }],
    ['a Cyrillic letter', { team: 'ѕhop' }],
    ['the whole expression as a name', { 'team:shop': '' }],
    ['a name of the prototype', JSON.parse('{"__proto__":{"team":"shop"}}')],
    ['a constructor', { constructor: 'shop' }],
  ])('%s does not count as the tag of the own team', async (_, tags) => {
    const refused = await editor.post('/api/v1/monitors', monitor(tags));
    expect(refused.status).toBeGreaterThanOrEqual(400);
    expect(refused.status).toBeLessThan(500);
  });

  test('an editor without a restriction moves nothing between teams, with null, other fields or a configuration', async () => {
    const any = asker(await keyOf('any-other-editor', 'editor'));
    for (const tags of [null, { team: null }, { team: 'bank' }, { team: '' }])
      expect((await any.patch('/api/v1/monitors/cart', { tags })).status, JSON.stringify(tags)).toBe(403);
    expect((await any.patch('/api/v1/channels/shop-hook', { tags: null })).status).toBe(403);
    const { monitors, channels } = (await any.get('/api/v1/configuration')).json;
    for (const changed of [
      {
        monitors: monitors.map((one: { id: string }) =>
          one.id === 'cart' ? { ...one, tags: { team: 'bank' } } : one,
        ),
      },
      {
        channels: channels.map((one: { id: string }) =>
          one.id === 'shop-hook' ? { ...one, tags: {} } : one,
        ),
      },
    ]) {
      const refused = await any.put('/api/v1/configuration?allowDelete=true', changed);
      expect(refused.text).toContain('only admins change it');
      expect(refused.status).toBe(403);
    }
  });
});
