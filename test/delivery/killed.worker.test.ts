// A coordinator that is killed at random instants of a delivery, in workerd with real D1. A failure is reproduced by its seed.
import { expect, test, vi } from 'vitest';
import { deliver } from '../../src/delivery/consumer.ts';
import { channels, deliveries } from '../../src/store/schema.ts';
import { useChat } from '../support/channels/chat.ts';
import { addChannel, createOutboxHarness, orm } from '../support/d1/outbox-harness.ts';
import { type Accepted, problemsOf, raise } from '../support/d1/storm.ts';
import { seeded } from '../support/engine/seeded.ts';

useChat();

vi.setConfig({ testTimeout: 120_000 });

const KILLS = 50;

test('nothing is lost if it is killed at 50 random instants, and a repeated message has the same id and notifications', async () => {
  const harness = await createOutboxHarness();
  await orm.delete(channels);
  await addChannel(harness, 'w', 'webhook');
  await addChannel(harness, 'c', 'chat');
  const random = seeded(13);
  const accepted: Accepted[] = [];
  harness.answer = ({ host }) => {
    accepted.push({ channel: host.split('.')[0]!, ids: harness.messages.at(-1)!.ids });
    return new Response(null, { status: 204 });
  };
  const channelsOf = () => ['w', 'c'];
  let killed = 0;
  for (let kill = 0; kill < KILLS; kill += 1) {
    await raise(harness, 'incident.opened', { from: kill * 2, count: 2, channelsOf });
    if (kill > 0) await raise(harness, 'incident.resolved', { from: kill * 2 - 2, count: 2, channelsOf });
    let callsLeft = 1 + Math.floor(random() * 14);
    const isDead = () => callsLeft <= 0;
    const db = dyingD1(harness.config.db, () => {
      callsLeft -= 1;
      return isDead();
    });
    const fetch = ((...args: Parameters<typeof harness.fetch>) => {
      if (isDead()) throw new TypeError('The coordinator is gone.');
      return harness.fetch(...args);
    }) as typeof globalThis.fetch;
    const id = random() < 0.5 ? 'w' : 'c';
    await deliver({ ...harness.config, db }, id, { now: () => harness.now, fetch }).catch(() => {
      killed += 1;
    });
    // The lease of the consumer that is gone.
    harness.now += 61_000;
  }
  await raise(harness, 'incident.resolved', { from: KILLS * 2 - 2, count: 2, channelsOf });
  for (let round = 0; round < 30; round += 1) {
    for (const id of channelsOf()) await harness.run(id);
    harness.now += 61_000;
  }
  expect(killed).toBeGreaterThan(25);
  expect(await problemsOf(accepted)).toEqual([]);
  const states = await orm
    .select({ state: deliveries.state, channel: deliveries.channelId })
    .from(deliveries);
  expect(states).toHaveLength(KILLS * 2 * 2 * 2);
  expect(new Set(states.map(({ state }) => state))).toEqual(new Set(['delivered', 'merged']));
  // A program gets every one in a message of its own.
  expect(states.filter(({ channel, state }) => channel === 'w' && state === 'merged')).toEqual([]);
});

/** A D1 that takes no query after the consumer was killed. */
function dyingD1(db: D1Database, dies: () => boolean): D1Database {
  const check = (): void => {
    if (dies()) throw new Error('The coordinator is gone.');
  };
  const prepare = (query: string): D1PreparedStatement => {
    check();
    return db.prepare(query);
  };
  const batch = (statements: D1PreparedStatement[]) => {
    check();
    return db.batch(statements);
  };
  return { prepare, batch } as unknown as D1Database;
}
