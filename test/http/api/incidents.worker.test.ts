import { beforeEach, expect, test } from 'vitest';
import { ask, bindings, clock, createMonitor, empty, runUntilConfirmed } from '../../support/d1/http-mesh.ts';

beforeEach(empty);

async function storeIncident(
  id: string,
  startedAt: number,
  changes: { monitor?: string; state?: string } = {},
) {
  const { monitor = 'shop', state = 'resolved' } = changes;
  await bindings.DB.prepare(
    `INSERT INTO incidents (id, monitor_number, monitor_id, monitor_name, public, state, verdict, started_at, detected_at, resolved_at, scope, quorum, evidence)
     VALUES (?1, 1, ?2, 'Web shop', 1, ?3, 'down', ?4, ?4, ?5, '[]', '{}', '[]')`,
  )
    .bind(id, monitor, state, startedAt, state === 'open' ? null : startedAt + 60_000)
    .run();
}

test('an outage is an incident with evidence, and its downtime grows until it ends', async () => {
  await createMonitor();
  await runUntilConfirmed(1, 0);
  await runUntilConfirmed(1, 6);
  const { json } = await ask('/api/v1/incidents');
  expect(json.nextCursor).toBeNull();
  expect(json.incidents).toHaveLength(1);
  const [incident] = json.incidents;
  expect(incident).toMatchObject({
    state: 'open',
    verdict: 'down',
    monitor: { id: 'shop', name: 'Web shop' },
    resolvedAt: null,
    reason: null,
    quorum: { policy: 'majority', required: expect.any(Number) },
  });
  expect(incident.url).toBe(`${bindings.PUBLIC_URL}/incidents/${incident.id}`);
  expect(incident.scope.length).toBeGreaterThanOrEqual(3);
  expect(incident.evidence[0]).toMatchObject({
    ...{ vote: 'failing', code: 'refused', streak: 2, phase: 'connect', timings: { connectMs: 1.5 } },
    ...{
      samples: { sent: 2, lost: 2 },
      degraded: [],
      response: { status: 503, body: '<b>no</b> from 192.0.2.7' },
    },
  });
  expect(incident.downtimeSeconds).toBe(Math.round((clock.now - Date.parse(incident.startedAt)) / 1000));

  await runUntilConfirmed(1, 0);
  const ended = (await ask(`/api/v1/incidents/${incident.id}`)).json;
  expect(ended).toMatchObject({ id: incident.id, state: 'resolved', startedAt: incident.startedAt });
  const length = (Date.parse(ended.resolvedAt) - Date.parse(ended.startedAt)) / 1000;
  expect(ended.downtimeSeconds).toBe(Math.round(length));
  clock.now += 3_600_000;
  expect((await ask(`/api/v1/incidents/${incident.id}`)).json.downtimeSeconds).toBe(ended.downtimeSeconds);
});

test('an incident has the reason deleted if its monitor was deleted', async () => {
  await createMonitor();
  await runUntilConfirmed(1, 0);
  await runUntilConfirmed(1, 6);
  await ask('/api/v1/monitors/shop', { method: 'DELETE' });
  const { json } = await ask('/api/v1/incidents?monitor=shop');
  expect(json.incidents).toMatchObject([{ state: 'resolved', reason: 'deleted' }]);
});

test('pages of incidents have no gaps and no duplicates, even among incidents with the same start', async () => {
  for (let number = 0; number < 7; number += 1)
    await storeIncident(`inc_${number}`, 1_000 * Math.floor(number / 3));
  const listed: string[] = [];
  let path = '/api/v1/incidents?limit=2';
  for (let pages = 0; pages < 10; pages += 1) {
    const { json } = await ask(path);
    listed.push(...json.incidents.map((incident: { id: string }) => incident.id));
    if (json.nextCursor === null) break;
    path = `/api/v1/incidents?limit=2&cursor=${json.nextCursor}`;
  }
  expect(listed).toEqual(['inc_6', 'inc_5', 'inc_4', 'inc_3', 'inc_2', 'inc_1', 'inc_0']);
});

test('incidents can be filtered by state and by monitor, together and separately', async () => {
  await storeIncident('inc_a', 1_000);
  await storeIncident('inc_b', 2_000, { state: 'open' });
  await storeIncident('inc_c', 3_000, { monitor: 'mail', state: 'open' });
  const ids = async (query: string) =>
    (await ask(`/api/v1/incidents?${query}`)).json.incidents.map((incident: { id: string }) => incident.id);
  expect(await ids('state=open')).toEqual(['inc_c', 'inc_b']);
  expect(await ids('monitor=shop')).toEqual(['inc_b', 'inc_a']);
  expect(await ids('state=open&monitor=shop')).toEqual(['inc_b']);
  expect(await ids('monitor=unknown')).toEqual([]);
});

test.each([
  ['cursor=garbage', 'cursor'],
  ['cursor=%00', 'cursor'],
  ['cursor=', 'cursor'],
  [`cursor=${btoa('x.y')}`, 'cursor'],
  ['limit=0', 'limit'],
  ['limit=101', 'limit'],
  ['limit=ten', 'limit'],
  ['state=closed', 'state'],
  ['sate=open', 'sate'],
])('the query %s is rejected with the name of the parameter', async (query, path) => {
  const answer = await ask(`/api/v1/incidents?${query}`);
  expect([answer.status, answer.json.errors?.[0].path]).toEqual([422, path]);
});

test('an unknown incident is a 404', async () => {
  const answer = await ask('/api/v1/incidents/inc_none');
  expect([answer.status, answer.json.status]).toEqual([404, 404]);
});
