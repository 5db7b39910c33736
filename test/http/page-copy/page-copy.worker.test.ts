// The copies on a real D1: which pages the watchdog may list and read, what a copy contains, and where readers find its address.
import { beforeAll, describe, expect, test } from 'vitest';
import { signRequest } from '../../../src/signed-request.ts';
import { type PageCopy, readPageCopy } from '../../../src/status-pages/copy/page-copy.ts';
import { fill } from '../../../src/status-pages/copy/template.ts';
import {
  ask,
  clock,
  createMonitor,
  empty,
  patch,
  post,
  runUntilConfirmed,
} from '../../support/d1/http-mesh.ts';
import {
  HOSTED,
  idOf,
  makePages,
  must,
  PAGE_HOST,
  PRIVATE_TYPES,
  read,
  titleOf,
} from '../../support/d1/private-pages.ts';
import { signIn } from '../../support/d1/signed-in.ts';

const KEY = 'a-key-of-the-watchdog-with-32-characters';
const OLD_KEY = 'the-key-before-the-last-rotation-of-keys';
const COPY = 'https://copy.shop.test';
const ENV = { ...HOSTED, WATCHDOG_KEY: KEY, WATCHDOG_KEY_PREVIOUS: OLD_KEY, PAGE_COPY_URL: COPY };
const NAME = '</style><script>alert(1)</script> "x" onclick=a javascript:b url(c)';

let feedKey = '';
beforeAll(async () => {
  await empty();
  await createMonitor();
  await createMonitor({ id: 'hostile', name: NAME });
  await createMonitor({ id: 'secret-db', name: 'Ledger', public: false });
  await runUntilConfirmed(1, 0);
  feedKey = await makePages();
  await must(
    post('/api/v1/status-pages', { id: 'eu', title: NAME, language: 'de', timeZone: 'Europe/Berlin' }),
  );
  const hosted = { id: 'shop', title: 'The shop', host: PAGE_HOST };
  await must(ask('/api/v1/status-pages', { method: 'POST', body: hosted, env: HOSTED }));
}, 60_000);

async function list(
  changes: { key?: string; path?: string; at?: number; env?: object; headers?: object } = {},
) {
  const { key = KEY, path = '/watchdog/pages', at = clock.now, env = ENV } = changes;
  const headers = { ...(await signRequest(key, { method: 'GET', path, body: '' }, at)), ...changes.headers };
  return read('/watchdog/pages', headers, env);
}

describe('the list of pages', () => {
  test('has every page that each visitor may read, and no word of the others', async () => {
    const { status, json, text, headers } = await list();
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(json.pages).toEqual([
      { id: 'default', title: 'Service status', path: '/' },
      { id: 'eu', title: NAME, path: '/pages/eu' },
      { id: 'shop', title: 'The shop', path: '/pages/shop' },
    ]);
    for (const type of PRIVATE_TYPES) expect(text).not.toContain(titleOf(type));
  });

  test('a page that gets a rule of access, or is deleted, is not in the next list', async () => {
    await must(post('/api/v1/status-pages', { id: 'soon', title: 'Soon' }));
    const idsOf = async () => (await list()).json.pages.map(({ id }: { id: string }) => id);
    expect(await idsOf()).toContain('soon');
    await must(patch('/api/v1/status-pages/soon', { access: { type: 'sign_in', providers: null } }));
    expect(await idsOf()).not.toContain('soon');
    await must(patch('/api/v1/status-pages/soon', { access: { type: 'public' } }));
    expect(await idsOf()).toContain('soon');
    await must(ask('/api/v1/status-pages/soon', { method: 'DELETE' }));
    expect(await idsOf()).not.toContain('soon');
  });

  test('the default page with a rule of access is not in it', async () => {
    await must(
      ask('/api/v1/status-pages', {
        method: 'POST',
        body: { id: 'default', title: 'Own', access: { type: 'sign_in', providers: null } },
      }),
    );
    expect((await list()).text).not.toMatch(/default|Own/);
    await must(ask('/api/v1/status-pages/default', { method: 'DELETE' }));
  });

  test('needs a signature of this mesh: of the key, or of the one before it, for this path, within a minute', async () => {
    expect((await list({ key: OLD_KEY })).status).toBe(200);
    expect((await list({ at: clock.now - 59_000 })).status).toBe(200);
    for (const wrong of [
      { key: 'another-key-that-has-32-characters-too' },
      { path: '/watchdog/pages?x' },
      { path: '/watchdog' },
      { at: clock.now - 61_000 },
      { at: clock.now + 61_000 },
      { headers: { 'probemesh-signature': 'v1=' } },
      { headers: { 'probemesh-timestamp': 'now' } },
    ])
      expect([wrong, (await list(wrong)).status]).toEqual([wrong, 401]);
    const unsigned = await read('/watchdog/pages', {}, ENV);
    expect([unsigned.status, unsigned.json.pages]).toEqual([401, undefined]);
    // An admin is not the watchdog either.
    expect((await ask('/watchdog/pages', { env: ENV })).status).toBe(401);
  });

  test('without a key of the watchdog, no signature opens it', async () => {
    const without = { ...HOSTED, WATCHDOG_KEY: '', WATCHDOG_KEY_PREVIOUS: '' };
    expect((await list({ env: without })).status).toBe(401);
  });
});

describe('the form copy', () => {
  test('a page with a rule of access has none, also for a reader with its key, and for an admin', async () => {
    const admin = await signIn('admin');
    for (const type of PRIVATE_TYPES) {
      const path = `/pages/${idOf(type)}/copy.json`;
      for (const headers of [{}, { cookie: admin.cookie }, { authorization: `Bearer ${feedKey}` }]) {
        const { status, text } = await read(path, headers, ENV);
        expect([type, status === 200, readPageCopy(safeJson(text))]).toEqual([type, false, null]);
        expect(text).not.toContain('Web shop');
      }
      expect((await read(`${path}?key=${feedKey}`, {}, ENV)).status).not.toBe(200);
    }
  });

  test('has no private monitor, no target and no location', async () => {
    expect((await read('/copy.json', {}, ENV)).text).not.toMatch(/secret-db|Ledger|shop\.example\.com|aws:/);
  });

  test('a page without ticks is a copy that says so', async () => {
    const at = clock.now;
    clock.now += 10 * 60_000;
    const copy = await copyAt('/copy.json');
    clock.now = at;
    expect(copy.summary).toMatchObject({ status: { indicator: 'minor' } });
    expect(copy.documents[0]!.well.join('')).toContain('No data');
  });

  test('the same page at another minute is the same text', async () => {
    const first = await copyAt('/copy.json');
    clock.now += 60_000;
    const second = await copyAt('/copy.json');
    clock.now -= 60_000;
    expect(second.documents).toEqual(first.documents);
  });

  test.each(['/copy.json', '/pages/eu/copy.json', '/pages/shop/copy.json'])(
    'what a parser finds in %s loads nothing, runs nothing, and leads to the page or to its other language',
    async (path) => {
      const copy = await copyAt(path);
      for (const { well, silent } of copy.documents)
        for (const template of [well, silent]) {
          const html = fill(template, valuesOf(copy), copy.timeZone);
          const found = await parse(html);
          expect(found.tags.filter((tag) => LOADING.has(tag))).toEqual([]);
          expect(
            found.attributes.filter((name) => /^on|^(src|srcset|style|http-equiv|action|ping)$/.test(name)),
          ).toEqual([]);
          expect(found.links.filter((href) => !isHarmless(href, copy.url))).toEqual([]);
          expect(found.links.length).toBeGreaterThan(4);
          expect(found.styles).toBe(1);
        }
    },
  );
});

describe('the address of the copy', () => {
  const footer = async (path: string, headers = {}, env: object = ENV) =>
    (await read(path, headers, env)).text;

  test('stands on each public page, in the language of the reader', async () => {
    expect(await footer('/')).toContain(`<a href="${COPY}/index.html">copy.shop.test/index.html</a>`);
    expect(await footer('/', { 'accept-language': 'de' })).toContain(`href="${COPY}/index.de.html"`);
    // Written in one language.
    expect(await footer('/pages/eu', { 'accept-language': 'en' })).toContain(`href="${COPY}/eu/index.html"`);
    expect(await footer(`https://${PAGE_HOST}/`)).toContain(`href="${COPY}/shop/index.html"`);
    for (const path of ['/history', '/monitors/shop', '/subscribe'])
      expect(await footer(path)).toContain(`href="${COPY}/index.html"`);
  });

  test('does not stand on a page with a rule of access, nor without a copy', async () => {
    const admin = await signIn('admin');
    const closed = await footer(`/pages/${idOf('sign_in')}`, { cookie: admin.cookie });
    expect(closed).toContain('Web shop');
    expect(closed).not.toContain(COPY);
    expect(await footer('/', {}, HOSTED)).not.toContain('does not answer');
  });

  test('leads to a file that the copy of the page has', async () => {
    const copy = await copyAt('/copy.json');
    expect(copy.documents.map(({ file }) => file)).toEqual(['index.html', 'index.de.html']);
    expect((await copyAt('/pages/eu/copy.json')).documents.map(({ file }) => file)).toEqual(['index.html']);
  });
});

const LOADING = new Set([
  'script',
  'img',
  'iframe',
  'object',
  'embed',
  'form',
  'input',
  'base',
  'video',
  'audio',
  'source',
]);

const isHarmless = (href: string, url: string): boolean =>
  href === '#content' ||
  /^index(\.de)?\.html$/.test(href) ||
  href.startsWith('data:image/svg+xml,') ||
  href === url ||
  href.startsWith(`${url}/`);

const valuesOf = ({ takenAt, style }: PageCopy) => {
  const taken = Date.parse(takenAt);
  return { taken, confirmed: taken, since: taken, place: NAME, style };
};

async function copyAt(path: string): Promise<PageCopy> {
  const answer = await read(path, {}, ENV);
  const copy = readPageCopy(answer.json);
  if (answer.status !== 200 || copy === null) throw new Error(`no copy: ${answer.status}`);
  return copy;
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** By the parser of workerd, which is that of browsers as far as it goes (https://github.com/cloudflare/lol-html). */
async function parse(html: string) {
  const found = { tags: [] as string[], attributes: [] as string[], links: [] as string[], styles: 0 };
  const rewriter = new HTMLRewriter().on('*', {
    element({ tagName, attributes }) {
      found.tags.push(tagName);
      if (tagName === 'style') found.styles += 1;
      for (const [name, value] of attributes) {
        found.attributes.push(name!);
        if (name === 'href') found.links.push(value!.replaceAll('&amp;', '&'));
      }
    },
  });
  await rewriter.transform(new Response(html)).text();
  return found;
}
