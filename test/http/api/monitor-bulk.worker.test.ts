// Many monitors changed at once: all or nothing, what a dry run promises, references, restrictions, and the audit log.
import { beforeEach, describe, expect, test } from 'vitest';
import { countD1 } from '../../support/d1/counted-d1.ts';
import { ask, bindings, createMonitor, empty, patch, post, RECEIVER } from '../../support/d1/http-mesh.ts';
import { keyOf } from '../../support/d1/keys.ts';

const BULK = '/api/v1/monitors/bulk';
const bulk = (body: object, query = '', options = {}) =>
  ask(`${BULK}${query}`, { method: 'POST', body, ...options });
const read = async (id: string) => (await ask(`/api/v1/monitors/${id}`)).json;
let known = 0;
/** The entries of the test. */
const audited = async () =>
  (
    await bindings.DB.prepare('select action, target_id as id from audit_entries where seq > ? order by seq')
      .bind(known)
      .all<{ action: string; id: string }>()
  ).results.map(({ action, id }) => `${action} ${id}`);

beforeEach(async () => {
  await empty();
  for (const table of ['audit_entries', 'audit_chain', 'api_keys'])
    await bindings.DB.prepare(`delete from ${table}`).run();
  for (const id of ['a', 'b', 'c'])
    await createMonitor({ id, name: id.toUpperCase(), tags: { team: 'shop' } });
  known = (await bindings.DB.prepare('select max(seq) as n from audit_entries').first<number>('n')) ?? 0;
});

const PAUSE = ['a', 'b'].map((id) => ({ id, patch: { paused: true } }));

describe('updates', () => {
  test('change all monitors in one commit, with an entry for each, in one chain', async () => {
    const { status, json } = await bulk({ updates: PAUSE });
    expect(status).toBe(200);
    expect(json).toMatchObject({ dryRun: false, updated: 2, unchanged: 0, refused: 0 });
    expect(json.monitors[0]).toMatchObject({
      ...{ id: 'a', outcome: 'updated', version: 2, before: { paused: false }, after: { paused: true } },
    });
    expect((await read('a')).paused && (await read('b')).paused).toBe(true);
    expect((await read('c')).paused).toBe(false);
    expect(await audited()).toEqual(['monitor.updated a', 'monitor.updated b']);
    const rows = await bindings.DB.prepare("select count(*) as n from journal where kind = 'change'").first(
      'n',
    );
    expect(rows).toBeGreaterThan(0);
    expect(json.auditEntries.last - json.auditEntries.first).toBe(1);
    const verification = await ask('/api/v1/audit-entries/verification');
    expect(verification.json).toMatchObject({ valid: true });
  });

  test('that change nothing write nothing', async () => {
    const { json } = await bulk({ updates: [{ id: 'a', patch: { paused: false } }] });
    expect(json).toMatchObject({ updated: 0, unchanged: 1, auditEntries: null });
    expect(json.monitors[0].version).toBe(1);
    expect(await audited()).toEqual([]);
  });

  test('with one that is refused change nothing, and each is named at its place', async () => {
    const updates = [...PAUSE, { id: 'c', patch: { channels: ['nowhere'] } }, { id: 'x', patch: {} }];
    const { status, json } = await bulk({ updates });
    expect(status).toBe(422);
    expect(json.errors.map(({ path }: { path: string }) => path)).toEqual([
      'updates[2].patch.channels[0]',
      'updates[3]',
    ]);
    expect(json.errors[0].pointer).toBe('/updates/2/patch/channels/0');
    expect((await read('a')).paused).toBe(false);
    expect(await audited()).toEqual([]);
  });

  test('change the others on request', async () => {
    const updates = [...PAUSE, { id: 'c', patch: { intervalSeconds: 61 } }];
    // The schema of the request refuses it as a whole.
    expect((await bulk({ updates }, '?skipRefused=true')).status).toBe(422);
    const wrong = [...PAUSE, { id: 'c', patch: { locations: ['aws:nowhere'] } }];
    const { status, json } = await bulk({ updates: wrong }, '?skipRefused=true');
    expect(status).toBe(200);
    expect(json).toMatchObject({ updated: 2, refused: 1 });
    expect(json.monitors[2].errors[0].path).toBe('locations[0]');
    expect((await read('a')).paused).toBe(true);
  });

  test('of monitors that depend on each other are validated together', async () => {
    const cycle = [
      { id: 'a', patch: { dependsOn: ['b'] } },
      { id: 'b', patch: { dependsOn: ['a'] } },
    ];
    const { status, json } = await bulk({ updates: cycle });
    expect(status).toBe(422);
    expect(json.errors[0].message).toContain('depend on itself');
    await patch('/api/v1/monitors/b', { dependsOn: ['a'] });
    const turned = [
      { id: 'a', patch: { dependsOn: ['b'] } },
      { id: 'b', patch: { dependsOn: [] } },
    ];
    expect((await bulk({ updates: turned })).status).toBe(200);
  });

  test('of another version are refused', async () => {
    await patch('/api/v1/monitors/a', { name: 'Other' });
    const { status, json } = await bulk({ updates: [{ id: 'a', version: 1, patch: { paused: true } }] });
    expect(status).toBe(412);
    expect(json.errors[0].message).toContain('has version 2, not 1');
  });

  test('a tag moves monitors into a window by tag', async () => {
    await post('/api/v1/silences', { name: 'Work', tags: ['stage:old'], monitors: [], durationMinutes: 60 });
    await bulk({ updates: ['a', 'b'].map((id) => ({ id, patch: { tags: { stage: 'old' } } })) });
    expect((await ask('/api/v1/monitors/a/explain')).json.suppressed).toMatchObject({ by: 'silence' });
  });
});

describe('a dry run', () => {
  test('changes nothing, and its revision applies exactly what it shows', async () => {
    const planned = await bulk({ updates: PAUSE }, '?dryRun=true');
    expect(planned.json).toMatchObject({ dryRun: true, updated: 2, auditEntries: null });
    expect((await read('a')).paused).toBe(false);
    const applied = await bulk({ updates: PAUSE }, `?revision=${planned.json.revision}`);
    expect(applied.status).toBe(200);
    expect((await read('a')).paused).toBe(true);
  });

  test('is outdated by a change of one of the monitors', async () => {
    const { revision } = (await bulk({ updates: PAUSE }, '?dryRun=true')).json;
    await patch('/api/v1/monitors/b', { name: 'Other' });
    const { status, json } = await bulk({ updates: PAUSE }, `?revision=${revision}`);
    expect(status).toBe(412);
    expect(json.detail).toContain('Repeat the dry run.');
    expect((await read('a')).paused).toBe(false);
  });
});

describe('deletes', () => {
  const all = (...ids: string[]) => ({ deletes: ids.map((id) => ({ id })) });

  test('of a parent with its child need no detach', async () => {
    await patch('/api/v1/monitors/b', { dependsOn: ['a'] });
    const refused = await bulk(all('a', 'c'));
    expect(refused.status).toBe(409);
    expect(refused.json.errors[0]).toMatchObject({ path: 'deletes[0]' });
    const { json } = await bulk(all('a', 'b'));
    expect(json.deleted).toBe(2);
    expect((await ask('/api/v1/monitors')).json.monitors).toHaveLength(1);
    expect((await audited()).slice(-2)).toEqual(['monitor.deleted a', 'monitor.deleted b']);
  });

  test('leave out what stays named, and what that names in turn', async () => {
    await patch('/api/v1/monitors/b', { dependsOn: ['a'] });
    await patch('/api/v1/monitors/c', { dependsOn: ['b'] });
    // b is named by c, so it stays, and so a is named by b.
    const { json } = await bulk(all('a', 'b'), '?dryRun=true');
    expect(json).toMatchObject({ deleted: 0, refused: 2 });
    const detached = await bulk(all('a', 'b'), '?detach=true');
    expect(detached.json.deleted).toBe(2);
    expect(detached.json.monitors[1].references).toMatchObject([{ kind: 'monitor', id: 'c' }]);
    expect((await read('c')).dependsOn).toEqual([]);
  });
});

describe('a restricted editor', () => {
  test('changes what is inside, and is told nothing of the rest', async () => {
    await createMonitor({ id: 'secret', name: 'Secret', tags: { team: 'web' } });
    const token = await keyOf('bulk-1', 'editor', ['team:shop']);
    const both = { updates: [{ id: 'secret', patch: { paused: true } }, ...PAUSE] };
    const { status, text } = await bulk(both, '', { token });
    expect(status).toBe(422);
    expect(text).not.toContain('Secret');
    const there = (await bulk({ updates: [{ id: 'secret', patch: {} }] }, '?dryRun=true', { token })).json;
    const nowhere = (await bulk({ updates: [{ id: 'nowhere', patch: {} }] }, '?dryRun=true', { token })).json;
    expect(JSON.stringify(there.monitors).replaceAll('secret', 'nowhere')).toBe(
      JSON.stringify(nowhere.monitors),
    );
    expect((await bulk({ updates: PAUSE }, '', { token })).status).toBe(200);
  });

  test('sees no id of a channel outside, and keeps it', async () => {
    await post('/api/v1/channels', { ...RECEIVER, tags: { team: 'web' } });
    await post('/api/v1/channels', { ...RECEIVER, id: 'shop', tags: { team: 'shop' } });
    await patch('/api/v1/monitors/a', { channels: ['on-call'] });
    const token = await keyOf('bulk-2', 'editor', ['team:shop']);
    const { json, text } = await bulk({ updates: [{ id: 'a', patch: { channels: ['shop'] } }] }, '', {
      token,
    });
    expect(json.monitors[0]).toMatchObject({ before: { channels: [] }, after: { channels: ['shop'] } });
    expect(text).not.toContain('on-call');
    expect((await read('a')).channels).toEqual(['shop', 'on-call']);
  });
});

test.each([
  [{}, 'Must have either updates or deletes.'],
  [{ updates: [{ id: 'a', patch: {} }], deletes: [{ id: 'a' }] }, 'Must have either updates or deletes.'],
  [{ updates: [] }, 'Must name at least one monitor.'],
  [{ deletes: [{ id: 'a' }, { id: 'a' }] }, 'Must not name a monitor twice.'],
  [
    { deletes: Array.from({ length: 1001 }, (_, n) => ({ id: `m${n}` })) },
    'Must have at most 1000 monitors.',
  ],
])('a body that is not valid is refused: %#', async (body, message) => {
  const { status, json } = await bulk(body);
  expect(status).toBe(422);
  expect(json.errors[0].message).toBe(message);
});

test('1,000 monitors are changed, and changed back, in few statements', async () => {
  const monitors = Array.from({ length: 1000 }, (_, n) => ({
    ...{ id: `m${n}`, name: `M ${n}`, check: { type: 'tcp', host: 'shop.example.com', port: 443 } },
    intervalSeconds: 60,
  }));
  const created = await ask('/api/v1/configuration?allowDelete=true', { method: 'PUT', body: { monitors } });
  expect(created.status).toBe(200);
  const counted = countD1(bindings.DB);
  const updates = monitors.map(({ id }) => ({ id, patch: { paused: true, tags: { stage: 'old' } } }));
  const { json } = await bulk({ updates }, '', { env: { DB: counted.db } });
  expect(json.updated).toBe(1000);
  expect(counted.take().length).toBeLessThan(60);
  const deletes = monitors.map(({ id }) => ({ id }));
  const deleted = await bulk({ deletes }, '', { env: { DB: counted.db } });
  expect(deleted.json.deleted).toBe(1000);
  expect(counted.take().length).toBeLessThan(60);
  expect((await ask('/api/v1/audit-entries/verification')).json).toMatchObject({ valid: true });
}, 60_000);
