// Words on the pages: none is broken that fits into its line or its cell, and no name makes a page scroll sideways.
import { mkdirSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Mesh, noBrowser, open, startMesh } from './mesh.ts';
import { SCENES } from './scenes.ts';

const SCREENSHOTS = process.env.SCREENSHOTS;
const WIDTHS = [380, 768, 1280];

let mesh: Mesh;
beforeAll(async () => {
  if (noBrowser === null) mesh = await startMesh();
  if (SCREENSHOTS) mkdirSync(SCREENSHOTS, { recursive: true });
});
afterAll(() => mesh?.stop());

/** Words of letters and digits that stand in more than one line, although one line of their block has room for them. */
const BROKEN_WORDS = String.raw`(() => {
  const broken = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    let block = node.parentElement;
    while (getComputedStyle(block).display.startsWith('inline')) block = block.parentElement;
    for (const { 0: word, index } of (node.textContent ?? '').matchAll(/[\p{L}\p{N}_]+/gu)) {
      if (/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u.test(word)) continue;
      const range = document.createRange();
      range.setStart(node, index);
      range.setEnd(node, index + word.length);
      const rects = [...range.getClientRects()].filter(({ width }) => width > 0);
      if (new Set(rects.map(({ top }) => Math.round(top))).size < 2) continue;
      const style = getComputedStyle(block);
      const room = block.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
      const width = rects.reduce((sum, rect) => sum + rect.width, 0);
      // A cell is as wide as its longest word.
      if (width <= room || block.matches('td, th')) broken.push(word + ' in ' + block.tagName);
    }
  }
  return broken;
})()`;

const brokenWords = (page: Page): Promise<string[]> => page.evaluate(BROKEN_WORDS);

const scrollsSideways = (page: Page): Promise<boolean> =>
  page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth');

async function expectWholeWords(path: string, width: number, name: string): Promise<void> {
  const { page } = await open(mesh, path, { colorScheme: 'light', width });
  expect(await brokenWords(page)).toEqual([]);
  expect(await scrollsSideways(page)).toBe(false);
  if (SCREENSHOTS) {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      const size = await page.evaluate('document.documentElement.scrollHeight');
      const clip = { x: 0, y: 0, width, height: Math.min(Number(size), 3_000) };
      await page.screenshot({
        path: `${SCREENSHOTS}/${name}-${width}-${colorScheme}.png`,
        clip,
        fullPage: true,
      });
    }
  }
  await page.context().close();
}

describe.skipIf(noBrowser !== null)(`in a browser${noBrowser ? ` (skipped: ${noBrowser})` : ''}`, () => {
  test('a broken word and a page that scrolls sideways are found', async () => {
    // Without the policy of our pages, which allows no style in the markup.
    const page = await mesh.browser.newPage({ viewport: { width: 380, height: 800 } });
    await page.setContent('<p style="width:8em;overflow-wrap:anywhere">a Donaudampfschiff</p>');
    expect(await brokenWords(page)).toEqual([]);
    await page.setContent(
      '<table style="width:4em"><td style="overflow-wrap:anywhere">Donaudampfschiff</table>',
    );
    expect(await brokenWords(page)).toEqual(['Donaudampfschiff in TD']);
    await page.setContent('<p style="width:12em;word-break:break-all">An outage of the Donaudampfschiff</p>');
    expect(await brokenWords(page)).toEqual(['Donaudampfschiff in P']);
    await page.setContent(`<p>${'x'.repeat(500)}</p>`);
    expect(await scrollsSideways(page)).toBe(true);
    await page.close();
  });

  describe.each(['names', 'partial', 'no data', 'maintenance'])('the scene %s', (scene) => {
    beforeAll(() => mesh.play(SCENES[scene] as object));

    test.each(WIDTHS)('no word of the status page is broken at %i px', (width) =>
      expectWholeWords('/', width, scene.replaceAll(' ', '-')),
    );

    // Of one scene: the page of an incident has the same words in all.
    if (scene === 'names')
      test.each(WIDTHS)('no word of the page of an incident is broken at %i px', async (width) => {
        const { page } = await open(mesh, '/', { colorScheme: 'light', width });
        const link = await page.locator('.cards h3 a').first().getAttribute('href');
        await page.context().close();
        await expectWholeWords(link!, width, 'incident');
      });
  });

  test.each(WIDTHS)('no word of the reference is broken at %i px', (width) =>
    expectWholeWords('/api/v1/docs', width, 'reference'),
  );
});
