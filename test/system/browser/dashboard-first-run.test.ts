// The first run of a new mesh in a real browser: from the setup link to a status page with a monitor, timed. Also without script.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../../../scripts/start/ports.ts';
import { until } from '../../support/mesh/live-mesh.ts';
import { startReceiver } from '../../support/mesh/receiver.ts';
import { endAll, runScript } from '../start/npm-script.ts';
import { CHROMIUM, noBrowser } from './mesh.ts';
import { expectAccessible, expectWellFormed } from './people.ts';

/** A folder for screenshots of every page. Unset: no screenshots. */
const SCREENSHOTS = process.env.SCREENSHOTS;
const MAX_SECONDS = 120;
const SECRET = `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`;

let dir: string;
let browser: Browser;
/** Under a host name, because passkeys need one. */
let origin: string;
let setup: string;
/** The cookies of the admin. */
let signedIn: Awaited<ReturnType<BrowserContext['storageState']>>;

beforeAll(async () => {
  if (noBrowser !== null) return;
  if (SCREENSHOTS) mkdirSync(SCREENSHOTS, { recursive: true });
  dir = mkdtempSync(join(tmpdir(), 'probemesh-first-'));
  const port = await freePort(20_000 + Math.floor(Math.random() * 10_000));
  const args = ['--empty', '--data', join(dir, 'data'), '--port', String(port), '--locations', '3'];
  const started = runScript('start', args);
  await started.ready(280_000);
  setup = await until('the setup link', 20_000, () =>
    started.lines.map((line) => /first admin\s+(\S+)/.exec(line)?.[1]).find(Boolean),
  );
  origin = new URL(setup).origin;
  browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
}, 300_000);
afterAll(async () => {
  await browser?.close();
  await endAll();
  if (dir) rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
}, 60_000);

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
    const receiver = await startReceiver(SECRET);
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
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
    await page.waitForURL(`${origin}/dashboard/monitors/new`);
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
    await page.waitForURL(/\/dashboard\/channels\/new$/);
    // Its text comes a moment after it: a screen reader reads what changes in a region that it knows.
    await page.locator('.toast').getByText('Next: a channel').waitFor();
    done('monitor');

    await page.goto(`${origin}/dashboard/channels/new?type=webhook`);
    await page.getByLabel('Name', { exact: true }).fill('On call');
    await page.locator('[name="config.url"]').first().fill(receiver.url);
    await page.locator('[name="config.secret"]').first().fill(SECRET);
    await page.getByRole('button', { name: 'Create the channel' }).last().click();
    await page
      .getByRole('button', { name: /^Send a test/ })
      .first()
      .click();
    await expect.poll(() => receiver.received.length, { timeout: 30_000 }).toBeGreaterThan(0);
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
      const context = await browser.newContext({
        storageState: signedIn,
        colorScheme,
        viewport: { width, height: 900 },
      });
      const page = await context.newPage();
      const messages: string[] = [];
      page.on('console', (message) => messages.push(message.text()));
      page.on('pageerror', (error) => messages.push(String(error)));
      const seen = { context, page, messages };
      await page.goto(`${origin}/dashboard/monitors/new`);
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

  test('without script, results stream in above the form, and a monitor is added and changed', async () => {
    const context = await browser.newContext({ storageState: signedIn, javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(`${origin}/dashboard/monitors/new`);
    await page.getByLabel('URL or host:port').fill('127.0.0.1:1');
    await page.getByRole('button', { name: 'Check it' }).click();
    await page.getByText('It fails from all 3 locations.').waitFor({ timeout: 60_000 });
    const [result, form] = await Promise.all([
      page.locator('[slot="run-0"]').boundingBox(),
      page.locator('#monitor-form').boundingBox(),
    ]);
    expect(result!.y).toBeLessThan(form!.y);
    await page.getByRole('button', { name: 'UDP', exact: true }).click();
    await page.locator('[name="check.send"]').fill('ping');
    await page.getByLabel('Name', { exact: true }).first().fill('Without script');
    await page.getByRole('button', { name: 'Add the monitor' }).last().click();
    await page.waitForURL(/\/dashboard\/monitors\/without-script$/);
    await page.goto(`${origin}/dashboard/monitors/without-script/edit`);
    await page.getByLabel('Name', { exact: true }).first().fill('Changed without script');
    // Enter in a field saves.
    await page.getByLabel('Name', { exact: true }).first().press('Enter');
    await page.waitForURL(/\/dashboard\/monitors\/without-script$/);
    await page.goto(`${origin}/dashboard/monitors/without-script/edit`);
    expect(await page.getByLabel('Name', { exact: true }).first().inputValue()).toBe(
      'Changed without script',
    );
    await context.close();
  });
});
