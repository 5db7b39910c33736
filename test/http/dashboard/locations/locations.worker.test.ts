// The pages of locations: states and why, names that admins give, and what a restricted person sees.
import { beforeEach, describe, expect, test } from 'vitest';
import { countD1 } from '../../../support/d1/counted-d1.ts';
import {
  ask,
  bindings,
  clock,
  createMonitor,
  empty,
  run,
  runUntilConfirmed,
} from '../../../support/d1/http-mesh.ts';
import { get, type SignedIn, signIn, submit } from '../../../support/d1/signed-in.ts';

const FIRST = '/dashboard/locations/aws%3Aeu-central-1';

let ada: SignedIn;
beforeEach(async () => {
  await empty();
  await bindings.DB.batch(['sessions', 'people'].map((table) => bindings.DB.prepare(`DELETE FROM ${table}`)));
  ada = await signIn('admin', { name: 'Ada' });
});

const ids = async (): Promise<string[]> =>
  (await ask('/api/v1/locations')).json.locations.map(({ id }: { id: string }) => id);
const pathOf = (id: string): string => `/dashboard/locations/${encodeURIComponent(id)}`;
const rowOf = (text: string, id: string): string =>
  text.split('<tr data-row').find((row) => row.includes(`<bdi>${id}</bdi>`))!;

describe('the list', () => {
  test('shows a location that has not reported as waiting', async () => {
    const { text } = await get('/dashboard/locations', ada);
    for (const id of await ids()) expect(rowOf(text, id)).toContain('data-state="waiting"');
  });

  test('shows state, newest report, failed share, duration, and what fails only there', async () => {
    await createMonitor();
    await run(1, 0);
    await runUntilConfirmed(1, 1);
    const [first, second] = await ids();
    const { text } = await get('/dashboard/locations', ada);
    const row = rowOf(text, first!);
    expect(row).toContain('data-state="healthy"');
    expect(row).toContain('0 % (0 of 9)');
    expect(row).toContain('0 ms');
    expect(row).toContain('1 failing here');
    expect(row).toContain('1 only here');
    expect(rowOf(text, second!)).not.toContain('failing here');
  });

  test('shows a quarantined and a lost location, the worst first, with the reason', async () => {
    await createMonitor();
    await run(1, 0);
    const [first, second] = await ids();
    const insert = bindings.DB.prepare(
      `INSERT INTO incidents (id, monitor_number, monitor_id, monitor_name, public, state, verdict, started_at, detected_at,
        scope, quorum, evidence, location) VALUES (?1, 0, '', '', 0, 'open', ?2, ?3, ?3, '[]', ?4, '[]', ?5)`,
    );
    const { now } = clock;
    await bindings.DB.batch([
      insert.bind('inc-1', 'quarantined', now - 600_000, '{"failedMonitors":7,"checkedMonitors":9}', first),
      insert.bind('inc-2', 'lost', now - 60_000, '{"failedMonitors":0,"checkedMonitors":0}', second),
    ]);
    const { text } = await get('/dashboard/locations', ada);
    const rows = text.split('<tr data-row').slice(1);
    expect(rows[0]).toContain('data-state="lost"');
    expect(rows[1]).toContain('It fails 7 of 9 monitors');
    expect(rows[1]).toContain('10 min');
    const own = await get(pathOf(first!), ada);
    expect(own.text).toContain('href="/dashboard/incidents/inc-1"');
    // Incidents of locations belong to no team.
    const restricted = await signIn('viewer', { tags: ['team:blog'] });
    expect((await get(pathOf(first!), restricted)).text).not.toContain('inc-1');
  });

  test('shows a failed invocation with its error', async () => {
    await createMonitor();
    await run(1, 0);
    const [first] = await ids();
    await bindings.DB.prepare(
      `UPDATE journal SET detail = json_set(detail, '$.error', 'the function <b>timed out</b>') WHERE location = 1`,
    ).run();
    const failed = await get('/dashboard/locations', ada);
    expect(rowOf(failed.text, first!)).toContain('data-state="silent"');
    expect(rowOf(failed.text, first!)).toContain('the function &lt;b&gt;timed out&lt;/b&gt;');
    expect(rowOf(failed.text, first!)).toContain('100 % (1 of 1)');
  });

  test('takes at most 5 statements, as each location does', async () => {
    await createMonitor();
    await run(1, 0);
    const [first] = await ids();
    for (const path of ['/dashboard/locations', pathOf(first!)]) {
      const counted = countD1(bindings.DB);
      const options = { token: null, headers: { cookie: ada.cookie }, env: { DB: counted.db } };
      expect((await ask(path, options)).status).toBe(200);
      const statements = counted.take().filter(({ sql }) => !/^\s*update/i.test(sql));
      expect(statements.length).toBeLessThanOrEqual(5);
    }
  });
});

describe('the list of locations of a large mesh', () => {
  /** The same votes at every location, as nearly all monitors of a mesh have. */
  const addMonitors = (from: number, count: number) => {
    const numbers = JSON.stringify(Array.from({ length: count }, (_, index) => from + index));
    return bindings.DB.batch([
      bindings.DB.prepare(
        `insert into monitors (number, id, name, "check", interval_seconds, locations, alert, channels, tags, public, paused,
            created_at, updated_at)
          select n.value, m.id || n.value, name, "check", interval_seconds, locations, alert, channels, '{"team":"shop"}', public,
            paused, created_at, updated_at from monitors m, json_each(?) n where number = 1`,
      ).bind(numbers),
      bindings.DB.prepare(
        `insert into monitor_states (number, verdict, since, never_checked, passing, failing, abstaining, warnings, flapping,
            votes, updated_at)
          select value, verdict, since, never_checked, passing, failing, abstaining, warnings, flapping, votes, updated_at
          from monitor_states, json_each(?) where number = 1`,
      ).bind(numbers),
    ]);
  };

  test.each([
    ['everybody', null, 302],
    ['a person who sees one team', ['team:shop'], 301],
  ])('counts the votes of %s, and reads each list of votes once', async (_, tags, seen) => {
    await createMonitor();
    await runUntilConfirmed(1, 1);
    const person = await signIn('viewer', { tags });
    const read = async () => {
      const counted = countD1(bindings.DB);
      const options = { token: null, headers: { cookie: person.cookie }, env: { DB: counted.db } };
      const { text } = await ask('/dashboard/locations', options);
      return { text, rows: counted.take().reduce((sum, { rowsRead }) => sum + rowsRead, 0) };
    };
    await addMonitors(2, 1);
    const before = await read();
    await addMonitors(3, 300);
    const after = await read();
    expect(after.text.match(/\d+ failing here<\/a>, \d+ only here/g)).toEqual([
      `${seen} failing here</a>, ${seen} only here`,
    ]);
    expect((after.rows - before.rows) / 300).toBeLessThan(9);
  });
});

describe('the name of a location', () => {
  const named = async () =>
    (await ask('/api/v1/settings/location-names')).json.locationNames as Record<string, string>;

  test('is changed by an admin, shown everywhere, and can be undone', async () => {
    const saved = await submit(`${FIRST}/name`, ada, { name: ' Main <hall> ' });
    expect(saved.status).toBe(303);
    expect(await named()).toEqual({ 'aws:eu-central-1': 'Main <hall>' });
    expect((await get('/dashboard/locations', ada)).text).toContain('<bdi>Main &lt;hall&gt;</bdi>');
    await submit(`${FIRST}/name`, ada, { name: '' });
    expect(await named()).toEqual({});
  });

  test('that is too long is refused at its field, and what was typed stays', async () => {
    const name = 'a'.repeat(61);
    const refused = await submit(`${FIRST}/name`, ada, { name });
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('id="name-error"');
    expect(refused.text).toContain(`value="${name}"`);
    expect(await named()).toEqual({});
  });

  test('has no form for others, and their request is refused', async () => {
    const editor = await signIn('editor');
    expect((await get(FIRST, editor)).text).not.toContain('Save the name');
    expect((await submit(`${FIRST}/name`, editor, { name: 'x' })).status).toBe(403);
    expect(await named()).toEqual({});
  });
});

test('an unknown location is not found', async () => {
  expect((await get('/dashboard/locations/aws%3Anowhere', ada)).status).toBe(404);
  expect((await submit('/dashboard/locations/aws%3Anowhere/name', ada, { name: 'x' })).status).toBe(404);
});
