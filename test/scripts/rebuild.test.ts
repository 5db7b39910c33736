// `npm run rebuild` against an HTTP server that answers as a mesh does: what it prints, and its exit code.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rebuildCommand } from '../../scripts/rebuild/command.ts';

const WHOLE = { rebuilt: false, seq: 12, notificationId: null, replayedRows: 0, lostRows: 0, reasons: [] };
const ENV = { PROBEMESH_API_KEY: 'token' };

let server: Server;
let url: string;
let answer: { status: number; body: object } = { status: 200, body: WHOLE };
const asked: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.authorization}`);
    response
      .writeHead(answer.status, { 'content-type': 'application/json' })
      .end(JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => server.close());

async function rebuild(args: readonly string[], env: Record<string, string> = ENV) {
  const out: string[] = [];
  const err: string[] = [];
  const code = await rebuildCommand(args, {
    env,
    out: (line) => void out.push(line),
    err: (line) => void err.push(line),
  });
  return { code, out, err };
}

test.each([
  [[], ENV, /--url must be the URL of a mesh/],
  [['--url', 'mesh'], ENV, /--url must be the URL of a mesh/],
  [['--force'], ENV, /Unknown option '--force'.*--help/],
  [['--url', 'http://127.0.0.1:1'], {}, /PROBEMESH_API_KEY is not set/],
] as [string[], Record<string, string>, RegExp][])(
  'the arguments %j with %j end rebuild with 2',
  async (args, env, line) => {
    const { code, err } = await rebuild(args, env);
    expect([code, err.length]).toEqual([2, 1]);
    expect(err[0]).toMatch(line);
  },
);

test('a mesh that does not respond ends rebuild with 1', async () => {
  const { code, err } = await rebuild(['--url', 'http://127.0.0.1:1']);
  expect([code, err]).toEqual([
    1,
    [expect.stringMatching(/^rebuild: http:\/\/127\.0\.0\.1:1 does not respond: /)],
  ]);
});

test('a whole state is reported as whole', async () => {
  answer = { status: 200, body: WHOLE };
  expect(await rebuild(['--url', url])).toEqual({
    ...{ code: 0, err: [] },
    out: ['The state is whole, up to journal row 12. Nothing was changed.'],
  });
  expect(asked.at(-1)).toBe('POST /api/v1/state/rebuild Bearer token');
});

test('damage and lost rows are printed', async () => {
  const reasons = [{ code: 'damaged_journal', detail: 'journal row 9 is missing' }];
  answer = { status: 200, body: { ...WHOLE, rebuilt: true, replayedRows: 3, lostRows: 4, reasons } };
  expect((await rebuild(['--url', url])).out).toEqual([
    'damaged_journal: journal row 9 is missing',
    'The state was rebuilt, up to journal row 12. 3 rows were replayed.',
    '4 rows could not be applied. They are in the table damaged_journal.',
    'Open incidents stay open. Every location measures again before it votes.',
  ]);
});

test('a wrong token ends rebuild with 2 and the message of the mesh', async () => {
  answer = { status: 401, body: { title: 'Valid token required', detail: 'The token is unknown.' } };
  expect(await rebuild(['--url', url])).toEqual({
    code: 2,
    out: [],
    err: ['rebuild: The token is unknown.'],
  });
});
