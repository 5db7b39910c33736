// A coordinator that is killed at random instants of a mailing, in workerd with real D1. A failure is reproduced by its seed.
import { expect, test, vi } from 'vitest';
import { mailingDeliveries } from '../../../src/store/schema.ts';
import { createMailingHarness, orm } from '../../support/d1/mailing-harness.ts';
import { seeded } from '../../support/engine/seeded.ts';

vi.setConfig({ testTimeout: 120_000 });

const KILLS = 20;
const SUBSCRIBERS = 12;

test('killed at 20 random instants, each subscriber gets one message of each update, and a repeat has the same id', async () => {
  const harness = await createMailingHarness();
  await harness.addSubscribers(SUBSCRIBERS);
  const random = seeded(14);
  let killed = 0;
  for (let kill = 0; kill < KILLS; kill += 1) {
    await harness.publish({ id: `update_${kill}`, at: harness.now, title: `Update ${kill}` });
    let callsLeft = 1 + Math.floor(random() * 24);
    const check = (): void => {
      callsLeft -= 1;
      if (callsLeft <= 0) throw new TypeError('The coordinator is gone.');
    };
    const send = ((...args: Parameters<typeof fetch>) => {
      check();
      // Between the answer of the vendor and the commit, too.
      return harness.fetch(...args).finally(check);
    }) as typeof fetch;
    await harness.run(dyingD1(harness.config.db, check), send).catch(() => {
      killed += 1;
    });
    harness.now += 91_000;
  }
  for (let round = 0; round < 40; round += 1) {
    await harness.drain();
    harness.now += 600_000;
  }
  expect(killed).toBeGreaterThan(10);
  expect(harness.problems).toEqual([]);
  const firsts = harness.accepted.filter(({ isRepeat }) => !isRepeat);
  // What Resend did not know by its idempotency key: exactly one message a subscriber and update.
  expect(firsts).toHaveLength(KILLS * SUBSCRIBERS);
  const pairs = firsts.map(({ to, body }) => `${to} ${body.subject}`);
  expect(new Set(pairs).size).toBe(KILLS * SUBSCRIBERS);
  const states = await orm.select({ state: mailingDeliveries.state }).from(mailingDeliveries);
  expect(states).toHaveLength(KILLS * SUBSCRIBERS);
  expect(new Set(states.map(({ state }) => state))).toEqual(new Set(['delivered']));
});

/** A D1 that takes no query after the coordinator was killed. */
function dyingD1(db: D1Database, check: () => void): D1Database {
  return {
    prepare: (query: string) => {
      check();
      return db.prepare(query);
    },
    batch: (statements: D1PreparedStatement[]) => {
      check();
      return db.batch(statements);
    },
  } as unknown as D1Database;
}
