// The README's image is of the present page. After a change of the page: npm run pictures
import { afterAll, beforeAll, describe, test } from 'vitest';
import { pageStylePath } from '../../../src/http/status-page/accent.ts';
import { expectPicture, visibleLines } from './image.ts';
import { type Mesh, noBrowser, open, startMesh } from './mesh.ts';
import { SCENES } from './scenes.ts';

const PICTURE = { image: 'status-light', shown: 'readme-image', width: 1_100 };

let mesh: Mesh;
beforeAll(async () => {
  if (noBrowser === null) mesh = await startMesh();
});
afterAll(() => mesh?.stop());

describe.skipIf(noBrowser !== null)(`in a browser${noBrowser ? ` (skipped: ${noBrowser})` : ''}`, () => {
  test('the image in the README has the text and the style of the page', async () => {
    await mesh.play(SCENES.readme as object);
    const { page } = await open(mesh, '/', { colorScheme: 'light', width: PICTURE.width });
    const shown = { style: pageStylePath(null), text: await visibleLines(page) };
    await expectPicture(page, PICTURE, shown);
    await page.context().close();
  });
});
