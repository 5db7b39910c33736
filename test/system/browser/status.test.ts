import { mkdirSync } from 'node:fs';
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Mesh, noBrowser, open, RUNS, startMesh } from './mesh.ts';
import { SCENES } from './scenes.ts';

/** A folder for screenshots of every page. Unset: no screenshots. */
const SCREENSHOTS = process.env.SCREENSHOTS;

let mesh: Mesh;
beforeAll(async () => {
  if (noBrowser === null) mesh = await startMesh();
  if (SCREENSHOTS) mkdirSync(SCREENSHOTS, { recursive: true });
});
afterAll(() => mesh?.stop());

async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(axe.source);
  const violations = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: typeof import('axe-core') };
    // WCAG allows auto-refresh that the reader can turn off, which axe cannot detect.
    const results = await axe.run({ rules: { 'meta-refresh': { enabled: false } } });
    return results.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`);
  });
  expect(violations).toEqual([]);
}

const scrollsSideways = (page: Page): Promise<boolean> =>
  page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth');

describe.skipIf(noBrowser !== null)(`in a browser${noBrowser ? ` (skipped: ${noBrowser})` : ''}`, () => {
  describe.each(Object.keys(SCENES))('the scene %s', (name) => {
    beforeAll(() => mesh.play(SCENES[name] as object));

    test.each(RUNS)(
      'the status page is accessible, without sideways scrolling and console messages, at $width px in $colorScheme',
      async (run) => {
        const { page, messages } = await open(mesh, '/', run);
        if (SCREENSHOTS) {
          await page.screenshot({
            path: `${SCREENSHOTS}/${name}-${run.colorScheme}-${run.width}.png`,
            fullPage: true,
          });
        }
        expect(await page.title()).toMatch(/ – Service status$/);
        expect(await page.locator('h1').count()).toBe(1);
        expect(await page.locator('main, header, footer').count()).toBe(3);
        expect(await scrollsSideways(page)).toBe(false);
        await expectAccessible(page);
        expect(messages).toEqual([]);
        await page.context().close();
      },
    );
  });

  describe('the scene partial', () => {
    beforeAll(() => mesh.play(SCENES.partial as object));
    const run = { colorScheme: 'light', width: 1280 } as const;

    test('the first Tab key press focuses a visible skip link to the content', async () => {
      const { page } = await open(mesh, '/', run);
      await page.keyboard.press('Tab');
      const skip = page.locator('.skip:focus');
      expect(await skip.textContent()).toContain('Skip to content');
      expect((await skip.boundingBox())?.x).toBeGreaterThanOrEqual(0);
      await page.keyboard.press('Enter');
      expect(await page.evaluate('document.activeElement.id')).toBe('content');
      await page.context().close();
    });

    test('the status page refreshes itself until the reader turns auto-refresh off', async () => {
      const { page } = await open(mesh, '/', run);
      expect(await page.locator('meta[http-equiv=refresh]').getAttribute('content')).toBe('30');
      await page.getByRole('link', { name: 'Turn off auto-refresh' }).click();
      await page.waitForURL('**/?noRefresh');
      expect(await page.locator('meta[http-equiv=refresh]').count()).toBe(0);
      await page.context().close();
    });

    test('the status page shows markup in a name as text', async () => {
      const { page } = await open(mesh, '/', run);
      expect(await page.getByRole('heading', { name: '<b>Search</b> & find' }).count()).toBe(1);
      await page.context().close();
    });

    test.each(RUNS)(
      'the status page links to the page of an open incident, which is accessible at $width px in $colorScheme',
      async (wanted) => {
        const { page, messages } = await open(mesh, '/', wanted);
        await page.getByRole('link', { name: 'Web shop is down' }).click();
        await page.waitForURL('**/incidents/*');
        if (SCREENSHOTS) {
          await page.screenshot({
            path: `${SCREENSHOTS}/incident-${wanted.colorScheme}-${wanted.width}.png`,
            fullPage: true,
          });
        }
        expect(await page.locator('h1').textContent()).toBe('Web shop is down');
        expect(await scrollsSideways(page)).toBe(false);
        await expectAccessible(page);
        expect(messages).toEqual([]);
        await page.context().close();
      },
    );

    test('the status page shows the verdict of every service in words, not only in colour', async () => {
      const { page } = await open(mesh, '/', run);
      const words = await page.locator('.verdict').allTextContents();
      expect(words.sort()).toEqual([
        ...['Down', 'Operational', 'Operational', 'Operational', 'Partial outage', 'Paused', 'Pending'],
      ]);
      await page.context().close();
    });
  });
});
