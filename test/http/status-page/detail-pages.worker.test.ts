// The pages of an incident, a monitor and a month as values: what they join, and what they do not show.
import { beforeEach, describe, expect, test } from 'vitest';
import { loadArchive } from '../../../src/http/status-page/load-archive.ts';
import { loadIncidentPage } from '../../../src/http/status-page/load-incident.ts';
import { loadMonitorPage } from '../../../src/http/status-page/load-monitor.ts';
import { DEFAULT_PAGE, type StatusPage } from '../../../src/status-pages/model.ts';
import { ask, clock, createMonitor, post, runUntilConfirmed } from '../../support/d1/http-mesh.ts';
import { CONFIG, emptyPages, pageWith, publish } from '../../support/d1/status-pages.ts';

const DAY = 86_400_000;
const iso = (ms: number): string => new Date(ms).toISOString();

beforeEach(emptyPages);

const at = (page: StatusPage) => ({ page, base: '' });
const incidentPage = (id: string, page: StatusPage = DEFAULT_PAGE) =>
  loadIncidentPage(CONFIG, at(page), id, clock.now, Date.now);
const monitorPage = (id: string, page: StatusPage = DEFAULT_PAGE) =>
  loadMonitorPage(CONFIG, at(page), { id, range: '24h' }, clock.now, Date.now);
const archive = (month: string | null, page: StatusPage = DEFAULT_PAGE) =>
  loadArchive(CONFIG, at(page), month, clock.now, Date.now);

const newestIncident = async (): Promise<string> =>
  (await ask('/api/v1/incidents')).json.incidents[0].id as string;

async function outage(changes: object = {}): Promise<string> {
  await createMonitor(changes);
  await runUntilConfirmed(1, 0);
  await runUntilConfirmed(1, 6);
  return newestIncident();
}

describe('the page of an incident', () => {
  test('an unknown id, a draft, and the incident of a private monitor look alike', async () => {
    const measured = await outage({ public: false });
    await publish({ id: 'draft', state: 'draft' });
    await publish({ id: 'elsewhere', components: [{ component: 'monitor:other', impact: 'major' }] });
    for (const id of ['unknown', 'draft', 'elsewhere', measured])
      expect([id, await incidentPage(id)]).toEqual([id, null]);
  });

  test('what probes measured and what people wrote of it are one page under both ids', async () => {
    const measured = await outage();
    await publish(
      { id: 'told', incidents: [measured], components: [{ component: 'monitor:shop', impact: 'degraded' }] },
      [
        { id: 'u1', body: 'We look.' },
        { id: 'u2', body: 'We know.', status: 'identified' },
      ],
    );
    for (const id of ['told', measured]) {
      const found = await incidentPage(id);
      expect(found?.incident).toMatchObject({ id: 'told', sources: ['probes', 'people'], impact: 'major' });
      expect(found?.incident.updates.map((update) => update.id)).toEqual(['u2', 'u1']);
      expect(found?.incident.measured.map((row) => [row.id, row.evidence.length])).toEqual([[measured, 6]]);
      expect(found?.incident.components).toEqual([
        { component: 'monitor:shop', impact: 'major', name: 'Web shop' },
      ]);
    }
  });

  test('a page on which people lead shows no incident that only probes measured', async () => {
    const measured = await outage();
    expect(await incidentPage(measured)).not.toBeNull();
    for (const lead of ['people', 'draft', 'delayed'] as const)
      expect(await incidentPage(measured, pageWith({ lead }))).toBeNull();
  });

  test('after a time without ticks it is unknown whether an open incident continues', async () => {
    const measured = await outage();
    const before = (await incidentPage(measured))!;
    expect(before.unknownSince(before.incident.measured[0]!)).toBeNull();
    clock.now += DAY / 24;
    const after = (await incidentPage(measured))!;
    expect(after.unknownSince(after.incident.measured[0]!)).toBeGreaterThan(0);
  });
});

describe('the page of a monitor', () => {
  test('an unknown monitor, a private one, and one of another page look alike', async () => {
    await createMonitor({ public: false });
    await createMonitor({ id: 'mail', name: 'Mail', group: 'Mail' });
    expect(await monitorPage('unknown')).toBeNull();
    expect(await monitorPage('shop')).toBeNull();
    const components = { monitors: [], groups: ['Shop'], tags: [], static: [] };
    expect(await monitorPage('mail', pageWith({ components }))).toBeNull();
    expect(await monitorPage('mail')).toMatchObject({ component: { name: 'Mail' }, range: '24h' });
  });

  test('it has the incidents and the maintenances of the monitor, and none of others', async () => {
    await outage();
    await createMonitor({ id: 'mail', name: 'Mail' });
    await post('/api/v1/maintenances', {
      ...{ id: 'work', name: 'Work', monitors: ['mail'] },
      ...{ startsAt: iso(clock.now + DAY), endsAt: iso(clock.now + 2 * DAY) },
    });
    const shop = (await monitorPage('shop'))!;
    expect([shop.incidents.length, shop.maintenances.length]).toEqual([1, 0]);
    expect(shop.component).toMatchObject({ state: 'major_outage', monitor: { verdict: 'down' } });
    const mail = (await monitorPage('mail'))!;
    expect([mail.incidents.length, mail.maintenances.length]).toEqual([0, 1]);
  });
});

describe('the archive', () => {
  test('a month that is none, lies ahead, or is before the first incident has no page', async () => {
    await outage();
    for (const month of ['2027-13', '2027-1', 'x', '1999-01', '2027-02', '2026-12'])
      expect([month, await archive(month)]).toEqual([month, null]);
    expect(await archive('2027-01')).toMatchObject({ month: '2027-01', earlier: null, later: null });
  });

  test('a month has the incidents that began in it, of both sources, and the months beside it', async () => {
    const measured = await outage();
    await runUntilConfirmed(1, 0);
    await publish({ id: 'old', startedAt: Date.parse('2026-12-31T23:59:59.999Z'), resolvedAt: clock.now });
    await publish({ id: 'new', startedAt: Date.parse('2027-01-01T00:00:00.000Z'), resolvedAt: clock.now });
    const ids = async (month: string | null) => {
      const found = await archive(month);
      return [found?.incidents.map(({ id }) => id), found?.earlier, found?.later];
    };
    expect(await ids(null)).toEqual([[measured, 'new'], '2026-12', null]);
    expect(await ids('2026-12')).toEqual([['old'], null, '2027-01']);
  });

  test('an incident of a monitor that was deleted is gone from the archive', async () => {
    await outage();
    expect((await archive(null))?.incidents).toHaveLength(1);
    expect((await ask('/api/v1/monitors/shop', { method: 'DELETE' })).status).toBe(204);
    expect((await archive(null))?.incidents).toEqual([]);
  });
});
