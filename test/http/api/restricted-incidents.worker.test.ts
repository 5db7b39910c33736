// Incidents as a person or a key with a restriction by tag sees them: an incident follows its monitor.
import { beforeAll, describe, expect, test } from 'vitest';
import { countD1 } from '../../support/d1/counted-d1.ts';
import { ask, bindings } from '../../support/d1/http-mesh.ts';
import { asker, keyOf } from '../../support/d1/keys.ts';
import { SHOP_EDITOR, twoTeams } from '../../support/d1/two-teams.ts';

const LOCATION = 'aws:eu-central-1';

let editor: ReturnType<typeof asker>;
beforeAll(async () => {
  ({ editor } = await twoTeams());
  // Numbers: ledger 1, cart 2, shop 3. 9 is a monitor that was deleted, whose id another one of the team has now.
  const rows: [id: string, monitor: number, monitorId: string, location: string | null][] = [
    ...Array.from({ length: 6 }, (_, at): [string, number, string, null] => [
      `inc_bank${at}`,
      ...([1, 'ledger', null] as const),
    ]),
    ['inc_cart', 2, 'cart', null],
    ['inc_shop', 3, 'shop', null],
    ['inc_gone', 9, 'cart', null],
    ['inc_place', 0, '', LOCATION],
  ];
  await bindings.DB.batch(
    rows.map(([id, monitor, monitorId, location], at) =>
      bindings.DB.prepare(
        `insert into incidents (id, monitor_number, monitor_id, monitor_name, public, state, verdict, started_at, detected_at, resolved_at, scope, quorum, evidence, location)
         values (?1, ?2, ?3, 'Web shop', 1, 'resolved', ?4, ?5, ?5, ?5, '[]', '{}', '[]', ?6)`,
      ).bind(id, monitor, monitorId, location === null ? 'down' : 'lost', 1000 - at, location),
    ),
  );
});

const idsOf = (json: { incidents: { id: string }[] }): string[] => json.incidents.map(({ id }) => id);

describe('a restricted reader', () => {
  test('lists the incidents of its monitors only, and every page is full', async () => {
    const first = (await editor.get('/api/v1/incidents?limit=1')).json;
    expect(idsOf(first)).toEqual(['inc_cart']);
    const second = (await editor.get(`/api/v1/incidents?limit=1&cursor=${first.nextCursor}`)).json;
    expect([idsOf(second), second.nextCursor]).toEqual([['inc_shop'], null]);
  });

  test.each([
    '?monitor=ledger',
    '?monitor=nothing',
    `?location=${LOCATION}`,
    '?monitor=ledger&state=resolved',
  ])('lists nothing with the filter %s', async (query) => {
    expect((await editor.get(`/api/v1/incidents${query}`)).json).toEqual({ incidents: [], nextCursor: null });
  });

  test('does not see incidents of an earlier monitor that had the id of its own', async () => {
    expect(idsOf((await editor.get('/api/v1/incidents?monitor=cart')).json)).toEqual(['inc_cart']);
  });

  test('with no tags at all sees no incident', async () => {
    const nobody = asker(await keyOf('nothing', 'viewer', []));
    expect((await nobody.get('/api/v1/incidents')).json.incidents).toEqual([]);
  });

  test('sees the locations', async () => {
    expect((await editor.get('/api/v1/locations')).json).toEqual((await ask('/api/v1/locations')).json);
  });
});

test.each([
  ['of another team', 'inc_bank1'],
  ['of a deleted monitor', 'inc_gone'],
  ['of a location', 'inc_place'],
])('an incident %s answers like one that was never there', async (_, outside) => {
  const traced = async (id: string) => {
    const counted = countD1(bindings.DB);
    const env = { DB: counted.db };
    const { status, text } = await ask(`/api/v1/incidents/${id}`, { token: SHOP_EDITOR, env });
    return { status, text: text.replaceAll(id, 'ID'), statements: counted.take().map(({ sql }) => sql) };
  };
  expect((await ask(`/api/v1/incidents/${outside}`)).status).toBe(200);
  expect((await editor.get('/api/v1/incidents/inc_cart')).status).toBe(200);
  const answered = await traced(outside);
  expect(answered).toEqual(await traced('inc_nothing'));
  expect(answered.status).toBe(404);
});
