// Every path that can write something for subscribers writes a mailing in its transaction: people's updates and announcements,
// maintenance, and what probes measure. In workerd with real D1.
import { beforeEach, describe, expect, test } from 'vitest';
import { prune } from '../../../src/scheduler/prune.ts';
import { resealSecrets } from '../../../src/scheduler/reseal.ts';
import { DEFAULT_PAGE } from '../../../src/status-pages/model.ts';
import { mailingDeliveries, mailings, pruning, statusPages, subscribers } from '../../../src/store/schema.ts';
import {
  ask,
  bindings,
  clock,
  createMonitor,
  empty,
  patch,
  post,
  runUntilConfirmed,
} from '../../support/d1/http-mesh.ts';
import { createMailingHarness, type MailingHarness, orm } from '../../support/d1/mailing-harness.ts';

let harness: MailingHarness;
beforeEach(async () => {
  await empty();
  harness = await createMailingHarness(bindings.ENCRYPTION_KEY, bindings.PUBLIC_URL);
  harness.now = clock.now;
  await harness.addSubscriber('reader@example.org');
});

/** Subjects of what the subscriber got. */
async function got(): Promise<unknown[]> {
  clock.now += 1_000;
  harness.now = clock.now;
  await harness.drain();
  await harness.drain();
  expect(harness.problems).toEqual([]);
  return harness.accepted.map(({ body }) => body.subject);
}
const inAnHour = () => new Date(clock.now + 3_600_000).toISOString();
const maintenance = (more: object = {}) =>
  post('/api/v1/maintenances', {
    ...{
      id: 'upgrade',
      name: 'Upgrade',
      monitors: 'all',
      startsAt: inAnHour(),
      durationMinutes: 60,
      ...more,
    },
  });

describe('a maintenance', () => {
  test('that is created, changed, ended or deleted notifies if its author chooses it, once each', async () => {
    await maintenance({ notify: true });
    await patch('/api/v1/maintenances/upgrade', { durationMinutes: 90, notify: true });
    await patch('/api/v1/maintenances/upgrade', { startsAt: new Date(clock.now).toISOString() });
    clock.now += 60_000;
    await ask('/api/v1/maintenances/upgrade/end?notify=true', { method: 'POST' });
    await ask('/api/v1/maintenances/upgrade?notify=true', { method: 'DELETE' });
    expect((await got()).sort()).toEqual(
      ['Planned maintenance', 'Maintenance changed', 'Maintenance ended', 'Maintenance cancelled']
        .map((news) => `[Acme status] ${news}: Upgrade`)
        .sort(),
    );
  });

  test('without that choice notifies nobody, and a silence cannot choose it', async () => {
    await maintenance();
    await patch('/api/v1/maintenances/upgrade', { durationMinutes: 90 });
    await ask('/api/v1/maintenances/upgrade', { method: 'DELETE' });
    const silence = { name: 'Quiet', monitors: 'all', durationMinutes: 60 };
    expect((await post('/api/v1/silences', { ...silence, notify: true })).status).toBe(422);
    await post('/api/v1/silences', { ...silence, id: 'quiet' });
    expect((await ask('/api/v1/silences/quiet?notify=true', { method: 'DELETE' })).status).toBe(422);
    expect(await got()).toEqual([]);
  });

  test('of a private monitor alone reaches no reader of a public page', async () => {
    await createMonitor({ id: 'secret', public: false });
    await maintenance({ monitors: ['secret'], notify: true });
    expect(await got()).toEqual([]);
  });

  test('the choice is in the audit log', async () => {
    await maintenance({ notify: true });
    const entries = await ask('/api/v1/audit-entries?action=maintenance.created');
    expect(entries.json.auditEntries[0].after.notified).toBe(true);
  });
});

test('an update of a public incident and an announcement notify if their author chooses it', async () => {
  await createMonitor({ id: 'shop', name: 'Shop', public: true });
  const incident = {
    ...{
      title: 'Slow checkout',
      status: 'investigating',
      body: 'We look.',
      notify: true,
      state: 'published',
    },
    components: [{ component: 'monitor:shop', impact: 'partial' }],
  };
  const created = await post('/api/v1/public-incidents', incident);
  expect(created.status).toBe(201);
  const more = { status: 'resolved', body: 'Done.' };
  await post(`/api/v1/public-incidents/${created.json.id}/updates`, { ...more, notify: true });
  await post('/api/v1/announcements', { title: 'We move', body: 'Soon.', notify: true });
  await post('/api/v1/announcements', { title: 'Not for all', body: 'Soon.', notify: false });
  expect((await got()).sort()).toEqual([
    '[Acme status] Slow checkout – Investigating',
    '[Acme status] Slow checkout – Resolved',
    '[Acme status] We move',
  ]);
});

test('words that name no component reach only readers of the monitors that they are about', async () => {
  await createMonitor({ id: 'secret', name: 'Zebra', public: false });
  await createMonitor({ id: 'shop', name: 'Shop', public: true });
  await orm.delete(subscribers);
  await harness.addSubscriber('public@example.org');
  await harness.addPage({ id: 'team', access: { type: 'password' } });
  await harness.addSubscriber('team@example.org', { pageId: 'team' });
  await runUntilConfirmed(1, 6);
  const [measured] = (await ask('/api/v1/incidents')).json.incidents;
  const words = { title: 'Zebra is late', status: 'investigating', body: 'We look.', state: 'published' };
  const created = await post('/api/v1/public-incidents', {
    ...{ ...words, incidents: [measured.id], components: [], notify: true },
  });
  expect(created.status).toBe(201);
  await got();
  const mails = harness.accepted.filter(({ body }) => JSON.stringify(body).includes('is late'));
  expect(mails.map(({ to }) => to)).toEqual(['team@example.org']);
  expect(JSON.stringify(mails[0]?.body)).toContain('Affected services: Zebra (Major outage)');
});

describe('an outage that probes measure', () => {
  test('is a mailing in the commit that opens and ends it, and reaches subscribers where probes lead', async () => {
    await createMonitor({ id: 'shop', name: 'Shop', public: true });
    await runUntilConfirmed(1, 6);
    const [opened] = await orm.select().from(mailings);
    expect(opened).toMatchObject({ kind: 'incident' });
    expect(await got()).toEqual(['[Acme status] Shop: outage measured']);
    const config = { ...DEFAULT_PAGE.config, mailChannel: 'mail', lead: 'people' as const };
    await orm.update(statusPages).set({ config });
    // What was sent as open is ended.
    expect(await ask('/api/v1/monitors/shop', { method: 'DELETE' })).toMatchObject({ status: 204 });
    expect(await orm.select().from(mailings)).toHaveLength(2);
    expect(await got()).toHaveLength(1);
  });

  test('costs no row without a subscriber', async () => {
    await orm.delete(subscribers);
    await createMonitor({ id: 'shop', name: 'Shop', public: true });
    await runUntilConfirmed(1, 6);
    expect(await orm.select().from(mailings)).toEqual([]);
  });
});

test('a sign-up that was not confirmed, subscribers of a deleted page and old messages are deleted', async () => {
  await harness.addPage({ id: 'old' });
  await harness.addSubscriber('a@example.org', { pageId: 'old' });
  await harness.addSubscriber('b@example.org', { state: 'pending' });
  await harness.publish({ at: clock.now });
  await got();
  await orm.delete(pruning);
  const pruned = (now: number) => prune({ db: bindings.DB, comparedClock: () => Date.now() }, now);
  await pruned(clock.now + 2 * 86_400_000);
  expect(await orm.select().from(subscribers)).toHaveLength(3);
  await orm.delete(statusPages);
  await orm.delete(pruning);
  await pruned(clock.now + 4 * 86_400_000);
  expect(await orm.select().from(subscribers)).toMatchObject([{ pageId: 'default', state: 'active' }]);
  await orm.delete(pruning);
  await pruned(clock.now + 40 * 86_400_000);
  expect(await orm.select().from(mailingDeliveries)).toEqual([]);
});

test('after two rotations of the encryption key, addresses are readable and the link of an old mail still works', async () => {
  await harness.publish({ at: clock.now });
  await got();
  const link = String(harness.accepted[0]?.headers['List-Unsubscribe']).slice(1, -1);
  const keys = [bindings.ENCRYPTION_KEY, btoa('1'.repeat(32)), btoa('2'.repeat(32))];
  for (const [index, encryptionKey] of keys.slice(1).entries())
    await resealSecrets(bindings.DB, { encryptionKey, previousEncryptionKey: keys[index] });
  const env = { ENCRYPTION_KEY: keys[2]! };
  const path = link.slice(bindings.PUBLIC_URL.length);
  const page = await ask(path, { token: null, env });
  expect(page).toMatchObject({ status: 200 });
  expect(page.text).toContain('r…@example.org');
});
