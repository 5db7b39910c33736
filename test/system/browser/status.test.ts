import { mkdirSync } from 'node:fs';
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Mesh, noBrowser, open, RUNS, startMesh } from './mesh.ts';
import { SCENES } from './scenes.ts';

/** Set to keep pictures of everything that is looked at. */
const PICTURES = process.env.PICTURES;

let mesh: Mesh;
beforeAll(async () => {
  if (noBrowser === null) mesh = await startMesh();
  if (PICTURES) mkdirSync(PICTURES, { recursive: true });
});
afterAll(() => mesh?.stop());

async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(axe.source);
  const violations = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: typeof import('axe-core') };
    // A page that renews itself is allowed where the reader can stop it, which axe cannot see.
    const results = await axe.run({ rules: { 'meta-refresh': { enabled: false } } });
    return results.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`);
  });
  expect(violations).toEqual([]);
}

const scrollsSideways = (page: Page): Promise<boolean> =>
  page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth');

describe.skipIf(noBrowser !== null)(`in a browser${noBrowser ? ` (skipped: ${noBrowser})` : ''}`, () => {
  describe.each(Object.keys(SCENES))('the status page, %s,', (name) => {
    beforeAll(() => mesh.play(SCENES[name] as object));

    test.each(RUNS)('is sound at $width px in $colorScheme', async (run) => {
      const { page, complaints } = await open(mesh, '/', run);
      if (PICTURES) {
        await page.screenshot({
          path: `${PICTURES}/${name}-${run.colorScheme}-${run.width}.png`,
          fullPage: true,
        });
      }
      expect(await page.title()).toMatch(/ – Service status$/);
      expect(await page.locator('h1').count()).toBe(1);
      expect(await page.locator('main, header, footer').count()).toBe(3);
      expect(await scrollsSideways(page)).toBe(false);
      await expectAccessible(page);
      expect(complaints).toEqual([]);
      await page.context().close();
    });
  });

  describe('the way in', () => {
    beforeAll(() => mesh.play(SCENES.disrupted as object));
    const run = { colorScheme: 'light', width: 1280 } as const;

    test('the first Tab reaches a visible skip link, and it leads to the content', async () => {
      const { page } = await open(mesh, '/', run);
      await page.keyboard.press('Tab');
      const skip = page.locator('.skip:focus');
      expect(await skip.textContent()).toContain('Skip to the content');
      expect((await skip.boundingBox())?.x).toBeGreaterThanOrEqual(0);
      await page.keyboard.press('Enter');
      expect(await page.evaluate('document.activeElement.id')).toBe('content');
      await page.context().close();
    });

    test('the page renews itself until the reader asks it to stand still', async () => {
      const { page } = await open(mesh, '/', run);
      expect(await page.locator('meta[http-equiv=refresh]').getAttribute('content')).toBe('30');
      await page.getByRole('link', { name: 'Keep it still' }).click();
      await page.waitForURL('**/?still');
      expect(await page.locator('meta[http-equiv=refresh]').count()).toBe(0);
      await page.context().close();
    });

    test('markup in a name is shown as typed', async () => {
      const { page } = await open(mesh, '/', run);
      expect(await page.getByRole('heading', { name: '<b>Search</b> & find' }).count()).toBe(1);
      await page.context().close();
    });

    test.each(RUNS)(
      'an open incident leads to its page, sound at $width px in $colorScheme',
      async (wanted) => {
        const { page, complaints } = await open(mesh, '/', wanted);
        await page.getByRole('link', { name: 'Web shop is down' }).click();
        await page.waitForURL('**/incidents/*');
        if (PICTURES) {
          await page.screenshot({
            path: `${PICTURES}/incident-${wanted.colorScheme}-${wanted.width}.png`,
            fullPage: true,
          });
        }
        expect(await page.locator('h1').textContent()).toBe('Web shop is down');
        expect(await scrollsSideways(page)).toBe(false);
        await expectAccessible(page);
        expect(complaints).toEqual([]);
        await page.context().close();
      },
    );

    test('colours are never alone: every service says its verdict in words', async () => {
      const { page } = await open(mesh, '/', run);
      const words = await page.locator('.verdict').allTextContents();
      expect(words.sort()).toEqual(['Down', 'Partly down', 'Paused', 'Up', 'Up', 'Up', 'Waiting']);
      await page.context().close();
    });
  });
});
