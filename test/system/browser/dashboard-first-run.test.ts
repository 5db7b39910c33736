// The first run of a new mesh in a real browser: from the setup link to a status page with a monitor, timed.
import { mkdirSync } from 'node:fs';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startReceiver } from '../../support/mesh/receiver.ts';
import { type EmptyMesh, startEmptyMesh } from './empty-mesh.ts';
import { noBrowser } from './mesh.ts';
import { expectAccessible, expectWellFormed } from './people.ts';

/** A folder for screenshots of every page. Unset: no screenshots. */
const SCREENSHOTS = process.env.SCREENSHOTS;
const MAX_SECONDS = 120;
const SECRET = `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`;

let mesh: EmptyMesh;
/** The cookies of the admin. */
let signedIn: Awaited<ReturnType<BrowserContext['storageState']>>;

beforeAll(async () => {
  if (noBrowser !== null) return;
  if (SCREENSHOTS) mkdirSync(SCREENSHOTS, { recursive: true });
  mesh = await startEmptyMesh();
}, 300_000);
afterAll(() => mesh?.stop(), 60_000);

async function shoot(page: Page, name: string): Promise<void> {
  if (SCREENSHOTS) await page.screenshot({ path: `${SCREENSHOTS}/first-run-${name}.png`, fullPage: true });
}

/** A platform authenticator that confirms at once (w3.org/TR/webauthn-3, section 11). */
async function addAuthenticator(context: BrowserContext, page: Page): Promise<void> {
  const session = await context.newCDPSession(page);
  await session.send('WebAuthn.enable');
  await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      ...{ protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true },
      ...{ isUserVerified: true, automaticPresenceSimulation: true },
    },
  });
}

const LOOKS = [
  { colorScheme: 'light', width: 1440 },
  { colorScheme: 'dark', width: 360 },
] as const;

describe.skipIf(noBrowser !== null)(`in a browser${noBrowser ? ` (skipped: ${noBrowser})` : ''}`, () => {
  test('the first run takes less than two minutes', { timeout: 240_000 }, async () => {
    const { origin, setup } = mesh;
    const receiver = await startReceiver(SECRET);
    const context = await mesh.browser.newContext({ viewport: { width: 1440, height: 900 } });
    const page = await context.newPage();
    await addAuthenticator(context, page);
    const begin = performance.now();
    const steps: string[] = [];
    const done = (step: string): void =>
      void steps.push(`${step} ${((performance.now() - begin) / 1_000).toFixed(1)} s`);

    await page.goto(setup);
    await page.getByLabel('Name', { exact: true }).fill('Ada Lovelace');
    await page.getByLabel('Username').fill('ada');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page
      .getByRole('button', { name: /passkey/i })
      .first()
      .click();
    await page.waitForURL(`${origin}/dashboard/monitors/_new`);
    signedIn = await context.storageState();
    done('admin');

    await page.getByLabel('URL or host:port').fill(`${origin}/healthz`);
    await page.getByRole('button', { name: 'Check it' }).click();
    await page.getByText('It works from all 3 locations.').waitFor({ timeout: 60_000 });
    done('check from every location');
    await shoot(page, 'checked');
    await page.getByLabel('Name', { exact: true }).fill('This mesh');
    await page.getByLabel('Show on the status page').check();
    await page.getByRole('button', { name: 'Add the monitor' }).last().click();
    await page.waitForURL(/\/dashboard\/channels\/_new$/);
    // Its text comes a moment after it: a screen reader reads what changes in a region that it knows.
    await page.locator('.toast').getByText('Next: a channel').waitFor();
    done('monitor');

    await page.getByRole('link', { name: 'Webhook', exact: true }).click();
    await page.getByLabel('Name', { exact: true }).fill('On call');
    await page.locator('[name="config.url"]').first().fill(receiver.url);
    await page.locator('[name="config.secret"]').first().fill(SECRET);
    expect(await page.getByLabel('Make it a default channel').isChecked()).toBe(true);
    await page.getByRole('button', { name: 'Create the channel' }).click();
    await page.getByRole('button', { name: 'Send a test' }).click();
    await page.locator('.toast').getByText('The receiver of On call accepted the test.').waitFor();
    expect(receiver.received).toHaveLength(1);
    done('channel with a test');
    await shoot(page, 'channel');

    await page.getByRole('link', { name: 'Status page', exact: true }).last().click();
    await page.getByText('This mesh').first().waitFor();
    done('status page');
    await shoot(page, 'status-page');
    const seconds = (performance.now() - begin) / 1_000;
    process.stdout.write(`first run: ${steps.join(', ')}\n`);
    expect(seconds).toBeLessThan(MAX_SECONDS);
    await context.close();
    await receiver.stop();
  });

  test.each(LOOKS)(
    'adding a monitor is accessible and fits at $width px in $colorScheme',
    async ({ width, colorScheme }) => {
      const { origin } = mesh;
      const context = await mesh.browser.newContext({
        storageState: signedIn,
        colorScheme,
        viewport: { width, height: 900 },
      });
      const page = await context.newPage();
      const messages: string[] = [];
      page.on('console', (message) => messages.push(message.text()));
      page.on('pageerror', (error) => messages.push(String(error)));
      const seen = { context, page, messages };
      await page.goto(`${origin}/dashboard/monitors/_new`);
      await shoot(page, `target-${colorScheme}-${width}`);
      await expectWellFormed(seen);
      await page.getByLabel('URL or host:port').fill('127.0.0.1:1');
      await page.getByRole('button', { name: 'Check it' }).click();
      await page.getByText('It fails from all 3 locations.').waitFor({ timeout: 60_000 });
      await shoot(page, `failed-${colorScheme}-${width}`);
      // For shadow roots, axe tries inline styles, which the policy blocks and the console lists.
      expect(messages).toEqual([]);
      await expectAccessible(page);
      messages.length = 0;
      await page.goto(`${origin}/dashboard/monitors/this-mesh/edit`);
      await page.locator('details.more summary').first().click();
      await shoot(page, `edit-${colorScheme}-${width}`);
      await expectWellFormed(seen);
      await page.goto(`${origin}/dashboard/monitors/this-mesh/delete`);
      await shoot(page, `delete-${colorScheme}-${width}`);
      await expectWellFormed(seen);
      await context.close();
    },
  );
});
