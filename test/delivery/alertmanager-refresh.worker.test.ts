// Open alerts are sent again to Alertmanager, in workerd with real D1: which ones, when not, and what a failure changes.
import { eq } from 'drizzle-orm';
import { beforeEach, expect, test } from 'vitest';
import type { PostableAlert } from '../../src/channels/alertmanager.ts';
import type { EventType } from '../../src/channels/events.ts';
import { enqueueRefreshes, refreshAlerts } from '../../src/delivery/alertmanager-refresh.ts';
import { consumeBatch } from '../../src/delivery/consumer.ts';
import { SendPlaces } from '../../src/delivery/send-places.ts';
import type { DeliveryMessage } from '../../src/env.ts';
import { channelPlace, seal } from '../../src/store/encryption.ts';
import { alerts, channels, deliveries, incidents, notifications } from '../../src/store/schema.ts';
import { createOutboxHarness, type OutboxHarness, orm } from '../support/d1/outbox-harness.ts';
import { bodyOf } from '../support/engine/notifications.ts';

const encryptionKey = btoa('0123456789abcdef0123456789abcdef');
const MINUTE = 60_000;

let harness: OutboxHarness;
let posted: PostableAlert[][];
/** Runs before the receiver answers. */
let beforeAnswer: () => Promise<void>;
let status: number;
let sent: (DeliveryMessage & { delaySeconds?: number })[];

beforeEach(async () => {
  harness = await createOutboxHarness();
  await orm.batch([orm.delete(alerts), orm.delete(incidents)]);
  posted = [];
  sent = [];
  status = 200;
  beforeAnswer = async () => {};
  await addAlertmanager('am');
});

async function addAlertmanager(id: string, enabled = true): Promise<void> {
  const config = { url: `https://${id}.example.com/t0ken-in-the-path`, token: 'secret-token' };
  await orm.insert(channels).values({
    ...{ id, type: 'alertmanager', name: id, enabled, publicConfig: {} },
    sealedConfig: await seal({ encryptionKey }, channelPlace(id), config),
    ...{ createdAt: harness.now, updatedAt: harness.now },
  });
}

/** An alert as a commit and a delivery leave it. */
async function addAlert(
  id: string,
  type: EventType,
  channelId: string,
  { state = 'delivered', ended = false }: { state?: 'delivered' | 'pending'; ended?: boolean } = {},
): Promise<void> {
  const body = bodyOf(type);
  const { incident } = body.data;
  const own = incident
    ? { ...body, data: { ...body.data, incident: { ...incident, id: `inc_${id}` } } }
    : body;
  const incidentId = incident && type.startsWith('incident.') ? `inc_${id}` : null;
  const at = harness.now;
  await orm
    .insert(notifications)
    .values({ id, event: type, at, position: 1, monitorId: 'web-1', incidentId, body: own });
  await orm
    .insert(deliveries)
    .values({ notificationId: id, channelId, position: 1, state, nextAttemptAt: at });
  await orm.insert(alerts).values({
    ...{ id, incidentId, monitorId: 'web-1', openedAt: at, plan: { routes: [] } },
    endedAt: ended ? at : null,
  });
}

const receiver = (async (_url: RequestInfo | URL, init: RequestInit = {}) => {
  posted.push(JSON.parse(init.body as string) as PostableAlert[]);
  await beforeAnswer();
  return new Response(status === 200 ? null : 'no', { status });
}) as typeof fetch;

const config = () => ({
  ...harness.config,
  publicUrl: 'https://status.example.com',
  deliveries: {
    send: async (message: DeliveryMessage) => {
      sent.push(message);
    },
  } as unknown as Queue<DeliveryMessage>,
});

const refresh = (channelId = 'am') =>
  refreshAlerts(config(), channelId, { now: () => harness.now, fetch: receiver }, new SendPlaces());

const names = () => posted.map((alert) => alert.map(({ labels: { alertname } }) => alertname));
const channel = async (id = 'am') => (await orm.select().from(channels).where(eq(channels.id, id)))[0]!;

test('an open alert that the channel got is sent again, and ends in five minutes', async () => {
  await addAlert('n1', 'incident.opened', 'am');
  await refresh();
  expect(names()).toEqual([['MonitorDown']]);
  expect(Date.parse(posted[0]![0]!.endsAt)).toBe(harness.now + 5 * MINUTE);
  harness.now += MINUTE;
  await refresh();
  expect(Date.parse(posted[1]![0]!.endsAt)).toBe(harness.now + 5 * MINUTE);
  expect(posted[1]![0]!.labels).toEqual(posted[0]![0]!.labels);
  expect(await channel()).toMatchObject({ lastSuccessAt: harness.now, failingSince: null });
});

test('an alert that ended, is not delivered yet, went to another channel or has no end is not sent again', async () => {
  await addAlertmanager('other');
  await addAlert('n1', 'incident.opened', 'am', { ended: true });
  await addAlert('n2', 'incident.opened', 'am', { state: 'pending' });
  await addAlert('n3', 'incident.opened', 'other');
  await addAlert('n4', 'monitor.certificate', 'am');
  await refresh();
  expect(posted).toEqual([]);
  expect(await channel()).toMatchObject({ lastSuccessAt: null, failingSince: null });
});

test('a channel that joined by an escalation gets the alert again too', async () => {
  await addAlert('n1', 'incident.opened', 'a');
  const body = bodyOf('incident.escalated');
  await orm.insert(notifications).values({
    ...{ id: 'n2', event: 'incident.escalated', at: harness.now, position: 2, monitorId: 'web-1' },
    ...{ incidentId: 'inc_n1', body },
  });
  await orm
    .insert(deliveries)
    .values({ notificationId: 'n2', channelId: 'am', position: 2, state: 'delivered', nextAttemptAt: 0 });
  await refresh();
  expect(names()).toEqual([['MonitorDown']]);
});

test('an alert that ends while it is sent again is resolved at once', async () => {
  await addAlert('n1', 'incident.opened', 'am');
  await addAlert('n2', 'monitor.no_data', 'am');
  beforeAnswer = async () => {
    await orm.update(alerts).set({ endedAt: harness.now }).where(eq(alerts.id, 'n1'));
  };
  await refresh();
  expect(names()).toEqual([['MonitorDown', 'MonitorNoData'], ['MonitorDown']]);
  expect(Date.parse(posted[1]![0]!.endsAt)).toBeLessThanOrEqual(harness.now);
  expect(posted[1]![0]!.labels).toEqual(posted[0]![0]!.labels);
});

test('a failing Alertmanager shows in the health of its channel, without its path and token', async () => {
  await addAlert('n1', 'incident.opened', 'am');
  status = 500;
  await refresh();
  expect(await channel()).toMatchObject({
    ...{ failingSince: harness.now, failedAttempts: 1, lastError: 'am.example.com responded 500' },
  });
  beforeAnswer = async () => {
    throw new TypeError('no route to https://am.example.com/t0ken-in-the-path with secret-token');
  };
  await refresh();
  const { lastError } = await channel();
  expect(lastError).toContain('am.example.com could not be reached');
  expect(lastError).not.toMatch(/t0ken|secret-token/);
  status = 200;
  beforeAnswer = async () => {};
  await refresh();
  expect(await channel()).toMatchObject({ failingSince: null, lastError: null });
});

test('a tick enqueues a round for each enabled Alertmanager only while an alert is open', async () => {
  await addAlertmanager('off', false);
  await enqueueRefreshes(config());
  expect(sent).toEqual([]);
  await addAlert('n1', 'incident.opened', 'am');
  await enqueueRefreshes(config());
  expect(sent).toEqual([{ channelId: 'am', refresh: true }]);
});

test('a hanging Alertmanager delays neither the batch nor the deliveries of other channels', async () => {
  await addAlert('n1', 'incident.opened', 'am');
  let isOver = (): void => {};
  const over = new Promise<void>((resolve) => {
    isOver = resolve;
  });
  beforeAnswer = () => over;
  const acknowledged: string[] = [];
  const message = (body: DeliveryMessage) => ({
    body,
    ack: () => acknowledged.push(body.channelId),
    retry() {},
  });
  const batch = {
    messages: [message({ channelId: 'am', refresh: true }), message({ channelId: 'a' })],
  } as unknown as MessageBatch<DeliveryMessage>;
  const original = globalThis.fetch;
  globalThis.fetch = receiver;
  const work: Promise<unknown>[] = [];
  try {
    await consumeBatch(
      config(),
      batch,
      () => harness.now,
      (one) => void work.push(one),
    );
    expect(acknowledged).toEqual(['a']);
    isOver();
    await Promise.all(work);
    expect(acknowledged).toEqual(['a', 'am']);
  } finally {
    globalThis.fetch = original;
  }
});
