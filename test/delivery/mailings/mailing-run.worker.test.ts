// Mailings in workerd with real D1: every subscriber gets one message of each, by fakes that verify it against the vendors'
// documentation.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mailingDeliveries, settings, statusPages, subscribers } from '../../../src/store/schema.ts';
import {
  addMonitor,
  createMailingHarness,
  type MailingHarness,
  orm,
} from '../../support/d1/mailing-harness.ts';
import { recordD1 } from '../../support/d1/recorded-d1.ts';

let harness: MailingHarness;
beforeEach(async () => {
  harness = await createMailingHarness();
});
afterEach(() => expect(harness.problems).toEqual([]));

const receivers = (): string[] => harness.accepted.map(({ to }) => to).sort();
const HOOK = 'https://hooks.reader.example/status';
const SLACK = 'https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXX';

describe('who gets a mailing', () => {
  test('a subscriber who did not confirm, or confirmed after the mailing was written, gets nothing', async () => {
    await harness.addSubscriber('pending@reader.example', { state: 'pending' });
    await harness.publish();
    harness.now += 1;
    await harness.addSubscriber('late@reader.example');
    await harness.drain();
    expect(receivers()).toEqual([]);
  });

  test('a mailing about a private monitor reaches no subscriber of a public page', async () => {
    await addMonitor('secret', { isPublic: false });
    await harness.addSubscriber('reader@reader.example');
    await harness.publish({ components: [{ component: 'monitor:secret', impact: 'major' }] });
    await harness.drain();
    expect(receivers()).toEqual([]);
  });

  test('a mailing names only the components that the page of the subscriber shows', async () => {
    await addMonitor('secret', { name: 'Project Zebra', isPublic: false });
    await addMonitor('shop', { name: 'Shop' });
    await harness.addSubscriber('reader@reader.example');
    await harness.publish({
      components: [
        { component: 'monitor:secret', impact: 'major' },
        { component: 'monitor:shop', impact: 'partial' },
      ],
    });
    await harness.drain();
    const [mail] = harness.accepted;
    expect(mail?.body.text).toContain('Affected services: Shop (Partial outage)');
    expect(JSON.stringify(mail)).not.toContain('Zebra');
  });

  test('a subscriber of one component gets what concerns it or its group, and nothing else', async () => {
    await addMonitor('shop', { group: 'Web' });
    await addMonitor('blog', { group: 'Web' });
    await addMonitor('mail');
    await harness.addSubscriber('shop@reader.example', { scope: ['monitor:shop'] });
    await harness.addSubscriber('web@reader.example', { scope: ['group:Web'] });
    await harness.addSubscriber('mail@reader.example', { scope: ['monitor:mail'] });
    await harness.publish({ components: [{ component: 'monitor:blog', impact: 'major' }] });
    await harness.drain();
    expect(receivers()).toEqual(['web@reader.example']);
    await harness.publish({ id: 'update_2', components: [{ component: 'group:Web', impact: 'major' }] });
    await harness.drain();
    expect(receivers()).toEqual(['shop@reader.example', 'web@reader.example', 'web@reader.example']);
  });

  test('what probes measure reaches subscribers only of pages where probes lead', async () => {
    await addMonitor('shop', { name: 'Shop' });
    await harness.addSubscriber('reader@reader.example');
    const measured = {
      kind: 'incident',
      components: [{ component: 'monitor:shop', impact: 'major' }],
    } as const;
    await harness.publish({ id: 'incident_1', ...measured });
    await harness.drain();
    expect(harness.accepted.map(({ body }) => body.subject)).toEqual(['[Acme status] Shop: outage measured']);
    const { DEFAULT_PAGE } = await import('../../../src/status-pages/model.ts');
    await harness.addPage({ id: 'default', config: { ...DEFAULT_PAGE.config, lead: 'people' } });
    await harness.publish({ id: 'incident_2', ...measured });
    await harness.drain();
    expect(harness.accepted).toHaveLength(1);
  });

  test('a page for some domains sends nothing to an address of another one, which it disables', async () => {
    await harness.addPage({
      id: 'partners',
      access: { type: 'email', domains: ['acme.example'], channel: 'mail' },
    });
    await harness.addSubscriber('in@acme.example', { pageId: 'partners' });
    await harness.addSubscriber('out@evil.example', { pageId: 'partners' });
    await harness.publish({ pages: ['partners'] });
    await harness.drain();
    expect(receivers()).toEqual(['in@acme.example']);
    const states = (await orm.select().from(subscribers)).map(({ state }) => state);
    expect(states.sort()).toEqual(['active', 'disabled']);
  });

  test('a page that gets a password sends nothing to those who signed up while it was public', async () => {
    await harness.addSubscriber('before@reader.example');
    harness.now += 1_000;
    await harness.addPage({ id: 'default', access: { type: 'password' } });
    await orm.update(statusPages).set({ accessVersion: harness.now });
    await harness.addSubscriber('after@reader.example');
    await harness.publish();
    await harness.drain();
    expect(receivers()).toEqual(['after@reader.example']);
    const rows = await orm.select().from(subscribers);
    expect(rows.map(({ disabledReason }) => disabledReason).sort()).toEqual([
      'The access to this page changed after the sign-up.',
      null,
    ]);
  });

  test('a subscriber of a page that was deleted gets nothing, and the delivery ends', async () => {
    const id = await harness.addSubscriber('reader@reader.example', { pageId: 'gone' });
    await orm.insert(mailingDeliveries).values({
      ...{ mailingId: 'update_1', subscriberId: id, state: 'pending' },
      ...{ nextAttemptAt: harness.now, createdAt: harness.now },
    });
    await harness.publish();
    await harness.drain();
    expect(receivers()).toEqual([]);
    expect((await orm.select().from(mailingDeliveries))[0]).toMatchObject({
      state: 'failed',
      lastError: 'the page "gone" was deleted',
    });
  });
});

describe('what each kind gets', () => {
  test('a mail has a one-click link to unsubscribe, and Markdown is text in one part and HTML in the other', async () => {
    await harness.addSubscriber('reader@reader.example', { language: 'de' });
    await harness.publish({ title: 'Checkout is slow\r\nBcc: all@victim.example' });
    await harness.drain();
    const [mail] = harness.accepted;
    expect(mail?.headers['List-Unsubscribe']).toMatch(
      /^<https:\/\/status\.example\.com\/unsubscribe\?token=sub_[a-z0-9]{20}\.[\w-]{22}>$/,
    );
    expect(mail?.headers['List-Unsubscribe-Post']).toBe('List-Unsubscribe=One-Click');
    expect(mail?.body.subject).toBe(
      '[Acme status] Checkout is slow Bcc: all@victim.example – In Untersuchung',
    );
    expect(mail?.body.text).toContain('We look into **it**.');
    expect(mail?.body.html).toContain('<strong>it</strong>');
  });

  test('a webhook gets a signed request, and Slack a text in which nothing mentions a channel', async () => {
    const id = await harness.addSubscriber(HOOK);
    const sealed = (await orm.select().from(subscribers))[0]!;
    const { unseal, subscriberPlace } = await import('../../../src/store/encryption.ts');
    const opened = await unseal<{ secret: string }>(
      harness.config,
      subscriberPlace(id),
      sealed.sealedAddress,
    );
    harness.secrets.set(HOOK, opened.secret);
    await harness.addSubscriber(SLACK);
    await harness.publish({ title: '<!channel> & all', body: '<https://evil.example|Click>' });
    await harness.drain();
    expect(receivers()).toEqual([HOOK, SLACK]);
    const hook = harness.accepted.find(({ to }) => to === HOOK);
    expect(hook?.body).toMatchObject({ type: 'status_page.update', data: { page: { id: 'default' } } });
  });
});

describe('failures', () => {
  test('a receiver that is gone is disabled, and gets nothing more', async () => {
    await harness.addSubscriber(SLACK);
    harness.answer = () => new Response('no_service', { status: 404 });
    await harness.publish();
    await harness.drain();
    expect((await orm.select().from(subscribers))[0]).toMatchObject({
      state: 'disabled',
      disabledReason: 'The receiver accepts no messages any more.',
    });
  });

  test('a webhook that redirects is not followed, and is attempted again', async () => {
    await harness.addSubscriber(HOOK);
    harness.answer = (_, init) => {
      expect(init.redirect).toBe('manual');
      return new Response(null, { status: 302, headers: { location: 'https://10.0.0.1/' } });
    };
    await harness.publish();
    await harness.drain();
    const [row] = await orm.select().from(mailingDeliveries);
    expect(row).toMatchObject({ state: 'pending', attempts: 1, lastStatus: 302 });
    expect(row!.nextAttemptAt).toBeGreaterThan(harness.now);
  });

  test('if the provider is overloaded, the other mails wait and count no attempt', async () => {
    await harness.addSubscribers(40);
    let asked = 0;
    harness.answer = () => {
      asked += 1;
      return new Response('{}', { status: 429, headers: { 'retry-after': '7' } });
    };
    await harness.publish();
    await harness.drain();
    expect(asked).toBeLessThanOrEqual(5);
    const rows = await orm.select().from(mailingDeliveries);
    expect(rows.filter(({ attempts }) => attempts === 0).length).toBeGreaterThanOrEqual(35);
    expect(Math.min(...rows.map((row) => row.nextAttemptAt))).toBe(harness.now + 7_000);
    harness.answer = () => null as never;
    harness.now += 60_000;
    await harness.drain();
    expect(new Set(receivers()).size).toBe(40);
  });

  test('without a channel for mails, they wait with the reason, and follow once there is one', async () => {
    await harness.addPage({ id: 'default' });
    const { statusPages } = await import('../../../src/store/schema.ts');
    const { DEFAULT_PAGE } = await import('../../../src/status-pages/model.ts');
    await orm.update(statusPages).set({ config: DEFAULT_PAGE.config });
    await harness.addSubscriber('reader@reader.example');
    await harness.publish();
    await harness.drain();
    expect((await orm.select().from(mailingDeliveries))[0]).toMatchObject({
      state: 'pending',
      lastError: 'the page "default" has no `mailChannel`. Set it to an email channel.',
    });
    await harness.addPage({ id: 'default' });
    harness.now += 300_000;
    await harness.drain();
    expect(receivers()).toEqual(['reader@reader.example']);
  });
});

describe('a run', () => {
  test('has at most 45 statements and five requests at once, with 400 subscribers', async () => {
    await harness.addSubscribers(400);
    await harness.publish();
    let runs = 0;
    for (let end = 'more'; end !== 'idle'; runs += 1) {
      const recorded = recordD1(harness.config.db);
      end = await harness.run(recorded.db);
      expect(recorded.take().length).toBeLessThanOrEqual(45);
    }
    expect(runs).toBeLessThan(16);
    expect(harness.mostInFlight).toBe(5);
    expect(new Set(receivers()).size).toBe(400);
    expect(harness.accepted).toHaveLength(400);
  });

  test('while one sends, another returns at once; the lease of one that died expires', async () => {
    await harness.addSubscriber('reader@reader.example');
    await harness.publish();
    await orm.insert(settings).values({
      ...{ name: 'mailings_run', value: { token: 'dead', until: harness.now + 90_000 }, updatedAt: 1 },
    });
    expect(await harness.run()).toBe('locked');
    harness.now += 90_000;
    await harness.drain();
    expect(receivers()).toEqual(['reader@reader.example']);
  });

  test('two runs without the lease of the run never send the same row twice', async () => {
    await harness.addSubscribers(30);
    await harness.publish();
    const release = () => orm.delete(settings).where(undefined);
    harness.afterAccepted = async () =>
      void (await orm.run("delete from settings where name = 'mailings_run'"));
    await Promise.all([harness.run(), release().then(() => harness.run())]);
    harness.afterAccepted = async () => {};
    await orm.run("delete from settings where name = 'mailings_run'");
    await harness.drain();
    expect(new Set(receivers()).size).toBe(30);
    expect(harness.accepted).toHaveLength(30);
  });
});
