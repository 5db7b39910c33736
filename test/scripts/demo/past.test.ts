// The demo's made-up past: it goes into an empty database alone, once, and is read as a history of 90 days.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { placePast } from '../../../scripts/demo/place-past.ts';
import { TARGETS } from '../../../scripts/demo/targets.ts';
import { decodeDay } from '../../../src/store/history/day-codec.ts';
import { dayOf, dayStart, seriesId } from '../../../src/store/history/ids.ts';
import { decodeRecent } from '../../../src/store/history/recent-codec.ts';
import { decodeSegments } from '../../../src/store/history/series-codec.ts';

const NOW = Date.UTC(2026, 10, 26, 10);
const LOCATIONS = ['aws:us-east-1', 'aws:us-west-2', 'aws:eu-central-1'];
const MIGRATIONS = new URL('../../../migrations/', import.meta.url);

let state: string;
let path: string;
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'probemesh-past-'));
  const dir = join(state, 'v3', 'd1', 'miniflare-D1DatabaseObject');
  mkdirSync(dir, { recursive: true });
  path = join(dir, 'abc.sqlite');
  within((database) => {
    for (const name of readdirSync(MIGRATIONS)
      .filter((file) => file.endsWith('.sql'))
      .sort())
      database.exec(readFileSync(new URL(name, MIGRATIONS), 'utf8'));
  });
});
afterEach(() => rmSync(state, { recursive: true }));

function within<T>(use: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(path);
  try {
    return use(database);
  } finally {
    database.close();
  }
}
const count = (table: string): unknown =>
  within((database) => database.prepare(`select count(*) as n from ${table}`).get()?.n);

test('an empty mesh gets a history of each target and of the job, incidents, words of the team and the announcement, once', () => {
  expect(placePast({ state }, NOW, LOCATIONS)).toBe(true);
  expect(count('monitor_histories')).toBe(TARGETS.length + 1);
  expect(count('pings')).toBe(60);
  expect(['incidents', 'public_incidents', 'incident_updates', 'announcements'].map(count)).toEqual([
    ...[4, 1, 3, 1],
  ]);
  const recent = within((database) =>
    database.prepare("select recent from monitor_histories where id = 'web-shop'").get(),
  )?.recent as Uint8Array;
  const days = decodeRecent(recent);
  expect(days).toHaveLength(89);
  expect(days[23]).toMatchObject({ down: 138 * 60_000 });
  expect(placePast({ state }, NOW, LOCATIONS)).toBe(false);
});

test('the past has check runs of every location up to now, and the figures of each day are theirs', () => {
  placePast({ state }, NOW, LOCATIONS);
  const shop = TARGETS.findIndex(({ name }) => name === 'web-shop') + 1;
  const bytesOf = (table: string, day: number): Uint8Array =>
    within((database) => database.prepare(`select data from ${table} where id = ?`).get(seriesId(day, shop)))
      ?.data as Uint8Array;
  const today = dayOf(NOW);
  const runs = decodeSegments(bytesOf('series', today), dayStart(today)).flatMap((segment) => segment.runs);
  expect(runs).toHaveLength(LOCATIONS.length * 10 * 6);
  expect(runs.every(({ startedAt }) => startedAt < NOW)).toBe(true);
  expect(new Set(runs.map(({ timings }) => timings.totalMs)).size).toBeGreaterThan(5);
  const whole = decodeDay(bytesOf('days', today - 1), today - 1);
  expect(whole.byLocation.map(({ location, ok }) => [location, ok])).toEqual([
    ...[1, 2, 3].map((location) => [location, 144]),
  ]);
  // Down from Northern Virginia and Frankfurt for 138 minutes.
  const outage = decodeDay(bytesOf('days', today - 24), today - 24);
  expect(outage.byLocation.map(({ failed }) => failed)).toEqual([5, 0, 5]);
});

test('a mesh that ever had a monitor keeps its past', () => {
  within((database) =>
    database.exec(
      "insert into journal (id, tick, commit_id, at, kind, checksum) values (1, 1, 'c', 1, 'config', '')",
    ),
  );
  expect(placePast({ state }, NOW, LOCATIONS)).toBe(false);
  expect(count('monitor_histories')).toBe(0);
});

test('without a database nothing is written', () => {
  rmSync(path);
  expect(placePast({ state }, NOW, LOCATIONS)).toBe(false);
  expect(placePast({ state: join(state, 'none') }, NOW, LOCATIONS)).toBe(false);
});
