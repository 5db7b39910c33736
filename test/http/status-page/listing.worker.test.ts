// What the page and the public API list: services in order, incidents of planned work and of deleted monitors, and gaps.
import { beforeEach, describe, expect, test } from 'vitest';
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

beforeEach(empty);

const MINUTE = 60_000;
const page = async (): Promise<string> => (await ask('/', { token: null })).text;
const status = async () => (await ask('/api/v1/status', { token: null })).json;
const iso = (ms: number): string => new Date(ms).toISOString();

/** Both list the same incidents. */
async function listedIncidents(): Promise<string[]> {
  const { incidents } = await status();
  const ids: string[] = incidents.map(({ id }: { id: string }) => id);
  const text = await page();
  const links = [...text.matchAll(/href="\/incidents\/([^"]+)"/g)].map(([, id]) => id);
  expect(links.toSorted()).toEqual(ids.toSorted());
  return ids;
}

test('the page and the API list failing services first, then by name', async () => {
  for (const name of ['web 10', 'Web 2', 'mail', 'Zoo'])
    await createMonitor({ id: name.toLowerCase().replace(' ', '-'), name });
  for (const number of [1, 2, 3, 4]) await runUntilConfirmed(number, 0);
  await runUntilConfirmed(4, 6);
  const names = ['Zoo', 'mail', 'Web 2', 'web 10'];
  expect((await status()).monitors.map(({ name }: { name: string }) => name)).toEqual(names);
  expect(
    [...(await page()).matchAll(/<\/svg><h3><a href="[^"]+">([^<]+)<\/a><\/h3><span class="verdict">/g)].map(
      ([, name]) => name,
    ),
  ).toEqual(names);
});

describe('an incident and a maintenance', () => {
  const work = (startsAt: number, endsAt: number) =>
    post('/api/v1/maintenances', {
      id: 'work',
      name: 'Work',
      monitors: ['shop'],
      startsAt: iso(startsAt),
      endsAt: iso(endsAt),
    });

  beforeEach(async () => {
    await createMonitor();
    await runUntilConfirmed(1, 0);
  });

  test('one wholly inside is not listed, neither while it is open nor afterwards', async () => {
    expect((await work(clock.now, clock.now + 60 * MINUTE)).status).toBe(201);
    await runUntilConfirmed(1, 6);
    expect(await listedIncidents()).toEqual([]);
    expect((await status()).state).toBe('maintenance');
    await runUntilConfirmed(1, 0);
    expect(await listedIncidents()).toEqual([]);
    clock.now += 120 * MINUTE;
    expect(await listedIncidents()).toEqual([]);
    expect((await ask('/api/v1/incidents')).json.incidents).toHaveLength(1);
  });

  test('one that begins before it is listed during it, and its service stays down', async () => {
    await runUntilConfirmed(1, 6);
    await work(clock.now, clock.now + 60 * MINUTE);
    expect(await listedIncidents()).toHaveLength(1);
    expect(await status()).toMatchObject({
      state: 'major_outage',
      monitors: [{ verdict: 'down', maintenance: true }],
    });
    const text = await page();
    expect(text).toContain('<h1>Major outage</h1>');
    expect(text).toContain('<span class="verdict">Down</span>');
    expect(text).toContain('<b>Under maintenance</b>');
    await runUntilConfirmed(1, 0);
    expect(await listedIncidents()).toHaveLength(1);
  });

  test('one that outlasts it is listed from its end on', async () => {
    await work(clock.now, clock.now + 10 * MINUTE);
    await runUntilConfirmed(1, 6);
    expect(await listedIncidents()).toEqual([]);
    clock.now += 9 * MINUTE;
    await runUntilConfirmed(1, 6);
    expect(await listedIncidents()).toHaveLength(1);
    await runUntilConfirmed(1, 0);
    expect(await listedIncidents()).toHaveLength(1);
  });
});

describe('a deleted monitor', () => {
  const deleteShop = () => ask('/api/v1/monitors/shop', { method: 'DELETE' });

  test('its incidents are hidden for good, also behind their links and after a new monitor of the same id', async () => {
    await createMonitor();
    await runUntilConfirmed(1, 0);
    await runUntilConfirmed(1, 6);
    await runUntilConfirmed(1, 0);
    await runUntilConfirmed(1, 6);
    const incidents = await listedIncidents();
    expect(incidents).toHaveLength(2);
    expect((await deleteShop()).status).toBe(204);
    const expectHidden = async () => {
      expect(await listedIncidents()).toEqual([]);
      for (const id of incidents) expect((await ask(`/incidents/${id}`, { token: null })).status).toBe(404);
    };
    await expectHidden();
    await createMonitor();
    await expectHidden();
    await patch('/api/v1/monitors/shop', { public: false });
    await patch('/api/v1/monitors/shop', { public: true });
    await expectHidden();
    await runUntilConfirmed(2, 0);
    await runUntilConfirmed(2, 6);
    expect(await listedIncidents()).toHaveLength(1);
    expect(incidents).not.toContain((await listedIncidents())[0]);
    await expect(
      bindings.DB.prepare('select count(*) n from incidents where public = 1').first('n'),
    ).resolves.toBe(1);
  });

  test('deleted by a configuration, its incidents are hidden too', async () => {
    await createMonitor();
    await createMonitor({ id: 'mail', name: 'Mail' });
    await runUntilConfirmed(1, 0);
    await runUntilConfirmed(1, 6);
    const check = { type: 'tcp', host: 'shop.example.com', port: 443 };
    const monitors = [{ id: 'mail', name: 'Mail', check, intervalSeconds: 60 }];
    expect(
      (
        await ask('/api/v1/configuration?allowDelete=true', {
          method: 'PUT',
          body: { monitors, channels: [] },
        })
      ).status,
    ).toBe(200);
    expect(await listedIncidents()).toEqual([]);
  });
});

test('after a time without ticks a service is up since before it, and the time without data is shown apart', async () => {
  await createMonitor();
  await runUntilConfirmed(1, 0);
  const [{ since }] = (await status()).monitors;
  const stopped = clock.now;
  clock.now += 180 * MINUTE;
  expect((await status()).monitors[0]).toMatchObject({ verdict: 'no_data', lastGap: null });
  await runUntilConfirmed(1, 0);
  const [monitor] = (await status()).monitors;
  expect(monitor).toMatchObject({ verdict: 'up', since });
  const { from, to } = monitor.lastGap;
  expect(Date.parse(from)).toBeGreaterThanOrEqual(stopped);
  expect(Date.parse(from)).toBeLessThan(stopped + 5 * MINUTE);
  expect(Date.parse(to)).toBeGreaterThan(stopped + 179 * MINUTE);
  const text = await page();
  expect(text).toMatch(/<span class="gap">No data for 2 h 5\d min until <time/);
  expect((await ask('/api/v1/monitors/shop')).json.since).toBe(since);
});
