import { describe, expect, test } from 'vitest';
import { CookieJar } from '../../../../probes/checks/http/cookies.ts';
import { because } from '../../../support/missing-program.ts';
import { words } from '../../../support/net/ask-probe.ts';
import { createAuthority, noOpenssl } from '../../../support/net/certificates.ts';
import { startZoneServer } from '../../../support/net/dns-server.ts';
import { answering, detailOf, type Got, run, serve } from '../../../support/net/http-run.ts';
import { httpsTarget } from '../../../support/net/http-server.ts';

const NOW = Date.parse('2026-11-26T00:00:00Z');

/** The cookies that a browser sends to `to` after `from` has set them. */
const sent = (setCookies: string | readonly string[], from: string, to = from): string => {
  const jar = new CookieJar();
  jar.store([setCookies].flat(), new URL(from), NOW);
  return jar.cookiesFor(new URL(to), NOW).join('; ');
};

const SHOP = 'https://shop.test/account/login';

describe('a cookie belongs to', () => {
  test.each([
    ['its host', 'a=b', SHOP, 'https://shop.test/account/home', 'a=b'],
    ['its host in capitals', 'a=b', 'https://SHOP.test/', 'https://shop.TEST/', 'a=b'],
    ['its host on any port', 'a=b; Path=/', 'http://shop.test:81/', 'http://shop.test:82/', 'a=b'],
    ['no host below its own', 'a=b; Path=/', SHOP, 'https://www.shop.test/', ''],
    ['no host above its own', 'a=b; Path=/', SHOP, 'https://test/', ''],
    [
      'the hosts below its domain',
      'a=b; Path=/; Domain=shop.test',
      'https://www.shop.test/',
      'https://sso.shop.test/',
      'a=b',
    ],
    [
      'the domain itself',
      'a=b; Path=/; Domain=.Shop.test',
      'https://www.shop.test/',
      'https://shop.test/',
      'a=b',
    ],
    [
      'no host that only ends like its domain',
      'a=b; Path=/; Domain=shop.test',
      SHOP,
      'https://myshop.test/',
      '',
    ],
    ['no domain of another host', 'a=b; Domain=other.test', SHOP, 'https://other.test/account/', ''],
    ['no domain below its host', 'a=b; Path=/; Domain=www.shop.test', SHOP, 'https://www.shop.test/', ''],
    ['no top-level domain', 'a=b; Path=/; Domain=test', SHOP, 'https://other.test/', ''],
    ['an address', 'a=b; Path=/; Domain=192.0.2.1', 'http://192.0.2.1/', 'http://192.0.2.1/x', 'a=b'],
    ['no part of an address', 'a=b; Path=/; Domain=0.2.1', 'http://192.0.2.1/', 'http://192.0.2.1/', ''],
    ['an IPv6 address', 'a=b', 'http://[2001:db8::1]/', 'http://[2001:db8::1]/', 'a=b'],
    ['a host of one label', 'a=b; Domain=intranet', 'http://intranet/', 'http://intranet/', 'a=b'],
    ['the folder of its page', 'a=b', SHOP, 'https://shop.test/account', 'a=b'],
    ['no folder above it', 'a=b', SHOP, 'https://shop.test/', ''],
    ['its path', 'a=b; Path=/x', SHOP, 'https://shop.test/x/y', 'a=b'],
    ['no path that only begins like it', 'a=b; Path=/x', SHOP, 'https://shop.test/xy', ''],
    ['the folder, if its path is not one', 'a=b; Path=x', SHOP, 'https://shop.test/account/', 'a=b'],
    ['https if it is secure', 'a=b; Path=/; Secure', SHOP, 'http://shop.test/', ''],
    [
      'this machine over http, even if it is secure',
      'a=b; Secure; HttpOnly; SameSite=Lax',
      'http://127.0.0.1/',
      'http://127.0.0.1/',
      'a=b',
    ],
  ])('%s', (_, cookie, from, to, expected) => expect(sent(cookie, from, to)).toBe(expected));
});

describe('a cookie', () => {
  test.each([
    ['with a quoted value keeps its quotes', 'a="b c"', 'a="b c"'],
    ['with "=" in its value keeps it', 'a=b=c==', 'a=b=c=='],
    ['with spaces around it loses them', '  a = b  ;Path=/', 'a=b'],
    ['without a name is its value', 'abc', 'abc'],
    ['with an empty value is sent', 'a=', 'a='],
    ['without anything is ignored', '; Path=/', ''],
    ['with a control character is ignored', 'a=b\x01', ''],
    ['that is too long is ignored', `a=${'b'.repeat(4_096)}`, ''],
    ['that ends later is sent', 'a=b; Max-Age=60', 'a=b'],
    ['with a max-age of 0 is deleted', 'a=b; Max-Age=0', ''],
    ['with a negative max-age is deleted', 'a=b; max-age=-1', ''],
    ['with an unreadable max-age is sent', 'a=b; Max-Age=soon', 'a=b'],
    ['that has expired is deleted', 'a=b; Expires=Thu, 01 Jan 1970 00:00:00 GMT', ''],
    ['that has expired, with hyphens, is deleted', 'a=b; expires=Thu, 01-Jan-70 00:00:00 GMT', ''],
    ['that expires later is sent', 'a=b; Expires=Wed, 21 Oct 2037 07:28:00 GMT', 'a=b'],
    ['with an expiry that is no date is sent', 'a=b; Expires=0', 'a=b'],
    ['obeys max-age before expires', 'a=b; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=9', 'a=b'],
    ['with the prefix __Host- is sent', '__Host-a=b; Secure; Path=/', '__Host-a=b'],
    ['with the prefix __Host- and no path is ignored', '__Host-a=b; Secure', ''],
    ['with the prefix __Host- and a domain is ignored', '__Host-a=b; Secure; Path=/; Domain=shop.test', ''],
    ['with the prefix __Secure- and no secure is ignored', '__Secure-a=b; Path=/', ''],
    ['with the prefix __Secure- is sent', '__secure-a=b; Path=/; Secure', '__secure-a=b'],
  ])('%s', (_, cookie, expected) => expect(sent(cookie, SHOP)).toBe(expected));

  test('that is set again is replaced, and one that is deleted is gone', () => {
    expect(sent(['a=1', 'b=1', 'a=2', 'b=; Max-Age=0'], SHOP)).toBe('a=2');
  });

  test('with a longer path is sent first', () => {
    expect(sent(['a=1; Path=/', 'a=2; Path=/account', 'c=3; Path=/'], SHOP)).toBe('a=2; a=1; c=3');
  });

  test('a server that sets very many cookies keeps the newest', () => {
    const many = Array.from({ length: 1_000 }, (_, at) => `c${at}=x`);
    const kept = sent(many, SHOP).split('; ');
    expect(kept).toHaveLength(50);
    expect(kept.at(-1)).toBe('c999=x');
  });
});

type Page = readonly [status: number, headers: Record<string, string | string[]>];

/** Answers each request by its path and its cookie; records both. */
async function site(answer: (path: string, cookie: string) => Page) {
  const got: Got[] = [];
  const target = await answering((request, response) => {
    got.push({ line: `${request.method} ${request.url}`, headers: request.headers, body: '' });
    response.writeHead(...answer(request.url ?? '', request.headers.cookie ?? '')).end('welcome');
  });
  return Object.assign(target, { got });
}

const cookiesOf = ({ got }: { readonly got: readonly Got[] }): (string | undefined)[] =>
  got.map(({ headers }) => headers.cookie);

describe('redirects with cookies', () => {
  test('a login that sets a cookie and leads back to the same page ends', async () => {
    const shop = await site((path, cookie) => {
      if (path === '/login')
        return [302, { location: '/', 'set-cookie': ['sid=s3cret; Path=/; HttpOnly', 'lang=de'] }];
      return cookie.includes('sid=s3cret') ? [200, {}] : [302, { location: '/login' }];
    });
    expect(words(await run(shop.port, { contains: 'welcome' }))).toBe('ok');
    expect(cookiesOf(shop)).toEqual([undefined, undefined, 'sid=s3cret; lang=de']);
  });

  test('a page that redirects to itself until its cookie arrives ends', async () => {
    const shop = await site((_, cookie) =>
      cookie === 'seen=1' ? [200, {}] : [307, { location: '/', 'set-cookie': 'seen=1' }],
    );
    expect(words(await run(shop.port))).toBe('ok');
  });

  test('a circle that sets the same cookie again is a circle', async () => {
    const shop = await site(() => [302, { location: '/', 'set-cookie': 'a=b' }]);
    expect(detailOf(await run(shop.port))).toContain('redirects in a circle, back to');
    expect(shop.connections).toBe(2);
  });

  test('a circle that sets a new cookie each time is bounded', async () => {
    const turns = Array.from({ length: 9 }, (_, at) => `turn=${at}`);
    const shop = await site(() => [302, { location: '/', 'set-cookie': turns.pop()! }]);
    expect(detailOf(await run(shop.port, { redirects: 3 }))).toBe('redirects more than 3 times');
    expect(shop.connections).toBe(4);
  });

  test('a cookie that a redirect deletes is not sent again', async () => {
    const shop = await site((path) => {
      if (path === '/') return [302, { location: '/out', 'set-cookie': 'sid=1; Path=/' }];
      if (path === '/out') return [302, { location: '/end', 'set-cookie': 'sid=; Path=/; Max-Age=0' }];
      return [200, {}];
    });
    expect(words(await run(shop.port))).toBe('ok');
    expect(cookiesOf(shop)).toEqual([undefined, 'sid=1', undefined]);
  });

  test("the monitor's own cookie joins the server's, which replaces its namesake", async () => {
    const shop = await site((path) =>
      path === '/' ? [302, { location: '/end', 'set-cookie': 'sid=new; Path=/' }] : [200, {}],
    );
    const headers = { cookie: 'sid={{sid}}; theme={{theme}}' };
    expect(words(await run(shop.port, { headers, secrets: { sid: 'old-one', theme: 'dark' } }))).toBe('ok');
    expect(cookiesOf(shop)).toEqual(['sid=old-one; theme=dark', 'theme=dark; sid=new']);
  });

  test('another host receives no cookie, and the way back has it again', async () => {
    const sso = await site(() => [
      302,
      { location: `http://127.0.0.1:${shop.port}/back`, 'set-cookie': 'sso=1; Path=/' },
    ]);
    const shop = await site((path, cookie) => {
      if (path === '/back') return [cookie === 'theirs=1' ? 200 : 403, {}];
      return [302, { location: `http://localhost:${sso.port}/`, 'set-cookie': 'theirs=1; Path=/' }];
    });
    const headers = { cookie: 'mine={{mine}}' };
    expect(words(await run(shop.port, { headers, secrets: { mine: 'mine-alone' } }))).toBe('ok');
    expect(cookiesOf(sso)).toEqual([undefined]);
    expect(cookiesOf(shop)).toEqual(['mine=mine-alone', 'theirs=1']);
  });

  test('hosts of one domain share the cookies that are set for it', async () => {
    const zone = await startZoneServer({
      'www.shop.example': { A: ['127.0.0.1'] },
      'sso.shop.example': { A: ['127.0.0.1'] },
    });
    const shop = await site((path, cookie) => {
      if (path === '/') {
        const cookies = ['sid=1; Domain=shop.example; Path=/', 'own=1; Path=/', 'all=1; Domain=example'];
        return [302, { location: `http://sso.shop.example:${shop.port}/in`, 'set-cookie': cookies }];
      }
      return [cookie === 'sid=1' ? 200 : 403, {}];
    });
    const url = `http://www.shop.example:${shop.port}/`;
    expect(words(await run(0, { url }, { nameServer: zone.address }))).toBe('ok');
    await zone.close();
  });

  test('a virtual host keeps the cookies of its name', async () => {
    const shop = await site((path, cookie) =>
      path === '/'
        ? [302, { location: '/end', 'set-cookie': 'sid=1; Domain=shop.example; Path=/' }]
        : [cookie === 'sid=1' ? 200 : 403, {}],
    );
    expect(words(await run(shop.port, { headers: { host: 'www.shop.example' } }))).toBe('ok');
  });

  test('the next run begins without cookies', async () => {
    const shop = await site((path) =>
      path === '/' ? [302, { location: '/end', 'set-cookie': 'sid=1; Path=/' }] : [200, {}],
    );
    await run(shop.port);
    await run(shop.port);
    expect(cookiesOf(shop)).toEqual([undefined, 'sid=1', undefined, 'sid=1']);
  });

  test('a debug run shows the names of cookies and not their values', async () => {
    const shop = await site((path) =>
      path === '/'
        ? [302, { location: '/end', 'set-cookie': ['sid=s3cret-session; Path=/; HttpOnly', 's3cret-alone'] }]
        : [503, {}],
    );
    const observation = await run(shop.port, {}, { trace: true });
    expect(words(observation)).toBe('failed unexpected_reply');
    expect(JSON.stringify(observation)).not.toContain('s3cret');
    const lines = (observation.trace ?? []).map(({ text }) => text);
    expect(lines).toContain('< set-cookie: sid=•••; Path=/; HttpOnly');
    expect(lines.some((line) => /^> cookie: (sid=)?•••; (sid=)?•••$/.test(line))).toBe(true);
  });
});

test.skipIf(noOpenssl !== null)(
  `a secure cookie is kept on the way from http to https${because(noOpenssl)}`,
  async () => {
    const authority = await createAuthority();
    const pair = await authority.issue('DNS:localhost', -1, 30);
    const secure = await serve(
      httpsTarget(pair, (request, response) => {
        const isBack = request.headers.cookie === '__Host-sid=1';
        response
          .writeHead(
            isBack ? 200 : 302,
            isBack ? {} : { location: '/', 'set-cookie': '__Host-sid=1; Path=/; Secure' },
          )
          .end();
      }),
    );
    const plain = await site(() => [301, { location: `https://localhost:${secure.port}/` }]);
    expect(words(await run(plain.port, { ca: authority.ca }))).toBe('ok');
  },
);
