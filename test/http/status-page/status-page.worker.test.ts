import { beforeEach, describe, expect, test } from 'vitest';
import {
  ask,
  bindings,
  clock,
  createMonitor,
  empty,
  patch,
  run,
  runUntilConfirmed,
} from '../../support/d1/http-mesh.ts';

beforeEach(empty);

const open = (path: string) => ask(path, { token: null });
const SECRET_PARTS = ['shop.example.com', '443', '192.0.2.7', 'detail', '&lt;b&gt;no', '<b>no'];

const LOSSY = { code: 'loss', limit: 20, detail: '3 of 10 to 192.0.2.7:443 were lost' } as const;
const EXPIRES = { code: 'certificate', limit: 14, detail: 'shop.example.com expires' } as const;

const MINUTES = 60_000;

describe('/api/v1/status', () => {
  test('the public status has exactly the documented fields, allows any origin and is cached for 10 seconds', async () => {
    await createMonitor();
    await runUntilConfirmed(1, 0);
    const answer = await ask('/api/v1/status', {
      token: null,
      headers: { origin: 'https://elsewhere.example' },
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    expect(answer.headers.get('cache-control')).toBe('public, max-age=10');
    expect(answer.json).toEqual({
      state: 'operational',
      updatedAt: expect.stringMatching(/Z$/),
      monitoring: { status: 'ok', reasons: [] },
      monitors: [
        {
          id: 'shop',
          name: 'Web shop',
          verdict: 'up',
          since: expect.stringMatching(/Z$/),
          lastGap: null,
          maintenance: false,
          flapping: false,
          warnings: [],
          locations: { passing: 6, failing: 0, abstaining: 0 },
        },
      ],
      monitorCount: 1,
      nextCursor: null,
      maintenances: [],
      incidents: [],
    });
  });

  test('the public status shows an outage with its incident and without the target', async () => {
    await createMonitor();
    await runUntilConfirmed(1, 0);
    await runUntilConfirmed(1, 6);
    const { json, text } = await open('/api/v1/status');
    expect(json).toMatchObject({
      state: 'major_outage',
      monitors: [{ verdict: 'down', locations: { failing: 6 } }],
      incidents: [{ state: 'open', verdict: 'down', monitor: { id: 'shop' } }],
    });
    for (const part of SECRET_PARTS) expect(text).not.toContain(part);
    expect(json.incidents[0]).not.toHaveProperty('evidence');
  });

  test('a monitor that is up lists its warnings, and the overall status stays operational', async () => {
    await createMonitor();
    await runUntilConfirmed(1, 0);
    await runUntilConfirmed(1, 0, [LOSSY, EXPIRES]);
    const { json, text } = await open('/api/v1/status');
    expect(json).toMatchObject({
      state: 'operational',
      monitors: [{ verdict: 'up', warnings: ['loss', 'certificate'] }],
      incidents: [],
    });
    for (const part of SECRET_PARTS) expect(text).not.toContain(part);
    await runUntilConfirmed(1, 6);
    expect((await open('/api/v1/status')).json.monitors[0]).toMatchObject({ verdict: 'down', warnings: [] });
  });

  test('the public status hides private monitors and their incidents, even if they were public before', async () => {
    await createMonitor({ public: false });
    await createMonitor({ id: 'second', name: 'Second' });
    await runUntilConfirmed(1, 0);
    await runUntilConfirmed(1, 6);
    await runUntilConfirmed(2, 6);
    expect((await open('/api/v1/status')).text).not.toContain('Web shop');
    await patch('/api/v1/monitors/second', { public: false });
    expect((await open('/api/v1/status')).json).toMatchObject({
      state: 'operational',
      monitors: [],
      incidents: [],
    });
    const [{ id }] = (await ask('/api/v1/incidents?monitor=second')).json.incidents;
    expect((await open(`/incidents/${id}`)).status).toBe(404);
  });

  test('after three minutes without a commit the status is no_data, whatever the votes were', async () => {
    await createMonitor({ intervalSeconds: 3600 });
    await runUntilConfirmed(1, 0);
    const { lastMeasuredAt } = (await open('/healthz')).json;
    clock.now += 3 * MINUTES + 1_000;
    const { json } = await open('/api/v1/status');
    expect(json).toMatchObject({
      state: 'no_data',
      monitors: [{ verdict: 'no_data', since: lastMeasuredAt }],
    });
  });

  test('the overall status is not operational if every monitor is paused', async () => {
    await createMonitor({ paused: true });
    await run(1, 0);
    expect((await open('/api/v1/status')).json.state).toBe('no_data');
  });

  test('the public status omits incidents that ended more than seven days ago', async () => {
    await createMonitor();
    await runUntilConfirmed(1, 0);
    await runUntilConfirmed(1, 6);
    await runUntilConfirmed(1, 0);
    expect((await open('/api/v1/status')).json.incidents).toHaveLength(1);
    clock.now += 8 * 24 * 60 * MINUTES;
    expect((await open('/api/v1/status')).json.incidents).toEqual([]);
  });
});

describe('/api/v1/locations', () => {
  test('the API lists every configured location before its first report, and then the time of its report', async () => {
    const { json } = await ask('/api/v1/locations');
    expect(json.locations).toHaveLength(6);
    expect(json.locations[2]).toEqual({
      id: 'aws:eu-central-1',
      enabled: true,
      state: 'waiting',
      incident: null,
      lastMeasuredAt: null,
      lastReportAt: null,
      lastReportAgeSeconds: null,
      missedDeadlines: 0,
      lastError: null,
    });
    await createMonitor();
    await run(1, 0);
    clock.now += 20_000;
    const [first] = (await ask('/api/v1/locations')).json.locations;
    expect(first).toMatchObject({
      id: 'aws:us-east-1',
      state: 'reporting',
      lastReportAt: expect.stringMatching(/Z$/),
    });
    expect(first.lastReportAgeSeconds).toBeGreaterThanOrEqual(20);
  });

  test('the API lists a location that left the configuration as disabled', async () => {
    await createMonitor();
    const LOCATIONS = 'aws:us-east-1,aws:us-west-2';
    await ask('/api/v1/monitors/shop', { method: 'PATCH', body: { name: 'New' }, env: { LOCATIONS } });
    const { json } = await ask('/api/v1/locations', { env: { LOCATIONS } });
    expect(json.locations.map((location: { enabled: boolean }) => location.enabled)).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
  });
});

describe('the page', () => {
  test('the status page has no script, a strict content security policy and a stylesheet that exists', async () => {
    const page = await open('/');
    expect(page.status).toBe(200);
    expect(page.text).toMatch(/^<!doctype html><html lang="en">/);
    expect(page.text).not.toMatch(/<script| style="| on[a-z]+="/);
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'self'/);
    const style = /href="(\/assets\/probemesh-[0-9a-f]{16}\.css)"/.exec(page.text)?.[1];
    const css = await open(style ?? '/none');
    expect([css.status, css.headers.get('content-type')]).toEqual([200, 'text/css; charset=utf-8']);
    expect(css.headers.get('cache-control')).toContain('immutable');
  });

  test('the status page shows how to create the first monitor if there is none', async () => {
    expect((await open('/')).text).toContain('No services yet');
  });

  test('the status page shows that one of six locations fails while the verdict is up', async () => {
    await createMonitor();
    await runUntilConfirmed(1, 0);
    await runUntilConfirmed(1, 1);
    const { text } = await open('/');
    expect(text).toContain('All systems operational');
    expect(text).toContain('1 of 6 locations failing');
  });

  test('the status page shows in words that a monitor is degraded, and why', async () => {
    await createMonitor();
    await runUntilConfirmed(1, 0);
    await runUntilConfirmed(1, 0, [LOSSY, EXPIRES]);
    const { text } = await open('/');
    expect(text).toContain('All systems operational');
    expect(text).toContain('The service is up, but degraded.');
    expect(text).toContain('<span class="verdict">Degraded</span>');
    expect(text).toContain('<b>Packet loss, certificate expires soon</b>');
    expect(text).toContain('reachable from 6 of 6 locations');
    for (const part of SECRET_PARTS) expect(text).not.toContain(part);
    await runUntilConfirmed(1, 0);
    expect((await open('/')).text).not.toContain('egraded');
  });

  test('the status page shows a partial outage with the affected locations', async () => {
    await createMonitor();
    await runUntilConfirmed(1, 0);
    await runUntilConfirmed(1, 2);
    const { text } = await open('/');
    expect(text).toContain('<h1>Partial outage</h1>');
    expect(text).toContain('Web shop is unreachable from some locations');
    expect(text.replace(/<\/?span[^>]*>/g, '')).toContain('Northern Virginia, Oregon.');
  });

  test('the status page shows an outage, and no data once the coordinator stops committing', async () => {
    await createMonitor();
    await runUntilConfirmed(1, 0);
    await runUntilConfirmed(1, 6);
    const down = (await open('/')).text;
    expect(down).toContain('Major outage');
    expect(down).toContain('6 of 6 locations failing');
    clock.now += 4 * MINUTES;
    const stale = (await open('/')).text;
    expect(stale).toContain('<h1>Web shop was down when last checked</h1>');
    expect(stale).toContain('No data since <time');
    expect(stale).toContain('Web shop was down when last checked');
    expect(stale).not.toContain('Web shop is down');
  });

  test('the page of an incident shows its timeline and no target', async () => {
    await createMonitor();
    await runUntilConfirmed(1, 0);
    await runUntilConfirmed(1, 6);
    const [incident] = (await open('/api/v1/status')).json.incidents;
    const page = await open(new URL(incident.url).pathname);
    expect(page.status).toBe(200);
    expect(page.text).toContain('Web shop is down');
    expect(page.text).toContain('Confirmed by a quorum');
    expect(page.text).toContain('refused while connecting');
    for (const part of SECRET_PARTS) expect(page.text).not.toContain(part);
    expect((await open('/incidents/inc_none')).status).toBe(404);
  });

  test('the pages show a name with markup as text', async () => {
    const name = `<script>alert(1)</script><img src=x onerror="a">&"'`;
    await createMonitor({ name });
    await runUntilConfirmed(1, 0);
    await runUntilConfirmed(1, 6);
    const { id } = (await ask('/api/v1/incidents')).json.incidents[0];
    for (const path of ['/', `/incidents/${id}`]) {
      const { text } = await open(path);
      expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&lt;img');
      expect(text).not.toMatch(/<script|<img/);
    }
    expect(await bindings.DB.prepare('SELECT name FROM monitors').first('name')).toBe(name);
  });
});
