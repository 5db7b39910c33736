// The copy of a page in a real browser, from a file and with the network off: while the coordinator answers, and while it is
// silent. At 360 and 1440 px, light and dark.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { copyPages } from '../../../src/watchdog/page-copy/copy-pages.ts';
import { everyPageView } from '../../support/every-page-view.ts';
import { copyDeps, TestCoordinator } from '../../support/page-copy.ts';
import { MINUTE_MS, NOW, pageView, statusPage } from '../../support/page-view.ts';
import { expectPicture, visibleLines } from './image.ts';
import { CHROMIUM, noBrowser } from './mesh.ts';
import { services } from './public-pages.ts';

const SCREENSHOTS = process.env.SCREENSHOTS;

let browser: Browser;
let folder = '';

/** A folder as the bucket. */
const folderBucket = (root: string) => ({
  put: async (path: string, body: string) => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), body);
  },
  get: (path: string) => readFile(join(root, path), 'utf8').catch(() => null),
});

beforeAll(async () => {
  if (noBrowser !== null) return;
  if (SCREENSHOTS) await mkdir(SCREENSHOTS, { recursive: true });
  folder = await mkdtemp(join(tmpdir(), 'page-copy-'));
  const coordinator = await new TestCoordinator().start();
  coordinator.pages.set('default', services);
  coordinator.pages.set('hostile', everyPageView({ page: statusPage({}, { id: 'hostile' }) }));
  const german = statusPage(
    { language: 'de', timeZone: 'Europe/Berlin', accentColor: '#c02060' },
    { id: 'calm' },
  );
  coordinator.pages.set('calm', pageView({ page: german }));
  for (const form of FORMS) {
    const bucket = folderBucket(join(folder, form));
    await copyPages(copyDeps(coordinator, bucket));
    const silence = { isSilent: true, silentSince: NOW + MINUTE_MS, now: NOW + 5 * MINUTE_MS };
    if (form === 'silent') await copyPages(copyDeps(coordinator, bucket, silence));
  }
  await coordinator.stop();
  browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
});
afterAll(async () => {
  await browser?.close();
  if (folder !== '') await rm(folder, { recursive: true });
});

const PICTURE = { image: 'copy-light', shown: 'copy-image', width: 1_000, height: 1_150 };
const FORMS = ['well', 'silent'] as const;
const FILES = ['index.html', 'index.de.html', 'calm/index.html', 'hostile/index.html'];
const RUNS = [360, 1440].flatMap((width) =>
  (['light', 'dark'] as const).map((colorScheme) => ({ width, colorScheme })),
);

interface Opened {
  readonly page: Page;
  /** What it asked for besides itself. */
  readonly requests: string[];
  readonly messages: string[];
}

async function open(
  form: string,
  file: string,
  { width = 1440, colorScheme = 'light' as 'light' | 'dark' } = {},
): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme });
  await context.setOffline(true);
  const page = await context.newPage();
  const requests: string[] = [];
  const messages: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('console', (message) => messages.push(message.text()));
  await page.goto(pathToFileURL(join(folder, form, file)).href);
  return { page, requests: requests.slice(1).filter((url) => !url.startsWith('data:')), messages };
}

/** Colours that a person would call green: of text, icons, borders and backgrounds. */
const GREENS = `(() => {
  const isGreen = (color) => {
    const [r, g, b, a = 1] = (color.match(/[\\d.]+/g) ?? []).map(Number);
    return a > 0.05 && g > r * 1.25 && g > b * 1.15 && g > 60;
  };
  return [...document.querySelectorAll('body, body *')].filter((element) => {
    const style = getComputedStyle(element);
    return [style.color, style.backgroundColor, style.borderTopColor].some(isGreen);
  }).length;
})()`;

describe.skipIf(noBrowser !== null)(
  `a copy in a browser${noBrowser ? ` (skipped: ${noBrowser})` : ''}`,
  () => {
    describe.each(FORMS)('%s', (form) => {
      test.each(FILES.flatMap((file) => RUNS.map((run) => ({ file, ...run }))))(
        '$file loads nothing, has no violation that axe finds, nothing green, and does not scroll sideways, at $width px in $colorScheme',
        async ({ file, ...run }) => {
          const { page, requests, messages } = await open(form, file, run);
          if (SCREENSHOTS)
            await page.screenshot({
              path: `${SCREENSHOTS}/copy-${form}-${file.replace(/\W+/g, '-')}-${run.colorScheme}-${run.width}.png`,
              fullPage: true,
            });
          expect([requests, messages]).toEqual([[], []]);
          expect(
            await page.evaluate(
              'document.documentElement.scrollWidth > document.documentElement.clientWidth',
            ),
          ).toBe(false);
          expect(await page.evaluate(GREENS)).toBe(0);
          expect(
            await page.evaluate('document.scripts.length + document.forms.length + document.images.length'),
          ).toBe(0);
          expect(await page.locator('h1').count()).toBe(1);
          await page.evaluate(axe.source);
          const violations = await page.evaluate(async () => {
            const { axe } = globalThis as unknown as { axe: typeof import('axe-core') };
            return (await axe.run()).violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
          });
          expect(violations).toEqual([]);
          await page.context().close();
        },
      );
    });

    test('the image of a copy in the README has the text of the copy while the coordinator is silent', async () => {
      const { page } = await open('silent', 'index.html', { width: PICTURE.width });
      await expectPicture(page, PICTURE, { text: await visibleLines(page) });
      await page.context().close();
    });

    test('the link to the other language leads to the copy in that language, without a network', async () => {
      const { page } = await open('silent', 'index.html');
      await page.getByRole('link', { name: 'Deutsch' }).click();
      expect(await page.locator('html').getAttribute('lang')).toBe('de');
      expect(await page.locator('h1').textContent()).toBe('Keine aktuellen Daten');
      await page.context().close();
    });

    test('the test of colours finds the green of a state that is well', async () => {
      const { page } = await open('well', 'calm/index.html');
      await page.evaluate("document.querySelector('.known').className = 'banner good'");
      expect(await page.evaluate(GREENS)).toBeGreaterThan(0);
      await page.context().close();
    });
  },
);
