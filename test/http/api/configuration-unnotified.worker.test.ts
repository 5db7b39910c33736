// A configuration whose outages would notify no channel says so: a new channel gets nothing until something names it.
import { beforeEach, expect, test } from 'vitest';
import { unnotifiedMonitors } from '../../../src/services/routes/unnotified-monitors.ts';
import { ask, bindings, empty, keepDefaultChannels, RECEIVER, SHOP } from '../../support/d1/http-mesh.ts';
import { limitedD1 } from '../../support/d1/limited-d1.ts';

await keepDefaultChannels();
beforeEach(empty);

const put = async (body: unknown, query = '') =>
  (await ask(`/api/v1/configuration${query}`, { method: 'PUT', body })).json;

/** What the health and `explain` show of the same. The status is the same as without it. */
const shown = async () => {
  const { status, unnotified, reasons } = (await ask('/api/v1/health')).json;
  expect([status, reasons]).toEqual(['ok', []]);
  const explained: string[] = [];
  for (const id of ['shop', 'other']) {
    const { why } = (await ask(`/api/v1/monitors/${id}/explain`)).json;
    if (why.endsWith('. An outage of this monitor notifies no channel.')) explained.push(id);
  }
  return { health: unnotified, explained };
};

test('monitors that no route, default channel or list notifies are listed, and no longer once one does', async () => {
  const channels = [{ ...RECEIVER, id: 'pager' }];
  const monitors = [SHOP, { ...SHOP, id: 'other', name: 'Other', channels: ['pager'] }];
  expect((await put({ monitors, channels })).unnotified).toEqual(['shop']);
  expect(await shown()).toEqual({ health: ['shop'], explained: ['shop'] });
  const routes = [{ id: 'all', name: 'All', steps: [{ channels: ['pager'] }] }];
  expect(await put({ routes })).not.toHaveProperty('unnotified');
  expect((await put({ routes: [] })).unnotified).toEqual(['shop']);
  expect(await put({ settings: { defaultChannels: ['pager'] } })).not.toHaveProperty('unnotified');
  expect(await shown()).toEqual({ health: [], explained: [] });
  expect((await put({ channels: [{ ...channels[0], enabled: false }] })).unnotified.sort()).toEqual([
    'other',
    'shop',
  ]);
});

test('one statement finds them, whatever routes match by', async () => {
  const tagged = { ...SHOP, id: 'tagged', name: 'Tagged', tags: { team: 'web' } };
  const grouped = { ...SHOP, id: 'grouped', name: 'Grouped', group: 'Web' };
  const steps = [{ channels: ['pager'] }];
  await put({
    channels: [{ ...RECEIVER, id: 'pager' }],
    monitors: [SHOP, tagged, grouped, { ...SHOP, id: 'paused', name: 'Paused', paused: true }],
    routes: [
      { id: 'tags', name: 'Tags', match: { tags: ['team:web'] }, steps },
      { id: 'groups', name: 'Groups', match: { groups: ['Web'] }, steps },
    ],
  });
  const { db, queries } = limitedD1(bindings.DB);
  expect(await unnotifiedMonitors(db, 0)).toEqual(['shop']);
  expect(await unnotifiedMonitors(db, 0, 'tagged')).toEqual([]);
  expect(queries()).toBe(2);
});

test('a mesh without channels is not set up yet, so no monitor is listed', async () => {
  expect(await put({ monitors: [SHOP] })).not.toHaveProperty('unnotified');
  expect((await ask('/api/v1/health')).json.unnotified).toEqual([]);
  expect((await ask('/api/v1/monitors/shop/explain')).json.why).not.toContain('notifies no channel');
});
