// Pages of a status page in a real browser with script off: at 360 and 1440 px, light and dark, by keyboard and by touch.
// They are rendered from views, so that every part is there. Pages of a mesh with D1 are in status.test.ts.
import { mkdirSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import axe from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pageStyle } from '../../../src/http/status-page/accent.ts';
import { CHROMIUM, noBrowser } from './mesh.ts';
import { PAGES } from './public-pages.ts';

const SCREENSHOTS = process.env.SCREENSHOTS;
/** As src/http/security-headers.ts sets it. */
const POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

let server: Server;
let browser: Browser;

beforeAll(async () => {
  if (noBrowser !== null) return;
  if (SCREENSHOTS) mkdirSync(SCREENSHOTS, { recursive: true });
  server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    response.setHeader('content-security-policy', POLICY);
    if (path.endsWith('.css')) {
      response.setHeader('content-type', 'text/css');
      return response.end(pageStyle(path));
    }
    if (path.endsWith('.svg') || path.endsWith('.ico')) return response.writeHead(204).end();
    const html = PAGES[path.slice(1)];
    response.statusCode = html === undefined ? 404 : 200;
    response.setHeader('content-type', 'text/html; charset=utf-8');
    return response.end(html ?? '');
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
});
afterAll(async () => {
  await browser?.close();
  server?.close();
});

const WIDTHS = [360, 1440];

async function open(
  name: string,
  options: BrowserContextOptions,
): Promise<{ page: Page; messages: string[] }> {
  const context = await browser.newContext({ javaScriptEnabled: false, ...options });
  const page = await context.newPage();
  const messages: string[] = [];
  page.on('console', (message) => messages.push(message.text()));
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/${name}`);
  return { page, messages };
}

const at = (width: number, colorScheme: 'light' | 'dark' = 'light') => ({
  viewport: { width, height: 800 },
  colorScheme,
});

const RUNS = WIDTHS.flatMap((width) =>
  (['light', 'dark'] as const).map((colorScheme) => ({ width, colorScheme })),
);

describe.skipIf(noBrowser !== null)(`in a browser${noBrowser ? ` (skipped: ${noBrowser})` : ''}`, () => {
  describe.each(Object.keys(PAGES))('the page %s', (name) => {
    test.each(RUNS)(
      'has no violation that axe finds, and does not scroll sideways, at $width px in $colorScheme',
      async ({ width, colorScheme }) => {
        // Axe is a script of the test, so script is on here.
        const { page, messages } = await open(name, { ...at(width, colorScheme), javaScriptEnabled: true });
        if (SCREENSHOTS)
          await page.screenshot({
            path: `${SCREENSHOTS}/public-${name}-${colorScheme}-${width}.png`,
            fullPage: true,
          });
        expect(
          await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth'),
        ).toBe(false);
        expect(await page.locator('h1').count()).toBe(1);
        expect(messages).toEqual([]);
        await page.evaluate(axe.source);
        const violations = await page.evaluate(async () => {
          const { axe } = globalThis as unknown as { axe: typeof import('axe-core') };
          const results = await axe.run({ rules: { 'meta-refresh': { enabled: false } } });
          return results.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
        });
        expect(violations).toEqual([]);
        await page.context().close();
      },
    );
  });

  /** What the stylesheet shows of a bar. */
  const shownText = (page: Page) =>
    page.evaluate(`[...document.querySelectorAll('.days input')]
      .filter((bar) => getComputedStyle(bar, '::after').display !== 'none')
      .map((bar) => bar.getAttribute('aria-label'))`);

  test('90 bars are shown on a wide screen, and the newest 30 on a phone', async () => {
    for (const [width, count] of [
      [1440, 90],
      [360, 30],
    ] as const) {
      const { page } = await open('services', at(width));
      const bars = page.locator('.days').first().locator('input:visible');
      expect(await bars.count()).toBe(count);
      expect(await bars.last().getAttribute('aria-label')).toMatch(/^26 Nov: /);
      await page.context().close();
    }
  });

  test('the keyboard reaches every bar: a row is one stop, and arrow keys move within it', async () => {
    const { page, messages } = await open('services', at(1440));
    await page.locator('.rows h3 a').first().focus();
    await page.keyboard.press('Tab');
    const focused = page.locator('.days').first().locator('input:focus');
    expect(await focused.getAttribute('aria-label')).toBe('29 Aug: no downtime');
    expect(await shownText(page)).toEqual(['29 Aug: no downtime']);
    await page.keyboard.press('ArrowRight');
    expect(await shownText(page)).toEqual(['30 Aug: no downtime']);
    for (let index = 0; index < 2; index += 1) await page.keyboard.press('ArrowLeft');
    expect(await shownText(page)).toEqual(['26 Nov: down for 20 min']);
    // Enter sends no form.
    await page.keyboard.press('Enter');
    expect(new URL(page.url()).search).toBe('');
    await page.keyboard.press('Tab');
    expect(await page.evaluate("document.activeElement.closest('.days')")).toBeNull();
    expect(messages).toEqual([]);
    await page.context().close();
  });

  test('a tap and a mouse show the text of a bar, within the page and above the caption', async () => {
    const { page } = await open('services', { ...at(360), hasTouch: true });
    const bars = page.locator('.days').first().locator('input:visible');
    await bars.nth(26).tap();
    expect(await shownText(page)).toEqual(['23 Nov: partial outage for 40 min']);
    await bars.last().tap();
    expect(await shownText(page)).toContain('26 Nov: down for 20 min');
    await page.context().close();
    const wide = await open('services', at(1440));
    await wide.page.locator('.days').first().locator('input').nth(59).hover();
    expect(await shownText(wide.page)).toEqual(['27 Oct: down for 4 h']);
    await wide.page.context().close();
  });

  test('a group opens and closes by keyboard', async () => {
    const { page } = await open('services', at(1440));
    const group = page.locator('details.group').last();
    expect(await group.locator('li').first().isVisible()).toBe(false);
    await group.locator('summary').focus();
    await page.keyboard.press('Enter');
    expect(await group.locator('li').first().isVisible()).toBe(true);
    await page.context().close();
  });

  test('a screen reader gets a name for each group of bars and for each bar', async () => {
    const { page } = await open('services', at(1440));
    const group = page.getByRole('group', { name: 'Last 90 days of Web shop' });
    expect(await group.getByRole('radio').count()).toBe(90);
    expect(await group.getByRole('radio', { name: '26 Nov: down for 20 min' }).count()).toBe(1);
    await page.context().close();
  });

  test('the theme of a page decides, whatever the browser asks for', async () => {
    const { page } = await open('accent', at(1440, 'light'));
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(13, 17, 23)');
    await page.context().close();
  });

  test('in a right-to-left language the page is mirrored, and its bars begin at the right', async () => {
    const { page } = await open('right-to-left', at(1440));
    const bars = page.locator('.days').first().locator('input');
    const [oldest, newest] = [await bars.first().boundingBox(), await bars.last().boundingBox()];
    expect(oldest!.x).toBeGreaterThan(newest!.x);
    const [icon, name] = [page.locator('.rows .icon').first(), page.locator('.rows h3').first()];
    expect((await icon.boundingBox())!.x).toBeGreaterThan((await name.boundingBox())!.x);
    await page.context().close();
  });

  test('print leaves out links that no paper follows, and keeps the colours of bars', async () => {
    const { page } = await open('services', at(1440));
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('footer a').first().isVisible()).toBe(false);
    expect(
      await page.evaluate("getComputedStyle(document.querySelector('.days input')).printColorAdjust"),
    ).toBe('exact');
    await page.context().close();
  });
});
