// What another site tries in the browser of an admin who is signed in: forms, scripts, frames and links to elsewhere.
// The other site is at another port of the same host, which browsers count as the same site, or at another host.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Mesh, noBrowser } from './mesh.ts';
import { ADA, setUp, startDashboard, visit } from './people.ts';

let mesh: Mesh;
let otherSite: Server;
/** What the other site serves next. */
let html = '';
let session: string | null;

beforeAll(async () => {
  if (noBrowser !== null) return;
  mesh = await startDashboard();
  otherSite = createServer((_, response) => {
    response.setHeader('content-type', 'text/html');
    response.end(`<!doctype html><title>other</title>${html}`);
  });
  await new Promise<void>((resolve) => {
    otherSite.listen(0, '127.0.0.1', resolve);
  });
});
afterAll(async () => {
  otherSite?.close();
  await mesh?.stop();
});
beforeEach(async () => {
  if (noBrowser === null) session = await setUp(mesh, { person: ADA });
});

/** `127.0.0.1` is the same site as the mesh, and `localhost` is not. */
const addressOf = (host: string) => `http://${host}:${(otherSite.address() as AddressInfo).port}/`;

async function keysOf(page: Page): Promise<number> {
  await page.goto(`${mesh.url}/dashboard/keys`);
  expect(await page.locator('h1').textContent()).toBe('API keys');
  return page.locator('.list > li').count();
}

/** Opens a page of the other site in the browser of the admin, and waits until it has done what it does. */
async function attack(context: BrowserContext, host: string, content: string): Promise<Page> {
  html = content;
  const page = await context.newPage();
  await page.goto(addressOf(host));
  await page.waitForLoadState('networkidle');
  return page;
}

const form = (action: string, fields: Record<string, string>, type = 'application/x-www-form-urlencoded') => `
  <form method="post" enctype="${type}" action="${action}">
    ${Object.entries(fields)
      .map(([name, value]) => `<input name='${name}' value='${value}'>`)
      .join('')}
  </form><script>document.forms[0].submit()</script>`;

const HOSTS = ['127.0.0.1', 'localhost'];

describe.skipIf(noBrowser !== null)(`in a browser${noBrowser ? ` (skipped: ${noBrowser})` : ''}`, () => {
  describe.each(HOSTS)('another site at %s', (host) => {
    test('creates no key with a form', async () => {
      const { context, page } = await visit(mesh, '/dashboard/keys', session);
      const fields = { name: 'Evil', role: 'admin', lifetime: 'never', tags: '', csrf: '0'.repeat(64) };
      const evil = await attack(context, host, form(`${mesh.url}/dashboard/keys`, fields));
      // Browsers send no cookie with a form of another site: it gets to the sign-in, which knows the person.
      const heading = host === 'localhost' ? 'Account' : 'You cannot do this';
      expect(await evil.locator('h1').textContent()).toBe(heading);
      expect(await keysOf(page)).toBe(0);
      await context.close();
    });

    test('creates no key over the API, with a form whose text is JSON or with a script', async () => {
      const { context, page } = await visit(mesh, '/dashboard/keys', session);
      const api = `${mesh.url}/api/v1/api-keys`;
      const json = form(api, { '{"name":"Evil","role":"admin","tags":null,"x":"': '"}' }, 'text/plain');
      await attack(context, host, json);
      const script = `fetch('${api}', { method: 'POST', mode: 'no-cors', credentials: 'include',
        body: '{"name":"Evil","role":"admin"}' }).finally(() => { document.title = 'done'; })`;
      const evil = await attack(context, host, `<script>${script}</script>`);
      await evil.waitForFunction("document.title === 'done'");
      expect(await keysOf(page)).toBe(0);
      await context.close();
    });

    test('reads nothing with a script, and ends no session', async () => {
      const { context, page } = await visit(mesh, '/dashboard/keys', session);
      const script = `Promise.all(['/api/v1/me', '/dashboard/account', '/dashboard/keys'].map((path) =>
        fetch('${mesh.url}' + path, { credentials: 'include' }).then(() => 'read', () => 'refused')))
        .then((all) => { document.title = all.join(); })`;
      const evil = await attack(context, host, `<script>${script}</script>`);
      await evil.waitForFunction("document.title !== 'other'");
      expect(await evil.title()).toBe('refused,refused,refused');
      await attack(context, host, form(`${mesh.url}/sign-out`, {}));
      expect(await keysOf(page)).toBe(0);
      await context.close();
    });

    test('shows no page of the mesh in a frame', async () => {
      const { context } = await visit(mesh, '/dashboard/keys', session);
      const frames = ['/dashboard/keys', '/sign-in', '/signed-out', '/', '/dashboard/nothing'].map(
        (path) => `<iframe src="${mesh.url}${path}"></iframe>`,
      );
      const evil = await attack(context, host, frames.join(''));
      const shown = evil.frames().slice(1);
      expect(shown).toHaveLength(frames.length);
      for (const frame of shown) expect(frame.url()).toBe('chrome-error://chromewebdata/');
      await context.close();
    });

    test('gets no handle of a page of the mesh that it opens', async () => {
      const { context } = await visit(mesh, '/dashboard/keys', session);
      const script = `const opened = window.open('${mesh.url}/dashboard/keys');
        setTimeout(() => { document.title = 'closed ' + opened.closed; }, 1500)`;
      // Without a click, Chromium blocks the window.
      const evil = await attack(
        context,
        host,
        `<button onclick="${script.replaceAll('"', '&quot;')}">Open</button>`,
      );
      await evil.getByRole('button').click();
      await evil.waitForFunction("document.title !== 'other'");
      expect(await evil.title()).toBe('closed true');
      await context.close();
    });
  });

  test.each([
    'https://evil.test/',
    '//evil.test/',
    '/\\evil.test/',
    '\\\\evil.test',
    '/\t/evil.test/',
    '/%09/evil.test',
    'javascript:alert(1)',
    'data:text/html,evil',
    '/.//evil.test',
    '/dashboard/..//evil.test',
  ])('a link with the return path %j stays on this site', async (wish) => {
    const { context, page } = await visit(mesh, `/sign-in?return=${encodeURIComponent(wish)}`, session);
    expect(new URL(page.url()).origin).toBe(mesh.url);
    expect(await page.evaluate('document.domain')).toBe('127.0.0.1');
    await context.close();
  });

  test('a session that another person plants is not a session, and is not used after a real one', async () => {
    const { context, page } = await visit(mesh, '/dashboard/account', 'pms_planted');
    expect(await page.locator('h1').textContent()).toBe('Sign in');
    await page.goto(`${mesh.url}/test/cookie?token=${session}`);
    await page.goto(`${mesh.url}/dashboard/account`);
    expect(await page.locator('h1').textContent()).toBe('Account');
    await context.close();
  });

  test('a script in a name that an admin sees does not run', async () => {
    session = await setUp(mesh, {
      person: { name: '<img src=x onerror="document.title=1">', role: 'admin' },
    });
    const { context, page, messages } = await visit(mesh, '/dashboard/people', session);
    expect(await page.title()).toBe('People – probemesh');
    expect(await page.locator('main img').count()).toBe(0);
    expect(messages).toEqual([]);
    await context.close();
  });
});
