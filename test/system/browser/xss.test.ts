// What people write, in a real browser: no text of the corpus runs a script, loads anything or leaves its place. The
// document has no content security policy, so that nothing but the HTML itself is what holds.
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { markdownToHtml } from '../../../src/markdown.ts';
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
});
