// The page of a report in a real browser: light and dark, wide and narrow, with long and hostile names, and in print.
import { mkdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Mesh, noBrowser } from './mesh.ts';
import { ADA, expectWellFormed, setUp, startDashboard, visit, WIDE_AND_NARROW } from './people.ts';

/** A folder for screenshots of every page. Unset: no screenshots. */
const SCREENSHOTS = process.env.SCREENSHOTS;

const NAMES = ['Web shop', `${'Checkout-'.repeat(13)}end`, 'خدمة الدفع', '🛒 <b>cart</b>'];

let mesh: Mesh;
beforeAll(async () => {
  if (noBrowser === null) mesh = await startDashboard();
  if (SCREENSHOTS) mkdirSync(SCREENSHOTS, { recursive: true });
});
afterAll(() => mesh?.stop());

/** As the page of the person would send it. */
async function createMonitors(cookie: string): Promise<void> {
  const page = await (await fetch(new URL('/dashboard/account', mesh.url), { headers: { cookie } })).text();
  const csrf = /name="csrf" value="([^"]+)"/.exec(page)?.[1] ?? '';
  for (const [index, name] of NAMES.entries()) {
    const monitor = { id: `m-${index}`, name, group: 'Checkout', sloTarget: 99.9, intervalSeconds: 60 };
    await fetch(new URL('/api/v1/monitors', mesh.url), {
      method: 'POST',
      headers: { cookie, origin: mesh.url, 'x-csrf-token': csrf, 'content-type': 'application/json' },
      body: JSON.stringify({ ...monitor, check: { type: 'tcp', host: 'shop.example.com', port: 443 } }),
    });
  }
}

describe.skipIf(noBrowser !== null)(`in a browser${noBrowser ? ` (skipped: ${noBrowser})` : ''}`, () => {
  test.each(WIDE_AND_NARROW)(
    'the page of a report at $width px in $colorScheme is accessible, fits and prints',
    async (run) => {
      const session = await setUp(mesh, { person: ADA });
      await createMonitors(`__Host-probemesh-session=${session}`);
      const seen = await visit(mesh, '/dashboard/reports', session, run);
      const { page } = seen;
      const rows = await page.locator('section[aria-labelledby=monitors] tbody th').allInnerTexts();
      expect(rows.toSorted()).toEqual(NAMES.toSorted());
      await expectWellFormed(seen);
      if (SCREENSHOTS)
        await page.screenshot({
          path: `${SCREENSHOTS}/report-${run.colorScheme}-${run.width}.png`,
          fullPage: true,
        });
      await page.getByText('Period and monitors').click();
      await page.getByLabel('Time zone').fill('Mars/Olympus');
      await page.getByRole('button', { name: 'Show' }).click();
      expect(await page.locator('.field .error').textContent()).toContain('Unknown time zone');
      seen.messages.length = 0;
      await expectWellFormed(seen);
      await page.goto(`${mesh.url}/dashboard/reports?period=year`);
      await page.emulateMedia({ media: 'print' });
      expect(await page.locator('nav.sections').isVisible()).toBe(false);
      expect(await page.getByText('Uptime is 1 − down').isVisible()).toBe(true);
      await seen.context.close();
    },
  );
});
