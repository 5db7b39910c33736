// The main path of the dashboard in a real browser that runs no script, on a real mesh: from the setup link over the first
// outage to its end, and the sign-in.
import { Secret, TOTP } from 'otpauth';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTarget, type Target, tcp } from '../../../scripts/demo/targets.ts';
import { startReceiver } from '../../support/mesh/receiver.ts';
import { type EmptyMesh, quietPort, startEmptyMesh } from './empty-mesh.ts';
import { noBrowser } from './mesh.ts';

const SECRET = `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`;
const PASSWORD = 'four random words here';
/** The next tick finds a new monitor. A first failure comes within the interval, and is confirmed by a fan-out. */
const OUTAGE_MS = 180_000;

let mesh: EmptyMesh;
/** The cookies of the admin. */
let signedIn: Awaited<ReturnType<BrowserContext['storageState']>> | undefined;
let target: Target;
let receiver: Awaited<ReturnType<typeof startReceiver>>;
beforeAll(async () => {
  if (noBrowser !== null) return;
  receiver = await startReceiver(SECRET);
  const kind = { name: 'shop', title: 'Shop', breakage: 'closed' as const, respond: () => {}, check: tcp };
  target = await startTarget(kind, await quietPort());
  mesh = await startEmptyMesh();
}, 300_000);
afterAll(async () => {
  await mesh?.stop();
  await target?.setUp(false);
  await receiver?.stop();
}, 60_000);

const codeAt = (secret: string, timestamp: number): string =>
  TOTP.generate({ secret: Secret.fromBase32(secret), timestamp });

/** Adds the monitor that is typed, from the page that asks for it. Leaves the page after it open. */
async function addMonitor(page: Page, address: string, result: RegExp, name: string): Promise<void> {
  await page.getByLabel('URL or host:port').fill(address);
  await page.getByRole('button', { name: 'Check it' }).click();
  await page.getByText(result).waitFor({ timeout: 60_000 });
  // What arrives later stands in its place, above the form.
  const [outcome, form] = await Promise.all([
    page.locator('[slot="run-0"]').boundingBox(),
    page.locator('#monitor-form').boundingBox(),
  ]);
  expect(outcome!.y).toBeLessThan(form!.y);
  await page.getByLabel('Name', { exact: true }).first().fill(name);
  await page.locator('[name="intervalSeconds"]').selectOption('30');
  await page.getByLabel('Show on the status page').check();
  await page.getByRole('button', { name: 'Add the monitor' }).last().click();
}

const goTo = (page: Page, section: string): Promise<void> =>
  page
    .getByRole('navigation', { name: 'Dashboard' })
    .getByRole('link', { name: section, exact: true })
    .click();

/** Opens a page again until it has what a live page would show by itself. */
async function reloadUntil(page: Page, text: RegExp): Promise<void> {
  const shown = async (): Promise<string | null> => {
    await page.reload();
    return page.locator('main').textContent();
  };
  await expect.poll(shown, { timeout: OUTAGE_MS, interval: 1_000 }).toMatch(text);
}

/** A new window of the browser, without script. */
const open = async (): Promise<BrowserContext> =>
  mesh.browser.newContext({ javaScriptEnabled: false, ...(signedIn ? { storageState: signedIn } : {}) });

describe.skipIf(noBrowser !== null)(`in a browser${noBrowser ? ` (skipped: ${noBrowser})` : ''}`, () => {
  test('from the setup link over an outage to its end, and the sign-in', { timeout: 540_000 }, async () => {
    const { origin } = mesh;
    const context = await open();
    const page = await context.newPage();
    const main = page.locator('main');
    const events = (): string[] => receiver.received.map(({ body }) => body.type);

    page.setDefaultTimeout(60_000);
    await page.goto(mesh.setup);
    await page.getByLabel('Name', { exact: true }).fill('Grace Hopper');
    await page.getByLabel('Username').fill('grace');
    await page.getByRole('button', { name: 'Continue' }).click();
    expect(await page.locator('noscript .error').textContent()).toContain('Passkeys need JavaScript.');
    await page.getByText('Enter the key by hand').click();
    const secret = ((await page.locator('code.once').textContent()) ?? '').replaceAll(' ', '');
    const usedAt = Date.now();
    await page.getByLabel('New password').fill(PASSWORD);
    await page.getByLabel('Code of the app').fill(codeAt(secret, usedAt));
    await page.getByRole('button', { name: 'Set the password' }).click();
    await page.getByRole('link', { name: 'I have saved the codes' }).click();
    await page.waitForURL(`${origin}/dashboard/monitors/_new`);
    signedIn = await context.storageState();

    const address = `127.0.0.1:${target.port}`;
    await addMonitor(page, address, /^It works from all 3 locations\./, 'Web shop');
    await page.waitForURL(/\/dashboard\/channels\/_new$/);
    await main.getByText('Next: a channel').waitFor();

    await page.getByRole('link', { name: 'Webhook', exact: true }).click();
    await page.getByLabel('Name', { exact: true }).fill('On call');
    await page.locator('[name="config.url"]').fill(receiver.url);
    await page.locator('[name="config.secret"]').fill(SECRET);
    await page.getByRole('button', { name: 'Create the channel' }).last().click();
    await page.getByRole('button', { name: 'Send a test' }).click();
    await main.getByText('The receiver of On call accepted the test.').waitFor();
    expect(receiver.received).toHaveLength(1);

    await goTo(page, 'Monitors');
    await page.getByRole('link', { name: 'Add a monitor' }).first().click();
    await addMonitor(page, '127.0.0.1:1', /^It fails from all 3 locations\./, 'Never there');
    await page.waitForURL(/\/dashboard\/monitors\/never-there$/);

    // Pauses what is ticked, after a preview.
    await goTo(page, 'Monitors');
    await page.getByRole('checkbox', { name: 'Never there' }).check();
    await page.getByRole('button', { name: 'Pause…' }).click();
    await page.getByRole('heading', { name: 'What changes: 1 monitor' }).waitFor();
    await page.getByRole('button', { name: 'Pause: apply to 1 monitor' }).click();
    await main.getByText('1 monitor paused.').waitFor();

    await page.getByRole('link', { name: 'Web shop', exact: true }).click();
    await page.locator('h1', { hasText: 'Web shop' }).waitFor();
    expect(await main.textContent()).not.toContain('notifies no channel');
    await reloadUntil(page, /must fail .*; none does\./);
    await target.setUp(false);
    await goTo(page, 'Incidents');
    await reloadUntil(page, /Web shop/);
    await page.getByRole('link', { name: 'Web shop' }).click();
    await page.getByText('Web shop is down at').first().waitFor();
    const incident = page.url();
    await page.getByRole('button', { name: 'Acknowledge', exact: true }).click();
    await main.getByText('Acknowledged. Reminders and escalation stop.').waitFor();
    await page.getByRole('link', { name: 'Publish an update' }).click();
    await page.getByLabel('Title').fill('Orders fail');
    await page.getByLabel('Text for readers').fill('**No money is lost.**');
    await page.getByRole('button', { name: 'Preview' }).click();
    expect(await page.locator('.prose strong').textContent()).toBe('No money is lost.');
    await page.getByLabel('Do not notify subscribers').check();
    await page.getByRole('button', { name: 'Publish', exact: true }).click();
    await main.getByText('Published. Readers see it now.').waitFor();
    await page.getByRole('link', { name: 'See it as readers do' }).click();
    expect(await page.locator('h1').textContent()).toContain('Orders fail');

    await expect.poll(events, { timeout: 30_000 }).toContain('incident.opened');

    await target.setUp(true);
    await page.goto(incident);
    await reloadUntil(page, /Web shop was down/);
    await expect.poll(events, { timeout: 30_000 }).toContain('incident.resolved');

    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.goto(`${origin}/dashboard/incidents`);
    await page.waitForURL(/\/sign-in\?return=/);
    await page.getByLabel('Username').fill('grace');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.waitForURL(`${origin}/sign-in/code`);
    await page.getByLabel('Code').fill(codeAt(secret, Math.max(Date.now(), usedAt + 30_000)));
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(`${origin}/dashboard/incidents`);
    expect(await main.textContent()).toContain('Web shop');
    signedIn = await context.storageState();
    await context.close();
  });

  test('the type of a check is chosen anew, and Enter in a field saves a monitor', async () => {
    const context = await open();
    const page = await context.newPage();
    await page.goto(`${mesh.origin}/dashboard/monitors/_new?type=tcp`);
    await page.getByRole('button', { name: 'UDP', exact: true }).click();
    await page.locator('[name="check.host"]').fill('127.0.0.1');
    await page.locator('[name="check.port"]').fill('1');
    await page.locator('[name="check.send"]').fill('ping');
    await page.getByLabel('Name', { exact: true }).first().fill('Datagrams');
    await page.getByRole('button', { name: 'Add the monitor' }).last().click();
    await page.waitForURL(/\/dashboard\/monitors\/datagrams$/);
    await page.getByRole('link', { name: 'Edit', exact: true }).click();
    await page.getByLabel('Name', { exact: true }).first().fill('Changed');
    await page.getByLabel('Name', { exact: true }).first().press('Enter');
    await page.waitForURL(/\/dashboard\/monitors\/datagrams$/);
    expect(await page.locator('h1').textContent()).toContain('Changed');
    await context.close();
  });
});
