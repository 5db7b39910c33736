import { beforeEach, describe, expect, test, vi } from 'vitest';
import { hashToken, newToken } from '../../../src/services/tokens.ts';
import { findPersonByUsername } from '../../../src/store/people.ts';
import { BrowserSession } from '../../support/d1/browser-session.ts';
import { type Answered, ask, bindings, clock } from '../../support/d1/http-mesh.ts';
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

let browser: BrowserSession;
let network = 0;
beforeEach(() => {
  network += 1;
  browser = new BrowserSession(`203.0.113.${network}`);
  clock.now += 3_600_000;
});

/** The key of the authenticator app, as the page shows it. */
const secretOf = ({ text }: Answered): string =>
  /class="once">([A-Z2-7 ]+)</.exec(text)?.[1]?.replaceAll(' ', '') ?? '';

async function setPassword(one: BrowserSession, link: string): Promise<Answered> {
  await one.get(link);
  const secret = secretOf(await one.get('/invitation'));
  return one.submit('/invitation/password', { password: PASSWORD, code: codeOf(secret) });
}

describe('an invitation that does not work', () => {
  test('a wrong, an old, a replaced and a used link, and that of a disabled person, look the same', async () => {
    const person = await addPerson('viewer');
    const old = await invite(person.id, clock.now - 72 * 3_600_000);
    const used = await invite(person.id);
    expect((await setPassword(new BrowserSession('192.0.2.77'), used)).status).toBe(200);
    const disabled = await invite((await addPerson('viewer', { disabled: true })).id);
    const withoutRole = await invite((await addPerson(null)).id);
    const links = [
      `/invitation?token=${newToken('pmi')}`,
      '/invitation?token=',
      old,
      used,
      disabled,
      withoutRole,
    ];
    const pages = [];
    for (const link of links) pages.push(await browser.get(link));
    expect(new Set(pages.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(pages[0]!.status).toBe(404);
    expect(pages[0]!.text).toContain('Ask an admin for a new one.');
    expect(browser.cookies.size).toBe(0);
  });

  test('two people who use one link at the same time: one of them gets the account', async () => {
    const person = await addPerson('viewer');
    const link = await invite(person.id);
    const [ada, eve] = [new BrowserSession('192.0.2.1'), new BrowserSession('192.0.2.2')];
    const codes: string[] = [];
    for (const one of [ada, eve]) {
      await one.get(link);
      codes.push(codeOf(secretOf(await one.get('/invitation'))));
    }
    const answers = await Promise.all(
      [ada, eve].map((one, index) =>
        one.submit('/invitation/password', { password: PASSWORD, code: codes[index]! }),
      ),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 422]);
    expect(await countRows('sessions', person.id)).toBe(1);
  });

  test('a page that is open for more than ten minutes asks for the link again, which still works', async () => {
    const link = await invite((await addPerson('viewer')).id);
    await browser.get(link);
    clock.now += 600_000;
    const late = await browser.get('/invitation');
    expect([late.status, late.text]).toEqual([
      422,
      expect.stringContaining('Open the link that you got again'),
    ]);
    expect((await setPassword(browser, link)).status).toBe(200);
  });
});

describe('what a person sets', () => {
  test('a guessable password and a wrong code are refused, and the link still works', async () => {
    const person = await addPerson('viewer');
    await browser.get(await invite(person.id));
    const secret = secretOf(await browser.get('/invitation'));
    const weak = await browser.submit('/invitation/password', {
      password: 'password1234',
      code: codeOf(secret),
    });
    expect([weak.status, weak.text]).toEqual([422, expect.stringContaining('too easy to guess')]);
    const wrong = await browser.submit('/invitation/password', { password: PASSWORD, code: '000000' });
    expect([wrong.status, wrong.text]).toEqual([
      422,
      expect.stringContaining('The code does not belong to this key.'),
    ]);
    expect(wrong.text).not.toContain(PASSWORD);
    expect(browser.session).toBeUndefined();
    expect(
      (await browser.submit('/invitation/password', { password: PASSWORD, code: codeOf(secret) })).status,
    ).toBe(200);
  });

  test('a password is set with ten recovery codes, which are shown once, and its code cannot be used again', async () => {
    const person = await addPerson('editor');
    const before = await auditActions();
    const done = await setPassword(browser, await invite(person.id));
    const codes = done.text.match(/<code>[0-9a-z]{4}(-[0-9a-z]{4}){3}<\/code>/g) ?? [];
    expect(codes).toHaveLength(10);
    expect(done.headers.get('cache-control')).toBe('private, no-store');
    expect(await auditActions()).toEqual([...before, 'invitation.used']);
    const account = await browser.get('/dashboard/account');
    expect(account.text).toContain('10 recovery codes are left.');
    expect(account.text).not.toContain(codes[0]!);
  });

  test('an attestation with certificates is refused: the Worker would fetch addresses that are in them', async () => {
    const lines = vi.spyOn(console, 'log');
    const person = await addPerson('viewer');
    await browser.get(await invite(person.id));
    for (const format of ['packed', 'fido-u2f', 'tpm', 'android-key', 'apple']) {
      const { json } = await browser.call('/invitation/passkey/options', {});
      const statement = new Map<string, unknown>([['x5c', [new Uint8Array(8)]]]);
      const credential = await new Authenticator().create(json, {}, { format, statement });
      expect((await browser.call('/invitation/passkey', { credential })).status).toBe(422);
    }
    // Refused before the library reads them.
    const reasons = lines.mock.calls.filter(([line]) =>
      String(line).includes('the attestation has certificates'),
    );
    expect(reasons).toHaveLength(5);
    lines.mockRestore();
    expect(await countRows('passkeys', person.id)).toBe(0);
  });

  test.each([
    ['of another site', { origin: 'https://evil.test' }, {}],
    ['of another host name', { rpId: 'evil.test' }, {}],
    ['without a verified person', {}, { withoutVerification: true }],
    ['that is an assertion', {}, { type: 'webauthn.get' }],
  ] as const)('a passkey %s is refused', async (_title, ceremony, changes) => {
    const person = await addPerson('viewer');
    await browser.get(await invite(person.id));
    const { json } = await browser.call('/invitation/passkey/options', {});
    const credential = await new Authenticator().create(json, ceremony, changes);
    expect((await browser.call('/invitation/passkey', { credential })).status).toBe(422);
    expect(await countRows('passkeys', person.id)).toBe(0);
  });

  test('a passkey signs in at once, and its challenge counts once', async () => {
    const person = await addPerson('viewer');
    await browser.get(await invite(person.id));
    const { json } = await browser.call('/invitation/passkey/options', {});
    expect(json).toMatchObject({
      rp: { id: 'status.test' },
      user: { name: person.username },
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      attestation: 'none',
    });
    const credential = await new Authenticator().create(json);
    const copy = new BrowserSession();
    for (const [name, value] of browser.cookies) copy.cookies.set(name, value);
    const done = await browser.call('/invitation/passkey', { credential, name: ' My\u0000 phone\n' });
    expect([done.status, done.json]).toEqual([200, { next: '/dashboard/account' }]);
    expect((await browser.get('/dashboard/account')).text).toContain('My phone');
    expect((await copy.call('/invitation/passkey', { credential })).status).toBe(409);
  });

  test('an invitation replaces everything that the person had, and ends the sessions', async () => {
    const account = await addPasswordAccount();
    await signInWithPassword(browser, account);
    const authenticator = new Authenticator();
    const fresh = new BrowserSession('192.0.2.3');
    expect((await enrolPasskey(fresh, account.id, authenticator)).status).toBe(200);
    expect((await browser.get('/dashboard/account')).status).toBe(303);
    expect((await signInWithPassword(new BrowserSession('192.0.2.4'), account)).status).toBe(422);
    expect(await countRows('recovery_codes', account.id)).toBe(0);
    expect(await countRows('invitations', account.id)).toBe(0);
    expect((await signInWithPasskey(new BrowserSession('192.0.2.5'), authenticator)).status).toBe(200);
  });
});

test('the token of a link leaves the address at once, and a request for a passkey needs no token', async () => {
  const link = await invite((await addPerson('viewer')).id);
  const { status, headers } = await browser.get(link);
  expect([status, headers.get('location')]).toEqual([303, '/invitation']);
  expect((await browser.get('/invitation')).text).not.toContain('pmi_');
});

describe('the setup link', () => {
  const token = newToken('pmu');
  const FORM = { token, name: 'Ada Lovelace', username: 'Ada' };
  /** The Worker has the secret. */
  const withToken = async (one: BrowserSession): Promise<void> => {
    bindings.SETUP_TOKEN_SHA256 = await hashToken(token);
    one.cookies.clear();
  };

  test('without the secret, with a wrong token and without one, the page says the same', async () => {
    const pages = [await browser.get(`/setup?token=${token}`)];
    await withToken(browser);
    pages.push(await browser.get('/setup'), await browser.get(`/setup?token=${newToken('pmu')}`));
    pages.push(await browser.submit('/setup', { ...FORM, token: 'wrong' }));
    expect(new Set(pages.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(pages[0]!.status).toBe(404);
  });

  test('a name and a username that are not valid are named, and nothing is created', async () => {
    await withToken(browser);
    const taken = await addPerson('viewer', { username: 'taken' });
    expect(taken.username).toBe('taken');
    for (const [username, message] of [
      ['', 'A username must be'],
      ['-ada', 'A username must be'],
      ['taken', 'A person has this username.'],
    ]) {
      const page = await browser.submit('/setup', { ...FORM, username: username! });
      expect([page.status, page.text]).toEqual([422, expect.stringContaining(message!)]);
    }
    const page = await browser.submit('/setup', { ...FORM, name: ' ' });
    expect([page.status, page.text]).toEqual([422, expect.stringContaining('between 1 and 100')]);
    expect(browser.cookies.size).toBe(0);
  });

  test('the token is used up by the first credential, and not before', async () => {
    await withToken(browser);
    for (let index = 0; index < 2; index += 1) {
      const { status, headers } = await browser.submit('/setup', FORM);
      expect([status, headers.get('location')]).toEqual([303, '/invitation']);
      expect(await findPersonByUsername(bindings.DB, 'ada')).toBeNull();
    }
    const late = new BrowserSession('192.0.2.6');
    await late.submit('/setup', { ...FORM, username: 'eve' });
    const { json } = await browser.call('/invitation/passkey/options', {});
    const before = await auditActions();
    const authenticator = new Authenticator();
    const credential = await authenticator.create(json);
    expect((await browser.call('/invitation/passkey', { credential })).status).toBe(200);
    expect(await auditActions()).toEqual([...before, 'person.created']);
    expect(await findPersonByUsername(bindings.DB, 'ada')).toMatchObject({
      role: 'admin',
      tags: null,
      issuer: 'local',
      name: 'Ada Lovelace',
    });
    expect((await browser.get('/dashboard/people')).status).toBe(200);
    expect((await browser.get(`/setup?token=${token}`)).status).toBe(404);
    const lost = await late.call('/invitation/passkey/options', {});
    const second = await new Authenticator().create(lost.json);
    expect((await late.call('/invitation/passkey', { credential: second })).status).toBe(409);
    expect(await findPersonByUsername(bindings.DB, 'eve')).toBeNull();
    const [row] = (
      await bindings.DB.prepare(
        "SELECT actor_type, actor_name FROM audit_entries WHERE action = 'person.created'",
      ).all()
    ).results;
    expect(row).toEqual({ actor_type: 'setup', actor_name: 'setup token' });
    expect((await signInWithPasskey(new BrowserSession('192.0.2.7'), authenticator)).status).toBe(200);
  });
});

test('the passkey script is a file of its own, which browsers may keep', async () => {
  const { text } = await browser.get('/sign-in');
  const path = /src="(\/assets\/passkeys-[0-9a-f]+\.js)"/.exec(text)?.[1] ?? '';
  const script = await ask(path, { token: null });
  expect(script.status).toBe(200);
  expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
  expect(script.headers.get('cache-control')).toContain('immutable');
});
