// Owns the part of the past that is compacted already: rows of `series`, `days`, `monitor_histories` and `incidents`, written
// with the codecs that the compaction uses. Does not write the journal.
import { Buffer } from 'node:buffer';
import type { DatabaseSync } from 'node:sqlite';
import { encodeDay } from '../../src/store/history/day-codec.ts';
import { type DayRecord, dayFigures, dayRecordOf } from '../../src/store/history/day-record.ts';
import { factRows } from '../../src/store/history/facts.ts';
import type { Fact } from '../../src/store/history/history-state.ts';
import { seriesId } from '../../src/store/history/ids.ts';
import { encodeRecent, RECENT_DAYS } from '../../src/store/history/recent-codec.ts';
import { encodeSegment } from '../../src/store/history/series-codec.ts';
import type { MomentTotals } from '../../src/uptime/model.ts';
import {
  DAY_MS,
  gapOn,
  LOCATION_COUNT,
  MINUTE_MS,
  MONITORS,
  maintenanceOn,
  outagesOn,
  runsOfHour,
  type Troubles,
  variantOf,
} from './world.ts';

/** Of the policy: without a measurement for this long, nothing is known. */
const STALE_MS = 180_000;
const CALM: Troubles = { outages: [], gap: null };
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);

export interface Past {
  /** First day of `days`, first day of `series`, and the first day that is left out. */
  readonly firstDay: number;
  readonly firstSeriesDay: number;
  readonly endDay: number;
}

export function fillPast(sqlite: DatabaseSync, { firstDay, firstSeriesDay, endDay }: Past): void {
  const insertDay = sqlite.prepare('insert into days (id, data) values (?, ?)');
  const insertSeries = sqlite.prepare('insert into series (id, spans, data) values (?, ?, ?)');
  const segments = new UsualSegments();
  const records = new DayRecords();
  const recents = new Map<number, MomentTotals[]>();
  for (let day = firstDay; day < endDay; day += 1) {
    sqlite.exec('begin');
    for (let number = 1; number <= MONITORS; number += 1) {
      const { record, bytes, totals } = records.of(number, day);
      const id = seriesId(day, number);
      insertDay.run(id, bytes);
      if (day >= firstSeriesDay)
        insertSeries.run(id, JSON.stringify(factRows(record.facts, day)), segments.of(number, day));
      if (day >= endDay - RECENT_DAYS) recents.set(number, [totals, ...(recents.get(number) ?? [])]);
    }
    sqlite.exec('commit');
  }
  const insertHistory = sqlite.prepare(
    `insert into monitor_histories (number, id, name, tags, group_name, starts_at, deleted_at, recent_day, recent)
      select number, id, name, tags, group_name, created_at, null, ?, ? from monitors where number = ?`,
  );
  for (const [number, totals] of recents) insertHistory.run(endDay - 1, encodeRecent(totals), number);
  fillIncidents(sqlite, firstDay, endDay);
}

/** Segments of hours in which a monitor worked are the same on every day: each kind of hour is encoded once. */
class UsualSegments {
  readonly #known = new Map<number, Uint8Array>();

  of(number: number, day: number): Uint8Array {
    const kind = variantOf(number, day);
    const troubles = { outages: outagesOn(number, day), gap: gapOn(day) };
    const touched = [...troubles.outages.map(({ from, to }) => [from, to] as const), troubles.gap];
    return Buffer.concat(
      HOURS.map((hour) => {
        const from = day * DAY_MS + hour * 60 * MINUTE_MS;
        // A location asks up to a minute after the hour began.
        const isTouched = touched.some((span) => span && span[0] < from + 61 * MINUTE_MS && span[1] > from);
        return isTouched ? segment(kind, day, hour, troubles) : this.#usual(kind, hour);
      }),
    );
  }

  #usual(kind: number, hour: number): Uint8Array {
    const key = kind * 24 + hour;
    const known = this.#known.get(key) ?? segment(kind, 0, hour, CALM);
    this.#known.set(key, known);
    return known;
  }
}

const segment = (kind: number, day: number, hour: number, troubles: Troubles): Uint8Array =>
  encodeSegment({ seq: 0, runs: runsOfHour(kind, day, hour, troubles) }, day * DAY_MS);

interface EncodedDay {
  readonly record: DayRecord;
  readonly bytes: Uint8Array;
  readonly totals: MomentTotals;
}

function encoded(record: DayRecord): EncodedDay {
  const { day } = record;
  const { totals } = dayFigures(record, { from: day * DAY_MS, to: (day + 1) * DAY_MS }, String);
  return { record, totals, bytes: encodeDay(record) };
}

/** The bytes of a day without troubles do not depend on its date: each kind is encoded once. */
class DayRecords {
  readonly #usual = new Map<number, EncodedDay>();
  #nextCondition = 1;

  of(number: number, day: number): EncodedDay {
    const kind = variantOf(number, day);
    const outages = outagesOn(number, day);
    const gap = gapOn(day);
    const facts = this.#facts(number, day);
    if (outages.length > 0 || gap) return encoded(recordOf(kind, day, { outages, gap }, facts));
    const usual = this.#usual.get(kind) ?? encoded(recordOf(kind, 0, CALM, []));
    this.#usual.set(kind, usual);
    return facts.length === 0 ? usual : encoded({ ...movedTo(usual.record, day), facts });
  }

  #facts(number: number, day: number): Fact[] {
    const gap = gapOn(day);
    const facts: Fact[] = maintenanceOn(number, day).map(([from, to]) => ({ layer: 'm', by: 0, from, to }));
    if (gap) facts.push({ layer: 'n', by: 0, from: gap[0] + STALE_MS, to: gap[1] });
    for (const { kind, from, to } of outagesOn(number, day)) {
      const by = this.#nextCondition;
      this.#nextCondition += 1;
      facts.push({ layer: kind === 'down' ? 'd' : 'a', by, from, to });
      for (let location = 1; location <= (kind === 'down' ? LOCATION_COUNT : 2); location += 1)
        facts.push({ layer: `f${location}`, by, from, to });
    }
    return facts;
  }
}

const recordOf = (kind: number, day: number, troubles: Troubles, facts: readonly Fact[]): DayRecord =>
  dayRecordOf({
    ...{ day, facts, from: day * DAY_MS, to: (day + 1) * DAY_MS, staleMs: STALE_MS },
    runs: HOURS.flatMap((hour) => runsOfHour(kind, day, hour, troubles)),
    earlier: new Map(
      Array.from({ length: LOCATION_COUNT }, (_, index) => [index + 1, day * DAY_MS - MINUTE_MS]),
    ),
    quarantines: () => [],
  });

function movedTo({ byLocation, facts, day: from }: DayRecord, day: number): DayRecord {
  const ms = (day - from) * DAY_MS;
  return {
    ...{ day, facts },
    byLocation: byLocation.map((one) => ({
      ...one,
      voted: one.voted.map(([start, end]) => [start + ms, end + ms] as const),
      lastMeasuredAt: one.lastMeasuredAt === null ? null : one.lastMeasuredAt + ms,
    })),
  };
}

/** Detected two minutes after they began, and without evidence, which expires. */
function fillIncidents(sqlite: DatabaseSync, firstDay: number, endDay: number): void {
  const insert = sqlite.prepare(
    `insert into incidents (id, monitor_number, monitor_id, monitor_name, public, state, verdict, started_at, detected_at,
        resolved_at, scope, quorum, evidence, evidence_deleted_at)
      select ?, number, id, name, public, 'resolved', ?, ?, ?, ?, '[]', '{}', '[]', ? from monitors where number = ?`,
  );
  sqlite.exec('begin');
  for (let day = firstDay; day < endDay; day += 1)
    for (let number = 1; number <= MONITORS; number += 1)
      for (const { kind, from, to } of outagesOn(number, day))
        insert.run(`past-${day}-${number}`, kind, from, from + 2 * MINUTE_MS, to, to + 90 * DAY_MS, number);
  sqlite.exec('commit');
}
