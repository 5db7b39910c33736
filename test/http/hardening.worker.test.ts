// What every response carries, and what a client with wrong tokens gets.
import { beforeEach, describe, expect, test } from 'vitest';
import { ask, empty } from '../support/d1/http-mesh.ts';

beforeEach(empty);

describe('security headers', () => {
  test.each([
    '/',
    '/api/v1/status',
    '/api/v1/docs',
    '/api/v1/monitors',
    '/healthz',
    '/nothing-here',
    '/api/nothing',
  ])('the response of %s demands TLS, and uses no feature of the browser', async (path) => {
    const { headers } = await ask(path);
    expect(headers.get('strict-transport-security')).toBe('max-age=31536000');
    expect(headers.get('permissions-policy')).toContain('camera=()');
    expect(headers.get('permissions-policy')).toContain('geolocation=()');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  test('other sites may load the public status and the icon, and nothing else', async () => {
    const policyOf = async (path: string) => (await ask(path)).headers.get('cross-origin-resource-policy');
    for (const path of ['/api/v1/status', '/api/v1/openapi.json', '/assets/favicon.svg'])
      expect(await policyOf(path)).toBe('cross-origin');
    for (const path of ['/', '/api/v1/monitors', '/api/v1/incidents', '/healthz', '/api/v1/nothing'])
      expect(await policyOf(path)).toBe('same-origin');
  });
});

describe('wrong tokens', () => {
  const guess = (ip: string, token = 'wrong-token') =>
    ask('/api/v1/monitors', { token, headers: { 'cf-connecting-ip': ip } });

  async function exhaust(ip: string): Promise<void> {
    for (let tries = 0; tries < 40; tries += 1) if ((await guess(ip)).status === 429) return;
    throw new Error('40 wrong tokens were not throttled');
  }

  test('a client that sends wrong keys gets 429 with the time to wait', async () => {
    await exhaust('198.51.100.1');
    const throttled = await guess('198.51.100.1');
    expect(throttled.status).toBe(429);
    expect(throttled.headers.get('retry-after')).toBe('60');
    expect(throttled.headers.get('content-type')).toBe('application/problem+json');
  });

  test('malformed headers count like wrong tokens', async () => {
    await exhaust('198.51.100.2');
    const malformed = await ask('/api/v1/monitors', {
      token: null,
      headers: { 'cf-connecting-ip': '198.51.100.2', authorization: 'Basic abc' },
    });
    expect(malformed.status).toBe(429);
  });

  test('the valid token works from a throttled client, and another client is not throttled', async () => {
    await exhaust('198.51.100.3');
    expect((await guess('198.51.100.3', 'test-token')).status).toBe(200);
    expect((await guess('198.51.100.4')).status).toBe(401);
  });

  test('all addresses of an IPv6 /64 are one client', async () => {
    await exhaust('2001:db8:1:2::1');
    expect((await guess('2001:db8:1:2:ffff::9')).status).toBe(429);
    expect((await guess('2001:db8:1:3::1')).status).toBe(401);
  });

  test('a request without a token is not throttled: it guesses nothing', async () => {
    await exhaust('198.51.100.5');
    const answer = await ask('/api/v1/monitors', {
      token: null,
      headers: { 'cf-connecting-ip': '198.51.100.5' },
    });
    expect(answer.status).toBe(401);
  });

  test('if the rate limit fails, a wrong token is still rejected', async () => {
    const broken = { limit: () => Promise.reject(new Error('the limiter is down')) } as unknown as RateLimit;
    const answer = await ask('/api/v1/monitors', { token: 'wrong-token', env: { AUTH_LIMIT: broken } });
    expect(answer.status).toBe(401);
  });
});

test('a Worker with a placeholder in its configuration answers 503, and shows no value', async () => {
  for (const path of ['/', '/healthz', '/api/v1/status', '/api/v1/monitors']) {
    const answer = await ask(path, { env: { ENCRYPTION_KEY: 'change-me-7c31f0' } });
    expect(answer.status).toBe(503);
    expect(answer.text).not.toContain('7c31f0');
  }
});
