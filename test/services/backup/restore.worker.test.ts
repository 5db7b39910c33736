// A restore over the real API and D1, tried the bad way first: killed anywhere, refused, under ticks, of other versions, with
// what was pending in the backup.
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { Mesh } from '../../../scripts/backup/mesh.ts';
import { reseal } from '../../../scripts/backup/sealing.ts';
import { consumeBatch } from '../../../src/delivery/consumer.ts';
import { readEnv } from '../../../src/env.ts';
import { verifyAudit } from '../../../src/services/audit/verify-audit.ts';
import { withEnd } from '../../../src/services/backup/backup-lines.ts';
import { commit } from '../../../src/store/commit.ts';
import { keyIds } from '../../../src/store/encryption.ts';
import { RestoreInProgress } from '../../../src/store/restore-marker.ts';
import { loadState } from '../../../src/store/shard.ts';
import { encodeSnapshot } from '../../../src/store/snapshot/codec.ts';
import worker from '../../../src/worker.ts';
import { backUp, each, restore, rowsByTable, testMesh, wipe } from '../../support/d1/backups.ts';
import {
  ask,
  bindings,
  clock,
  createMonitor,
  keepDefaultChannels,
  post,
  RECEIVER,
  runUntilConfirmed,
} from '../../support/d1/http-mesh.ts';
import { pass } from '../../support/d1/ticks.ts';
import { seeded } from '../../support/history/mesh.ts';

await keepDefaultChannels();
// A backup and a restore are some hundred requests.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });
const { DB } = bindings;
const OTHER_KEY = 'YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODk=';

beforeEach(async () => {
  clock.now = 1_800_000_000_000;
  await wipe();
});

const count = async (table: string, where = 'true'): Promise<number> =>
  (await DB.prepare(`select count(*) as n from ${table} where ${where}`).first<number>('n'))!;

/** A monitor that is down, with an open incident and a delivery that was not sent yet. */
async function makeOutage(): Promise<void> {
  await post('/api/v1/channels', RECEIVER);
  await post('/api/v1/routes', {
    ...{ id: 'all', name: 'All', repeatMinutes: 30 },
    steps: [{ channels: ['on-call'] }],
  });
  await createMonitor();
  await runUntilConfirmed(1, 6);
}

const HOUR = 3_600_000;

const MINUTE = 60_000;

test('a restore into a mesh that is not empty changes nothing, and names what it has', async () => {
  await makeOutage();
  const lines = await backUp();
  const before = await rowsByTable(await backUp());
  await expect(restore(lines)).rejects.toThrow(/is not empty: it has .*monitors.*"replace"/);
  await expect(restore(lines, { replace: 'other.test' })).rejects.toThrow(
    /the host of this mesh, "status.test"/,
  );
  const after = await rowsByTable(await backUp());
  expect(after.get('monitors')).toEqual(before.get('monitors'));
  expect((await createMonitor({ id: 'other' })).status).toBe(201);
});

test('with the host of the mesh, a restore replaces everything but people and keys', async () => {
  await makeOutage();
  const lines = await backUp();
  await createMonitor({ id: 'later' });
  const key = (await post('/api/v1/api-keys', { name: 'Mine', role: 'viewer' })).json;
  const head = (await DB.prepare('select last_seq from audit_chain').first<number>('last_seq'))!;
  await restore(lines, { replace: 'status.test' });
  expect((await ask('/api/v1/monitors')).json.monitors.map(({ id }: { id: string }) => id)).toEqual(['shop']);
  expect((await ask('/api/v1/monitors', { token: key.key })).status).toBe(200);
  expect((await verifyAudit(DB, readEnv(bindings))).problems).toEqual([]);
  const [entry] = (await ask('/api/v1/audit-entries?action=mesh.restored')).json.auditEntries;
  expect(entry.before.auditLog.seq).toBe(head);
});

test('nothing that was pending in a backup is sent, and an open alert waits until the mesh has measured', async () => {
  await makeOutage();
  expect(await count('deliveries', "state = 'pending'")).toBe(1);
  const lines = await backUp();
  await wipe();
  clock.now += 5 * HOUR;
  const restoredAt = clock.now;
  await restore(lines);
  const sent = vi.spyOn(globalThis, 'fetch').mockImplementation(async () => new Response(null));
  await pass(MINUTE, { isDown: () => true });
  const config = readEnv(bindings);
  const message = { body: { channelId: 'on-call' }, ack: () => {}, retry: () => {} };
  await consumeBatch(
    config,
    { messages: [message] } as never,
    () => clock.now,
    () => {},
  );
  expect(sent).not.toHaveBeenCalled();
  sent.mockRestore();
  expect(await count('deliveries', "state = 'pending'")).toBe(0);
  expect(await count('deliveries', "last_error like '%restored from it%'")).toBe(1);
  const next = await DB.prepare('select min(next_at) as at from alerts where ended_at is null').first<number>(
    'at',
  );
  expect(next).toBe(restoredAt + 10 * MINUTE);
  expect((await ask('/api/v1/incidents?state=open')).json.incidents.length).toBe(1);
});

test('the time between backup and restore is no outage, no lack of data and no late heartbeat', async () => {
  await createMonitor();
  const { json } = await post('/api/v1/monitors', {
    ...{ id: 'job', name: 'Job', check: { type: 'heartbeat', everySeconds: 300, graceSeconds: 60 } },
  });
  expect(json.id).toBe('job');
  await runUntilConfirmed(1, 0);
  const lines = await backUp();
  await wipe();
  clock.now += 48 * HOUR;
  await restore(lines);
  const notified = await count('notifications');
  await pass(5 * MINUTE);
  expect(await count('notifications')).toBe(notified);
  expect(await count('incidents')).toBe(0);
});

test('a report of a period that ended before the restore is not sent', async () => {
  await post('/api/v1/channels', RECEIVER);
  await post('/api/v1/report-schedules', {
    ...{ id: 'brief', name: 'Brief', period: 'week', channels: ['on-call'] },
  });
  const lines = await backUp();
  await wipe();
  clock.now += 30 * 24 * HOUR;
  await restore(lines);
  await pass(MINUTE);
  expect(await count('notifications', "event = 'report.created'")).toBe(0);
});

describe('while a restore is not complete', () => {
  /** Begins a restore and stops before its end. */
  async function begin(): Promise<readonly string[]> {
    await makeOutage();
    const lines = await backUp();
    await wipe();
    const mesh = testMesh();
    const stopping = {
      ...mesh,
      json: async <T>(method: string, path: string, body?: string): Promise<T> => {
        if (path === '/restore/finish') throw new Error('killed');
        return mesh.json<T>(method, path, body);
      },
    };
    await expect(restore(lines, {}, stopping)).rejects.toThrow('killed');
    return lines;
  }

  test('no tick runs and no commit is written', async () => {
    await makeOutage();
    const earlier = await loadState(DB);
    await wipe();
    await begin();
    const rows = await count('journal');
    expect(await pass(MINUTE)).toBe(0);
    await expect(loadState(DB)).rejects.toThrow(RestoreInProgress);
    const context = { db: DB, tick: 1, publicUrl: 'https://status.test', now: () => clock.now };
    await expect(commit(context, earlier, () => ({ kind: 'change', changes: [] }))).rejects.toMatchObject({
      cause: { message: expect.stringMatching(/NOT NULL constraint failed: journal.commit_id/) },
    });
    expect(await count('journal')).toBe(rows);
  });

  test('changes and backups are refused, and the queue waits', async () => {
    await begin();
    const refused = await post('/api/v1/silences', { name: 'x', monitors: 'all', durationMinutes: 5 });
    expect([refused.status, refused.headers.get('retry-after'), refused.json.title]).toEqual([
      503,
      '60',
      'The mesh is being restored',
    ]);
    expect((await ask('/api/v1/backup')).json.detail).toMatch(/A restore of this mesh is in progress/);
    const retryAll = vi.fn();
    const batch = { messages: [{ body: { channelId: 'on-call' } }], retryAll };
    await worker.queue(batch as never, bindings as never, { waitUntil: () => {} } as never);
    expect(retryAll).toHaveBeenCalledOnce();
  });

  test('damage that a reader finds is not repaired: the rows are still to come', async () => {
    await begin();
    await DB.prepare('delete from journal where id = (select max(id) from journal)').run();
    await expect(loadState(DB)).rejects.toThrow(/is being restored/);
    expect(await count('damaged_journal')).toBe(0);
  });

  test('a repeat of the restore completes it', async () => {
    const lines = await begin();
    await restore(lines);
    expect((await post('/api/v1/state/rebuild', {})).json.rebuilt).toBe(false);
    expect(await pass(MINUTE)).toBeGreaterThan(0);
  });

  test('rows that another program wrote meanwhile are found, and nothing begins to run', async () => {
    await begin();
    await DB.prepare("insert into snapshots values (99, 1, 1, 0, 1, 'w', 'd', 'c')").run();
    const finished = await post('/api/v1/restore/finish', { counts: {} });
    expect([finished.status, finished.json.detail]).toEqual([
      409,
      expect.stringMatching(/has \d+ rows, but the backup has 0. Repeat the restore/),
    ]);
    expect((await post('/api/v1/silences', {})).status).toBe(503);
  });
});

test('steps of a restore that has not begun are refused', async () => {
  for (const [path, body] of [
    ['clear', undefined],
    ['rows', { table: 'monitors', columns: ['number'], rows: [] }],
    ['finish', { counts: {} }],
  ] as const) {
    const { status, json } = await post(`/api/v1/restore/${path}`, body);
    expect([path, status, json.detail]).toEqual([
      path,
      409,
      expect.stringMatching(/^No restore is in progress/),
    ]);
  }
});

test('a restore that dies at random requests is completed by a repeat, and the state is that of the backup', async () => {
  await makeOutage();
  const state = encodeSnapshot(await loadState(DB));
  const lines = await backUp();
  const expected = (await rowsByTable(lines)).get('incidents');
  await wipe();
  const random = seeded(7);
  let requests = 0;
  const dyingAt = (last: number, isAfter: boolean): Mesh => {
    const inner = testMesh();
    let left = last;
    return {
      ...inner,
      async json<T>(method: string, path: string, body?: string): Promise<T> {
        left -= 1;
        if (left > 0 || (left === 0 && isAfter)) await inner.json<T>(method, path, body);
        if (left <= 0) throw new Error(`died at ${path}`);
        requests += 1;
        return { done: true } as T;
      },
    };
  };
  for (let death = 0; death < 8; death += 1)
    await expect(restore(lines, {}, dyingAt(1 + Math.floor(random() * 20), random() < 0.5))).rejects.toThrow(
      'died at',
    );
  expect(requests).toBeGreaterThan(20);
  await restore(lines);
  expect(encodeSnapshot(await loadState(DB))).toBe(state);
  expect((await rowsByTable(await backUp())).get('incidents')).toEqual(expected);
});

describe('a backup of another version', () => {
  const withRows = async (change: (line: string) => string | readonly string[] | null): Promise<string[]> => {
    const lines = (await backUp()).slice(0, -1).flatMap((line) => change(line) ?? []);
    const ended: string[] = [];
    for await (const line of withEnd(each(lines))) ended.push(line);
    return ended;
  };

  test('an older one lacks a column and a table: they have their defaults', async () => {
    await makeOutage();
    let isChannels = false;
    let isViews = false;
    const lines = await withRows((line) => {
      if (line.startsWith('{"table"')) {
        isChannels = line.includes('"channels"') && line.startsWith('{"table":"channels"');
        isViews = line.startsWith('{"table":"update_templates"');
        if (isViews) return null;
        if (!isChannels) return line;
        const section = JSON.parse(line) as { columns: string[] };
        return JSON.stringify({ ...section, columns: section.columns.filter((name) => name !== 'tags') });
      }
      if (isViews && line.startsWith('[')) return null;
      if (!isChannels || !line.startsWith('[')) return line;
      const row = JSON.parse(line) as unknown[];
      // rowid, id, type, name, sealed_config, public_config, tags.
      return JSON.stringify(row.filter((_, index) => index !== 6));
    });
    await wipe();
    await restore(lines);
    expect((await ask('/api/v1/channels/on-call')).json).toMatchObject({ id: 'on-call', tags: {} });
  });

  test('a newer one has a table that this mesh does not know: it is refused, and nothing is changed', async () => {
    await makeOutage();
    const lines = await withRows((line) =>
      line.startsWith('{"table":"monitors"') ? ['{"table":"planets","columns":["id"]}', '[1]', line] : line,
    );
    await wipe();
    await expect(restore(lines)).rejects.toThrow(/no table "planets".*newer version of probemesh/);
    const answer = await post('/api/v1/restore', {
      ...{ mesh: 'https://x.test', createdAt: new Date(clock.now).toISOString() },
      ...{ key: (await keyIds(readEnv(bindings))).current, tables: [{ table: 'planets', columns: ['id'] }] },
    });
    expect([answer.status, answer.json.detail]).toEqual([
      422,
      expect.stringMatching(/no table "planets".*newer version/),
    ]);
    expect(await count('settings')).toBe(0);
  });
});

describe('the encryption key', () => {
  const otherEnv = { ENCRYPTION_KEY: OTHER_KEY };

  test('of another mesh is refused before anything is changed', async () => {
    await makeOutage();
    const lines = await backUp();
    await wipe();
    const { current } = await keyIds({ encryptionKey: bindings.ENCRYPTION_KEY });
    await expect(restore(lines, { key: current }, testMesh(otherEnv))).rejects.toThrow(
      new RegExp(`encrypted with the key ${current}.*ENCRYPTION_KEY_PREVIOUS`),
    );
    expect(await count('settings')).toBe(0);
  });

  test('of the backup as the previous key of the mesh opens every secret, and the audit log is whole', async () => {
    await makeOutage();
    const lines = await backUp();
    await wipe();
    const env = { ...otherEnv, ENCRYPTION_KEY_PREVIOUS: bindings.ENCRYPTION_KEY };
    await restore(lines, {}, testMesh(env));
    const verified = await ask('/api/v1/audit-entries/verification', { env });
    expect(verified.json.problems).toEqual([]);
  });

  test('that secrets are encrypted with again opens them in a mesh with that key', async () => {
    await makeOutage();
    const lines = await backUp();
    await wipe();
    const from = { encryptionKey: bindings.ENCRYPTION_KEY };
    const to = { encryptionKey: OTHER_KEY };
    const resealer = reseal(from, to);
    await restore(lines, { key: (await keyIds(to)).current, resealer }, testMesh(otherEnv));
    expect(resealer.failed()).toBe(0);
    expect((await ask('/api/v1/audit-entries/verification', { env: otherEnv })).json.problems).toEqual([]);
    const { unseal, channelPlace } = await import('../../../src/store/encryption.ts');
    const sealed = (await DB.prepare('select sealed_config as s from channels').first<string>('s'))!;
    expect(await unseal(to, channelPlace('on-call'), sealed)).toMatchObject({ url: RECEIVER.config.url });
  });
});
