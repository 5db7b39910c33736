// Owns an outbox in real D1 with a clock, a queue and a receiver that tests control. The receiver verifies signatures.
import { env } from 'cloudflare:workers';
import { Webhook } from 'standardwebhooks';
import { type EventType, severityOf } from '../../../src/channels/events.ts';
import { isBeginning } from '../../../src/channels/pairs.ts';
import { generateSecret } from '../../../src/channels/webhook.ts';
import { deliver } from '../../../src/delivery/consumer.ts';
import type { Config, DeliveryMessage } from '../../../src/env.ts';
import { database, runBatch } from '../../../src/store/database.ts';
import { channelPlace, seal } from '../../../src/store/encryption.ts';
import { raiseUrgency, wakeHeads } from '../../../src/store/outbox-lines.ts';
import { channels, deliveries, notifications, receipts } from '../../../src/store/schema.ts';
import { bodyOf } from '../engine/notifications.ts';

const { DB } = env as unknown as { DB: D1Database };
const encryptionKey = btoa('0123456789abcdef0123456789abcdef');

/** One request to a receiver. */
export interface Received {
  readonly id: string;

  readonly type: string;
  readonly host: string;
}

export type Answer = (received: Received, init: RequestInit) => Response | Promise<Response>;

export interface OutboxHarness {
  readonly config: Config;
  readonly received: Received[];
  /** The same requests: the notifications that each carries, its own id first, and when, by the clock of the test. */
  readonly messages: { readonly ids: readonly string[]; readonly at: number; readonly host: string }[];
  /** Messages that were sent to the queue. */
  readonly queued: { channelId: string; delaySeconds: number }[];
  /** ms since the epoch; tests move it. */
  now: number;
  answer: Answer;
  /** Runs when a consumer found nothing more to do and is about to release its lease. */
  beforeRelease: () => Promise<void>;
  queueFails: boolean;
  /** Requests whose signature or timestamp was wrong. */
  forgeries: number;
  readonly fetch: typeof fetch;
  run(channelId?: string): Promise<void>;
}

export const orm = database(DB);

/** Empties the tables and adds one channel, `a`. `chat`: people read it, if the test imports support/channels/chat.ts. */
export async function createOutboxHarness(type: 'webhook' | 'chat' = 'webhook'): Promise<OutboxHarness> {
  await orm.batch([orm.delete(deliveries), orm.delete(notifications), orm.delete(channels)]);
  await orm.delete(receipts);
  const secret = generateSecret();
  const queued: OutboxHarness['queued'] = [];
  const received: Received[] = [];
  const messages: OutboxHarness['messages'] = [];
  const send = async ({ channelId }: DeliveryMessage, options?: QueueSendOptions) => {
    if (harness.queueFails) throw new Error('the queue is down');
    queued.push({ channelId, delaySeconds: options?.delaySeconds ?? 0 });
  };
  const receive = async (input: RequestInfo | URL, init: RequestInit = {}) => {
    const headers = init.headers as Record<string, string>;
    const body = init.body as string;
    const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature } = headers;
    // Not `verify`, because it reads the real clock.
    if (
      signature !== new Webhook(secret).sign(id!, new Date(harness.now), body) ||
      timestamp !== String(Math.floor(harness.now / 1000))
    ) {
      harness.forgeries += 1;
    }
    const { type, gathered = [id!] } = JSON.parse(body) as { type: string; gathered?: string[] };
    const request = { id: id!, type, host: new URL(String(input)).host };
    received.push(request);
    messages.push({ ids: gathered, at: harness.now, host: request.host });
    return harness.answer(request, init);
  };
  const harness: OutboxHarness = {
    config: {
      db: hooked(() => harness.beforeRelease()),
      deliveries: { send } as unknown as Queue<DeliveryMessage>,
      encryptionKey,
      allowLoopback: false,
      publicUrl: 'https://status.example.com',
    } as Config,
    received,
    messages,
    queued,
    now: Date.now(),
    answer: () => new Response(null, { status: 204 }),
    beforeRelease: async () => {},
    queueFails: false,
    forgeries: 0,
    fetch: receive as typeof fetch,
    run: (channelId = 'a') =>
      deliver(harness.config, channelId, { now: () => harness.now, fetch: harness.fetch }),
  };
  secrets.set(harness, secret);
  await addChannel(harness, 'a', type);
  return harness;
}

const secrets = new WeakMap<OutboxHarness, string>();

export async function addChannel(
  harness: OutboxHarness,
  id: string,
  type: 'webhook' | 'chat' = 'webhook',
): Promise<void> {
  const secret = secrets.get(harness)!;
  const config = { url: `https://${id}.example.com/hook/t0ken-in-the-path`, secret };
  await orm.insert(channels).values({
    id,
    type,
    name: id,
    sealedConfig: await seal({ encryptionKey }, channelPlace(id), config),
    publicConfig: { urlHint: `${id}.example.com…path` },
    enabled: true,
    createdAt: harness.now,
    updatedAt: harness.now,
  });
}

let position = 0;

/** Stores a notification and its delivery, as a commit does. By default, each incident has a monitor of its own. */
export async function enqueue(
  harness: OutboxHarness,
  id: string,
  type: EventType = 'incident.opened',
  about: { incidentId?: string | null; channelId?: string; monitorId?: string } = {},
): Promise<void> {
  const { incidentId = `of_${id}`, channelId = 'a' } = about;
  const { monitorId = incidentId === null ? 'web-1' : `monitor-of-${incidentId}` } = about;
  const body = bodyOf(type);
  const subject = `monitor/${monitorId}`;
  const urgency = { critical: 0, warning: 1, info: 2 }[severityOf(type, body.data.incident)];
  position += 1;
  const values = { id, event: type, at: harness.now, position, monitorId, incidentId, body };
  await runBatch(DB, [
    raiseUrgency(DB, [subject], urgency),
    orm.insert(notifications).values(values).onConflictDoNothing(),
    orm.insert(deliveries).values({
      ...{ notificationId: id, channelId, position, subject, urgency, state: 'pending' },
      ...{ reached: isBeginning(type) ? false : null, nextAttemptAt: harness.now, createdAt: harness.now },
    }),
    wakeHeads(DB, [subject]),
  ]);
}

export async function deliveryOf(
  notificationId: string,
  channelId = 'a',
): Promise<typeof deliveries.$inferSelect> {
  const rows = await orm.select().from(deliveries);
  const row = rows.find((row) => row.notificationId === notificationId && row.channelId === channelId);
  if (!row) throw new Error(`no delivery of ${notificationId} to ${channelId}`);
  return row;
}

const RELEASE =
  /^update "channels" set "lease" = \?, "leased_until" = \? where \("channels"\."id" = \? and "channels"\."lease" = \?\)$/;

/** The same D1, with a hook before the statement that releases a lease. */
function hooked(before: () => Promise<void>): D1Database {
  const prepare = (query: string): D1PreparedStatement => {
    const statement = DB.prepare(query);
    if (!RELEASE.test(query)) return statement;
    const bind = (...values: unknown[]) => {
      const bound = statement.bind(...values);
      return { run: async () => before().then(() => bound.run()) };
    };
    return { bind } as unknown as D1PreparedStatement;
  };
  return { prepare, batch: (statements: D1PreparedStatement[]) => DB.batch(statements) } as D1Database;
}
