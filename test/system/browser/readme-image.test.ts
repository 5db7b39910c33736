// The README's image is of the present page. After a change of the page: npm run pictures
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pageStylePath } from '../../../src/http/status-page/accent.ts';
import { type Mesh, noBrowser, open, startMesh } from './mesh.ts';
import { SCENES } from './scenes.ts';

const IMAGE = 'docs/status-light.png';
/** What the image shows: fonts differ between machines, so pixels are not compared. */
const SHOWN = 'test/system/browser/readme-image.json';
const WIDTH = 1_100;

let mesh: Mesh;
beforeAll(async () => {
  if (noBrowser === null) mesh = await startMesh();
});
afterAll(() => mesh?.stop());

describe.skipIf(noBrowser !== null)(`in a browser${noBrowser ? ` (skipped: ${noBrowser})` : ''}`, () => {
  test('the image in the README has the text and the style of the page', async () => {
    await mesh.play(SCENES.readme as object);
    const { page } = await open(mesh, '/', { colorScheme: 'light', width: WIDTH });
    const text = await page.evaluate('document.body.innerText');
    const shown = {
      style: pageStylePath(null),
      text: String(text)
        .split('\n')
        .filter((line) => line.trim() !== ''),
    };
    if (process.env.UPDATE_IMAGES) {
      await page.screenshot({ path: IMAGE, fullPage: true });
      writeFileSync(SHOWN, `${JSON.stringify(shown, null, 2)}\n`);
    }
    await page.context().close();
    expect(JSON.parse(readFileSync(SHOWN, 'utf8'))).toEqual(shown);
    // Width and height of a PNG: RFC 2083, 11.2.1.
    expect(readFileSync(IMAGE).readUInt32BE(16)).toBe(WIDTH);
    expect(readFileSync('README.md', 'utf8')).toContain(`(${IMAGE})`);
  });
});
