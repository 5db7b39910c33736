// Readers sign up, confirm, change and end a subscription, by forms and by links of messages. In workerd with real D1.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { DEFAULT_PAGE } from '../../../src/status-pages/model.ts';
import { mailingDeliveries, signInFailures, statusPages, subscribers } from '../../../src/store/schema.ts';
import { type Answered, ask, bindings, clock, empty } from '../../support/d1/http-mesh.ts';
import {
  addMonitor,
  createMailingHarness,
  type MailingHarness,
  orm,
} from '../../support/d1/mailing-harness.ts';

let harness: MailingHarness;
beforeEach(async () => {
  await empty();
  await orm.delete(signInFailures);
  harness = await createMailingHarness(bindings.ENCRYPTION_KEY, bindings.PUBLIC_URL);
});
afterEach(() => expect(harness.problems).toEqual([]));

const form = (path: string, fields: Record<string, string> | [string, string][], headers = {}) =>
  ask(path, {
    ...{ method: 'POST', token: null, body: new URLSearchParams(fields).toString() },
    headers: {
      ...{ 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin', ...headers },
    },
  });
let clients = 0;
/** Each from another network, unless `headers` name one. */
const signUp = (address: string, more: Record<string, string> = {}, headers = {}): Promise<Answered> => {
  clients += 1;
  const network = { 'cf-connecting-ip': `10.${clients >> 8}.${clients & 255}.1` };
  const fields = { kind: 'email', 'email-address': address, whole: 'yes', ...more };
  return form('/subscribe', fields, { ...network, ...headers });
};
const open = (path: string): Promise<Answered> => ask(path, { token: null });

/** What is due is sent. */
async function deliver(): Promise<void> {
  harness.now = clock.now;
  await harness.drain();
}
const newestTo = (to: string) => harness.accepted.findLast((one) => one.to === to)!;
const linkIn = (text: string, path: string): string =>
  text.match(new RegExp(`${bindings.PUBLIC_URL}(${path.replace('?', '\\?')}[^\\s"<>|]+)`))![1]!;
const textTo = (to: string): string => String(newestTo(to).body.text);
const states = async () => (await orm.select().from(subscribers)).map(({ state }) => state);

describe('an address', () => {
  test('is subscribed only after the button of the mailed link: reading the page confirms nothing', async () => {
    const answer = await signUp('Reader@Example.org');
    expect(answer).toMatchObject({ status: 200 });
    expect(answer.headers.get('cache-control')).toBe('private, no-store');
    await deliver();
    const path = linkIn(textTo('Reader@example.org'), '/subscribe/confirm?token=');
    const page = await open(path);
    expect(page.text).toContain('R…@example.org');
    expect(page.headers.get('referrer-policy')).toBe('no-referrer');
    expect(await states()).toEqual(['pending']);
    expect((await form(path, {})).text).toContain('You are subscribed');
    expect(await states()).toEqual(['active']);
    await harness.publish({ at: clock.now });
    await deliver();
    expect(harness.accepted).toHaveLength(2);
  });

  test('with a line break, which would be a header, is refused, and nothing is stored', async () => {
    expect((await signUp('a@example.org\r\nBcc: b@example.org')).status).toBe(422);
    expect(await states()).toEqual([]);
  });

  test('of an international domain is stored as DNS has it, so a look-alike shows', async () => {
    await signUp('reader@еxample.org');
    await deliver();
    expect(harness.accepted[0]?.to).toBe('reader@xn--xample-2of.org');
  });

  test('the answer is the same for one that is new, waits, is subscribed, is disabled or had enough messages', async () => {
    await harness.addSubscriber('active@example.org');
    await harness.addSubscriber('disabled@example.org');
    await orm.update(subscribers).set({ state: 'disabled' }).where(undefined);
    await harness.addSubscriber('active2@example.org');
    await signUp('pending@example.org');
    const texts = [];
    for (const address of [
      'new@example.org',
      'pending@example.org',
      'active2@example.org',
      'disabled@example.org',
    ])
      for (let time = 0; time < 5; time += 1) {
        const { status, text } = await signUp(address);
        texts.push(`${status} ${text}`);
      }
    expect(new Set(texts).size).toBe(1);
  });

  test('a mailbox gets at most three messages an hour, whatever follows a plus sign', async () => {
    for (let time = 0; time < 8; time += 1) {
      await signUp(`victim+${time}@example.org`);
      clock.now += 1_000;
      await deliver();
    }
    expect(harness.accepted).toHaveLength(3);
    clock.now += 3_600_000;
    await signUp('victim@example.org');
    await deliver();
    expect(harness.accepted).toHaveLength(4);
  });

  test('one that is subscribed gets the link to its preferences, and a stranger changes nothing of it', async () => {
    await addMonitor('shop');
    await addMonitor('blog');
    await harness.addSubscriber('reader@example.org', { scope: ['monitor:shop'] });
    await signUp('reader@example.org', { whole: 'no', component: 'monitor:blog' });
    await deliver();
    expect(textTo('reader@example.org')).toContain('/subscribe/manage?token=');
    expect((await orm.select().from(subscribers))[0]).toMatchObject({
      state: 'active',
      scope: ['monitor:shop'],
    });
  });
});

describe('many sign-ups', () => {
  test('one network has at most 20 a minute', async () => {
    const headers = { 'cf-connecting-ip': '198.51.100.7' };
    const answers: number[] = [];
    for (let n = 0; n < 25; n += 1) answers.push((await signUp(`r${n}@example.org`, {}, headers)).status);
    expect(answers.filter((status) => status === 200).length).toBeLessThanOrEqual(20);
    expect(answers.at(-1)).toBe(429);
  });

  test('of 10,000 from as many networks, 300 an hour send a mail', async () => {
    const { limitSignUp } = await import('../../../src/services/subscribers/sign-up-limits.ts');
    const db = bindings.DB;
    const error = vi.spyOn(console, 'error').mockImplementation(() => {});
    const from = (network: string, receiver: string, now = clock.now) =>
      limitSignUp(db, { kind: 'email', page: 'default', network, receiver }, now);
    for (let n = 0; n < 299; n += 1) await from(`198.51.${n}.0/24`, `r${n}@example.org`);
    expect(await from('a', 'last@example.org')).toBe('allowed');
    expect(await from('b', 'more@example.org')).toBe('limited');
    expect(await from('c', 'more@example.org')).toBe('limited');
    const logged = error.mock.calls.filter(([line]) => String(line).includes('subscribe.mesh_limited'));
    error.mockRestore();
    expect(logged).toHaveLength(1);
    const answer = await signUp('reader@example.org');
    expect(answer.status).toBe(429);
    expect(await states()).toEqual([]);
    expect(await from('b', 'more@example.org', clock.now + 3_600_001)).toBe('allowed');
  });
});

describe('one network', () => {
  const signUpFrom = async (ip: string, n: number) =>
    (await signUp(`n${n}@example.org`, {}, { 'cf-connecting-ip': ip })).status;

  test('of an attacker, with all of its addresses, does not use up the sign-ups of others', async () => {
    const attacker: number[] = [];
    for (let n = 0; n < 22; n += 1) attacker.push(await signUpFrom(`203.0.113.${n}`, n));
    expect(attacker).toEqual([...Array(20).fill(200), 429, 429]);
    expect(await signUpFrom('203.0.112.1', 30)).toBe(200);
    for (let n = 40; n < 60; n += 1) await signUpFrom(`2001:db8:7:${n}::1`, n);
    expect(await signUpFrom('2001:db8:7:ffff::1', 60)).toBe(429);
    expect(await signUpFrom('2001:db8:8::1', 61)).toBe(200);
  });

  test('has a limit over all pages, a fifth of that of the mesh', async () => {
    const { limitSignUp } = await import('../../../src/services/subscribers/sign-up-limits.ts');
    const answers: string[] = [];
    for (let n = 0; n < 61; n += 1) {
      const asked = {
        kind: 'email',
        page: `p${n % 4}`,
        network: 'x',
        receiver: `r${n}@example.org`,
      } as const;
      answers.push(await limitSignUp(bindings.DB, asked, clock.now));
    }
    expect(answers).toEqual([...Array(60).fill('allowed'), 'limited']);
  });
});

describe('a link', () => {
  test('that is guessed, changed, or of another subscriber, page or purpose does nothing', async () => {
    await harness.addPage({ id: 'other', title: 'Other' });
    await harness.addSubscriber('reader@example.org');
    await harness.publish({ at: clock.now });
    await deliver();
    const path = linkIn(textTo('reader@example.org'), '/unsubscribe?token=');
    const token = path.split('=')[1]!;
    const wrong = [
      `/unsubscribe?token=${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`,
      `/unsubscribe?token=sub_${'a'.repeat(20)}.${token.split('.')[1]}`,
      `/pages/other/unsubscribe?token=${token}`,
      `/subscribe/confirm?token=${token}`,
      '/unsubscribe?token=',
      '/unsubscribe',
    ];
    for (const one of wrong) expect((await form(one, {})).status, one).toBe(404);
    expect(await states()).toEqual(['active']);
  });

  test('to unsubscribe shows a button, and acts on the form and on the one-click request of RFC 8058 without a cookie', async () => {
    await harness.addSubscriber('reader@example.org');
    await harness.publish({ at: clock.now });
    await deliver();
    const header = newestTo('reader@example.org').headers['List-Unsubscribe']!;
    const path = header.slice(1 + bindings.PUBLIC_URL.length, -1);
    expect((await open(path)).text).toContain('<button');
    expect(await states()).toEqual(['active']);
    const oneClick = await ask(path, {
      ...{ method: 'POST', token: null, body: 'List-Unsubscribe=One-Click' },
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'cross-site' },
    });
    expect(oneClick.status).toBe(200);
    expect(await orm.select().from(subscribers)).toEqual([]);
    expect(await orm.select().from(mailingDeliveries)).toEqual([]);
    // A repeat, or a forwarded mail, finds nothing.
    expect((await form(path, {})).status).toBe(404);
  });

  test('to confirm expires after three days', async () => {
    await signUp('reader@example.org');
    await deliver();
    const path = linkIn(textTo('reader@example.org'), '/subscribe/confirm?token=');
    clock.now += 3 * 86_400_000 + 1_000;
    expect((await form(path, {})).status).toBe(410);
    expect(await states()).toEqual(['pending']);
  });

  test('to the preferences changes what the subscriber reads of, and in which language', async () => {
    await addMonitor('shop', { name: 'Shop' });
    await addMonitor('secret', { isPublic: false });
    await harness.addSubscriber('reader@example.org');
    await harness.publish({ at: clock.now });
    await deliver();
    const path = linkIn(textTo('reader@example.org'), '/subscribe/manage?token=');
    await addMonitor('blog', { name: 'Blog' });
    const saved = await form(path, [
      ...[
        ['whole', 'no'],
        ['component', 'monitor:blog'],
        ['component', 'monitor:shop'],
      ],
      ...[
        ['component', 'monitor:secret'],
        ['language', 'de'],
      ],
    ] as [string, string][]);
    expect(saved.status).toBe(303);
    expect((await orm.select().from(subscribers))[0]).toMatchObject({
      scope: ['monitor:blog', 'monitor:shop'],
      language: 'de',
    });
    expect((await open(saved.headers.get('location')!)).text).toContain('Das Abonnement wurde geändert.');
    expect((await form(path, { whole: 'no' })).status).toBe(422);
  });
});

describe('a webhook', () => {
  const url = 'https://hooks.reader.example/status';
  const post = (address: string) => form('/subscribe', { kind: 'webhook', 'webhook-address': address });

  test('is subscribed once it returns the challenge, and verifies what follows with the secret that it got', async () => {
    expect((await post(url)).status).toBe(200);
    harness.returnsChallenge = false;
    await deliver();
    expect(await states()).toEqual(['pending']);
    harness.returnsChallenge = true;
    clock.now += 1_000;
    await post(url);
    await deliver();
    expect(await states()).toEqual(['active']);
    clock.now += 1_000;
    await harness.publish({ at: clock.now });
    await deliver();
    expect(newestTo(url).body).toMatchObject({ type: 'status_page.update' });
  });

  test('in a private network is refused, and nothing is stored', async () => {
    expect((await post('https://169.254.169.254/latest/meta-data')).status).toBe(422);
    expect(await states()).toEqual([]);
  });
});

test('a channel of Slack is asked by a message with a link, and subscribed by its button', async () => {
  const address = 'https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXX';
  await form('/subscribe', { kind: 'slack', 'slack-address': address });
  await deliver();
  const path = linkIn(JSON.stringify(newestTo(address).body), '/subscribe/confirm?token=');
  await form(path, {});
  expect(await states()).toEqual(['active']);
});

describe('a page', () => {
  test('that readers need a password for takes no sign-up without it, but a mailed link works', async () => {
    await harness.addPage({ id: 'default', access: { type: 'password' } });
    expect((await signUp('reader@example.org')).status).toBe(403);
    expect(await states()).toEqual([]);
    await harness.addSubscriber('reader@example.org');
    await harness.publish({ at: clock.now });
    await deliver();
    const path = linkIn(textTo('reader@example.org'), '/unsubscribe?token=');
    expect((await open(path)).status).toBe(200);
    const guessed = await open('/unsubscribe?token=guessed');
    expect(guessed.text).not.toContain('Acme');
    expect((await form(path, {})).status).toBe(200);
    expect(await states()).toEqual([]);
  });

  test('without subscriptions, or without a channel for mails, takes none', async () => {
    await orm.update(statusPages).set({ config: { ...DEFAULT_PAGE.config, subscriptions: false } });
    expect((await signUp('reader@example.org')).status).toBe(404);
    await orm.update(statusPages).set({ config: DEFAULT_PAGE.config });
    expect((await signUp('reader@example.org')).status).toBe(404);
    expect((await open('/subscribe')).text).toContain('/feed.rss');
  });
});
