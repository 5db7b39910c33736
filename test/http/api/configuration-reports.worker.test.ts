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

test('a document that deletes a channel which a stored schedule names is refused, and a detach leaves the schedule', async () => {
  const other = { ...RECEIVER, id: 'other', name: 'Other' };
  await put({
    channels: [RECEIVER, other],
    reportSchedules: [
      { ...REPORT, channels: ['on-call', 'other'] },
      { ...REPORT, name: 'Rest' },
    ],
  });
  const wanted = { channels: [other], settings: { defaultChannels: ['other'] } };
  const references = ['Rest', 'Shop'].map((name) => ({
    ...{ kind: 'report_schedule', id: name.toLowerCase(), name, field: 'channels' },
    effect: name === 'Rest' ? 'emptied' : 'detached',
  }));
  for (const query of ['', '?dryRun=true']) {
    const refused = await put(wanted, query);
    expect([refused.status, refused.json.references]).toEqual([409, references]);
    expect(refused.json.errors[0].message).toContain('"rest" names the channel "on-call"');
  }
  expect((await put(wanted, '?dryRun=true&detach=true')).json.references).toEqual(references);
  const detached = await put(wanted, '?detach=true');
  expect(detached.json.references).toEqual(references);
  const stored = (await ask('/api/v1/report-schedules')).json.reportSchedules;
  expect(stored.map(({ channels }: { channels: string[] }) => channels)).toEqual([[], ['other']]);
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
