// What `npm start --config` deletes of the demo, if the file mentions only monitors, or only channels.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { deleteLeftovers } from '../../../scripts/demo/leftovers.ts';

const dir = mkdtempSync(join(tmpdir(), 'probemesh-leftovers-'));
const data = { demo: join(dir, 'demo.json') };
const INBOX = { config: { url: null, urlHint: '127.0.0.1:8790' } };
const SHOP = { check: { type: 'http', url: 'http://127.0.0.1:8800/' } };
const CHAT = { check: { type: 'tcp', host: '127.0.0.1', port: 8802 } };

let server: Server;
let stored: Record<string, object>;
let referenced: string[];
const deleted: string[] = [];
beforeAll(async () => {
  server = createServer(({ method, url = '' }, response) => {
    const path = url.replace('/api/v1', '');
    const isKept = method === 'DELETE' && referenced.includes(path);
    if (method === 'DELETE' && !isKept) deleted.push(path);
    const entry = stored[path];
    response.writeHead(isKept ? 409 : entry ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(entry ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  server.close();
  rmSync(dir, { recursive: true });
});
beforeEach(() => {
  deleted.length = 0;
  referenced = [];
  stored = { '/channels/demo-inbox': INBOX, '/monitors/web-shop': SHOP, '/monitors/chat': CHAT };
  writeFileSync(data.demo, JSON.stringify({ inbox: 8790, targets: { 'web-shop': 8800, chat: 8802 } }));
});
const run = (applied: object) =>
  deleteLeftovers({ url: `http://127.0.0.1:${port()}`, token: 't' }, data, applied);
const port = (): number => (server.address() as AddressInfo).port;

test('a file without channels leaves no inbox behind that does not run', async () => {
  stored = { '/channels/demo-inbox': INBOX };
  await run({ monitors: [] });
  expect(deleted).toEqual(['/channels/demo-inbox']);
});

test('the announcement that the past is made up goes with the demo', async () => {
  stored = { '/announcements/ann_demo': {} };
  await run({});
  expect(deleted).toEqual(['/announcements/ann_demo']);
});

test('a file without monitors leaves no monitors behind whose targets do not run', async () => {
  stored = { '/monitors/web-shop': SHOP, '/monitors/chat': CHAT };
  await run({ channels: [] });
  expect(deleted).toEqual(['/monitors/web-shop', '/monitors/chat']);
});

test('a monitor and a channel of the file stay, although they have the ids and the ports of the demo', async () => {
  await run({ monitors: [{ id: 'web-shop' }], channels: [{ id: 'demo-inbox' }] });
  expect(deleted).toEqual([]);
});

test('a monitor and a channel that a person has changed stay', async () => {
  stored['/monitors/web-shop'] = { check: { type: 'http', url: 'https://shop.example.com/' } };
  stored['/monitors/chat'] = { check: { type: 'tcp', host: 'chat.example.com', port: 8802 } };
  stored['/channels/demo-inbox'] = { config: { url: null, urlHint: '127.0.0.1:8791' } };
  await run({});
  expect(deleted).toEqual([]);
});

test('a channel that a monitor of the file names stays, and so does everything without a demo', async () => {
  referenced = ['/channels/demo-inbox'];
  stored = { '/channels/demo-inbox': INBOX };
  await run({});
  rmSync(data.demo);
  referenced = [];
  await run({});
  expect(deleted).toEqual([]);
});
