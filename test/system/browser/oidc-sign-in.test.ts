// A person signs in at a real issuer in a real browser. The issuer is another site, so cookies and redirects are those of life.
import axe from 'axe-core';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type OidcMesh, SESSION, startOidcMesh } from '../sign-in/oidc-mesh.ts';
import { CHROMIUM, noBrowser } from './mesh.ts';

let mesh: OidcMesh;
let browser: Browser;
let site = '';
let context: BrowserContext;
let page: Page;
let messages: string[];

beforeAll(async () => {
  if (noBrowser !== null) return;
  mesh = await startOidcMesh();
  site = `http://localhost:${new URL(mesh.url).port}`;
  browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
});
afterAll(async () => {
  await browser?.close();
  await mesh?.stop();
});

beforeEach(async () => {
  if (noBrowser !== null) return;
  Object.assign(mesh.issuer, { groups: ['sre'], spoil: null, forged: false, state: 'up' });
  ({ context, page } = await newBrowser());
  messages = [];
  // The pages of the issuer are the library's.
  page.on('console', (message) => {
    if (message.location().url.startsWith(site)) messages.push(message.text());
  });
  page.on('pageerror', (error) => messages.push(String(error)));
});
afterEach(() => context?.close());

/** Without the fonts that the pages of the issuer load from the internet. */
async function newBrowser(): Promise<{ context: BrowserContext; page: Page }> {
  const made = await browser.newContext();
  await made.route(
    (url) => !['localhost', '127.0.0.1'].includes(url.hostname),
    (route) => route.abort(),
  );
  return { context: made, page: await made.newPage() };
}

/** Fills the forms of the issuer, until the browser is back. */
async function logIn(login: string): Promise<void> {
  await page.waitForURL(`${mesh.issuer.url}/**`);
  await page.locator('input[name=login]').fill(login);
  await page.locator('input[name=password]').fill('x');
  await page.locator('button[type=submit]').click();
  await page.locator('button[type=submit]').click();
  await page.waitForURL(`${site}/**`);
}

async function signIn(login: string, path = '/dashboard/account'): Promise<void> {
  await page.goto(site + path);
  await page.getByRole('link', { name: 'Sign in with Acme ID' }).click();
  await logIn(login);
}

const pathOf = (): string => page.url().replace(site, '');
const sessionOf = async (): Promise<string | undefined> =>
  (await context.cookies(site)).find(({ name }) => name === SESSION)?.value;

/** Only admins do. */
async function seesPeople(): Promise<boolean> {
  await page.goto(`${site}/dashboard/settings`);
  return (await page.getByRole('link', { name: 'People' }).count()) === 1;
}

async function violations(): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: typeof import('axe-core') };
    return (await axe.run()).violations.map(({ id }) => id);
  });
}

describe.skipIf(noBrowser !== null)(`in a browser${noBrowser ? ` (skipped: ${noBrowser})` : ''}`, () => {
  test('a person signs in from the page that needed it, and is back on it', async () => {
    await page.goto(`${site}/dashboard/audit?action=session.created`);
    expect(pathOf()).toBe('/sign-in?return=%2Fdashboard%2Faudit%3Faction%3Dsession.created');
    await page.getByRole('link', { name: 'Sign in with Acme ID' }).click();
    await logIn('ann');
    expect(pathOf()).toBe('/dashboard/audit?action=session.created');
    expect(await page.getByText('Name of ann').count()).toBeGreaterThan(0);
    expect(messages).toEqual([]);
  });

  test('a person signs out here and at the issuer, and the next sign-in asks for the login again', async () => {
    await signIn('bob');
    await page.getByRole('button', { name: 'Sign out' }).click();
    // The page here goes on to the issuer by itself.
    await page.waitForURL(`${mesh.issuer.url}/**`);
    expect(await sessionOf()).toBeUndefined();
    await page.getByRole('button', { name: 'Yes' }).click();
    await page.waitForURL(`${site}/signed-out`);
    await page.goto(`${site}/dashboard/account`);
    expect(pathOf()).toBe('/sign-in?return=%2Fdashboard%2Faccount');
    await page.getByRole('link', { name: 'Sign in with Acme ID' }).click();
    await page.waitForURL(`${mesh.issuer.url}/**`);
    expect(await page.locator('input[name=login]').count()).toBe(1);
    expect(messages).toEqual([]);
  });

  test('a person who changes the group has another role after the next sign-in', async () => {
    mesh.issuer.groups = ['staff'];
    await signIn('cat');
    expect(await seesPeople()).toBe(false);
    mesh.issuer.groups = ['sre'];
    // The issuer still knows the person.
    await page.goto(`${site}/sign-in/oidc/idp`);
    await page.waitForURL(`${site}/dashboard/account`);
    expect(await seesPeople()).toBe(true);
  });

  test('a person without a role sees why on a page that is accessible, and has no session', async () => {
    mesh.issuer.groups = ['visitors'];
    await signIn('dan');
    expect(await page.locator('h1').textContent()).toBe('You have no role here');
    expect(await sessionOf()).toBeUndefined();
    expect(await violations()).toEqual([]);
    await page.getByRole('link', { name: 'Show all ways to sign in' }).click();
    expect(pathOf()).toBe('/sign-in');
  });

  test('while the issuer is down, the page says so and leads to the other ways to sign in', async () => {
    await mesh.api('/api/v1/identity-providers', 'POST', {
      ...{
        id: 'down',
        type: 'oidc',
        name: 'Down ID',
        issuer: 'http://127.0.0.1:9',
        audience: 'x',
        rules: [],
      },
    });
    await page.goto(`${site}/sign-in`);
    await page.getByRole('link', { name: 'Sign in with Down ID' }).click();
    expect(await page.locator('h1').textContent()).toBe('The provider does not respond');
    expect(await violations()).toEqual([]);
    await page.getByRole('link', { name: 'Show all ways to sign in' }).click();
    expect(await page.getByRole('link', { name: 'Sign in with Acme ID' }).count()).toBe(1);
  });

  test('no address that another site offers as the next page is opened after a sign-in', async () => {
    await signIn('eve');
    for (const evil of [
      mesh.issuer.url,
      `//127.0.0.1:9`,
      '/\\127.0.0.1:9',
      '/.//127.0.0.1:9',
      '\t//127.0.0.1:9',
    ]) {
      await page.goto(`${site}/sign-in/oidc/idp?return=${encodeURIComponent(evil)}`);
      await page.waitForURL(`${site}/dashboard/account`);
    }
  });

  test('a session that another person planted in the browser is not the one after the sign-in', async () => {
    await signIn('fay');
    const planted = (await sessionOf())!;
    const mine = context;
    ({ context, page } = await newBrowser());
    await page.goto(`${site}/sign-in`);
    await page.evaluate(`document.cookie = '${SESSION}=${planted}; path=/; secure'`);
    expect(await sessionOf()).toBe(planted);
    await page.goto(`${site}/sign-in/oidc/idp`);
    await logIn('gus');
    expect(await sessionOf()).not.toBe(planted);
    expect((await mine.request.get(`${site}/api/v1/monitors`)).status()).toBe(401);
    await mine.close();
  });
});
