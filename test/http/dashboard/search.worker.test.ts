// What the palette finds: monitors and incidents by name, actions of the role, and nothing outside a restriction.
import { beforeAll, expect, test } from 'vitest';
import { RULES } from '../../../src/http/access/rules.ts';
import { countD1 } from '../../support/d1/counted-d1.ts';
import { ask, bindings, createMonitor, runUntilConfirmed } from '../../support/d1/http-mesh.ts';
import { get, type SignedIn, signIn } from '../../support/d1/signed-in.ts';
import { twoTeams } from '../../support/d1/two-teams.ts';

const HOSTILE = '"><img src=x onerror=alert(1)>%_\\';

let ada: SignedIn;
let grace: SignedIn;
beforeAll(async () => {
  await twoTeams();
  await createMonitor({ id: 'hostile', name: HOSTILE, tags: { team: 'shop' } });
  const number = await bindings.DB.prepare("select number from monitors where id = 'ledger'").first<number>(
    'number',
  );
  await runUntilConfirmed(number!, 6);
  ada = await signIn('admin', { username: 'ada-search' });
  grace = await signIn('viewer', { username: 'grace-search', tags: ['team:shop'] });
}, 60_000);

const search = async (q: string, person: SignedIn) => {
  const { json } = await get(`/dashboard/search?q=${encodeURIComponent(q)}`, person);
  return {
    monitors: json.monitors.map(({ name }: { name: string }) => name),
    incidents: json.incidents.map(({ name }: { name: string }) => name),
    json,
  };
};

test('finds monitors by name, id and host in any case, what is down first, and incidents with their state', async () => {
  expect((await search('LEDG', ada)).json).toMatchObject({
    monitors: [{ path: '/dashboard/monitors/ledger', name: 'Ledger', state: 'Down' }],
    incidents: [
      { path: expect.stringMatching(/^\/dashboard\/incidents\/inc_/), name: 'Ledger', state: 'Open' },
    ],
  });
  expect((await search('shop.example.com', ada)).monitors[0]).toBe('Ledger');
  expect((await search('', ada)).monitors).toEqual([]);
  expect((await search('x'.repeat(5_000), ada)).monitors).toEqual([]);
});

test('finds nothing outside a restriction, and an incident only by a monitor inside', async () => {
  expect(await search('ledger', grace)).toMatchObject({ monitors: [], incidents: [] });
  expect((await search('cart', grace)).monitors).toEqual(['Cart']);
});

test('finds a hostile name by its own signs, as text', async () => {
  for (const q of ['%_', '<img', '\\', HOSTILE]) expect((await search(q, ada)).monitors).toEqual([HOSTILE]);
  const { headers } = await get('/dashboard/search?q=img', ada);
  expect(headers.get('content-type')).toMatch(/^application\/json/);
  expect(headers.get('x-content-type-options')).toBe('nosniff');
});

test('offers only actions that the role may do', async () => {
  const paths = async (person: SignedIn) =>
    (await search('', person)).json.actions.map(({ path }: { path: string }) => path);
  expect(await paths(ada)).toContain('/dashboard/keys');
  // An action whose page has moved would be left out without a word.
  expect(await paths(ada)).toHaveLength(12);
  expect((await paths(ada)).filter((path: string) => RULES[`GET ${path}`] === undefined)).toEqual([]);
  expect(await paths(grace)).not.toContain('/dashboard/keys');
});

test('reads one statement besides that of the session', async () => {
  const counted = countD1(bindings.DB);
  await ask('/dashboard/search?q=ledger', {
    token: null,
    headers: { cookie: ada.cookie },
    env: { DB: counted.db },
  });
  expect(counted.take().length).toBeLessThanOrEqual(2);
});
