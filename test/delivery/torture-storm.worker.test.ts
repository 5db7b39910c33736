// The torture of 1,000 incidents at once, in workerd with real D1, by a clock of its own: receivers misbehave for six hours.
import { expect, test, vi } from 'vitest';
import { useChat } from '../support/channels/chat.ts';
import { torture } from '../support/d1/torture.ts';

useChat();

vi.setConfig({ testTimeout: 1_200_000 });

test('every notification of 1,000 incidents arrives, is merged into one that does, or is visibly dead, in order', async () => {
  const { states, deadOn, mergedOn, slowestTickMs, ...figures } = await torture(1_000, 6);
  console.log('torture', JSON.stringify({ states, deadOn, slowestTickMs, ...figures }));
  expect(states.pending).toBeUndefined();
  expect(Object.values(states).reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(8_000);
  // Only who refuses every notification for good has dead letters.
  expect(deadOn).toEqual(['c-refuses', 'w-refuses']);
  // A program gets every notification in a message of its own.
  expect(mergedOn.filter((channel) => channel.startsWith('w'))).toEqual([]);
  expect(slowestTickMs).toBeLessThan(5_000);
});
