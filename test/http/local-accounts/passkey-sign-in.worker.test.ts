import { beforeEach, describe, expect, test } from 'vitest';
import { BrowserSession } from '../../support/d1/browser-session.ts';
import { bindings, clock } from '../../support/d1/http-mesh.ts';
import {
  addPerson,
  auditActions,
  countRows,
  enrolPasskey,
  signInWithPasskey,
} from '../../support/d1/local-accounts.ts';
import { Authenticator, type Changes } from '../../support/worker/authenticator.ts';

let browser: BrowserSession;
let network = 0;
beforeEach(() => {
  network += 1;
  browser = new BrowserSession(`203.0.113.${network}`);
  clock.now += 60_000;
});

async function owner(role: 'viewer' | 'admin' = 'viewer') {
  const account = await addPerson(role);
  const authenticator = new Authenticator();
  const enrolled = await enrolPasskey(new BrowserSession('192.0.2.99'), account.id, authenticator);
  expect(enrolled.status).toBe(200);
  return { account, authenticator };
}

describe('what is refused', () => {
  const REFUSED: readonly [string, Parameters<Authenticator['get']>[0] | object, Changes][] = [
    ['signed for another site', { origin: 'https://evil.test' }, {}],
    ['signed for another host name', { rpId: 'evil.test' }, {}],
    ['signed for a sub-domain', { origin: 'https://a.status.test' }, {}],
    ['without a verified person', {}, { withoutVerification: true }],
    ['signed for a registration', {}, { type: 'webauthn.create' }],
    ['of a cloned authenticator, whose counter is behind', {}, { counter: 1 }],
    ['with the handle of another person', {}, { userHandle: 'cGVyX290aGVy' }],
    ['without the handle of a person', {}, { userHandle: null }],
  ];

  test.each(REFUSED)('an assertion %s', async (_title, ceremony, changes) => {
    const { account, authenticator } = await owner();
    const { json } = await browser.call('/sign-in/passkey/options', {});
    const credential = await authenticator.get({ challenge: json.challenge, ...ceremony }, changes);
    const answer = await browser.call('/sign-in/passkey', { credential });
    expect(answer.status).toBe(422);
    expect(answer.json.message).toContain('This passkey does not work here');
    expect(browser.session).toBeUndefined();
    expect(await countRows('sessions', account.id)).toBe(1);
  });

  test('a challenge of another sign-in, and one that was answered before', async () => {
    const { account, authenticator } = await owner();
    const other = await new BrowserSession().call('/sign-in/passkey/options', {});
    await browser.call('/sign-in/passkey/options', {});
    const foreign = await authenticator.get(other.json);
    expect((await browser.call('/sign-in/passkey', { credential: foreign })).status).toBe(422);

    const { json } = await browser.call('/sign-in/passkey/options', {});
    const flow = browser.cookies.get('__Host-probemesh-flow')!;
    const credential = await authenticator.get(json);
    expect((await browser.call('/sign-in/passkey', { credential })).status).toBe(200);
    const thief = new BrowserSession();
    thief.cookies.set('__Host-probemesh-flow', flow);
    expect((await thief.call('/sign-in/passkey', { credential })).status).toBe(422);
    const again = await authenticator.get(json);
    expect((await thief.call('/sign-in/passkey', { credential: again })).status).toBe(422);
    expect(await countRows('sessions', account.id)).toBe(2);
  });

  test('an answer that takes longer than ten minutes', async () => {
    const { authenticator } = await owner();
    const { json } = await browser.call('/sign-in/passkey/options', {});
    clock.now += 600_000;
    const credential = await authenticator.get(json);
    const { status, json: answer } = await browser.call('/sign-in/passkey', { credential });
    expect([status, answer.message]).toEqual([422, expect.stringContaining('longer than 10 minutes')]);
  });

  test.each([
    null,
    [],
    'text',
    {},
    { credential: null },
    { credential: { id: 7 } },
    { credential: { id: 'x', response: {} } },
  ])('a body of another form: %j', async (body) => {
    await browser.call('/sign-in/passkey/options', {});
    const { status } = await browser.call('/sign-in/passkey', body);
    expect(status).toBe(422);
  });

  test('a malformed answer of a passkey that exists', async () => {
    const { authenticator } = await owner();
    for (const response of [undefined, {}, { clientDataJSON: '!', authenticatorData: 'AA', signature: '' }]) {
      await browser.call('/sign-in/passkey/options', {});
      const credential = { id: authenticator.id, rawId: authenticator.id, type: 'public-key', response };
      expect((await browser.call('/sign-in/passkey', { credential })).status).toBe(422);
    }
  });

  test('the passkey of a person who was disabled, or lost the role', async () => {
    const { account, authenticator } = await owner();
    for (const change of ['disabled = 1', 'disabled = 0, role = NULL']) {
      await bindings.DB.prepare(`UPDATE people SET ${change} WHERE id = ?`).bind(account.id).run();
      expect((await signInWithPasskey(browser, authenticator)).status).toBe(422);
    }
  });

  test('a request of another site', async () => {
    const headers = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' };
    expect((await browser.call('/sign-in/passkey/options', {}, headers)).status).toBe(403);
  });
});

test('a passkey starts a session, goes where the person wanted to, and leaves one entry', async () => {
  const { account, authenticator } = await owner();
  const before = await auditActions();
  const { json } = await browser.call('/sign-in/passkey/options', { return: '/dashboard/keys' });
  expect(json).toMatchObject({ rpId: 'status.test', userVerification: 'required' });
  expect(json.allowCredentials ?? []).toEqual([]);
  const answer = await browser.call('/sign-in/passkey', { credential: await authenticator.get(json) });
  expect([answer.status, answer.json]).toEqual([200, { next: '/dashboard/keys' }]);
  expect(await auditActions()).toEqual([...before, 'session.created']);
  const row = await bindings.DB.prepare('SELECT counter, last_used_at FROM passkeys WHERE person_id = ?')
    .bind(account.id)
    .first();
  expect(row).toEqual({ counter: authenticator.counter, last_used_at: clock.now });
  expect((await browser.get('/dashboard/account')).text).toContain('My phone');
});

test('the return path never leads to another site', async () => {
  const { authenticator } = await owner();
  const { json } = await browser.call('/sign-in/passkey/options', { return: 'https://evil.test/' });
  const answer = await browser.call('/sign-in/passkey', { credential: await authenticator.get(json) });
  expect(answer.json.next).toBe('/dashboard/account');
});

test('an authenticator without a counter works again and again', async () => {
  const { account, authenticator } = await owner();
  await bindings.DB.prepare('UPDATE passkeys SET counter = 0 WHERE person_id = ?').bind(account.id).run();
  for (let index = 0; index < 2; index += 1) {
    const { json } = await browser.call('/sign-in/passkey/options', {});
    const credential = await authenticator.get(json, { counter: 0 });
    expect((await browser.call('/sign-in/passkey', { credential })).status).toBe(200);
    browser.cookies.delete('__Host-probemesh-session');
  }
});
