// Whose turn it is to send, without a queue or a receiver.
import { expect, test } from 'vitest';
import { type Place, SendPlaces } from '../../src/delivery/send-places.ts';

interface Taken {
  readonly channelId: string;
  readonly place: Place;
}

/** Asks for places and lists those that were granted, in order. */
function asking(places: SendPlaces) {
  const granted: Taken[] = [];
  const refused: string[] = [];
  const ask = (...channelIds: string[]): Promise<void> => {
    for (const channelId of channelIds)
      void places.acquire(channelId).then((place) => {
        if (place) granted.push({ channelId, place });
        else refused.push(channelId);
      });
    return settled();
  };
  return { granted, refused, ask, ids: () => granted.map(({ channelId }) => channelId) };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('five sends wait at once in one invocation, and a sixth waits for a place', async () => {
  const { ask, granted, ids } = asking(new SendPlaces());
  await ask('a', 'b', 'c', 'd', 'e', 'f');
  expect(ids()).toEqual(['a', 'b', 'c', 'd', 'e']);
  granted[2]!.place.release();
  await settled();
  expect(ids()).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  granted[2]!.place.release();
  await ask('g');
  expect(ids()).toHaveLength(6);
});

test('a free place goes to the channel with the fewest sends, and then to the one that waits longest', async () => {
  const { ask, granted, ids } = asking(new SendPlaces());
  await ask('slow', 'slow', 'slow', 'slow', 'other', 'slow', 'healthy', 'other');
  expect(ids()).toEqual(['slow', 'slow', 'slow', 'slow', 'other']);
  for (const index of [0, 1]) granted[index]!.place.release();
  await settled();
  expect(ids().slice(5)).toEqual(['healthy', 'other']);
});

test('failing channels never hold more than two of the five places', async () => {
  const places = new SendPlaces(['f1', 'f2', 'f3', 'f4', 'f5', 'f6']);
  const { ask, ids } = asking(places);
  await ask('f1', 'f2', 'f3', 'f4', 'f5', 'f6', 'healthy', 'healthy', 'healthy', 'healthy');
  expect(ids()).toEqual(['f1', 'f2', 'healthy', 'healthy', 'healthy']);
});

test('a channel that recovers, or fails, is treated so from then on', async () => {
  const places = new SendPlaces(['f1', 'f2', 'f3']);
  const { ask, ids } = asking(places);
  await ask('f1', 'f2', 'f3');
  expect(ids()).toEqual(['f1', 'f2']);
  places.setFailing('f1', false);
  await settled();
  expect(ids()).toEqual(['f1', 'f2', 'f3']);
});

test('channels that wait without a send in flight are given up on request, and no others', async () => {
  const places = new SendPlaces();
  const { ask, refused } = asking(places);
  await ask('a', 'b', 'c', 'd', 'e', 'a', 'f', 'g');
  expect(places.evict()).toEqual(['f', 'g']);
  await settled();
  expect(refused).toEqual(['f', 'g']);
});

test('an invocation ends before its statements reach the limit of D1', async () => {
  const places = new SendPlaces();
  let sends = 0;
  for (let place = await places.acquire('a'); place; place = await places.acquire('a')) {
    sends += 1;
    place.release();
  }
  expect(sends).toBeGreaterThanOrEqual(20);
  expect(sends * 10).toBeLessThan(1_000);
  expect(places.isExhausted).toBe(true);
});
