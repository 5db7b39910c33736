// Uptime on random histories, before and after the compaction: equal to a second computation over raw reports and states.
import { expect, test } from 'vitest';
import { openFakeD1 } from '../../bench/coordinator/fake-d1.ts';
import { migrationStatements } from '../../bench/coordinator/local-d1.ts';
import type { Policy, Window } from '../../src/engine/model/state.ts';
import { compact } from '../../src/history/compact.ts';
import { readDays, readSpans } from '../../src/history/read-history.ts';
import { readBars } from '../../src/store/history/bars.ts';
import { sumTotals, totalsOf, uptimeOf } from '../../src/uptime/moments.ts';
import { BruteForce } from '../support/history/brute-force.ts';
import { HistoryMesh, type Outcome, POLICY, seeded } from '../support/history/mesh.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Nights with a change of the clocks, the end of a month and the end of a year. */
const STARTS = [
  Date.UTC(2026, 2, 28, 19),
  Date.UTC(2026, 9, 24, 20),
  Date.UTC(2026, 1, 28, 21),
  Date.UTC(2026, 11, 31, 22),
];
const MONITORS = [1, 2, 3];

/** Its clock is that of the mesh. */
function emptyD1(now: () => number): D1Database {
  const { db, sqlite } = openFakeD1(':memory:');
  sqlite.function('unixepoch', { varargs: true }, () => now() / 1_000);
  for (const statement of migrationStatements()) sqlite.exec(statement);
  return db as unknown as D1Database;
}

/** Hours of reports, with outages, silent locations, gaps, maintenances, pauses and a deletion at random. */
async function live(mesh: HistoryMesh, random: () => number, hours: number): Promise<void> {
  const end = mesh.now + hours * HOUR;
  const failing = new Set<string>();
  const silent = new Set<number>();
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  const policy = (number: number): Policy | undefined => mesh.state.monitors.get(number)?.policy;
  while (mesh.now < end) {
    if (random() < 0.08) {
      const cell = `${pick(MONITORS)} ${random() < 0.5 ? pick([1, 2, 3]) : 'all'}`;
      if (!failing.delete(cell)) failing.add(cell);
    }
    if (random() < 0.03) {
      const location = pick([1, 2, 3]);
      if (!silent.delete(location)) silent.add(location);
    }
    const number = pick(MONITORS);
    const known = policy(number);
    if (random() < 0.02 && known)
      await mesh.change([{ type: 'monitor', number, policy: { ...known, paused: !known.paused } }]);
    if (random() < 0.02) {
      const from = mesh.now + (random() - 0.5) * HOUR;
      const spans: Window['spans'] = [[from, from + random() * 2 * HOUR]].map(([a, b]) => [
        Math.round(a!),
        Math.round(b!),
      ]);
      const monitors = random() < 0.5 ? 'all' : [number];
      const window = { kind: random() < 0.8 ? 'maintenance' : 'silence', monitors, spans } as const;
      await mesh.change([{ type: 'window', id: pick(['a', 'b']), window }]);
    }
    if (random() < 0.01) await mesh.change([{ type: 'window.deleted', id: pick(['a', 'b']) }]);
    if (random() < 0.01 && known)
      await mesh.change([{ type: 'monitor.target_changed', number, policy: known }]);
    if (random() < 0.004 && known && number === 3) await mesh.deleteMonitor(3);
    if (random() < 0.01) mesh.now += Math.round(random() * 5 * HOUR);
    for (const location of [1, 2, 3]) {
      mesh.now += 40_000 + Math.floor(random() * 40_000);
      if (silent.has(location)) continue;
      const outcomes = MONITORS.flatMap((monitor): [number, Outcome][] => {
        const one = policy(monitor);
        if (!one || one.paused) return [];
        const fails = failing.has(`${monitor} all`) || failing.has(`${monitor} ${location}`);
        return [[monitor, fails ? 'failed' : random() < 0.02 ? 'unmeasured' : 'ok']];
      });
      await mesh.report(location, new Map(outcomes));
    }
  }
}

async function expectEqual(mesh: HistoryMesh, brute: BruteForce, from: number, now: number): Promise<void> {
  const range = { numbers: null, from, to: now, now };
  const days = await readDays(mesh.db, range);
  const bars = await readBars(mesh.db, MONITORS, now);
  const spans = await readSpans(mesh.db, range);
  expect(days.size).toBe(MONITORS.length);
  for (const [number, figures] of days) {
    expect(bars.get(number)?.map(({ day, totals }) => ({ day, totals }))).toEqual(
      figures.map(({ day, totals }) => ({ day, totals })),
    );
    for (const { day, totals, byLocation } of figures) {
      expect({ number, day, totals }).toEqual({
        ...{ number, day },
        totals: brute.totals(number, day * DAY, Math.min(day * DAY + DAY, now)),
      });
      for (const { location, votedMs, failingMs } of byLocation) {
        const place = Number(location.replace('aws:l', ''));
        const { voted, failing } = brute.votes(number, place, day * DAY, Math.min(day * DAY + DAY, now));
        expect({ number, day, location, votedMs, failingMs }).toEqual({
          ...{ number, day, location },
          ...{ votedMs: voted, failingMs: failing },
        });
      }
    }
    const own = spans.find((one) => one.number === number)!;
    const whole = totalsOf(own.spans, own.from, own.to);
    expect(whole).toEqual(sumTotals(figures.map(({ totals }) => totals)));
    const { down, partial, up } = brute.totals(number, from, now) as {
      down: number;
      partial: number;
      up: number;
    };
    expect(uptimeOf(whole)).toBe(down + partial + up === 0 ? null : 1 - down / (down + partial + up));
  }
}

test.each(Array.from({ length: 8 }, (_, seed) => ({ seed })))(
  'totals, uptime and votes equal those of a second computation, whatever happened (seed $seed)',
  async ({ seed }) => {
    const random = seeded(seed * 7_919 + 1);
    const from = STARTS[seed % STARTS.length]!;
    const mesh: HistoryMesh = new HistoryMesh(
      emptyD1(() => mesh?.now ?? from),
      from,
      seed,
    );
    mesh.watch();
    await mesh.begin(3, [
      POLICY,
      { ...POLICY, quorum: 'any' },
      { ...POLICY, failures: 3, intervalMs: 120_000 },
    ]);
    for (let part = 0; part < 3; part += 1) {
      await live(mesh, random, 14);
      const now = mesh.now + Math.round(random() * HOUR);
      const brute = new BruteForce(mesh.seen, mesh.runs, now);
      await expectEqual(mesh, brute, from, now);
      while ((await compact(mesh.db, now)) === 'more')
        if (random() < 0.2) await expectEqual(mesh, brute, from, now);
      await expectEqual(mesh, brute, from, now);
    }
  },
);
