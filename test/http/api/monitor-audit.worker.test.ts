// What changes of monitors, configurations, the state and check runs leave in the audit log: one entry each, no secret.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  ask,
  bindings,
  createMonitor,
  empty,
  patch,
  post,
  RECEIVER,
  SHOP,
} from '../../support/d1/http-mesh.ts';
import { asker, auditEntriesOf, type Entry, forgetKeys, keyOf } from '../../support/d1/keys.ts';

const VALUE = 'canary 7f3e9a';
const HTTP = {
  type: 'http',
  url: 'https://shop.example.com/health',
  headers: { authorization: 'Bearer {{token}}' },
  secrets: { token: VALUE },
};

let seen = 0;
beforeEach(async () => {
  await empty();
  await forgetKeys();
  seen = 0;
});
afterEach(() => vi.restoreAllMocks());

/** The entries since the last call. */
async function newEntries(): Promise<Entry[]> {
  const entries = await auditEntriesOf();
  const taken = entries.slice(seen);
  seen = entries.length;
  return taken;
}

async function noSecretIsStored(): Promise<void> {
  const { results } = await bindings.DB.prepare('select * from audit_entries').all();
  expect(JSON.stringify(results)).not.toContain(VALUE);
}

describe('a monitor', () => {
  test('that is created, updated and deleted leaves one entry each', async () => {
    await createMonitor();
    await patch('/api/v1/monitors/shop', { name: 'Renamed', tags: { team: 'shop' } });
    await ask('/api/v1/monitors/shop', { method: 'DELETE' });
    const [created, updated, deleted, ...more] = await newEntries();
    expect(more).toEqual([]);
    expect(created).toMatchObject({
      ...{ action: 'monitor.created', actor: 'bootstrap', target: 'shop', before: null },
      after: { id: 'shop', name: 'Web shop', check: { port: 443 }, channels: 'default' },
    });
    expect(updated).toMatchObject({
      action: 'monitor.updated',
      before: { name: 'Web shop', tags: {} },
      after: { name: 'Renamed', tags: { team: 'shop' } },
    });
    expect(Object.keys(updated!.after)).toEqual(['name', 'tags']);
    expect(deleted).toMatchObject({ action: 'monitor.deleted', before: { name: 'Renamed' }, after: null });
  });

  test('that is deleted with `detach` leaves one entry, which lists the references', async () => {
    await createMonitor();
    await createMonitor({ id: 'child', dependsOn: ['shop'] });
    await newEntries();
    await ask('/api/v1/monitors/shop?detach=true', { method: 'DELETE' });
    const entries = await newEntries();
    expect(entries).toHaveLength(1);
    expect(entries[0]!.before.references).toMatchObject([{ id: 'child', field: 'dependsOn' }]);
  });

  test('whose update changes nothing leaves no entry, and keeps its version', async () => {
    const created = await createMonitor();
    await newEntries();
    for (const body of [{}, { name: SHOP.name, check: { port: 443 }, tags: {}, public: true }]) {
      const updated = await patch('/api/v1/monitors/shop', body);
      expect([updated.status, updated.json, updated.headers.get('etag')]).toEqual([200, created.json, '"1"']);
    }
    expect(await newEntries()).toEqual([]);
  });

  test.each([
    ['an invalid update', 'PATCH', '/api/v1/monitors/shop', { intervalSeconds: 7 }],
    ['an update of an unknown location', 'PATCH', '/api/v1/monitors/shop', { locations: ['aws:moon-1'] }],
    ['an unknown monitor', 'DELETE', '/api/v1/monitors/nothing', undefined],
    ['an id that is taken', 'POST', '/api/v1/monitors', SHOP],
  ])('%s leaves no entry', async (_, method, path, body) => {
    await createMonitor();
    await newEntries();
    const { status } = await ask(path, { method, ...(body ? { body } : {}) });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(await newEntries()).toEqual([]);
  });

  test('whose secret alone changes leaves an entry with its name, never with its value', async () => {
    await createMonitor({ check: HTTP });
    await patch('/api/v1/monitors/shop', { check: { secrets: { token: `${VALUE} 2` } } });
    const [, updated] = await newEntries();
    expect([updated!.before, updated!.after]).toEqual([{}, { writtenSecrets: ['token'] }]);
    await noSecretIsStored();
  });

  test('written twice at once leaves two entries that follow each other', async () => {
    await createMonitor();
    await newEntries();
    await Promise.all([
      patch('/api/v1/monitors/shop', { name: 'One' }),
      patch('/api/v1/monitors/shop', { name: 'Two' }),
    ]);
    const [first, second, ...more] = await newEntries();
    expect(more).toEqual([]);
    expect(first!.before.name).toBe('Web shop');
    expect(second!.before.name).toBe(first!.after.name);
  });
});

describe('a configuration', () => {
  const put = (body: object, query = '', headers = {}) =>
    ask(`/api/v1/configuration${query}`, { method: 'PUT', body, headers });
  const monitors = [SHOP, { ...SHOP, id: 'cart', name: 'Cart', check: HTTP }];

  test('leaves one entry with everything that differs, and the file that it came from', async () => {
    await createMonitor({ id: 'old', name: 'Old' });
    await createMonitor({ name: 'Shop' });
    await newEntries();
    const headers = { 'probemesh-file': encodeURIComponent('läden.yaml') };
    const { status } = await put({ monitors, channels: [RECEIVER] }, '?allowDelete=true', headers);
    expect(status).toBe(200);
    const entries = await newEntries();
    expect(entries).toHaveLength(1);
    expect(entries[0]).toMatchObject({
      ...{ action: 'configuration.applied', actor: 'bootstrap', file: 'läden.yaml' },
      before: { monitors: { old: { name: 'Old' }, shop: { name: 'Shop' } } },
      after: {
        monitors: { shop: { name: 'Web shop' }, cart: { check: { secrets: { token: null } } } },
        channels: { 'on-call': { name: 'On call', enabled: true } },
      },
    });
    expect(Object.keys(entries[0]!.after.monitors.shop)).toEqual(['name']);
    await noSecretIsStored();
    expect(JSON.stringify(entries)).not.toContain(RECEIVER.config.secret);
  });

  test('that is applied again leaves no entry and no journal row', async () => {
    await put({ monitors, channels: [RECEIVER] });
    await newEntries();
    const rows = () => bindings.DB.prepare('select count(*) as rows from journal').first('rows');
    const before = await rows();
    const { status, json } = await put({ monitors, channels: [RECEIVER] });
    expect([status, json]).toEqual([200, { created: 0, updated: 0, deleted: 0 }]);
    expect([await newEntries(), await rows()]).toEqual([[], before]);
  });

  test.each([
    ['a dry run', { monitors }, '?dryRun'],
    ['an invalid document', { monitors: [{ ...SHOP, dependsOn: ['nothing'] }] }, ''],
    ['a document that deletes too much', { channels: [] }, ''],
  ])('%s leaves no entry', async (_, body, query) => {
    await post('/api/v1/channels', RECEIVER);
    await newEntries();
    await put(body, query);
    expect(await newEntries()).toEqual([]);
  });

  test('whose channel has another secret only leaves an entry that says so', async () => {
    await put({ channels: [RECEIVER] });
    await newEntries();
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    await put({ channels: [{ ...RECEIVER, config: { ...RECEIVER.config, secret } }] });
    const entries = await newEntries();
    expect(entries).toHaveLength(1);
    expect(JSON.stringify(entries)).not.toContain(secret);
  });

  test('of an editor cannot change a tag that restricts, and is for callers without a restriction', async () => {
    await createMonitor({ tags: { team: 'shop' } });
    const restricted = asker(await keyOf('shop-editor', 'editor', ['team:shop']));
    const editor = asker(await keyOf('any-editor', 'editor'));
    const document = { monitors: [{ ...SHOP, tags: { team: 'bank' } }] };
    const { status, json } = await editor.put('/api/v1/configuration', document);
    expect([status, json.errors[0].path]).toEqual([403, 'monitors[0].tags.team']);
    expect((await restricted.put('/api/v1/configuration', document)).status).toBe(403);
    expect((await restricted.get('/api/v1/configuration')).status).toBe(403);
    expect((await put(document)).status).toBe(200);
  });
});

describe('a check run', () => {
  const limitless = { limit: async () => ({ success: true }) } as RateLimit;
  const run = (body: object, token = 'test-token') =>
    ask('/api/v1/check', { method: 'POST', body, token, env: { CHECK_LIMIT: limitless } });
  const LOCATIONS = ['aws:eu-central-1'];

  test('leaves one entry with the check and without its secrets', async () => {
    const spy = vi.spyOn(globalThis, 'fetch').mockRejectedValue(new Error('no network'));
    expect((await run({ check: HTTP, locations: LOCATIONS })).status).toBe(200);
    expect(spy).toHaveBeenCalled();
    const entries = await newEntries();
    expect(entries).toMatchObject([
      {
        action: 'check_run.started',
        after: { check: { url: HTTP.url, secrets: { token: null } }, locations: LOCATIONS },
      },
    ]);
    await noSecretIsStored();
  });

  test('that is refused leaves no entry', async () => {
    expect((await run({ check: { ...HTTP, secrets: { token: null } }, locations: LOCATIONS })).status).toBe(
      422,
    );
    expect(await newEntries()).toEqual([]);
  });

  test('with the secrets of a monitor outside is refused like one of an unknown monitor', async () => {
    await createMonitor({ id: 'ledger', check: HTTP, tags: { team: 'bank' } });
    const token = await keyOf('shop-editor', 'editor', ['team:shop']);
    const check = { ...HTTP, secrets: { token: null } };
    const outside = await run({ check, locations: LOCATIONS, monitor: 'ledger' }, token);
    const unknown = await run({ check, locations: LOCATIONS, monitor: 'nothing' }, token);
    expect([outside.status, outside.json.errors[0].path]).toEqual([404, 'monitor']);
    expect([unknown.status, unknown.text.replaceAll('nothing', 'ledger')]).toEqual([404, outside.text]);
  });
});

describe('a rebuild of the state', () => {
  test('that repairs something leaves one entry, and one that finds nothing leaves none', async () => {
    await createMonitor();
    await newEntries();
    await post('/api/v1/state/rebuild', {});
    expect(await newEntries()).toEqual([]);
    await bindings.DB.prepare("update snapshots set data = '' where id = 0").run();
    expect((await post('/api/v1/state/rebuild', {})).json.rebuilt).toBe(true);
    expect(await newEntries()).toMatchObject([
      { action: 'state.rebuilt', actor: 'bootstrap', after: { lostRows: 0, reasons: [{}] } },
    ]);
  });
});
