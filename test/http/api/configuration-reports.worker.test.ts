// Report schedules in a configuration: with channels of the same document, without them, and what it deletes.
import { beforeEach, expect, test } from 'vitest';
import { ask, bindings, empty, post, RECEIVER } from '../../support/d1/http-mesh.ts';

const put = (body: object, query = '') => ask(`/api/v1/configuration${query}`, { method: 'PUT', body });
const REPORT = { name: 'Shop', period: 'month', channels: ['on-call'], scope: { tags: ['team:shop'] } };

beforeEach(async () => {
  await empty();
  await bindings.DB.prepare('delete from report_schedules').run();
});

test('a report schedule names a channel of the same document, is read back, and the same again changes nothing', async () => {
  const document = { channels: [RECEIVER], reportSchedules: [REPORT] };
  expect((await put(document)).json).toMatchObject({ created: 2, updated: 0 });
  const stored = (await ask('/api/v1/configuration')).json.reportSchedules;
  expect(stored).toMatchObject([{ id: 'shop', timeZone: 'UTC', enabled: true, tags: {} }]);
  expect((await put({ reportSchedules: stored })).json).toMatchObject({ created: 0, updated: 0, deleted: 0 });
  const plan = (await put({ reportSchedules: [{ ...REPORT, period: 'week' }] }, '?dryRun=true')).json.plan;
  expect(plan.reportSchedules.update).toEqual([{ id: 'shop', fields: ['period'] }]);
});

test('a channel that is not there, and two schedules with one id, are refused at their entries', async () => {
  const { status, json } = await put({ reportSchedules: [REPORT] });
  expect(status).toBe(404);
  expect(json.errors[0].path).toBe('reportSchedules[0].channels[0]');
  await post('/api/v1/channels', RECEIVER);
  const twice = await put({ reportSchedules: [REPORT, REPORT] });
  expect(twice.json.errors[0]).toMatchObject({ path: 'reportSchedules[1].name' });
  expect(twice.json.errors[0].message).toContain('reportSchedules[0]');
});

test('schedules that the document leaves out are deleted, but not many by mistake', async () => {
  await post('/api/v1/channels', RECEIVER);
  const names = ['A', 'B', 'C', 'D'];
  await put({ reportSchedules: names.map((name) => ({ ...REPORT, name })) });
  const refused = await put({ reportSchedules: [] });
  expect(refused.status).toBe(409);
  expect(refused.json.detail).toContain('4 of 4 report schedules');
  expect((await put({ reportSchedules: [] }, '?allowDelete')).json.deleted).toBe(4);
  expect((await ask('/api/v1/report-schedules')).json.reportSchedules).toEqual([]);
});
