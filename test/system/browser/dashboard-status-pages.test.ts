// The editor of a status page in a real browser: the preview follows what is typed, works without script, and runs nothing.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Mesh, noBrowser } from './mesh.ts';
import { ADA, expectWellFormed, setUp, startDashboard, visit, WIDE_AND_NARROW } from './people.ts';

let mesh: Mesh;
let token: string | null;
beforeAll(async () => {
  if (noBrowser !== null) return;
  mesh = await startDashboard();
  token = await setUp(mesh, { person: ADA });
});
afterAll(() => mesh?.stop());

const NEW = '/dashboard/status-pages/_new';
const HOSTILE = '<img src=x onerror=alert(1)>';

describe.skipIf(noBrowser !== null)(`in a browser${noBrowser ? ` (skipped: ${noBrowser})` : ''}`, () => {
  test.each(WIDE_AND_NARROW)('the pages are accessible and fit at $width px in $colorScheme', async (run) => {
    const paths = ['status-pages', 'status-pages/default', 'public-incidents', 'public-incidents/_new'];
    const more = ['announcements/_new', 'update-templates/_new', 'subscribers', 'report-schedules/_new'];
    for (const path of [...paths, ...more]) {
      const seen = await visit(mesh, `/dashboard/${path}`, token, run);
      await expectWellFormed(seen);
      await seen.context.close();
    }
  });

  test('the preview follows what is typed, and hostile words run nothing in it', async () => {
    const { page, context } = await visit(mesh, NEW, token, WIDE_AND_NARROW[0]!);
    const dialogs: string[] = [];
    page.on('dialog', (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
    const length = await page.evaluate<number>('history.length');
    await page.getByLabel('Title', { exact: true }).fill(`Shop ${HOSTILE}`);
    const frame = page.frameLocator('.page-preview iframe:not(.loading)');
    await frame.getByText(`Shop ${HOSTILE}`).first().waitFor();
    // A link of the preview leads nowhere, and typing makes no entry in the history.
    await frame.getByText(`Shop ${HOSTILE}`).first().click();
    await frame.getByText(`Shop ${HOSTILE}`).first().waitFor();
    expect([page.url().endsWith(NEW), context.pages().length, dialogs]).toEqual([true, 1, []]);
    expect(await page.evaluate<number>('history.length')).toBe(length);
    await context.close();
  });

  test('without script, a button shows the preview, and rows are added', async () => {
    const context = await mesh.browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(`${mesh.url}/test/cookie?token=${token}`);
    await page.goto(mesh.url + NEW);
    await page.getByLabel('Title', { exact: true }).fill('Plain page');
    await page.getByRole('button', { name: 'Preview' }).click();
    await page.frameLocator('.page-preview iframe').getByText('Plain page').first().waitFor();
    await page.getByRole('button', { name: 'Add a row to Links' }).click();
    await page.getByLabel('Text').first().waitFor();
    expect(await page.getByLabel('Title', { exact: true }).inputValue()).toBe('Plain page');
    await context.close();
  });
});
