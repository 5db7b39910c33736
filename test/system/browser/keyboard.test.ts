// The pages of people who sign in, without a mouse: every control is reached by Tab, visible while it has the focus, and
// works with Enter and Space.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Mesh, noBrowser } from './mesh.ts';
import { ADA, setUp, startDashboard, visit } from './people.ts';

let mesh: Mesh;
beforeAll(async () => {
  if (noBrowser === null) mesh = await startDashboard();
});
afterAll(() => mesh?.stop());

/** What has the focus: its role and its name, as a screen reader says them, and whether the focus is visible. */
const focused = (page: Page): Promise<{ name: string; isVisible: boolean }> =>
  page.evaluate(`(() => {
    const element = document.activeElement;
    const name = (element.labels?.[0] ?? element).textContent.trim();
    const box = element.getBoundingClientRect();
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    const hasOutline = outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2;
    return { name, isVisible: hasOutline && box.width > 0 && box.left >= 0 };
  })()`);

/** Presses Tab until the focus is on a control with this name. Every stop on the way must be visible. */
async function tabTo(page: Page, name: string | RegExp, limit = 40): Promise<string[]> {
  const stops: string[] = [];
  for (let presses = 0; presses < limit; presses += 1) {
    await page.keyboard.press('Tab');
    const { name: current, isVisible } = await focused(page);
    stops.push(current);
    expect(isVisible, `the focus on "${current}" is not visible`).toBe(true);
    if (typeof name === 'string' ? current === name : name.test(current)) return stops;
  }
  throw new Error(`Tab never reaches ${name}. It reaches: ${stops.join(', ')}`);
}

describe.skipIf(noBrowser !== null)(`with a keyboard${noBrowser ? ` (skipped: ${noBrowser})` : ''}`, () => {
  test('the skip link passes the navigation, and leads to the content', async () => {
    const session = await setUp(mesh, { person: ADA });
    const { page, context } = await visit(mesh, '/dashboard/keys', session);
    expect(await tabTo(page, 'Skip to content')).toHaveLength(1);
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('content');
    expect(await tabTo(page, 'Name')).toEqual(['Mesh', 'People', 'API keys', 'Single sign-on', 'Name']);
    await context.close();
  });

  test('Tab goes through the sign-in page from top to bottom', async () => {
    await setUp(mesh, { localAccount: true, providers: ['Acme'] });
    // Passkeys need a host name.
    const named = { ...mesh, url: mesh.url.replace('127.0.0.1', 'localhost') };
    expect(named.url).toContain('//localhost:');
    const { page, context } = await visit(named, '/sign-in', null);
    const stops = await tabTo(page, 'Sign in');
    expect(stops.slice(2)).toEqual([
      ...['Sign in with Acme', 'Sign in with a passkey', 'Username', 'Password', 'Sign in'],
    ]);
    await context.close();
  });

  test('a key is created, rotated and revoked', async () => {
    const session = await setUp(mesh, { person: ADA });
    const { page, context } = await visit(mesh, '/dashboard/keys', session);
    await tabTo(page, 'Name');
    await page.keyboard.type('Deployment');
    await tabTo(page, /^Role/);
    await page.keyboard.type('Editor');
    await tabTo(page, /^Restricted/);
    await page.keyboard.type('team:shop');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.once');
    await tabTo(page, 'Go to all API keys');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'New API key' }).waitFor();
    await tabTo(page, 'Deployment');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/dashboard/keys/key_*');
    const url = page.url();
    await tabTo(page, 'Rotate the key');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.once');
    await page.goto(url);
    await tabTo(page, /^Revoke this key/);
    await page.keyboard.press('Space');
    await tabTo(page, 'Revoke the key');
    await page.keyboard.press('Enter');
    await page.waitForURL('**?done=revoked');
    expect(await page.getByRole('status').textContent()).toContain('The API key was revoked.');
    expect(await page.locator('.badge').textContent()).toBe('Revoked');
    await context.close();
  });

  test('a browser does not revoke a key or delete a person before the box is ticked', async () => {
    const session = await setUp(mesh, { person: ADA, localAccount: true });
    const { page, context } = await visit(mesh, '/dashboard/people/local', session);
    await tabTo(page, 'Delete the person');
    await page.keyboard.press('Enter');
    expect((await focused(page)).name).toBe('Delete Grace');
    expect(page.url()).toBe(`${mesh.url}/dashboard/people/local`);
    await context.close();
  });

  test('a session is revoked, and the entry of the audit log opens', async () => {
    const session = await setUp(mesh, { person: ADA, userAgents: ['curl/8.14.1', 'curl/8.14.1'] });
    const { page, context } = await visit(mesh, '/dashboard/account', session);
    await tabTo(page, /^Revoke/);
    await page.keyboard.press('Enter');
    await page.waitForURL('**?done=session-revoked');
    expect(await page.locator('.list > li').count()).toBe(1);
    await tabTo(page, 'Audit log');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/dashboard/audit');
    await tabTo(page, /^What changed/);
    await page.keyboard.press('Enter');
    expect(await page.locator('details[open] table').first().isVisible()).toBe(true);
    await context.close();
  });
});
