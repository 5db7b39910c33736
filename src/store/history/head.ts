// Owns what every reader of the history begins with, in one statement: how far it is compacted, what changed since, and
// the facts of days that are not written yet. So a reader sees one moment, whatever a run of the compaction does meanwhile.
import { sql } from 'drizzle-orm';
import { database } from '../database.ts';
import { journalId, SHARD } from '../journal/rows.ts';
import { compaction, journal, monitorHistories, monitors, series, statusChanges } from '../schema.ts';
import { type FactRow, factsOfDay, factsOfRows, replaceFacts } from './facts.ts';
import { changesOf, type Folded, fold, type StatusRow } from './fold.ts';
import { EMPTY_HISTORY, type Fact, maintenanceFacts, openFacts } from './history-state.ts';
import { DAY_MS, DAY_SPAN, dayOf, dayOfId, dayStart, MAX_PARTS, numberOfId } from './ids.ts';
import { decodeState } from './state-codec.ts';

export interface HistoryRow {
  readonly number: number;
  readonly id: string;
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly group: string | null;
  readonly startsAt: number;
  readonly deletedAt: number | null;
  readonly recentDay: number;
  /** As hexadecimal digits. Empty unless it was asked for. */
  readonly recent: string;
}

export interface HistoryHead {
  /** The newest journal row that is compacted, and the newest UTC day that is written. -1: none. */
  readonly seq: number;
  readonly day: number;
  /** Time of the newest journal row. */
  readonly knownTo: number;
  readonly folded: Folded;
  readonly rows: ReadonlyMap<number, HistoryRow>;
  /** Ended conditions of days that are not written, from `series`. */
  readonly stored: ReadonlyMap<number, readonly Fact[]>;
  readonly now: number;
}

interface HeadRow {
  readonly compaction: string | null;
  readonly changes: string;
  readonly knownTo: number | null;
  readonly histories: string;
  readonly spans: string;
}

export interface HeadRequest {
  /** Null: all that ever had a history. */
  readonly numbers: readonly number[] | null;
  readonly now: number;
  readonly withRecent?: boolean;
}

/** Days that are not written are at most this many: the compaction was behind for longer only if it is broken. */
const MAX_OPEN_DAYS = 40;

export async function readHead(db: D1Database, request: HeadRequest): Promise<HistoryHead> {
  const [row] = await database(db).all<HeadRow>(headQuery(request));
  return parseHead(row!, request.now);
}

function headQuery({ numbers, now, withRecent = false }: HeadRequest) {
  const listed = numbers === null ? null : JSON.stringify(numbers);
  const among = (column: unknown) =>
    listed === null ? sql`true` : sql`${column} in (select value from json_each(${listed}))`;
  const c = sql`(select * from ${compaction} where ${compaction.shard} = ${SHARD})`;
  const firstDay = sql`(select max(day + 1, ${dayOf(now) - MAX_OPEN_DAYS}) from ${c})`;
  const recent = withRecent ? sql`hex(h.recent)` : sql`''`;
  // A monitor that has no row yet is read from its own table.
  const histories = sql`select h.number as number, json_array(h.number, h.id, h.name, json(h.tags), h.group_name,
      h.starts_at, h.deleted_at, h.recent_day, ${recent}) as one
    from ${monitorHistories} h where ${among(sql`h.number`)}
    union all
    select m.number, json_array(m.number, m.id, m.name, json(m.tags), m.group_name, m.created_at, null, -1, '')
    from ${monitors} m where ${among(sql`m.number`)}
      and not exists (select 1 from ${monitorHistories} k where k.number = m.number)`;
  // Of few monitors, point by point: a day is a range of all of them.
  const spans =
    listed === null
      ? sql`select s.id, s.spans from ${series} s where s.id >= ${firstDay} * ${DAY_SPAN} and s.spans <> '[]'`
      : sql`select s.id, s.spans from days_open d, json_each(${listed}) n
          join ${series} s on s.id = d.day * ${DAY_SPAN} + n.value * ${MAX_PARTS} where s.spans <> '[]'`;
  return sql`with recursive days_open(day) as (
      select ${firstDay} where ${firstDay} is not null
      union all select day + 1 from days_open where day < ${dayOf(now)})
    select
    (select json_object('seq', seq, 'day', day, 'state', json(state)) from ${c}) as compaction,
    (select json_group_array(json_array(id, at, json(data))) from (
      select id, at, data from ${statusChanges}
      where id > ${journalId(SHARD, 0)} + coalesce((select seq from ${c}), 0) and id < ${journalId(SHARD + 1, 0)}
      order by id)) as changes,
    (select at from ${journal} where id < ${journalId(SHARD + 1, 0)} order by id desc limit 1) as "knownTo",
    (select json_group_array(json(one)) from (${histories} order by 1)) as histories,
    (select json_group_array(json_array(id, json(spans))) from (${spans})) as spans`;
}

function parseHead(
  { compaction: json, changes, knownTo, histories, spans }: HeadRow,
  now: number,
): HistoryHead {
  const compacted = json === null ? null : (JSON.parse(json) as { seq: number; day: number; state: unknown });
  const base = compacted === null ? EMPTY_HISTORY : decodeState(compacted.state).history;
  const rows = (JSON.parse(changes) as [number, number, StatusRow['data']][]).map(
    ([id, at, data]): StatusRow => ({ id, at, data }),
  );
  const folded = fold(base, rows);
  const stored = new Map<number, Fact[]>();
  for (const [id, facts] of JSON.parse(spans) as [number, FactRow[]][]) {
    const number = numberOfId(id);
    stored.set(number, [...(stored.get(number) ?? []), ...factsOfRows(facts, dayOfId(id))]);
  }
  const known = (JSON.parse(histories) as HistoryFields[]).map(historyRow);
  return {
    seq: compacted?.seq ?? 0,
    day: compacted?.day ?? -1,
    knownTo: knownTo ?? now,
    folded,
    rows: new Map(known.map((row) => [row.number, row])),
    stored,
    now,
  };
}

type HistoryFields = readonly [
  number: number,
  id: string,
  name: string,
  tags: Record<string, string>,
  group: string | null,
  startsAt: number,
  deletedAt: number | null,
  recentDay: number,
  recent: string,
];

const historyRow = ([
  number,
  id,
  name,
  tags,
  group,
  startsAt,
  deletedAt,
  recentDay,
  recent,
]: HistoryFields): HistoryRow => ({ number, id, name, tags, group, startsAt, deletedAt, recentDay, recent });

/** The part of a range in which the monitor existed. Null: none. */
export function existence(
  { folded, rows, now }: HistoryHead,
  number: number,
  from: number,
  to: number,
): { readonly from: number; readonly to: number } | null {
  const row = rows.get(number);
  if (!row) return null;
  const start = Math.max(from, row.startsAt);
  const end = Math.min(to, now, row.deletedAt ?? folded.removed.get(number)?.at ?? now);
  return start < end ? { from: start, to: end } : null;
}

/** The facts of a monitor on days that are not written, up to now. */
export function openDayFacts({ folded, stored, knownTo, day, now }: HistoryHead, number: number): Fact[] {
  const start = dayStart(day + 1);
  const ended = replaceFacts(stored.get(number) ?? [], folded.ended.get(number) ?? []);
  const { state } = folded;
  const open = [...openFacts(state, number, now, knownTo), ...maintenanceFacts(state, number, now)];
  return [...ended, ...open].flatMap((fact) => {
    const from = Math.max(fact.from, start);
    return from < fact.to ? [{ ...fact, from }] : [];
  });
}

/** What changed about written days since the newest run: conditions that began, or ended, before its end. By day. */
export function changedDays(folded: Folded, written: number, number: number): Map<number, Fact[]> {
  const changed = new Map<number, Fact[]>();
  for (const { fact, changedFrom } of changesOf(folded, number)) {
    for (let day = dayOf(changedFrom); day <= written; day += 1) {
      const start = dayStart(day);
      // Nothing of it may be left in this day: then it is replaced by an empty one.
      const [own = { ...fact, from: start, to: start }] = factsOfDay([fact], day);
      changed.set(day, [...(changed.get(day) ?? []), own]);
    }
  }
  return changed;
}

/** The last moment of a day that a reader at `now` counts. */
export const dayEnd = (day: number, now: number): number => Math.min(dayStart(day) + DAY_MS, now);
