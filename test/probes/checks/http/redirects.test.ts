import { describe, expect, test } from 'vitest';
import { because } from '../../../support/missing-program.ts';
import { words } from '../../../support/net/ask-probe.ts';
import { createAuthority, noOpenssl } from '../../../support/net/certificates.ts';
import { factsOf } from '../../../support/net/facts.ts';
import { answering, detailOf, leading, linesOf, run, serve } from '../../../support/net/http-run.ts';
import { httpsTarget } from '../../../support/net/http-server.ts';

describe('redirects', () => {
  test('redirects are followed to the last response and counted', async () => {
    const target = await leading({
      '/': [302, '/a?b'],
      '/a?b': [301, 'c#part'],
    });
    const end = await leading({ '/': [308, `http://127.0.0.1:${target.port}/x`] });
    const observation = await run(end.port, { contains: 'the end' });
    expect(words(observation)).toBe('ok');
    expect(factsOf(observation)).toEqual({ 'http.status': 200, 'http.redirects': 1 });
    expect(words(await run(target.port))).toBe('ok');
    expect(linesOf(target)).toEqual(['GET /x', 'GET /', 'GET /a?b', 'GET /c']);
  });

  test('redirects may lead to non-ASCII locations', async () => {
    const target = await leading({ '/': [302, Buffer.from('/caf\u00e9').toString('latin1')] });
    expect(words(await run(target.port))).toBe('ok');
    expect(linesOf(target)).toEqual(['GET /', 'GET /caf%C3%A9']);
  });

  test('the timings of redirects add up', async () => {
    const slow = await answering((request, response) => {
      const more = request.url === '/' ? { location: '/end' } : {};
      setTimeout(() => response.writeHead(request.url === '/' ? 302 : 200, more).end(), 30);
    });
    const { timings } = await run(slow.port);
    expect(timings.firstByteMs).toBeGreaterThan(58);
    expect(timings.totalMs).toBeGreaterThanOrEqual((timings.firstByteMs ?? 0) + (timings.connectMs ?? 0));
  });

  test.each([
    [301, 'GET', 'GET', false],
    [301, 'POST', 'GET', false],
    [302, 'POST', 'GET', false],
    [302, 'PUT', 'PUT', true],
    [303, 'POST', 'GET', false],
    [303, 'DELETE', 'GET', false],
    [303, 'HEAD', 'HEAD', false],
    [307, 'POST', 'POST', true],
    [308, 'PATCH', 'PATCH', true],
    [307, 'HEAD', 'HEAD', false],
  ])('a redirect %d after %s continues with %s', async (status, method, next, keepsBody) => {
    const target = await leading({ '/': [status, '/end'] });
    const sends = method !== 'GET' && method !== 'HEAD';
    const more = sends ? { body: 'x=1', headers: { 'content-type': 'text/x' } } : {};
    expect(words(await run(target.port, { method, ...more }))).toBe('ok');
    expect(linesOf(target)).toEqual([`${method} /`, `${next} /end`]);
    expect(target.got[1]?.body).toBe(keepsBody ? 'x=1' : '');
    expect(target.got[1]?.headers['content-type']).toBe(keepsBody ? 'text/x' : undefined);
    expect(target.got[1]?.headers['content-length']).toBe(keepsBody ? '3' : undefined);
  });

  test('redirects beyond the allowed number fail the check', async () => {
    const target = await leading({ '/': [302, '/1'], '/1': [302, '/2'], '/2': [302, '/3'] });
    expect(words(await run(target.port, { redirects: 3 }))).toBe('ok');
    const observation = await run(target.port, { redirects: 2 });
    expect(observation).toMatchObject({ outcome: 'failed', code: 'unexpected_reply', phase: 'reply' });
    expect(detailOf(observation)).toBe('redirects more than 2 times');
    expect(factsOf(observation)).toEqual({ 'http.status': 302, 'http.redirects': 2 });
    expect(observation).toMatchObject({ response: { headers: { location: '/3' } } });
  });

  test('redirects are not followed if the check allows none or expects one', async () => {
    const target = await leading({ '/': [302, '/1'] });
    expect(detailOf(await run(target.port, { redirects: 0 }))).toBe('answered 302 Found instead of 2xx');
    expect(words(await run(target.port, { redirects: 0, status: ['3xx'] }))).toBe('ok');
    expect(words(await run(target.port, { status: [302] }))).toBe('ok');
    expect(linesOf(target)).toEqual(['GET /', 'GET /', 'GET /']);
  });

  test.each([
    ['304', 304, '/1'],
    ['a redirect to nowhere', 302, undefined],
  ])('%s is not a redirect', async (_, status, location) => {
    const target = await leading({ '/': [status, location as string] });
    expect(detailOf(await run(target.port))).toMatch(/^answered 30\d .* instead of 2xx$/);
  });

  test('redirects in a circle fail at once', async () => {
    const target = await leading({ '/': [302, '/a'], '/a': [302, '/b'], '/b': [302, '/a'] });
    expect(detailOf(await run(target.port))).toBe(
      `redirects in a circle, back to http://127.0.0.1:${target.port}/a`,
    );
    expect(target.connections).toBe(3);
    const itself = await leading({ '/': [301, '/'] });
    expect(detailOf(await run(itself.port))).toContain('redirects in a circle');
  });

  test.each([
    ['ftp://127.0.0.1/', 'follow http and https only'],
    ['file:///etc/passwd', 'follow http and https only'],
    ['javascript:alert(1)', 'follow http and https only'],
    ['http://', 'with an invalid location'],
    ['http://[::1', 'with an invalid location'],
  ])('a redirect to %s fails the check', async (location, hint) => {
    const target = await leading({ '/': [302, location] });
    const observation = await run(target.port);
    expect(words(observation)).toBe('failed unexpected_reply');
    expect(detailOf(observation)).toContain(hint);
  });
});

describe('a redirect to another origin', () => {
  const headers = {
    authorization: 'Bearer {{token}}',
    Cookie: 'session={{token}}',
    'x-signed': 'by {{token}}',
    'x-plain': 'visible',
    host: 'shop.example.com',
  };
  const secrets = { token: 'a-secret-token' };

  test('another origin receives plain headers and no secrets, and the way back restores none', async () => {
    const away = await leading();
    const home = await leading({ '/': [302, `http://127.0.0.1:${away.port}/`] });
    expect(words(await run(home.port, { headers, secrets }))).toBe('ok');
    expect(home.got[0]?.headers).toMatchObject({
      authorization: 'Bearer a-secret-token',
      host: 'shop.example.com',
    });
    const { headers: sent } = away.got[0]!;
    expect(sent['x-plain']).toBe('visible');
    expect(sent.host).toBe(`127.0.0.1:${away.port}`);
    expect(JSON.stringify(sent)).not.toContain('secret');
    const through = await leading({ '/': [302, `http://127.0.0.1:${home.port}/back`] });
    home.got.length = 0;
    const start = await leading({ '/': [302, `http://127.0.0.1:${through.port}/`] });
    await run(start.port, { headers, secrets });
    expect(JSON.stringify(home.got)).not.toContain('secret');
  });

  test('a redirect within one origin keeps all headers and the body', async () => {
    const target = await leading({ '/': [302, '/end'] });
    await run(target.port, { headers, secrets });
    expect(target.got[1]?.headers).toEqual(target.got[0]?.headers);
  });

  test('another origin never receives a body with a secret', async () => {
    const away = await leading();
    const home = await leading({
      '/': [307, `http://127.0.0.1:${away.port}/`],
      '/see': [303, `http://127.0.0.1:${away.port}/`],
    });
    const check = { method: 'POST', body: 'key={{token}}', secrets };
    const observation = await run(home.port, check);
    expect(words(observation)).toBe('failed unexpected_reply');
    expect(detailOf(observation)).toContain(
      'redirects to another origin, which must not receive the secrets in the body',
    );
    expect(away.connections).toBe(0);
    expect(words(await run(home.port, { ...check, url: `http://127.0.0.1:${home.port}/see` }))).toBe('ok');
    expect(away.got[0]).toMatchObject({ line: 'GET /', body: '' });
    expect(words(await run(home.port, { method: 'POST', body: 'plain' }))).toBe('ok');
  });

  test('another origin never receives credentials from the location URL', async () => {
    const away = await leading();
    const home = await leading({ '/': [302, `http://user:pass@127.0.0.1:${away.port}/`] });
    expect(words(await run(home.port))).toBe('ok');
    expect(away.got[0]?.headers.authorization).toBeUndefined();
  });
});

describe.skipIf(noOpenssl !== null)(`redirects between schemes${because(noOpenssl)}`, () => {
  test('redirects lead from http to https and never from https to http', async () => {
    const authority = await createAuthority();
    const pair = await authority.issue('DNS:localhost', -1, 2.5);
    const plain = await leading();
    const secure = await serve(
      httpsTarget(pair, (request, response) =>
        response
          .writeHead(request.url === '/down' ? 302 : 200, { location: `http://127.0.0.1:${plain.port}/` })
          .end(),
      ),
    );
    const up = await leading({ '/': [301, `https://localhost:${secure.port}/`] });
    const observation = await run(up.port, { ca: authority.ca });
    expect(observation.outcome).toBe('ok');
    expect(factsOf(observation)).toMatchObject({ 'http.redirects': 1, 'tls.subject': 'leaf 1' });
    expect(observation).toMatchObject({ degraded: [{ code: 'certificate', limit: 3 }] });
    const distrusted = await run(up.port);
    expect(distrusted).toMatchObject({
      outcome: 'failed',
      code: 'tls',
      phase: 'tls',
    });
    expect(factsOf(distrusted)['tls.subject']).toBe('leaf 1');
    expect(detailOf(distrusted)).toContain(`after a redirect to https://localhost:${secure.port}: `);
    const down = await run(0, { url: `https://localhost:${secure.port}/down`, ca: authority.ca });
    expect(detailOf(down)).toContain('redirects from https to http, which probes do not follow');
    expect(plain.connections).toBe(0);
  });
});
