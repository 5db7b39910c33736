// `npm run audit` against an HTTP server that answers as a mesh does: what it finds, prints, and its exit code.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { auditCommand } from '../../scripts/audit/command.ts';
import { GENESIS, hashEntry } from '../../src/store/audit-hash.ts';

type Line = Record<string, unknown> & { readonly seq: number; readonly hash: string };

/** Entries as an export has them. */
function entries(count: number, name = 'Shop'): Line[] {
  let previousHash = GENESIS;
  return Array.from({ length: count }, (_, index) => {
    const entry = {
      ...({
        seq: index + 1,
        at: 1_800_000_000_000,
        actorType: 'key',
        actorId: 'ci',
        actorName: 'CI',
      } as const),
      ...{ address: null, userAgent: null, file: null, action: 'monitor.updated', targetType: 'monitor' },
      ...{ targetId: 'shop', targetName: name, before: null, after: `{"index":${index}}` },
    };
    const line = { ...entry, hash: hashEntry(previousHash, entry), previousHash };
    previousHash = line.hash;
    return line;
  });
}

const ENV = { PROBEMESH_API_KEY: 'pm_key' };
const LOG = entries(4);
const HEAD = { seq: 4, hash: LOG[3]!.hash };

let server: Server;
let url: string;
let lines: Line[];
let verification: object;
let status: number;
const asked: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.authorization}`);
    const isExport = request.url === '/api/v1/audit-entries/export';
    const type = isExport && status === 200 ? 'application/x-ndjson' : 'application/json';
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    const problem = JSON.stringify({ detail: 'The API key is unknown.' });
    const body = status !== 200 ? problem : isExport ? text : JSON.stringify(verification);
    response.writeHead(status, { 'content-type': type }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());
beforeEach(() => {
  asked.length = 0;
  status = 200;
  lines = LOG;
  verification = { valid: true, entries: 4, head: HEAD, problems: [] };
});

async function audit(args: readonly string[], env: Record<string, string> = ENV) {
  const out: string[] = [];
  const err: string[] = [];
  const code = await auditCommand(args, {
    env,
    out: (line) => void out.push(line),
    err: (line) => void err.push(line),
    readLines: async function* () {
      for (const line of lines) yield JSON.stringify(line);
    },
  });
  return { code, out, err: err.join('\n') };
}

describe('a command line that cannot be run', () => {
  test.each([
    [['verify'], ENV, /--url must be the URL of a mesh/],
    [['verify', '--url', 'ftp://mesh'], ENV, /--url must be the URL of a mesh/],
    [['repair', '--url', 'http://mesh.test'], ENV, /Unknown action "repair". Use verify or export/],
    [['--url', 'http://mesh.test', '--head', '4'], ENV, /--head must be the number and the hash/],
    [['export', '--file', 'a'], ENV, /--file is for verify/],
    [['--url', 'http://mesh.test'], {}, /PROBEMESH_API_KEY is not set/],
    [['--fix'], ENV, /--help shows the options/],
  ])('%j ends with 2 and the fix', async (args, env, message) => {
    expect(await audit(args, env as Record<string, string>)).toMatchObject({
      code: 2,
      err: expect.stringMatching(message),
    });
    expect(asked).toEqual([]);
  });

  test.each([401, 403])('a key that gets %i ends with 2 and what the mesh answers', async (answer) => {
    status = answer;
    expect(await audit(['verify', '--url', url])).toEqual({
      code: 2,
      out: [],
      err: 'audit: The API key is unknown.',
    });
    expect(asked).toEqual(['GET /api/v1/audit-entries/verification Bearer pm_key']);
  });

  test('a mesh that does not respond ends with 3, because nothing is known about its log', async () => {
    expect((await audit(['verify', '--url', 'http://127.0.0.1:1'])).code).toBe(3);
  });
});

test('a whole log ends with 0 and prints the head to record', async () => {
  expect(await audit(['verify', '--url', url])).toEqual({
    code: 0,
    out: [
      'The audit log is whole: 4 entries.',
      `Record its head, and pass it to the next run: --head 4:${HEAD.hash}`,
    ],
    err: '',
  });
});

describe('the chain is computed from the export, whatever the mesh reports', () => {
  test.each([
    [
      'changed',
      () => LOG.map((line) => (line.seq === 2 ? { ...line, actorName: 'other' } : line)),
      /hash of entry 2/,
    ],
    ['removed', () => LOG.filter(({ seq }) => seq !== 3), /Entry 3 is missing/],
    ['moved', () => [LOG[0]!, LOG[2]!, LOG[1]!, LOG[3]!], /Entry 2 is missing/],
    ['removed at the end', () => LOG.slice(0, 3), /export ends with entry 3, but the newest is 4/],
  ])('an entry that was %s ends with 1 and its number', async (_, change, message) => {
    lines = change();
    expect(await audit(['verify', '--url', url])).toMatchObject({
      code: 1,
      err: expect.stringMatching(message),
    });
  });

  test('what the mesh finds is printed too', async () => {
    const detail = 'No configured key signed the last end of the log, at entry 4.';
    verification = {
      valid: false,
      entries: 4,
      head: HEAD,
      problems: [{ code: 'signature', seq: 4, detail }],
    };
    expect(await audit(['verify', '--url', url])).toMatchObject({
      code: 1,
      err: `audit: signature: ${detail}`,
    });
  });

  test('a log that was replaced as a whole, with valid signatures, lacks the head of an earlier run', async () => {
    lines = entries(6, 'Replaced');
    verification = { valid: true, entries: 6, head: { seq: 6, hash: lines[5]!.hash }, problems: [] };
    expect((await audit(['verify', '--url', url])).code).toBe(0);
    const replaced = await audit(['verify', '--url', url, '--head', `4:${HEAD.hash}`]);
    expect(replaced).toMatchObject({ code: 1, err: expect.stringMatching(/Entry 4 has another hash/) });
  });

  test('an older copy of the whole log lacks the head of a later run', async () => {
    lines = LOG.slice(0, 2);
    verification = { valid: true, entries: 2, head: { seq: 2, hash: LOG[1]!.hash }, problems: [] };
    const older = await audit(['verify', '--url', url, '--head', `4:${HEAD.hash}`]);
    expect(older).toMatchObject({
      code: 1,
      err: expect.stringMatching(/Entry 4, which you recorded, is missing/),
    });
  });

  test('a head of an earlier run that is still in the log is accepted', async () => {
    expect((await audit(['verify', '--url', url, '--head', `2:${LOG[1]!.hash}`])).code).toBe(0);
  });
});

test('an export prints every line as the mesh sends it', async () => {
  const { code, out } = await audit(['export', '--url', url]);
  expect([code, out.filter((line) => line !== '')]).toEqual([0, LOG.map((line) => JSON.stringify(line))]);
});

test('an export that was stored is verified without a mesh, and the signatures are not', async () => {
  const { code, out } = await audit(['verify', '--file', 'audit.ndjson'], {});
  expect([code, out[0]]).toEqual([0, 'The audit log is whole: 4 entries. Signatures were not verified.']);
  expect(asked).toEqual([]);
});
