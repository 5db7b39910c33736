import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import axe from 'axe-core';
import { Secret, TOTP } from 'otpauth';
import type { BrowserContext, CDPSession, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Mesh, noBrowser, startMesh } from './mesh.ts';

/** A folder for screenshots of every page. Unset: no screenshots. */
const SCREENSHOTS = process.env.SCREENSHOTS;
const SETUP_TOKEN = 'pmu_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG';
const PASSWORD = 'four random words here';
const LOOKS = [
  { colorScheme: 'light', width: 1440 },
  { colorScheme: 'dark', width: 1440 },
  { colorScheme: 'light', width: 360 },
  { colorScheme: 'dark', width: 360 },
] as const;

let mesh: Mesh;
/** WebAuthn needs a name. */
let origin: string;
beforeAll(async () => {
  if (noBrowser !== null) return;
  if (SCREENSHOTS) mkdirSync(SCREENSHOTS, { recursive: true });
  mesh = await startMesh({
    main: 'src/worker.ts',
    vars: {
      ALLOW_LOOPBACK: 'true',
      PUBLIC_URL: 'http://localhost:8787',
      SETUP_TOKEN_SHA256: createHash('sha256').update(SETUP_TOKEN).digest('hex'),
    },
  });
  origin = mesh.url.replace('127.0.0.1', 'localhost');
});
afterAll(() => mesh?.stop());

interface Client {
  readonly context: BrowserContext;
  readonly page: Page;
  /** Messages of the console, and errors of the page: a blocked script or style is one. */
  readonly messages: string[];
}

async function newClient(): Promise<Client> {
  const context = await mesh.browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  const messages: string[] = [];
  page.on('console', (message) => messages.push(message.text()));
  page.on('pageerror', (error) => messages.push(String(error)));
  return { context, page, messages };
}

interface VirtualAuthenticator {
  readonly session: CDPSession;
  readonly authenticatorId: string;
}

/** A platform authenticator that confirms at once (w3.org/TR/webauthn-3, section 11). */
async function addAuthenticator(
  { context, page }: Client,
  isUserVerified = true,
): Promise<VirtualAuthenticator> {
  const session = await context.newCDPSession(page);
  await session.send('WebAuthn.enable');
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      ...{ protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true },
      ...{ isUserVerified, automaticPresenceSimulation: true },
    },
  });
  return { session, authenticatorId };
}

const codeAt = (secret: string, timestamp: number): string =>
  TOTP.generate({ secret: Secret.fromBase32(secret), timestamp });

/** Accessible, without sideways scrolling, in every look. */
async function expectGood(name: string, { page }: Client): Promise<void> {
  for (const { colorScheme, width } of LOOKS) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    if (SCREENSHOTS)
      await page.screenshot({ path: `${SCREENSHOTS}/${name}-${colorScheme}-${width}.png`, fullPage: true });
    await page.evaluate(axe.source);
    const violations = await page.evaluate(async () => {
      const { axe: run } = globalThis as unknown as { axe: typeof import('axe-core') };
      const { violations: found } = await run.run();
      return found.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`);
    });
    expect(violations, `${name} at ${width} px in ${colorScheme}`).toEqual([]);
    const isWide = await page.evaluate(
      'document.documentElement.scrollWidth > document.documentElement.clientWidth',
    );
    expect(isWide, `${name} scrolls sideways at ${width} px`).toBe(false);
  }
}

async function invite(admin: Client, username: string): Promise<string> {
  const { page } = admin;
  await page.goto(`${origin}/dashboard/people`);
  await page.getByLabel('Name', { exact: true }).fill(`Person ${username}`);
  await page.getByLabel('Username').fill(username);
  await page.locator('form[action="/dashboard/people"] button[type=submit]').click();
  const text = (await page.locator('body').textContent()) ?? '';
  const path = /\/invitation\?token=pmi_[A-Za-z0-9]{43}/.exec(text)?.[0];
  if (path === undefined) throw new Error(`no invitation: ${text}`);
  return `${origin}${path}`;
}

describe.skipIf(noBrowser !== null)(
  `local accounts in a browser${noBrowser ? ` (skipped: ${noBrowser})` : ''}`,
  () => {
    let admin: Client;
    let device: VirtualAuthenticator;

    test('the setup link creates the first admin with a passkey, which signs in again', async () => {
      admin = await newClient();
      const { page, context, messages } = admin;
      device = await addAuthenticator(admin);
      await page.goto(`${origin}/setup?token=${SETUP_TOKEN}`);
      await expectGood('setup', admin);
      await page.getByLabel('Name', { exact: true }).fill('Ada Lovelace');
      await page.getByLabel('Username').fill('ada');
      await page.getByRole('button', { name: 'Continue' }).click();
      await page.waitForURL(`${origin}/invitation`);
      await expectGood('first-credential', admin);
      await page.getByLabel('Name of this device').fill('Test laptop');
      await page.getByRole('button', { name: 'Create a passkey' }).click();
      // A mesh that watches nothing goes on with its first monitor.
      await page.waitForURL(`${origin}/dashboard/monitors/_new`);
      await page.goto(`${origin}/dashboard/account`);
      expect((await page.locator('#passkeys').locator('..').textContent()) ?? '').toContain('Test laptop');
      await expectGood('account', admin);

      await context.clearCookies();
      await page.goto(`${origin}/dashboard/people`);
      await page.waitForURL(/\/sign-in\?return=/);
      await expectGood('sign-in-passkey', admin);
      await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
      await page.waitForURL(`${origin}/dashboard/people`);
      expect(messages).toEqual([]);

      await page.goto(`${origin}/setup?token=${SETUP_TOKEN}`);
      expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('This link does not work');
      await expectGood('dead-link', admin);
    });

    test('a passkey without a verified person starts no session, and the page shows what to do', async () => {
      const client = await newClient();
      await addAuthenticator(client, false);
      await client.page.goto(`${origin}/sign-in`);
      await client.page.getByRole('button', { name: 'Sign in with a passkey' }).click();
      const error = client.page.getByRole('alert');
      await error.waitFor();
      expect(await error.textContent()).toContain('Try again.');
      expect(await client.page.getByRole('button', { name: 'Sign in with a passkey' }).isEnabled()).toBe(
        true,
      );
      expect((await client.context.cookies()).map(({ name }) => name)).not.toContain(
        '__Host-probemesh-session',
      );
      await client.context.close();
    });

    test('an invited person sets a password and an app, signs in with a code, and once with each recovery code', async () => {
      const link = await invite(admin, 'grace');
      const first = await newClient();
      await first.page.goto(link);
      await first.page.waitForURL(`${origin}/invitation`);
      await first.page.getByText('Enter the key by hand').click();
      await expectGood('invitation', first);
      const secret = ((await first.page.locator('code.once').textContent()) ?? '').replaceAll(' ', '');
      await first.page.getByLabel('New password').fill('password1234');
      await first.page.getByLabel('Code of the app').fill(codeAt(secret, Date.now()));
      await first.page.getByRole('button', { name: 'Set the password' }).click();
      expect(await first.page.locator('#password-error').textContent()).toContain('too easy to guess');
      await expectGood('invitation-error', first);
      await first.page.getByLabel('New password').fill(PASSWORD);
      const usedAt = Date.now();
      await first.page.getByLabel('Code of the app').fill(codeAt(secret, usedAt));
      await first.page.getByRole('button', { name: 'Set the password' }).click();
      await first.page.locator('.codes').waitFor();
      const codes = await first.page.locator('.codes code').allInnerTexts();
      expect(codes).toHaveLength(10);
      await expectGood('recovery-codes', first);
      await first.page.getByRole('link', { name: 'I have saved the codes' }).click();
      await first.page.waitForURL(`${origin}/dashboard/account`);
      await expectGood('account-password', first);
      expect(first.messages.filter((message) => !message.includes('422'))).toEqual([]);

      const second = await newClient();
      const enterPassword = async (): Promise<void> => {
        await second.page.goto(`${origin}/sign-in?return=/dashboard/account`);
        await second.page.getByLabel('Username').fill('grace');
        await second.page.getByLabel('Password').fill(PASSWORD);
        await second.page.getByRole('button', { name: 'Sign in', exact: true }).click();
        await second.page.waitForURL(`${origin}/sign-in/code`);
      };
      const enterCode = async (code: string): Promise<void> => {
        await second.page.getByLabel('Code').fill(code);
        await second.page.getByRole('button', { name: 'Sign in' }).click();
      };
      await enterPassword();
      await expectGood('code', second);
      await enterCode(codeAt(secret, usedAt));
      await second.page.getByText('The code is wrong').waitFor();
      await expectGood('code-error', second);
      await enterCode(codeAt(secret, usedAt + 30_000));
      await second.page.waitForURL(`${origin}/dashboard/account`);
      await second.context.clearCookies();
      await enterPassword();
      await enterCode(codes[0]!);
      await second.page.waitForURL(`${origin}/dashboard/account`);
      await second.context.clearCookies();
      await enterPassword();
      await enterCode(codes[0]!);
      await second.page.getByText('The code is wrong').waitFor();
      await Promise.all([first.context.close(), second.context.close()]);
    });

    test('a wrong password and an unknown account look the same to a reader', async () => {
      const { page, context } = await newClient();
      const texts: string[] = [];
      for (const username of ['grace', 'nobody']) {
        await page.goto(`${origin}/sign-in`);
        await page.getByLabel('Username').fill(username);
        await page.getByLabel('Password').fill('a wrong password here');
        await page.getByRole('button', { name: 'Sign in', exact: true }).click();
        await page.getByText('You are not signed in').waitFor();
        texts.push((await page.locator('main').innerHTML()).replaceAll(username, ''));
      }
      expect(texts[0]).toBe(texts[1]);
      await context.close();
    });

    test('a second passkey is added and the first one removed with the keyboard alone', async () => {
      const { page } = admin;
      await page.goto(`${origin}/dashboard/account`);
      // A browser has one authenticator of its own, so the old device goes first.
      await device.session.send('WebAuthn.removeVirtualAuthenticator', {
        authenticatorId: device.authenticatorId,
      });
      await addAuthenticator(admin);
      await page.getByLabel('Name of the device').focus();
      await page.keyboard.type('Security key');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await page.waitForURL(/done=passkey-added/);
      await page.getByRole('button', { name: 'Remove the passkey Test laptop' }).focus();
      await page.keyboard.press('Enter');
      await page.waitForURL(/done=passkey-removed/);
      const names = await page.locator('section[aria-labelledby=passkeys] h3').allInnerTexts();
      expect(names).toEqual(['Security key']);
    });

    test('at an address without a name, the page says where passkeys work', async () => {
      const link = new URL(await invite(admin, 'joan'));
      const client = await newClient();
      await client.page.goto(`${origin.replace('localhost', '127.0.0.1')}${link.pathname}${link.search}`);
      await client.page.waitForURL(/\/invitation$/);
      expect(await client.page.getByRole('button', { name: 'Create a passkey' }).count()).toBe(0);
      expect((await client.page.locator('main').textContent()) ?? '').toContain(
        `Open the same link with ${origin}`,
      );
      await expectGood('no-host-name', client);
      await client.page.goto(link.href);
      expect(await client.page.getByRole('button', { name: 'Create a passkey' }).count()).toBe(1);
      await client.context.close();
    });
  },
);
