// The dashboard in a real browser, of a mesh in which every text that a person, a program or a target writes is hostile: on
// every page and after every form, nothing runs, nothing of another origin is asked for, and nothing leaves its place. Once
// with the content security policy, which reports what it blocked, and once without: then nothing but the HTML holds.
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RULES } from '../../../src/http/access/rules.ts';
import { type Ids, linkedWith, pathWith } from '../../support/dashboard-paths.ts';
import { XSS_VECTORS } from '../../support/xss-vectors.ts';
import { type Mesh, noBrowser, startMesh } from './mesh.ts';
import { ADA, setUp } from './people.ts';

let mesh: Mesh;
let session: string | null;
let meshes: readonly Ids[];

const PAGES = Object.keys(RULES)
  .filter((endpoint) => /^GET \/dashboard(\/|$)/.test(endpoint))
  .map((endpoint) => endpoint.slice(4));
/** They answer with no page. */
const NO_PAGE = new Set(['/dashboard/search', '/dashboard/configuration/probemesh.yaml']);

/** Of many forms that post to one endpoint, such as one for each row of a list, one is enough. */
const FORMS = Object.keys(RULES)
  .filter((endpoint) => endpoint.startsWith('POST /dashboard/'))
  .map((endpoint) => ({
    endpoint,
    pattern: new RegExp(`^${endpoint.slice(5).replace(/:[^/]+/g, '[^/]+')}$`),
  }));
const kindOf = (action: string): string => {
  const path = new URL(action, 'http://mesh').pathname;
  return FORMS.find(({ pattern }) => pattern.test(path))?.endpoint ?? path;
};

/** The short texts, which every field takes, in two orders: each stands in other fields. */
const TEXTS = [...new Set([`"'><img src=x onerror=alert(1)>`, ...XSS_VECTORS])]
  // Names are on one line.
  .filter((text) => text.length <= 110 && !/[\p{Cc}\p{Cf}]/u.test(text));
const turned = (by: number) => [...TEXTS.slice(by), ...TEXTS.slice(0, by)];

beforeAll(async () => {
  if (noBrowser !== null) return;
  mesh = await startMesh({
    main: 'test/system/browser/attacks-worker.ts',
    vars: { ALLOW_LOOPBACK: 'true' },
  });
  session = await setUp(mesh, { person: { ...ADA, name: `Ada "'><img src=x onerror=alert(1)>` } });
  await mesh.play({ texts: [turned(0), turned(37), turned(71)] });
  meshes = (await (await fetch(new URL('/test/ids', mesh.url))).json()) as readonly Ids[];
}, 480_000);
afterAll(() => mesh?.stop());

interface Watched {
  readonly context: BrowserContext;
  readonly page: Page;
  /** What ran, what the policy blocked, and what another origin was asked for. */
  readonly seen: string[];
}

const PLANTED = `
  for (const name of ['alert', 'confirm', 'prompt', 'msgbox'])
    globalThis[name] = () => { void globalThis.report('ran ' + name); return true; };
  document.addEventListener('securitypolicyviolation', (event) =>
    void globalThis.report('blocked ' + event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sample));`;

async function watch(bypassCSP: boolean): Promise<Watched> {
  const context = await mesh.browser.newContext({ bypassCSP, viewport: { width: 1280, height: 900 } });
  const seen: string[] = [];
  await context.exposeBinding('report', ({ frame }, text: string) => {
    seen.push(`${new URL(frame.url()).pathname}: ${text}`);
  });
  await context.addInitScript(PLANTED);
  // No request leaves this machine: another origin is answered here, with what would run.
  await context.route(
    (url) => url.origin !== mesh.url,
    (route) => {
      seen.push(`asked ${route.request().url()}`);
      return route.fulfill({ contentType: 'text/html', body: 'alert(1)' });
    },
  );
  const page = await context.newPage();
  page.on('dialog', (dialog) => {
    // A form with changes asks before the page is left.
    if (dialog.type() === 'beforeunload') return void dialog.accept();
    seen.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('pageerror', (error) => seen.push(`error ${error}`));
  page.on('response', (response) => {
    // What a page asks for is there, so an image that an attribute added is not.
    const { pathname } = new URL(response.url());
    if (
      response.status() >= 500 ||
      (response.status() === 404 && response.request().resourceType() !== 'document')
    )
      seen.push(`${response.status()} ${pathname}`);
  });
  await page.goto(`${mesh.url}/test/cookie?token=${session}`);
  return { context, page, seen };
}

/** Elements and attributes that no page of the dashboard has. */
const FOREIGN = `[...document.querySelectorAll('*')].filter((one) =>
  one.getAttributeNames().some((name) => /^on/i.test(name) || name === 'srcdoc' || name === 'background') ||
  one.matches('script:not([src^="/assets/"]):not([type="application/json"]), link:not([href^="/"]):not([href^="./"]), object, embed, base[href], applet, frameset, marquee, math, ' +
    '[formaction]:not([formaction^="/dashboard/"]), foreignObject, animate, set, plaintext, xss, img:not([src^="/"]), iframe:not([src^="/dashboard/preview/"]):not([name]), ' +
    'main style, meta[http-equiv], form:not([action^="/"]):not([action=""]):not(.days), a[href^="javascript:" i], a[href^="data:" i], a[href^="vbscript:" i], a[href^="//"]'))
  .map((one) => one.outerHTML.slice(0, 160))`;

/** Moves over, focuses and opens everything. */
const TOUCH = `(() => {
  for (const one of document.querySelectorAll('details')) one.open = true;
  for (const one of document.querySelectorAll('body *'))
    for (const type of ['mouseover', 'mouseenter', 'focus', 'toggle', 'error', 'load'])
      one.dispatchEvent(new Event(type, { bubbles: type !== 'load' && type !== 'error' }));
})()`;

/** Sends the form at this place with the text in every field, and every confirmation. As a plain form: no island takes it over. */
const send = (index: number, text: string): string => `(() => {
  const form = document.querySelectorAll('form[method="post"]')[${index}];
  for (const field of form.querySelectorAll('input, textarea'))
    if (['text', 'search', 'url', 'textarea', 'password'].includes(field.type)) field.value = ${JSON.stringify(text)};
    else if (field.type === 'checkbox' && field.name === 'confirm') field.checked = true;
  HTMLFormElement.prototype.submit.call(form);
})()`;
const ACTIONS = `[...document.querySelectorAll('form[method="post"]')]
  .map((form) => form.getAttribute('action') || location.pathname)`;

async function look({ page, seen }: Watched, path: string): Promise<void> {
  const response = await page.goto(mesh.url + path, { waitUntil: 'load' });
  if (response === null || response.status() >= 500) seen.push(`${path}: ${response?.status()}`);
  await inspect({ page, seen }, path);
}

async function inspect({ page, seen }: Pick<Watched, 'page' | 'seen'>, path: string): Promise<void> {
  await page.evaluate(TOUCH);
  for (const frame of page.frames()) {
    const foreign = (await frame.evaluate(FOREIGN).catch(() => [])) as string[];
    seen.push(...foreign.map((html) => `${path.split('?', 1)} has ${html}`));
  }
  if ((await page.locator('main').count()) !== 1 && !path.startsWith('/dashboard/preview/'))
    seen.push(`${path} has no main`);
}

describe.skipIf(noBrowser !== null)(`in a browser${noBrowser ? ` (skipped: ${noBrowser})` : ''}`, () => {
  test.each([true, false])('a page that does not escape is seen (without the policy: %s)', async (bypass) => {
    const watched = await watch(bypass);
    const { page, seen, context } = watched;
    await context.route(`${mesh.url}/dashboard/audit`, async (route) => {
      const response = await route.fetch();
      const body = (await response.text()).replace('<main', '<img src=x onerror=alert(1)><main');
      await route.fulfill({ response, body });
    });
    await look(watched, '/dashboard/audit');
    await page.waitForTimeout(100);
    expect(seen.join('\n')).toContain(bypass ? 'ran alert' : 'blocked script-src');
    expect(seen.join('\n')).toContain('has <img src="x"');
    await context.close();
  });

  test.each([true, false])(
    'no text runs on any page, as stored and as somebody links to it (without the policy: %s)',
    async (bypass) => {
      const watched = await watch(bypass);
      for (const path of PAGES.filter((one) => !NO_PAGE.has(one))) {
        for (const ids of path.includes(':') ? meshes : meshes.slice(0, 1))
          await look(watched, pathWith(path, ids));
        for (const text of TEXTS.slice(0, 1))
          await look(watched, linkedWith(pathWith(path, meshes[0]!), text));
      }
      await watched.page.waitForTimeout(200);
      expect(watched.seen).toEqual([]);
      await watched.context.close();
    },
    400_000,
  );

  test('no text runs in what islands add: palette, live regions, charts, and the message of a change', async () => {
    for (const bypass of [true, false]) {
      const watched = await watch(bypass);
      const { page, seen, context } = watched;
      let seq = 1_000;
      await context.route(`${mesh.url}/api/v1/overview**`, async (route) => {
        const headers = { ...route.request().headers(), 'if-none-match': '' };
        const response = await route.fetch({ headers }).catch(() => null);
        // The page has been left.
        if (response === null) return;
        const json = (await response.json()) as object;
        seq += 1;
        await route.fulfill({ json: { ...json, seq }, headers: { etag: `"${seq}"` } });
      });
      for (const path of [
        '/dashboard',
        '/dashboard/monitors',
        `/dashboard/monitors/${meshes[0]!.monitors}`,
        `/dashboard/incidents/${meshes[0]!.incidents}`,
      ]) {
        await look(watched, path);
        for (let times = 0; times < 2; times += 1) {
          const again = page.waitForResponse(`${mesh.url}${path}`);
          await page.evaluate("dispatchEvent(new Event('online'))");
          await again.catch(() => seen.push(`${path} is not refreshed`));
        }
        await inspect(watched, path);
        await page.keyboard.press('Control+k');
        for (const word of ['img', 'script', 'alert']) {
          const found = page.waitForResponse(/\/dashboard\/search\?q=/);
          await page.getByRole('combobox', { name: /Search monitors/ }).fill(word);
          await found;
          await page.locator('#palette-list').getByRole('option').first().waitFor();
          await inspect(watched, path);
        }
        await page.keyboard.press('Escape');
      }
      await look(watched, `/dashboard/monitors/${meshes[1]!.monitors}`);
      await page
        .getByRole('button', { name: /^Pause/ })
        .first()
        .click();
      await page.locator('.toast').waitFor();
      await inspect(watched, 'the toast');
      await page.locator('.toast form button').click();
      await page.waitForTimeout(300);
      await inspect(watched, 'after the undo');
      expect(seen).toEqual([]);
      await context.close();
    }
  }, 240_000);

  test('no text runs after any form was sent with it, without the policy', async () => {
    const watched = await watch(true);
    const { page, seen, context } = watched;
    const sent = new Set<string>();
    const ids = meshes[2]!;
    const byItself = /sign-out|account\/(sessions|password|recovery|passkeys)|settings\/location/;
    for (const path of PAGES.filter((one) => !NO_PAGE.has(one)).map((one) => pathWith(one, ids))) {
      await page.goto(mesh.url + path);
      const actions = (await page.evaluate(ACTIONS)) as string[];
      for (const [index, action] of actions.entries()) {
        const kind = kindOf(action);
        // What deletes is last: other pages show it still.
        if (sent.has(kind) || byItself.test(action) || /delete|revoke|remove/.test(action)) continue;
        if (new URL(page.url()).pathname !== path.split('?', 1)[0]) await page.goto(mesh.url + path);
        sent.add(kind);
        const text = TEXTS[sent.size % TEXTS.length]!;
        await Promise.all([
          page.waitForEvent('load', { timeout: 20_000 }),
          page.evaluate(send(index, text)).catch((error: Error) => {
            // The page is left while the script still runs.
            if (!error.message.includes('Execution context was destroyed')) throw error;
          }),
        ]).catch((error) => seen.push(`${action}: ${String(error).slice(0, 80)}`));
        await inspect(watched, `the answer of ${action}`);
      }
    }
    expect(sent.size).toBeGreaterThan(40);
    expect(seen).toEqual([]);
    await context.close();
  }, 400_000);

  test.each(['127.0.0.1', 'localhost'])(
    'a site at %s shows no page of the dashboard in a frame',
    async (host) => {
      const { context, page } = await watch(false);
      const { port } = new URL(mesh.url);
      const other = `http://${host}:${Number(port) === 9 ? 10 : 9}/`;
      const frames = PAGES.map((path) => `<iframe src="${mesh.url}${pathWith(path, meshes[0]!)}"></iframe>`);
      await context.route(other, (route) =>
        route.fulfill({ contentType: 'text/html', body: `<!doctype html>${frames.join('')}` }),
      );
      await page.goto(other);
      const shown = page
        .frames()
        .slice(1)
        .map((frame) => frame.url());
      expect(shown).toHaveLength(PAGES.length);
      expect(shown.filter((url) => url !== 'chrome-error://chromewebdata/')).toEqual([]);
      await context.close();
    },
  );
});
