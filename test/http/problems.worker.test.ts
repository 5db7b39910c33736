import { beforeEach, describe, expect, test, vi } from 'vitest';
import { ask, empty, keepDefaultChannels, SHOP } from '../support/d1/http-mesh.ts';

await keepDefaultChannels();

beforeEach(empty);

describe('tokens', () => {
  const closed: [string, string][] = [
    ['GET', '/api/v1/monitors'],
    ['POST', '/api/v1/monitors'],
    ['GET', '/api/v1/monitors/shop'],
    ['PATCH', '/api/v1/monitors/shop'],
    ['DELETE', '/api/v1/monitors/shop'],
    ['GET', '/api/v1/monitors/shop/explain'],
    ['GET', '/api/v1/incidents'],
    ['GET', '/api/v1/incidents/inc_1'],
    ['GET', '/api/v1/channels'],
    ['POST', '/api/v1/channels'],
    ['GET', '/api/v1/channels/on-call'],
    ['PATCH', '/api/v1/channels/on-call'],
    ['DELETE', '/api/v1/channels/on-call'],
    ['POST', '/api/v1/channels/on-call/test'],
    ['GET', '/api/v1/locations'],
    ['PUT', '/api/v1/configuration'],
    ['POST', '/api/v1/check'],
    ['GET', '/api/v1/whatever-comes-next'],
  ];

  test.each(closed)(
    '%s %s rejects a request without a token or with an unknown one',
    async (method, path) => {
      const without = await ask(path, { method, token: null });
      expect(without.status).toBe(401);
      expect(without.headers.get('www-authenticate')).toBe('Bearer realm="probemesh"');
      expect(without.headers.get('content-type')).toBe('application/problem+json');
      const wrong = await ask(path, { method, token: 'test-tokem' });
      expect(wrong.status).toBe(401);
      expect(wrong.headers.get('www-authenticate')).toContain('error="invalid_token"');
    },
  );

  test.each(['Basic dGVzdC10b2tlbg==', 'Bearer', 'Bearer test-token extra', 'test-token', 'Bearer  '])(
    'the authorization header %j is rejected',
    async (authorization) => {
      const answer = await ask('/api/v1/monitors', { token: null, headers: { authorization } });
      expect(answer.status).toBe(401);
    },
  );

  test('the authorization scheme is not case-sensitive', async () => {
    const answer = await ask('/api/v1/monitors', {
      token: null,
      headers: { authorization: 'bearer test-token' },
    });
    expect(answer.status).toBe(200);
  });

  test.each(['/', '/healthz', '/api/v1/status', '/api/v1/openapi.json', '/api/v1/docs'])(
    '%s needs no token',
    async (path) => {
      expect((await ask(path, { token: null })).status).not.toBe(401);
    },
  );
});

describe('security headers', () => {
  test.each([
    ['a page', 'GET', '/', 200],
    ['a missing page', 'GET', '/nothing', 404],
    ['an API response', 'GET', '/api/v1/monitors', 200],
    ['an API response without a token', 'GET', '/api/v1/monitors', 401],
    ['an unsupported method', 'PUT', '/api/v1/monitors', 405],
    ['a Worker that is not configured', 'GET', '/api/v1/monitors', 503],
  ] as const)('%s has the security headers: %s %s with status %i', async (_, method, path, status) => {
    const logged = vi.spyOn(console, 'error').mockImplementation(() => {});
    const answer = await ask(path, {
      method,
      ...(status === 401 ? { token: null } : {}),
      ...(status === 503 ? { env: { ENCRYPTION_KEY: '' } } : {}),
    });
    logged.mockRestore();
    expect(answer.status).toBe(status);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
    expect(answer.headers.get('x-frame-options')).toBe('DENY');
    expect(answer.headers.get('content-security-policy')).toBe(
      "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
  });
});

describe('malformed requests', () => {
  const create = (options: object) => ask('/api/v1/monitors', { method: 'POST', ...options });

  test('malformed JSON is a problem with status 400', async () => {
    const answer = await create({ body: '{"name": "x",' });
    expect([answer.status, answer.json.type]).toEqual([400, '/api/v1/docs#problem-malformed']);
  });

  test('an empty body is a problem with status 400, not an internal error', async () => {
    expect((await create({ body: '' })).status).toBe(400);
  });

  test('a request without a body is a problem that lists the missing fields', async () => {
    const answer = await create({});
    expect(answer.status).toBe(422);
    const missing = answer.json.errors.map(({ path }: { path: string }) => path);
    expect(missing.sort()).toEqual(['check', 'name']);
  });

  test('a body that is not declared as JSON is rejected with the header to send', async () => {
    const answer = await create({ body: JSON.stringify(SHOP), headers: { 'content-type': 'text/plain' } });
    expect(answer.status).toBe(415);
    expect(answer.json.detail).toContain('content-type: application/json');
  });

  test('a body larger than 1 MB is rejected', async () => {
    const answer = await create({ body: { ...SHOP, name: 'x'.repeat(1_100_000) } });
    expect([answer.status, answer.json.status]).toEqual([413, 413]);
  });

  test.each([[null], [[]], ['"text"'], [42]])(
    'the body %j is rejected because it is not an object',
    async (body) => {
      const answer = await create({ body });
      expect(answer.status).toBe(422);
      expect(answer.json.errors[0].path).toBe('');
    },
  );

  test('prototype names are unknown fields like any other', async () => {
    const answer = await create({ body: '{"__proto__": {"public": true}, "constructor": 1, "name": "x"}' });
    expect(answer.status).toBe(422);
  });
});

describe('unknown routes', () => {
  test('an unknown path of the API is a problem, and any other unknown path is a page', async () => {
    const api = await ask('/api/v1/nothing');
    expect([api.status, api.json.title]).toEqual([404, 'Not found']);
    const page = await ask('/nothing', { token: null });
    expect(page.status).toBe(404);
    expect(page.text).toContain('<h1>Page not found</h1>');
  });

  test('an unsupported method is a problem that lists the supported ones', async () => {
    const answer = await ask('/api/v1/monitors/shop', { method: 'PUT', body: {} });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('DELETE, GET, HEAD, PATCH');
    expect((await ask('/', { method: 'POST', token: null })).status).toBe(405);
  });
});

describe('internal errors', () => {
  test('a missing secret is logged and not shown to the client', async () => {
    const logged = vi.spyOn(console, 'error').mockImplementation(() => {});
    const answer = await ask('/api/v1/monitors', { env: { ENCRYPTION_KEY: '' } });
    expect([answer.status, answer.json.type]).toEqual([503, '/api/v1/docs#problem-misconfigured']);
    expect(answer.text).not.toContain('ENCRYPTION_KEY');
    expect(logged.mock.calls.flat().join()).toContain('ENCRYPTION_KEY is not set');
    logged.mockRestore();
  });

  test('an error of the database is not shown to the client', async () => {
    const logged = vi.spyOn(console, 'error').mockImplementation(() => {});
    const DB = {
      prepare: () => {
        throw new Error('D1_ERROR: secret words');
      },
    } as unknown as D1Database;
    const answer = await ask('/api/v1/status', { env: { DB } });
    expect([answer.status, answer.json.type]).toEqual([500, '/api/v1/docs#problem-internal']);
    expect(answer.text).not.toContain('secret words');
    expect(logged).toHaveBeenCalledOnce();
    logged.mockRestore();
  });
});
