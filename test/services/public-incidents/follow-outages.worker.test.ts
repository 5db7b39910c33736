// What a tick does for readers while outages begin, last and end: drafts, publication after a time, and words for the end.
import { beforeEach, expect, test } from 'vitest';
import { followOutages } from '../../../src/services/public-incidents/follow-outages.ts';
import type { Lead } from '../../../src/status-pages/model.ts';
import { auditTrail, emptyAccess } from '../../support/d1/access.ts';
import { failingD1 } from '../../support/d1/failing-d1.ts';
import {
  ask,
  bindings,
  clock,
  createMonitor,
  empty,
  post,
  RECEIVER,
  runUntilConfirmed,
} from '../../support/d1/http-mesh.ts';
import { recordD1 } from '../../support/d1/recorded-d1.ts';
import { addPageRow, emptyWords, mailings } from '../../support/d1/words.ts';

const PATH = '/api/v1/public-incidents';
const MINUTE = 60_000;
const { DB } = bindings;
const keys = { encryptionKey: bindings.ENCRYPTION_KEY };

beforeEach(async () => {
  await empty();
  await emptyAccess();
  await emptyWords();
});

const follow = (db: D1Database = DB) => followOutages({ db, ...keys }, clock.now);

const addPage = (id: string, lead: Lead, publishAfterMinutes = 5) =>
  addPageRow(id, { config: { lead, publishAfterMinutes } });

// biome-ignore lint/suspicious/noExplicitAny: tests read fields of the response.
const list = async (): Promise<any[]> => (await ask(PATH)).json.publicIncidents;
const down = (monitor = 1) => runUntilConfirmed(monitor, 6);
const up = (monitor = 1) => runUntilConfirmed(monitor, 0);
const entriesOf = async (prefix: string) => (await auditTrail()).filter((entry) => entry.startsWith(prefix));

test.each(['probes', 'people'] as const)('on a page where %s lead, an outage opens nothing', async (lead) => {
  await addPage('shop-page', lead);
  await createMonitor();
  await down();
  expect(await follow()).toBe(false);
  expect(await list()).toEqual([]);
});

test('an outage opens one draft, however many ticks follow it at once, and the draft stays one', async () => {
  await addPage('shop-page', 'draft');
  await createMonitor({ tags: { team: 'shop' } });
  await down();
  const [measured] = (await ask('/api/v1/incidents')).json.incidents;
  await Promise.all([follow(), follow(), follow()]);
  await follow();
  const drafts = await list();
  expect(drafts).toHaveLength(1);
  expect(drafts[0]).toMatchObject({
    ...{ id: `pub_${measured.id}`, title: 'Outage: Web shop', state: 'draft', origin: 'probes' },
    ...{ startedAt: measured.startedAt, incidents: [measured.id], tags: { team: 'shop' } },
    components: [{ component: 'monitor:shop', impact: 'major' }],
  });
  expect(await entriesOf('public_incident')).toEqual(['public_incident.created by probemesh']);
  expect(await mailings()).toEqual([]);
});

test('a private monitor opens nothing for a public page', async () => {
  await addPage('shop-page', 'draft');
  await createMonitor({ public: false });
  await down();
  await follow();
  expect(await list()).toEqual([]);
});

test('an outage in a maintenance opens nothing until it outlasts the maintenance', async () => {
  await addPage('shop-page', 'draft');
  await createMonitor();
  const window = { name: 'Work', monitors: ['shop'], durationMinutes: 30 };
  await post('/api/v1/maintenances', { ...window, startsAt: new Date(clock.now).toISOString() });
  await down();
  await follow();
  expect(await list()).toEqual([]);
  clock.now += 31 * MINUTE;
  await down();
  await follow();
  expect(await list()).toHaveLength(1);
});

test('a draft whose outage ends proposes an update, and the coordinator publishes nothing', async () => {
  await addPage('shop-page', 'draft');
  await createMonitor();
  await down();
  await follow();
  await up();
  clock.now += 20 * MINUTE;
  await follow();
  expect(await list()).toMatchObject([
    { state: 'draft', resolvedAt: null, proposedUpdate: { status: 'resolved' } },
  ]);
  expect(await mailings()).toEqual([]);
  clock.now += 8 * 86_400_000;
  await follow();
  expect(await list()).toEqual([]);
  expect(await entriesOf('public_incident.discarded')).toHaveLength(1);
});

test('a discarded draft stays discarded while its outage lasts', async () => {
  await addPage('shop-page', 'draft');
  await createMonitor();
  await down();
  await follow();
  const [draft] = await list();
  expect((await ask(`${PATH}/${draft.id}`, { method: 'DELETE' })).status).toBe(204);
  await follow();
  expect(await list()).toEqual([]);
});

test('an outage that lasts is published after the minutes of the page, once, and its end is written', async () => {
  await post('/api/v1/channels', RECEIVER);
  await addPage('shop-page', 'delayed', 10);
  await createMonitor();
  await down();
  await follow();
  clock.now += 5 * MINUTE;
  await follow();
  expect(await list()).toMatchObject([{ state: 'draft' }]);
  clock.now += 5 * MINUTE;
  await Promise.all([follow(), follow()]);
  await follow();
  const [published] = await list();
  expect(published).toMatchObject({ state: 'published', pages: ['shop-page'], status: 'investigating' });
  expect(await mailings()).toEqual([`update_${published.id}_opened_shop-page`]);
  await up();
  await follow();
  expect(await list()).toMatchObject([{ status: 'investigating' }]);
  clock.now += 3 * MINUTE;
  await follow();
  await follow();
  const [ended] = await list();
  const [measured] = (await ask('/api/v1/incidents')).json.incidents;
  expect(ended).toMatchObject({ status: 'resolved', impact: 'operational', resolvedAt: measured.resolvedAt });
  expect(await mailings()).toHaveLength(2);
  const { deliveries } = (await ask('/api/v1/deliveries?channel=on-call')).json;
  const updated = deliveries.filter((one: { event: string }) => one.event === 'incident.updated');
  expect(updated).toHaveLength(1);
});

test('an outage that ends before the minutes of the page is never published, and its draft goes', async () => {
  await addPage('shop-page', 'delayed', 5);
  await createMonitor();
  await down();
  await follow();
  await up();
  clock.now += 10 * MINUTE;
  await follow();
  expect(await list()).toMatchObject([{ state: 'draft' }]);
  clock.now += 6 * MINUTE;
  await follow();
  expect(await list()).toEqual([]);
  expect(await mailings()).toEqual([]);
});

test('an outage that returns soon continues its public incident', async () => {
  await addPage('shop-page', 'delayed', 0);
  await createMonitor();
  await down();
  await follow();
  await follow();
  await up();
  clock.now += 3 * MINUTE;
  await follow();
  await down();
  await follow();
  const incidents = await list();
  expect(incidents).toHaveLength(1);
  expect(incidents[0]).toMatchObject({ resolvedAt: null, impact: 'major' });
  expect(incidents[0].incidents).toHaveLength(2);
  expect(incidents[0].updates.map((one: { status: string }) => one.status)).toEqual([
    ...['investigating', 'resolved', 'investigating'],
  ]);
});

test('what a person took over is on every page, and the coordinator does not resolve it', async () => {
  await addPage('shop-page', 'delayed', 0);
  await createMonitor();
  await down();
  await follow();
  await follow();
  const [published] = await list();
  const written = { status: 'identified', body: 'A full disk.', notify: true };
  const { json } = await post(`${PATH}/${published.id}/updates`, written);
  expect(json).toMatchObject({ pages: 'all', status: 'identified' });
  await up();
  clock.now += 30 * MINUTE;
  await follow();
  expect(await list()).toMatchObject([{ status: 'identified', proposedUpdate: { status: 'resolved' } }]);
});

test('a person and a tick that publish at once send readers one message', async () => {
  await addPage('shop-page', 'delayed', 0);
  await createMonitor();
  await down();
  await follow();
  const [draft] = await list();
  const [, person] = await Promise.all([follow(), post(`${PATH}/${draft.id}/publish`, { notify: true })]);
  await follow();
  expect([200, 409]).toContain(person.status);
  expect(await list()).toMatchObject([
    { state: 'published', pages: person.status === 200 ? 'all' : ['shop-page'] },
  ]);
  expect(await mailings()).toHaveLength(1);
  expect(await entriesOf('public_incident.published')).toHaveLength(1);
});

test('each page has its own minutes, and a page where people publish never shows what the coordinator published', async () => {
  await addPage('fast', 'delayed', 1);
  await addPage('slow', 'delayed', 10);
  await addPage('people', 'draft');
  await createMonitor();
  await down();
  await follow();
  clock.now += 2 * MINUTE;
  await follow();
  expect(await list()).toMatchObject([{ pages: ['fast'] }]);
  clock.now += 9 * MINUTE;
  await follow();
  expect(await list()).toMatchObject([{ pages: ['fast', 'slow'] }]);
  expect((await mailings()).map((id) => id.split('_').at(-1))).toEqual(['fast', 'slow']);
});

test('outages of one group that begin together are one draft, which names none of them in its texts', async () => {
  await addPage('shop-page', 'draft');
  for (const id of ['cart', 'pay', 'blog'])
    await createMonitor({ id, name: `Secret ${id}`, group: id === 'blog' ? null : 'Shop' });
  await down(1);
  await follow();
  await down(2);
  await down(3);
  await follow();
  const drafts = await list();
  expect(drafts.map(({ title }) => title).toSorted()).toEqual(['Outage: Secret blog', 'Outage: Shop']);
  const shop = drafts.find(({ title }) => title === 'Outage: Shop');
  expect(shop.components.map((one: { component: string }) => one.component)).toEqual([
    'monitor:cart',
    'monitor:pay',
  ]);
  expect(JSON.stringify(shop)).not.toContain('Secret');
});

test('an incident of people that names the monitor takes its outage', async () => {
  await addPage('shop-page', 'draft');
  await createMonitor();
  const own = { title: 'Checkout is slow', body: 'We look into it.', notify: false };
  await post(PATH, { ...own, components: [{ component: 'monitor:shop', impact: 'degraded' }] });
  await down();
  await follow();
  await follow();
  const incidents = await list();
  expect(incidents).toHaveLength(1);
  expect(incidents[0]).toMatchObject({ title: 'Checkout is slow', impact: 'degraded' });
  expect(incidents[0].incidents).toHaveLength(1);
  expect(incidents[0].updates).toHaveLength(1);
});

test('templates replace the words of the coordinator', async () => {
  await addPage('shop-page', 'draft');
  const template = { id: 'outage-opened', name: 'Opened', title: 'Störung: {name}', body: 'Wir sehen nach.' };
  await post('/api/v1/update-templates', template);
  await createMonitor();
  await down();
  await follow();
  expect(await list()).toMatchObject([
    { title: 'Störung: Web shop', updates: [{ body: 'Wir sehen nach.', by: 'probemesh' }] },
  ]);
});

test('an announcement that notifies is mailed once, when it begins', async () => {
  const startsAt = new Date(clock.now + 10 * MINUTE).toISOString();
  const words = { title: 'Moved', body: 'Addresses change.', notify: true };
  const { json } = await post('/api/v1/announcements', { ...words, startsAt });
  await follow();
  expect(await mailings()).toEqual([]);
  clock.now += 10 * MINUTE;
  await follow();
  await follow();
  await ask(`/api/v1/announcements/${json.id}`, { method: 'PATCH', body: { title: 'We moved' } });
  expect(await mailings()).toEqual([`announcement_${json.id}`]);
});

test('a tick with nothing to follow costs one statement', async () => {
  await createMonitor();
  await down();
  const recorded = recordD1(DB);
  await follow(recorded.db);
  expect(recorded.take()).toHaveLength(1);
});

test('a tick that D1 fails at any request leaves what the next one continues: one incident, one mailing', async () => {
  await addPage('shop-page', 'delayed', 0);
  await createMonitor();
  await down();
  for (let failing = 1; failing <= 40; failing += 1) {
    const d1 = failingD1(DB, failing);
    await follow(d1.db);
    if (d1.count() < failing) break;
  }
  await follow();
  await follow();
  const incidents = await list();
  expect(incidents).toMatchObject([{ state: 'published', pages: ['shop-page'] }]);
  expect(await mailings()).toEqual([`update_${incidents[0].id}_opened_shop-page`]);
  expect(await entriesOf('public_incident')).toEqual([
    'public_incident.created by probemesh',
    'public_incident.published by probemesh',
  ]);
});
