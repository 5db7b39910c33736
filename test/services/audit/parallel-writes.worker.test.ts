// Many writes at once, and a D1 that fails or loses its answer: each change that is made has exactly one entry.
import { beforeEach, expect, test } from 'vitest';
import { verifyAudit } from '../../../src/services/audit/verify-audit.ts';
import { emptyAccess } from '../../support/d1/access.ts';
import {
  type Answered,
  ask,
  bindings,
  createMonitor,
  empty,
  patch,
  post,
  RECEIVER,
} from '../../support/d1/http-mesh.ts';

const { DB } = bindings;
const keys = { encryptionKey: bindings.ENCRYPTION_KEY };

beforeEach(async () => {
  await empty();
  await emptyAccess();
});

async function entries(): Promise<string[]> {
  const { results } = await DB.prepare(
    "select action || ' ' || target_id as entry from audit_entries where action <> 'api_key.created' or target_id <> 'bootstrap' order by entry",
  ).all<{ entry: string }>();
  return results.map(({ entry }) => entry);
}

test('twenty writes of different kinds at once all succeed, and each leaves one entry in a valid chain', async () => {
  for (let index = 0; index < 5; index += 1) await createMonitor({ id: `m${index}`, name: `M${index}` });
  await DB.batch([
    DB.prepare('delete from audit_entries'),
    DB.prepare('delete from audit_chain'),
    DB.prepare('delete from api_keys'),
  ]);
  const each = <T>(make: (index: number) => T): T[] => Array.from({ length: 5 }, (_, index) => make(index));
  const answers = await Promise.all([
    ...each((index) => post('/api/v1/channels', { ...RECEIVER, id: `c${index}`, name: `C${index}` })),
    ...each((index) => post('/api/v1/api-keys', { name: `K${index}`, role: 'viewer' })),
    ...each((index) => patch(`/api/v1/monitors/m${index}`, { name: `New ${index}` })),
    ...each((index) =>
      post('/api/v1/silences', { id: `s${index}`, name: 'S', monitors: [`m${index}`], durationMinutes: 5 }),
    ),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([
    ...Array(10).fill(201),
    ...Array(5).fill(200),
    ...Array(5).fill(201),
  ]);
  const written = await entries();
  expect(written).toHaveLength(20);
  expect(new Set(written).size).toBe(20);
  expect((await verifyAudit(DB, keys)).problems).toEqual([]);
});

/** Every write fails at this batch, either before it is written, or after. */
const failing = (at: number, written: boolean): { db: D1Database; failed: () => boolean } => {
  let batches = 0;
  const db = new Proxy(DB, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (name !== 'batch') return typeof value === 'function' ? value.bind(target) : value;
      return async (statements: D1PreparedStatement[]) => {
        batches += 1;
        if (batches !== at) return target.batch(statements);
        if (written) await target.batch(statements);
        throw new Error('D1_ERROR: Network connection lost.');
      };
    },
  });
  return { db, failed: () => batches >= at };
};

const exists = async (path: string) => (await ask(path)).status === 200;

/** Requests, and what is there once they are done. */
const WRITES: Record<string, { send: (db: D1Database) => Promise<Answered>; path: string; gone?: boolean }> =
  {
    'a new channel': {
      send: (db) => ask('/api/v1/channels', { method: 'POST', body: RECEIVER, env: { DB: db } }),
      path: '/api/v1/channels/on-call',
    },
    'a new monitor': {
      send: (db) =>
        ask('/api/v1/monitors', {
          method: 'POST',
          body: {
            id: 'n',
            name: 'N',
            check: { type: 'tcp', host: 'a.example.com', port: 1 },
            intervalSeconds: 60,
          },
          env: { DB: db },
        }),
      path: '/api/v1/monitors/n',
    },
    'a deleted monitor': {
      send: (db) => ask('/api/v1/monitors/old', { method: 'DELETE', env: { DB: db } }),
      path: '/api/v1/monitors/old',
      gone: true,
    },
    'a new silence': {
      send: (db) =>
        ask('/api/v1/silences', {
          method: 'POST',
          body: { id: 's', name: 'S', monitors: ['old'], durationMinutes: 5 },
          env: { DB: db },
        }),
      path: '/api/v1/silences/s',
    },
    'a configuration': {
      send: (db) =>
        ask('/api/v1/configuration', { method: 'PUT', body: { channels: [RECEIVER] }, env: { DB: db } }),
      path: '/api/v1/channels/on-call',
    },
  };

for (const written of [false, true])
  test.each(Object.keys(WRITES))(
    `%s has one entry exactly if it was made, ${written ? 'although D1 loses its answer' : 'although D1 refuses'} at any batch`,
    async (kind) => {
      const { send, path, gone = false } = WRITES[kind]!;
      for (let at = 1; at <= 8; at += 1) {
        await empty();
        await createMonitor({ id: 'old', name: 'Old' });
        await DB.batch([DB.prepare('delete from audit_entries'), DB.prepare('delete from audit_chain')]);
        const { db, failed } = failing(at, written);
        const { status } = await send(db);
        const made = (await exists(path)) !== gone;
        const log = await entries();
        expect([kind, at, status, made, log.length]).toEqual([kind, at, status, made, made ? 1 : 0]);
        if (!failed()) break;
      }
    },
  );
