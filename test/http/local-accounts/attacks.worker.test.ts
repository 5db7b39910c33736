// Attacks on local accounts that need two requests at once, a cookie of another account, or a D1 that fails in between.
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { hashPassword } from '../../../src/services/local-accounts/password.ts';
import { BrowserSession } from '../../support/d1/browser-session.ts';
import { failingD1 } from '../../support/d1/failing-d1.ts';
import { type Answered, bindings, clock } from '../../support/d1/http-mesh.ts';
import {
  addPasswordAccount,
  addPerson,
  auditActions,
  codeOf,
  countRows,
  enrolPasskey,
  invite,
  PASSWORD,
  signInWithPasskey,
  signInWithPassword,
} from '../../support/d1/local-accounts.ts';
import { Authenticator } from '../../support/worker/authenticator.ts';
import { derivations } from '../../support/worker/limited-node-crypto.ts';

let networks = 0;
const newBrowser = (): BrowserSession => {
  networks += 1;
  return new BrowserSession(`198.18.0.${networks}`);
};
beforeEach(() => {
  clock.now += 3_600_000;
});

const execute = (sql: string, ...values: unknown[]) =>
  bindings.DB.prepare(sql)
    .bind(...values)
    .run();

describe('guessing', () => {
  test('the cookie of a known browser gives twenty guesses a minute of other accounts, and no row beyond that', async () => {
    const eve = await addPasswordAccount();
    const browser = newBrowser();
    await signInWithPassword(browser, eve);
    const statuses: number[] = [];
    for (let index = 0; index < 25; index += 1) {
      const one = newBrowser();
      one.cookies.set('__Host-probemesh-device', browser.cookies.get('__Host-probemesh-device')!);
      const fields = { username: `victim-${index}`, password: 'a wrong password here' };
      statuses.push((await one.submit('/sign-in/password', fields)).status);
    }
    expect(statuses.filter((status) => status === 422).length).toBeLessThanOrEqual(20);
    expect(statuses.at(-1)).toBe(429);
  });

  test('attempts beyond the limit of an account write nothing', async () => {
    const account = await addPasswordAccount();
    const failures = () =>
      bindings.DB.prepare('SELECT max(failures) AS n FROM sign_in_failures').first<number>('n');
    const before = derivations.count;
    for (let index = 0; index < 15; index += 1)
      await newBrowser().submit('/sign-in/password', {
        username: account.username,
        password: 'wrong wrong wrong',
      });
    expect(await failures()).toBe(11);
    expect(derivations.count - before).toBe(10);
  });
});

describe('a proof that was taken away meanwhile', () => {
  test('a password that was right before it was changed completes no sign-in, with an app or a recovery code', async () => {
    const account = await addPasswordAccount();
    const thief = newBrowser();
    await thief.submit('/sign-in/password', { username: account.username, password: PASSWORD });
    await execute(
      'UPDATE people SET password_hash = ? WHERE id = ?',
      await hashPassword('other words of mine'),
      account.id,
    );
    for (const code of [codeOf(account.totpSecret), account.recoveryCodes[0]!])
      expect((await thief.submit('/sign-in/code', { code })).status).toBe(422);
    expect(await countRows('sessions', account.id)).toBe(0);
  });

  test.each([
    ['the account is disabled', 'UPDATE people SET disabled = 1 WHERE id = ?'],
    ['the account is deleted', 'DELETE FROM people WHERE id = ?'],
    ['the password is removed', 'UPDATE people SET password_hash = null WHERE id = ?'],
    ['the authenticator app is replaced', "UPDATE people SET totp_secret = 'x' WHERE id = ?"],
  ])('no session starts if %s between the verification and the transaction', async (_, sql) => {
    const account = await addPasswordAccount();
    const browser = newBrowser();
    await browser.submit('/sign-in/password', { username: account.username, password: PASSWORD });
    const code = codeOf(account.totpSecret);
    browser.env = { DB: raced(sql, account.id) };
    expect((await browser.submit('/sign-in/code', { code })).status).toBe(422);
    expect([browser.session, await countRows('sessions', account.id)]).toEqual([undefined, 0]);
  });

  test('no session starts if the passkey is removed between the verification and the transaction', async () => {
    const { id } = await addPerson('admin');
    const authenticator = new Authenticator();
    await enrolPasskey(newBrowser(), id, authenticator);
    await execute('DELETE FROM sessions WHERE person_id = ?', id);
    const browser = newBrowser();
    browser.env = { DB: raced('DELETE FROM passkeys WHERE person_id = ?', id) };
    expect((await signInWithPasskey(browser, authenticator)).status).toBe(422);
    expect([browser.session, await countRows('sessions', id)]).toEqual([undefined, 0]);
  });
});

/** A D1 in which another change, with its entry, commits right before the transaction of the sign-in. */
const raced = (sql: string, id: string): D1Database =>
  failingD1(bindings.DB, 0, async () => {
    await execute(sql, id);
    // The entry of that change takes the place of the one of the sign-in: the transaction is tried again.
    const other = await addPerson('viewer');
    await newBrowser().get(await invite(other.id));
    await enrolPasskey(newBrowser(), other.id, new Authenticator());
  }).db;

test('the answer of an authenticator adds a passkey once: it does not bring a removed passkey back', async () => {
  const { id } = await addPerson('viewer');
  const browser = newBrowser();
  await enrolPasskey(browser, id, new Authenticator());
  const csrf = BrowserSession.csrfOf(await browser.get('/dashboard/account'));
  const headers = { 'x-csrf-token': csrf };
  const second = new Authenticator();
  const { json } = await browser.call('/dashboard/account/passkeys/options', {}, headers);
  const body = { credential: await second.create(json), name: 'Second' };
  expect((await browser.call('/dashboard/account/passkeys', body, headers)).status).toBe(200);
  await execute("DELETE FROM passkeys WHERE name = 'Second'");
  expect((await browser.call('/dashboard/account/passkeys', body, headers)).status).toBe(409);
  expect(await countRows('passkeys', id)).toBe(1);
});

test('an invitation that is opened in the browser of another person ends the session of that person', async () => {
  const [ada, eve] = [await addPerson('admin'), await addPerson('viewer')];
  const browser = newBrowser();
  await enrolPasskey(browser, ada.id, new Authenticator());
  const csrf = BrowserSession.csrfOf(await browser.get('/dashboard/account'));
  const headers = { 'x-csrf-token': csrf };
  await browser.get(await invite(eve.id));
  const options = await browser.call('/invitation/passkey/options', {}, headers);
  const credential = await new Authenticator().create(options.json);
  expect((await browser.call('/invitation/passkey', { credential }, headers)).status).toBe(200);
  expect([await countRows('sessions', ada.id), await countRows('sessions', eve.id)]).toEqual([0, 1]);
});

describe('a D1 that fails at one request', () => {
  type Step = (browser: BrowserSession) => Promise<Answered>;

  /** Fails at the first request, then at the second, … until the step passes. */
  async function failAtEach(browser: BrowserSession, personId: string, step: Step): Promise<number> {
    const cookies = [...browser.cookies];
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    try {
      for (let failing = 1; ; failing += 1) {
        const before = await auditActions();
        const { db, count } = failingD1(bindings.DB, failing);
        browser.env = { DB: db };
        const { status } = await step(browser);
        if (count() < failing) return failing - 1;
        expect([failing, status, browser.session]).toEqual([failing, 500, undefined]);
        expect([await countRows('sessions', personId), await auditActions()]).toEqual([0, before]);
        browser.cookies.clear();
        for (const [name, value] of cookies) browser.cookies.set(name, value);
      }
    } finally {
      browser.env = {};
      vi.restoreAllMocks();
    }
  }

  test('leaves no half sign-in with a code, and the same code works afterwards, with one entry', async () => {
    const account = await addPasswordAccount();
    const browser = newBrowser();
    await browser.submit('/sign-in/password', { username: account.username, password: PASSWORD });
    const code = codeOf(account.totpSecret);
    const before = await auditActions();
    const requests = await failAtEach(browser, account.id, (one) => one.submit('/sign-in/code', { code }));
    expect(requests).toBeGreaterThan(5);
    expect(browser.session).toBeDefined();
    expect(await auditActions()).toEqual([...before, 'session.created']);
  });

  test('leaves no half enrolment, and the link works afterwards', async () => {
    const { id } = await addPerson('viewer');
    const browser = newBrowser();
    await browser.get(await invite(id));
    const { json } = await browser.call('/invitation/passkey/options', {});
    const credential = await new Authenticator().create(json);
    const before = await auditActions();
    const requests = await failAtEach(browser, id, async (one) => {
      expect(await countRows('passkeys', id)).toBe(0);
      expect(await countRows('invitations', id)).toBe(1);
      return one.call('/invitation/passkey', { credential });
    });
    expect(requests).toBeGreaterThan(3);
    expect(await auditActions()).toEqual([...before, 'invitation.used']);
    expect(await countRows('sessions', id)).toBe(1);
  });
});
