import { beforeEach, describe, expect, test } from 'vitest';
import {
  ask,
  bindings,
  clock,
  createMonitor,
  empty,
  patch,
  run,
  settleOn,
} from '../../support/d1/http-mesh.ts';

beforeEach(empty);

const open = (path: string) => ask(path, { token: null });
const SECRET_PARTS = ['shop.example.com', '443', '192.0.2.7', 'detail', '&lt;b&gt;no', '<b>no'];

const LOSSY = { code: 'loss', limit: 20, detail: '3 of 10 to 192.0.2.7:443 were lost' } as const;
const EXPIRES = { code: 'certificate', limit: 14, detail: 'shop.example.com expires' } as const;

const MINUTES = 60_000;

describe('/api/v1/status', () => {
  test('has exactly the promised form, may be read from any origin, and is cached shortly', async () => {
    await createMonitor();
    await settleOn(1, 0);
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
      monitors: [
        {
          id: 'shop',
          name: 'Web shop',
          verdict: 'up',
          since: expect.stringMatching(/Z$/),
          maintenance: false,
          flapping: false,
          warnings: [],
          locations: { passing: 6, failing: 0, abstaining: 0 },
        },
      ],
      maintenances: [],
      incidents: [],
    });
  });

  test('an outage shows with its incident, and never with the target', async () => {
    await createMonitor();
    await settleOn(1, 0);
    await settleOn(1, 6);
    const { json, text } = await open('/api/v1/status');
    expect(json).toMatchObject({
      state: 'major_outage',
      monitors: [{ verdict: 'down', locations: { failing: 6 } }],
      incidents: [{ state: 'open', verdict: 'down', monitor: { id: 'shop' } }],
    });
    for (const part of SECRET_PARTS) expect(text).not.toContain(part);
    expect(json.incidents[0]).not.toHaveProperty('evidence');
  });

  test('a monitor that is up and warned says of what, and the state stays operational', async () => {
    await createMonitor();
    await settleOn(1, 0);
    await settleOn(1, 0, [LOSSY, EXPIRES]);
    const { json, text } = await open('/api/v1/status');
    expect(json).toMatchObject({
      state: 'operational',
      monitors: [{ verdict: 'up', warnings: ['loss', 'certificate'] }],
      incidents: [],
    });
    for (const part of SECRET_PARTS) expect(text).not.toContain(part);
    await settleOn(1, 6);
    expect((await open('/api/v1/status')).json.monitors[0]).toMatchObject({ verdict: 'down', warnings: [] });
  });

  test('private monitors and their incidents stay private, also when they were public before', async () => {
    await createMonitor({ public: false });
    await createMonitor({ id: 'second', name: 'Second' });
    await settleOn(1, 0);
    await settleOn(1, 6);
    await settleOn(2, 6);
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

  test('three minutes without a commit are blindness, whatever the votes said', async () => {
    await createMonitor({ intervalSeconds: 3600 });
    await settleOn(1, 0);
    const lastCommit = new Date(clock.now).toISOString();
    clock.now += 3 * MINUTES + 1_000;
    const { json } = await open('/api/v1/status');
    expect(json).toMatchObject({ state: 'no_data', monitors: [{ verdict: 'no_data', since: lastCommit }] });
  });

  test('when every monitor is paused the state is not operational', async () => {
    await createMonitor({ paused: true });
    await run(1, 0);
    expect((await open('/api/v1/status')).json.state).toBe('no_data');
  });

  test('incidents that ended over seven days ago are left out', async () => {
    await createMonitor();
    await settleOn(1, 0);
    await settleOn(1, 6);
    await settleOn(1, 0);
    expect((await open('/api/v1/status')).json.incidents).toHaveLength(1);
    clock.now += 8 * 24 * 60 * MINUTES;
    expect((await open('/api/v1/status')).json.incidents).toEqual([]);
  });
});

describe('/healthz', () => {
  test('is 503 before anything was committed', async () => {
    const answer = await open('/healthz');
    expect([answer.status, answer.json]).toEqual([
      503,
      { status: 'stale', newestCommitAt: null, ageSeconds: null },
    ]);
  });

  test('turns 503 when the newest commit is older than three minutes', async () => {
    await createMonitor();
    await run(1, 0);
    const committedAt = clock.now;
    clock.now = committedAt + 3 * MINUTES;
    const healthy = await open('/healthz');
    expect([healthy.status, healthy.json.ageSeconds]).toEqual([200, 180]);
    clock.now += 1;
    expect((await open('/healthz')).status).toBe(503);
  });
});

describe('/api/v1/locations', () => {
  test('every configured location is there before its first report, and says when it reported after', async () => {
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

  test('one that is no longer configured is shown as disabled', async () => {
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
  test('carries no script, a strict policy, and a stylesheet that is there', async () => {
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

  test('without monitors it says how to begin', async () => {
    expect((await open('/')).text).toContain('Nothing is watched yet');
  });

  test('says one of six fails while the verdict is up', async () => {
    await createMonitor();
    await settleOn(1, 0);
    await settleOn(1, 1);
    const { text } = await open('/');
    expect(text).toContain('All systems operational');
    expect(text).toContain('1 of 6 locations fails');
  });

  test('says degraded in words, and what it is', async () => {
    await createMonitor();
    await settleOn(1, 0);
    await settleOn(1, 0, [LOSSY, EXPIRES]);
    const { text } = await open('/');
    expect(text).toContain('All systems operational');
    expect(text).toContain('The one service is up; 1 of 1 degraded.');
    expect(text).toContain('<span class="verdict">Degraded</span>');
    expect(text).toContain('<b>Lossy, its certificate expires soon</b>');
    expect(text).toContain('reached from 6 of 6 locations');
    for (const part of SECRET_PARTS) expect(text).not.toContain(part);
    await settleOn(1, 0);
    expect((await open('/')).text).not.toContain('egraded');
  });

  test('says partial problems with their scope', async () => {
    await createMonitor();
    await settleOn(1, 0);
    await settleOn(1, 2);
    const { text } = await open('/');
    expect(text).toContain('Some systems are disrupted');
    expect(text).toContain('Web shop cannot be reached from some places');
    expect(text).toContain('aws:us-east-1, aws:us-west-2');
  });

  test('says that it is down, and that monitoring is blind when nobody commits any more', async () => {
    await createMonitor();
    await settleOn(1, 0);
    await settleOn(1, 6);
    const down = (await open('/')).text;
    expect(down).toContain('Major outage');
    expect(down).toContain('6 of 6 locations fail');
    clock.now += 4 * MINUTES;
    const blind = (await open('/')).text;
    expect(blind).toContain('<h1>Monitoring is blind</h1>');
    expect(blind).toContain('Since <time');
    expect(blind).toContain('Web shop was down when last seen');
    expect(blind).not.toContain('Web shop is down');
  });

  test('the page of an incident tells its course and no target', async () => {
    await createMonitor();
    await settleOn(1, 0);
    await settleOn(1, 6);
    const [incident] = (await open('/api/v1/status')).json.incidents;
    const page = await open(new URL(incident.url).pathname);
    expect(page.status).toBe(200);
    expect(page.text).toContain('Web shop is down');
    expect(page.text).toContain('A quorum agreed');
    expect(page.text).toContain('refused while connecting');
    for (const part of SECRET_PARTS) expect(page.text).not.toContain(part);
    expect((await open('/incidents/inc_none')).status).toBe(404);
  });

  test('what a person typed is text and nothing else', async () => {
    const name = `<script>alert(1)</script><img src=x onerror="a">&"'`;
    await createMonitor({ name });
    await settleOn(1, 0);
    await settleOn(1, 6);
    const { id } = (await ask('/api/v1/incidents')).json.incidents[0];
    for (const path of ['/', `/incidents/${id}`]) {
      const { text } = await open(path);
      expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&lt;img');
      expect(text).not.toMatch(/<script|<img/);
    }
    expect(await bindings.DB.prepare('SELECT name FROM monitors').first('name')).toBe(name);
  });
});
