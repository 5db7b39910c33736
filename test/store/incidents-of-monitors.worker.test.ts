// The rows that a list of incidents of some monitors reads, among many thousand incidents of others. D1 reports the figures.
import { beforeAll, expect, test } from 'vitest';
import { listIncidents } from '../../src/store/incidents.ts';
import { type Counted, countD1 } from '../support/d1/counted-d1.ts';
import { bindings, empty } from '../support/d1/http-mesh.ts';

const counted = countD1(bindings.DB);
const COUNT = 20_000;
const RARE = [{ id: 'rare', number: 3 }];
const BUSY = [
  { id: 'shop-0', number: 1 },
  { id: 'shop-1', number: 2 },
];

beforeAll(async () => {
  await empty();
  await bindings.DB.prepare(`with recursive n(i) as (select 1 union all select i + 1 from n where i < ${COUNT})
    insert into incidents (id, monitor_number, monitor_id, monitor_name, public, state, verdict, started_at, detected_at,
      resolved_at, scope, quorum, evidence, location)
    select 'inc' || i, case when i > ${COUNT - 5} then 3 else 1 + i % 2 end,
      case when i > ${COUNT - 5} then 'rare' else 'shop-' || (i % 2) end, 'Shop', 0,
      case when i % 10 = 0 then 'open' else 'resolved' end, 'down', 1000000 - i, 1000000 - i, null, '[]', '{}', '[]', null
    from n`).run();
  counted.take();
});

const rowsRead = () => counted.take().reduce((sum: number, one: Counted) => sum + one.rowsRead, 0);

test('a monitor without incidents among the newest thousands costs its own incidents only', async () => {
  const { rows, next } = await listIncidents(counted.db, { monitors: RARE, limit: 20 });
  expect([rows.map(({ id }) => id), next]).toEqual([
    ['inc19996', 'inc19997', 'inc19998', 'inc19999', 'inc20000'],
    null,
  ]);
  expect(rowsRead()).toBeLessThan(100);
});

test('monitors with thousands of incidents cost a page of each, and the pages are those of a list of everything', async () => {
  let after: { startedAt: number; id: string } | undefined;
  for (let page = 0; page < 3; page += 1) {
    const limited = await listIncidents(counted.db, { monitors: BUSY, limit: 20, after });
    expect(rowsRead()).toBeLessThan(700);
    const all = await listIncidents(bindings.DB, { limit: 20, after });
    expect(limited).toEqual(all);
    after = limited.next!;
  }
});

test('state, time and monitor filter as in a list of everything', async () => {
  for (const filter of [
    { state: 'open' as const },
    { since: 999_950, until: 999_990 },
    { monitorId: 'shop-1' },
    { monitorId: 'shop-1', state: 'resolved' as const, until: 999_000 },
  ]) {
    const limited = await listIncidents(bindings.DB, { ...filter, monitors: BUSY, limit: 20 });
    expect(limited.rows).toHaveLength(20);
    expect(limited).toEqual(await listIncidents(bindings.DB, { ...filter, limit: 20 }));
  }
});

test('no monitor has no incident, and neither has one with the id of a deleted one', async () => {
  const none = { rows: [], next: null };
  expect(await listIncidents(bindings.DB, { monitors: [], limit: 20 })).toEqual(none);
  const recreated = [{ id: 'shop-0', number: 9 }];
  expect(await listIncidents(bindings.DB, { monitors: recreated, limit: 20 })).toEqual(none);
});
