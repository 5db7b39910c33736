import { beforeEach, expect, test } from 'vitest';
import { runBatch } from '../../../src/store/database.ts';
import { deleteOldFailures } from '../../../src/store/sign-in-failures.ts';
import { BrowserSession } from '../../support/d1/browser-session.ts';
import { type Answered, bindings, clock } from '../../support/d1/http-mesh.ts';
import {
  type Account,
  addPasswordAccount,
  codeOf,
  enrolPasskey,
  PASSWORD,
  signInWithPasskey,
  signInWithPassword,
} from '../../support/d1/local-accounts.ts';
import { Authenticator } from '../../support/worker/authenticator.ts';
import { derivations } from '../../support/worker/limited-node-crypto.ts';

let networks = 0;
/** Each has its own network: the limit of networks is another one. */
function newBrowser(): BrowserSession {
  networks += 1;
  return new BrowserSession(`198.51.100.${networks}`);
}

beforeEach(() => {
  clock.now += 3_600_000;
});

const attempt = (
  username: string,
  password = 'a wrong password here',
  browser = newBrowser(),
): Promise<Answered> => browser.submit('/sign-in/password', { username, password });

async function fail(username: string, times: number, browser?: BrowserSession): Promise<number[]> {
  const statuses: number[] = [];
  for (let index = 0; index < times; index += 1)
    statuses.push((await attempt(username, undefined, browser ?? newBrowser())).status);
  return statuses;
}

test('after ten failures in 15 minutes, also the right password is refused, without being verified', async () => {
  const { username } = await addPasswordAccount();
  expect(await fail(username, 10)).toEqual(Array(10).fill(422));
  const before = derivations.count;
  const limited = await attempt(username, PASSWORD);
  expect(limited.status).toBe(429);
  expect(limited.text).toContain('Wait 15 minutes, or sign in with a passkey.');
  expect(derivations.count).toBe(before);
  clock.now += 15 * 60_000;
  expect((await attempt(username, PASSWORD)).status).toBe(303);
});

test('a username without an account is limited in the same way', async () => {
  expect(await fail('nobody-here', 10)).toEqual(Array(10).fill(422));
  expect((await attempt('nobody-here')).status).toBe(429);
});

test('twenty attempts that arrive together are ten at most', async () => {
  const { username } = await addPasswordAccount();
  const before = derivations.count;
  const answers = await Promise.all(Array.from({ length: 20 }, () => attempt(username)));
  expect(answers.filter(({ status }) => status === 422)).toHaveLength(10);
  expect(derivations.count - before).toBe(10);
});

test('a browser in which the owner has signed in before is not locked out by a stranger', async () => {
  const account = await addPasswordAccount();
  const home = newBrowser();
  expect((await signInWithPassword(home, account)).status).toBe(303);
  home.cookies.delete('__Host-probemesh-session');
  await fail(account.username, 11);
  expect((await attempt(account.username, PASSWORD)).status).toBe(429);
  expect((await signInWithPassword(home, account)).status).toBe(303);
});

test('a known browser has its own limit, and its cookie is worth nothing for another account', async () => {
  const [ada, eve] = [await addPasswordAccount(), await addPasswordAccount()];
  const browser = newBrowser();
  await signInWithPassword(browser, eve);
  browser.cookies.delete('__Host-probemesh-session');
  await fail(ada.username, 10);
  expect((await attempt(ada.username, PASSWORD, browser)).status).toBe(429);
  expect(await fail(eve.username, 11, browser)).toEqual([...Array(10).fill(422), 429]);
});

test('a forged cookie of a known browser changes nothing', async () => {
  const account = await addPasswordAccount();
  await fail(account.username, 10);
  const browser = newBrowser();
  browser.cookies.set(
    '__Host-probemesh-device',
    `v2.00000000.${btoa(JSON.stringify({ id: 'x', personId: account.id }))}`,
  );
  expect((await attempt(account.username, PASSWORD, browser)).status).toBe(429);
});

test('wrong codes count as failures of the account, so that a stolen password gives ten guesses', async () => {
  const account = await addPasswordAccount();
  const browser = newBrowser();
  await attempt(account.username, PASSWORD, browser);
  const statuses: number[] = [];
  for (let index = 0; index < 11; index += 1)
    statuses.push((await browser.submit('/sign-in/code', { code: '000000' })).status);
  expect(statuses).toEqual([...Array(10).fill(422), 429]);
  expect((await browser.submit('/sign-in/code', { code: codeOf(account.totpSecret) })).status).toBe(429);
});

test('a passkey signs its owner in although the account is limited', async () => {
  const account: Account = await addPasswordAccount();
  const authenticator = new Authenticator();
  await enrolPasskey(newBrowser(), account.id, authenticator);
  await fail(account.username, 11);
  expect((await signInWithPasskey(newBrowser(), authenticator)).status).toBe(200);
});

test('one network has twenty attempts a minute, whatever the usernames are', async () => {
  const { username } = await addPasswordAccount();
  const network = new BrowserSession('192.0.2.251');
  const statuses: number[] = [];
  for (let index = 0; index < 21; index += 1)
    statuses.push((await attempt(`user-${index}`, undefined, network)).status);
  expect(statuses).toEqual([...Array(20).fill(422), 429]);
  expect((await attempt(username, PASSWORD, network)).status).toBe(429);
  expect((await attempt(username, PASSWORD)).status).toBe(303);
});

test('failures of the past are deleted', async () => {
  const count = () => bindings.DB.prepare('SELECT count(*) AS n FROM sign_in_failures').first<number>('n');
  expect(await count()).toBeGreaterThan(0);
  await runBatch(bindings.DB, [deleteOldFailures(bindings.DB, clock.now)]);
  expect(await count()).toBe(0);
});
