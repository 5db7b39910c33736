// Lists of monitors against a naive filter over all rows: filters, order, pages, counts and restrictions.
import { beforeEach, describe, expect, test } from 'vitest';
import { isInside } from '../../src/access/restriction.ts';
import { database } from '../../src/store/database.ts';
import {
  type ListedMonitor,
  type ListState,
  type MonitorListQuery,
  readListedMonitor,
  readMonitorList,
  readStateCounts,
  withoutData,
} from '../../src/store/monitor-list.ts';
import { LIST_STATES } from '../../src/store/monitor-list-model.ts';
import { maintenanceSpans, monitorStates, monitors } from '../../src/store/schema.ts';
import { hasTag } from '../../src/tags.ts';
import { countD1 } from '../support/d1/counted-d1.ts';
import { bindings, empty } from '../support/d1/http-mesh.ts';
import { seeded } from '../support/engine/seeded.ts';

const { DB } = bindings;
const NOW = 1_800_000_000_000;
const QUERY: MonitorListQuery = { sort: 'name', page: 1, pageSize: 50, restriction: null };

type Row = typeof monitors.$inferInsert;
type Kept = typeof monitorStates.$inferInsert;

interface Known {
  readonly row: Row & { readonly number: number };
  readonly kept: Kept | null;
}

beforeEach(empty);

const LOCATIONS = ['aws:one', 'aws:two', 'aws:three'];

/** Monitor n, with everything chosen by the seed. */
function randomMonitor(number: number, random: () => number): Known {
  const one = <T>(...values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  const word = one('Shop', 'shop', 'Über uns', 'Blog_100%', 'api');
  const row: Known['row'] = {
    ...{ number, id: `${one('shop', 'blog', 'api')}-${number}`, name: `${word} ${one('', 'b', 'B')}` },
    check: one<Row['check']>(
      { type: 'tcp', host: 'db.example.com', port: 5432 },
      { type: 'http', url: 'https://www.example.com/health?token=abc' },
      { type: 'dns', name: 'example.org' },
    ),
    ...{ intervalSeconds: 60, locations: 'all', version: 1, createdAt: NOW, updatedAt: NOW + number },
    alert: { quorum: 'majority', failures: 2, recoveries: 2, confirmSeconds: 10 },
    channels: one<Row['channels']>('default', ['on-call'], ['default', 'chat'], []),
    group: one(null, 'Payments', 'payments', 'Web'),
    tags: one<Row['tags']>({}, { team: 'a' }, { team: 'b', env: 'x:y' }, { env: '' }, { teams: 'a' }),
    ...{ public: random() < 0.5, paused: random() < 0.15 },
  };
  if (random() < 0.1) return { row, kept: null };
  const verdict = one<Kept['verdict']>('up', 'up', 'up', 'partial', 'down', 'no_data');
  const failing = verdict === 'up' ? 0 : 1 + Math.floor(random() * 2);
  const kept: Kept = {
    ...{ number, verdict, since: NOW - Math.floor(random() * 5) * 1000 },
    ...{ neverChecked: verdict === 'no_data' && random() < 0.5, flapping: random() < 0.1 },
    ...{ passing: 3 - failing, failing, abstaining: 0 },
    warnings: verdict === 'up' && random() < 0.3 ? ['latency'] : [],
    incidentId: verdict === 'down' ? `inc_${number}` : null,
    votes: LOCATIONS.map((id, index) => [index + 1, id, index < failing ? 'failing' : 'passing', null]),
    updatedAt: NOW,
  };
  return { row, kept };
}

const COVERED = new Set([3, 5, 8, 13, 21, 34]);

async function seed(count: number, seedOf: number): Promise<Known[]> {
  const random = seeded(seedOf);
  const known = Array.from({ length: count }, (_, index) => randomMonitor(index + 1, random));
  const orm = database(DB);
  for (const { row, kept } of known) {
    await orm.insert(monitors).values(row);
    if (kept) await orm.insert(monitorStates).values(kept);
  }
  const spans = (from: number, to: number): [number, number][] => [
    [NOW - 9_000, NOW - 8_000],
    [NOW + from, NOW + to],
  ];
  await orm.insert(maintenanceSpans).values([
    { id: 'maintenance:now', monitors: [...COVERED], spans: spans(-1, 1) },
    { id: 'maintenance:ended', monitors: 'all', spans: spans(-1, 0) },
    { id: 'maintenance:later', monitors: 'all', spans: spans(1, 2) },
  ]);
  return known;
}

function stateOf({ row, kept }: Known): ListState {
  if (row.paused) return 'paused';
  if (kept?.verdict === 'down' || kept?.verdict === 'partial') return kept.verdict;
  if (COVERED.has(row.number!)) return 'maintenance';
  if (kept === null || (kept.verdict === 'no_data' && kept.neverChecked)) return 'pending';
  if (kept.verdict === 'no_data') return 'no_data';
  return kept.warnings.length > 0 ? 'degraded' : 'up';
}

const textsOf = ({ id, name, check }: Row): string[] => [
  ...[id, name],
  ...[check.host, check.url, check.type === 'dns' ? check.name : ''].map((one) => String(one ?? '')),
];

function isListed(known: Known, query: MonitorListQuery): boolean {
  const { row, kept } = known;
  const { tags, group, types, failingAt, q, channel, restriction } = query;
  return (
    isInside(restriction, row) &&
    (tags ?? []).every((tag) => hasTag(row.tags, tag)) &&
    (group === undefined || row.group === group) &&
    (types === undefined || types.includes(row.check.type)) &&
    (failingAt === undefined ||
      (kept?.votes ?? []).some(([, id, vote]) => id === failingAt && vote === 'failing')) &&
    (q === undefined || textsOf(row).some((text) => text.toLowerCase().includes(q.toLowerCase()))) &&
    (channel === undefined || (row.channels !== 'default' && row.channels.includes(channel)))
  );
}

const compare = <T extends string | number>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0);
const lower = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
const byText = (a: string, b: string): number => compare(lower(a), lower(b)) || compare(a, b);
const byName = (a: Known, b: Known): number =>
  byText(a.row.name, b.row.name) || a.row.number! - b.row.number!;

const SORTS: Record<MonitorListQuery['sort'], (a: Known, b: Known) => number> = {
  name: byName,
  state: (a, b) => LIST_STATES.indexOf(stateOf(a)) - LIST_STATES.indexOf(stateOf(b)),
  since: (a, b) => compare(a.kept?.since ?? a.row.updatedAt, b.kept?.since ?? b.row.updatedAt),
  group: (a, b) =>
    Number(a.row.group === null) - Number(b.row.group === null) ||
    byText(a.row.group ?? '', b.row.group ?? ''),
  type: (a, b) => compare(a.row.check.type, b.row.check.type),
};

function naive(all: readonly Known[], query: MonitorListQuery) {
  const listed = all.filter((one) => isListed(one, query));
  const wanted = listed.filter((one) => query.states?.includes(stateOf(one)) ?? true);
  const sign = query.descending ? -1 : 1;
  const sorted = wanted.toSorted((a, b) => sign * SORTS[query.sort](a, b) || byName(a, b));
  const inside = all.filter(({ row }) => isInside(query.restriction, row));
  const start = (query.page - 1) * query.pageSize;
  return {
    numbers: sorted.slice(start, start + query.pageSize).map(({ row }) => row.number),
    total: wanted.length,
    counts: Object.fromEntries(
      LIST_STATES.map((state) => [state, listed.filter((one) => stateOf(one) === state).length]),
    ),
    groups: [...new Set(inside.flatMap(({ row }) => row.group ?? []))].sort(),
    tagNames: [...new Set(inside.flatMap(({ row }) => Object.keys(row.tags)))].sort(),
  };
}

const shown = ({ rows, ...list }: Awaited<ReturnType<typeof readMonitorList>>) => ({
  numbers: rows.map(({ number }) => number),
  ...list,
});

test('every filter, order and page is that of a naive filter over all rows', async () => {
  const all = await seed(60, 7);
  const random = seeded(11);
  const maybe = <T>(share: number, ...values: readonly T[]): T | undefined =>
    random() < share ? values[Math.floor(random() * values.length)] : undefined;
  const given = <K extends string, T>(key: K, value: T | undefined) =>
    (value === undefined ? {} : { [key]: value }) as { [P in K]?: T };
  let rows = 0;
  for (let round = 0; round < 150; round += 1) {
    const query: MonitorListQuery = {
      ...given('states', maybe<ListState[]>(0.2, ['down'], ['up', 'pending'], ['maintenance', 'paused'], [])),
      ...given('tags', maybe(0.2, ['team'], ['team:a'], ['env:x:y', 'team'], ['env:'], ['none'], [])),
      ...given('group', maybe(0.15, 'Payments', 'Web', 'nothing')),
      ...given('types', maybe(0.2, ['tcp'], ['http', 'dns'], ['udp'])),
      ...given('failingAt', maybe(0.15, 'aws:one', 'aws:two', 'aws:none')),
      ...given(
        'q',
        maybe(0.3, 'SHOP', 'über', 'ÜBER', '_100%', '%', 'EXAMPLE.ORG', 'api-1', "'", 'db.example'),
      ),
      ...given('channel', maybe(0.15, 'on-call', 'default', 'chat', 'none')),
      sort: maybe(1, 'state', 'name', 'since', 'group', 'type')!,
      descending: random() < 0.5,
      page: 1 + Math.floor(random() * 3),
      pageSize: maybe(1, 3, 10, 50)!,
      restriction: maybe(0.4, ['team:a'], ['team', 'env'], ['env:x:y'], []) ?? null,
    };
    const list = await readMonitorList(DB, query, NOW);
    expect(shown(list), JSON.stringify(query)).toEqual(naive(all, query));
    rows += list.rows.length;
  }
  expect(rows).toBeGreaterThan(300);
});

test('a row shows the monitor, its state, and a target without a secret', async () => {
  const all = await seed(60, 7);
  const { rows } = await readMonitorList(DB, { ...QUERY, pageSize: 100 }, NOW);
  expect(rows).toHaveLength(60);
  for (const listed of rows) {
    const known = all.find(({ row }) => row.number === listed.number)!;
    const { row, kept } = known;
    const targets: Record<string, string> = {
      ...{ tcp: 'db.example.com:5432', http: 'https://www.example.com/health', dns: 'example.org' },
    };
    expect(listed).toEqual({
      ...{ number: row.number, id: row.id, name: row.name, type: row.check.type, group: row.group ?? null },
      ...{ tags: row.tags, public: row.public, paused: row.paused, intervalSeconds: 60, version: 1 },
      ...{ target: targets[row.check.type]!, state: stateOf(known), maintenance: COVERED.has(row.number!) },
      ...{ since: kept?.since ?? row.updatedAt, passing: kept?.passing ?? 0, failing: kept?.failing ?? 0 },
      ...{ abstaining: 0, warnings: kept?.warnings ?? [], flapping: kept?.flapping ?? false },
      incidentId: kept?.incidentId ?? null,
      failingAt: LOCATIONS.slice(0, kept?.failing ?? 0),
    } satisfies ListedMonitor);
    expect(await readListedMonitor(DB, row.id, null, NOW)).toEqual(listed);
  }
});

describe('one monitor and the counts', () => {
  test('what is outside a restriction does not exist', async () => {
    const all = await seed(60, 3);
    for (const { row } of all.slice(0, 20)) {
      const found = await readListedMonitor(DB, row.id, ['team:a'], NOW);
      expect(found?.id).toBe(isInside(['team:a'], row) ? row.id : undefined);
    }
    expect(await readListedMonitor(DB, 'none', null, NOW)).toBeNull();
  });

  test('the counts are those of the list, and the worst are the first 20 that are not up', async () => {
    await seed(60, 5);
    for (const restriction of [null, ['team'], ['env:'], []]) {
      const { counts, worst } = await readStateCounts(DB, restriction, NOW);
      const list = await readMonitorList(DB, { ...QUERY, sort: 'state', pageSize: 100, restriction }, NOW);
      expect(counts).toEqual(list.counts);
      expect(worst).toEqual(list.rows.filter(({ state }) => state !== 'up').slice(0, 20));
    }
  });

  test('a mesh without monitors has empty lists', async () => {
    const none = Object.fromEntries(LIST_STATES.map((state) => [state, 0]));
    expect(await readStateCounts(DB, null, NOW)).toEqual({ counts: none, worst: [] });
    expect(await readMonitorList(DB, QUERY, NOW)).toEqual({
      ...{ rows: [], total: 0, counts: none, groups: [], tagNames: [] },
    });
  });
});

test('a list takes two statements, counts and one monitor take one', async () => {
  await seed(10, 1);
  const counted = countD1(DB);
  await readMonitorList(counted.db, QUERY, NOW);
  expect(counted.take()).toHaveLength(2);
  await readStateCounts(counted.db, ['team'], NOW);
  expect(counted.take()).toHaveLength(1);
  await readListedMonitor(counted.db, 'shop-1', null, NOW);
  expect(counted.take()).toHaveLength(1);
});

test('when ticks have stopped, only what people decided is known', async () => {
  await seed(60, 9);
  const list = await readMonitorList(DB, { ...QUERY, pageSize: 100 }, NOW);
  const { rows, counts } = withoutData(list);
  for (const [index, { state }] of list.rows.entries()) {
    const stays = state === 'paused' || state === 'maintenance' || state === 'pending';
    expect(rows[index]!.state).toBe(stays ? state : 'no_data');
  }
  for (const state of LIST_STATES)
    expect(counts[state]).toBe(rows.filter((row) => row.state === state).length);
});
