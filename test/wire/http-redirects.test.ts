import type http from 'node:http';
import { afterAll, describe, expect, test } from 'vitest';
import type { Observation } from '../../probes/contract/index.ts';
import { askProbe, words } from './ask-probe.ts';
import { createAuthority, opensslIsMissing } from './certificates.ts';
import { startNameServer } from './name-server.ts';
import { httpsTarget, httpTarget, type WebTarget } from './web-targets.ts';

const targets: WebTarget[] = [];
const serve = async (made: Promise<WebTarget>): Promise<WebTarget> => {
  const one = await made;
  targets.push(one);
  return one;
};
afterAll(() => Promise.all(targets.map((one) => one.close())));

type Surroundings = Parameters<typeof askProbe>[1];
const ask = async (
  port: number,
  check: object = {},
  surroundings: Surroundings = {},
): Promise<Observation> => {
  const options = { type: 'http', url: `http://127.0.0.1:${port}/`, ...check };
  return (await askProbe([options], surroundings)).observations[0]!;
};
const detailOf = (seen: Observation): string => ('detail' in seen ? seen.detail : '');

interface Got {
  readonly line: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

interface Remembering extends WebTarget {
  readonly got: Got[];
}

/** Answers each path with the status and location that are written for it, and everything else with 200. */
async function leading(
  routes: Readonly<Record<string, readonly [status: number, location: string]>> = {},
): Promise<Remembering> {
  const got: Got[] = [];
  const target = await serve(
    httpTarget(async (request, response) => {
      const body = (await request.toArray()).map(String).join('');
      got.push({ line: `${request.method} ${request.url}`, headers: request.headers, body });
      const [status, location] = routes[request.url ?? ''] ?? [200, undefined];
      response.writeHead(status, location === undefined ? {} : { location }).end('the end');
    }),
  );
  return Object.assign(target, { got });
}

const lines = ({ got }: Remembering): string[] => got.map(({ line }) => line);

describe('redirects', () => {
  test('are followed to their end, and counted', async () => {
    const target = await leading({
      '/': [302, '/a?b'],
      '/a?b': [301, 'c#part'],
    });
    const end = await leading({ '/': [308, `http://127.0.0.1:${target.port}/x`] });
    const seen = await ask(end.port, { contains: 'the end' });
    expect(words(seen)).toBe('ok');
    expect(seen.facts?.http).toEqual({ status: 200, redirects: 1 });
    expect(words(await ask(target.port))).toBe('ok');
    expect(lines(target)).toEqual(['GET /x', 'GET /', 'GET /a?b', 'GET /c']);
  });

  test('may lead to names beyond ASCII', async () => {
    const target = await leading({ '/': [302, Buffer.from('/caf\u00e9').toString('latin1')] });
    expect(words(await ask(target.port))).toBe('ok');
    expect(lines(target)).toEqual(['GET /', 'GET /caf%C3%A9']);
  });

  test('add up in the timings', async () => {
    const slow = await serve(
      httpTarget((request, response) => {
        const more = request.url === '/' ? { location: '/end' } : {};
        setTimeout(() => response.writeHead(request.url === '/' ? 302 : 200, more).end(), 30);
      }),
    );
    const { timings } = await ask(slow.port);
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
  ])('%d after %s asks with %s', async (status, method, next, keepsBody) => {
    const target = await leading({ '/': [status, '/end'] });
    const sends = method !== 'GET' && method !== 'HEAD';
    const more = sends ? { body: 'x=1', headers: { 'content-type': 'text/x' } } : {};
    expect(words(await ask(target.port, { method, ...more }))).toBe('ok');
    expect(lines(target)).toEqual([`${method} /`, `${next} /end`]);
    expect(target.got[1]?.body).toBe(keepsBody ? 'x=1' : '');
    expect(target.got[1]?.headers['content-type']).toBe(keepsBody ? 'text/x' : undefined);
    expect(target.got[1]?.headers['content-length']).toBe(keepsBody ? '3' : undefined);
  });

  test('end after the number that is allowed', async () => {
    const target = await leading({ '/': [302, '/1'], '/1': [302, '/2'], '/2': [302, '/3'] });
    expect(words(await ask(target.port, { redirects: 3 }))).toBe('ok');
    const seen = await ask(target.port, { redirects: 2 });
    expect(seen).toMatchObject({ outcome: 'failed', code: 'unexpected_reply', phase: 'reply' });
    expect(detailOf(seen)).toBe('redirects more than 2 times');
    expect(seen).toMatchObject({
      facts: { http: { status: 302, redirects: 2 } },
      reply: { headers: { location: '/3' } },
    });
  });

  test('are not followed where none is wanted, or where one is what is expected', async () => {
    const target = await leading({ '/': [302, '/1'] });
    expect(detailOf(await ask(target.port, { redirects: 0 }))).toBe('answered 302 Found instead of 2xx');
    expect(words(await ask(target.port, { redirects: 0, status: ['3xx'] }))).toBe('ok');
    expect(words(await ask(target.port, { status: [302] }))).toBe('ok');
    expect(lines(target)).toEqual(['GET /', 'GET /', 'GET /']);
  });

  test.each([
    ['304', 304, '/1'],
    ['a redirect to nowhere', 302, undefined],
  ])('%s is no redirect', async (_, status, location) => {
    const target = await leading({ '/': [status, location as string] });
    expect(detailOf(await ask(target.port))).toMatch(/^answered 30\d .* instead of 2xx$/);
  });

  test('that go round in a circle end at once', async () => {
    const target = await leading({ '/': [302, '/a'], '/a': [302, '/b'], '/b': [302, '/a'] });
    expect(detailOf(await ask(target.port))).toBe(
      `redirects in a circle, back to http://127.0.0.1:${target.port}/a`,
    );
    expect(target.connections).toBe(3);
    const itself = await leading({ '/': [301, '/'] });
    expect(detailOf(await ask(itself.port))).toContain('redirects in a circle');
  });

  test.each([
    ['ftp://127.0.0.1/', 'follow http and https only'],
    ['file:///etc/passwd', 'follow http and https only'],
    ['javascript:alert(1)', 'follow http and https only'],
    ['http://', 'with a location that is no URL'],
    ['http://[::1', 'with a location that is no URL'],
  ])('to %s end there', async (location, says) => {
    const target = await leading({ '/': [302, location] });
    const seen = await ask(target.port);
    expect(words(seen)).toBe('failed unexpected_reply');
    expect(detailOf(seen)).toContain(says);
  });
});

describe('what goes along to another origin', () => {
  const headers = {
    authorization: 'Bearer {{token}}',
    Cookie: 'session={{token}}',
    'x-signed': 'by {{token}}',
    'x-plain': 'visible',
    host: 'shop.example.com',
  };
  const secrets = { token: 'a-secret-token' };

  test('are plain headers, and no secret, not even on the way back', async () => {
    const away = await leading();
    const home = await leading({ '/': [302, `http://127.0.0.1:${away.port}/`] });
    expect(words(await ask(home.port, { headers, secrets }))).toBe('ok');
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
    await ask(start.port, { headers, secrets });
    expect(JSON.stringify(home.got)).not.toContain('secret');
  });

  test('stays whole within one origin', async () => {
    const target = await leading({ '/': [302, '/end'] });
    await ask(target.port, { headers, secrets });
    expect(target.got[1]?.headers).toEqual(target.got[0]?.headers);
  });

  test('is no body that holds a secret', async () => {
    const away = await leading();
    const home = await leading({
      '/': [307, `http://127.0.0.1:${away.port}/`],
      '/see': [303, `http://127.0.0.1:${away.port}/`],
    });
    const check = { method: 'POST', body: 'key={{token}}', secrets };
    const seen = await ask(home.port, check);
    expect(words(seen)).toBe('failed unexpected_reply');
    expect(detailOf(seen)).toContain(
      'redirects to another origin, which is not shown the secrets in the body',
    );
    expect(away.connections).toBe(0);
    expect(words(await ask(home.port, { ...check, url: `http://127.0.0.1:${home.port}/see` }))).toBe('ok');
    expect(away.got[0]).toMatchObject({ line: 'GET /', body: '' });
    expect(words(await ask(home.port, { method: 'POST', body: 'plain' }))).toBe('ok');
  });

  test('are no credentials that the location itself names', async () => {
    const away = await leading();
    const home = await leading({ '/': [302, `http://user:pass@127.0.0.1:${away.port}/`] });
    expect(words(await ask(home.port))).toBe('ok');
    expect(away.got[0]?.headers.authorization).toBeUndefined();
  });
});

describe('the address guard stands before every hop', () => {
  test.each([
    'http://169.254.169.254/latest/meta-data/',
    'http://10.0.0.1/',
    'http://192.168.1.1:8080/',
    'http://[fd00:ec2::254]/latest/',
    'http://[::ffff:169.254.169.254]/',
    'http://0xa9fea9fe/',
    'http://2852039166/',
    'http://0251.0376.0251.0376/',
    'http://0.0.0.0/',
    'http://100.64.0.1/',
  ])('no redirect leads to %s', async (location) => {
    const target = await leading({ '/': [302, location] });
    const seen = await ask(target.port);
    expect(words(seen)).toBe('failed forbidden_address');
    expect(detailOf(seen)).toMatch(
      /^after a redirect to http:\/\/.+ address, and probes connect to public ones only/,
    );
    expect(seen.facts?.http).toEqual({ status: 302, redirects: 0 });
  });

  test('nor to a name that leads there', async () => {
    const zone = { 'metadata.example.com': { A: ['169.254.169.254'] }, 'gone.example.com': {} };
    const nameServer = await startNameServer(zone);
    const target = await leading({
      '/': [302, 'http://metadata.example.com/'],
      '/gone': [302, 'http://gone.example.com/'],
    });
    const surroundings = { nameServer: nameServer.address };
    expect(words(await ask(target.port, {}, surroundings))).toBe('failed forbidden_address');
    const gone = await ask(target.port, { url: `http://127.0.0.1:${target.port}/gone` }, surroundings);
    expect(gone).toMatchObject({ outcome: 'failed', code: 'dns', phase: 'dns' });
    nameServer.close();
  });

  test('a name that means a public address first and loopback later never leads to loopback', async () => {
    // The public one is never reached: nothing that comes from 127.0.0.1 leaves the machine.
    const answer = { A: ['8.8.8.8'] };
    const nameServer = await startNameServer({ 'rebind.example.com': answer });
    const victim = await leading();
    const check = { type: 'http', url: `http://rebind.example.com:${victim.port}/` };
    const surroundings = { nameServer: nameServer.address, allowLoopback: false, sourceAddress: '127.0.0.1' };
    const before = await askProbe([check, check], surroundings);
    expect(before.observations.map(({ address }) => address)).toEqual(['8.8.8.8', '8.8.8.8']);
    // The look-up that was judged is the one whose address is connected to: nobody asks again.
    expect(nameServer.questions).toEqual(['A rebind.example.com']);
    for (const A of [['127.0.0.1'], ['8.8.8.8', '127.0.0.1'], ['127.0.0.1', '8.8.8.8']]) {
      answer.A = A;
      const after = await askProbe([check], surroundings);
      expect(after.observations.map(words)).toEqual(['failed forbidden_address']);
    }
    expect(victim.connections).toBe(0);
    nameServer.close();
  });
});

describe.skipIf(opensslIsMissing())('redirects between schemes', () => {
  test('lead up to https, and never down to http', async () => {
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
    const seen = await ask(up.port, { ca: authority.ca });
    expect(seen).toMatchObject({
      outcome: 'ok',
      facts: { http: { redirects: 1 }, tls: { subject: 'leaf 1' } },
    });
    expect(seen).toMatchObject({ degraded: [{ code: 'certificate', limit: 3 }] });
    const distrusted = await ask(up.port);
    expect(distrusted).toMatchObject({
      outcome: 'failed',
      code: 'tls',
      phase: 'tls',
      facts: { tls: { subject: 'leaf 1' } },
    });
    expect(detailOf(distrusted)).toContain(`after a redirect to https://localhost:${secure.port}: `);
    const down = await ask(0, { url: `https://localhost:${secure.port}/down`, ca: authority.ca });
    expect(detailOf(down)).toContain('redirects from https to http, which is not followed');
    expect(plain.connections).toBe(0);
  });
});
