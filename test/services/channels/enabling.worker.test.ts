// Disabling and enabling a channel during incidents, over the API with real D1: what is queued, and what is sent.
import { beforeEach, describe, expect, test } from 'vitest';
import { recordChannelOutcome } from '../../../src/delivery/channel-health.ts';
import { deliver } from '../../../src/delivery/consumer.ts';
import { type Bindings, type DeliveryMessage, readEnv } from '../../../src/env.ts';
import { useChat } from '../../support/channels/chat.ts';
import {
  ask,
  bindings,
  clock,
  createMonitor,
  empty,
  post,
  RECEIVER,
  runUntilConfirmed,
} from '../../support/d1/http-mesh.ts';

useChat();

const HOUR = 3_600_000;

const woken: string[] = [];
const queue = {
  send: async ({ channelId }: DeliveryMessage) => {
    woken.push(channelId);
  },
} as unknown as Bindings['DELIVERIES'];
const env = { DELIVERIES: queue };
const config = readEnv({ ...bindings, ...env });

let received: string[] = [];
let bodies: unknown[] = [];
let status = 200;

beforeEach(async () => {
  await empty();
  // Deliveries get their age from the clock of D1.
  clock.now = Date.now();
  received = [];
  bodies = [];
  status = 200;
  await post('/api/v1/channels', RECEIVER);
  await createMonitor();
  await runUntilConfirmed(1, 0);
});

const fetch = (async (_url: unknown, init: RequestInit) => {
  const { 'webhook-id': id } = init.headers as Record<string, string>;
  if (status === 200) {
    received.push(id!);
    bodies.push(JSON.parse(init.body as string));
  }
  return new Response(null, { status });
}) as typeof globalThis.fetch;

/** The deliveries were queued this much earlier. */
const age = (hours: number) =>
  bindings.DB.prepare('UPDATE deliveries SET created_at = created_at - ?')
    .bind(hours * HOUR)
    .run();

/** The channel is one that people read: it merges. Others are for programs, which get everything. */
const letPeopleRead = (isRead = true) =>
  bindings.DB.prepare('UPDATE channels SET type = ?')
    .bind(isRead ? 'chat' : 'webhook')
    .run();

const send = () => deliver(config, 'on-call', { now: () => clock.now, fetch });

async function setEnabled(enabled: boolean): Promise<void> {
  const changed = await ask('/api/v1/channels/on-call', { method: 'PATCH', body: { enabled }, env });
  expect(changed.status).toBe(200);
  expect(changed.json.enabled).toBe(enabled);
}

/** The receiver responds 410 three times over an hour. */
async function disableBy410(): Promise<void> {
  const gone = { delivered: false, gone: true, error: 'hooks.example.com responded 410' };
  for (const minutes of [0, 30, 30]) {
    clock.now += minutes * 60_000;
    await recordChannelOutcome(config, 'on-call', gone, clock.now);
  }
  expect((await channel()).health.disabledReason).toMatch(/410 Gone/);
}

const channel = async () => (await ask('/api/v1/channels/on-call')).json;
const incidentId = async (state = 'open') =>
  (await ask(`/api/v1/incidents?state=${state}`)).json.incidents[0].id as string;
const deliveries = async (query = '') =>
  (await ask(`/api/v1/deliveries?${query}`)).json.deliveries as { notificationId: string; state: string }[];

describe('a person enables a channel', () => {
  test('an incident that opened while it was disabled goes out once, under its original id, and so does its end', async () => {
    await setEnabled(false);
    await runUntilConfirmed(1, 6);
    expect(await deliveries()).toEqual([]);
    const id = await incidentId();
    woken.length = 0;
    await setEnabled(true);
    expect(woken).toEqual(['on-call']);
    await setEnabled(true);
    await send();
    await setEnabled(false);
    await setEnabled(true);
    await send();
    expect(received).toEqual([`${id}_opened`]);
    await runUntilConfirmed(1, 0);
    await send();
    expect(received).toEqual([`${id}_opened`, `${id}_resolved`]);
  });

  test('a regional problem goes out too, and an outage that began as one goes out as it is now', async () => {
    await setEnabled(false);
    await runUntilConfirmed(1, 2);
    const id = await incidentId();
    await setEnabled(true);
    await send();
    expect(received).toEqual([`${id}_partial`]);
    await setEnabled(false);
    await runUntilConfirmed(1, 6);
    await setEnabled(true);
    await send();
    expect(received).toEqual([`${id}_partial`, `${id}_opened`]);
  });

  test('an incident that opened and ended while it was disabled is not sent', async () => {
    await setEnabled(false);
    await runUntilConfirmed(1, 6);
    await runUntilConfirmed(1, 0);
    await setEnabled(true);
    await send();
    expect(received).toEqual([]);
    expect(await deliveries()).toEqual([]);
  });

  test('the end of an incident whose opening was sent goes out, however long the channel was disabled', async () => {
    await runUntilConfirmed(1, 6);
    await send();
    await setEnabled(false);
    await runUntilConfirmed(1, 0);
    const id = await incidentId('resolved');
    await send();
    expect(received).toEqual([`${id}_opened`]);
    await age(96);
    await setEnabled(true);
    await send();
    expect(received).toEqual([`${id}_opened`, `${id}_resolved`]);
  });

  test('an incident that is older than 80 hours and still open goes out', async () => {
    await runUntilConfirmed(1, 6);
    await setEnabled(false);
    await age(96);
    await setEnabled(true);
    await send();
    expect(received).toEqual([`${await incidentId()}_opened`]);
  });

  test('a pending delivery of an open incident is not doubled, keeps its attempts and is due at once', async () => {
    await runUntilConfirmed(1, 6);
    status = 500;
    await send();
    const id = await incidentId();
    await setEnabled(false);
    await setEnabled(true);
    expect(await deliveries()).toMatchObject([
      { notificationId: `${id}_opened`, state: 'pending', attempts: 1, nextAttemptAt: null },
    ]);
    status = 200;
    await send();
    expect(received).toEqual([`${id}_opened`]);
  });

  test('a delivery that failed for good is sent if its incident is open, and stays failed if not', async () => {
    await runUntilConfirmed(1, 6);
    const id = await incidentId();
    await bindings.DB.prepare(
      "UPDATE deliveries SET state = 'failed', turn = NULL, finished_at = 1, attempts = 14",
    ).run();
    await setEnabled(false);
    await setEnabled(true);
    await send();
    expect(received).toEqual([`${id}_opened`]);
    await bindings.DB.prepare("UPDATE deliveries SET state = 'failed', turn = NULL").run();
    await runUntilConfirmed(1, 0);
    await bindings.DB.prepare("UPDATE deliveries SET state = 'failed', turn = NULL").run();
    await setEnabled(false);
    await setEnabled(true);
    await send();
    expect(received).toEqual([`${id}_opened`]);
  });

  test('an incident of a monitor that does not use the channel is not sent', async () => {
    await post('/api/v1/channels', { ...RECEIVER, id: 'other' });
    await ask('/api/v1/monitors/shop', { method: 'PATCH', body: { channels: ['other'] } });
    await setEnabled(false);
    await runUntilConfirmed(1, 6);
    await setEnabled(true);
    await send();
    expect(received).toEqual([]);
  });

  test('no data that began while it was disabled goes out, and so does its end', async () => {
    await setEnabled(false);
    const at = clock.now;
    const row = (id: string, event: string) =>
      bindings.DB.prepare(
        'INSERT INTO notifications (id, event, at, position, monitor_id, body) VALUES (?1, ?2, ?3, ?3, ?4, ?5)',
      ).bind(id, event, at, 'shop', JSON.stringify({ type: event, data: { incident: null } }));
    await bindings.DB.batch([
      row('nodata_1_1', 'monitor.no_data'),
      row('nodata_1_1_ended', 'monitor.no_data_resolved'),
      row('nodata_2_1', 'monitor.no_data'),
    ]);
    await setEnabled(true);
    await send();
    expect(received).toEqual(['nodata_2_1']);
  });

  test('an update that does not enable it queues nothing', async () => {
    await setEnabled(false);
    await runUntilConfirmed(1, 6);
    await ask('/api/v1/channels/on-call', { method: 'PATCH', body: { name: 'Night shift' }, env });
    expect(await deliveries()).toEqual([]);
    await setEnabled(true);
    await ask('/api/v1/channels/on-call', { method: 'PATCH', body: { name: 'Day shift' }, env });
    expect(await deliveries()).toHaveLength(1);
  });
});

test('a new address makes what waits due at once', async () => {
  await runUntilConfirmed(1, 6);
  status = 500;
  await send();
  await send();
  status = 200;
  const url = 'https://new.example.com/hook';
  woken.length = 0;
  const config = { ...RECEIVER.config, url };
  await ask('/api/v1/channels/on-call', { method: 'PATCH', body: { config }, env });
  expect(woken).toEqual(['on-call']);
  await send();
  expect(received).toEqual([`${await incidentId()}_opened`]);
});

test('a redelivered notification is sent again under its id, behind what is pending for its monitor', async () => {
  await runUntilConfirmed(1, 6);
  await send();
  await runUntilConfirmed(1, 0);
  const id = await incidentId('resolved');
  const path = `/api/v1/deliveries/${id}_opened/on-call/redeliver`;
  expect((await ask(path, { method: 'POST', env })).status).toBe(200);
  await send();
  expect(received).toEqual([`${id}_opened`, `${id}_resolved`, `${id}_opened`]);
  expect((await deliveries()).map(({ state }) => state)).toEqual(['delivered', 'delivered']);
});

describe('a monitor that uses other channels by the end of its incident', () => {
  beforeEach(async () => {
    await post('/api/v1/channels', { ...RECEIVER, id: 'other' });
    await ask('/api/v1/monitors/shop', { method: 'PATCH', body: { channels: ['on-call'] } });
  });
  const aimElsewhere = () => ask('/api/v1/monitors/shop', { method: 'PATCH', body: { channels: ['other'] } });

  test('sends the end to the channel that has the opening', async () => {
    await runUntilConfirmed(1, 6);
    await send();
    await aimElsewhere();
    await runUntilConfirmed(1, 0);
    await send();
    const id = await incidentId('resolved');
    expect(received).toEqual([`${id}_opened`, `${id}_resolved`]);
    await runUntilConfirmed(1, 6);
    await send();
    expect(received).toHaveLength(2);
  });

  test('sends the end of an outage to the channel that knows it as a regional problem', async () => {
    await runUntilConfirmed(1, 2);
    await send();
    await aimElsewhere();
    await runUntilConfirmed(1, 6);
    await runUntilConfirmed(1, 0);
    await send();
    const id = await incidentId('resolved');
    expect(received).toEqual([`${id}_partial`, `${id}_resolved`]);
  });
});

describe('redelivering an opening', () => {
  const redeliver = async (id: string): Promise<number> =>
    (await ask(`/api/v1/deliveries/${id}/on-call/redeliver`, { method: 'POST', env })).status;

  test('that failed sends the end again behind it, so that no receiver keeps an incident that is over', async () => {
    await runUntilConfirmed(1, 6);
    status = 500;
    await send();
    await age(81);
    status = 200;
    await send();
    await runUntilConfirmed(1, 0);
    const id = await incidentId('resolved');
    // The end is sent first: it is pending.
    expect(await redeliver(`${id}_opened`)).toBe(409);
    await send();
    expect(received).toEqual([`${id}_resolved`]);
    expect(await redeliver(`${id}_opened`)).toBe(200);
    await send();
    expect(received).toEqual([`${id}_resolved`, `${id}_opened`, `${id}_resolved`]);
  });

  test('that the end replaced is refused', async () => {
    await letPeopleRead();
    await runUntilConfirmed(1, 6);
    await runUntilConfirmed(1, 0);
    await send();
    const id = await incidentId('resolved');
    expect(received).toEqual([`${id}_resolved`]);
    expect(await redeliver(`${id}_opened`)).toBe(409);
    await send();
    expect(received).toEqual([`${id}_resolved`]);
  });
});

describe('a channel that its receiver disabled', () => {
  test('keeps queueing, shows how many wait, and sends them in order when it is enabled', async () => {
    await disableBy410();
    expect((await channel()).health).toMatchObject({ state: 'disabled', pending: 0 });
    await runUntilConfirmed(1, 6);
    const id = await incidentId();
    expect((await channel()).health).toMatchObject({ state: 'disabled', pending: 1 });
    await send();
    expect(received).toEqual([]);
    await setEnabled(true);
    expect((await channel()).health).toMatchObject({
      ...{ state: 'failing', disabledReason: null, lastError: 'hooks.example.com responded 410', pending: 1 },
    });
    await send();
    expect((await channel()).health).toMatchObject({
      ...{ state: 'ok', lastSuccessAt: iso(clock.now), failingSince: null, lastError: null, pending: 0 },
    });
    await runUntilConfirmed(1, 0);
    await send();
    expect(received).toEqual([`${id}_opened`, `${id}_resolved`]);
  });

  test('needs three more 410 over another hour to be disabled again, and each time has its own event', async () => {
    await disableBy410();
    await setEnabled(true);
    const gone = { delivered: false, gone: true, error: 'hooks.example.com responded 410' };
    for (let count = 0; count < 3; count += 1) await recordChannelOutcome(config, 'on-call', gone, clock.now);
    expect(await channel()).toMatchObject({ enabled: true });
    await disableBy410();
    const { results } = await bindings.DB.prepare(
      "SELECT event FROM notifications WHERE event LIKE 'channel.%'",
    ).all();
    expect(results.map(({ event }) => event)).toEqual(['channel.disabled', 'channel.disabled']);
  });

  test('loses what expired unless it is still open', async () => {
    await disableBy410();
    await runUntilConfirmed(1, 6);
    const first = await incidentId();
    await runUntilConfirmed(1, 0);
    await runUntilConfirmed(1, 6);
    const second = await incidentId();
    await age(81);
    await setEnabled(true);
    await send();
    expect(received).toEqual([`${second}_opened`]);
    const ended = await deliveries(`incident=${first}`);
    expect(ended.map(({ state }) => state)).not.toContain('pending');
    expect(ended).toHaveLength(2);
  });

  test('sends a program both for an incident that opened and ended meanwhile, in order', async () => {
    await disableBy410();
    await runUntilConfirmed(1, 6);
    const id = await incidentId();
    await runUntilConfirmed(1, 0);
    await setEnabled(true);
    await send();
    expect(received).toEqual([`${id}_opened`, `${id}_resolved`]);
  });

  test('sends people one end, which says so, for an incident that opened and ended meanwhile', async () => {
    await disableBy410();
    await letPeopleRead();
    await runUntilConfirmed(1, 6);
    const id = await incidentId();
    await runUntilConfirmed(1, 0);
    // The API knows the types of the catalogue only.
    await letPeopleRead(false);
    await setEnabled(true);
    await letPeopleRead();
    await send();
    expect(received).toEqual([`${id}_resolved`]);
    expect(bodies.at(-1)).toMatchObject({ data: { incident: { openedNotSent: true } } });
  });
});

describe('the configuration as one document', () => {
  const monitor = {
    ...{ id: 'shop', name: 'Web shop', intervalSeconds: 60 },
    check: { type: 'tcp', host: 'shop.example.com', port: 443 },
  };
  const apply = async (enabled: boolean, changes: object = {}) => {
    const body = { monitors: [{ ...monitor, ...changes }], channels: [{ ...RECEIVER, enabled }] };
    const applied = await ask('/api/v1/configuration', { method: 'PUT', body, env });
    expect(applied.status).toBe(200);
  };

  test('enables a channel and queues what is open, once', async () => {
    await apply(false);
    await runUntilConfirmed(1, 6);
    const id = await incidentId();
    woken.length = 0;
    await apply(true);
    expect(woken).toEqual(['on-call']);
    await apply(true);
    await send();
    expect(received).toEqual([`${id}_opened`]);
    expect(await deliveries()).toHaveLength(1);
  });

  test('enables a channel that its receiver disabled', async () => {
    await disableBy410();
    await runUntilConfirmed(1, 6);
    await apply(true);
    expect((await channel()).health.disabledReason).toBeNull();
    await send();
    expect(received).toEqual([`${await incidentId()}_opened`]);
  });

  test('counts the channels of monitors as the document lists them', async () => {
    await apply(false);
    await ask('/api/v1/channels', { method: 'POST', body: { ...RECEIVER, id: 'other' }, env });
    // The document deletes it, and it must not be named elsewhere.
    await ask('/api/v1/settings', { method: 'PATCH', body: { defaultChannels: ['on-call'] } });
    await ask('/api/v1/monitors/shop', { method: 'PATCH', body: { channels: ['other'] } });
    await runUntilConfirmed(1, 6);
    await apply(true, { channels: ['on-call'] });
    await send();
    expect(received).toEqual([`${await incidentId()}_opened`]);
  });
});

const iso = (ms: number): string => new Date(ms).toISOString();
