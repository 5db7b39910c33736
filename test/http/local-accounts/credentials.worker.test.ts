import { beforeEach, describe, expect, test } from 'vitest';
import { BrowserSession } from '../../support/d1/browser-session.ts';
import { type Answered, bindings, clock } from '../../support/d1/http-mesh.ts';
import {
  type Account,
  addPasswordAccount,
  addPerson,
  auditActions,
  codeOf,
  countRows,
  enrolPasskey,
  PASSWORD,
  signInWithPasskey,
  signInWithPassword,
} from '../../support/d1/local-accounts.ts';
import { Authenticator } from '../../support/worker/authenticator.ts';

const NEW_PASSWORD = 'another four random words';
const PAGE = '/dashboard/account';

let browser: BrowserSession;
let network = 0;
beforeEach(() => {
  network += 1;
  browser = new BrowserSession(`203.0.113.${network}`);
  clock.now += 3_600_000;
});

const csrfOf = async (one: BrowserSession): Promise<string> => BrowserSession.csrfOf(await one.get(PAGE));

async function withPasskey(): Promise<{ account: Account; authenticator: Authenticator; csrf: string }> {
  const account = await addPerson('viewer');
  const authenticator = new Authenticator();
  await enrolPasskey(browser, account.id, authenticator);
  return { account, authenticator, csrf: await csrfOf(browser) };
}

const call = (path: string, csrf: string, body: unknown = {}): Promise<Answered> =>
  browser.call(`${PAGE}/${path}`, body, { 'x-csrf-token': csrf });

async function addPasskey(csrf: string, authenticator: Authenticator): Promise<Answered> {
  const { json } = await call('passkeys/options', csrf);
  return call('passkeys', csrf, { credential: await authenticator.create(json), name: 'Laptop' });
}

describe('what is refused', () => {
  test('every change, if the person signed in more than 15 minutes ago', async () => {
    const { account, authenticator, csrf } = await withPasskey();
    clock.now += 15 * 60_000 + 1;
    for (const path of ['passkeys/options', 'passkeys']) expect((await call(path, csrf)).status).toBe(409);
    expect((await browser.get(`${PAGE}/password`)).status).toBe(409);
    for (const path of [`passkeys/${authenticator.id}/remove`, 'password', 'recovery-codes']) {
      const answer = await browser.submit(`${PAGE}/${path}`, { csrf, password: NEW_PASSWORD });
      expect([answer.status, answer.text]).toEqual([409, expect.stringContaining('Sign in again.')]);
    }
    expect(await countRows('passkeys', account.id)).toBe(1);
    const page = await browser.get(PAGE);
    expect(page.text).toContain('/sign-in?again');
    expect(page.text).not.toContain('data-passkey');
    expect((await browser.get('/sign-in?again&return=/dashboard/account')).status).toBe(200);
  });

  test('every change by a form or script of another site, or without the token', async () => {
    const { account, authenticator } = await withPasskey();
    const changes = [
      'passkeys/options',
      'passkeys',
      `passkeys/${authenticator.id}/remove`,
      'password',
      'recovery-codes',
    ];
    for (const path of changes) {
      expect((await browser.submit(`${PAGE}/${path}`, {})).status).toBe(403);
      const foreign = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' };
      const csrf = await csrfOf(browser);
      expect((await browser.submit(`${PAGE}/${path}`, { csrf }, foreign)).status).toBe(403);
    }
    expect(await countRows('passkeys', account.id)).toBe(1);
  });

  test('every change of a person of an identity provider', async () => {
    const { account, csrf } = await withPasskey();
    await bindings.DB.prepare("UPDATE people SET issuer = 'https://id.test' WHERE id = ?")
      .bind(account.id)
      .run();
    for (const path of ['passkeys/options', 'passkeys']) expect((await call(path, csrf)).status).toBe(409);
    for (const path of ['passkeys/x/remove', 'password', 'recovery-codes']) {
      const { status, text } = await browser.submit(`${PAGE}/${path}`, { csrf });
      expect([status, text]).toEqual([409, expect.stringContaining('Your identity provider manages')]);
    }
    expect((await browser.get(PAGE)).text).not.toContain('data-passkey');
  });

  test("removing another person's passkey, and the only way to sign in", async () => {
    const { authenticator, csrf } = await withPasskey();
    const other = new Authenticator();
    await enrolPasskey(new BrowserSession('192.0.2.8'), (await addPerson('viewer')).id, other);
    for (const [id, text] of [
      [other.id, 'Your account has no such passkey.'],
      ['unknown', 'Your account has no such passkey.'],
      [authenticator.id, 'This is your only way to sign in.'],
    ]) {
      const answer = await browser.submit(`${PAGE}/passkeys/${id}/remove`, { csrf });
      expect([answer.status, answer.text]).toEqual([409, expect.stringContaining(text!)]);
    }
    expect((await signInWithPasskey(new BrowserSession('192.0.2.9'), other)).status).toBe(200);
  });

  test('a passkey that is registered already', async () => {
    const { authenticator, csrf } = await withPasskey();
    const { json } = await call('passkeys/options', csrf);
    expect(json.excludeCredentials).toEqual([
      { id: authenticator.id, transports: ['internal'], type: 'public-key' },
    ]);
    const credential = await authenticator.create(json);
    const { status, json: answer } = await call('passkeys', csrf, { credential });
    expect([status, answer.message]).toEqual([409, expect.stringContaining('registered already')]);
  });

  test('a passkey whose challenge another account asked for in this browser', async () => {
    const { csrf } = await withPasskey();
    const { json } = await call('passkeys/options', csrf);
    const flow = browser.cookies.get('__Host-probemesh-flow')!;
    const credential = await new Authenticator().create(json);
    browser = new BrowserSession('192.0.2.10');
    const other = await withPasskey();
    browser.cookies.set('__Host-probemesh-flow', flow);
    expect((await call('passkeys', other.csrf, { credential })).status).toBe(409);
    expect(await countRows('passkeys', other.account.id)).toBe(1);
  });

  test('recovery codes of an account without an authenticator app', async () => {
    const { csrf } = await withPasskey();
    const { status, text } = await browser.submit(`${PAGE}/recovery-codes`, { csrf });
    expect([status, text]).toEqual([409, expect.stringContaining('Set a password first.')]);
  });

  test('a guessable password', async () => {
    const account = await addPasswordAccount();
    await signInWithPassword(browser, account);
    const fields = { csrf: await csrfOf(browser), password: `${account.username}123456` };
    const { status, text } = await browser.submit(`${PAGE}/password`, fields);
    expect([status, text]).toEqual([422, expect.stringContaining('too easy to guess')]);
  });
});

test('a second passkey works like the first, leaves one entry, and ends no session', async () => {
  const { csrf } = await withPasskey();
  const before = [await auditActions(), browser.session];
  const second = new Authenticator();
  const added = await addPasskey(csrf, second);
  expect([added.status, added.json.next]).toEqual([200, '/dashboard/account?done=passkey-added']);
  expect([await auditActions(), browser.session]).toEqual([
    [...(before[0] as string[]), 'passkey.created'],
    before[1],
  ]);
  expect((await signInWithPasskey(new BrowserSession('192.0.2.11'), second)).status).toBe(200);
});

test('removing a passkey ends all other sessions and gives this one a new id, within its first 12 hours', async () => {
  const { account, authenticator, csrf } = await withPasskey();
  await addPasskey(csrf, new Authenticator());
  const other = new BrowserSession('192.0.2.12');
  await signInWithPasskey(other, authenticator);
  const before = await auditActions();
  const session = browser.session;
  clock.now += 60_000;
  const { status } = await browser.submit(`${PAGE}/passkeys/${authenticator.id}/remove`, { csrf });
  expect(status).toBe(303);
  expect(await auditActions()).toEqual([...before, 'passkey.deleted']);
  expect((await other.get(PAGE)).status).toBe(303);
  expect(browser.session).not.toBe(session);
  expect((await browser.get(PAGE)).status).toBe(200);
  const row = await bindings.DB.prepare('SELECT created_at, expires_at FROM sessions WHERE person_id = ?')
    .bind(account.id)
    .first();
  const began = clock.now - 60_000;
  expect(row).toEqual({ created_at: began, expires_at: began + 12 * 3_600_000 });
  expect((await signInWithPasskey(new BrowserSession('192.0.2.13'), authenticator)).status).toBe(422);
});

test('a new password keeps the authenticator app, ends all other sessions, and leaves one entry', async () => {
  const account = await addPasswordAccount();
  await signInWithPassword(browser, account);
  const other = new BrowserSession('192.0.2.14');
  await signInWithPassword(other, account);
  const before = await auditActions();
  const session = browser.session;
  const page = await browser.get(`${PAGE}/password`);
  expect(page.text).not.toContain('class="qr"');
  const fields = { csrf: BrowserSession.csrfOf(page), password: NEW_PASSWORD };
  expect((await browser.submit(`${PAGE}/password`, fields)).status).toBe(303);
  expect(await auditActions()).toEqual([...before, 'password.updated']);
  expect(browser.session).not.toBe(session);
  expect((await other.get(PAGE)).status).toBe(303);
  clock.now += 60_000;
  const fresh = new BrowserSession('192.0.2.15');
  expect(
    (await fresh.submit('/sign-in/password', { username: account.username, password: PASSWORD })).status,
  ).toBe(422);
  await fresh.submit('/sign-in/password', { username: account.username, password: NEW_PASSWORD });
  expect((await fresh.submit('/sign-in/code', { code: codeOf(account.totpSecret) })).status).toBe(303);
});

test('a person with a passkey sets a password with a new authenticator app, and may then remove the passkey', async () => {
  const { account, authenticator } = await withPasskey();
  const page = await browser.get(`${PAGE}/password`);
  expect(page.text).toContain('class="qr"');
  const secret = /class="once">([A-Z2-7 ]+)</.exec(page.text)![1]!.replaceAll(' ', '');
  const fields = { csrf: BrowserSession.csrfOf(page), password: NEW_PASSWORD, authenticator: 'new' };
  const wrong = await browser.submit(`${PAGE}/password`, { ...fields, code: '000000' });
  expect(wrong.status).toBe(422);
  const set = await browser.submit(`${PAGE}/password`, { ...fields, code: codeOf(secret) });
  expect([set.status, set.text.match(/<code>/g)]).toEqual([200, expect.objectContaining({ length: 10 })]);
  expect((await auditActions()).at(-1)).toBe('password.created');
  const removed = await browser.submit(`${PAGE}/passkeys/${authenticator.id}/remove`, {
    csrf: await csrfOf(browser),
  });
  expect(removed.status).toBe(303);
  expect(await countRows('passkeys', account.id)).toBe(0);
});

test('new recovery codes replace the old ones, and leave one entry', async () => {
  const account = await addPasswordAccount();
  await signInWithPassword(browser, account);
  const before = await auditActions();
  const { status, text } = await browser.submit(`${PAGE}/recovery-codes`, { csrf: await csrfOf(browser) });
  expect(status).toBe(200);
  expect(await auditActions()).toEqual([...before, 'recovery_codes.created']);
  const code = /<code>([0-9a-z-]{19})<\/code>/.exec(text)![1]!;
  const attempt = async (typed: string): Promise<number> => {
    const fresh = new BrowserSession('192.0.2.16');
    await fresh.submit('/sign-in/password', { username: account.username, password: PASSWORD });
    return (await fresh.submit('/sign-in/code', { code: typed })).status;
  };
  expect(await attempt(account.recoveryCodes[0]!)).toBe(422);
  expect(await attempt(code)).toBe(303);
});
