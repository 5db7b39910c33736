// Status pages over the API and in the configuration: fields, rules, restrictions, references, and the audit log.
import { beforeEach, describe, expect, test } from 'vitest';
import { makeKey } from '../../support/d1/access.ts';
import {
  ask,
  bindings,
  clock,
  createMonitor,
  empty,
  patch,
  post,
  RECEIVER,
  SHOP,
} from '../../support/d1/http-mesh.ts';
import { ACCESS, HOSTED, must, PAGE_HOST, PASSWORD } from '../../support/d1/private-pages.ts';

const PATH = '/api/v1/status-pages';
const MAIL = {
  ...{ id: 'mail', name: 'Mail', type: 'email', tags: { team: 'shop' } },
  config: { provider: 'cloudflare', from: 'status@shop.test', to: ['ops@shop.test'] },
};
const HOOK = { ...RECEIVER, id: 'hook' };
const put = (document: object, query = '') =>
  ask(`/api/v1/configuration${query}`, { method: 'PUT', body: document, env: HOSTED });
const remove = (path: string) => ask(path, { method: 'DELETE' });
const actions = async (): Promise<unknown[]> => {
  const { results } = await bindings.DB.prepare(
    `select action, target_id as id, before, after from audit_entries where action like 'status_page.%' order by seq`,
  ).all();
  return results;
};

beforeEach(async () => {
  await empty();
  await bindings.DB.batch(
    ['audit_entries', 'audit_chain', 'subscribers'].map((table) =>
      bindings.DB.prepare(`delete from ${table}`),
    ),
  );
  await must(post('/api/v1/channels', MAIL));
  await must(post('/api/v1/channels', HOOK));
});

describe('the default page', () => {
  test('exists without a row, is stored by its first change, and has its defaults again after its deletion', async () => {
    const before = await must(ask(`${PATH}/default`));
    expect([before.headers.get('etag'), before.json]).toMatchObject([
      '"0"',
      {
        id: 'default',
        title: 'Service status',
        url: 'https://status.test',
        access: { type: 'public' },
        problems: [],
      },
    ]);
    const changed = await must(
      ask(`${PATH}/default`, {
        ...{ method: 'PATCH', body: { title: 'Acme', theme: 'dark' }, headers: { 'if-match': '"0"' } },
      }),
    );
    expect([changed.headers.get('etag'), changed.json]).toMatchObject([
      '"1"',
      { title: 'Acme', theme: 'dark' },
    ]);
    expect((await must(ask(PATH))).json.statusPages.map(({ title }: { title: string }) => title)).toEqual([
      'Acme',
    ]);
    expect((await remove(`${PATH}/default`)).status).toBe(204);
    expect((await must(ask(`${PATH}/default`))).json.title).toBe('Service status');
    expect((await remove(`${PATH}/default`)).status).toBe(404);
    expect((await actions()).map((entry) => (entry as { action: string }).action)).toEqual([
      'status_page.updated',
      'status_page.deleted',
    ]);
  });
});

describe('a page', () => {
  test('is created with defaults, read, updated field by field and deleted', async () => {
    const created = await must(post(PATH, { title: 'Shop status' }));
    expect([created.headers.get('location'), created.json]).toMatchObject([
      `${PATH}/shop-status`,
      {
        ...{ url: 'https://status.test/pages/shop-status', host: null, language: 'auto', lead: 'probes' },
        components: { monitors: 'all', groups: [], tags: [], static: [] },
      },
    ]);
    const tagged = await must(
      patch(`${PATH}/shop-status`, { components: { monitors: [], tags: ['team:shop'] }, links: [] }),
    );
    expect(tagged.json.components).toEqual({ monitors: [], groups: [], tags: ['team:shop'], static: [] });
    const same = await must(patch(`${PATH}/shop-status`, { title: 'Shop status' }));
    expect(same.headers.get('etag')).toBe(tagged.headers.get('etag'));
    const stale = await ask(`${PATH}/shop-status`, { method: 'DELETE', headers: { 'if-match': '"1"' } });
    expect([stale.status, (await remove(`${PATH}/shop-status`)).status]).toEqual([412, 204]);
    expect((await ask(`${PATH}/shop-status`)).status).toBe(404);
  });

  test.each([
    ['a title of two lines', { title: 'a\nb' }, 422, 'title'],
    ['an id with a slash', { id: '../x' }, 422, 'id'],
    ['an unknown monitor', { components: { monitors: ['nowhere'] } }, 404, 'components.monitors[0]'],
    ['a logo over http', { logoUrl: 'http://cdn.test/x.png' }, 422, 'logoUrl'],
    [
      'a link that runs a script',
      { links: [{ text: 'x', url: 'javascript:alert(1)' }] },
      422,
      'links[0].url',
    ],
    ['a colour that closes a rule', { accentColor: '#fff;}*{' }, 422, 'accentColor'],
    ['a time zone that does not exist', { timeZone: 'Mars/Base' }, 422, 'timeZone'],
    ['a host that is not of the deployment', { host: 'evil.test' }, 422, 'host'],
    ['the host of PUBLIC_URL', { host: 'status.test' }, 422, 'host'],
    [
      'a password that is too short',
      { access: { type: 'password', password: 'short' } },
      422,
      'access.password',
    ],
    [
      'a password that everyone tries',
      { access: { type: 'password', password: 'password12345' } },
      422,
      'access.password',
    ],
    ['no password', { access: { type: 'password' } }, 422, 'access.password'],
    ['no domain', { access: { type: 'email', domains: [], channel: 'mail' } }, 422, 'access.domains'],
    [
      'a domain with an @',
      { access: { type: 'email', domains: ['@shop.test'], channel: 'mail' } },
      422,
      'access.domains[0]',
    ],
    [
      'every domain',
      { access: { type: 'email', domains: ['*.test'], channel: 'mail' } },
      422,
      'access.domains[0]',
    ],
    [
      'a channel that is no mail',
      { access: { type: 'email', domains: ['shop.test'], channel: 'hook' } },
      422,
      'access.channel',
    ],
    ['an unknown channel', { mailChannel: 'nowhere' }, 404, 'mailChannel'],
    [
      'an unknown provider',
      { access: { type: 'sign_in', providers: ['nowhere'] } },
      404,
      'access.providers[0]',
    ],
    [
      'two static components with one id',
      {
        components: {
          static: [
            { id: 'a', name: 'A' },
            { id: 'a', name: 'B' },
          ],
        },
      },
      422,
      'components.static',
    ],
  ])('with %s is refused, and nothing is stored', async (_, fields, status, path) => {
    const refused = await ask(PATH, { method: 'POST', body: { title: 'X', ...fields }, env: HOSTED });
    expect([refused.status, refused.json.errors?.[0]?.path ?? refused.json.errors]).toEqual([status, path]);
    expect((await must(ask(PATH))).json.statusPages.length).toBe(1);
  });

  test('has a host that no other page has, also if both are written at once', async () => {
    const create = (id: string) =>
      ask(PATH, { method: 'POST', body: { id, title: id, host: PAGE_HOST }, env: HOSTED });
    const statuses = await Promise.all([create('a'), create('b')]);
    expect(statuses.map(({ status }) => status).toSorted()).toEqual([201, 409]);
    const won = statuses.find(({ status }) => status === 201)!;
    expect(won.json.url).toBe(`https://${PAGE_HOST}`);
    const shown = (await must(ask(`${PATH}/${won.json.id}`))).json;
    expect([shown.url, shown.problems[0].code]).toEqual([
      `https://status.test/pages/${won.json.id}`,
      'host_not_served',
    ]);
  });

  test('returns its key once, and neither its password nor its hash ever', async () => {
    const created = await must(post(PATH, { id: 'p', title: 'P', access: ACCESS.password }));
    expect(created.json.feedKey).toMatch(/^pk_/);
    const read = await must(ask(`${PATH}/p`));
    expect([read.json.feedKey, read.json.access]).toEqual([null, { type: 'password', password: null }]);
    const again = await must(patch(`${PATH}/p`, { access: ACCESS.password }));
    expect([again.json.feedKey, again.headers.get('etag')]).toEqual([null, '"1"']);
    clock.now += 5;
    await must(patch(`${PATH}/p`, { access: { type: 'password', password: 'another random sentence' } }));
    const stored = JSON.stringify([
      await actions(),
      await bindings.DB.prepare('select * from status_pages').all(),
    ]);
    for (const secret of [PASSWORD, 'another random sentence', 'scrypt', created.json.feedKey])
      expect([secret, stored.includes(secret)]).toEqual([secret, false]);
    expect((await actions()).length).toBe(2);
  });

  test('that is deleted takes its subscribers along, so that a later page of the id writes to no one', async () => {
    await must(post(PATH, { id: 'p', title: 'P' }));
    const insert = `insert into subscribers (id, page_id, kind, address_hash, sealed_address, scope, state, language, created_at, updated_at)
      values (?, ?, 'email', ?, 'x', '"page"', 'active', 'en', 1, 1)`;
    await bindings.DB.batch([
      bindings.DB.prepare(insert).bind('sub_1', 'p', 'h1'),
      bindings.DB.prepare(insert).bind('sub_2', 'default', 'h2'),
    ]);
    await must(remove(`${PATH}/p`));
    const left = await bindings.DB.prepare('select id from subscribers').all();
    expect(left.results).toEqual([{ id: 'sub_2' }]);
  });
});

describe('what a page names', () => {
  beforeEach(async () => {
    await createMonitor({ id: 'shop', group: 'Shop' });
    await createMonitor({ id: 'pay' });
    await must(
      post(PATH, {
        ...{ id: 'p', title: 'P', access: ACCESS.email, mailChannel: 'mail' },
        components: { monitors: ['shop', 'pay'], groups: ['Shop'] },
      }),
    );
  });

  test('is deleted with detach only, in one transaction, and the page loses it', async () => {
    const refused = await remove('/api/v1/monitors/shop');
    expect([refused.status, refused.json.references]).toMatchObject([
      409,
      [{ kind: 'status_page', id: 'p', field: 'components', effect: 'detached' }],
    ]);
    await must(remove('/api/v1/monitors/shop?detach=true'));
    const { components, problems } = (await must(ask(`${PATH}/p`))).json;
    expect([components.monitors, problems.map(({ code }: { code: string }) => code)]).toEqual([
      ['pay'],
      ['group_missing'],
    ]);
  });

  test('that is a channel goes with detach only, and then the API names that no mail is sent', async () => {
    const refused = await remove('/api/v1/channels/mail');
    expect([refused.status, refused.json.references.map(({ field }: { field: string }) => field)]).toEqual([
      409,
      ['access', 'mailChannel', 'defaultChannels'],
    ]);
    await must(remove('/api/v1/channels/mail?detach=true'));
    const { access, mailChannel, problems } = (await must(ask(`${PATH}/p`))).json;
    expect([access.channel, mailChannel, problems.map(({ code }: { code: string }) => code)]).toEqual([
      null,
      null,
      ['channel_missing'],
    ]);
    // The rest of the page can be changed meanwhile.
    expect((await patch(`${PATH}/p`, { title: 'Q' })).status).toBe(200);
  });

  test('in a configuration that leaves it out is a refusal, and lost with detach', async () => {
    const document = { monitors: [{ ...SHOP, id: 'pay' }] };
    const refused = await put(document);
    expect([refused.status, refused.json.detail]).toEqual([
      409,
      expect.stringContaining('status page "p" names the monitor "shop"'),
    ]);
    await must(put(document, '?detach=true'));
    expect((await must(ask(`${PATH}/p`))).json.components.monitors).toEqual(['pay']);
  });
});

describe('a restricted editor', () => {
  const asShop = async () => (await makeKey('editor', ['team:shop'])).key;
  const tags = { team: 'shop' };

  test('shows monitors and tags of the restriction alone, whatever the access of the page is', async () => {
    await createMonitor({ id: 'shop', tags });
    await createMonitor({ id: 'bank', tags: { team: 'bank' } });
    const token = await asShop();
    const create = (components: object) =>
      ask(PATH, {
        method: 'POST',
        token,
        body: { title: 'Shop', tags, access: ACCESS.password, components },
      });
    for (const [components, path] of [
      [{}, 'components.monitors'],
      [{ monitors: ['bank'] }, 'components.monitors[0]'],
      [{ monitors: ['nowhere'] }, 'components.monitors[0]'],
      [{ tags: ['team:bank'] }, 'components.tags[0]'],
      [{ tags: ['team'] }, 'components.tags[0]'],
      [{ groups: ['Bank'] }, 'components.groups[0]'],
    ] as const) {
      const refused = await create(components);
      expect([components, refused.status >= 400, refused.json.errors?.[0]?.path]).toEqual([
        components,
        true,
        path,
      ]);
    }
    const texts = await Promise.all(
      ['bank', 'nowhere'].map(async (id) => (await create({ monitors: [id] })).json.detail),
    );
    expect(texts[0].replace('bank', 'nowhere')).toBe(texts[1]);
    expect((await create({ monitors: ['shop'], tags: ['team:shop'] })).status).toBe(201);
  });

  test('does not see the default page and pages outside, and answers for them are those of an unknown id', async () => {
    await must(post(PATH, { id: 'bank', title: 'Bank', tags: { team: 'bank' } }));
    const token = await asShop();
    expect((await must(ask(PATH, { token }))).json.statusPages).toEqual([]);
    const answers = [];
    for (const id of ['default', 'bank', 'nowhere'])
      for (const [method, body] of [['GET'], ['PATCH', {}], ['DELETE']] as const)
        answers.push(await ask(`${PATH}/${id}`, { method, token, ...(body ? { body } : {}) }));
    expect(answers.map(({ status }) => status)).toEqual(Array(9).fill(404));
  });

  test('keeps what an admin put on a page that both see', async () => {
    await createMonitor({ id: 'shop', tags });
    await createMonitor({ id: 'bank', tags: { team: 'bank' } });
    await must(
      post(PATH, {
        id: 'both',
        title: 'Both',
        tags,
        components: { monitors: ['bank', 'shop'], groups: ['G'] },
      }),
    );
    const token = await asShop();
    expect((await must(ask(`${PATH}/both`, { token }))).json.components.monitors).toEqual(['shop']);
    await must(ask(`${PATH}/both`, { method: 'PATCH', token, body: { title: 'Ours' } }));
    expect((await must(ask(`${PATH}/both`))).json.components.monitors).toEqual(['bank', 'shop']);
  });
});

describe('a configuration', () => {
  test('creates, updates and deletes pages, applies nothing twice, and ends no access by being applied again', async () => {
    const pages = [
      { id: 'default', title: 'Acme', theme: 'dark' },
      { id: 'team', title: 'Team', access: ACCESS.password, host: PAGE_HOST },
    ];
    const first = await must(put({ statusPages: pages }));
    expect(first.json).toMatchObject({ created: 2, updated: 0, deleted: 0 });
    clock.now += 5;
    expect((await must(put({ statusPages: pages }))).json).toMatchObject({
      created: 0,
      updated: 0,
      deleted: 0,
    });
    const document = (await must(ask('/api/v1/configuration'))).json;
    expect(document.statusPages.map(({ id }: { id: string }) => id)).toEqual(['default', 'team']);
    expect((await must(put({ statusPages: document.statusPages }))).json).toMatchObject({ updated: 0 });
    const renamed = [
      { id: 'team', title: 'Team', access: ACCESS.password },
      { id: 'other', title: 'Other', host: PAGE_HOST },
    ];
    expect((await must(put({ statusPages: renamed }, '?dryRun'))).json.plan.statusPages).toEqual({
      ...{ create: ['other'], delete: ['default'] },
      update: [{ id: 'team', fields: ['host'] }],
    });
    expect((await must(put({ statusPages: renamed }))).json).toMatchObject({
      created: 1,
      updated: 1,
      deleted: 1,
    });
  });

  test('names the line of a mistake, and then applies nothing', async () => {
    const refused = await put({
      statusPages: [{ title: 'A' }, { title: 'B', components: { monitors: ['nowhere'] } }],
    });
    expect([refused.status, refused.json.errors[0].path]).toEqual([
      404,
      'statusPages[1].components.monitors[0]',
    ]);
    expect((await must(ask(PATH))).json.statusPages.length).toBe(1);
  });
});
