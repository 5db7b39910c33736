// Monitors that a person or a key with a restriction by tag creates, updates and deletes.
import { beforeEach, describe, expect, test } from 'vitest';
import { ask, clock, createMonitor, patch, post } from '../../support/d1/http-mesh.ts';
import { type asker, auditEntriesOf } from '../../support/d1/keys.ts';
import { BANK_TAGS as BANK, SHOP_TAGS as SHOP, twoTeams } from '../../support/d1/two-teams.ts';

let editor: ReturnType<typeof asker>;
beforeEach(async () => {
  ({ editor } = await twoTeams());
});

test('a restricted reader gets an explanation that does not name a maintenance of everything', async () => {
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

test('a restricted editor creates a monitor, which leaves one audit entry with the key as its actor', async () => {
  const before = await auditEntriesOf();
  const check = { type: 'tcp', host: 'new.example.com', port: 443 };
  const references = { dependsOn: ['cart'], channels: ['shop-hook'], tags: { ...SHOP, owner: 'ann' } };
  const created = await editor.post('/api/v1/monitors', {
    ...{ name: 'New', check, intervalSeconds: 60 },
    ...references,
  });
  expect([created.status, created.json.tags]).toEqual([201, references.tags]);
  const [entry, ...more] = (await auditEntriesOf()).slice(before.length);
  expect(more).toEqual([]);
  expect(entry).toMatchObject({
    ...{ action: 'monitor.created', actor: 'shop-editor', target: 'new', before: null },
    after: references,
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

  test('leaves "default" that is stored', async () => {
    await patch('/api/v1/monitors/shop', { channels: 'default' });
    expect((await change({ name: 'Renamed' })).status).toBe(200);
    expect((await change({ channels: null })).status).toBe(200);
    expect((await stored()).channels).toBe('default');
  });

  test('sets other tags, and does not see the monitor any more once an admin changes the tag that restricts', async () => {
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
