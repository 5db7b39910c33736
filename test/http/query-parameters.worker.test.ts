// Query parameters that no route knows. The OpenAPI document lists the routes, so a new one is tested without an edit here.
import { beforeEach, describe, expect, test } from 'vitest';
import { withPublicCache } from '../../src/http/public-cache.ts';
import { ask, empty } from '../support/d1/http-mesh.ts';

beforeEach(empty);

const document = (await ask('/api/v1/openapi.json', { token: null })).json;

interface Parameter {
  name: string;
  in: string;
  schema: { type?: string };
}

const routes = Object.entries<Record<string, { parameters?: Parameter[]; responses: object }>>(document.paths)
  .filter(([path]) => path.startsWith('/api/v1/'))
  .flatMap(([path, item]) =>
    Object.entries(item).map(([method, { parameters = [], responses }]) => ({
      name: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase(),
      path: path.replaceAll(/\{[^}]+\}/g, 'unknown'),
      query: parameters.filter((one) => one.in === 'query'),
      responses,
    })),
  );

test('the document has every route of the API', () => {
  expect(routes.length).toBeGreaterThan(30);
});

test.each(routes)('$name refuses an unknown query parameter, and names those that it has', async (route) => {
  const answer = await ask(`${route.path}?nonsense=1`, { method: route.method });
  expect([answer.status, answer.json.type]).toEqual([422, '/api/v1/docs#problem-invalid']);
  expect(answer.json.errors).toEqual([
    { path: 'nonsense', pointer: '/nonsense', message: expect.stringContaining('"nonsense"') },
  ]);
  for (const { name } of route.query) expect(answer.json.detail).toContain(name);
  if (route.query.length === 0) expect(answer.json.detail).toContain('This route has none: remove it.');
  expect(route.responses).toHaveProperty('422');
});

test.each(
  routes.flatMap(({ name, method, path, query }) => query.map((one) => ({ name, method, path, one }))),
)('$name refuses $one.name twice, unless it is a list', async ({ method, path, one }) => {
  const answer = await ask(`${path}?${one.name}=true&${one.name}=true`, { method });
  const paths = (answer.json?.errors ?? []).filter(
    ({ message }: { message: string }) => message === 'Given 2 times, but it has one value. Send it once.',
  );
  expect(paths).toHaveLength(one.schema.type === 'array' ? 0 : 1);
});

describe('an unknown parameter', () => {
  const detail = async (path: string) => (await ask(path)).json.detail;

  test('a misspelled one gets the name that was meant', async () => {
    expect(await detail('/api/v1/monitors?verdct=down')).toBe(
      'verdct: Unknown query parameter "verdct". Did you mean "verdict"? Use one of: verdict, tag, q, type, paused, public.',
    );
    expect(await detail('/api/v1/incidents?State=open')).toContain('Did you mean "state"?');
    expect(await detail('/api/v1/monitors?zzzzzzzz=1')).not.toContain('Did you mean');
  });

  test('all of them are listed, and one that is a property of every object is unknown too', async () => {
    const { json } = await ask('/api/v1/monitors?constructor=1&__proto__=2&toString=3&paused=true');
    expect(json.errors.map(({ path }: { path: string }) => path)).toEqual([
      'constructor',
      '__proto__',
      'toString',
    ]);
  });

  test('a request that would change something changes nothing', async () => {
    const body = { name: 'x', check: { type: 'tcp', host: 'a.test', port: 1 }, intervalSeconds: 60 };
    expect((await ask('/api/v1/monitors?dryRun=true', { method: 'POST', body })).status).toBe(422);
    expect((await ask('/api/v1/monitors')).json.monitors).toEqual([]);
  });

  test('it does not replace the answer to a missing token, an unknown path or a wrong method', async () => {
    expect((await ask('/api/v1/monitors?nonsense=1', { token: null })).status).toBe(401);
    expect((await ask('/api/v1/nothing?nonsense=1')).status).toBe(404);
    expect((await ask('/api/v1/monitors?nonsense=1', { method: 'PUT' })).status).toBe(405);
  });

  test.each(['limit=abc', 'limit=0', 'limit=1.5', 'limit=', 'state=OPEN', 'cursor=%00', 'monitor='])(
    'the incidents refuse the bad value %s with the name of the parameter',
    async (query) => {
      const { status, json } = await ask(`/api/v1/incidents?${query}`);
      expect([status, json.errors[0].path]).toEqual([422, query.split('=')[0]]);
    },
  );
});

describe('links with parameters that other sites add', () => {
  const added = 'utm_source=mail&utm_medium=email&fbclid=x&_=1';

  test.each(['/', '/api/v1/docs', '/assets/favicon.svg', '/robots.txt', '/healthz'])(
    '%s works',
    async (path) => {
      expect((await ask(`${path}?${added}`, { token: null })).status).toBe(200);
    },
  );

  test('the public status of the API refuses them, also if a response is in the cache', async () => {
    const stored = new Response('{}', { headers: { 'x-rendered-at': '1000' } });
    const context = {
      cache: { match: async () => stored.clone(), put: async () => undefined },
      now: () => 1_000,
      waitUntil: () => undefined,
    };
    const request = new Request('https://status.test/api/v1/status?nonsense=1');
    const render = () =>
      ask('/api/v1/status?nonsense=1', { token: null }).then(({ status }) => new Response(null, { status }));
    expect((await withPublicCache(request, context, render)).status).toBe(422);
  });
});
