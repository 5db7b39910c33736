// Owns what every reader of the history begins with, in one statement: how far it is compacted, what changed since, and
// the facts of days that are not written yet. So a reader sees one moment, whatever a run of the compaction does meanwhile.
import { type SQL, sql } from 'drizzle-orm';
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
  /**
   * False after an upgrade, until the first run of the compaction: then nothing is known of the journal's time, and there are no
   * rows.
   */
  readonly hasBegun: boolean;
  readonly rows: ReadonlyMap<number, HistoryRow>;
  /** Ended conditions of days that are not written, from `series`. */
  readonly stored: ReadonlyMap<number, readonly Fact[]>;
  readonly now: number;
}

/** A row for each thing, because D1 takes 2,000,000 bytes of a value: a mesh of 5,000 monitors has more. */
interface HeadRow {
  readonly kind: 'compaction' | 'change' | 'monitor' | 'spans';
  /** Of a status change or of a part of series. Beside the compaction: 1 if the history has begun. */
  readonly id: number | null;
  /** Of a status change. Beside the compaction: time of the newest journal row. */
  readonly at: number | null;
  readonly json: string | null;
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
  return parseHead(await database(db).all<HeadRow>(headQuery(request)), request.now);
}

function headQuery({ numbers, now, withRecent = false }: HeadRequest) {
  const listed = numbers === null ? null : JSON.stringify(numbers);
  const among = (column: SQL) =>
    listed === null ? sql`true` : sql`${column} in (select value from json_each(${listed}))`;
  const c = sql`(select * from ${compaction} where ${compaction.shard} = ${SHARD})`;
  const firstDay = sql`(select max(day + 1, ${dayOf(now) - MAX_OPEN_DAYS}) from ${c})`;
  const recent = withRecent ? sql`hex(h.recent)` : sql`''`;
  // A monitor that has no row yet is read from its own table.
  const histories = sql`select json_array(h.number, h.id, coalesce(n.name, h.name),
      json(coalesce(n.tags, h.tags)), case when n.number is null then h.group_name else n.group_name end,
      h.starts_at, h.deleted_at, h.recent_day, ${recent}) as one
    from ${monitorHistories} h left join ${monitors} n on n.number = h.number where ${among(sql`h.number`)}
    union all
    select json_array(m.number, m.id, m.name, json(m.tags), m.group_name, m.created_at, null, -1, '')
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
    select 'compaction' as kind,
      case when exists (select 1 from ${c}) or
        (select min(id) from ${journal}) is (select min(id) from ${statusChanges}) then 1 else 0 end as id,
      (select at from ${journal} where id < ${journalId(SHARD + 1, 0)} order by id desc limit 1) as at,
      (select json_object('seq', seq, 'day', day, 'state', json(state)) from ${c}) as json
    union all
    select 'change', id, at, data from ${statusChanges}
      where id > ${journalId(SHARD, 0)} + coalesce((select seq from ${c}), 0) and id < ${journalId(SHARD + 1, 0)}
    union all
    select 'monitor', null, null, one from (${histories})
    union all
    select 'spans', id, null, spans from (${spans})`;
}

function parseHead(found: readonly HeadRow[], now: number): HistoryHead {
  const ofKind = (kind: HeadRow['kind']) => found.filter((row) => row.kind === kind);
  const [{ id: begun, json, at: knownTo } = { id: 1, json: null, at: null }] = ofKind('compaction');
  const compacted = json === null ? null : (JSON.parse(json) as { seq: number; day: number; state: unknown });
  const base = compacted === null ? EMPTY_HISTORY : decodeState(compacted.state).history;
  const rows = ofKind('change')
    .map(({ id, at, json: data }): StatusRow => ({ id: id!, at: at!, data: JSON.parse(data!) }))
    .sort((a, b) => a.id - b.id);
  const folded = fold(base, rows);
  const stored = new Map<number, Fact[]>();
  for (const { id, json: spans } of ofKind('spans').sort((a, b) => a.id! - b.id!)) {
    const facts = factsOfRows(JSON.parse(spans!) as FactRow[], dayOfId(id!));
    const number = numberOfId(id!);
    const known = stored.get(number);
    if (known) known.push(...facts);
    else stored.set(number, facts);
  }
  const known = ofKind('monitor')
    .map((row) => historyRow(JSON.parse(row.json!) as HistoryFields))
    .sort((a, b) => a.number - b.number);
  return {
    seq: compacted?.seq ?? 0,
    day: compacted?.day ?? -1,
    knownTo: knownTo ?? now,
    folded,
    hasBegun: begun === 1,
    rows: new Map(begun === 1 ? known.map((row) => [row.number, row]) : []),
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
  // Without a row of its own yet, the monitor began with its first commit.
  const startsAt =
    row.recentDay < 0 ? (folded.state.monitors.get(number)?.from ?? row.startsAt) : row.startsAt;
  const start = Math.max(from, startsAt);
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

/** Days are kept for about as long. */
const MAX_CHANGED_DAYS = 400;

/** What changed about written days since the newest run: conditions that began, or ended, before its end. By day. */
export function changedDays(folded: Folded, written: number, number: number): Map<number, Fact[]> {
  const changed = new Map<number, Fact[]>();
  for (const { fact, changedFrom } of changesOf(folded, number)) {
    for (let day = Math.max(dayOf(changedFrom), written - MAX_CHANGED_DAYS); day <= written; day += 1) {
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

/** The id of a location by its number, whether it is still configured or not. */
export const locationIds =
  ({ folded }: HistoryHead) =>
  (number: number): string =>
    folded.state.locations.get(number)?.id ?? `location:${number}`;
