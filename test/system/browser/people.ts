// A person in a browser: a mesh with accounts, pages that a person opens, and what every page must be.
import axe from 'axe-core';
import type { BrowserContext, Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Role } from '../../../src/access/role.ts';
import { type Mesh, type Run, startMesh } from './mesh.ts';

/** What a test creates. */
export interface Setup {
  readonly person?: { readonly name: string; readonly role: Role; readonly tags?: readonly string[] };
  /** Sessions of the person. The last one is returned. */
  readonly userAgents?: readonly string[];
  /** A local account with a passkey and a password, for the sign-in page. */
  readonly localAccount?: boolean;
  /** Names of identity providers. */
  readonly providers?: readonly string[];
}

export const ADA = { name: 'Ada Lovelace', role: 'admin' } as const;

/** A local mesh: its origin is that of the request. */
export const startDashboard = (): Promise<Mesh> =>
  startMesh({ main: 'test/system/browser/dashboard-worker.ts', vars: { ALLOW_LOOPBACK: 'true' } });

/** Replaces all people. Returns the session of the person. */
export async function setUp(mesh: Mesh, setup: Setup): Promise<string | null> {
  const answer = await fetch(new URL('/test/setup', mesh.url), {
    method: 'POST',
    body: JSON.stringify(setup),
  });
  if (!answer.ok) throw new Error(`the setup was rejected: ${await answer.text()}`);
  return ((await answer.json()) as { token: string | null }).token;
}

export interface Visit {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly messages: string[];
}

/** A new browser, signed in with the session if there is one, with its console messages and page errors. */
export async function visit(
  mesh: Mesh,
  path: string,
  session: string | null,
  { colorScheme, width }: Run = { colorScheme: 'light', width: 1440 },
): Promise<Visit> {
  const context = await mesh.browser.newContext({ colorScheme, viewport: { width, height: 900 } });
  const page = await context.newPage();
  const messages: string[] = [];
  page.on('console', (message) => messages.push(message.text()));
  page.on('pageerror', (error) => messages.push(String(error)));
  if (session !== null) await page.goto(`${mesh.url}/test/cookie?token=${session}`);
  await page.goto(mesh.url + path, { waitUntil: 'load' });
  return { context, page, messages };
}

export const WIDE_AND_NARROW: Run[] = (['light', 'dark'] as const).flatMap((colorScheme) =>
  [1440, 360].map((width) => ({ colorScheme, width })),
);

export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(axe.source);
  const violations = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: typeof import('axe-core') };
    const results = await axe.run();
    return results.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`);
  });
  expect(violations).toEqual([]);
}

/** Landmarks, one heading, a title, no sideways scrolling, nothing in the console, and nothing that axe finds. */
export async function expectWellFormed({ page, messages }: Visit): Promise<void> {
  // A click may still be leading to the page.
  await page.waitForLoadState('load');
  await expect.poll(() => page.title(), { timeout: 15_000 }).not.toBe('');
  expect(await page.title()).toMatch(/ – probemesh$/);
  expect(await page.locator('h1').count()).toBe(1);
  expect(await page.locator('main, body > div > header, footer').count()).toBe(3);
  expect(
    await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth'),
  ).toBe(false);
  await expectAccessible(page);
  expect(messages).toEqual([]);
}
