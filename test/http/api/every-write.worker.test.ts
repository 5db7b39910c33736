// Every write of the API leaves exactly one entry in the audit log. The writes come from the OpenAPI document, so a new
// route fails here until test/support/d1/api-writes.ts has a request for it.
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { readEnv } from '../../../src/env.ts';
import { verifyAudit } from '../../../src/services/audit/verify-audit.ts';
import { API_WRITES, READS_BY_POST, STEPS_OF_A_RESTORE } from '../../support/d1/api-writes.ts';
import { emptyAuditLog, readStoredLog } from '../../support/d1/audit-log.ts';
import { ask, bindings, empty, keepDefaultChannels, post, RECEIVER } from '../../support/d1/http-mesh.ts';

await keepDefaultChannels();

const { DB } = bindings;
const keys = readEnv(bindings);

beforeAll(async () => {
  await empty();
  await emptyAuditLog(DB);
});
/** AWS and the receivers of channels. */
beforeEach(() => {
  vi.spyOn(globalThis, 'fetch').mockImplementation(async () => new Response(null, { status: 503 }));
});
afterEach(() => vi.restoreAllMocks());

const actionsOf = async (): Promise<unknown[]> =>
  (await readStoredLog(DB)).entries.map(({ action }) => action);

/** Methods and paths, as the table of routes writes them. */
async function writesOfTheApi(): Promise<string[]> {
  const { paths } = (await ask('/api/v1/openapi.json')).json;
  return Object.entries(paths as Record<string, object>).flatMap(([path, item]) =>
    Object.keys(item)
      .filter((method) => method !== 'get' && path.startsWith('/api/'))
      .map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{([^}]+)\}/g, ':$1')}`)
      .filter((write) => !READS_BY_POST.has(write) && !STEPS_OF_A_RESTORE.has(write)),
  );
}

test('every write of the API has a request in test/support/d1/api-writes.ts', async () => {
  const writes = await writesOfTheApi();
  expect(writes.length).toBeGreaterThan(15);
  expect(writes.filter((write) => !Object.hasOwn(API_WRITES, write))).toEqual([]);
});

test('each of them leaves exactly one entry, and the log is whole afterwards', async () => {
  const writes = new Set(await writesOfTheApi());
  await post('/api/v1/channels', RECEIVER);
  for (const [write, { action, prepare }] of Object.entries(API_WRITES)) {
    if (!writes.has(write)) continue;
    const request = await prepare();
    const before = await actionsOf();
    const { status, text } = await request();
    expect([write, status < 300, status < 300 ? '' : text]).toEqual([write, true, '']);
    expect([write, (await actionsOf()).slice(before.length)]).toEqual([write, [action]]);
  }
  expect((await verifyAudit(DB, keys)).problems).toEqual([]);
});

test('no entry contains a key, a secret or the address of a receiver', async () => {
  const text = JSON.stringify((await readStoredLog(DB)).entries);
  expect(text).not.toMatch(/whsec_|pm_[A-Za-z0-9]{43}|hooks\.example\.com\/probemesh/);
});

describe('writes at the same time', () => {
  test('of different kinds leave one entry each, in one chain', async () => {
    await emptyAuditLog(DB);
    await ask('/api/v1/channels');
    const before = await actionsOf();
    const requests = await Promise.all(
      [
        'POST /api/v1/channels',
        'POST /api/v1/silences',
        'POST /api/v1/channels',
        'POST /api/v1/maintenances',
      ].map((write) => API_WRITES[write]!.prepare()),
    );
    const answers = await Promise.all(requests.map((request) => request()));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    expect((await actionsOf()).slice(before.length).toSorted()).toEqual([
      ...['channel.created', 'channel.created', 'maintenance.created', 'silence.created'],
    ]);
    expect((await verifyAudit(DB, keys)).problems).toEqual([]);
  });
});
