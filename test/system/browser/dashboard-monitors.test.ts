// The list of monitors in a real browser: it fits in light and dark, wide and narrow, and 50 monitors are changed at once.
import { mkdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Mesh, noBrowser } from './mesh.ts';
import { ADA, expectWellFormed, setUp, startDashboard, visit, WIDE_AND_NARROW } from './people.ts';

/** A folder for screenshots of every page. Unset: no screenshots. */
const SCREENSHOTS = process.env.SCREENSHOTS;
const LIST = '/dashboard/monitors';
const LONG = 'a-host-with-a-very-long-name-that-nobody-would-type.internal.eu-central-1.example.com';

let mesh: Mesh;
let session: string | null;
const api = async (method: string, path: string, body?: object): Promise<unknown> => {
  const answer = await fetch(new URL(path, mesh.url), {
    method,
    headers: { authorization: 'Bearer test-token', 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
  return answer.json();
};

beforeAll(async () => {
  if (noBrowser !== null) return;
  mesh = await startDashboard();
  if (SCREENSHOTS) mkdirSync(SCREENSHOTS, { recursive: true });
  const monitors = Array.from({ length: 50 }, (_, index) => ({
    ...{ id: `service-${index}`, name: `Service ${index} of the shop`, intervalSeconds: 60 },
    check: { type: 'tcp', host: index === 0 ? LONG : `service-${index}.example.com`, port: 443 },
    ...{ group: index % 2 === 0 ? 'Shop' : 'Payments', tags: { team: 'shop', stage: 'production' } },
  }));
  await api('PUT', '/api/v1/configuration', { monitors });
  session = await setUp(mesh, { person: ADA });
}, 120_000);
afterAll(() => mesh?.stop());

const paused = async (): Promise<number> => {
  const { monitors } = (await api('GET', '/api/v1/monitors')) as { monitors: { paused: boolean }[] };
  return monitors.filter((monitor) => monitor.paused).length;
};

describe.skipIf(noBrowser !== null)(`in a browser${noBrowser ? ` (skipped: ${noBrowser})` : ''}`, () => {
  test.each(WIDE_AND_NARROW)(
    'the list and a preview fit at $width px in $colorScheme',
    async (run) => {
      const suffix = `${run.colorScheme}-${run.width}`;
      const seen = await visit(mesh, LIST, session, run);
      if (SCREENSHOTS)
        await seen.page.screenshot({ path: `${SCREENSHOTS}/monitors-${suffix}.png`, fullPage: true });
      expect(await seen.page.locator('tbody tr').count()).toBe(50);
      await expectWellFormed(seen);
      await seen.page.goto(`${mesh.url}${LIST}/_bulk?scope=all&action=addTags&tags=stage:test&preview=yes`);
      if (SCREENSHOTS)
        await seen.page.screenshot({ path: `${SCREENSHOTS}/bulk-${suffix}.png`, fullPage: true });
      await expectWellFormed(seen);
      await seen.context.close();
    },
    120_000,
  );

  test('50 ticked monitors are paused after a preview, and an undo resumes them', async () => {
    const { page, context, messages } = await visit(mesh, LIST, session);
    for (const box of await page.locator('tbody input[type=checkbox]').all()) await box.check();
    await page.getByRole('button', { name: 'Pause…' }).click();
    await page.getByRole('heading', { name: 'What changes: 50 monitors' }).waitFor();
    expect(await paused()).toBe(0);
    await page.getByRole('button', { name: 'Pause: apply to 50 monitors' }).click();
    await page.getByText('50 monitors paused.').waitFor();
    expect(await paused()).toBe(50);
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('50 monitors are as before.').waitFor();
    expect(await paused()).toBe(0);
    expect(messages).toEqual([]);
    await context.close();
  }, 120_000);

  test('filters, saved views and changes work without script', async () => {
    const context = await mesh.browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(`${mesh.url}/test/cookie?token=${session}`);
    await page.goto(mesh.url + LIST);
    await page.getByLabel('Group').selectOption('Payments');
    await page.getByRole('button', { name: 'Filter' }).click();
    await page.waitForURL(/group=Payments/);
    expect(await page.locator('tbody tr').count()).toBe(25);
    await page.getByText('Save as a view').click();
    await page.getByLabel('Name').fill('All payments');
    await page.getByRole('button', { name: 'Save the view' }).click();
    expect(await page.getByRole('link', { name: 'All payments' }).getAttribute('aria-current')).toBe('page');
    await page.getByLabel('Which monitors').selectOption('all');
    await page.getByRole('button', { name: 'Edit…' }).click();
    await page.getByLabel('Tags').fill('stage:test');
    await page.getByRole('button', { name: 'Preview' }).last().click();
    await page.getByRole('button', { name: 'Add tags: apply to 25 monitors' }).click();
    await page.getByText('25 monitors changed.').waitFor();
    await context.close();
  }, 120_000);
});
