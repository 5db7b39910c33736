// The whole configuration as one document: what a person leaves out stays, and what looks like a mistake deletes nothing.
import { beforeEach, describe, expect, test } from 'vitest';
import {
  ask,
  bindings,
  createMonitor,
  empty,
  keepDefaultChannels,
  post,
  RECEIVER,
  SHOP,
} from '../../support/d1/http-mesh.ts';

await keepDefaultChannels();

beforeEach(empty);

const PATH = '/api/v1/configuration';
const put = (body: unknown, query = '') => ask(`${PATH}${query}`, { method: 'PUT', body });
const get = async () => (await ask(PATH)).json;
const named = (count: number, prefix = 'm') =>
  Array.from({ length: count }, (_, at) => ({ ...SHOP, id: `${prefix}${at}`, name: `${prefix}${at}` }));
const ids = async (): Promise<string[]> => (await get()).monitors.map(({ id }: { id: string }) => id).sort();
const journalRows = () => bindings.DB.prepare('SELECT count(*) n FROM journal').first<number>('n');

describe('what a document leaves out', () => {
  test('a key that is absent leaves its kind unchanged', async () => {
    await put({ monitors: [SHOP], channels: [RECEIVER] });
    // No route and no default channel names the receiver.
    const nothing = { created: 0, updated: 0, deleted: 0, unnotified: ['shop'] };
    expect((await put({ channels: [RECEIVER] })).json).toEqual(nothing);
    expect((await put({ monitors: [SHOP] })).json).toEqual(nothing);
    expect(await ids()).toEqual(['shop']);
    expect((await get()).channels).toHaveLength(1);
  });

  test.each([
    ['{}', {}],
    ['null', 'null'],
    ['a misspelled key', { monitor: [] }],
    ['a null key', { monitors: null }],
  ])('%s is refused, and nothing changes', async (_, body) => {
    await put({ monitors: [SHOP], channels: [RECEIVER] });
    expect((await put(body, '?allowDelete=true')).status).toBe(422);
    expect(await ids()).toEqual(['shop']);
  });

  test('the message about an empty document names the keys', async () => {
    expect((await put({})).json.detail).toContain(
      'Write `monitors`, `channels`, `schedules`, `routes`, `statusPages` or `settings`.',
    );
  });
});

describe('deletes', () => {
  test('a configuration that deletes more than two and more than a fifth is refused, and lists what it would delete', async () => {
    await put({ monitors: named(26) });
    const refused = await put({ monitors: [] });
    expect([refused.status, refused.json.type]).toEqual([409, '/api/v1/docs#problem-deletes-refused']);
    expect(refused.json.detail).toContain('would delete 26 of 26 monitors (at most 5 are allowed)');
    expect(refused.json.detail).toContain('?allowDelete=true');
    expect(refused.json.errors).toHaveLength(26);
    expect(refused.json.errors[0]).toMatchObject({
      path: 'monitors',
      message: 'Would delete the monitor "m0".',
    });
    expect((await put({ monitors: named(20) })).status).toBe(409);
    expect((await put({ monitors: named(20) }, '?allowDelete=false')).status).toBe(409);
    expect(await ids()).toHaveLength(26);
    expect((await put({ monitors: named(21) })).json).toEqual({ created: 0, updated: 0, deleted: 5 });
    expect((await put({ monitors: named(3) }, '?allowDelete=true')).json.deleted).toBe(18);
    expect((await put({ monitors: named(1) })).json.deleted).toBe(2);
  });

  test('new ids in place of old ones count as deletes', async () => {
    await put({ monitors: named(3) });
    expect((await put({ monitors: named(3, 'renamed') })).status).toBe(409);
    expect(await ids()).toEqual(['m0', 'm1', 'm2']);
  });

  test('the last channel is not deleted without allowDelete, but may be replaced', async () => {
    await put({ channels: [RECEIVER] });
    const refused = await put({ channels: [] });
    expect([refused.status, refused.json.detail]).toEqual([409, expect.stringContaining('the last channel')]);
    expect((await put({ channels: [{ ...RECEIVER, id: 'other' }] })).json).toMatchObject({
      created: 1,
      deleted: 1,
    });
    expect((await put({ channels: [] }, '?allowDelete')).json.deleted).toBe(1);
  });

  test('a monitor without an id that gets another name is a new monitor, and the plan shows the delete', async () => {
    const { id: _, ...unnamed } = SHOP;
    await put({ monitors: [{ ...unnamed, name: 'Сайт' }] });
    const { json } = await put({ monitors: [{ ...unnamed, name: 'Почта' }] }, '?dryRun=true');
    expect(json.plan.monitors).toEqual({ create: ['pochta'], update: [], delete: ['sayt'] });
    expect(await ids()).toEqual(['sayt']);
  });

  test('an entry above others leaves their ids', async () => {
    const monitor = (name: string) => ({ name, check: SHOP.check, intervalSeconds: 60 });
    await put({ monitors: [monitor('🚀'), monitor('Почта')] });
    const before = await ids();
    const { json } = await put({ monitors: [monitor('Новый'), monitor('🚀'), monitor('Почта')] }, '?dryRun');
    expect(json.plan.monitors).toEqual({ create: ['novyy'], update: [], delete: [] });
    expect(before).toEqual([expect.stringMatching(/^monitor-[0-9a-f]{8}$/), 'pochta']);
  });
});

describe('references', () => {
  const window = { id: 'upgrade', name: 'Upgrade', monitors: ['shop'], durationMinutes: 60 };

  test.each(['maintenances', 'silences'])(
    'a monitor that one of the %s names is not deleted',
    async (kind) => {
      await put({ monitors: [SHOP, { ...SHOP, id: 'two' }] });
      await post(`/api/v1/${kind}`, { ...window, startsAt: '2027-01-15T09:00:00Z' });
      const refused = await put({ monitors: [{ ...SHOP, id: 'two' }] }, '?allowDelete=true');
      expect([refused.status, refused.json.errors[0].path]).toEqual([409, 'monitors']);
      expect(refused.json.detail).toContain(`"upgrade" names the monitor "shop"`);
      expect(await ids()).toEqual(['shop', 'two']);
      expect((await put({ monitors: [SHOP] })).status).toBe(200);
    },
  );

  test('a channel that a stored monitor lists is not deleted by a document without monitors', async () => {
    const second = { ...RECEIVER, id: 'second' };
    await put({ monitors: [{ ...SHOP, channels: ['on-call'] }], channels: [RECEIVER, second] });
    const refused = await put({ channels: [second] });
    expect([refused.status, refused.json.errors[0].path]).toEqual([409, 'channels']);
    expect(refused.json.detail).toContain('The monitor "shop" uses the channel "on-call"');
    expect((await get()).channels).toHaveLength(2);
    expect((await put({ monitors: [SHOP], channels: [second] })).status).toBe(200);
  });

  test('monitors of a document without channels use the stored channels', async () => {
    await put({ channels: [RECEIVER] });
    expect((await put({ monitors: [{ ...SHOP, channels: ['on-call'] }] })).status).toBe(200);
  });
});

describe('the plan', () => {
  test('a dry run shows every change with its fields, and changes nothing', async () => {
    const http = {
      type: 'http',
      url: 'https://shop.example.com/',
      headers: { a: '{{t}}' },
      secrets: { t: 'first' },
    };
    await put({ monitors: [...named(3), { ...SHOP, check: http }], channels: [RECEIVER] });
    const rows = await journalRows();
    const before = await get();
    const [m0, m1] = named(3);
    const planned = await put(
      {
        monitors: [
          { ...m0, name: 'New', check: { ...SHOP.check, port: 444 }, alert: { failures: 3 } },
          m1,
          { ...SHOP, check: { ...http, secrets: { t: 'second' } } },
          { ...SHOP, id: 'new' },
        ],
        channels: [
          { ...RECEIVER, enabled: false, config: { ...RECEIVER.config, url: 'https://other.example.com/' } },
        ],
      },
      '?dryRun=true',
    );
    expect([planned.status, planned.json]).toEqual([
      200,
      {
        ...{ created: 1, updated: 3, deleted: 1 },
        plan: {
          monitors: {
            create: ['new'],
            update: [
              { id: 'm0', fields: expect.arrayContaining(['name', 'check.port', 'alert.failures']) },
              { id: 'shop', fields: ['check.secrets'] },
            ],
            delete: ['m2'],
          },
          channels: { create: [], update: [{ id: 'on-call', fields: ['enabled', 'config'] }], delete: [] },
          schedules: { create: [], update: [], delete: [] },
          needsAllowDelete: false,
        },
      },
    ]);
    expect(planned.json.plan.monitors.update[0].fields).toHaveLength(3);
    expect(await get()).toEqual(before);
    expect(await journalRows()).toBe(rows);
    expect(planned.text).not.toContain('other.example.com');
  });

  test('a dry run shows a plan that would be refused, and says so', async () => {
    await put({ monitors: named(4) });
    const { status, json } = await put({ monitors: [] }, '?dryRun=true');
    expect([status, json.plan.needsAllowDelete, json.deleted]).toEqual([200, true, 4]);
    expect(await ids()).toHaveLength(4);
  });

  test('a dry run on an empty mesh writes nothing at all', async () => {
    expect((await put({ monitors: [SHOP] }, '?dryRun=true')).json.created).toBe(1);
    expect(await journalRows()).toBe(0);
  });

  test('a dry run of an invalid document lists its errors', async () => {
    const wrong = await put({ monitors: [{ ...SHOP, dependsOn: ['unknown'] }] }, '?dryRun=true');
    expect([wrong.status, wrong.json.errors[0].path]).toEqual([422, 'monitors[0].dependsOn[0]']);
  });

  test.each(['?dryrun=true', '?dryRun=yes', '?allowDelete=1'])('the query %s is refused', async (query) => {
    expect((await put({ monitors: [SHOP] }, query)).status).toBe(422);
    expect(await ids()).toEqual([]);
  });
});

test('the whole configuration can be read, and written back without a change', async () => {
  await post('/api/v1/channels', RECEIVER);
  const check = {
    type: 'http',
    url: 'https://shop.example.com/',
    headers: { a: '{{t}}' },
    secrets: { t: 'one-secret' },
  };
  await createMonitor({ check, tags: { team: 'shop' }, alert: { quorum: 2 }, channels: ['on-call'] });
  await createMonitor({ id: 'child', name: 'Child', dependsOn: ['shop'] });
  const answer = await ask(PATH);
  expect(answer.text).not.toContain('one-secret');
  const { monitors, channels } = answer.json;
  expect(monitors.map(({ id }: { id: string }) => id)).toEqual(expect.arrayContaining(['child', 'shop']));
  expect(channels[0]).toMatchObject({ id: 'on-call', config: { url: null, secret: null } });
  for (const query of ['?dryRun=true', ''])
    expect((await put({ monitors, channels }, query)).json).toMatchObject({
      created: 0,
      updated: 0,
      deleted: 0,
    });
  expect(await get()).toEqual(answer.json);
});
