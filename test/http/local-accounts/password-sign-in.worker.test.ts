import { beforeEach, describe, expect, test } from 'vitest';
import { hashPassword, needsRehash } from '../../../src/services/local-accounts/password.ts';
import { findPerson } from '../../../src/store/people.ts';
import { BrowserSession } from '../../support/d1/browser-session.ts';
import { everyTable } from '../../support/d1/every-table.ts';
import { bindings, clock } from '../../support/d1/http-mesh.ts';
import {
  addPasswordAccount,
  addPerson,
  auditActions,
  codeOf,
  countRows,
  PASSWORD,
  signInWithPassword,
} from '../../support/d1/local-accounts.ts';
import { derivations } from '../../support/worker/limited-node-crypto.ts';

let browser: BrowserSession;
let network = 0;
beforeEach(() => {
  network += 1;
  browser = new BrowserSession(`203.0.113.${network}`);
  clock.now += 3_600_000;
});

const textOf = (html: string): string => html.replace(/value="[^"]*"/g, '');

describe('what is refused', () => {
  test('an unknown account, one without a password and a disabled one answer like a wrong password: status, text and work', async () => {
    const account = await addPasswordAccount();
    const disabled = await addPasswordAccount('viewer', { disabled: true });
    const withoutRole = await addPasswordAccount(null);
    const withPasskeyOnly = await addPerson('viewer');
    const attempts = [
      [account.username, 'a wrong password here'],
      ['nobody', PASSWORD],
      [disabled.username, PASSWORD],
      [withoutRole.username, PASSWORD],
      [withPasskeyOnly.username, PASSWORD],
      ["' or 1=1 --", PASSWORD],
    ] as const;
    const answers = [];
    for (const [username, password] of attempts) {
      const before = derivations.count;
      const { status, text } = await browser.submit('/sign-in/password', { username, password });
      answers.push({ status, text: textOf(text), derivations: derivations.count - before });
    }
    expect(answers[0]).toMatchObject({ status: 422, derivations: 1 });
    expect(answers[0]!.text).toContain('The username or the password is wrong.');
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(browser.cookies.size).toBe(0);
  });

  test('a right password alone starts no session', async () => {
    const account = await addPasswordAccount();
    await browser.submit('/sign-in/password', { username: account.username, password: PASSWORD });
    expect(browser.session).toBeUndefined();
    expect((await browser.get('/dashboard/account')).status).toBe(303);
    expect(await countRows('sessions', account.id)).toBe(0);
  });

  test('a code without a password before it is refused', async () => {
    const { status, text } = await browser.submit('/sign-in/code', { code: '123456' });
    expect(status).toBe(422);
    expect(text).toContain('Start again.');
  });

  test('a code that comes more than ten minutes after the password is refused', async () => {
    const account = await addPasswordAccount();
    await browser.submit('/sign-in/password', { username: account.username, password: PASSWORD });
    clock.now += 600_000;
    expect((await browser.submit('/sign-in/code', { code: codeOf(account.totpSecret) })).status).toBe(422);
    expect(browser.session).toBeUndefined();
  });

  test('the sign-in in progress of one account takes no code of another one', async () => {
    const [ada, eve] = [await addPasswordAccount(), await addPasswordAccount()];
    await browser.submit('/sign-in/password', { username: ada.username, password: PASSWORD });
    const { status } = await browser.submit('/sign-in/code', { code: codeOf(eve.totpSecret) });
    expect(status).toBe(422);
    expect(browser.session).toBeUndefined();
  });

  test('a code that was used is refused, also in another browser, also if both come together', async () => {
    const account = await addPasswordAccount();
    const browsers = [browser, new BrowserSession('203.0.113.240'), new BrowserSession('203.0.113.241')];
    for (const one of browsers)
      await one.submit('/sign-in/password', { username: account.username, password: PASSWORD });
    const code = codeOf(account.totpSecret);
    const together = await Promise.all(
      browsers.slice(0, 2).map((one) => one.submit('/sign-in/code', { code })),
    );
    expect(together.map(({ status }) => status).toSorted()).toEqual([303, 422]);
    expect((await browsers[2]!.submit('/sign-in/code', { code })).status).toBe(422);
    expect(await countRows('sessions', account.id)).toBe(1);
  });

  test('a completed sign-in cannot be replayed with its cookie and the next code', async () => {
    const account = await addPasswordAccount();
    await browser.submit('/sign-in/password', { username: account.username, password: PASSWORD });
    const thief = new BrowserSession('203.0.113.242');
    for (const [name, value] of browser.cookies) thief.cookies.set(name, value);
    expect((await browser.submit('/sign-in/code', { code: codeOf(account.totpSecret) })).status).toBe(303);
    clock.now += 60_000;
    expect((await thief.submit('/sign-in/code', { code: codeOf(account.totpSecret) })).status).toBe(422);
    expect(thief.session).toBeUndefined();
  });

  test('a form of another site is refused before anything is verified', async () => {
    const account = await addPasswordAccount();
    const before = derivations.count;
    const { status } = await browser.submit(
      '/sign-in/password',
      { username: account.username, password: PASSWORD },
      { 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' },
    );
    expect(status).toBe(403);
    expect(derivations.count).toBe(before);
  });
});

test('a password and a code start a session, go where the person wanted to, and leave one entry', async () => {
  const account = await addPasswordAccount('editor');
  const first = await browser.submit('/sign-in/password', {
    username: ` ${account.username.toUpperCase()} `,
    password: PASSWORD,
    return: '/dashboard/account?done=1',
  });
  expect([first.status, first.headers.get('location')]).toEqual([303, '/sign-in/code']);
  expect((await browser.get('/sign-in/code')).text).toContain('autocomplete="one-time-code"');
  const before = await auditActions();
  const second = await browser.submit('/sign-in/code', { code: codeOf(account.totpSecret) });
  expect([second.status, second.headers.get('location')]).toEqual([303, '/dashboard/account?done=1']);
  expect(await auditActions()).toEqual([...before, 'session.created']);
  expect((await browser.get('/dashboard/account')).text).toContain(account.username);
  expect(browser.cookies.has('__Host-probemesh-flow')).toBe(false);
});

test('the return path never leads to another site', async () => {
  const account = await addPasswordAccount();
  const fields = { username: account.username, password: PASSWORD, return: '//evil.test/x' };
  await browser.submit('/sign-in/password', fields);
  const { headers } = await browser.submit('/sign-in/code', { code: codeOf(account.totpSecret) });
  expect(headers.get('location')).toBe('/dashboard/account');
});

test('a new sign-in ends the session that the browser had, and a planted session id is never kept', async () => {
  const account = await addPasswordAccount();
  browser.cookies.set('__Host-probemesh-session', 'pms_planted');
  await signInWithPassword(browser, account);
  const first = browser.session;
  expect(first).not.toBe('pms_planted');
  const csrf = BrowserSession.csrfOf(await browser.get('/dashboard/account'));
  clock.now += 60_000;
  await browser.submit('/sign-in/password', { username: account.username, password: PASSWORD, csrf });
  await browser.submit('/sign-in/code', { code: codeOf(account.totpSecret), csrf });
  expect(browser.session).not.toBe(first);
  expect(await countRows('sessions', account.id)).toBe(1);
});

test('a recovery code replaces the app once', async () => {
  const account = await addPasswordAccount();
  const [code = ''] = account.recoveryCodes;
  const attempt = async (typed: string): Promise<number> => {
    const one = new BrowserSession(browser.address);
    await one.submit('/sign-in/password', { username: account.username, password: PASSWORD });
    return (await one.submit('/sign-in/code', { code: typed })).status;
  };
  expect(await attempt('0000-1111-2222-3334')).toBe(422);
  expect(await attempt(code.toUpperCase().replaceAll('-', ' '))).toBe(303);
  expect(await attempt(code)).toBe(422);
  const other = await addPasswordAccount();
  const stranger = new BrowserSession(browser.address);
  await stranger.submit('/sign-in/password', { username: other.username, password: PASSWORD });
  // The codes of both accounts are the same text here. Each counts for its own account.
  expect((await stranger.submit('/sign-in/code', { code })).status).toBe(303);
});

test('a password whose hash has old parameters is hashed again at the sign-in, and still works', async () => {
  const passwordHash = await hashPassword(PASSWORD, { ln: 5, r: 8, p: 1 });
  const account = await addPasswordAccount('viewer', { passwordHash });
  const hash = async () => (await findPerson(bindings.DB, account.id))?.passwordHash ?? '';
  expect(needsRehash(await hash())).toBe(true);
  await signInWithPassword(browser, account);
  expect(needsRehash(await hash())).toBe(false);
  expect((await signInWithPassword(new BrowserSession('203.0.113.243'), account)).status).toBe(303);
});

test('the database holds no password, code, secret of an app, cookie or token', async () => {
  const account = await addPasswordAccount();
  const code = codeOf(account.totpSecret, clock.now + 60_000);
  await signInWithPassword(browser, account);
  const rows = await everyTable(bindings.DB);
  for (const secret of [
    PASSWORD,
    account.totpSecret,
    account.recoveryCodes[0]!,
    browser.session!,
    `"${code}"`,
  ])
    expect(rows).not.toContain(secret);
});
