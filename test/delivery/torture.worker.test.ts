// Receivers that are down, slow, hang, reset, refuse or lie for half an hour, in workerd with real D1, by a clock of its own.
import { expect, test, vi } from 'vitest';
import { useChat } from '../support/channels/chat.ts';
import { torture } from '../support/d1/torture.ts';

useChat();

vi.setConfig({ testTimeout: 60_000 });

test('every notification of ten incidents arrives, is merged into one that does, or is visibly dead, in order', async () => {
  const { states, deadOn, mergedOn } = await torture(10, 0.5);
  expect(states.pending).toBeUndefined();
  expect(states.delivered).toBeGreaterThan(20);
  // Only who refuses every notification for good has dead letters.
  expect(deadOn).toEqual(['c-refuses', 'w-refuses']);
  // A program gets every notification in a message of its own.
  expect(mergedOn.filter((channel) => channel.startsWith('w'))).toEqual([]);
});
