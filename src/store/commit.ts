// Commits one entry: settle, then journal row, packed state, incidents and outbox in one D1 batch.
// The journal row's id is the only lock: on a conflict the same entry is settled on the reloaded state.
import type { BatchItem } from 'drizzle-orm/batch';
import { settle } from '../engine/apply.ts';
import type { Entry, ReportEntry } from '../engine/model/journal.ts';
import type { Notice } from '../engine/model/notification.ts';
import type { State } from '../engine/model/state.ts';
import { done, type Refusal, type Result } from '../result.ts';
import { decodeEntry, encodeEntry } from './journal/codec.ts';
import { withFewReplies } from './journal/response-budget.ts';
import { noticeStatements } from './outbox-statements.ts';
import { cohorts, journal } from './schema.ts';
import { COHORT, type Database, database, hasCommit, journalId, load } from './shard.ts';
import { pack } from './snapshot/codec.ts';

const MAX_ATTEMPTS = 12;

/** Who commits, and where links in notices point. */
export interface Writer {
  readonly db: D1Database;
  readonly tick: string;
  readonly publicUrl: string;
  now(): number;
}

type Statement = BatchItem<'sqlite'>;

/** An entry and the rows that belong to it, made for the state that they will be committed on. */
export interface Draft {
  readonly entry: Entry;
  readonly statements?: readonly Statement[];
}

export interface Committed {
  readonly state: State;
  readonly notices: readonly Notice[];
  /** Somebody else had committed in between: what was known of the configuration may be old. */
  readonly reloaded: boolean;
}

/**
 * `draft` is called again for every state that the entry is tried on, so it can number new rows, and refuse.
 * Throws the last D1 error when it still fails after several attempts; nothing is half-written then.
 */
export async function commitUnlessRefused(
  writer: Writer,
  base: State,
  draft: (state: State, orm: Database) => Promise<Result<Draft, Refusal>>,
): Promise<Result<Committed, Refusal>> {
  const orm = database(writer.db);
  // Told apart only from other commits that race for the same row.
  const commitId = crypto.randomUUID().slice(0, 13);
  let state = base;
  for (let attempt = 1; ; attempt += 1) {
    const drafted = await draft(state, orm);
    if (!drafted.ok) return drafted;
    const columns = encodeEntry({
      ...asKept(state, drafted.value.entry),
      at: Math.max(writer.now(), state.at + 1),
    });
    // What is settled is what was decoded: the replay of this row gives the very same state.
    const settled = settle(state, decodeEntry(columns));
    const { seq } = settled.state;
    const statements: Statement[] = [
      orm.insert(journal).values({ id: journalId(COHORT, seq), tick: writer.tick, commitId, ...columns }),
    ];
    if (settled.changed) {
      const row = { seq, packed: pack(settled.state) };
      statements.push(
        orm
          .insert(cohorts)
          .values({ number: COHORT, tick: '', tickAt: columns.at, ...row })
          .onConflictDoUpdate({ target: cohorts.number, set: row }),
      );
    }
    try {
      // A monitor that a notice speaks of may be gone by now: a conflict like any other.
      const { notices, records } = settled;
      const told = await noticeStatements(orm, writer, settled.state, notices, records);
      const own = drafted.value.statements ?? [];
      await orm.batch([...statements, ...told, ...own] as [Statement, ...Statement[]]);
      return done({ state: settled.state, notices: settled.notices, reloaded: attempt > 1 });
    } catch (error) {
      if (attempt >= MAX_ATTEMPTS) throw error;
      const found = await findOut(writer, seq, commitId);
      if (found?.written) return done({ state: found.state, notices: settled.notices, reloaded: true });
      // A conflict moved the state on; anything else is worth a few tries, in case D1 was only busy.
      if (!found || found.state.seq === state.seq) await pause(50 * attempt);
      state = found?.state ?? state;
    }
  }
}

const asKept = (state: State, entry: Entry): Entry =>
  entry.kind === 'change' ? entry : withFewReplies(state, withoutKnownNetworks(state, entry));

/** A target's network is written once: addresses change all the time where there are many of them. */
function withoutKnownNetworks(state: State, entry: ReportEntry): ReportEntry {
  const observations = entry.observations.map((observation) => {
    const { network, ...rest } = observation;
    const isNews = network !== undefined && state.monitors.get(observation.monitor)?.network === null;
    return isNews ? observation : rest;
  });
  return { ...entry, observations };
}

/** What became of a commit whose answer was an error; null while D1 does not say. */
async function findOut(
  writer: Writer,
  seq: number,
  commitId: string,
): Promise<{ state: State; written: boolean } | null> {
  try {
    const { state } = await load(writer.db);
    return { state, written: await hasCommit(writer.db, seq, commitId) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    console.warn(JSON.stringify({ event: 'commit.unknown', seq, error: reason }));
    return null;
  }
}

/** Commits what nobody can refuse: reports, and changes of the mesh itself. */
export async function commit(
  writer: Writer,
  base: State,
  draft: (state: State) => Entry,
): Promise<Committed> {
  const committed = await commitUnlessRefused(writer, base, async (state) => done({ entry: draft(state) }));
  if (!committed.ok) throw new Error(`nothing here refuses, and yet: ${committed.error.message}`);
  return committed.value;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
