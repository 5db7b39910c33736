// The page of a monitor in a real browser: light and dark, wide and narrow, and its buttons with their undo.
import { mkdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Mesh, noBrowser } from './mesh.ts';
import { ADA, expectWellFormed, setUp, startDashboard, visit, WIDE_AND_NARROW } from './people.ts';

/** A folder for screenshots of every page. Unset: no screenshots. */
const SCREENSHOTS = process.env.SCREENSHOTS;
const PATH = '/dashboard/monitors/web-shop';

let mesh: Mesh;
let session: string | null = null;
beforeAll(async () => {
  if (noBrowser !== null) return;
  if (SCREENSHOTS) mkdirSync(SCREENSHOTS, { recursive: true });
  mesh = await startDashboard();
  session = await setUp(mesh, { person: ADA });
  const created = await fetch(new URL('/api/v1/monitors', mesh.url), {
    method: 'POST',
    headers: { authorization: 'Bearer test-token', 'content-type': 'application/json' },
    body: JSON.stringify({
      id: 'web-shop',
      intervalSeconds: 60,
      name: 'Web shop with a name that is long enough to need a second line on a telephone',
      check: { type: 'http', url: 'https://shop.example.com/a/very/long/path/that/has/to/break/somewhere' },
      tags: { team: 'shop', tier: 'one' },
      group: 'Checkout',
      sloTarget: 99.9,
      description: 'Sells things.\nAsk the shop team.',
      runbookUrl: 'https://wiki.example.com/runbooks/web-shop',
    }),
  });
  if (created.status !== 201) throw new Error(await created.text());
});
afterAll(() => mesh?.stop());

describe.skipIf(noBrowser !== null)(`in a browser${noBrowser ? ` (skipped: ${noBrowser})` : ''}`, () => {
  test.each(WIDE_AND_NARROW)(
    'at $width px in $colorScheme, each page is accessible and fits',
    async (run) => {
      for (const page of ['', '?range=90d', '/history', '/check']) {
        const seen = await visit(mesh, `${PATH}${page}`, session, run);
        if (SCREENSHOTS) {
          const name = `monitor${page.replace(/\W+/g, '-')}-${run.colorScheme}-${run.width}`;
          await seen.page.screenshot({ path: `${SCREENSHOTS}/${name}.png`, fullPage: true });
        }
        await expectWellFormed(seen);
        await seen.context.close();
      }
    },
  );

  test('a monitor is paused, and the undo resumes it', async () => {
    const { page, context } = await visit(mesh, PATH, session);
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('Paused: no location checks it.', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('Resumed: all locations check it now.').waitFor();
    expect(await page.getByRole('button', { name: 'Pause' }).count()).toBe(1);
    await context.close();
  });
});
