// Owns the state of the mesh and the facts of its health, read together in one statement, for the status pages.
// Does not decide what they mean.
import { Buffer } from 'node:buffer';
import { sql } from 'drizzle-orm';
import type { EncryptionKeys } from '../encryption-key.ts';
import type { State } from '../engine/model/state.ts';
import { Damage } from './damage.ts';
import { FACT_COLUMNS, factsOf, factTerms, type HealthFacts } from './health-facts.ts';
import { PAGE_ROWS } from './journal/replay.ts';
import { type JournalRow, journalId, SHARD } from './journal/rows.ts';
import { rebuild } from './rebuild.ts';
import { journal, snapshots } from './schema.ts';
import { MAX_REBUILDS, stateOf } from './shard.ts';
import { firstId, isOf, type SnapshotRow, seqOf } from './snapshot/rows.ts';
import { readUnion, type Term, type UnionRow } from './union.ts';

export const MESH_COLUMNS = [...FACT_COLUMNS, 'b1', 'b2', 'b3', 'b4'] as const;
type Column = (typeof MESH_COLUMNS)[number];
type Row = UnionRow<Column>;
export type MeshTerm = Term<Column>;
export type MeshRow = Row;

export interface MeshNow {
  readonly facts: HealthFacts;
  /** Null if the state cannot be read. Then `error` is why. */
  readonly state: State | null;
  readonly error: unknown;
  /** Those of `more` are among them. */
  readonly rows: readonly MeshRow[];
}

/** `more` is read in the same statement. Throws if D1 does not answer. If a row is damaged, the state is rebuilt first. */
export async function readMeshNow(
  db: D1Database,
  keys: EncryptionKeys,
  now: number,
  more: readonly MeshTerm[] = [],
  clock: () => number = Date.now,
): Promise<MeshNow> {
  for (let rebuilds = 0; ; rebuilds += 1) {
    const { rows, databaseBytes } = await readUnion(db, MESH_COLUMNS, [
      ...more,
      ...stateTerms(),
      ...factTermsWithOlder(now),
    ]);
    const facts = await factsOf(rows, databaseBytes, keys);
    try {
      return { facts, rows, state: await readState(db, rows), error: null };
    } catch (error) {
      if (!(error instanceof Damage) || rebuilds === MAX_REBUILDS) return { facts, rows, state: null, error };
    }
    try {
      await rebuild(db, clock);
    } catch (error) {
      return { facts, rows, state: null, error };
    }
  }
}

/** The row of the mesh also has whether an older checkpoint exists. */
const factTermsWithOlder = (now: number): Term<Column>[] =>
  factTerms(now).map((term) =>
    term.kind === 'mesh' ? { ...term, columns: { ...term.columns, n3: sql`exists (${selectOlder})` } } : term,
  );
const selectOlder = sql`select 1 from ${snapshots} where ${snapshots.id} = ${firstId('older')}`;

/** The newest checkpoint, the journal row that it is the state after, and the rows after that. */
function stateTerms(): Term<Column>[] {
  const position = sql`${journalId(SHARD, 0)} + ${seqOf('newest')}`;
  return [
    {
      kind: 'checkpoint',
      columns: {
        ...{ id: sql`${snapshots.id}`, n1: sql`${snapshots.seq}`, n2: sql`${snapshots.at}` },
        ...{ n3: sql`${snapshots.part}`, n4: sql`${snapshots.parts}`, t1: sql`${snapshots.whole}` },
        ...{ t2: sql`${snapshots.data}`, t3: sql`${snapshots.checksum}` },
      },
      rest: sql`from ${snapshots} where ${isOf('newest')}`,
    },
    {
      kind: 'journal',
      columns: {
        ...{ id: sql`${journal.id}`, n1: sql`${journal.tick}`, n2: sql`${journal.at}` },
        ...{ n3: sql`${journal.location}`, t1: sql`${journal.commitId}`, t2: sql`${journal.detail}` },
        ...{ t3: sql`${journal.checksum}`, t4: sql`${journal.kind}`, b1: sql`${journal.monitors}` },
        ...{ b2: sql`${journal.starts}`, b3: sql`${journal.outcomes}`, b4: sql`${journal.phases}` },
      },
      rest: sql`from ${journal} where ${journal.id} >= ${position} and ${journal.id} < ${journalId(SHARD + 1, 0)}
        order by ${journal.id} limit ${PAGE_ROWS + 1}`,
    },
  ];
}

async function readState(db: D1Database, rows: readonly Row[]): Promise<State> {
  const of = (kind: string): Row[] =>
    rows.filter((row) => row.kind === kind).sort((a, b) => (a.id as number) - (b.id as number));
  const parts = of('checkpoint').map(
    ({ id, n1, n2, n3, n4, t1, t2, t3 }) =>
      ({ id, seq: n1, at: n2, part: n3, parts: n4, whole: t1, data: t2, checksum: t3 }) as SnapshotRow,
  );
  const journalRows = of('journal').map(toJournalRow);
  const position = journalId(SHARD, parts[0]?.seq ?? 0);
  const { state } = await stateOf(db, {
    parts,
    tail: journalRows.filter(({ id }) => id > position),
    hasOlder: of('mesh')[0]?.n3 === 1,
    hasAnchor: journalRows.some(({ id }) => id === position),
  });
  return state;
}

const toJournalRow = ({ id, n1, n2, n3, t1, t2, t3, t4, b1, b2, b3, b4 }: Row): JournalRow => ({
  ...({ id, tick: n1, at: n2, location: n3, commitId: t1, kind: t4, detail: t2, checksum: t3 } as Pick<
    JournalRow,
    'id' | 'tick' | 'at' | 'location' | 'commitId' | 'kind' | 'detail' | 'checksum'
  >),
  ...{ monitors: bytesOf(b1), starts: bytesOf(b2), outcomes: bytesOf(b3), phases: bytesOf(b4) },
});

/** D1 returns a blob as an array of numbers. */
const bytesOf = (blob: unknown): Buffer | null => (blob === null ? null : Buffer.from(blob as number[]));
