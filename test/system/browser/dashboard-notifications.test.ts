// The pages of channels, routes, schedules and deliveries in a real browser: each is accessible and fits, a test of a channel
// says what its receiver answered, the preview follows what is typed, and the dry run names who would be notified.
import { mkdirSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Mesh, noBrowser } from './mesh.ts';
import { ADA, expectWellFormed, setUp, startDashboard, visit, WIDE_AND_NARROW } from './people.ts';

const SCREENSHOTS = process.env.SCREENSHOTS;
const WHO = '/dashboard/routes/_who-would-be-notified';

let mesh: Mesh;
let receiver: Server;
let session: string | null;
beforeAll(async () => {
  if (noBrowser !== null) return;
  mesh = await startDashboard();
  if (SCREENSHOTS) mkdirSync(SCREENSHOTS, { recursive: true });
  receiver = createServer((request, response) => {
    request.resume();
    response
      .writeHead(request.url === '/gone' ? 404 : 204)
      .end(request.url === '/gone' ? 'no such hook' : '');
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  session = await setUp(mesh, { person: ADA });
  await createEntries(`http://127.0.0.1:${(receiver.address() as AddressInfo).port}`);
}, 180_000);
afterAll(async () => {
  await mesh?.stop();
  receiver?.close();
});

async function create(path: string, body: object): Promise<void> {
  const headers = { authorization: 'Bearer test-token', 'content-type': 'application/json' };
  const answer = await fetch(`${mesh.url}/api/v1/${path}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path} was refused: ${await answer.text()}`);
}

async function createEntries(origin: string): Promise<void> {
  const config = (url: string) => ({ url, secret: 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD' });
  await create('channels', {
    id: 'room',
    name: 'Shop room',
    type: 'webhook',
    config: config(`${origin}/hook`),
  });
  await create('channels', { id: 'gone', name: 'Gone', type: 'webhook', config: config(`${origin}/gone`) });
  const off = { name: 'A channel with a long name that was disabled', enabled: false };
  await create('channels', { ...off, type: 'webhook', config: config(`${origin}/off`) });
  const check = { type: 'tcp', host: 'shop.example.com', port: 443 };
  await create('monitors', {
    id: 'shop',
    name: 'Web shop',
    check,
    intervalSeconds: 60,
    tags: { team: 'shop' },
  });
  const start = new Date(Date.now() - 5 * 86_400_000).toISOString().slice(0, 10);
  const turns = { start: `${start}T09:00`, turn: { unit: 'days', count: 2 } };
  await create('schedules', {
    ...{ id: 'on-call', name: 'Shop on call', timeZone: 'Europe/Berlin' },
    rotations: [{ name: 'Primary', people: ['ada'], ...turns }],
  });
  await create('routes', {
    ...{ id: 'shop', name: 'Shop team', match: { tags: ['team:shop'], severities: ['critical'] } },
    steps: [{ channels: ['room'] }, { afterSeconds: 600, channels: ['gone'], schedules: ['on-call'] }],
    repeatMinutes: 60,
  });
  await create('routes', { id: 'rest', name: 'Everything else', steps: [{ channels: ['gone'] }] });
}

const PAGES = [
  ['channels', '/dashboard/channels'],
  ['channel-types', '/dashboard/channels/_new'],
  ['channel-new', '/dashboard/channels/_new?type=slack'],
  ['channel', '/dashboard/channels/room'],
  ['channel-edit', '/dashboard/channels/room/edit'],
  ['routes', '/dashboard/routes'],
  ['route', '/dashboard/routes/shop'],
  ['who', `${WHO}?monitor=shop`],
  ['schedules', '/dashboard/schedules'],
  ['schedule', '/dashboard/schedules/on-call'],
  ['schedule-edit', '/dashboard/schedules/on-call/edit'],
  ['deliveries', '/dashboard/deliveries'],
] as const;

/** Chromium has advice about forms with several passwords, such as those of a channel. */
const withoutAdvice = (messages: string[]): void => {
  messages.splice(0, messages.length, ...messages.filter((text) => !text.startsWith('[DOM]')));
};

/** The text of a message comes a moment after it: a screen reader reads what changes in a region that it knows. */
const seeMessage = (page: Page, text: string | RegExp): Promise<void> =>
  page.locator('.toast').getByText(text).waitFor();

describe.skipIf(noBrowser !== null)(`in a browser${noBrowser ? ` (skipped: ${noBrowser})` : ''}`, () => {
  test.each(WIDE_AND_NARROW)(
    'every page is accessible and fits at $width px in $colorScheme',
    async (run) => {
      const seen = await visit(mesh, '/dashboard/account', session, run);
      for (const [name, path] of PAGES) {
        await seen.page.goto(mesh.url + path, { waitUntil: 'load' });
        if (SCREENSHOTS)
          await seen.page.screenshot({
            path: `${SCREENSHOTS}/notifications-${name}-${run.colorScheme}-${run.width}.png`,
            fullPage: true,
          });
        withoutAdvice(seen.messages);
        await expectWellFormed(seen);
      }
      await seen.context.close();
    },
    120_000,
  );

  test('a test says what the receiver answered', async () => {
    const { page, context } = await visit(mesh, '/dashboard/channels', session);
    await page.getByRole('button', { name: 'Send a test to Shop room' }).click();
    await seeMessage(page, 'The receiver of Shop room accepted the test. It answered with status 204');
    await page.getByRole('button', { name: 'Send a test to Gone' }).click();
    await seeMessage(
      page,
      /The test of Gone failed after \d+ ms: 127\.0\.0\.1:\d+ responded 404: no such hook/,
    );
    await context.close();
  });

  test('the preview of a message follows what is typed', async () => {
    const { page, context } = await visit(mesh, '/dashboard/channels/_new?type=discord', session);
    await page.getByLabel('Title').fill('Look at {{ monitor.name }}');
    await page.locator('.message-preview strong').waitFor({ timeout: 15_000 });
    expect(await page.locator('.message-preview strong').textContent()).toMatch(/^Look at \w/);
    await context.close();
  });

  test('the dry run finds a monitor by name, names who is notified, and a keyboard changes the order', async () => {
    const { page, context } = await visit(mesh, '/dashboard/routes', session);
    await page.getByRole('link', { name: 'Who would be notified?' }).click();
    await page.getByLabel('Monitor', { exact: true }).fill('Web shop');
    await page.getByRole('button', { name: 'Show' }).click();
    await page.waitForURL(/monitor=shop&/);
    const main = (await page.locator('main').textContent()) ?? '';
    expect(main).toMatch(/At once: Shop room/);
    expect(main).toMatch(/After 10 min: Gone/);
    expect(main).toContain('an earlier route matched and decides alone');
    await page.goto(`${mesh.url}/dashboard/routes`);
    await page.getByRole('button', { name: 'Move Shop team down' }).press('Enter');
    await page.waitForURL(/moved=shop/);
    expect(await page.locator('.routes h2').allTextContents()).toEqual([
      expect.stringContaining('Everything else'),
      expect.stringContaining('Shop team'),
    ]);
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.waitForURL(/by=up/);
    expect(await page.locator('.routes h2').allTextContents()).toEqual([
      expect.stringContaining('Shop team'),
      expect.stringContaining('Everything else'),
    ]);
    await context.close();
  });
});
