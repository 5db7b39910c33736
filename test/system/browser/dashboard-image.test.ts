// The README's image of the dashboard is of the present page. After a change of the page: npm run pictures
import { afterAll, beforeAll, describe, test } from 'vitest';
import { expectPicture, visibleLines } from './image.ts';
import { type Mesh, noBrowser, startMesh } from './mesh.ts';
import { ADA, setUp, visit } from './people.ts';

const PICTURE = { image: 'dashboard-light', shown: 'dashboard-image', width: 1_440 };
const TIMES = /[A-Z][a-z]{2} \d{1,2}, \d{4}(, [\d:]+\s[AP]M)?|\d+ (s|min|h)\b|[\d:]{4,}\s?[AP]M/g;

const MONITORS = [
  ['Web shop', 'Shop'],
  ['Checkout', 'Shop'],
  ['Mail server', 'Communication'],
  ['Chat server', 'Communication'],
].map(([name, group], index) => ({
  ...{ name, group, intervalSeconds: 60, public: true },
  check: { type: 'tcp', host: `service-${index}.example.com`, port: 443 },
}));

let mesh: Mesh;
beforeAll(async () => {
  if (noBrowser === null)
    mesh = await startMesh({
      main: 'test/system/browser/incidents-worker.ts',
      vars: { ALLOW_LOOPBACK: 'true' },
    });
}, 120_000);
afterAll(() => mesh?.stop());

describe.skipIf(noBrowser !== null)(`in a browser${noBrowser ? ` (skipped: ${noBrowser})` : ''}`, () => {
  test('the image of the dashboard in the README has the text of the page', async () => {
    const session = await setUp(mesh, { person: ADA });
    await mesh.play({ monitors: MONITORS });
    // The second monitor goes down, the third fails at two locations.
    await mesh.play({ failing: { 1: 0, 2: 6, 3: 2, 4: 0 } });
    const seen = await visit(mesh, '/dashboard', session, { colorScheme: 'light', width: PICTURE.width });
    const lines = (await visibleLines(seen.page)).map((line) => line.replaceAll(TIMES, '…'));
    await expectPicture(seen.page, PICTURE, { lines });
    await seen.context.close();
  });
});
