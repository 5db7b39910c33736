// `npm run backup` and `npm run restore` against an HTTP server that answers as a mesh does, with real files: damaged ones,
// wrong keys, and a mesh that dies.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { backupCommand } from '../../../scripts/backup/backup-command.ts';
import { restoreCommand } from '../../../scripts/backup/restore-command.ts';
import { channelPlace, keyIds, seal, unseal } from '../../../src/store/encryption.ts';

const KEY = { encryptionKey: Buffer.alloc(32, 7).toString('base64') };
const OTHER = { encryptionKey: Buffer.alloc(32, 9).toString('base64') };
const SECRET = 'hooks.example.com/a-secret-path';
const PASSPHRASE = 'correct horse battery staple';

let server: Server;
let url: string;
let dir: string;
let sealed: string;
let keyId: string;
/** The cut is cut off in its middle. */
let dies = false;
const asked: string[] = [];
const rowsSent: { table: string; columns: string[]; rows: unknown[][] }[] = [];

const CHANNELS = ['rowid', 'id', 'type', 'name', 'sealed_config'];

function answer(path: string, body: string): string | object {
  if (path === 'GET /api/v1/backup')
    return {
      ...{
        mesh: 'https://mesh.test',
        version: '0.1.0',
        migration: '0005',
        createdAt: '2026-11-26T21:00:00.000Z',
      },
      ...{ since: '2026-11-26T20:58:00.000Z', compaction: null, keys: { current: keyId, previous: null } },
      ...{ historyFrom: {}, paged: ['journal'] },
      tables: [
        { name: 'journal', columns: ['id', 'detail'] },
        { name: 'channels', columns: CHANNELS },
      ],
    };
  if (path === 'GET /api/v1/backup/tables/journal?after=-1') return '[1,"a"]\n[2,"b"]\n{"next":2}\n';
  if (path === 'GET /api/v1/backup/tables/journal?after=2') return '{"next":null}\n';
  if (path === 'POST /api/v1/backup/cut')
    return `{"table":"journal","columns":["id","detail"]}\n[2,"b"]\n[3,"c"]\n{"table":"channels","columns":${JSON.stringify(CHANNELS)}}\n${JSON.stringify([1, 'on-call', 'webhook', 'On call', sealed])}\n{"end":true}\n`;
  if (path === 'POST /api/v1/restore/clear') return { done: true };
  if (path === 'POST /api/v1/restore/rows') {
    rowsSent.push(JSON.parse(body));
    return { rows: 1 };
  }
  return { repeated: false, restored: true, rebuilt: false };
}

beforeAll(async () => {
  keyId = (await keyIds(KEY)).current;
  sealed = await seal(KEY, channelPlace('on-call'), { url: `https://${SECRET}` });
  server = createServer(async (request, response) => {
    const path = `${request.method} ${request.url}`;
    let body = '';
    for await (const piece of request) body += piece;
    asked.push(path);
    const answered = answer(path, body);
    if (typeof answered === 'object') {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answered));
      return;
    }
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    if (!dies || !path.includes('cut')) response.end(answered);
    else response.write(answered.slice(0, 120), () => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  dir = mkdtempSync(join(tmpdir(), 'probemesh-backup-'));
});
afterAll(() => {
  server.close();
  rmSync(dir, { recursive: true });
});
beforeEach(() => {
  dies = false;
  asked.length = 0;
  rowsSent.length = 0;
});

type Command = typeof backupCommand;

async function run(command: Command, args: readonly string[], env: Record<string, string> = {}) {
  const out: string[] = [];
  const err: string[] = [];
  const code = await command(['--url', url, ...args], {
    env: { PROBEMESH_API_KEY: 'token', ...env },
    cwd: dir,
    out: (line) => void out.push(line),
    err: (line) => void err.push(line),
  });
  return { code, out, err };
}

let made = 0;
async function backUp(env: Record<string, string> = {}): Promise<string> {
  made += 1;
  const { code, err } = await run(backupCommand, [`b${made}.gz`], env);
  expect([code, err]).toEqual([0, []]);
  asked.length = 0;
  return join(dir, `b${made}.gz`);
}

test('a backup is one file that only its owner reads, and an existing file is not replaced', async () => {
  const file = await backUp();
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const before = readFileSync(file);
  const again = await run(backupCommand, [file]);
  expect([again.code, again.err]).toEqual([2, [expect.stringMatching(/exists already\. Delete it/)]]);
  expect(readFileSync(file).equals(before)).toBe(true);
  const lines = gunzipSync(before).toString().trim().split('\n');
  expect(JSON.parse(lines[0]!)).toMatchObject({
    format: 'probemesh-backup',
    formatVersion: 1,
    mesh: 'https://mesh.test',
  });
  expect(JSON.parse(lines.at(-1)!)).toMatchObject({
    end: true,
    rows: 4,
    counts: { journal: 3, channels: 1 },
  });
});

test('a mesh that dies during a backup leaves no file', async () => {
  dies = true;
  const { code, err } = await run(backupCommand, ['dead.gz']);
  expect([code > 0, err.length]).toEqual([true, 1]);
  expect(readdirSync(dir).filter((name) => name.startsWith('dead'))).toEqual([]);
});

test('a file that is damaged, truncated, foreign or newer is one clear error, and the mesh is not asked', async () => {
  const whole = readFileSync(await backUp());
  const text = gunzipSync(whole).toString();
  const lines = text.split('\n');
  const flipped = Buffer.from(whole);
  flipped[Math.floor(whole.length / 2)]! ^= 0xff;
  const cases: [Buffer, RegExp][] = [
    [flipped, /damaged/],
    [gzipSync(text.replace('"a"', '"x"')), /damaged: its SHA-256/],
    [gzipSync(`${text}[9,"z"]\n`), /damaged: something follows its end/],
    [gzipSync(lines.filter((line) => line !== '[2,"b"]').join('\n')), /damaged/],
    [gzipSync(`${lines.slice(0, -2).join('\n')}\n`), /truncated/],
    [gzipSync(text.slice(0, -20)), /truncated/],
    [Buffer.alloc(0), /truncated|empty/],
    [Buffer.from('monitors: []\n'), /not a backup of probemesh/],
    [gzipSync('{"seq":1}\n'), /not a backup of probemesh/],
    [gzipSync(text.replace('"formatVersion":1', '"formatVersion":2')), /Use a newer version of probemesh/],
  ];
  for (let length = 1; length < whole.length; length += Math.ceil(whole.length / 20))
    cases.push([whole.subarray(0, length), /truncated|not a backup|damaged/]);
  for (const [index, [bytes, message]] of cases.entries()) {
    writeFileSync(join(dir, 'bad.gz'), bytes);
    const { code, err } = await run(restoreCommand, ['bad.gz']);
    expect([index, code, err]).toEqual([index, 2, [expect.stringMatching(message)]]);
  }
  const missing = await run(restoreCommand, ['missing.gz']);
  expect(missing.err).toEqual([expect.stringMatching(/missing\.gz does not exist/)]);
  expect(asked).toEqual([]);
});

test('secrets are encrypted in the file, and with a passphrase only it opens them', async () => {
  const env = { PROBEMESH_ENCRYPTION_KEY: KEY.encryptionKey, PROBEMESH_BACKUP_PASSPHRASE: PASSPHRASE };
  const file = await backUp(env);
  const text = gunzipSync(readFileSync(file)).toString();
  for (const secret of [SECRET, sealed, KEY.encryptionKey, PASSPHRASE, btoa(SECRET)])
    expect(text).not.toContain(secret);
  for (const [given, message] of [
    [{}, /The backup has a passphrase/],
    [{ PROBEMESH_BACKUP_PASSPHRASE: 'another passphrase' }, /not the one that the backup was made with/],
    [{ PROBEMESH_BACKUP_PASSPHRASE: PASSPHRASE }, /ENCRYPTION_KEY of the mesh is needed/],
  ] as const) {
    const { code, err } = await run(restoreCommand, [file], given);
    expect([code, err]).toEqual([2, [expect.stringMatching(message)]]);
  }
  expect(asked).toEqual([]);
  const { code, out } = await run(restoreCommand, [file], {
    ...{ PROBEMESH_BACKUP_PASSPHRASE: PASSPHRASE, PROBEMESH_ENCRYPTION_KEY: OTHER.encryptionKey },
  });
  expect([code, out[0]]).toEqual([0, expect.stringMatching(/is restored: 4 rows of https:\/\/mesh\.test/)]);
  const [channel] = rowsSent.find(({ table }) => table === 'channels')!.rows;
  expect(await unseal(OTHER, channelPlace('on-call'), channel![4] as string)).toEqual({
    url: `https://${SECRET}`,
  });
});

test('a passphrase needs the key of the mesh, and enough characters', async () => {
  for (const [env, message] of [
    [{ PROBEMESH_BACKUP_PASSPHRASE: PASSPHRASE }, /needs the ENCRYPTION_KEY of the mesh/],
    [
      { PROBEMESH_BACKUP_PASSPHRASE: PASSPHRASE, PROBEMESH_ENCRYPTION_KEY: OTHER.encryptionKey },
      /is not the key of the mesh/,
    ],
    [
      { PROBEMESH_BACKUP_PASSPHRASE: 'short', PROBEMESH_ENCRYPTION_KEY: KEY.encryptionKey },
      /at least 12 characters/,
    ],
    [{ PROBEMESH_ENCRYPTION_KEY: 'x' }, /PROBEMESH_ENCRYPTION_KEY must be 32 bytes/],
  ] as [Record<string, string>, RegExp][]) {
    const { code, err } = await run(backupCommand, ['none.gz'], env);
    expect([code, err]).toEqual([2, [expect.stringMatching(message)]]);
  }
  expect(readdirSync(dir)).not.toContain('none.gz');
});

test('the folder of a local mesh has both keys', async () => {
  writeFileSync(
    join(dir, 'secrets.json'),
    JSON.stringify({ adminToken: 'pm_local', encryptionKey: KEY.encryptionKey }),
  );
  const { code, err } = await run(backupCommand, ['--data', '.', 'local.gz'], {
    ...{ PROBEMESH_API_KEY: '', PROBEMESH_BACKUP_PASSPHRASE: PASSPHRASE },
  });
  expect([code, err]).toEqual([0, []]);
});

test.each([
  [backupCommand, ['--url', 'mesh'], /--url must be the URL/],
  [backupCommand, ['--force'], /Unknown option '--force'/],
  [backupCommand, ['a', 'b'], /One file is enough/],
  [backupCommand, ['--replace', 'x'], /--replace is for npm run restore/],
  [backupCommand, ['--data', 'nowhere'], /is not the folder of a local mesh/],
  [restoreCommand, [], /Name the file of a backup/],
] as [Command, string[], RegExp][])(
  'the arguments of %o %j end it with 2',
  async (command, args, message) => {
    const { code, err } = await run(command, args);
    expect([code, err]).toEqual([2, [expect.stringMatching(message)]]);
  },
);
