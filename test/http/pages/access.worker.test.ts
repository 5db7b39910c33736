// How readers get access to a private status page: by its password, by a link in a mail, and by a sign-in at PUBLIC_URL.

import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { Bindings } from '../../../src/env.ts';
import type { Route } from '../../support/d1/every-route.ts';
import { type Answered, ask, bindings, clock, empty, patch, post } from '../../support/d1/http-mesh.ts';
import { pageRoutes, requestPage } from '../../support/d1/page-routes.ts';
import {
  ACCESS,
  grantCookie,
  HOSTED,
  idOf,
  makePages,
  must,
  PAGE_HOST,
  PASSWORD,
  read,
  sendForm,
} from '../../support/d1/private-pages.ts';
import { signIn } from '../../support/d1/signed-in.ts';
import { checkCloudflare } from '../../support/vendors/email-providers.ts';

beforeEach(async () => {
  await empty();
  await bindings.DB.batch(
    ['sign_in_failures', 'used_tokens'].map((table) => bindings.DB.prepare(`delete from ${table}`)),
  );
  await makePages();
});

const cookieOf = (answer: Answered): string => (answer.headers.get('set-cookie') ?? '').split(';')[0]!;

describe('a password', () => {
  const id = idOf('password');
  const open = (password: string, more = {}, headers = {}) =>
    sendForm(`/pages/${id}/access`, { password, ...more }, { headers });

  test('opens the page, for this page and its path alone, and the browser goes on to what it asked for', async () => {
    const opened = await open(PASSWORD, { return: `/pages/${id}/incidents/inc_1?x=1` });
    expect([opened.status, opened.headers.get('location')]).toEqual([
      303,
      `/pages/${id}/incidents/inc_1?x=1`,
    ]);
    expect(opened.headers.get('set-cookie')).toContain(`Path=/pages/${id}; HttpOnly; Secure; SameSite=Lax`);
    expect(opened.headers.get('cache-control')).toBe('private, no-store');
    expect((await read(`/pages/${id}`, { cookie: cookieOf(opened) })).status).toBe(200);
  });

  test.each([
    'https://evil.test',
    '//evil.test',
    '/\\evil.test',
    '/dashboard',
    '/pages/page-email',
    '/pages/page-password-2',
    'javascript:alert(1)',
    '/pages/page-password/../page-email',
    '/pages/page-password/access/mail?token=x',
  ])('leads to the page itself if the wish is %s', async (wish) => {
    expect((await open(PASSWORD, { return: wish })).headers.get('location')).toBe(`/pages/${id}`);
  });

  test.each(['', 'wrong', `${PASSWORD} `, 'x'.repeat(300)])(
    'that is wrong ("%s") opens nothing',
    async (wrong) => {
      const refused = await open(wrong);
      expect([refused.status, refused.headers.get('set-cookie')]).toEqual([403, null]);
      expect(refused.text).toContain('The password is wrong');
    },
  );

  test('is tried ten times from one network at most, right or wrong, and then by no one of that network for a quarter of an hour', async () => {
    const headers = { 'cf-connecting-ip': '198.51.100.7' };
    for (let attempt = 0; attempt < 10; attempt += 1)
      expect((await open('wrong', {}, headers)).status).toBe(403);
    expect((await open(PASSWORD, {}, headers)).status).toBe(429);
    // Another network is not locked out by it.
    expect((await open(PASSWORD, {}, { 'cf-connecting-ip': '203.0.113.9' })).status).toBe(303);
    clock.now += 15 * 60_000;
    expect((await open(PASSWORD, {}, headers)).status).toBe(303);
  });

  test('that is right is not counted', async () => {
    const headers = { 'cf-connecting-ip': '198.51.100.8' };
    for (let attempt = 0; attempt < 12; attempt += 1) {
      expect((await open(PASSWORD, {}, headers)).status).toBe(303);
      await vi.waitFor(async () => {
        const row = await bindings.DB.prepare('select failures from sign_in_failures').first<{
          failures: number;
        }>();
        expect(row?.failures ?? 0).toBe(0);
      });
    }
  });

  test('that changes ends the grants and the key of before', async () => {
    const cookie = cookieOf(await open(PASSWORD));
    const before = await must(patch(`/api/v1/status-pages/${id}`, { title: 'Another title' }));
    expect([before.json.feedKey, (await read(`/pages/${id}`, { cookie })).status]).toEqual([null, 200]);
    clock.now += 1000;
    const changed = await must(
      patch(`/api/v1/status-pages/${id}`, {
        access: { type: 'password', password: 'another random sentence' },
      }),
    );
    expect(changed.json.feedKey).toMatch(/^pk_[A-Za-z0-9]{43}$/);
    expect((await read(`/pages/${id}`, { cookie })).status).toBe(403);
    expect((await open(PASSWORD)).status).toBe(403);
    expect((await open('another random sentence')).status).toBe(303);
  });

  test('is refused from another site', async () => {
    const refused = await sendForm(
      `/pages/${id}/access`,
      { password: PASSWORD },
      { headers: { 'sec-fetch-site': 'cross-site' }, origin: 'https://evil.test' },
    );
    expect([refused.status, refused.headers.get('set-cookie')]).toEqual([403, null]);
  });

  test('that no configured key opens leaves the page closed, and the API names the fix', async () => {
    await bindings.DB.prepare(`update status_pages set sealed = 'v2.00000000.AAAA' where id = ?`)
      .bind(id)
      .run();
    expect((await open(PASSWORD)).status).toBe(403);
    const shown = (await must(ask(`/api/v1/status-pages/${id}`))).json;
    expect(shown.problems).toEqual([
      {
        code: 'secrets_unreadable',
        message: 'No configured key opens the password of the page. Set the password again.',
      },
    ]);
  });

  test('works after the page was deleted and made again, and an old grant does not', async () => {
    const cookie = cookieOf(await open(PASSWORD));
    await must(ask(`/api/v1/status-pages/${id}`, { method: 'DELETE' }));
    expect((await read(`/pages/${id}`, { cookie })).status).toBe(404);
    clock.now += 1;
    await must(post('/api/v1/status-pages', { id, title: 'Again', access: ACCESS.password }));
    expect((await read(`/pages/${id}`, { cookie })).status).toBe(403);
  });
});

describe('a link in a mail', () => {
  const id = idOf('email');
  const mails: Parameters<SendEmail['send']>[0][] = [];
  const EMAIL = {
    send: async (mail: (typeof mails)[number]) => {
      mails.push(mail);
      return { messageId: 'm_1' };
    },
  } as unknown as NonNullable<Bindings['EMAIL']>;
  beforeEach(() => {
    mails.length = 0;
  });

  const askFor = (address: string, headers = {}) =>
    sendForm(`/pages/${id}/access`, { address }, { headers, env: { EMAIL } });
  const settle = () => new Promise((resolve) => setTimeout(resolve, 150));

  async function linkFor(address: string): Promise<string> {
    await askFor(address);
    await vi.waitFor(() => expect(mails.length).toBe(1));
    const { text } = mails.pop() as unknown as { text: string };
    return new URL(/https:\/\/\S+/.exec(text)![0]).href.replace('https://status.test', '');
  }
  const tokenOf = (link: string): string => new URL(link, 'https://status.test').searchParams.get('token')!;

  test('goes to an address of the domain alone, and as the vendor documents it', async () => {
    await askFor('Ada@Shop.Test');
    await vi.waitFor(() => expect(mails.length).toBe(1));
    const [mail] = mails as unknown as [{ to: string[]; text: string; subject: string; headers: object }];
    expect(mail.to).toEqual(['ada@shop.test']);
    expect(mail.text).not.toContain('Merger');
    checkCloudflare({ transport: 'email', ...mail } as never);
  });

  test.each([
    ...[
      'ada@evil.test',
      'ada@sub.shop.test',
      'ada@shop.test.evil.test',
      'ada@evil.test@shop.test',
      'nonsense',
      '',
    ],
    ...['ada@shop.test\nbcc: eve@evil.test', 'ada@shop.test, eve@evil.test', '"a@evil.test,"@shop.test'],
  ])('is not sent to %j, and the answer is the same', async (address) => {
    const good = await askFor('ada@shop.test', { 'cf-connecting-ip': '192.0.2.77' });
    const other = await askFor(address, { 'cf-connecting-ip': '192.0.2.77' });
    await settle();
    expect(mails.length).toBe(1);
    expect([other.status, other.text]).toEqual([good.status, good.text]);
    const headers = (answer: Answered) => [...answer.headers].filter(([name]) => name !== 'date');
    expect(headers(other)).toEqual(headers(good));
  });

  test('opens a page with a button, and only the button opens the status page, once', async () => {
    const link = await linkFor('ada@shop.test');
    // A scanner of mails opens the link as often as it likes.
    for (const method of ['GET', 'HEAD', 'GET']) {
      const looked = await ask(link, { method, token: null });
      expect([looked.status, looked.headers.get('set-cookie')]).toEqual([200, null]);
      expect(looked.headers.get('referrer-policy')).toBe('no-referrer');
    }
    const form = () => sendForm(`/pages/${id}/access/mail`, { token: tokenOf(link) });
    const [first, second] = await Promise.all([form(), form()]);
    expect([first.status, second.status].toSorted()).toEqual([303, 410]);
    const opened = first.status === 303 ? first : second;
    expect([
      opened.headers.get('location'),
      (await read(`/pages/${id}`, { cookie: cookieOf(opened) })).status,
    ]).toEqual([`/pages/${id}`, 200]);
    expect((await form()).status).toBe(410);
  });

  test('that is changed, expired, of another page or from before a change of access opens nothing', async () => {
    const link = await linkFor('ada@shop.test');
    const token = tokenOf(link);
    await must(post('/api/v1/status-pages', { id: 'other', title: 'Other', access: ACCESS.email }));
    const use = (page: string, text: string) => sendForm(`/pages/${page}/access/mail`, { token: text });
    for (const [page, text] of [
      [id, token.replace(/.$/, (last) => (last === '0' ? '1' : '0'))],
      [id, ''],
      ['other', token],
      [id, (await grantCookie(id)).split('=')[1]!],
    ] as const)
      expect([page, text, (await use(page, text)).status]).toEqual([page, text, 410]);
    clock.now += 30 * 60_000;
    expect((await use(id, token)).status).toBe(410);
    clock.now -= 30 * 60_000 - 1000;
    await must(
      patch(`/api/v1/status-pages/${id}`, {
        access: { ...ACCESS.email, domains: ['shop.test', 'bank.test'] },
      }),
    );
    expect((await use(id, token)).status).toBe(410);
  });

  test('is sent three times to an address and sixty times for a page in a quarter of an hour', async () => {
    for (let sent = 0; sent < 5; sent += 1) await askFor('ada@shop.test');
    await settle();
    expect(mails.length).toBe(3);
    for (let sent = 0; sent < 70; sent += 1) await askFor(`person-${sent}@shop.test`);
    await vi.waitFor(() => expect(mails.length).toBe(60));
    await settle();
    expect(mails.length).toBe(60);
  });

  test('is asked for from one network so often, whatever the address is', async () => {
    const AUTH_LIMIT = { limit: async () => ({ success: false }) } as unknown as RateLimit;
    for (const address of ['ada@shop.test', 'eve@evil.test'])
      expect((await sendForm(`/pages/${id}/access`, { address }, { env: { AUTH_LIMIT } })).status).toBe(429);
  });

  test('that the provider refuses leaves the answer the same, and the log names the page and the reason', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const good = await askFor('ada@shop.test');
    const failed = await sendForm(`/pages/${id}/access`, { address: 'bob@shop.test' });
    await vi.waitFor(() => expect(log.mock.calls.flat().join()).toContain('page.mail_failed'));
    expect([failed.status, failed.text]).toEqual([good.status, good.text]);
    expect(log.mock.calls.flat().join()).not.toContain('bob@shop.test');
    log.mockRestore();
  });
});

describe('every page about access', () => {
  const german = { 'accept-language': 'de-AT,de;q=0.9' };
  const asked = (id: string, path: string, headers = {}, env = {}) =>
    read(`/pages/${id}${path}`, headers, env);

  test('has the language of the reader, unless the page sets one', async () => {
    const [password, email] = [idOf('password'), idOf('email')];
    const answers = [
      [await asked(password, '', german), 'Passwort der Seite'],
      [await asked(email, '', german), 'Link senden'],
      [await asked(email, '/access/mail?token=x', german), 'Dieser Link ist ungültig'],
      [await asked(password, '/feed.rss', german), 'nicht öffentlich'],
      [
        await sendForm(`/pages/${password}/access`, { password: 'wrong' }, { headers: german }),
        'Das Passwort ist falsch',
      ],
      [await sendForm(`/pages/${email}/access`, { address: 'a@b.test' }, { headers: german }), 'Postfach'],
      [await read(`https://${PAGE_HOST}/access/hand-over`, german, await hosted()), 'nicht angekommen'],
    ] as const;
    for (const [{ text }, words] of answers) {
      expect(text).toContain(words);
      if (text.startsWith('<!doctype')) expect(text).toContain('<html lang="de">');
      expect(text.replace(/<[^>]+>/g, ' ')).not.toMatch(/\b(the|page|link works|password of)\b/i);
    }
    await must(patch(`/api/v1/status-pages/${password}`, { language: 'en' }));
    expect((await asked(password, '', german)).text).toContain('Password of the page');
    const other = await signIn('viewer', { issuer: 'https://id.acme.test' });
    await must(
      patch(`/api/v1/status-pages/${idOf('sign_in')}`, { access: { type: 'sign_in', providers: ['local'] } }),
    );
    const refused = await asked(idOf('sign_in'), '', { ...german, cookie: other.cookie });
    expect(refused.text).toContain('eines anderen Identitätsanbieters');
  });

  /** The page for people who sign in has a host. */
  async function hosted(): Promise<object> {
    const body = { host: PAGE_HOST };
    await must(ask(`/api/v1/status-pages/${idOf('sign_in')}`, { method: 'PATCH', body, env: HOSTED }));
    return HOSTED;
  }
});

describe('a sign-in', () => {
  const id = idOf('sign_in');

  test('is offered by a page that looks like an unknown one, and the browser returns to the page', async () => {
    const asked = await read(`/pages/${id}/incidents/inc_1`);
    expect(asked.status).toBe(404);
    expect(asked.text).toContain(
      `href="/sign-in?return=${encodeURIComponent(`/pages/${id}/incidents/inc_1`)}"`,
    );
  });

  test('keeps strangers from telling the page from an unknown one, on every route and with every token', async () => {
    const unknown = 'page-nowhere';
    const seen = async (route: Route, page: string, query: string) => {
      const { status, text, headers } = await requestPage(route, page, {}, query);
      const kept = [...headers].filter(([name]) => !/^(date|cf-ray|x-request-id)$/.test(name));
      return { status, text: text.replaceAll(page, '-'), kept: JSON.stringify(kept).replaceAll(page, '-') };
    };
    const below = pageRoutes.filter(({ path }) => path.startsWith('/pages/:page'));
    expect(below.length).toBeGreaterThan(20);
    for (const route of below)
      for (const query of ['', '?token=wrong', '?for=wrong', '?key=wrong&return=/'])
        expect({ route: route.endpoint, query, ...(await seen(route, id, query)) }).toEqual({
          ...{ route: route.endpoint, query },
          ...(await seen(route, unknown, query)),
        });
  });

  test('counts only with one of the identity providers that the page names', async () => {
    const access = { type: 'sign_in', providers: ['local'] };
    await must(patch(`/api/v1/status-pages/${id}`, { access }));
    const local = await signIn('viewer');
    const other = await signIn('viewer', { issuer: 'https://id.acme.test' });
    expect((await read(`/pages/${id}`, { cookie: local.cookie })).status).toBe(200);
    const refused = await read(`/pages/${id}`, { cookie: other.cookie });
    expect([refused.status, refused.text.includes('another identity provider')]).toEqual([403, true]);
  });

  test('at PUBLIC_URL opens the page on its own host, in that browser only and for a minute', async () => {
    const origin = `https://${PAGE_HOST}`;
    await must(
      ask(`/api/v1/status-pages/${id}`, { method: 'PATCH', body: { host: PAGE_HOST }, env: HOSTED }),
    );
    const at = (path: string, cookie = '') =>
      read(`${origin}${path}`, cookie === '' ? {} : { cookie }, HOSTED);
    const start = await at('/incidents/inc_1');
    const handOver = new URL(start.headers.get('location')!);
    expect(handOver.href).toContain(`https://status.test/pages/${id}/access/hand-over?for=`);
    const nonce = cookieOf(start);
    const path = `${handOver.pathname}${handOver.search}`;
    const anonymous = await read(path, {}, HOSTED);
    expect(anonymous.headers.get('location')).toBe(`/sign-in?return=${encodeURIComponent(path)}`);
    const { cookie } = await signIn('viewer');
    const back = await read(path, { cookie }, HOSTED);
    const accept = back.headers.get('location')!.replace(origin, '');
    expect(accept).toMatch(/^\/access\/hand-over\?token=/);
    // Whoever finds the address has not the cookie.
    expect((await at(accept)).status).toBe(403);
    const opened = await at(accept, nonce);
    expect([opened.status, opened.headers.get('location')]).toEqual([303, '/incidents/inc_1']);
    const granted = opened.headers
      .getSetCookie()
      .find((one) => one.startsWith(`__Secure-probemesh-page-${id}=`))!;
    expect((await at('/', granted.split(';')[0]!)).status).toBe(200);
    clock.now += 61_000;
    expect((await at(accept, nonce)).status).toBe(403);
    clock.now += 3_600_000;
    expect((await at('/', granted.split(';')[0]!)).status).toBe(303);
  });
});
