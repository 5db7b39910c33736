// Names that people write: what looks the same is the same, and no name disappears without an error.
import { beforeEach, expect, test } from 'vitest';
import { ask, createMonitor, empty, patch, post, RECEIVER, SHOP } from '../../support/d1/http-mesh.ts';

beforeEach(empty);

const ESCAPES: Record<string, string> = {
  'a zero-width space': 'Web\u200bshop',
  'a zero-width space at the end': 'Web shop\u200b',
  'a joiner at the end': 'Web shop\u200d',
  'a joiner before a space': 'Web\u200d shop',
  'a word joiner': 'Web\u2060shop',
  'a byte order mark': 'Web\ufeffshop',
  'a soft hyphen': 'Web\u00adshop',
  'a right-to-left override': 'Web\u202eshop',
  'a Hangul filler': '\u3164',
  'a blank Braille pattern': '\u2800',
  'a Mongolian vowel separator': 'Web\u180eshop',
  'a tag character': 'Web\u{e0041}shop',
  'a variation selector after a letter': 'Web\ufe0fshop',
  'a null character': 'Web\u0000shop',
};

test.each(Object.entries(ESCAPES))(
  'a name with %s is rejected with the path of the field',
  async (_, name) => {
    for (const answer of [
      await post('/api/v1/monitors', { ...SHOP, name }),
      await post('/api/v1/channels', { ...RECEIVER, name }),
      await post('/api/v1/silences', { name, monitors: 'all', startsAt: null }),
    ]) {
      expect(answer.status).toBe(422);
      expect(answer.json.errors).toContainEqual(expect.objectContaining({ path: 'name' }));
    }
    const tagged = await post('/api/v1/monitors', { ...SHOP, tags: { team: name } });
    expect(tagged.json.errors).toContainEqual(expect.objectContaining({ path: 'tags.team' }));
    expect((await ask('/api/v1/monitors')).json.monitors ?? []).toEqual([]);
  },
);

test.each(['Größe & Straße', 'می‌خواهم', 'क्‍ष', '日本語のサービス', 'Shop 👨‍👩‍👧 ❤️ ☎️', 'e\u0301tat'])(
  'the name %s is accepted and returned as it was written',
  async (name) => {
    await createMonitor({ name });
    expect((await ask('/api/v1/monitors/shop')).json.name).toBe(name);
  },
);

const reserved = (body: string) => ask('/api/v1/monitors', { method: 'POST', body, headers: JSON_TYPE });
const JSON_TYPE = { 'content-type': 'application/json' };
const withTags = (tags: string) => JSON.stringify({ ...SHOP, tags: 0 }).replace('"tags":0', `"tags":${tags}`);

test.each([
  [withTags('{"__proto__":"x"}'), 'tags.__proto__'],
  [withTags('{"\\u005f_proto__":"x"}'), 'tags.__proto__'],
  [withTags('{"__pr\\u006fto__":"x"}'), 'tags.__proto__'],
  ['{"__proto__":{"name":"x"}}', '__proto__'],
  ['[{"a":[{"__proto__":1}]}]', '[0].a[0].__proto__'],
])('%s is rejected because of its reserved name', async (body, path) => {
  const answer = await reserved(body);
  expect(answer.status).toBe(422);
  expect(answer.json.errors).toEqual([expect.objectContaining({ path })]);
});

test('a text that only contains the reserved name is accepted', async () => {
  await createMonitor({ name: '__proto__ and "__proto__":' });
  expect((await patch('/api/v1/monitors/shop', { tags: { proto: '__proto__' } })).status).toBe(200);
});

test('a document of 1 MB that is nested as deep as it can be is rejected, not a crash', async () => {
  const deep = 100_000;
  const answer = await reserved(`${'{"a":'.repeat(deep)}{"__proto__":1}${'}'.repeat(deep)}`);
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(answer.status).toBeLessThan(500);
});

test.each(['constructor', 'toString', 'hasOwnProperty'])(
  '%s is not a type of check or channel',
  async (type) => {
    expect(
      (await post('/api/v1/monitors', { ...SHOP, check: { type, host: 'a.example', port: 1 } })).status,
    ).toBe(422);
    expect((await post('/api/v1/channels', { ...RECEIVER, type })).status).toBe(422);
  },
);

test('a monitor whose id is a name of Object.prototype is a monitor like any other', async () => {
  await createMonitor({ id: 'constructor' });
  expect((await ask('/api/v1/monitors/constructor/explain')).status).toBe(200);
  expect((await ask('/api/v1/status')).json.monitors).toEqual([
    expect.objectContaining({ id: 'constructor' }),
  ]);
});
