// Owns the comparison of a picture of the README with the page that it shows. `npm run pictures` makes both again.
import { readFileSync, writeFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

interface Picture {
  /** Its file in `docs`, and the file of what it shows beside the test, without their ends. */
  readonly image: string;
  readonly shown: string;
  readonly width: number;
  /** How much of a long page it shows, in px. Undefined: all of it. */
  readonly height?: number;
}

/** The lines of text that a person sees on the page. */
export async function visibleLines(page: Page): Promise<string[]> {
  const text = String(await page.evaluate('document.body.innerText'));
  return text.split('\n').filter((line) => line.trim() !== '');
}

/** Compares what the page shows, not pixels: fonts differ between machines. */
export async function expectPicture(page: Page, { image, shown, width, height }: Picture, content: object) {
  const picture = `docs/${image}.png`;
  const contentFile = `test/system/browser/${shown}.json`;
  if (process.env.UPDATE_IMAGES) {
    const part = height === undefined ? {} : { clip: { x: 0, y: 0, width, height } };
    await page.screenshot({ path: picture, fullPage: true, ...part });
    writeFileSync(contentFile, `${JSON.stringify(content, null, 2)}\n`);
  }
  expect(JSON.parse(readFileSync(contentFile, 'utf8'))).toEqual(content);
  // Width of a PNG: RFC 2083, 11.2.1.
  expect(readFileSync(picture).readUInt32BE(16)).toBe(width);
  expect(readFileSync('README.md', 'utf8')).toContain(`(${picture})`);
}
