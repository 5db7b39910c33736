// Conditional changes: every resource that people change has an ETag, and If-Match prevents lost updates.
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type Answered,
  ask,
  clock,
  empty,
  keepDefaultChannels,
  post,
  RECEIVER,
  SHOP,
} from '../../support/d1/http-mesh.ts';

beforeAll(keepDefaultChannels);
beforeEach(empty);

const startsAt = (): string => new Date(clock.now + 60_000).toISOString();

const RESOURCES: [string, string, () => object][] = [
  ['monitor', '/api/v1/monitors', () => SHOP],
  ['channel', '/api/v1/channels', () => RECEIVER],
  [
    'maintenance',
    '/api/v1/maintenances',
    () => ({ id: 'work', name: 'Work', startsAt: startsAt(), durationMinutes: 5 }),
  ],
  [
    'silence',
    '/api/v1/silences',
    () => ({ id: 'noise', name: 'Noise', startsAt: startsAt(), durationMinutes: 5 }),
  ],
];

const conditional = (method: string, path: string, etag: string, body?: object): Promise<Answered> =>
  ask(path, { method, headers: { 'if-match': etag }, ...(body ? { body } : {}) });

describe.each(RESOURCES)('a %s', (kind, collection, input) => {
  const create = async (): Promise<{ path: string; etag: string }> => {
    const created = await post(collection, input());
    expect(created.status).toBe(201);
    return { path: created.headers.get('location')!, etag: created.headers.get('etag')! };
  };

  test(`creating, reading and updating a ${kind} returns its ETag, and each update changes the ETag`, async () => {
    const { path, etag } = await create();
    expect(etag).toBe('"1"');
    expect((await ask(path)).headers.get('etag')).toBe(etag);
    const updated = await conditional('PATCH', path, etag, { name: 'New name' });
    expect([updated.status, updated.json.name]).toEqual([200, 'New name']);
    expect(updated.headers.get('etag')).toBe('"2"');
    const read = await ask(path);
    expect([read.headers.get('etag'), read.json]).toEqual(['"2"', updated.json]);
  });

  test.each(['"7"', 'W/"7"', '"anything"', '""'])(
    `updating or deleting a ${kind} with the outdated ETag %s is a 412 and changes nothing`,
    async (outdated) => {
      const { path, etag } = await create();
      const before = (await ask(path)).json;
      for (const [method, body] of [['PATCH', { name: 'New name' }], ['DELETE']] as const) {
        const refused = await conditional(method, path, outdated, body);
        expect(refused.status).toBe(412);
        expect(refused.headers.get('content-type')).toBe('application/problem+json');
        expect(refused.json.type).toBe('/api/v1/docs#problem-precondition-failed');
      }
      const after = await ask(path);
      expect([after.headers.get('etag'), after.json]).toEqual([etag, before]);
    },
  );

  test(`the second of two updates of one version of a ${kind} is a 412`, async () => {
    const { path, etag } = await create();
    const statuses = [
      (await conditional('PATCH', path, etag, { name: 'First' })).status,
      (await conditional('PATCH', path, etag, { name: 'Second' })).status,
    ];
    expect(statuses).toEqual([200, 412]);
    expect((await ask(path)).json.name).toBe('First');
  });

  test.each(['"1"', 'W/"1"', '*'])(`a ${kind} can be updated and deleted with the ETag %s`, async (etag) => {
    const { path } = await create();
    expect((await conditional('PATCH', path, etag, { name: 'New name' })).status).toBe(200);
    const current = etag.replace('1', '2');
    expect((await conditional('DELETE', path, current)).status).toBe(204);
    expect((await ask(path)).status).toBe(404);
  });

  test.each(['1', '"1", "2"', '"1'])(
    `a malformed If-Match header %s for a ${kind} is rejected by its name and changes nothing`,
    async (header) => {
      const { path } = await create();
      const refused = await conditional('DELETE', path, header);
      expect([refused.status, refused.json.errors[0].path]).toEqual([422, 'if-match']);
      expect((await ask(path)).status).toBe(200);
    },
  );

  test(`an unknown ${kind} with an If-Match header is a 404`, async () => {
    const path = `${collection}/unknown`;
    expect((await conditional('PATCH', path, '"1"', { name: 'New name' })).status).toBe(404);
    expect((await conditional('DELETE', path, '"1"')).status).toBe(404);
  });
});

test('an update that is rejected does not change the ETag', async () => {
  const created = await post('/api/v1/monitors', SHOP);
  const path = created.headers.get('location')!;
  const refused = await conditional('PATCH', path, '"1"', { check: { port: 0 } });
  expect([refused.status, refused.json.errors[0].path]).toEqual([422, 'check.port']);
  expect((await ask(path)).headers.get('etag')).toBe('"1"');
});

test('the OpenAPI document describes If-Match, ETag and 412 for every resource that people change', async () => {
  const document = (await ask('/api/v1/openapi.json')).json;
  for (const [, collection] of RESOURCES) {
    const item = document.paths[`${collection}/{id}`];
    for (const method of ['patch', 'delete']) {
      const header = item[method].parameters.find(({ name }: { name: string }) => name === 'if-match');
      expect(header).toMatchObject({ in: 'header', required: false, schema: { type: 'string' } });
      expect(item[method].responses).toHaveProperty('412');
    }
    for (const response of [
      document.paths[collection].post.responses[201],
      item.get.responses[200],
      item.patch.responses[200],
    ])
      expect(response.headers).toHaveProperty('ETag');
  }
});
