// The pages of people who sign in, in a real browser: every page in light and dark, wide and narrow, and by keyboard.
import { mkdirSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Mesh, noBrowser } from './mesh.ts';
import {
  ADA,
  expectWellFormed,
  setUp,
  startDashboard,
  type Visit,
  visit,
  WIDE_AND_NARROW,
} from './people.ts';

/** A folder for screenshots of every page. Unset: no screenshots. */
const SCREENSHOTS = process.env.SCREENSHOTS;

const CHROME_ON_ANDROID =
  'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0 Mobile Safari/537.36';
const SAFARI =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1';

let mesh: Mesh;
beforeAll(async () => {
  if (noBrowser === null) mesh = await startDashboard();
  if (SCREENSHOTS) mkdirSync(SCREENSHOTS, { recursive: true });
});
afterAll(() => mesh?.stop());

async function shoot(page: Page, name: string): Promise<void> {
  if (SCREENSHOTS) await page.screenshot({ path: `${SCREENSHOTS}/${name}.png`, fullPage: true });
}

/** Fills the form of a new key and submits it. */
async function createKey({ page }: Visit, name: string): Promise<void> {
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Role').selectOption('editor');
  await page.getByLabel('Restricted to tags').fill('team:shop');
  await page.getByRole('button', { name: 'Create the key' }).click();
}

async function invite({ page }: Visit, name: string, username: string): Promise<void> {
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('Username').fill(username);
  await page.getByRole('button', { name: 'Create the invitation' }).click();
}

describe.skipIf(noBrowser !== null)(`in a browser${noBrowser ? ` (skipped: ${noBrowser})` : ''}`, () => {
  describe.each(WIDE_AND_NARROW)('at $width px in $colorScheme', (run) => {
    const suffix = `${run.colorScheme}-${run.width}`;

    test('the sign-in page with every way to sign in is accessible and fits', async () => {
      await setUp(mesh, { localAccount: true, providers: ['Acme', 'Partner'] });
      const seen = await visit(mesh, '/sign-in', null, run);
      await shoot(seen.page, `sign-in-${suffix}`);
      expect(await seen.page.getByRole('link', { name: /^Sign in with/ }).count()).toBe(2);
      await expectWellFormed(seen);
      await seen.context.close();
    });

    test('the sign-in page without any way says how to set up the mesh', async () => {
      await setUp(mesh, {});
      const seen = await visit(mesh, '/sign-in', null, run);
      await shoot(seen.page, `sign-in-empty-${suffix}`);
      expect(await seen.page.locator('main').textContent()).toContain('npm start');
      await expectWellFormed(seen);
      await seen.context.close();
    });

    test('the page after a sign-out is accessible and fits', async () => {
      const seen = await visit(mesh, '/signed-out', null, run);
      await shoot(seen.page, `signed-out-${suffix}`);
      await expectWellFormed(seen);
      await seen.context.close();
    });

    test('the account page with several sessions is accessible and fits', async () => {
      const session = await setUp(mesh, {
        person: ADA,
        userAgents: [CHROME_ON_ANDROID, SAFARI, 'curl/8.14.1'],
      });
      const seen = await visit(mesh, '/dashboard/account', session, run);
      await shoot(seen.page, `account-${suffix}`);
      expect(await seen.page.getByRole('button', { name: /^Revoke the session/ }).count()).toBe(2);
      await expectWellFormed(seen);
      await seen.context.close();
    });

    test('the pages of API keys are accessible and fit: list, new secret, refusal, one key', async () => {
      const session = await setUp(mesh, { person: ADA });
      const seen = await visit(mesh, '/dashboard/keys', session, run);
      await shoot(seen.page, `keys-empty-${suffix}`);
      await expectWellFormed(seen);
      await createKey(seen, 'Deployment of the web shop and everything else that belongs to it');
      await shoot(seen.page, `key-created-${suffix}`);
      expect(await seen.page.locator('.once').textContent()).toMatch(/^pm_[A-Za-z0-9]{43}$/);
      await expectWellFormed(seen);
      await seen.page.getByRole('link', { name: 'API keys', exact: true }).click();
      await shoot(seen.page, `keys-${suffix}`);
      await expectWellFormed(seen);
      await seen.page.getByLabel('Name').fill('Wrong');
      await seen.page.getByLabel('Restricted to tags').fill('team shop:');
      await seen.page.getByLabel('Role').selectOption('admin');
      await seen.page.getByRole('button', { name: 'Create the key' }).click();
      await shoot(seen.page, `keys-refused-${suffix}`);
      await seen.page.locator('.field .error').waitFor();
      expect(await seen.page.getByLabel('Name').inputValue()).toBe('Wrong');
      seen.messages.length = 0;
      await expectWellFormed(seen);
      await seen.page.getByRole('link', { name: /^Deployment/ }).click();
      await shoot(seen.page, `key-${suffix}`);
      await expectWellFormed(seen);
      await seen.context.close();
    });

    test('the pages of people are accessible and fit: list, new invitation, one person', async () => {
      const session = await setUp(mesh, { person: ADA, localAccount: true });
      const seen = await visit(mesh, '/dashboard/people', session, run);
      await shoot(seen.page, `people-${suffix}`);
      await expectWellFormed(seen);
      await invite(seen, 'Grace Hopper', 'hopper');
      await shoot(seen.page, `person-invited-${suffix}`);
      expect(await seen.page.locator('.once').textContent()).toContain(`${mesh.url}/invitation?token=pmi_`);
      await expectWellFormed(seen);
      await seen.page.getByRole('link', { name: 'Go to all people' }).click();
      await seen.page.getByRole('link', { name: 'Grace Hopper' }).click();
      await shoot(seen.page, `person-${suffix}`);
      await expectWellFormed(seen);
      await seen.context.close();
    });

    test('the audit log is accessible and fits: filtered, opened and verified', async () => {
      const session = await setUp(mesh, { person: ADA });
      const seen = await visit(mesh, '/dashboard/keys', session, run);
      await createKey(seen, 'Deployment');
      await seen.page.goto(`${mesh.url}/dashboard/audit?verify=yes`);
      await seen.page.getByText('What changed').first().click();
      expect(await seen.page.getByRole('status').textContent()).toContain('The log is whole: 2 entries');
      await shoot(seen.page, `audit-${suffix}`);
      await expectWellFormed(seen);
      await seen.page.goto(`${mesh.url}/dashboard/audit?action=monitor.updated&from=2026-13-40`);
      await shoot(seen.page, `audit-refused-${suffix}`);
      seen.messages.length = 0;
      await expectWellFormed(seen);
      await seen.context.close();
    });

    test('the refusal of a page that the role does not allow is accessible and fits', async () => {
      const session = await setUp(mesh, { person: { name: 'Grace Hopper', role: 'viewer' } });
      const seen = await visit(mesh, '/dashboard/people', session, run);
      await shoot(seen.page, `forbidden-${suffix}`);
      expect(await seen.page.locator('main').textContent()).toContain('needs the role "admin"');
      seen.messages.length = 0;
      await expectWellFormed(seen);
      await seen.context.close();
    });
  });
});
