// JSON is UTF-8: no route stores a text that differs from the one that was sent.
import { beforeEach, expect, test } from 'vitest';
import { createApp } from '../../src/http/app.ts';
import { ask, bindings, empty, SHOP } from '../support/d1/http-mesh.ts';

beforeEach(empty);

const app = createApp();

async function send(method: string, path: string, body: BodyInit, contentType = 'application/json') {
  const headers = { authorization: 'Bearer test-token', 'content-type': contentType };
  const response = await app.request(path, { method, headers, body }, { ...bindings });
  // biome-ignore lint/suspicious/noExplicitAny: problems and monitors.
  return { status: response.status, json: (await response.json()) as any };
}
const latin1 = (text: string) => Uint8Array.from(text, (one) => one.charCodeAt(0));
const MONITOR = JSON.stringify({ ...SHOP, name: 'Bäckerei' });

test.each([
  ['POST', '/api/v1/monitors'],
  ['PATCH', '/api/v1/monitors/shop'],
  ['POST', '/api/v1/channels'],
  ['POST', '/api/v1/silences'],
  ['POST', '/api/v1/check'],
  ['PUT', '/api/v1/configuration'],
])('%s %s refuses a body in ISO-8859-1 and names the first bad byte', async (method, path) => {
  const { status, json } = await send(method, path, latin1(MONITOR));
  expect([status, json.type]).toEqual([400, '/api/v1/docs#problem-malformed']);
  expect(json.detail).toContain(`byte ${MONITOR.indexOf('ä')} is 0xE4`);
  expect((await ask('/api/v1/monitors')).json.monitors).toEqual([]);
});

test.each(['iso-8859-1', 'utf-16', '"windows-1252"'])(
  'a body that is declared as %s is refused',
  async (charset) => {
    const { status, json } = await send(
      'POST',
      '/api/v1/monitors',
      MONITOR,
      `application/json; charset=${charset}`,
    );
    expect([status, json.detail]).toEqual([415, expect.stringContaining('JSON must be UTF-8')]);
  },
);

test.each([
  'application/json; charset=UTF-8',
  'application/json; charset="utf-8"',
  'application/json;charset=utf8',
])('a body that is declared as %s is stored as it was written', async (contentType) => {
  expect((await send('POST', '/api/v1/monitors', MONITOR, contentType)).json.name).toBe('Bäckerei');
});

test('half of a surrogate pair is refused with its path, and a replacement character that was sent stays', async () => {
  const halved = await send('POST', '/api/v1/monitors', MONITOR.replace('ä', '\\ud83d'));
  expect([halved.status, halved.json.errors[0].path]).toEqual([422, 'name']);
  const inName = await send('POST', '/api/v1/monitors', MONITOR.replace('"name"', '"\\udc00":1,"name"'));
  expect(inName.status).toBe(422);
  expect((await send('POST', '/api/v1/monitors', MONITOR.replace('ä', '\\ud83d\\ude80'))).json.name).toBe(
    'B🚀ckerei',
  );
  const other = MONITOR.replace('"shop"', '"b"').replace('ä', '\ufffd');
  expect((await send('POST', '/api/v1/monitors', other)).json.name).toBe('B\ufffdckerei');
});
