// A status page as one value: what probes see and what people say, for the components of the page and no others.
import { beforeEach, describe, expect, test } from 'vitest';
import { DEFAULT_PAGE, type StatusPage } from '../../../src/status-pages/model.ts';
import { insertAnnouncement } from '../../../src/store/announcements.ts';
import { runBatch } from '../../../src/store/database.ts';
import { bindings, clock, createMonitor, post, runUntilConfirmed } from '../../support/d1/http-mesh.ts';
import { componentOf, emptyPages, load, pageWith, publish } from '../../support/d1/status-pages.ts';

const DAY = 86_400_000;
const iso = (ms: number): string => new Date(ms).toISOString();

beforeEach(emptyPages);

async function shopAndMail(): Promise<void> {
  await createMonitor({ id: 'shop', name: 'Web shop', group: 'Shop', tags: { team: 'web' } });
  await createMonitor({ id: 'mail', name: 'Mail', public: false });
  await runUntilConfirmed(1, 0);
  await runUntilConfirmed(2, 0);
}

const restricted: Partial<StatusPage> = { access: { type: 'password' } };

test('a page names its monitors in groups, when they were checked, and from which cities', async () => {
  await shopAndMail();
  const view = await load();
  expect(view).toMatchObject({ state: 'operational', locationCount: 6, hidden: 1, stale: false });
  expect(view.groups.map(({ name, ref, state }) => [name, ref, state])).toEqual([
    ['Shop', 'group:Shop', 'operational'],
  ]);
  expect(view.locationNames).toMatchObject({ 'aws:eu-central-1': 'Frankfurt', 'aws:sa-east-1': 'São Paulo' });
  expect(view.checkedAt).toBeGreaterThan(clock.now - 180_000);
  expect(view.checkedAt).toBeLessThanOrEqual(clock.now);
  expect(view.since).toBe(componentOf(view, 'monitor:shop')!.monitor!.since);
  expect(view.url).toBe('https://status.test');
});

test('a partial monitor names the locations from which it fails', async () => {
  await createMonitor();
  await runUntilConfirmed(1, 0);
  await runUntilConfirmed(1, 2);
  const view = await load();
  const { failingLocations, state } = componentOf(view, 'monitor:shop')!;
  expect([state, view.state]).toEqual(['partial_outage', 'partial_outage']);
  expect(failingLocations.map((id) => view.locationNames[id])).toEqual(['Northern Virginia', 'Oregon']);
});

describe('which components a page has', () => {
  const none = { monitors: [], groups: [], tags: [], static: [] };

  test.each([
    ['everything', { ...none, monitors: 'all' as const }, ['monitor:shop']],
    ['a list of monitors', { ...none, monitors: ['shop', 'mail', 'unknown'] }, ['monitor:shop']],
    ['a group', { ...none, groups: ['Shop'] }, ['monitor:shop']],
    ['the name of a tag', { ...none, tags: ['team'] }, ['monitor:shop']],
    ['the value of a tag', { ...none, tags: ['team:web'] }, ['monitor:shop']],
    ['another value of a tag', { ...none, tags: ['team:webs', 'tea'] }, []],
    ['nothing', none, []],
  ])('a public page of %s shows its public monitors only', async (_, components, refs) => {
    await shopAndMail();
    const view = await load(pageWith({ components }));
    expect(view.groups.flatMap((group) => group.components).map(({ ref }) => ref)).toEqual(refs);
    expect(JSON.stringify(view)).not.toContain('Mail');
  });

  test('a page with an access rule shows every monitor that it selects, and its incidents', async () => {
    await shopAndMail();
    await runUntilConfirmed(2, 6);
    const page = pageWith({ components: { ...none, monitors: ['mail'] } }, restricted);
    const view = await load(page);
    expect(view).toMatchObject({ state: 'major_outage', hidden: 0, incidents: [{ title: 'Mail' }] });
    expect(JSON.stringify({ ...view, page: null })).not.toContain('shop');
    expect((await load()).incidents).toEqual([]);
  });

  test('a component that no probe checks has the state that people give it', async () => {
    const components = {
      ...none,
      static: [{ id: 'phone', name: 'Phone', description: 'Our hotline', group: 'Shop' }],
    };
    const page = pageWith({ components });
    expect((await load(page)).state).toBe('operational');
    await publish({ components: [{ component: 'static:phone', impact: 'partial' }] });
    const view = await load(page);
    expect(view).toMatchObject({ state: 'partial_outage', locationCount: 0, checkedAt: null });
    expect(componentOf(view, 'static:phone')).toMatchObject({
      ...{ said: 'partial', monitor: null, bars: [], uptime: null, description: 'Our hotline' },
    });
  });

  test('groups are in the order of the page, then by name, and closed only while all is well', async () => {
    for (const [number, group] of ['Web', 'Mail', 'DNS'].entries()) {
      await createMonitor({ id: `m${number}`, name: group, group, intervalSeconds: 600 });
      await runUntilConfirmed(number + 1, 0);
    }
    const components = { ...none, monitors: 'all' as const, groups: ['Web'] };
    const page = pageWith({ components, collapsedGroups: ['Web', 'DNS'] });
    const groups = async () => (await load(page)).groups.map(({ name, collapsed }) => [name, collapsed]);
    expect(await groups()).toEqual([
      ['Web', true],
      ['DNS', true],
      ['Mail', false],
    ]);
    await publish({ components: [{ component: 'group:DNS', impact: 'degraded' }] });
    expect((await groups())[1]).toEqual(['DNS', false]);
  });
});

describe('what people say', () => {
  test('it colours row, group and page, and makes nothing better', async () => {
    await createMonitor({ id: 'shop', name: 'Web shop', group: 'Shop' });
    await createMonitor({ id: 'mail', name: 'Mail' });
    await runUntilConfirmed(1, 0);
    await runUntilConfirmed(2, 6);
    await publish({
      components: [
        { component: 'monitor:shop', impact: 'degraded' },
        { component: 'monitor:mail', impact: 'operational' },
      ],
    });
    const view = await load();
    expect(componentOf(view, 'monitor:shop')).toMatchObject({
      ...{ said: 'degraded', state: 'degraded', monitor: { verdict: 'up' } },
    });
    expect(componentOf(view, 'monitor:mail')).toMatchObject({ said: 'operational', state: 'major_outage' });
    expect(view.groups.map(({ state }) => state)).toEqual(['major_outage', 'degraded']);
    expect(view.state).toBe('major_outage');
    expect(view.incidents.map(({ title, sources }) => [title, sources])).toEqual([
      ['Checkout is slow', ['people']],
      ['Mail', ['probes']],
    ]);
  });

  test('a maintenance hides no outage of which people say that it is one', async () => {
    await createMonitor();
    await runUntilConfirmed(1, 0);
    const work = { id: 'work', name: 'Work', monitors: 'all' };
    await post('/api/v1/maintenances', { ...work, startsAt: iso(clock.now), endsAt: iso(clock.now + DAY) });
    expect(await load()).toMatchObject({ state: 'maintenance', since: clock.now });
    await publish({
      startedAt: clock.now - 5_000,
      components: [{ component: 'monitor:shop', impact: 'major' }],
    });
    expect(await load()).toMatchObject({ state: 'major_outage', since: clock.now - 5_000 });
  });

  test('a draft, a discarded incident and one of another page or component are not shown', async () => {
    await shopAndMail();
    await publish({ id: 'draft', state: 'draft' });
    await publish({ id: 'discarded', state: 'discarded' });
    await publish({ id: 'other-page', pages: ['us'] });
    await publish({ id: 'other', components: [{ component: 'monitor:mail', impact: 'major' }] });
    await publish({ id: 'ended', startedAt: clock.now - 40 * DAY, resolvedAt: clock.now - 15 * DAY });
    expect(await load()).toMatchObject({ state: 'operational', incidents: [] });
    await publish({ id: 'own', components: [{ component: 'monitor:shop', impact: 'operational' }] });
    expect((await load()).incidents.map(({ id }) => id)).toEqual(['own']);
  });

  test('of an incident about several pages, a page names its own components only, and no author', async () => {
    await shopAndMail();
    const both = [
      { component: 'monitor:shop', impact: 'degraded' },
      { component: 'monitor:mail', impact: 'major' },
    ] as const;
    await publish({ components: [...both] }, [{ components: [...both] }]);
    const view = await load();
    expect(view.state).toBe('degraded');
    expect(JSON.stringify(view)).not.toMatch(/monitor:mail|Secret|person_secret/);
    expect(view.incidents[0]).toMatchObject({ impact: 'degraded', updates: [{ components: [both[0]] }] });
  });

  test('where people lead, probes colour the row, and only what people wrote is an incident', async () => {
    await createMonitor();
    await runUntilConfirmed(1, 0);
    await runUntilConfirmed(1, 6);
    const view = await load(pageWith({ lead: 'people' }));
    expect(view).toMatchObject({ state: 'major_outage', incidents: [] });
  });

  test('announcements that are active are shown on their pages, newest first', async () => {
    const announce = (id: string, changes: object) =>
      runBatch(bindings.DB, [
        insertAnnouncement(bindings.DB, {
          ...{ id, title: id, body: 'We move.', pages: 'all', notify: false, tags: {}, version: 1 },
          ...{ startsAt: clock.now, endsAt: null, createdAt: clock.now, updatedAt: clock.now, ...changes },
        }),
      ]);
    await announce('now', {});
    await announce('older', { startsAt: clock.now - DAY });
    await announce('later', { startsAt: clock.now + 1 });
    await announce('over', { startsAt: clock.now - DAY, endsAt: clock.now });
    await announce('elsewhere', { pages: ['us'] });
    await announce('here', { pages: ['us', 'default'], startsAt: clock.now - 1 });
    expect((await load()).announcements.map(({ id }) => id)).toEqual(['now', 'here', 'older']);
    expect(DEFAULT_PAGE.id).toBe('default');
  });
});
