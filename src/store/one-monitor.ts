// Owns the engine's state of one monitor, read without decoding the thousands of others: from the newest checkpoint, or from
// what this isolate read last, and the journal after it. What it finds is compared with the tables that commits keep. If
// anything is not as expected, the whole state is read. Never used for a commit.
import { sql } from 'drizzle-orm';
import { applyToPart } from '../engine/apply.ts';
import type { Change, Entry } from '../engine/model/journal.ts';
import { COORDINATOR_GAP_MS } from '../engine/model/policy.ts';
import type { State } from '../engine/model/state.ts';
import { PAGE_ROWS } from './journal/replay.ts';
import { type JournalRow, journalId, readPartOfRow, rowAsJson, rowOfJson, SHARD } from './journal/rows.ts';
import { type MonitorView, monitorView } from './monitor-views.ts';
import { incidents, journal, monitorStates, snapshots } from './schema.ts';
import { stateOf } from './shard.ts';
import { decodePartOfSnapshot } from './snapshot/part.ts';
import { firstId, isOf, readCheckpoint, type SnapshotRow, seqOf } from './snapshot/rows.ts';
import { readUnion, type Term, type UnionRow } from './union.ts';

interface MonitorPart {
  /** Has the monitor, if it exists, those that dependencies link to it, all locations and all windows. */
  readonly state: State;
  /** How it was read: `kept` by this isolate, `checkpoint`, or the `whole` state. */
  readonly from: 'kept' | 'checkpoint' | 'whole';
}

interface Kept {
  readonly state: State;
  readonly commitId: string;
}

/** By D1 and number, the state that was read last. A state is never changed in place. */
const kept = new WeakMap<D1Database, Map<number, Kept>>();
const MAX_KEPT = 40;
/** Older ones would replay more than a checkpoint costs. */
const MAX_KEPT_ROWS = 200;

/** Throws what loadShard throws, but rebuilds nothing. One statement, and another one if what was kept does not fit. */
export async function loadMonitorPart(db: D1Database, number: number): Promise<MonitorPart> {
  const own = keptOf(db);
  const known = own.get(number) ?? null;
  const rows = await readRows(db, number, known);
  const fromKept = known !== null && rows.isKept ? partFrom(known.state, rows, number) : null;
  if (fromKept !== null) return remember(own, number, fromKept, rows, 'kept');
  const whole = rows.isKept ? await readRows(db, number, null) : rows;
  const base = baseOf(whole, number);
  const part = base === null ? null : partFrom(base, whole, number);
  if (part !== null) return remember(own, number, part, whole, 'checkpoint');
  own.delete(number);
  const { parts, tail, hasOlder, hasAnchor } = whole;
  const { state } = await stateOf(db, { parts, tail, hasOlder, hasAnchor });
  return { state, from: 'whole' };
}

function keptOf(db: D1Database): Map<number, Kept> {
  const known = kept.get(db) ?? new Map<number, Kept>();
  kept.set(db, known);
  return known;
}

function remember(
  own: Map<number, Kept>,
  number: number,
  state: State,
  { tail, anchor }: ReadRows,
  from: MonitorPart['from'],
): MonitorPart {
  const commitId = (tail.at(-1) ?? anchor)?.commitId;
  own.delete(number);
  if (commitId !== undefined) own.set(number, { state, commitId });
  for (const oldest of own.keys()) {
    if (own.size <= MAX_KEPT) break;
    own.delete(oldest);
  }
  return { state, from };
}

/** Null before the first checkpoint, and if it is not whole: then the whole state is read, or says why not. */
function baseOf({ parts, hasAnchor }: ReadRows, number: number): State | null {
  if (!hasAnchor) return null;
  try {
    return readCheckpoint(parts, 'newest', (text) => decodePartOfSnapshot(text, number));
  } catch {
    return null;
  }
}

/** The state after the rows. Null if others decide about the monitor, or if it is not as the tables have it. */
function partFrom(base: State, rows: ReadRows, number: number): State | null {
  const { tail } = rows;
  if (tail.length > PAGE_ROWS) return null;
  let state = base;
  for (const row of tail) {
    const entry = readPartOfRow(row, state.seq, (monitor) => isPartOf(state, monitor, number));
    const own = entry === null ? null : ownEntry(state, entry, number);
    if (own === null || Math.abs(own.at - state.at) > COORDINATOR_GAP_MS) return null;
    state = applyToPart(state, own);
  }
  return isAsKept(base, state, rows, number) ? state : null;
}

const isPartOf = ({ monitors }: State, monitor: number, number: number): boolean =>
  monitor === number || monitors.has(monitor);

/** Without the changes of other monitors. Null if the changes concern the whole state, or link monitors anew. */
function ownEntry(state: State, entry: Entry, number: number): Entry | null {
  if (entry.kind === 'report') return entry;
  const changes: Change[] = [];
  for (const change of entry.changes) {
    switch (change.type) {
      case 'window':
      case 'window.deleted':
        changes.push(change);
        break;
      case 'monitor':
      case 'monitor.target_changed': {
        const { dependsOn } = change.policy;
        const before = state.monitors.get(change.number)?.policy.dependsOn ?? [];
        const isOwn = isPartOf(state, change.number, number);
        const links = isOwn
          ? JSON.stringify(dependsOn) !== JSON.stringify(before)
          : dependsOn.some((parent) => isPartOf(state, parent, number));
        if (links) return null;
        if (isOwn) changes.push(change);
        break;
      }
      case 'monitor.deleted':
      case 'monitor.reevaluated':
        if (isPartOf(state, change.number, number)) changes.push(change);
        break;
      default:
        return null;
    }
  }
  return { ...entry, changes };
}

/** The commit of the newest row kept the tables: what they have is what the whole state shows of this monitor. */
function isAsKept(base: State, state: State, rows: ReadRows, number: number): boolean {
  const { view, isViewKept, locationIncidents } = rows;
  if (!isViewKept) return false;
  const open = locationIncidents.flatMap(({ id, resolvedAt }) => (resolvedAt === null ? [id] : []));
  const hasEnded = locationIncidents.some(({ resolvedAt }) => resolvedAt !== null && resolvedAt >= base.at);
  const known = [...state.locations.values()].flatMap(({ incident }) => incident?.id ?? []);
  if (hasEnded || known.toSorted().join() !== open.toSorted().join()) return false;
  const monitor = state.monitors.get(number);
  if (!monitor) return view === null;
  return (
    view !== null &&
    JSON.stringify(viewFields(monitorView(state, monitor))) === JSON.stringify(viewFields(view))
  );
}

const viewFields = (view: MonitorView): unknown[] => [
  ...[view.verdict, view.since, view.neverChecked, view.passing, view.failing, view.abstaining],
  ...[view.warnings, view.flapping, view.incidentId, view.votes],
];

interface ReadRows {
  /** The anchor is that of what was kept, and not of the checkpoint, which was not read then. */
  readonly isKept: boolean;
  readonly parts: readonly SnapshotRow[];
  /** The journal row that the base is the state after. */
  readonly anchor: JournalRow | null;
  readonly tail: readonly JournalRow[];
  readonly hasAnchor: boolean;
  readonly hasOlder: boolean;
  readonly view: MonitorView | null;
  readonly isViewKept: boolean;
  /** Open ones, and those that ended lately. */
  readonly locationIncidents: readonly { readonly id: string; readonly resolvedAt: number | null }[];
}

const COLUMNS = ['id', 'n1', 'n2', 'n3', 'n4', 't1', 't2', 't3'] as const;
type Column = (typeof COLUMNS)[number];

const MAX_LOCATION_INCIDENTS = 200;

async function readRows(db: D1Database, number: number, known: Kept | null): Promise<ReadRows> {
  const keptId = known === null ? -1 : journalId(SHARD, known.state.seq);
  const newest = sql`(select max(id) from ${journal} where id < ${journalId(SHARD + 1, 0)})`;
  const isKept = sql`(exists (select 1 from ${journal} where id = ${keptId} and commit_id = ${known?.commitId ?? ''})
    and ${newest} - ${keptId} <= ${MAX_KEPT_ROWS})`;
  const position = sql`(${journalId(SHARD, 0)} + ${seqOf('newest')})`;
  const terms: Term<Column>[] = [
    {
      kind: 'checkpoint',
      columns: {
        ...{ id: sql`${snapshots.id}`, n1: sql`${snapshots.seq}`, n2: sql`${snapshots.at}` },
        ...{ n3: sql`${snapshots.part}`, n4: sql`${snapshots.parts}`, t1: sql`${snapshots.whole}` },
        ...{ t2: sql`${snapshots.data}`, t3: sql`${snapshots.checksum}` },
      },
      rest: sql`from ${snapshots} where ${isOf('newest')} and not ${isKept}`,
    },
    {
      kind: 'journal',
      columns: { id: sql`j.id`, t1: rowAsJson },
      rest: sql`from ${journal} j where j.id >= iif(${isKept}, ${keptId}, ${position})
        and j.id < ${journalId(SHARD + 1, 0)} order by j.id limit ${PAGE_ROWS + 2}`,
    },
    {
      kind: 'view',
      columns: {
        t1: sql`json_object('number', number, 'verdict', verdict, 'since', since, 'neverChecked', never_checked,
          'passing', passing, 'failing', failing, 'abstaining', abstaining, 'warnings', json(warnings),
          'flapping', flapping, 'incidentId', incident_id, 'votes', json(votes))`,
      },
      rest: sql`from ${monitorStates} where number = ${number}`,
    },
    {
      kind: 'location_incident',
      columns: { id: sql`id`, n1: sql`resolved_at` },
      rest: sql`from (select id, resolved_at from ${incidents} where location is not null and state = 'open'
        union all select * from (select id, resolved_at from ${incidents} where location is not null and state = 'resolved'
          order by started_at desc limit ${MAX_LOCATION_INCIDENTS}))`,
    },
    {
      kind: 'mesh',
      columns: {
        n1: isKept,
        n2: sql`(select states_kept from ${journal} where id = ${newest})`,
        n3: sql`exists (select 1 from ${snapshots} where ${snapshots.id} = ${firstId('older')})`,
        n4: position,
      },
      rest: sql``,
    },
  ];
  return parseRows((await readUnion(db, COLUMNS, terms)).rows, keptId);
}

function parseRows(rows: readonly UnionRow<Column>[], keptId: number): ReadRows {
  const of = (kind: string) =>
    rows.filter((row) => row.kind === kind).toSorted((a, b) => (a.id as number) - (b.id as number));
  const [mesh] = of('mesh');
  const isKept = mesh!.n1 === 1;
  const anchorId = isKept ? keptId : (mesh!.n4 as number);
  const journalRows = of('journal').map(({ t1 }) => rowOfJson(t1 as string));
  const anchor = journalRows.find(({ id }) => id === anchorId) ?? null;
  const [view] = of('view').map(({ t1 }) => JSON.parse(t1 as string) as StoredView);
  return {
    isKept,
    parts: of('checkpoint').map(
      ({ id, n1, n2, n3, n4, t1, t2, t3 }) =>
        ({ id, seq: n1, at: n2, part: n3, parts: n4, whole: t1, data: t2, checksum: t3 }) as SnapshotRow,
    ),
    anchor,
    hasAnchor: anchor !== null,
    tail: journalRows.filter(({ id }) => id > anchorId),
    hasOlder: mesh!.n3 === 1,
    view: view ? { ...view, neverChecked: view.neverChecked === 1, flapping: view.flapping === 1 } : null,
    isViewKept: mesh!.n2 === 1,
    locationIncidents: rows
      .filter(({ kind }) => kind === 'location_incident')
      .map(({ id, n1 }) => ({ id: id as string, resolvedAt: n1 as number | null })),
  };
}

type StoredView = Omit<MonitorView, 'neverChecked' | 'flapping'> & {
  readonly neverChecked: number;
  readonly flapping: number;
};
