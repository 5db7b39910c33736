// The backup of the day, in a real R2 bucket of the local runtime, over the real D1: stored, refused, killed in the middle, two
// runs at once, under ticks, and what is kept. What must hold: an object is a whole backup, or it does not exist.
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { inspect } from '../../../scripts/backup/file-format.ts';
import { linesOf } from '../../../scripts/backup/mesh.ts';
import { type Bindings, type Config, readEnv } from '../../../src/env.ts';
import { backUpIfDue } from '../../../src/services/backup/scheduled-backup.ts';
import { storeLines } from '../../../src/services/backup/stored-objects.ts';
import { claimBackup } from '../../../src/store/backup/scheduled-backup.ts';
import { loadState } from '../../../src/store/shard.ts';
import { encodeSnapshot } from '../../../src/store/snapshot/codec.ts';
import worker from '../../../src/worker.ts';
import { each, restore, rowsByTable, wipe } from '../../support/d1/backups.ts';
import {
  ask,
  bindings,
  clock,
  createMonitor,
  keepDefaultChannels,
  post,
  RECEIVER,
  run,
  runUntilConfirmed,
} from '../../support/d1/http-mesh.ts';
import { pass } from '../../support/d1/ticks.ts';

await keepDefaultChannels();
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });
const { DB } = bindings;
const bucket = (bindings as unknown as { TEST_BACKUPS: R2Bucket }).TEST_BACKUPS;
const HOUR = 3_600_000;
const MINUTE = 60_000;
const env: Partial<Bindings> = { BACKUPS: bucket, BACKUP_DAYS: '3' };

beforeEach(async () => {
  clock.now = 1_800_000_000_000;
  for (const level of ['log', 'warn', 'error'] as const)
    vi.spyOn(console, level).mockImplementation(() => {});
  await wipe();
  const { objects } = await bucket.list();
  await bucket.delete(objects.map(({ key }) => key));
});

type WithBucket = Config & { readonly backups: R2Bucket };
const config = (changes: Partial<WithBucket> = {}): WithBucket => ({
  ...readEnv({ ...bindings, ...env }),
  backups: bucket,
  ...changes,
});
const backUpNow = (changes: Partial<WithBucket> = {}) => backUpIfDue(config(changes), () => clock.now);
const keys = async (): Promise<string[]> => (await bucket.list()).objects.map(({ key }) => key);
const health = async () => (await ask('/api/v1/health', { env })).json;

async function linesIn(key: string): Promise<string[]> {
  const object = (await bucket.get(key))!;
  const text = object.body.pipeThrough(new DecompressionStream('gzip')).pipeThrough(new TextDecoderStream());
  const lines: string[] = [];
  for await (const line of linesOf(text)) lines.push(line);
  return lines;
}

/** A bucket whose uploads go through `change`. */
function bucketThat(change: (upload: R2MultipartUpload) => Partial<R2MultipartUpload>): R2Bucket {
  return new Proxy(bucket, {
    get(target, name) {
      if (name !== 'createMultipartUpload') {
        const value = Reflect.get(target, name) as unknown;
        return typeof value === 'function' ? value.bind(target) : value;
      }
      return async (key: string, options: R2MultipartOptions) => {
        const upload = await target.createMultipartUpload(key, options);
        return {
          ...{ key: upload.key, uploadId: upload.uploadId },
          uploadPart: upload.uploadPart.bind(upload),
          complete: upload.complete.bind(upload),
          abort: upload.abort.bind(upload),
          ...change(upload),
        };
      };
    },
  });
}

test('the backup of the day is an object that a restore reads, and the mesh is as it was', async () => {
  await post('/api/v1/channels', RECEIVER);
  await createMonitor();
  await runUntilConfirmed(1, 6);
  const state = encodeSnapshot(await loadState(DB));
  expect(await backUpNow()).toBe('stored');
  const [key] = await keys();
  expect(key).toMatch(/^status\.test\/probemesh-2027-01-15T\d\d-\d\d-\d\d\.\d{3}Z\.backup\.gz$/);
  const lines = await linesIn(key!);
  const contents = await inspect(each(lines));
  expect(contents.header).toMatchObject({ mesh: 'https://status.test', formatVersion: 1 });
  expect(lines.join('\n')).not.toContain(RECEIVER.config.url);
  const size = (await bucket.head(key!))!.size;
  expect((await health()).scheduledBackup).toEqual({
    bucket: 'BACKUPS',
    newest: { at: new Date(clock.now).toISOString(), key, bytes: size, rows: contents.rows },
    ...{ failedAt: null, error: null },
  });
  const [entry] = (await ask('/api/v1/audit-entries?action=backup.created')).json.auditEntries;
  expect(entry.actor.type).toBe('system');
  await wipe();
  await restore(lines);
  expect(encodeSnapshot(await loadState(DB))).toBe(state);
});

test('the next backup is due a day later, and a row of the restored mesh does not replace what the bucket has', async () => {
  expect(await backUpNow()).toBe('stored');
  const { newest } = (await health()).scheduledBackup;
  const lines = await linesIn(newest.key);
  clock.now += 23 * HOUR;
  expect(await backUpNow()).toBe('not_due');
  await restore(lines);
  expect((await health()).scheduledBackup.newest).toEqual(newest);
  clock.now += HOUR;
  expect(await backUpNow()).toBe('stored');
  expect(await keys()).toHaveLength(2);
});

test('a file of several parts is whole, and memory holds one part', async () => {
  const rowOf = (index: number): string =>
    JSON.stringify([index, Array.from(crypto.getRandomValues(new Uint8Array(30_000))).join('')]);
  const lines = Array.from({ length: 400 }, (_, index) => rowOf(index));
  let uploading = 0;
  let most = 0;
  const parts: number[] = [];
  const counting = bucketThat((upload) => ({
    async uploadPart(number, value) {
      uploading += 1;
      most = Math.max(most, uploading);
      parts.push((value as Uint8Array).byteLength);
      const part = await upload.uploadPart(number, value);
      uploading -= 1;
      return part;
    },
  }));
  const { bytes, rows } = await storeLines(counting, 'status.test/large', each(lines), async () => {});
  expect([rows, most, parts.length > 1, new Set(parts.slice(0, -1)).size]).toEqual([400, 1, true, 1]);
  expect(bytes).toBe((await bucket.head('status.test/large'))!.size);
  expect(await linesIn('status.test/large')).toEqual(lines);
});

describe('a run that does not succeed', () => {
  test.each([
    ['the first part', { uploadPart: () => Promise.reject(new Error('uploadPart: no space (10001)')) }],
    ['the end', { complete: () => Promise.reject(new Error('complete: internal error (10001)')) }],
  ] as [string, Partial<R2MultipartUpload>][])(
    'because the bucket refuses %s leaves no object, says why, and is tried again',
    async (_, refusal) => {
      const backups = bucketThat(() => refusal);
      expect(await backUpNow({ backups })).toBe('failed');
      expect(await keys()).toEqual([]);
      const { scheduledBackup } = await health();
      expect(scheduledBackup).toMatchObject({ newest: null, failedAt: new Date(clock.now).toISOString() });
      expect(scheduledBackup.error).toContain('(10001)');
      clock.now += 15 * MINUTE;
      expect(await backUpNow()).toBe('stored');
      expect((await health()).scheduledBackup).toMatchObject({ failedAt: null, error: null });
    },
  );

  test('because the mesh cannot be read leaves no object', async () => {
    const db = new Proxy(DB, {
      get(target, name) {
        const value = Reflect.get(target, name) as unknown;
        if (name !== 'prepare') return typeof value === 'function' ? value.bind(target) : value;
        return (query: string) => {
          if (query.includes('"journal"') && query.includes('sized')) throw new Error('D1 is overloaded');
          return target.prepare(query);
        };
      },
    });
    expect(await backUpNow({ db })).toBe('failed');
    expect(await keys()).toEqual([]);
    expect((await health()).scheduledBackup.error).toContain('D1 is overloaded');
  });

  test('because the state is rebuilt meanwhile leaves no object', async () => {
    await createMonitor();
    for (let times = 0; times < 3; times += 1) await run(1, 0);
    const db = new Proxy(DB, {
      get(target, name) {
        const value = Reflect.get(target, name) as unknown;
        if (name !== 'batch') return typeof value === 'function' ? value.bind(target) : value;
        return async (statements: D1PreparedStatement[]) => {
          await target
            .prepare("update journal set checksum = 'x' where id = (select max(id) from journal)")
            .run();
          return target.batch(statements);
        };
      },
    });
    expect(await backUpNow({ db })).toBe('failed');
    expect(await keys()).toEqual([]);
    expect((await health()).scheduledBackup.error).toMatch(/rebuilt meanwhile/);
  });

  test('because it was killed in the middle leaves no object, and the next run discards its parts', async () => {
    let uploadId = '';
    const backups = bucketThat((upload) => {
      uploadId = upload.uploadId;
      // It never answers, and the invocation ends with it.
      return { uploadPart: () => new Promise(() => {}) };
    });
    const killed = backUpNow({ backups });
    const ended = await Promise.race([
      killed,
      new Promise((resolve) => setTimeout(resolve, 2_000, 'killed')),
    ]);
    expect([ended, await keys()]).toEqual(['killed', []]);
    const key = await DB.prepare(
      "select value ->> '$.upload.key' as k from settings where name like 's%'",
    ).first('k');
    clock.now += 15 * MINUTE;
    expect(await backUpNow()).toBe('not_due');
    clock.now += 15 * MINUTE;
    expect(await backUpNow()).toBe('stored');
    expect(await keys()).toHaveLength(1);
    await expect(
      bucket.resumeMultipartUpload(String(key), uploadId).uploadPart(1, new Uint8Array(1)),
    ).rejects.toThrow(/does not exist/);
  });

  test('for 26 hours impairs the mesh with the error in words, and the next success ends it', async () => {
    await createMonitor();
    await pass(2 * MINUTE, { env });
    const backups = bucketThat(() => ({ uploadPart: () => Promise.reject(new Error('no space (10001)')) }));
    await backUpNow({ backups });
    const reasons = async () => (await ask('/healthz', { env })).json.reasons;
    expect(await reasons()).toEqual([]);
    await DB.prepare(
      "update settings set value = json_set(value, '$.expectedSince', ?1) where name = 'scheduled_backup'",
    )
      .bind(clock.now - 27 * HOUR)
      .run();
    const { status, json } = await ask('/healthz', { env });
    expect([status, json.status, json.reasons]).toEqual([200, 'impaired', ['backup_failed']]);
    const [reason] = (await health()).reasons;
    expect(reason.detail).toMatch(/No backup was stored in the 1 d 3 h .*no space \(10001\)/);
    expect(await backUpNow()).toBe('stored');
    expect(await reasons()).toEqual([]);
  });
});

test('a backup that fails for long is notified of once, and so is its end', async () => {
  await createMonitor();
  await pass(2 * MINUTE, { env });
  await DB.prepare(
    "update settings set value = json_set(value, '$.expectedSince', ?1) where name = 'scheduled_backup'",
  )
    .bind(clock.now - 27 * HOUR)
    .run();
  await pass(8 * MINUTE, { env });
  const events = async () =>
    (
      await DB.prepare("select event from notifications where event like 'mesh.%' order by at").all<{
        event: string;
      }>()
    ).results.map(({ event }) => event);
  expect(await events()).toEqual(['mesh.impaired']);
  await backUpNow();
  await pass(8 * MINUTE, { env });
  expect(await events()).toEqual(['mesh.impaired', 'mesh.recovered']);
});

test('of two runs at once, one makes the backup', async () => {
  expect((await Promise.all([backUpNow(), backUpNow()])).toSorted()).toEqual(['not_due', 'stored']);
  expect(await keys()).toHaveLength(1);
});

test('a claim of a clock that was far ahead does not block the next run', async () => {
  await claimBackup(DB, { now: clock.now + 48 * HOUR, leaseMs: HOUR, everyMs: HOUR });
  expect(await backUpNow()).toBe('stored');
});

test('only backups of this mesh that are too old are deleted, and only after a newer one is complete', async () => {
  const old = 'status.test/probemesh-2026-01-01T03-09-00.000Z.backup.gz';
  const others = ['status.test/notes.txt', 'other.test/probemesh-2026-01-01T03-09-00.000Z.backup.gz'];
  for (const key of [old, ...others]) await bucket.put(key, 'x');
  const backups = bucketThat(() => ({ complete: () => Promise.reject(new Error('no')) }));
  expect(await backUpNow({ backups })).toBe('failed');
  expect(await keys()).toContain(old);
  clock.now += 15 * MINUTE;
  expect(await backUpNow()).toBe('stored');
  clock.now += 2 * 24 * HOUR;
  await backUpNow();
  expect(await keys()).toEqual(expect.arrayContaining(others));
  expect(await keys()).toHaveLength(4);
  clock.now += 2 * 24 * HOUR;
  await backUpNow();
  expect(await keys()).toHaveLength(4);
  expect(await keys()).not.toContain(old);
});

test('a message of the queue makes the backup after the handler has ended, and without a bucket it does nothing', async () => {
  const ack = vi.fn();
  const message = { body: { backup: { at: clock.now } }, ack };
  const works: Promise<unknown>[] = [];
  const queue = (more: Partial<Bindings>) =>
    worker.queue!(
      { messages: [message] } as never,
      { ...bindings, ...more } as never,
      { waitUntil: (work: Promise<unknown>) => void works.push(work) } as never,
    );
  await queue({});
  expect([works.length, ack.mock.calls.length, await keys()]).toEqual([0, 1, []]);
  await queue(env);
  expect(works).toHaveLength(1);
  await Promise.all(works);
  expect(await keys()).toHaveLength(1);
});

test('under ticks, the backup of the day is one moment: a replay of its journal gives its state', async () => {
  await createMonitor();
  await createMonitor({ id: 'other' });
  await pass(3 * MINUTE);
  let isDown = false;
  let pages = 0;
  const db = new Proxy(DB, {
    get(target, name) {
      const value = Reflect.get(target, name) as unknown;
      if (name !== 'prepare') return typeof value === 'function' ? value.bind(target) : value;
      return (query: string) => {
        const statement = target.prepare(query);
        if (!query.startsWith('with sized')) return statement;
        const bind = statement.bind.bind(statement);
        return {
          bind: (...values: unknown[]) => ({
            async all() {
              pages += 1;
              if (pages % 6 === 0) await run(1, isDown ? 6 : 0);
              if (pages % 12 === 0) isDown = !isDown;
              return bind(...values).all();
            },
          }),
        };
      };
    },
  });
  expect(await backUpNow({ db })).toBe('stored');
  const lines = await linesIn((await keys())[0]!);
  expect((await rowsByTable(lines)).get('journal')!.length).toBeGreaterThan(10);
  await wipe();
  await restore(lines);
  expect((await post('/api/v1/state/rebuild', {})).json).toMatchObject({ rebuilt: false });
});
