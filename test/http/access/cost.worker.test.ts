// What people, keys and the audit log cost: the statements that a request runs for them, beside those of its own work.
import { beforeAll, expect, test } from 'vitest';
import { emptyAccess } from '../../support/d1/access.ts';
import { type Counted, countD1 } from '../../support/d1/counted-d1.ts';
import {
  ask,
  bindings,
  clock,
  createMonitor,
  empty,
  post,
  RECEIVER,
  runUntilConfirmed,
} from '../../support/d1/http-mesh.ts';
import { limitedD1 } from '../../support/d1/limited-d1.ts';
import { type SignedIn, signIn } from '../../support/d1/signed-in.ts';

const { DB } = bindings;
/** Of one invocation on the Free plan. */
const FREE_QUERIES = 50;
const OF_ACCESS =
  /"(people|passkeys|recovery_codes|invitations|sessions|api_keys|used_tokens|sign_in_failures|identity_providers|audit_entries|audit_chain)"/;

let incident = '';
let person: SignedIn;
beforeAll(async () => {
  await empty();
  await emptyAccess();
  await post('/api/v1/channels', RECEIVER);
  await createMonitor({ id: 'a', name: 'A' });
  await runUntilConfirmed(1, 6);
  incident = (await ask('/api/v1/incidents')).json.incidents[0].id;
  person = await signIn('admin');
});

/** Statements of a request about people, keys and the audit log. */
async function ofAccess(path: string, options: Parameters<typeof ask>[1]): Promise<Counted[]> {
  const { db, take } = countD1(DB);
  const { status } = await ask(path.replace('INC', incident), { ...options, env: { DB: db } });
  expect(status).toBeLessThan(300);
  return take().filter(({ sql }) => OF_ACCESS.test(sql));
}

test.each(['/', '/incidents/INC', '/healthz', '/api/v1/status', '/api/v1/openapi.json', '/api/v1/docs'])(
  'the public request of %s runs no statement for access',
  async (path) => {
    expect(await ofAccess(path, { token: null })).toEqual([]);
  },
);

test.each([
  '/api/v1/monitors',
  '/api/v1/monitors/a',
  '/api/v1/incidents/INC',
  '/api/v1/channels',
  '/api/v1/health',
])(
  'a read of %s runs one statement more, which reads one key or session, and writes nothing',
  async (path) => {
    const session = { token: null, headers: { cookie: person.cookie } };
    for (const options of [{}, session]) {
      const [found, ...more] = await ofAccess(path, options);
      expect(more).toEqual([]);
      expect(found?.rowsRead).toBeLessThanOrEqual(2);
      expect(found?.rowsWritten).toBe(0);
    }
  },
);

test('the use of a key and of a session is written once a minute', async () => {
  const session = { token: null, headers: { cookie: person.cookie } };
  for (const [options, rows] of [
    [{}, 1],
    [session, 1],
  ] as const) {
    const writes: number[] = [];
    for (const later of [61_000, 1_000, 58_000, 61_000]) {
      clock.now += later;
      const { db, take } = countD1(DB);
      await ask('/api/v1/channels', { ...options, env: { DB: db } });
      // The write goes on behind the response, and D1 runs one statement after the other.
      await DB.prepare('select 1').run();
      writes.push(take().reduce((sum, { rowsWritten }) => sum + rowsWritten, 0));
    }
    expect(writes).toEqual([rows, 0, 0, rows]);
  }
});

const NEW = { check: { type: 'tcp', host: 'a.example.com', port: 1 }, intervalSeconds: 60 };
test.each([
  ['POST', '/api/v1/monitors', { ...NEW, name: 'New' }],
  ['PATCH', '/api/v1/monitors/a', { name: 'B' }],
  ['PATCH', '/api/v1/channels/on-call', { name: 'B' }],
  ['POST', '/api/v1/silences', { name: 'S', monitors: ['a'], durationMinutes: 5 }],
  ['PUT', '/api/v1/configuration', { channels: [RECEIVER] }],
  ['POST', '/api/v1/api-keys', { name: 'K', role: 'viewer' }],
])(
  '%s %s runs four statements more at most, and all of its statements fit the Free plan',
  async (method, path, body) => {
    // The use of the key is written once a minute: not by the request that is counted.
    await ask('/api/v1/channels');
    const { db, queries } = limitedD1(DB, FREE_QUERIES);
    const counted = countD1(db);
    const { status } = await ask(path, { method, body, env: { DB: counted.db } });
    expect(status).toBeLessThan(300);
    const own = path === '/api/v1/api-keys' ? 2 : 0;
    expect(counted.take().filter(({ sql }) => OF_ACCESS.test(sql)).length).toBeLessThanOrEqual(4 + own);
    expect(queries()).toBeLessThan(FREE_QUERIES);
  },
);
