// A receiver that was away for days and returns by itself, over the API with real D1: it gets what is still of use.
import { beforeEach, describe, expect, test } from 'vitest';
import { recordChannelOutcome } from '../../src/delivery/channel-health.ts';
import { deliver } from '../../src/delivery/consumer.ts';
import { type Bindings, type DeliveryMessage, readEnv } from '../../src/env.ts';
import {
  ask,
  bindings,
  clock,
  createMonitor,
  empty,
  post,
  RECEIVER,
  runUntilConfirmed,
} from '../support/d1/http-mesh.ts';

const HOUR = 3_600_000;
const queue = { send: async (_message: DeliveryMessage) => {} } as unknown as Bindings['DELIVERIES'];
const config = readEnv({ ...bindings, DELIVERIES: queue });

let received: string[] = [];
let status = 200;

beforeEach(async () => {
  await empty();
  // Deliveries get their age from the clock of D1.
  clock.now = Date.now();
  received = [];
  status = 200;
  await post('/api/v1/channels', RECEIVER);
  await createMonitor();
  await runUntilConfirmed(1, 0);
});

const fetch = (async (_url: unknown, init: RequestInit) => {
  const { 'webhook-id': id } = init.headers as Record<string, string>;
  if (status === 200) received.push(id!);
  return new Response(null, { status });
}) as typeof globalThis.fetch;

const send = () => deliver(config, 'on-call', { now: () => clock.now, fetch });

/** The receiver fails for two days, so that what is pending is given up. */
async function failForDays(): Promise<void> {
  status = 503;
  for (let attempt = 0; attempt < 3; attempt += 1) {
    await recordChannelOutcome(config, 'on-call', { delivered: false, gone: false, error: '503' }, clock.now);
    clock.now += 60_000;
  }
  await bindings.DB.prepare('UPDATE deliveries SET created_at = created_at - ?')
    .bind(81 * HOUR)
    .run();
  await send();
  expect(await states('pending')).toEqual([]);
  status = 200;
}

/** An attempt that succeeds. */
const recover = () =>
  recordChannelOutcome(config, 'on-call', { delivered: true, gone: false, error: null }, clock.now);

const states = async (state: string): Promise<string[]> => {
  const { json } = await ask(`/api/v1/deliveries?state=${state}`);
  return (json.deliveries as { notificationId: string }[]).map(({ notificationId }) => notificationId);
};
const incidentId = async (state: string): Promise<string> =>
  (await ask(`/api/v1/incidents?state=${state}`)).json.incidents[0].id;

describe('a receiver that returns after its deliveries were given up', () => {
  test('gets the incident that is still open, once, under its original id, and later its end', async () => {
    await runUntilConfirmed(1, 6);
    const id = await incidentId('open');
    await failForDays();
    await recover();
    await recover();
    await send();
    expect(received).toEqual([`${id}_opened`]);
    await runUntilConfirmed(1, 0);
    await send();
    expect(received).toEqual([`${id}_opened`, `${id}_resolved`]);
  });

  test('gets the end of an incident that it knows of', async () => {
    await runUntilConfirmed(1, 6);
    await send();
    const id = await incidentId('open');
    await runUntilConfirmed(1, 0);
    await failForDays();
    expect(await states('failed')).toEqual([`${id}_resolved`]);
    await recover();
    await send();
    expect(received).toEqual([`${id}_opened`, `${id}_resolved`]);
  });

  test('gets the end before the incident that opened afterwards', async () => {
    await runUntilConfirmed(1, 6);
    await send();
    const first = await incidentId('open');
    await runUntilConfirmed(1, 0);
    await runUntilConfirmed(1, 6);
    const second = await incidentId('open');
    await failForDays();
    await recover();
    await send();
    expect(received).toEqual([`${first}_opened`, `${first}_resolved`, `${second}_opened`]);
  });

  test('gets nothing of an incident that is over and that it never knew of', async () => {
    await runUntilConfirmed(1, 6);
    await failForDays();
    await runUntilConfirmed(1, 0);
    await send();
    received = [];
    await recover();
    await send();
    expect(received).toEqual([]);
  });

  test('gets nothing while its channel is disabled', async () => {
    await runUntilConfirmed(1, 6);
    await failForDays();
    const disabled = await ask('/api/v1/channels/on-call', { method: 'PATCH', body: { enabled: false } });
    expect(disabled.json.enabled).toBe(false);
    await recover();
    await send();
    expect(await states('pending')).toEqual([]);
    expect(received).toEqual([]);
  });
});
