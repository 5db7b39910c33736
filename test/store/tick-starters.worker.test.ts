// Who starts ticks, as the row of the shard keeps it: over cron's silence, an upgrade and a rollback.
import { beforeEach, expect, test } from 'vitest';
import { readHealthFacts } from '../../src/store/health-facts.ts';
import { readNewestTickAt, registerTick } from '../../src/store/shard.ts';
import { bindings } from '../support/d1/http-mesh.ts';

const { DB, ENCRYPTION_KEY } = bindings;
const starters = async () => (await readHealthFacts(DB, { encryptionKey: ENCRYPTION_KEY }, 0)).starters;
/** As a Worker of the version before registers a tick. */
const registerBefore = (at: number) =>
  DB.prepare(
    `insert into shards (number, tick, tick_at) values (0, 1, ?1)
     on conflict (number) do update set tick = tick + 1, tick_at = ?1`,
  )
    .bind(at)
    .run();

beforeEach(() => DB.exec('delete from shards'));

test('before the first tick nothing is known', async () => {
  expect(await readNewestTickAt(DB)).toBeNull();
  expect(await starters()).toEqual({ newest: null, cronAt: null, otherSince: null });
});

test('the row keeps the newest tick, the newest of cron, and since when others start them', async () => {
  expect(await registerTick(DB, 1_000)).toBe(1);
  expect(await starters()).toEqual({ newest: 'cron', cronAt: 1_000, otherSince: null });
  expect(await registerTick(DB, 2_000, 'second_clock')).toBe(2);
  expect(await registerTick(DB, 3_000, 'watchdog')).toBe(3);
  expect(await starters()).toEqual({ newest: 'watchdog', cronAt: 1_000, otherSince: 2_000 });
  expect(await registerTick(DB, 4_000)).toBe(4);
  expect(await starters()).toEqual({ newest: 'cron', cronAt: 4_000, otherSince: null });
  expect(await readNewestTickAt(DB)).toBe(4_000);
});

test('a mesh whose first tick is that of the deployment knows no tick of cron', async () => {
  await registerTick(DB, 1_000, 'deployment');
  await registerTick(DB, 2_000, 'second_clock');
  expect(await starters()).toEqual({ newest: 'second_clock', cronAt: null, otherSince: 1_000 });
});

test('after an upgrade nothing is known until a tick, and the version before runs on the new table', async () => {
  await registerBefore(1_000);
  expect(await starters()).toEqual({ newest: null, cronAt: null, otherSince: null });
  expect(await registerTick(DB, 2_000, 'second_clock')).toBe(2);
  await registerBefore(3_000);
  expect(await readNewestTickAt(DB)).toBe(3_000);
  expect(await registerTick(DB, 4_000)).toBe(4);
  expect(await starters()).toEqual({ newest: 'cron', cronAt: 4_000, otherSince: null });
});
