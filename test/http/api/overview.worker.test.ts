// The small overview: counts, liveness, what has changed, and an ETag that changes with everything that pages show.
import { beforeEach, describe, expect, test } from 'vitest';
import { countD1 } from '../../support/d1/counted-d1.ts';
import {
  ask,
  bindings,
  clock,
  createMonitor,
  post,
  run,
  runUntilConfirmed,
} from '../../support/d1/http-mesh.ts';
import { twoTeams } from '../../support/d1/two-teams.ts';

type Asker = Awaited<ReturnType<typeof twoTeams>>['editor'];
let editor: Asker;
beforeEach(async () => {
  ({ editor } = await twoTeams());
});

const overview = async (query = '') => (await ask(`/api/v1/overview${query}`)).json;
const tagOf = async () => (await ask('/api/v1/overview')).headers.get('etag')!;
const isUnchanged = async (tag: string) =>
  (await ask('/api/v1/overview', { headers: { 'if-none-match': tag } })).status === 304;
const numberOf = async (id: string) =>
  (await bindings.DB.prepare('select number from monitors where id = ?1').bind(id).first<number>('number'))!;

describe('the overview', () => {
  test('counts monitors by state and open incidents, and says that the mesh is working', async () => {
    await bindings.DB.prepare('update monitors set paused = 1 where id = ?1').bind('cart').run();
    await runUntilConfirmed(await numberOf('ledger'), 6);
    const { seq, changed, more, ...figures } = await overview();
    expect(figures).toEqual({
      counts: { down: 1, partial: 0, no_data: 0, degraded: 0, maintenance: 0, paused: 1, pending: 1, up: 0 },
      openIncidents: 1,
      liveness: {
        ticks: expect.any(Boolean),
        measurements: expect.any(Boolean),
        measuredAt: expect.any(String),
      },
    });
    expect([seq > 0, changed, more]).toEqual([true, [], false]);
  });

  test('lists the monitors that changed after `since`, and none that did not', async () => {
    await run(await numberOf('cart'), 0);
    const { seq } = await overview();
    expect((await overview(`?since=${seq}`)).changed).toEqual([]);
    await runUntilConfirmed(await numberOf('ledger'), 6);
    const next = await overview(`?since=${seq}`);
    expect(next.changed).toEqual([{ id: 'ledger', state: 'down', since: expect.any(String) }]);
    expect(next.seq).toBeGreaterThan(seq);
  });

  test('says that ticks have stopped, and then knows no state that was measured', async () => {
    const at = clock.now;
    await bindings.DB.batch([
      bindings.DB.prepare('insert or replace into shards (number, tick, tick_at) values (0, 1, ?1)').bind(at),
    ]);
    await run(await numberOf('cart'), 0);
    expect(await overview()).toMatchObject({ liveness: { ticks: true }, counts: { up: 1 } });
    const tag = await tagOf();
    clock.now += 600_000;
    expect(await isUnchanged(tag)).toBe(false);
    expect(await overview()).toMatchObject({
      liveness: { ticks: false, measurements: false },
      counts: { up: 0, no_data: 1, pending: 2 },
    });
  });

  test.each(['abc', '-1', '1.5', ''])('refuses `since=%s`', async (since) => {
    const answer = await ask(`/api/v1/overview?since=${since}`);
    expect([answer.status, answer.json.errors[0].path]).toEqual([422, 'since']);
  });

  test('lists at most 100 changed monitors, and says that there are more', async () => {
    const { DB } = bindings;
    const rows = Array.from({ length: 101 }, (_, index) => index + 1_000);
    await DB.batch([
      DB.prepare(`insert into monitors (number, id, name, "check", interval_seconds, locations, alert, channels, public,
          paused, version, created_at, updated_at, tags, depends_on)
        select n.value, 'many-' || n.value, 'Many', m."check", m.interval_seconds, m.locations, m.alert, m.channels, 0, 0,
          1, m.created_at, m.updated_at, m.tags, '[]' from json_each(?1) n, monitors m where m.id = 'cart'`).bind(
        JSON.stringify(rows),
      ),
      DB.prepare(`insert into monitor_states (number, verdict, since, never_checked, passing, failing, abstaining, warnings,
          flapping, votes, updated_at)
        select value, 'up', 1, 0, 1, 0, 0, '[]', 0, '[]', 5 from json_each(?1)`).bind(JSON.stringify(rows)),
    ]);
    const { changed, more } = await overview('?since=1');
    expect([changed.length, more]).toEqual([100, true]);
  });
});

describe('the ETag of the overview', () => {
  test('stays while nothing changes, also when locations report the same again, and costs one statement then', async () => {
    const cart = await numberOf('cart');
    await run(cart, 0);
    await run(cart, 0);
    const tag = await tagOf();
    const counted = countD1(bindings.DB);
    const again = await ask('/api/v1/overview', {
      headers: { 'if-none-match': `"other", W/${tag}` },
      env: { DB: counted.db },
    });
    expect([again.status, again.text, again.headers.get('etag')]).toEqual([304, '', tag]);
    const statements = counted.take().filter(({ sql }) => !/api_keys|sessions|used_tokens/.test(sql));
    expect(statements).toHaveLength(1);
    await run(cart, 0);
    expect(await isUnchanged(tag)).toBe(true);
    const whole = countD1(bindings.DB);
    await ask('/api/v1/overview?since=1', { env: { DB: whole.db } });
    expect(whole.take().filter(({ sql }) => !/api_keys|sessions|used_tokens/.test(sql))).toHaveLength(2);
  });

  const deliver = "update channels set last_success_at = 5, failures = 0 where id = 'shop-hook'";
  const inOneHour = () => new Date(clock.now + 3_600_000).toISOString();
  test.each<[what: string, change: () => Promise<unknown>]>([
    ['a monitor goes down', async () => runUntilConfirmed(await numberOf('cart'), 6)],
    ['a monitor is renamed', () => ask('/api/v1/monitors/cart', { method: 'PATCH', body: { name: 'New' } })],
    [
      'a silence is created',
      () => post('/api/v1/silences', { name: 'Hush', monitors: ['cart'], durationMinutes: 60 }),
    ],
    [
      'a channel is paused',
      () => ask('/api/v1/channels/shop-hook', { method: 'PATCH', body: { enabled: false } }),
    ],
    ['a delivery succeeds', () => bindings.DB.prepare(deliver).run()],
    [
      'an incident is reported to readers',
      () => post('/api/v1/public-incidents', { title: 'Slow', body: 'We look into it.', notify: false }),
    ],
    [
      'a maintenance begins',
      async () => {
        clock.now += 3_700_000;
      },
    ],
  ])('changes when %s', async (what, change) => {
    await run(await numberOf('cart'), 0);
    const window = { name: 'Work', monitors: ['cart'], durationMinutes: 60, startsAt: inOneHour() };
    if (what === 'a maintenance begins') await post('/api/v1/maintenances', window);
    const tag = await tagOf();
    expect(await isUnchanged(tag)).toBe(true);
    await change();
    expect(await isUnchanged(tag)).toBe(false);
  });

  test('changes when an incident is acknowledged', async () => {
    await runUntilConfirmed(await numberOf('cart'), 6);
    const tag = await tagOf();
    const { incidents } = (await ask('/api/v1/incidents?state=open')).json;
    const answer = await post(`/api/v1/incidents/${incidents[0].id}/acknowledge`, {});
    expect([answer.status, await isUnchanged(tag)]).toEqual([200, false]);
  });
});

test('with a restriction, the overview has the monitors and incidents inside, and no figure of the others', async () => {
  await runUntilConfirmed(await numberOf('ledger'), 6);
  const { counts, openIncidents, changed, seq } = (await editor.get('/api/v1/overview?since=1')).json;
  expect(counts).toMatchObject({ down: 0, pending: 2 });
  expect([openIncidents, changed.map(({ id }: { id: string }) => id)]).not.toContain('ledger');
  expect(openIncidents).toBe(0);
  const before = seq;
  await createMonitor({ id: 'vault', name: 'Vault', tags: { team: 'bank' } });
  expect((await editor.get('/api/v1/overview')).json.seq).toBe(before);
});
