// The overview: what it shows of a mesh that works, one that does not, and one that is new; to whom; and at which cost.
import { beforeEach, describe, expect, test } from 'vitest';
import { countD1 } from '../../../support/d1/counted-d1.ts';
import {
  ask,
  bindings,
  clock,
  createMonitor,
  empty,
  patch,
  post,
  RECEIVER,
  run,
  runUntilConfirmed,
} from '../../../support/d1/http-mesh.ts';
import { get, type SignedIn, signIn, submit } from '../../../support/d1/signed-in.ts';
import { XSS_VECTORS } from '../../../support/xss-vectors.ts';

let ada: SignedIn;
beforeEach(async () => {
  await empty();
  await bindings.DB.batch(['sessions', 'people'].map((table) => bindings.DB.prepare(`DELETE FROM ${table}`)));
  ada = await signIn('admin', { name: 'Ada' });
});

/** A tick, as far as the overview knows it. */
const tick = () =>
  bindings.DB.prepare(
    'INSERT INTO shards (number, tick, tick_at) VALUES (0, 1, ?1) ON CONFLICT DO UPDATE SET tick_at = ?1',
  )
    .bind(clock.now)
    .run();

const overview = async (person = ada): Promise<string> => {
  const { status, text } = await get('/dashboard', person);
  expect(status).toBe(200);
  return text;
};
const figure = (text: string, label: string): string =>
  new RegExp(`<span class="value">([^<]*)</span><span class="name">${label}</span>`).exec(text)![1]!;

describe('a new mesh', () => {
  test('asks for the first monitor, and ticks what exists', async () => {
    const before = await overview();
    expect(before).toContain('Set up the mesh');
    expect(before).toContain('0 of 4 done');
    expect(before).toContain('name="target"');
    expect(before).toContain('action="/dashboard/monitors/_new"');
    await createMonitor();
    await post('/api/v1/channels', RECEIVER);
    await signIn('viewer');
    const after = await overview();
    // The monitor is public, and a second person exists. The channel has not delivered anything.
    expect(after).toContain('3 of 4 done');
    expect(after).toContain('Send a test');
    await bindings.DB.prepare('UPDATE channels SET last_success_at = 1').run();
    expect(await overview()).not.toContain('Set up the mesh');
  });

  test('hides the checklist when a person hides it, and shows it again', async () => {
    const hidden = await submit('/dashboard/checklist', ada);
    expect(hidden.status).toBe(303);
    const cookie = /__Host-probemesh-checklist=[^;]+/.exec(hidden.headers.get('set-cookie') ?? '')![0];
    const both = { ...ada, cookie: `${ada.cookie}; ${cookie}` };
    const text = await overview(both);
    expect(text).not.toContain('Set up the mesh');
    // Somebody still has to add a monitor.
    expect(text).toContain('name="target"');
    const shown = await submit('/dashboard/checklist', both, { show: 'yes' });
    expect(shown.headers.get('set-cookie')).toMatch(/__Host-probemesh-checklist=;.*Max-Age=0/);
  });

  test('asks nothing of people who may not add monitors', async () => {
    const text = await overview(await signIn('viewer'));
    expect(text).not.toContain('Set up the mesh');
    expect(text).not.toContain('name="target"');
    expect(text).toContain('No monitor yet');
  });
});

describe('a mesh with an outage', () => {
  beforeEach(async () => {
    await createMonitor();
    await createMonitor({ id: 'blog', name: 'Blog', tags: { team: 'blog' } });
    await runUntilConfirmed(1, 6);
    await run(2, 0);
    await run(2, 0);
    await tick();
  }, 60_000);

  test('shows what is down, since when, where it fails, and who acknowledged it', async () => {
    const text = await overview();
    expect([figure(text, 'Down'), figure(text, 'Up')]).toEqual(['1', '1']);
    expect(text).toContain('href="/dashboard/monitors?state=down"');
    const row = /<tr data-row[^>]*><td><span class="state bad".*?<\/tr>/.exec(text)![0];
    expect(row).toContain('<a href="/dashboard/monitors/shop"><bdi>Web shop</bdi></a>');
    expect(row).toContain('6 of 6: ');
    expect(row).toContain('<time datetime=');
    const { json } = await ask('/api/v1/incidents');
    await ask(`/api/v1/incidents/${json.incidents[0].id}/acknowledge`, { method: 'POST', body: {} });
    const acknowledged = await overview();
    expect(acknowledged).toContain('Acknowledged by');
    expect(acknowledged).toContain('data-state="acknowledged"');
  });

  test('shows a restricted person nothing outside', async () => {
    const blogger = await signIn('editor', { tags: ['team:blog'] });
    await bindings.DB.prepare(
      `INSERT INTO health (seq, at, reasons) VALUES (1, 1, '[{"code":"location_lost","state":"firing","since":1,"goneSince":null,"detail":"secret.internal failed"}]')`,
    ).run();
    const text = await overview(blogger);
    expect(text).not.toContain('Web shop');
    expect([figure(text, 'Down'), figure(text, 'Up')]).toEqual(['0', '1']);
    expect(text).toContain('No incident yet');
    expect(text).toContain('Some locations do not report.');
    expect(text).not.toContain('secret.internal');
    expect(await overview()).toContain('secret.internal');
  });

  test('has no data once ticks have stopped, and says so first', async () => {
    clock.now += 181_000;
    const text = await overview();
    expect(text).toContain('No check has been started for');
    expect([figure(text, 'Down'), figure(text, 'No data'), figure(text, 'Up')]).toEqual(['0', '2', '0']);
    expect(text).toContain('data-state="unknown"');
    await tick();
    expect(await overview()).not.toContain('No check has been started');
  });

  test('names monitors that notify nobody', async () => {
    await post('/api/v1/channels', RECEIVER);
    await patch('/api/v1/monitors/blog', { channels: [] });
    expect(await overview()).toContain('An outage of one monitor would notify nobody');
  });

  test('takes at most 5 statements, with everything on it', async () => {
    await post('/api/v1/maintenances', {
      name: 'Database upgrade',
      monitors: ['shop'],
      ...{ cron: '0 3 * * SUN', durationMinutes: 60, timeZone: 'Europe/Berlin' },
    });
    await post('/api/v1/schedules', {
      name: 'First line',
      timeZone: 'Europe/Berlin',
      rotations: [{ name: 'Weekly', people: [ada.id], start: '2026-11-02T09:00' }],
    });
    const counted = countD1(bindings.DB);
    const { text } = await ask('/dashboard', {
      token: null,
      headers: { cookie: ada.cookie },
      env: { DB: counted.db },
    });
    expect(text).toContain('Database upgrade');
    expect(text).toContain('First line');
    expect(text).toContain('has no channel');
    const statements = counted.take().filter(({ sql }) => !/^\s*update/i.test(sql));
    expect(statements.length).toBeLessThanOrEqual(5);
  });
});

test('hostile names are text', async () => {
  const vectors = XSS_VECTORS.filter((one) => /^[^\r\n\t\0]{1,100}$/.test(one)).slice(0, 18);
  for (const [index, name] of vectors.entries()) await createMonitor({ id: `m${index}`, name: `x ${name}` });
  const text = await overview();
  for (const vector of vectors) expect(text).not.toContain(vector);
  expect(text).not.toMatch(/<bdi>x [^<]*<(?!\/bdi>)/);
});
