// Heartbeats in a real browser: added, pinged, seen, late, and acknowledged; with and without script; light and dark, wide and
// narrow.
import { mkdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Mesh, noBrowser, startMesh } from './mesh.ts';
import { ADA, expectWellFormed, setUp, visit, WIDE_AND_NARROW } from './people.ts';

/** A folder for screenshots of every page. Unset: no screenshots. */
const SCREENSHOTS = process.env.SCREENSHOTS;
const NEW = '/dashboard/monitors/_new?type=heartbeat';
const PAGE = '/dashboard/monitors/nightly-backup';
/** live.ts asks every 10 s. */
const LIVE = { timeout: 25_000 };

let mesh: Mesh;
let session: string | null = null;
beforeAll(async () => {
  if (noBrowser !== null) return;
  if (SCREENSHOTS) mkdirSync(SCREENSHOTS, { recursive: true });
  mesh = await startMesh({
    main: 'test/system/browser/heartbeats-worker.ts',
    vars: { ALLOW_LOOPBACK: 'true' },
  });
  session = await setUp(mesh, { person: ADA });
});
afterAll(() => mesh?.stop());

const pass = async (ms: number): Promise<void> => {
  const answer = await fetch(new URL(`/test/pass?ms=${ms}`, mesh.url), { method: 'POST' });
  if (!answer.ok) throw new Error(await answer.text());
};
const ping = async (address: string, action = '', body = ''): Promise<void> => {
  const { pathname } = new URL(address);
  const answer = await fetch(new URL(`${pathname}${action}`, mesh.url), { method: 'POST', body });
  expect(answer.status).toBe(200);
};

describe.skipIf(noBrowser !== null)(`in a browser${noBrowser ? ` (skipped: ${noBrowser})` : ''}`, () => {
  let address = '';

  test('a heartbeat is added, its first ping is seen, it is late without the next one, and somebody takes it', async () => {
    const seen = await visit(mesh, '/dashboard/monitors/_new', session);
    const { page, context } = seen;
    await page.getByRole('link', { name: 'Add a heartbeat' }).click();
    await page.getByLabel('Name', { exact: true }).fill('Nightly backup');
    // The times follow what is typed.
    await page.getByLabel('At set times, by a cron expression').check();
    await page.getByRole('textbox', { name: 'Cron expression' }).fill('0 3 * * *');
    await page.getByRole('combobox', { name: 'Time zone' }).fill('Europe/Berlin');
    await page.getByText('03:00 in Europe/Berlin').first().waitFor();
    expect(await page.locator('.due-times li').count()).toBe(5);
    expect(await page.getByLabel('At least one ping every').isVisible()).toBe(false);
    await page.getByLabel('Every so often').check();
    await page.getByLabel('At least one ping every').selectOption('30');
    await page.getByLabel('Grace', { exact: true }).selectOption('30');
    await page.locator('.actions').getByRole('button', { name: 'Add the monitor' }).click();

    await page.getByText('Waiting for the first ping.').waitFor();
    address = await page.getByLabel('The job calls this address').inputValue();
    expect(address).toMatch(/^https:\/\/status\.test\/ping\/[\w-]{24}$/);
    await page.getByRole('button', { name: 'Copy the address' }).click();
    await page.getByText(/^(Copied|Selected: press Ctrl\+C)$/).waitFor();
    expect(await page.locator('pre', { hasText: address }).count()).toBeGreaterThan(5);
    await ping(address, '/start?rid=one');
    await ping(address, '/0?rid=one', '1,204 files saved');
    await page.getByText('Ping received').waitFor(LIVE);

    await pass(31_000);
    await page.getByRole('link', { name: 'Go to the monitor' }).click();
    await page.locator('.why [data-state="up"]').waitFor();
    expect(await page.locator('.pings-table tbody tr').count()).toBe(2);
    await pass(90_000);
    // The page changes by itself.
    await expect
      .poll(
        async () => {
          await pass(31_000);
          return page.locator('.why [data-state="down"]').count();
        },
        { timeout: 60_000, interval: 2_000 },
      )
      .toBe(1);
    await page.getByText('Late for').waitFor();
    await page.getByRole('link', { name: /^Down for/ }).click();
    await page.getByRole('heading', { name: 'What the job reported' }).waitFor();
    await page.getByRole('button', { name: 'Acknowledge' }).click();
    await page.getByText('Acknowledged by').waitFor();
    expect(seen.messages).toEqual([]);

    await ping(address, '/3?rid=two', 'pg_dump: disk full');
    await pass(31_000);
    await context.close();
  }, 180_000);

  test('without script, the address can be read, the form shows when it is due, and tables have the figures', async () => {
    const context = await mesh.browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(`${mesh.url}/test/cookie?token=${session}`);
    await page.goto(mesh.url + NEW);
    await page.getByLabel('Name', { exact: true }).fill('Weekly');
    await page.getByLabel('At set times, by a cron expression').check();
    await page.getByRole('textbox', { name: 'Cron expression' }).fill('0 4 * * 1');
    await page.getByRole('button', { name: 'Show when it is due' }).click();
    expect(await page.locator('.due-times li').count()).toBe(5);
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('Weekly');
    await page.goto(`${mesh.url}${PAGE}/ping-address`);
    expect(await page.getByLabel('The job calls this address').inputValue()).toBe(address);
    await page.goto(mesh.url + PAGE);
    expect(await page.getByRole('table').count()).toBeGreaterThanOrEqual(2);
    await page.getByText('pg_dump: disk full').waitFor({ state: 'attached' });
    await context.close();
  }, 60_000);

  test.each(WIDE_AND_NARROW)(
    'at $width px in $colorScheme, each page is accessible and fits',
    async (run) => {
      const paths = [NEW, '/dashboard/monitors/_new', PAGE, `${PAGE}?range=30d`];
      for (const path of [...paths, `${PAGE}/ping-address`, `${PAGE}/pings`, `${PAGE}/rotate-key`]) {
        const seen = await visit(mesh, path, session, run);
        if (SCREENSHOTS) {
          const name = `heartbeat${path.slice('/dashboard/monitors'.length).replace(/\W+/g, '-')}`;
          await seen.page.screenshot({
            path: `${SCREENSHOTS}/${name}-${run.colorScheme}-${run.width}.png`,
            fullPage: true,
          });
        }
        await expectWellFormed(seen);
        await seen.context.close();
      }
    },
    120_000,
  );
});
