// The endpoints of the ecosystem on a real D1: each shows what the page shows, and nothing that the page does not.
import { beforeEach, describe, expect, test } from 'vitest';
import { emptyAccess, makeKey } from '../support/d1/access.ts';
import { flakyD1 } from '../support/d1/flaky-d1.ts';
import { ask, bindings, clock, createMonitor, empty, runUntilConfirmed } from '../support/d1/http-mesh.ts';
import { STATUSPAGE_DOCUMENTS } from '../support/vendors/statuspage.ts';

beforeEach(async () => {
  await empty();
  await emptyAccess();
});

const open = (path: string) => ask(path, { token: null });
const PATHS = [
  ...Object.keys(STATUSPAGE_DOCUMENTS).map((path) => `/api/v2/${path}`),
  ...['/badges/state.svg', '/badges/uptime.json', '/badges/shop/state.svg', '/badges/shop/latency.json'],
  ...['/badges/monitor%3Ashop/uptime.svg', '/embed', '/index.md', '/llms.txt'],
];

describe('the forms of a page', () => {
  test('a private monitor is in none of them, by its id, its name or its target', async () => {
    await createMonitor();
    await createMonitor({ id: 'secret-db', name: 'Ledger', public: false });
    await runUntilConfirmed(2, 6);
    for (const path of PATHS) {
      const { status, text } = await open(path);
      expect([path, status]).toEqual([path, 200]);
      expect(text, path).not.toMatch(/secret-db|Ledger|shop\.example\.com|aws:/);
    }
    for (const id of ['secret-db', 'monitor:secret-db', 'nothing'])
      for (const kind of ['state.svg', 'uptime.json', 'latency.svg']) {
        const { status, text } = await open(`/badges/${id}/${kind}`);
        expect([id, kind, status, text.includes('not found')]).toEqual([id, kind, 404, true]);
      }
  });

  test('an outage of a public monitor is in all of them within the request', async () => {
    await createMonitor();
    await runUntilConfirmed(1, 6);
    const { json: summary } = await open('/api/v2/summary.json');
    expect(STATUSPAGE_DOCUMENTS['summary.json'].parse(summary)).toMatchObject({
      status: { indicator: 'critical' },
      components: [{ id: 'monitor:shop', status: 'major_outage' }],
      incidents: [{ name: 'Web shop is down', status: 'investigating', impact: 'critical' }],
    });
    expect((await open('/badges/shop/state.json')).json).toMatchObject({ message: 'down', color: 'red' });
    expect((await open('/embed')).text).toContain('Web shop is down');
    expect((await open('/index.md')).text).toContain('Web shop is down');
    expect((await open('/llms.txt')).text).toContain('Major outage');
  });

  test('without ticks no form of the page says that all is well', async () => {
    await createMonitor();
    await runUntilConfirmed(1, 0);
    clock.now += 10 * 60_000;
    const { json: summary } = await open('/api/v2/summary.json');
    expect(STATUSPAGE_DOCUMENTS['summary.json'].parse(summary)).toMatchObject({
      status: { indicator: 'minor', description: 'No Current Data' },
      components: [{ status: 'degraded_performance' }],
    });
    for (const badge of ['/badges/state.json', '/badges/shop/state.json', '/badges/shop/latency.json'])
      expect((await open(badge)).json, badge).toMatchObject({ message: 'no data', color: 'lightgrey' });
    for (const path of ['/embed', '/index.md', '/llms.txt']) {
      const { text } = await open(path);
      expect(text, path).toContain('No data');
      expect(text, path).not.toContain('All services are operational');
    }
    const { text } = await ask('/metrics');
    expect(text).toContain('probemesh_health{status="stopped"} 1\n');
    expect(text).not.toContain('probemesh_monitor_up{');
  });

  test('a database that does not answer gives no document', async () => {
    const DB = flakyD1(bindings.DB, () => true);
    for (const path of PATHS) {
      const { status, text } = await ask(path, { token: null, env: { DB } });
      expect([path, status]).toEqual([path, 500]);
      expect(text).not.toMatch(/operational/i);
    }
  });

  test('any site may read a public page, and caches keep it for seconds', async () => {
    await createMonitor();
    for (const path of PATHS) {
      const { headers } = await open(path);
      expect(headers.get('cache-control'), path).toMatch(/^public, max-age=(10|60)$/);
      const isRead = /^\/(api|badges)\//.test(path);
      expect(headers.get('access-control-allow-origin'), path).toBe(isRead ? '*' : null);
    }
  });

  test('an unknown path of the API, a page that does not exist and a wrong kind of badge are not found', async () => {
    for (const path of ['/api/v2/subscribers.json', '/pages/nothing/api/v2/status.json', '/badges/state.png'])
      expect([path, (await open(path)).status]).toEqual([path, 404]);
    expect((await open('/badges/latency.svg')).status).toBe(404);
  });

  test('a latency is the median of the locations, and hidden if the page shows none', async () => {
    await createMonitor();
    await runUntilConfirmed(1, 0);
    expect((await open('/badges/shop/latency.json')).json).toMatchObject({
      label: 'latency',
      message: /^[\d.]+ ms$/,
    });
  });
});

describe('/metrics', () => {
  const scrape = async (token: string | null) => ask('/metrics', { token });

  test('without a key, or with a wrong one, the answer is 401 and no redirect to the sign-in', async () => {
    for (const token of [null, `pm_${'x'.repeat(43)}`]) {
      const { status, headers, text } = await scrape(token);
      expect([status, headers.get('location')]).toEqual([401, null]);
      expect(headers.get('www-authenticate')).toContain('Bearer');
      expect(text).not.toContain('probemesh_');
    }
  });

  test('a viewer reads every monitor, private ones too, and no cache keeps it', async () => {
    await createMonitor({ tags: { team: 'shop' } });
    await createMonitor({ id: 'secret-db', name: 'Ledger', public: false });
    await runUntilConfirmed(1, 6);
    const { status, text, headers } = await scrape((await makeKey('viewer')).key);
    expect([status, headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    expect(headers.get('cache-control')).toBe('private, no-store');
    expect(text).toContain(
      'probemesh_monitor_info{monitor="shop",name="Web shop",group="",tag_team="shop"} 1\n',
    );
    expect(text).toContain('probemesh_monitor_up{monitor="shop"} 0\n');
    expect(text).toContain('monitor="secret-db"');
    expect(text).toContain('probemesh_health{status="');
    expect(text).not.toMatch(/shop\.example\.com|192\.0\.2/);
  });

  test('a key that is restricted by tag reads what is inside, and not the health of the whole mesh', async () => {
    await createMonitor({ tags: { team: 'shop' } });
    await createMonitor({ id: 'secret-db', name: 'Ledger', public: false });
    const { text } = await scrape((await makeKey('viewer', ['team:shop'])).key);
    expect(text).toContain('monitor="shop"');
    expect(text).not.toMatch(/secret-db|Ledger|probemesh_health/);
  });

  test('a paused monitor has no `up`', async () => {
    await createMonitor({ paused: true });
    const { text } = await scrape((await makeKey('viewer')).key);
    expect(text).toContain('probemesh_monitor_paused{monitor="shop"} 1\n');
    expect(text).not.toContain('probemesh_monitor_up{');
  });
});
