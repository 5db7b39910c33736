// A tick and the alerts that Alertmanager wants again, in workerd with real D1: once a tick, and nothing waits for it.
import { env } from 'cloudflare:workers';
import { expect, test } from 'vitest';
import type { Bindings } from '../../src/env.ts';
import { runTick } from '../../src/scheduler/tick.ts';

const { DB, ENCRYPTION_KEY } = env as unknown as Bindings;
const T0 = 1_800_000_000_000;

test('a tick asks once for open alerts to be sent again, and goes on while that takes long', async () => {
  let time = T0;
  let calls = 0;
  let end = (): void => {};
  const slow = new Promise<void>((resolve) => {
    end = resolve;
  });
  let planned = 0;
  await runTick({
    ...{ db: DB, publicUrl: 'https://status.example', encryptionKey: ENCRYPTION_KEY, locations: [] },
    fleet: { invoke: () => Promise.reject(new Error('no monitor is due')) },
    now: () => time,
    sleep: async (ms) => {
      planned += 1;
      time += Math.min(ms, 30_000);
      // The tick plans its checks although the alerts are not sent yet. It ends when they are.
      if (planned === 3) end();
    },
    enqueueDeliveries: async () => {},
    refreshAlerts: () => {
      calls += 1;
      return slow;
    },
  });
  expect(calls).toBe(1);
  expect(planned).toBeGreaterThanOrEqual(3);
});
