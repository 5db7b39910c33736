// The page of a monitor: why it is as it is, what each role may do, what fails and what is shown then.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CONTRACT_VERSION } from '../../../../probes/contract/index.ts';
import { commit } from '../../../../src/store/commit.ts';
import { loadState } from '../../../../src/store/shard.ts';
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
    await runUntilConfirmed(1, 4);
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

  test('has the certificate with its end and the days left, and which locations see another one', async () => {
    await createMonitor({ check: { type: 'http', url: 'https://shop.example.com/' } });
    expect((await get(PATH, ada)).text).toContain('No location has reported a certificate yet.');
    clock.now += 60_000;
    const hostile = XSS_VECTORS[0]!;
    const seen = (letter: string, days: number) => ({
      ...{
        monitor: 1,
        startedAt: clock.now,
        fingerprint: letter.repeat(64),
        subject: 'shop',
        issuer: hostile,
      },
      ...{ names: ['shop.example.com', hostile], validTo: clock.now + days * 86_400_000 + 1_000 },
    });
    let state = await loadState(bindings.DB);
    const writer = { db: bindings.DB, tick: 0, publicUrl: 'https://status.test', now: () => clock.now };
    for (const { number: location } of state.locations.values()) {
      const entry = { kind: 'report', location, askedAt: clock.now, answeredAt: clock.now } as const;
      const report = { ...entry, error: null, missedDeadline: false, observations: [] };
      const certificates = { location, seen: [location === 3 ? seen('B', -2) : seen('A', 90)] };
      state = (await commit(writer, state, () => report, { certificates })).state;
    }
    const { text } = await get(PATH, ada);
    expect(text).not.toContain(hostile);
    const page = decoded(text);
    expect(page).toContain(hostile);
    const end = new Date(clock.now + 90 * 86_400_000 + 1_000).toISOString();
    expect(page).toContain(`<time datetime="${end}">`);
    expect(page).toContain('90 days left');
    expect(page).toContain('shop.example.com');
    expect(page).toMatch(/Another one, seen by <bdi>[^,<]+<\/bdi>/);
    expect(page).toMatch(/expired [^<]+ ago/);
  });

  test('takes five statements, in each range, and a history page and a form as many', async () => {
    await createMonitor();
    await runUntilConfirmed(1, 0);
    const counted = countD1(bindings.DB);
    const read = async (path: string) => {
      // The last use of a session is written once a minute.
      await get(path, ada);
      counted.take();
      const answer = await ask(path, {
        token: null,
        headers: { cookie: ada.cookie },
        env: { DB: counted.db },
      });
      return [answer.status, counted.take().length];
    };
    for (const range of ['', '?range=7d', '?range=90d']) {
      const [status, statements] = await read(`${PATH}${range}`);
      expect(status).toBe(200);
      expect(statements).toBeLessThanOrEqual(5);
    }
    expect((await read(`${PATH}/history`))[1]).toBeLessThanOrEqual(5);
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
    await runUntilConfirmed(1, 4);
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
    await runUntilConfirmed(1, 4);
    await ask('/api/v1/monitors/shop?detach=true', { method: 'DELETE' });
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

describe('a check from everywhere', () => {
  afterEach(() => vi.restoreAllMocks());

  const lambda = () =>
    vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
      const request = new Request(input, init);
      const common = { id: 0, startedAt: clock.now, trace: [{ atMs: 3, text: 'connect <b>' }] };
      const observation = request.url.includes('sa-east-1')
        ? {
            ...{
              outcome: 'failed',
              code: 'unexpected_reply',
              detail: 'status 503',
              phase: 'reply',
              timings: {},
            },
            response: { status: 503, body: '<script>alert(1)</script>' },
          }
        : {
            ...{ outcome: 'ok', timings: { connectMs: 12, tlsMs: 20, totalMs: 40 } },
            facts: [
              { name: 'tls.subject', value: 'shop.example.com' },
              { name: 'tls.issuer', value: 'Some <i>issuer</i>' },
              { name: 'tls.validTo', value: new Date(clock.now + 30.5 * 86_400_000).toISOString() },
            ],
          };
      return Response.json({
        ...{ version: CONTRACT_VERSION, build: 'x', receivedAt: clock.now },
        observations: [{ ...common, ...observation }],
      });
    });

  test('shows phases, steps, the answer and the certificate of each location, as text, and stores no vote', async () => {
    await createMonitor();
    const rows = () => bindings.DB.prepare('select count(*) as n from journal').first<number>('n');
    const before = await rows();
    lambda();
    const { status, text } = await submit(`${PATH}/check`, ada);
    expect(status).toBe(200);
    for (let index = 0; index < 6; index += 1) expect(text).toContain(`slot="run-${index}"`);
    expect(text).toContain('Ok from 5 of 6 locations, failed from 1.');
    expect(text.match(/30 days left/g)).toHaveLength(5);
    expect(text).toContain('issued by Some &lt;i&gt;issuer&lt;/i&gt;');
    expect(text).toContain('connect &lt;b&gt;');
    expect(text).not.toContain('<script>alert');
    expect(await rows()).toBe(before);
    expect((await ask('/api/v1/audit-entries?action=check_run.started')).json.auditEntries).toHaveLength(1);
  });
});
