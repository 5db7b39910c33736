// Owns what locations voted on a few monitors in a range of time, for the strips of lists: read from the status changes
// that are kept, which begin some days ago. Does not read the compacted history, and knows of a location's own lack of data
// only if it lasts.
import { sql } from 'drizzle-orm';
import { staleAfterMs } from '../engine/model/policy.ts';
import { database } from './database.ts';
import { fold, type StatusRow } from './history/fold.ts';
import { EMPTY_HISTORY, type Fact, openFacts } from './history/history-state.ts';
import type { MonitorEntry, StatusChange } from './history/status-change.ts';
import { journalId, SHARD } from './journal/rows.ts';
import { journal, monitorStates, monitors, type StoredVote, statusChanges } from './schema.ts';

type StripState = 'passing' | 'failing' | 'no_data' | 'paused';

export interface StripSpan {
  readonly from: number;
  readonly to: number;
  readonly state: StripState;
}

/** The locations that check the monitor now, in their order of phase. Spans follow one another without gaps. */
export interface Strip {
  readonly locations: readonly { readonly id: string; readonly spans: readonly StripSpan[] }[];
}

/** Strips by number, from the first commit of the monitor at the earliest. `to` is not later than now. One statement. */
export async function readStrips(
  db: D1Database,
  numbers: readonly number[],
  from: number,
  to: number,
): Promise<ReadonlyMap<number, Strip>> {
  const rows = await database(db).all<StripRow>(stripQuery(numbers));
  const knownTo = rows.find(({ kind }) => kind === 'known')?.at ?? to;
  const current = rows.flatMap(({ kind, number, json }): Current[] =>
    kind === 'monitor' ? [{ ...(JSON.parse(json!) as Omit<Current, 'number'>), number: number! }] : [],
  );
  const changes = changesOf(rows);
  const beginnings = new Map(current.map((one) => [one.number, beginning(one, changes)]));
  const folded = fold(EMPTY_HISTORY, [...beginnings.values(), ...changes]);
  return new Map(
    current.map((one): [number, Strip] => {
      const open = openFacts(folded.state, one.number, to, knownTo);
      const facts = [...(folded.ended.get(one.number) ?? []), ...open];
      const { id, at } = beginnings.get(one.number)!;
      const start = Math.max(from, id === NO_CHANGE ? one.createdAt : at);
      return [one.number, { locations: one.votes.map((vote) => locationStrip(vote, facts, start, to)) }];
    }),
  );
}

interface StripRow {
  readonly kind: 'known' | 'monitor' | 'entry' | 'gap' | 'corrected';
  readonly number: number | null;
  /** Id of the status change. */
  readonly id: number | null;
  readonly at: number | null;
  readonly json: string | null;
}

/** A monitor as it is now. */
interface Current {
  readonly number: number;
  readonly createdAt: number;
  readonly intervalSeconds: number;
  readonly paused: 0 | 1;
  readonly verdict: string;
  readonly since: number;
  readonly votes: readonly StoredVote[];
}

function stripQuery(numbers: readonly number[]) {
  const listed = sql`(select value from json_each(${JSON.stringify(numbers)}))`;
  const inShard = sql`c.id > ${journalId(SHARD, 0)} and c.id < ${journalId(SHARD + 1, 0)}`;
  const entries = (kind: string, path: string) => sql`
    select ${sql.raw(`'${kind}'`)}, e.value ->> 0, c.id, c.at, e.value
    from ${statusChanges} c, json_each(c.data, ${sql.raw(`'$.${path}'`)}) e
    where ${inShard} and instr(c.data, ${sql.raw(`'"${path}"'`)}) and e.value ->> 0 in ${listed}`;
  return sql`select 'known' as kind, null as number, null as id, (select at from ${journal} j
      where j.id < ${journalId(SHARD + 1, 0)} order by j.id desc limit 1) as at, null as json
    union all
    select 'monitor', m.number, null, null, json_object('createdAt', m.created_at, 'intervalSeconds', m.interval_seconds,
      'paused', m.paused, 'verdict', s.verdict, 'since', s.since, 'votes', json(s.votes))
      from ${monitors} m join ${monitorStates} s on s.number = m.number where m.number in ${listed}
    union all ${entries('entry', 'monitors')}
    union all ${entries('gap', 'gaps')}
    union all select 'corrected', null, c.id, c.at, null from ${statusChanges} c
      where ${inShard} and instr(c.data, '"corrected"') and c.data ->> '$.corrected' = 1`;
}

/** The status changes as far as they are about these monitors, in order. */
function changesOf(rows: readonly StripRow[]): StatusRow[] {
  const byId = new Map<number, { id: number; at: number; data: Mutable<StatusChange> }>();
  for (const { kind, id, at, json } of rows) {
    if (id === null) continue;
    const known = byId.get(id) ?? { id, at: at!, data: {} };
    byId.set(id, known);
    const { data } = known;
    if (kind === 'corrected') data.corrected = 1;
    else if (kind === 'entry') data.monitors = [...(data.monitors ?? []), JSON.parse(json!)];
    else data.gaps = [...(data.gaps ?? []), JSON.parse(json!)];
  }
  return [...byId.values()].sort((a, b) => a.id - b.id);
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Of what was before. */
const NO_CHANGE = 0;

/** The commit that adds a monitor follows the request sooner. */
const CREATION_MS = 60_000;

/** What was before the first change that is kept: what it ended, or, without one, what is now. */
function beginning(one: Current, changes: readonly StatusRow[]): StatusRow {
  const { number, createdAt, since, intervalSeconds } = one;
  const found = changes.find(({ data }) => data.monitors?.some((entry) => entry[0] === number));
  const first = found?.data.monitors?.find((entry) => entry[0] === number);
  // Its own beginning is kept.
  if (first && found && found.at - createdAt < CREATION_MS) return { ...found, data: { monitors: [first] } };
  const entry: MonitorEntry = first
    ? [number, 0, 0, first[3], first[5].map(([location]) => [location, createdAt]), []]
    : [
        ...([number, one.paused === 1 ? 2 : one.verdict === 'no_data' ? 1 : 0, since] as const),
        staleAfterMs({ intervalMs: intervalSeconds * 1000 }),
        one.votes.flatMap(([location, , vote, from]) =>
          vote === 'failing' ? [[location, from ?? createdAt] as const] : [],
        ),
        [],
      ];
  return { id: NO_CHANGE, at: entry[1] === 2 ? since : createdAt, data: { monitors: [entry] } };
}

/** The first of them that holds is shown. */
const PRECEDENCE: readonly StripState[] = ['paused', 'no_data', 'failing'];

function locationStrip(
  [number, id, vote, since]: StoredVote,
  facts: readonly Fact[],
  from: number,
  to: number,
): Strip['locations'][number] {
  const states: Partial<Record<Fact['layer'], StripState>> = {
    ...{ p: 'paused', n: 'no_data' },
    [`f${number}`]: 'failing',
  };
  const spans = facts.flatMap((fact): StripSpan[] => {
    const state = states[fact.layer];
    return state ? [{ state, from: fact.from, to: fact.to }] : [];
  });
  if (vote === 'abstaining' && since !== null) spans.push({ state: 'no_data', from: since, to });
  return { id, spans: inOrder(spans, from, to) };
}

/** One state at each moment. */
function inOrder(spans: readonly StripSpan[], from: number, to: number): StripSpan[] {
  const cuts = [from, to, ...spans.flatMap((span) => [span.from, span.to])].filter(
    (time) => from <= time && time <= to,
  );
  const times = [...new Set(cuts)].sort((a, b) => a - b);
  const ordered: StripSpan[] = [];
  for (const [index, start] of times.slice(0, -1).entries()) {
    const end = times[index + 1]!;
    const state =
      PRECEDENCE.find((one) =>
        spans.some((span) => span.state === one && span.from <= start && end <= span.to),
      ) ?? 'passing';
    const last = ordered.at(-1);
    if (last?.state === state) ordered[ordered.length - 1] = { ...last, to: end };
    else ordered.push({ from: start, to: end, state });
  }
  return ordered;
}
