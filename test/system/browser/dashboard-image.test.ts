// The README's image of the dashboard is of the present page. After a change of the page: npm run pictures
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ASSET_PATHS } from '../../../src/http/dashboard/asset-paths.ts';
import { type Mesh, noBrowser, startMesh } from './mesh.ts';
import { ADA, setUp, visit } from './people.ts';

const IMAGE = 'docs/dashboard-light.png';
/** What the image shows, without times: fonts differ between machines, so pixels are not compared. */
const SHOWN = 'test/system/browser/dashboard-image.json';
const WIDTH = 1_440;

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
    const seen = await visit(mesh, '/dashboard', session, { colorScheme: 'light', width: WIDTH });
    const text = await seen.page.evaluate('document.body.innerText');
    const lines = String(text)
      .replaceAll(/[A-Z][a-z]{2} \d{1,2}, \d{4}(, [\d:]+\s[AP]M)?|\d+ (s|min|h)\b|[\d:]{4,}\s?[AP]M/g, '…')
      .split('\n')
      .filter((line) => line.trim() !== '');
    if (process.env.UPDATE_IMAGES) {
      await seen.page.screenshot({ path: IMAGE, fullPage: true });
      writeFileSync(SHOWN, `${JSON.stringify({ style: ASSET_PATHS['dashboard.css'], lines }, null, 2)}\n`);
    }
    await seen.context.close();
    expect(JSON.parse(readFileSync(SHOWN, 'utf8')).lines).toEqual(lines);
    // Width of a PNG: RFC 2083, 11.2.1.
    expect(readFileSync(IMAGE).readUInt32BE(16)).toBe(WIDTH);
    expect(readFileSync('README.md', 'utf8')).toContain(`(${IMAGE})`);
  });
});
