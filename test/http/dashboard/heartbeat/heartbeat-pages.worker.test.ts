// The pages of heartbeats: the form, the ping address and who sees it, the page of the monitor, and the incident of a failed run.
import { beforeEach, describe, expect, test } from 'vitest';
import { RECIPES } from '../../../../src/heartbeats/recipes.ts';
import { countD1 } from '../../../support/d1/counted-d1.ts';
import { HeartbeatMesh } from '../../../support/d1/heartbeat-mesh.ts';
import { ask, bindings, clock, empty, keepDefaultChannels } from '../../../support/d1/http-mesh.ts';
import { get, type SignedIn, signIn, submit } from '../../../support/d1/signed-in.ts';
import { XSS_VECTORS } from '../../../support/xss-vectors.ts';

const MINUTE = 60_000;
const NEW = '/dashboard/monitors/_new';
const PAGE = '/dashboard/monitors/backup';
const ADDRESS = `${PAGE}/ping-address`;
const FORM = {
  do: 'save',
  name: 'Backup',
  'check.type': 'heartbeat',
  'check.schedule': 'every',
  'check.everySeconds': '3600',
  'check.cron': '',
  'check.timeZone': '',
  'check.graceSeconds': '60',
  'check.maxDurationSeconds': '',
};

const limitless = { PING_LIMIT: { limit: async () => ({ success: true }) } as RateLimit };

let mesh: HeartbeatMesh;
let ada: SignedIn;
beforeEach(async () => {
  await empty();
  await keepDefaultChannels();
  await bindings.DB.prepare('DELETE FROM sessions').run();
  mesh = new HeartbeatMesh();
  ada = await signIn('editor', { name: 'Ada' });
});

const decoded = (text: string): string =>
  text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
const storedCheck = async () => (await ask('/api/v1/monitors/backup')).json.check;

describe('the form of a heartbeat', () => {
  test('is offered beside an address, and has no locations, interval or quorum', async () => {
    expect((await get(NEW, ada)).text).toContain('A job reports in (cron, backup, worker)');
    const { text } = await get(`${NEW}?type=heartbeat`, ada);
    for (const part of ['At least one ping every', 'Cron expression', 'Grace', 'Longest duration'])
      expect(text).toContain(part);
    for (const name of ['intervalSeconds', 'locations', 'alert.quorum', 'value="check"'])
      expect(text).not.toContain(`name="${name}"`);
    expect(text).not.toContain('Check now, without saving');
  });

  test('stores an interval, or a cron expression with its time zone, and never both', async () => {
    const typed = { 'check.cron': '0 3 * * *', 'check.timeZone': 'Europe/Berlin' };
    const created = await submit(NEW, ada, { ...FORM, ...typed });
    expect(created.status).toBe(303);
    expect(created.headers.get('location')).toBe(ADDRESS);
    expect(await storedCheck()).toMatchObject({ everySeconds: 3_600, timeZone: 'UTC', graceSeconds: 60 });
    expect(await storedCheck()).not.toHaveProperty('cron');
    const edit = { ...FORM, ...typed, 'check.schedule': 'cron', 'check.maxDurationSeconds': '600' };
    expect((await submit(`${PAGE}/edit`, ada, { ...edit, version: '1' })).status).toBe(303);
    expect(await storedCheck()).toMatchObject({
      ...{ cron: '0 3 * * *', timeZone: 'Europe/Berlin', maxDurationSeconds: 600 },
    });
    expect(await storedCheck()).not.toHaveProperty('everySeconds');
  });

  test('says at the field what is wrong, and keeps what was typed', async () => {
    const wrong = { ...FORM, 'check.schedule': 'cron', 'check.cron': '61 * * * *', name: 'My backup' };
    const { status, text } = await submit(NEW, ada, wrong);
    expect(status).toBe(422);
    expect(text).toContain('id="check.cron-error"');
    for (const value of ['61 * * * *', 'My backup']) expect(text).toContain(`value="${value}"`);
    expect((await ask('/api/v1/monitors')).json.monitors).toEqual([]);
  });

  test('shows the next five times by the clock of the time zone, over a change of the clock', async () => {
    const before = clock.now;
    clock.now = Date.UTC(2027, 2, 26, 12);
    ada = await signIn('editor');
    const values = { ...FORM, 'check.schedule': 'cron', 'check.cron': '30 2 * * *' };
    const { text } = await submit('/dashboard/monitors/due-times', ada, {
      ...values,
      'check.timeZone': 'Europe/Berlin',
    });
    clock.now = before;
    // At 02:00 on 28 March the clock is put forward: 02:30 moves to 03:00.
    for (const time of ['Sat 27 Mar, 02:30', 'Sun 28 Mar, 03:', 'Mon 29 Mar, 02:30', 'Wed 31 Mar, 02:30'])
      expect(text).toContain(time);
    for (const [cron, zone] of [
      ['* * *', 'UTC'],
      ['0 3 * * *', 'Mars/Olympus'],
      [XSS_VECTORS[0]!, 'UTC'],
    ]) {
      const refused = await submit('/dashboard/monitors/due-times', ada, {
        ...{ ...values, 'check.cron': cron!, 'check.timeZone': zone! },
      });
      expect(refused.status).toBe(200);
      expect(refused.text).toContain('<p class="error">');
    }
  });

  test('without script, a button shows the times in the same form', async () => {
    const { status, text } = await submit(NEW, ada, {
      ...FORM,
      ...{ do: 'due-times', 'check.schedule': 'cron', 'check.cron': '0 4 * * *', name: 'Kept' },
    });
    expect(status).toBe(200);
    expect(text).toContain('04:00 in UTC');
    expect(text).toContain('value="Kept"');
  });

  test('keeps an interval that the list does not have', async () => {
    await mesh.create('backup', { everySeconds: 5_400, graceSeconds: 77 });
    const { text } = await get(`${PAGE}/edit`, ada);
    expect(text).toMatch(/<option value="5400" selected[^>]*>90 minutes/);
    expect(text).toMatch(/<option value="77" selected[^>]*>77 seconds/);
    const clone = await get(`${NEW}?clone=backup`, ada);
    expect(clone.text).toMatch(/<option value="5400" selected/);
  });

  test('a monitor becomes a heartbeat, and a heartbeat a monitor of all locations', async () => {
    const alert = { quorum: 'all', failures: 3, recoveries: 2, confirmSeconds: 10 };
    const body = { id: 'backup', name: 'Backup', check: { type: 'tcp', host: 'db.example.com', port: 5432 } };
    await ask('/api/v1/monitors', {
      method: 'POST',
      body: { ...body, intervalSeconds: 300, locations: ['aws:us-east-1'], alert: { ...alert, quorum: 1 } },
    });
    const drawn = await submit(`${PAGE}/edit`, ada, {
      do: 'type:heartbeat',
      'check.type': 'tcp',
      version: '1',
    });
    expect(drawn.text).toContain('At least one ping every');
    expect((await submit(`${PAGE}/edit`, ada, { ...FORM, version: '1' })).status).toBe(303);
    const job = (await ask('/api/v1/monitors/backup')).json;
    expect(job).toMatchObject({
      check: { type: 'heartbeat', everySeconds: 3_600 },
      locations: ['heartbeat'],
    });
    expect((await get(ADDRESS, ada)).status).toBe(200);

    const back = await submit(`${PAGE}/edit`, ada, { ...FORM, do: 'type:tcp', version: '2' });
    expect(back.text).toContain('name="intervalSeconds"');
    const fields = { 'check.type': 'tcp', 'check.host': 'db.example.com', 'check.port': '5432' };
    const saved = await submit(`${PAGE}/edit`, ada, {
      ...{ do: 'save', name: 'Backup', version: '2', ...fields, intervalSeconds: '60' },
      ...{ 'locations~present': 'yes', 'locations~keyword': 'all' },
      ...{ 'alert.quorum': '', 'alert.failures': '', 'alert.recoveries': '', 'alert.confirmSeconds': '' },
    });
    expect(saved.status).toBe(303);
    expect((await ask('/api/v1/monitors/backup')).json).toMatchObject({
      ...{ check: { type: 'tcp' }, locations: 'all', intervalSeconds: 60, alert: { quorum: 'majority' } },
    });
    expect((await get(ADDRESS, ada)).status).toBe(404);
  });
});

describe('the ping address', () => {
  test('is shown to editors with every recipe, and to nobody else', async () => {
    const path = await mesh.create('backup', { everySeconds: 3_600 }, { tags: { team: 'shop' } });
    const { text } = await get(ADDRESS, ada);
    const page = decoded(text);
    const url = `https://status.test${path}`;
    expect(page).toContain(`value="${url}"`);
    for (const recipe of RECIPES) {
      expect(page).toContain(recipe.title);
      expect(page).toContain(recipe.text(url));
    }
    for (const role of ['viewer', 'responder'] as const) {
      const person = await signIn(role);
      expect((await get(ADDRESS, person)).status).toBe(403);
      const shown = await get(PAGE, person);
      expect(shown.status).toBe(200);
      expect(shown.text).not.toContain('/ping-address');
      expect(shown.text).not.toContain(path.slice(-24));
    }
    const outside = await signIn('editor', { tags: ['team:other'] });
    for (const page of ['', '/ping-address', '/pings', '/rotate-key', '/edit'])
      expect((await get(`${PAGE}${page}`, outside)).status).toBe(404);
  });

  test('waits for the first ping, and says when it is there', async () => {
    const path = await mesh.create('backup', { everySeconds: 3_600 });
    const waiting = await get(ADDRESS, ada);
    expect(waiting.text).toContain('Waiting for the first ping');
    expect(waiting.text).toContain('data-every="3"');
    await mesh.ping(`${path}/start`);
    expect((await get(ADDRESS, ada)).text).toContain('Ping received');
  });

  test('of a monitor that probes check is not there', async () => {
    await ask('/api/v1/monitors', {
      ...{
        method: 'POST',
        body: { id: 'backup', name: 'x', check: { type: 'tcp', host: 'a.example.com', port: 1 } },
      },
    });
    for (const page of ['/ping-address', '/pings', '/rotate-key'])
      expect((await get(`${PAGE}${page}`, ada)).status).toBe(404);
  });

  test('is replaced only after a box is ticked', async () => {
    await mesh.create('backup', { everySeconds: 3_600 });
    expect((await get(`${PAGE}/rotate-key`, ada)).status).toBe(200);
    const refused = await submit(`${PAGE}/rotate-key`, ada);
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('Tick the box first');
  });
});

describe('the page of a heartbeat', () => {
  test('explains first, then says when the next ping is due and what came, without what needs locations', async () => {
    const path = await mesh.create('backup', {
      everySeconds: 600,
      graceSeconds: 120,
      maxDurationSeconds: 60,
    });
    await mesh.ping(`${path}/start?rid=a`);
    clock.now += 5_000;
    await mesh.ping(`${path}/0?rid=a`, { method: 'POST', body: 'saved 12 files' });
    await mesh.ping(`${path}/start?rid=b`);
    await mesh.pass(MINUTE / 2);
    const { status, text } = await get(PAGE, ada);
    const page = decoded(text);
    expect(status).toBe(200);
    expect(page.indexOf('The job reports in and no location checks it')).toBeLessThan(
      page.indexOf('Next ping due in'),
    );
    for (const part of [
      'Open runs',
      'Newest pings',
      'saved 12 files',
      '14 bytes',
      'One run took 5 s.',
      'every 10 minutes',
    ])
      expect(page).toContain(part);
    expect(page).toContain('data-state="up"');
    for (const part of [
      'Votes by location',
      'Check now',
      'Certificate',
      'Quorum',
      'from each location',
      'Latency',
    ])
      expect(page).not.toContain(part);
    expect((await get(`${PAGE}/check`, ada)).status).toBe(404);
    await mesh.pass(11 * MINUTE);
    expect((await get(PAGE, ada)).text).toContain('of grace left');
    await mesh.pass(3 * MINUTE);
    const late = await get(PAGE, ada);
    expect(late.text).toContain('Late for');
    expect(late.text).toContain('which is over');
    expect(late.text).toContain('data-state="down"');
  });

  test('takes five statements in each range, and its other pages as many', async () => {
    const path = await mesh.create('backup', { everySeconds: 600 });
    for (let index = 0; index < 150; index += 1) {
      await mesh.ping(`${path}/start`, {}, limitless);
      clock.now += 1_000 + index;
      await mesh.ping(path, {}, limitless);
      clock.now += MINUTE;
    }
    await mesh.pass(MINUTE);
    ada = await signIn('editor');
    const counted = countD1(bindings.DB);
    for (const page of ['', '?range=7d', '?range=30d', '/pings', '/ping-address', '/edit', '/rotate-key']) {
      await get(`${PAGE}${page}`, ada);
      counted.take();
      const { status, text } = await ask(`${PAGE}${page}`, {
        ...{ token: null, headers: { cookie: ada.cookie }, env: { DB: counted.db } },
      });
      expect(status).toBe(200);
      expect(counted.take().length, page).toBeLessThanOrEqual(5);
      if (page === '') expect(decoded(text)).toMatch(/Half of the 150 runs took at most <strong>1.1 s/);
    }
    expect((await get(`${PAGE}/pings?before=2`, ada)).text).toContain('Start');
  });

  test('what a job sends is text, whatever it is', async () => {
    const path = await mesh.create('backup', { everySeconds: 600 });
    for (const vector of XSS_VECTORS.slice(0, 20)) await mesh.ping(path, { method: 'POST', body: vector });
    const { text } = await get(PAGE, ada);
    for (const vector of XSS_VECTORS.filter((one) => one.includes('<')).slice(0, 10))
      expect(text).not.toContain(vector);
  });

  test('is paused and resumed in its own words', async () => {
    await mesh.create('backup', { everySeconds: 600 });
    const paused = await submit(`${PAGE}/pause`, ada);
    const cookies = paused.headers.getSetCookie().map((one) => one.split(';', 1)[0]);
    const { text } = await ask(PAGE, {
      ...{ token: null, headers: { cookie: [ada.cookie, ...cookies].join('; ') } },
    });
    expect(text).toContain('Paused: no ping is expected.');
    expect(text).toContain('While it is paused, no ping is expected');
  });
});

describe('elsewhere', () => {
  test('the incident of a failed run shows what the job sent, and no location', async () => {
    const path = await mesh.create('backup', { everySeconds: 600 });
    await mesh.ping(path);
    await mesh.pass(MINUTE);
    await mesh.ping(`${path}/3?rid=night`, { method: 'POST', body: 'pg_dump: disk full' });
    await mesh.pass(MINUTE);
    const { incidents } = (await ask('/api/v1/monitors/backup/incidents')).json;
    ada = await signIn('responder');
    const { text } = await get(`/dashboard/incidents/${incidents[0].id}`, ada);
    expect(text).toContain('backup is down</h1>');
    expect(text).toContain('What the job reported');
    expect(text).toContain('The job failed.');
    expect(text).toMatch(/<details open[^>]*>[\s\S]*pg_dump: disk full/);
    for (const part of ['What each location saw', 'of 1 location', '>heartbeat<'])
      expect(text).not.toContain(part);
    expect((await get('/dashboard/incidents', ada)).text).toContain('The job');
  });

  test('the list says when the job reports, and filters heartbeats', async () => {
    await mesh.create('backup', { everySeconds: 7_200 });
    await mesh.create('cron', { cron: '0 3 * * *', timeZone: 'Europe/Berlin' });
    await mesh.pass(MINUTE / 2);
    const { status, text } = await get('/dashboard/monitors?type=heartbeat', ada);
    expect(status).toBe(200);
    for (const part of ['every 2 hours', '0 3 * * * (Europe/Berlin)', '>Heartbeat<'])
      expect(text).toContain(part);
    expect(text).not.toContain('of 1 locations');
    expect((await get('/dashboard/monitors?type=tcp', ada)).text).not.toContain('every 2 hours');
  });
});
