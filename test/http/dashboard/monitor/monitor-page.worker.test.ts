// The page of a monitor: why it is as it is, what each role may do, what fails and what is shown then.
import { beforeEach, describe, expect, test } from 'vitest';
import { countD1 } from '../../../support/d1/counted-d1.ts';
import {
  ask,
  bindings,
  clock,
  createMonitor,
  empty,
  keepDefaultChannels,
  post,
  RECEIVER,
  run,
  runUntilConfirmed,
} from '../../../support/d1/http-mesh.ts';
import { get, type SignedIn, signIn, submit } from '../../../support/d1/signed-in.ts';
import { XSS_VECTORS } from '../../../support/xss-vectors.ts';

const PATH = '/dashboard/monitors/shop';
const decoded = (text: string): string =>
  text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');

let ada: SignedIn;
beforeEach(async () => {
  await empty();
  await keepDefaultChannels();
  ada = await signIn('admin', { name: 'Ada' });
});

const tickNow = () =>
  bindings.DB.prepare('insert or replace into shards (number, tick, tick_at) values (0, 1, ?)')
    .bind(clock.now)
    .run();

describe('the page of a monitor', () => {
  test('begins with the sentence of explain, then has a row for each location', async () => {
    await createMonitor({ tags: { team: 'shop' }, group: 'Checkout', description: 'Sells things.' });
    await runUntilConfirmed(1, 3);
    await tickNow();
    const { json } = await ask('/api/v1/monitors/shop/explain');
    const { status, text } = await get(PATH, ada);
    expect(status).toBe(200);
    const page = decoded(text);
    expect(page).toContain(json.why);
    expect(page.indexOf(json.why)).toBeLessThan(page.indexOf('Votes by location'));
    expect(page).toContain('data-state="down"');
    expect(page).toContain('Connection refused');
    for (const { id } of json.locations) expect(page).toContain(`<small class="id-text">${id}</small>`);
    for (const part of [
      'Sells things.',
      'Checkout',
      'team:shop',
      'Latency by location',
      '90 days',
      'Uptime is 1',
    ])
      expect(page).toContain(part);
    const { incidents } = (await ask('/api/v1/monitors/shop/incidents')).json;
    expect(page).toContain(`/dashboard/incidents/${incidents[0].id}`);
    expect(page).not.toContain('No tick runs');
  });

  test('takes five statements, in each range, and a history page and a form as many', async () => {
    await createMonitor();
    await runUntilConfirmed(1, 0);
    const counted = countD1(bindings.DB);
    const read = async (path: string) => {
      counted.take();
      const answer = await ask(path, {
        token: null,
        headers: { cookie: ada.cookie },
        env: { DB: counted.db },
      });
      // The second reading of a result has no figures of its own: see counted-d1.ts.
      return [answer.status, counted.take().length];
    };
    for (const range of ['', '?range=7d', '?range=90d']) {
      const [status, statements] = await read(`${PATH}${range}`);
      expect(status).toBe(200);
      expect(statements).toBeLessThanOrEqual(5);
    }
    expect((await read(`${PATH}/history`))[1]).toBeLessThanOrEqual(6);
    expect((await read(`${PATH}/check`))[1]).toBeLessThanOrEqual(5);
  });

  test('says first that ticks have stopped, and does not claim a state', async () => {
    await createMonitor();
    await runUntilConfirmed(1, 0);
    clock.now += 20 * 60_000;
    const { text } = await get(PATH, ada);
    expect(text).toContain('No tick runs: nothing is checked');
    expect(text.indexOf('No tick runs')).toBeLessThan(text.indexOf('Votes by location'));
    expect(text).toContain('data-state="no_data"');
    expect(text).not.toContain('data-state="up"');
  });

  test('shows what the tables have if the state cannot be read', async () => {
    await createMonitor();
    await runUntilConfirmed(1, 3);
    await tickNow();
    await bindings.DB.prepare("update journal set checksum = 'x'").run();
    const { status, text } = await get(PATH, ada);
    expect(status).toBe(200);
    expect(text).toContain('The state of the mesh cannot be read');
    expect(text).toContain('data-state="down"');
    expect(text).toContain('Failing');
    expect(text).toContain('/dashboard/incidents/');
  });

  test('of a new monitor says that its first checks come', async () => {
    await createMonitor();
    await tickNow();
    const { text } = await get(PATH, ada);
    expect(text).toContain('data-state="pending"');
    expect(text).toContain('No incident yet');
    expect(text).toContain('Nothing was measured');
  });

  test('of a deleted monitor is gone, with its history, for those who see everything', async () => {
    await createMonitor();
    await runUntilConfirmed(1, 3);
    await ask('/api/v1/monitors/shop?detach=true', { method: 'DELETE' });
    // The compaction would write it.
    await bindings.DB.prepare(
      `insert into monitor_histories (number, id, name, tags, starts_at, deleted_at, recent_day, recent)
       values (1, 'shop', 'Web shop', '{"team":"shop"}', ?, ?, -1, x'')`,
    )
      .bind(clock.now - 3_600_000, clock.now - 60_000)
      .run();
    const gone = await get(PATH, ada);
    expect(gone.status).toBe(410);
    expect(gone.text).toContain('This monitor was deleted.');
    expect(gone.text).toContain('/dashboard/incidents/');
    expect(gone.text).not.toContain('/pause"');
    expect((await get(`${PATH}/history`, ada)).status).toBe(200);
    const eve = await signIn('viewer', { tags: ['team:shop'] });
    expect((await get(PATH, eve)).status).toBe(404);
  });

  test('is not there for an unknown id, and outside a restriction is the same', async () => {
    await createMonitor({ tags: { team: 'shop' } });
    const eve = await signIn('editor', { tags: ['team:other'] });
    const unknown = await get('/dashboard/monitors/nothing', eve);
    for (const path of [PATH, `${PATH}/history`, `${PATH}/check`]) {
      const outside = await get(path, eve);
      expect(outside.status).toBe(404);
      expect(outside.text.replaceAll('shop', 'nothing')).toBe(unknown.text);
    }
    for (const action of ['pause', 'resume', 'silence', 'check'])
      expect((await submit(`${PATH}/${action}`, eve)).status).toBe(404);
    expect((await ask('/api/v1/monitors/shop')).json.paused).toBe(false);
  });

  test('names nothing outside a restriction', async () => {
    await createMonitor({ id: 'gate', name: 'Secret gate' });
    await post('/api/v1/channels', { ...RECEIVER, name: 'Secret channel' });
    await createMonitor({ tags: { team: 'shop' }, dependsOn: ['gate'] });
    await post('/api/v1/silences', { name: 'Secret reason', monitors: 'all', durationMinutes: 60 });
    await run(2, 0);
    const eve = await signIn('viewer', { tags: ['team:shop'] });
    const { status, text } = await get(PATH, eve);
    expect(status).toBe(200);
    expect(text).not.toContain('Secret');
    expect((await get(PATH, ada)).text).toContain('Secret gate');
  });

  test('shows the buttons of the role', async () => {
    await createMonitor();
    const shown = async (role: 'viewer' | 'responder' | 'editor') => {
      const { text } = await get(PATH, await signIn(role));
      return ['/silence"', '/pause"', '/check"', '/edit"', '/delete"', 'clone=shop'].filter((part) =>
        text.includes(part),
      );
    };
    expect(await shown('viewer')).toEqual([]);
    expect(await shown('responder')).toEqual(['/silence"']);
    expect(await shown('editor')).toHaveLength(6);
    expect((await submit(`${PATH}/pause`, await signIn('responder'))).status).toBe(403);
  });

  test('has names and descriptions as text, wherever they stand', async () => {
    for (const [index, vector] of XSS_VECTORS.slice(0, 12).entries()) {
      const id = `m${index}`;
      const text = vector
        .replace(/[^\x20-\x7e]/g, ' ')
        .slice(0, 100)
        .trim();
      await createMonitor({ id, name: text, description: text, group: text });
      const page = await get(`/dashboard/monitors/${id}`, ada);
      expect(page.status).toBe(200);
      expect(page.text).not.toMatch(/<(?:script>alert|img src=x|svg onload|scr<)/i);
    }
  });
});

describe('a button', () => {
  test('pauses, and the undo resumes', async () => {
    await createMonitor();
    const paused = await submit(`${PATH}/pause`, ada);
    expect([paused.status, paused.headers.get('location')]).toEqual([303, PATH]);
    expect((await ask('/api/v1/monitors/shop')).json.paused).toBe(true);
    expect((await get(PATH, ada)).text).toContain('data-state="paused"');
    expect((await submit(`${PATH}/resume`, ada)).status).toBe(303);
    expect((await ask('/api/v1/monitors/shop')).json.paused).toBe(false);
  });

  test('silences for an hour, and the undo ends the silence', async () => {
    await createMonitor();
    const responder = await signIn('responder');
    expect((await submit(`${PATH}/silence`, responder)).status).toBe(303);
    const { silences } = (await ask('/api/v1/silences')).json;
    expect(silences).toMatchObject([{ monitors: ['shop'], state: 'active' }]);
    expect((await get(PATH, ada)).text).toContain('Silenced for 1 h from the dashboard');
    expect((await submit(`${PATH}/silence/end`, responder, { silence: silences[0].id })).status).toBe(303);
    expect((await ask('/api/v1/silences')).json.silences[0].state).toBe('ended');
  });
});

describe('the page of runs', () => {
  test('has the runs of a day, newest first, filtered by location and outcome', async () => {
    await createMonitor();
    for (let round = 0; round < 3; round += 1) await run(1, 1);
    const { text } = await get(`${PATH}/history`, ada);
    expect(text.match(/<th scope="row">/g)?.length).toBe(18);
    expect(text).toContain('/api/v1/exports/observations?monitor=shop');
    const failed = await get(`${PATH}/history?outcome=failed`, ada);
    expect(failed.text.match(/<th scope="row">/g)?.length).toBe(3);
    expect(decoded(failed.text)).toContain('192.0.2.7:443 refused');
    expect((await get(`${PATH}/history?day=2020-01-01`, ada)).text).toContain('No run matches');
    expect((await get(`${PATH}/history?day=nonsense&page=-3`, ada)).status).toBe(200);
  });
});
