// The audit log over the API: what an entry shows, filters, pages and the export.
import { beforeAll, describe, expect, test } from 'vitest';
import { readChain } from '../../../scripts/audit/read-chain.ts';
import { createApp } from '../../../src/http/app.ts';
import { emptyAuditLog, readStoredLog, writeStoredLog } from '../../support/d1/audit-log.ts';
import {
  ask,
  bindings,
  clock,
  empty,
  keepDefaultChannels,
  patch,
  post,
  RECEIVER,
} from '../../support/d1/http-mesh.ts';

await keepDefaultChannels();

const SECRET = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
const START = 1_800_000_000_000;

beforeAll(async () => {
  await empty();
  await emptyAuditLog(bindings.DB);
  await post('/api/v1/channels', { ...RECEIVER, tags: { team: 'shop' } });
  clock.now = START + 3_600_000;
  await ask('/api/v1/channels/on-call', {
    method: 'PATCH',
    body: { name: 'Night', config: { secret: SECRET.replace('C2F', 'D2F') } },
    headers: { 'user-agent': 'curl/8', 'cf-connecting-ip': '203.0.113.7', 'probemesh-file': 'mesh.yaml' },
  });
  clock.now = START + 7_200_000;
  await ask('/api/v1/channels/on-call', { method: 'DELETE' });
});

const list = async (query = '') => (await ask(`/api/v1/audit-entries${query}`)).json;
const actions = async (query: string): Promise<string[]> =>
  (await list(query)).auditEntries.map(({ action }: { action: string }) => action);

describe('an entry', () => {
  test('shows who changed what, when and from where, with what differs before and after', async () => {
    const [entry] = (await list('?action=channel.updated')).auditEntries;
    expect(entry).toEqual({
      seq: 3,
      at: '2027-01-15T09:00:00.000Z',
      actor: { type: 'key', id: 'bootstrap', name: 'bootstrap' },
      origin: { address: '203.0.113.7', userAgent: 'curl/8', file: 'mesh.yaml' },
      action: 'channel.updated',
      target: { type: 'channel', id: 'on-call', name: 'Night' },
      before: { name: 'On call' },
      after: { name: 'Night', changedSecrets: ['secret'] },
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  test('of a creation or a deletion has the whole entity, and never a secret or an address', async () => {
    const { auditEntries } = await list('?target=on-call');
    const config = { urlHint: 'hooks.example.com…mesh' };
    const shown = { id: 'on-call', type: 'webhook', config, tags: { team: 'shop' }, enabled: true };
    expect(auditEntries.at(-1)).toMatchObject({ before: null, after: { ...shown, name: 'On call' } });
    expect(auditEntries[0]).toMatchObject({ before: { ...shown, name: 'Night' }, after: null });
    expect(JSON.stringify(await readStoredLog(bindings.DB))).not.toMatch(
      /whsec_|hooks\.example\.com\/probemesh/,
    );
  });
});

test.each([
  ['?actor=bootstrap', 3],
  ['?actorType=system', 1],
  ['?action=channel.deleted', 1],
  ['?targetType=api_key', 1],
  ['?target=on-call&targetType=channel', 3],
  ['?file=mesh.yaml', 1],
  ['?from=2027-01-15T09:00:00Z', 2],
  ['?to=2027-01-15T09:00:00Z', 2],
  ['?actor=nothing', 0],
])('the filter %s finds %i entries', async (query, count) => {
  expect(await actions(query)).toHaveLength(count);
});

test('pages show every entry once, newest first', async () => {
  const seen: number[] = [];
  let cursor = '';
  for (let page = 0; page < 4; page += 1) {
    const { auditEntries, nextCursor } = await list(`?limit=1${cursor}`);
    seen.push(...auditEntries.map(({ seq }: { seq: number }) => seq));
    expect(nextCursor === null).toBe(page === 3);
    cursor = `&cursor=${nextCursor}`;
  }
  expect(seen).toEqual([4, 3, 2, 1]);
  expect((await ask('/api/v1/audit-entries?cursor=AAAA')).status).toBe(422);
});

async function* linesOf(text: string) {
  yield* text.split('\n');
}

describe('the export', () => {
  test('has every entry as one line of JSON, oldest first, and its chain verifies from the lines alone', async () => {
    const { status, headers, text } = await ask('/api/v1/audit-entries/export');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/x-ndjson');
    expect(headers.get('content-disposition')).toBe('attachment; filename="audit-2027-01-15.ndjson"');
    const stored = await readStoredLog(bindings.DB);
    const last = { seq: 4, hash: stored.entries.at(-1)!.hash };
    expect(await readChain(linesOf(text), null)).toMatchObject({ entries: 4, last, problem: null });
  });

  test.each([
    ['is changed', (lines: string[]) => lines.with(2, lines[2]!.replace('Night', 'Day')), /hash of entry 3/],
    ['is removed', (lines: string[]) => lines.toSpliced(1, 1), /Entry 2 is missing/],
    ['is repeated', (lines: string[]) => lines.toSpliced(1, 0, lines[1]!), /Entry 2 is in the wrong place/],
    [
      'is moved',
      (lines: string[]) => [lines[1]!, lines[0]!, ...lines.slice(2)],
      /Entry 1 is in the wrong place/,
    ],
    [
      'is cut off',
      (lines: string[]) => [...lines.slice(0, 2), lines[2]!.slice(0, 20)],
      /Line 3 is not an entry/,
    ],
  ])('of which a line %s does not verify', async (_, change, message) => {
    const { text } = await ask('/api/v1/audit-entries/export');
    const lines = change(text.trimEnd().split('\n'));
    expect((await readChain(linesOf(lines.join('\n')), null)).problem).toMatch(message);
  });

  test('that the database interrupts ends with an error, not as if it were complete', async () => {
    let reads = 0;
    const original = bindings.DB;
    const failing = new Proxy(original, {
      get: (target, name) => {
        const value = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => {
          const isPage = name === 'prepare' && String(args[0]).includes('octet_length');
          if (isPage && ++reads > 1) throw new Error('D1_ERROR: the database failed');
          return value.apply(target, args);
        };
      },
    });
    const app = createApp(() => clock.now);
    await expect(ask('/api/v1/audit-entries/export', { app, env: { DB: failing } })).rejects.toThrow();
  });
});

test('the verification names the first entry that was changed', async () => {
  const whole = await readStoredLog(bindings.DB);
  const verify = async () => (await ask('/api/v1/audit-entries/verification')).json;
  const head = { seq: 4, hash: whole.entries.at(-1)!.hash };
  expect(await verify()).toMatchObject({ valid: true, entries: 4, head, problems: [] });
  await bindings.DB.prepare("update audit_entries set actor_name = 'other' where seq = 2").run();
  expect(await verify()).toMatchObject({ valid: false, entries: 1, problems: [{ code: 'changed', seq: 2 }] });
  await writeStoredLog(bindings.DB, whole);
});

test('an update that changes nothing, and a refused one, leave no entry', async () => {
  await post('/api/v1/channels', RECEIVER);
  const { auditEntries } = await list();
  expect((await patch('/api/v1/channels/on-call', { name: 'On call', enabled: true })).status).toBe(200);
  expect((await patch('/api/v1/channels/on-call', { name: '' })).status).toBe(422);
  expect((await post('/api/v1/channels', RECEIVER)).status).toBe(409);
  expect((await list()).auditEntries).toEqual(auditEntries);
});
