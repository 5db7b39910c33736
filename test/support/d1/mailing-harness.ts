// Owns mailings in real D1 with a clock, a queue and receivers that tests control: Resend, which takes an idempotency key once
// (https://resend.com/docs/dashboard/emails/idempotency-keys), webhooks, which verify signatures, and Slack.
import { env } from 'cloudflare:workers';
import { Webhook } from 'standardwebhooks';
import type { HttpRequest } from '../../../src/channels/channel.ts';
import { type RunEnd, runMailings } from '../../../src/delivery/mailings/mailing-run.ts';
import type { Config } from '../../../src/env.ts';
import { readAddress } from '../../../src/services/subscribers/address.ts';
import { newRow } from '../../../src/services/subscribers/subscriptions.ts';
import type { Mailing } from '../../../src/status-pages/mailing.ts';
import { DEFAULT_PAGE, type StatusPage, type SubscriptionScope } from '../../../src/status-pages/model.ts';
import { database, runBatch } from '../../../src/store/database.ts';
import { channelPlace, seal } from '../../../src/store/encryption.ts';
import { insertMailing } from '../../../src/store/mailings.ts';
import {
  channels,
  mailingDeliveries,
  mailings,
  monitors,
  settings,
  statusPages,
  subscribers,
} from '../../../src/store/schema.ts';
import { loadSubscriberKey } from '../../../src/store/subscriber-key.ts';
import type { SubscriberKind } from '../../../src/store/subscribers.ts';
import { checkResend } from '../vendors/email-providers.ts';

const { DB } = env as unknown as { DB: D1Database };
export const orm = database(DB);
const OWN_KEY = btoa('0123456789abcdef0123456789abcdef');

/** A message that a receiver accepted, or got again with the same id. */
export interface Accepted {
  readonly to: string;
  /** Idempotency key, or `webhook-id`. */
  readonly key: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
  /** The receiver had it before, and knows that. */
  readonly isRepeat: boolean;
}

/** Of the copies of the public pages. */
const COPY_URL = 'https://copy.example.org/status';

export class MailingHarness {
  now = 1_800_000_000_000;
  readonly accepted: Accepted[] = [];
  /** Requests that a receiver would refuse by its documentation. */
  readonly problems: string[] = [];
  readonly queued: unknown[] = [];
  /** Answers in place of the receiver. Null: the receiver answers. */
  answer: (url: string, init: RequestInit) => Response | Promise<Response> | null = () => null;
  /** After the receiver accepted a message. */
  afterAccepted: (one: Accepted) => Promise<void> = async () => {};
  /** Whether webhooks return the challenge. */
  returnsChallenge = true;
  readonly secrets = new Map<string, string>();
  inFlight = 0;
  mostInFlight = 0;
  readonly config: Config;

  constructor(encryptionKey: string, publicUrl: string) {
    this.config = {
      db: DB,
      deliveries: { send: async (message: unknown) => void this.queued.push(message) },
      encryptionKey,
      allowLoopback: false,
      publicUrl,
      pageCopyUrl: COPY_URL,
    } as unknown as Config;
  }

  /** The vendors' side: who got what, by address. */
  readonly fetch = (async (input: RequestInfo | URL, init: RequestInit = {}) => {
    const url = String(input);
    this.inFlight += 1;
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight);
    try {
      return (await this.answer(url, init)) ?? (await this.#receive(url, init));
    } finally {
      this.inFlight -= 1;
    }
  }) as typeof fetch;

  async #receive(url: string, init: RequestInit): Promise<Response> {
    const headers = init.headers as Record<string, string>;
    const request = { url, method: init.method, headers, body: init.body } as HttpRequest;
    if (url.startsWith('https://api.resend.com/')) return this.#resend(request);
    if (url.startsWith('https://hooks.slack.com/')) return this.#slack(request);
    return this.#webhook(request);
  }

  async #resend(request: HttpRequest): Promise<Response> {
    const key = request.headers['idempotency-key'] ?? '';
    try {
      const mail = checkResend(request);
      await this.#accept({ to: mail.to.join(), key, body: mail, headers: mail.headers });
      return Response.json({ id: key });
    } catch (error) {
      this.problems.push(String(error));
      return Response.json({ name: 'validation_error', message: String(error) }, { status: 422 });
    }
  }

  async #slack(request: HttpRequest): Promise<Response> {
    const body = JSON.parse(request.body) as { text: string; blocks: { text?: { text: string } }[] };
    for (const { text } of body.blocks)
      if ((text?.text.length ?? 0) > 3_000) this.problems.push('invalid_blocks');
    // Every "<" that is not escaped must begin a link of ours.
    if (
      JSON.stringify(body)
        .split('<')
        .slice(1)
        .some((part) => ![this.config.publicUrl, COPY_URL].some((ours) => part.startsWith(ours)))
    )
      this.problems.push(request.body);
    await this.#accept({ to: request.url, key: request.body, body, headers: {} });
    return new Response('ok');
  }

  async #webhook(request: HttpRequest): Promise<Response> {
    const body = JSON.parse(request.body) as { type: string; data: Record<string, string> };
    const { headers } = request;
    const isChallenge = body.type === 'subscription.challenge';
    if (isChallenge) this.secrets.set(request.url, body.data.secret ?? '');
    const signed = new Webhook(this.secrets.get(request.url) ?? '').sign(
      headers['webhook-id']!,
      new Date(Number(headers['webhook-timestamp']) * 1_000),
      request.body,
    );
    if (signed !== headers['webhook-signature']) this.problems.push(`forged: ${request.body}`);
    await this.#accept({ to: request.url, key: headers['webhook-id']!, body, headers });
    if (!isChallenge) return new Response(null, { status: 204 });
    return Response.json(this.returnsChallenge ? { challenge: body.data.challenge } : { ok: true });
  }

  async #accept(one: Omit<Accepted, 'isRepeat'>): Promise<void> {
    const isRepeat = this.accepted.some(({ to, key }) => to === one.to && key === one.key);
    this.accepted.push({ ...one, isRepeat });
    await this.afterAccepted(this.accepted.at(-1)!);
  }

  readonly #key = () => loadSubscriberKey(DB, this.config, this.now);

  run(db: D1Database = DB, send: typeof fetch = this.fetch): Promise<RunEnd> {
    return runMailings({ ...this.config, db }, { now: () => this.now, fetch: send });
  }

  /** Runs until nothing is due. */
  async drain(): Promise<void> {
    for (let round = 0; round < 500; round += 1) if ((await this.run()) === 'idle') return;
    throw new Error('the mailings never end');
  }

  async addSubscriber(
    address: string,
    more: { pageId?: string; scope?: SubscriptionScope; language?: string; state?: 'pending' } = {},
  ): Promise<string> {
    const kind: SubscriberKind = address.includes('@')
      ? 'email'
      : address.startsWith('https://hooks.slack.com/')
        ? 'slack'
        : 'webhook';
    const read = readAddress(kind, address, { allowLoopback: false });
    if (!read.ok) throw new Error(read.error.message);
    const { pageId = 'default', scope = 'page', language = 'en', state } = more;
    const row = await newRow(
      this.config,
      await this.#key(),
      { pageId, kind, ...read.value, scope, language },
      this.now,
    );
    await orm
      .insert(subscribers)
      .values({ ...row, state: state ?? ('active' as const), confirmedAt: this.now });
    return row.id;
  }

  /** Many, by e-mail: in few statements. */
  async addSubscribers(count: number, domain = 'readers.example'): Promise<void> {
    const key = await this.#key();
    const rows = await Promise.all(
      Array.from({ length: count }, (_, index) => {
        const address = `reader-${index}@${domain}`;
        return newRow(
          this.config,
          key,
          {
            ...{ pageId: 'default', kind: 'email', address, canonical: address, scope: 'page' },
            language: 'en',
          },
          this.now,
        );
      }),
    );
    for (let from = 0; from < rows.length; from += 7)
      await orm
        .insert(subscribers)
        .values(
          rows
            .slice(from, from + 7)
            .map((row) => ({ ...row, state: 'active' as const, confirmedAt: this.now })),
        );
  }

  async publish(more: Partial<Mailing> = {}): Promise<Mailing> {
    const mailing = mailingOf({ at: this.now, ...more });
    await runBatch(DB, [insertMailing(DB, mailing)]);
    return mailing;
  }

  async addPage(page: Partial<StatusPage> & { readonly id: string }): Promise<void> {
    const { config, access, title, host } = { ...DEFAULT_PAGE, ...page };
    await orm
      .insert(statusPages)
      .values({
        ...{ id: page.id, title, host, access, sealed: null, tags: {}, createdAt: 1, updatedAt: 1 },
        config: { ...config, mailChannel: 'mail' },
      })
      .onConflictDoUpdate({
        target: statusPages.id,
        set: { config: { ...config, mailChannel: 'mail' }, access },
      });
  }
}

export const mailingOf = (more: Partial<Mailing> = {}): Mailing => ({
  ...{ id: 'update_1', kind: 'update', at: 1_800_000_000_000, title: 'Checkout is slow' },
  ...{ body: 'We look into **it**.', status: 'investigating', components: null, pages: 'all' },
  ...{ path: '/incidents/p1', ...more },
});

/** Empties the tables. The page at `/` has a channel that sends mails. */
export async function createMailingHarness(
  encryptionKey = OWN_KEY,
  publicUrl = 'https://status.example.com',
): Promise<MailingHarness> {
  for (const table of [subscribers, mailings, mailingDeliveries, statusPages, channels, monitors, settings])
    await orm.delete(table);
  const harness = new MailingHarness(encryptionKey, publicUrl);
  await orm.insert(channels).values({
    ...{
      id: 'mail',
      type: 'email',
      name: 'Mail',
      enabled: true,
      publicConfig: {},
      createdAt: 1,
      updatedAt: 1,
    },
    sealedConfig: await seal({ encryptionKey }, channelPlace('mail'), {
      ...{ provider: 'resend', from: 'status@example.com', fromName: 'Acme', apiKey: 're_0123456789' },
      to: ['on-call@example.com'],
    }),
  });
  await harness.addPage({ id: 'default', title: 'Acme status' });
  return harness;
}

export async function addMonitor(
  id: string,
  {
    name = id,
    group = null,
    isPublic = true,
  }: { name?: string; group?: string | null; isPublic?: boolean } = {},
): Promise<void> {
  const count = (await orm.select().from(monitors)).length;
  await orm.insert(monitors).values({
    ...{
      number: count + 1,
      id,
      name,
      group,
      public: isPublic,
      paused: false,
      tags: {},
      check: { type: 'tcp' },
    },
    ...{ intervalSeconds: 60, locations: 'all', channels: [], createdAt: 1, updatedAt: 1 },
    alert: {} as never,
  });
}
