// A configuration whose outages would notify no channel says so: a new channel gets nothing until something names it.
import { beforeEach, expect, test } from 'vitest';
import { ask, empty, keepDefaultChannels, RECEIVER, SHOP } from '../../support/d1/http-mesh.ts';

await keepDefaultChannels();
beforeEach(empty);

const put = async (body: unknown, query = '') =>
  (await ask(`/api/v1/configuration${query}`, { method: 'PUT', body })).json;

test('monitors that no route, default channel or list notifies are listed, and no longer once one does', async () => {
  const channels = [{ ...RECEIVER, id: 'pager' }];
  const monitors = [SHOP, { ...SHOP, id: 'other', name: 'Other', channels: ['pager'] }];
  expect((await put({ monitors, channels })).unnotified).toEqual(['shop']);
  const routes = [{ id: 'all', name: 'All', steps: [{ channels: ['pager'] }] }];
  expect(await put({ routes })).not.toHaveProperty('unnotified');
  expect((await put({ routes: [] })).unnotified).toEqual(['shop']);
  expect(await put({ settings: { defaultChannels: ['pager'] } })).not.toHaveProperty('unnotified');
  expect((await put({ channels: [{ ...channels[0], enabled: false }] })).unnotified.sort()).toEqual([
    'other',
    'shop',
  ]);
});

test('a mesh without channels is not set up yet, so no monitor is listed', async () => {
  expect(await put({ monitors: [SHOP] })).not.toHaveProperty('unnotified');
});
