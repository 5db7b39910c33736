// Incidents and maintenances in a real browser: an incident from its page to the acknowledgement, to a published update that
// readers see, to its end; a recurring maintenance across a clock change. Light and dark, wide and narrow.
import { mkdirSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Mesh, noBrowser, startMesh } from './mesh.ts';
import { ADA, expectWellFormed, setUp, type Visit, visit, WIDE_AND_NARROW } from './people.ts';

/** A folder for screenshots of every page. Unset: no screenshots. */
const SCREENSHOTS = process.env.SCREENSHOTS;

const SHOP = {
  ...{ id: 'shop', name: 'Web shop', check: { type: 'tcp', host: 'shop.example.com', port: 443 } },
  ...{ intervalSeconds: 60, public: true, group: 'Shop', tags: { team: 'shop' } },
};

/** Each test looks at every page in four forms. */
const SLOW_MS = 300_000;

let mesh: Mesh;
beforeAll(async () => {
  if (noBrowser !== null) return;
  mesh = await startMesh({
    main: 'test/system/browser/incidents-worker.ts',
    vars: { ALLOW_LOOPBACK: 'true' },
  });
  if (SCREENSHOTS) mkdirSync(SCREENSHOTS, { recursive: true });
}, SLOW_MS);
afterAll(() => mesh?.stop());

async function shoot(page: Page, name: string): Promise<void> {
  if (SCREENSHOTS) await page.screenshot({ path: `${SCREENSHOTS}/${name}.png`, fullPage: true });
}

/** The page as it is, in light and dark, wide and narrow. */
async function look(seen: Visit, name: string): Promise<void> {
  for (const { colorScheme, width } of WIDE_AND_NARROW) {
    await seen.page.emulateMedia({ colorScheme });
    await seen.page.setViewportSize({ width, height: 900 });
    await shoot(seen.page, `${name}-${colorScheme}-${width}`);
    await expectWellFormed(seen);
  }
  await seen.page.setViewportSize({ width: 1440, height: 900 });
}

describe.skipIf(noBrowser !== null)(`in a browser${noBrowser ? ` (skipped: ${noBrowser})` : ''}`, () => {
  test(
    'an incident goes from its page to an acknowledgement, to an update that readers see, to its end',
    async () => {
      const session = await setUp(mesh, { person: ADA });
      await mesh.play({ monitors: [SHOP] });
      const seen = await visit(mesh, '/dashboard/incidents', session);
      const { page } = seen;
      await look(seen, 'incidents-empty');
      await mesh.play({ failing: { 1: 4 } });
      await page.reload();
      await look(seen, 'incidents');
      await page.getByRole('link', { name: 'Web shop' }).click();
      expect(await page.locator('h1').textContent()).toBe('Web shop is down at 4 of 6 locations');
      await look(seen, 'incident-open');

      await page.getByRole('button', { name: 'Acknowledge' }).click();
      await page.getByText('Acknowledged. Reminders and escalation stop.').waitFor();
      expect(await page.locator('[data-state="acknowledged"]').count()).toBeGreaterThan(0);
      await page.getByLabel('Comment for the team').fill('The disk of db-2 is full.');
      await page.getByRole('button', { name: 'Comment', exact: true }).click();
      await page.getByText('The disk of db-2 is full.').waitFor();

      await page.getByRole('link', { name: 'Publish an update' }).click();
      await page.getByLabel('Title').fill('Orders fail');
      await page.getByLabel('Text for readers').fill('Orders fail. **No money is lost.**');
      await page.getByRole('button', { name: 'Preview' }).click();
      expect(await page.locator('.prose strong').textContent()).toBe('No money is lost.');
      await page.getByLabel('Do not notify subscribers').check();
      await look(seen, 'incident-publish');
      await page.getByRole('button', { name: 'Publish', exact: true }).click();
      await page.getByText('Published. Readers see it now.').waitFor();
      await look(seen, 'incident-published');

      await page.getByRole('link', { name: 'See it as readers do' }).click();
      expect(await page.locator('h1').textContent()).toContain('Orders fail');
      expect(await page.locator('main').textContent()).toContain('No money is lost.');
      await page.goBack();

      await mesh.play({ failing: { 1: 0 } });
      await page.reload();
      await page.locator('h1', { hasText: 'Web shop was down' }).waitFor();
      await look(seen, 'incident-resolved');
      await page.getByRole('link', { name: 'Write an update' }).click();
      expect(await page.getByLabel('Status', { exact: true }).inputValue()).toBe('resolved');
      await page.getByLabel('Do not notify subscribers').check();
      await page.getByRole('button', { name: 'Publish', exact: true }).click();
      await page.getByText('Published. Readers see it now.').waitFor();
      await page.getByRole('link', { name: 'See it as readers do' }).click();
      // Browsers keep a page for 10 seconds.
      await page.reload();
      expect(await page.locator('main').textContent()).toContain('Resolved');
      await seen.context.close();
    },
    SLOW_MS,
  );

  test(
    'a recurring maintenance keeps its hour across a clock change, and a silence is undone',
    async () => {
      const session = await setUp(mesh, { person: ADA });
      const seen = await visit(mesh, '/dashboard/maintenance', session);
      const { page } = seen;
      await look(seen, 'maintenance-empty');
      await page.getByLabel('Time zone of this page').fill('Europe/Berlin');
      await page.getByRole('button', { name: 'Show', exact: true }).click();
      await page.getByRole('link', { name: 'Plan a maintenance' }).first().click();
      await page.getByLabel('Planned work').fill('Backup of the database');
      await page.getByLabel('Tags').fill('team:shop');
      await page.getByLabel('Recurring').check();
      // The last Sunday of March, when the clock goes forward, and the Sundays before and after it.
      await page.getByLabel('Starts at (cron)').fill('30 4 * 3,4 SUN');
      await page.getByRole('button', { name: 'Preview' }).click();
      await page.locator('.occurrences').first().waitFor();
      const dates = await page.locator('.occurrences time').allTextContents();
      expect(dates).toHaveLength(5);
      for (const date of dates) expect(date).toMatch(/^Sun .*, 04:30 (CET|CEST|GMT\+[12])$/);
      expect(await page.locator('.window-preview').textContent()).toContain('Web shop');
      await look(seen, 'maintenance-form');
      await page.getByRole('button', { name: 'Create the maintenance' }).click();
      await page.getByText('Maintenance created: Backup of the database.').waitFor();
      await look(seen, 'maintenance');
      await page.goto(`${mesh.url}/dashboard/maintenance?month=${/\d{4}/.exec(dates[0]!)![0]}-03`);
      await look(seen, 'maintenance-list');

      await page.goto(`${mesh.url}/dashboard/maintenance/silences?monitor=shop`);
      await page.getByRole('button', { name: '4 hours' }).click();
      await page.getByText(/^Silenced until/).waitFor();
      await look(seen, 'silences');
      await page.goto(`${mesh.url}/dashboard/maintenance/silences?monitor=shop`);
      await page.getByRole('button', { name: /^End now: / }).click();
      await page.getByText('Ended. Problems that persist are notified.').waitFor();
      await page.getByRole('button', { name: 'Undo' }).click();
      await page.getByText('It goes on as before.').waitFor();
      expect(await page.locator('main').textContent()).toContain('Active');
      await seen.context.close();
    },
    SLOW_MS,
  );
});
