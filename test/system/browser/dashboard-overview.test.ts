// The overview and the pages of locations in a real browser: a new mesh and one with an outage, light and dark, wide and narrow.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Mesh, noBrowser } from './mesh.ts';
import { ADA, expectWellFormed, setUp, startDashboard, visit, WIDE_AND_NARROW } from './people.ts';

/** A folder for screenshots of every page. Unset: no screenshots. */
const SCREENSHOTS = process.env.SCREENSHOTS;

let mesh: Mesh;
let session: string | null;
beforeAll(async () => {
  if (noBrowser !== null) return;
  mesh = await startDashboard();
  session = await setUp(mesh, { person: ADA });
}, 180_000);
afterAll(() => mesh?.stop());

describe.skipIf(noBrowser !== null)(`in a browser${noBrowser ? ` (skipped: ${noBrowser})` : ''}`, () => {
  test.each(WIDE_AND_NARROW)(
    'the overview of a new mesh and the locations are accessible and fit at $width px in $colorScheme',
    async (run) => {
      const seen = await visit(mesh, '/dashboard', session, run);
      const { page } = seen;
      for (const [name, path] of [
        ['overview', '/dashboard'],
        ['locations', '/dashboard/locations'],
        ['location', '/dashboard/locations/aws%3Aeu-central-1'],
      ] as const) {
        await page.goto(mesh.url + path, { waitUntil: 'load' });
        if (SCREENSHOTS)
          await page.screenshot({
            path: `${SCREENSHOTS}/${name}-${run.colorScheme}-${run.width}.png`,
            fullPage: true,
          });
        await expectWellFormed(seen);
      }
      await seen.context.close();
    },
    120_000,
  );

  test('the overview leads to the first monitor, and hides its checklist until it is undone', async () => {
    const { page, context } = await visit(mesh, '/dashboard', session);
    const field = page.getByLabel('URL or host:port');
    expect(await field.count()).toBe(1);
    expect(await page.evaluate<string>("document.querySelector('.add-monitor').action")).toBe(
      `${mesh.url}/dashboard/monitors/_new`,
    );
    const checklist = page.getByRole('heading', { name: /^Set up the mesh/ });
    await page.getByRole('button', { name: 'Hide the checklist' }).click();
    await page.getByRole('button', { name: 'Undo' }).waitFor();
    expect(await checklist.count()).toBe(0);
    await page.getByRole('button', { name: 'Undo' }).click();
    await checklist.waitFor();
    await context.close();
  }, 120_000);

  test('the map shows a dot for each region, and the land behind it', async () => {
    const { page, context } = await visit(mesh, '/dashboard/locations', session);
    expect(await page.locator('.world .land .dot').count()).toBe(6);
    const mask = await page.evaluate<string>(
      "getComputedStyle(document.querySelector('.world .land'), '::before').maskImage",
    );
    expect(mask).toMatch(/\/assets\/dashboard\/world-\w+\.svg/);
    const svg = await page.request.get(/url\("([^"]+)"\)/.exec(mask)![1]!);
    expect(svg.headers()['content-type']).toContain('image/svg+xml');
    await context.close();
  }, 120_000);

  test('a name that an admin gives is shown at once', async () => {
    const { page, context } = await visit(mesh, '/dashboard/locations/aws%3Aeu-central-1', session);
    await page.getByLabel('Name', { exact: true }).fill('Main hall');
    await page.getByRole('button', { name: 'Save the name' }).click();
    await page.getByRole('heading', { level: 1, name: 'Main hall' }).waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('heading', { level: 1, name: 'Frankfurt' }).waitFor();
    await context.close();
  }, 120_000);
});
