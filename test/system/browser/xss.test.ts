// What people write, in a real browser: no text of the corpus runs a script, loads anything or leaves its place. The
// document has no content security policy, so that nothing but the HTML itself is what holds.
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pagePatchSchema } from '../../../src/http/api/status-pages/schema.ts';
import { markdownToHtml } from '../../../src/markdown.ts';
import { hostileForms } from '../../support/xss-forms.tsx';
import { hostilePages } from '../../support/xss-pages.ts';
import { XSS_VECTORS } from '../../support/xss-vectors.ts';
import { CHROMIUM, noBrowser } from './mesh.ts';

let browser: Browser;
let page: Page;
let requests: string[] = [];

beforeAll(async () => {
  if (noBrowser !== null) return;
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
  page = await browser.newPage();
  // Every request is answered here, and none leaves this machine.
  await page.route('**/*', (route) => {
    requests.push(route.request().url());
    return route.fulfill({ contentType: 'text/html', body: 'window.ran = true' });
  });
  await page.addInitScript('window.alert = () => { window.ran = true; }; window.msgbox = window.alert;');
});
afterAll(() => browser?.close());

/** Moves over, focuses and clicks everything, as a reader may. Links are followed only if they lead to a script. */
const TOUCH = `(() => {
  for (const one of document.querySelectorAll('#text *')) {
    for (const type of ['mouseover', 'mouseenter', 'focus', 'error', 'load', 'toggle'])
      one.dispatchEvent(new Event(type, { bubbles: true }));
    if (one.tagName === 'A' && !/^(https?|mailto):/.test(one.href)) one.click();
  }
})()`;

interface Seen {
  readonly ran: boolean;
  readonly requests: readonly string[];
  readonly outside: string | null;
  readonly attributes: readonly string[];
}

async function see(html: string): Promise<Seen> {
  await page.goto('about:blank');
  requests = [];
  await page.setContent(`<main><div id="text">${html}</div><p id="after">after</p></main>`);
  await page.evaluate(TOUCH);
  await page.waitForTimeout(5);
  return {
    ran: (await page.evaluate('window.ran === true')) as boolean,
    requests,
    outside: (await page.evaluate(
      'document.querySelector("main > #after:last-child")?.textContent ?? null',
    )) as string | null,
    attributes: (await page.evaluate(
      '[...new Set([...document.querySelectorAll("#text *")].flatMap((one) => one.getAttributeNames()))]',
    )) as string[],
  };
}

describe.skipIf(noBrowser !== null)(`in a browser${noBrowser ? ` (skipped: ${noBrowser})` : ''}`, () => {
  test('without the renderer, texts of the corpus run: the test can fail', async () => {
    const seen = await see('<img src=x onerror=alert(1)>');
    expect(seen.ran).toBe(true);
  });

  test('no text of the corpus runs, loads anything, or leaves its place', async () => {
    for (const vector of XSS_VECTORS) {
      const { attributes, ...seen } = await see(markdownToHtml(vector));
      expect({ vector, ...seen }).toEqual({ vector, ran: false, requests: [], outside: 'after' });
      expect([vector, attributes.filter((name) => !['href', 'rel', 'start'].includes(name))]).toEqual([
        vector,
        [],
      ]);
    }
  });

  /** Own paths: stylesheets, icon, and the page itself. */
  const OWN = /^https:\/\/status\.test\/(page|assets\/[a-z0-9.-]+|favicon\.svg)$/;
  const FOREIGN =
    'script, iframe, object, embed, base, img, style, [style], [srcdoc], form:not(.days), [action], [formaction], [href^="javascript:" i], [href^="data:" i]';

  async function seePage(html: string, own = ':not(*)') {
    await page.unroute('**/*');
    requests = [];
    await page.route('**/*', (route) => {
      const url = route.request().url();
      requests.push(url);
      const isPage = url === 'https://status.test/page';
      return route.fulfill({ contentType: 'text/html', body: isPage ? html : 'window.ran = true' });
    });
    await page.goto('https://status.test/page');
    await page.evaluate(TOUCH.replace('#text *', 'body *'));
    return {
      ran: (await page.evaluate('window.ran === true')) as boolean,
      requests: requests.filter((url) => !OWN.test(url)),
      foreign: (await page.evaluate(
        `[...document.querySelectorAll('${FOREIGN}')].filter((one) => !one.matches('${own}')).map((one) => one.outerHTML.slice(0, 200))`,
      )) as string[],
      handlers: (await page.evaluate(
        '[...document.querySelectorAll("*")].flatMap((one) => one.getAttributeNames()).filter((name) => /^on/i.test(name))',
      )) as string[],
    };
  }
  const NOTHING = { ran: false, requests: [], foreign: [], handlers: [] };

  test('a page that does not escape would be found: the test can fail', async () => {
    const html = hostilePages(['A&<b>']).status!.replaceAll(
      'A&amp;&lt;b&gt;',
      '<img src=x onerror=alert(1)>',
    );
    expect(await seePage(html)).toMatchObject({ ran: true, requests: ['https://status.test/x'] });
  });

  test('no text runs in any field of any page: titles, names, links, locations, words, announcements', async () => {
    for (const [name, html] of Object.entries(hostilePages(XSS_VECTORS)))
      expect({ name, ...(await seePage(html)) }).toEqual({ name, ...NOTHING });
  });

  /** What the pages with a form are made of: the logo of the page, and forms that post to it. */
  const FORMS =
    'img.logo[src^="https://logo.test/"], form[method="post"][action="/pages/hostile/access"], form[method="post"][action="/pages/hostile/access/mail"], form[method="post"][action="/pages/hostile/subscribe"]';

  test('a form that does not escape would be found: the test can fail', async () => {
    const html = (await hostileForms('A&<b>')).subscribe!.replaceAll(
      'A&amp;&lt;b&gt;',
      '<img src=x onerror=alert(1)>',
    );
    expect(await seePage(html)).toMatchObject({ ran: true });
  });

  test('no text runs as address of a logo or of a link, in the form of subscribers, or on a page about access', async () => {
    const names = new Set<string>();
    for (const vector of XSS_VECTORS)
      for (const [name, html] of Object.entries(await hostileForms(vector))) {
        names.add(name);
        const { requests: sent, foreign, ...seen } = await seePage(html, FORMS);
        const elsewhere = sent.filter((url) => !url.startsWith('https://logo.test/'));
        expect({ vector, name, ...seen, foreign, requests: elsewhere }).toEqual({ vector, name, ...NOTHING });
      }
    expect([...names]).toEqual(['subscribe', 'password', 'email', 'link', 'dead']);
  }, 480_000);

  test('the API takes no text of the corpus as an address of a logo or of a link, unless it is one of https', () => {
    for (const vector of XSS_VECTORS) {
      const links = [{ text: 'Shop', url: vector }];
      for (const fields of [{ logoUrl: vector }, { links }]) {
        const { success } = pagePatchSchema.safeParse(fields);
        expect([vector, success && !/^https:\/\/[^\s"'<>\\]+$/i.test(vector)]).toEqual([vector, false]);
      }
    }
    expect(pagePatchSchema.safeParse({ logoUrl: 'https://shop.example/logo.svg' }).success).toBe(true);
  });

  test('no text runs as the title and the description of a page, nor as the title of an incident', async () => {
    for (const vector of XSS_VECTORS)
      for (const name of ['status', 'incident']) {
        const seen = await seePage(hostilePages([vector])[name]!);
        expect({ vector, name, ...seen }).toEqual({ vector, name, ...NOTHING });
      }
  }, 240_000);
});
