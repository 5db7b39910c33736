// Commits one entry: settle, then journal row, packed state, incidents and outbox in one D1 batch.
// The journal row's id is the only lock: on a conflict the same entry is settled on the reloaded state.
import type { BatchItem } from 'drizzle-orm/batch';
import { errorMessage } from '../../probes/contract/error-message.ts';
import { apply } from '../engine/apply.ts';
import type { Entry, EntryDraft, ReportEntry } from '../engine/model/journal.ts';
import type { Notification } from '../engine/model/notification.ts';
import type { State } from '../engine/model/state.ts';
import { log } from '../log.ts';
import { ok, type Result, type ValidationError } from '../result.ts';
import { decodeEntry, encodeEntry } from './journal/codec.ts';
import { limitResponses } from './journal/response-budget.ts';
import { notificationStatements } from './outbox-statements.ts';
import { journal, shards } from './schema.ts';
import { commitExists, type Database, database, journalId, loadShard, SHARD } from './shard.ts';
import { encodeSnapshot } from './snapshot/codec.ts';

const MAX_ATTEMPTS = 12;

/** Who commits, and where links in notifications point. */
export interface CommitContext {
  readonly db: D1Database;
  readonly tick: string;
  readonly publicUrl: string;
  now(): number;
}

type Statement = BatchItem<'sqlite'>;

/** An entry and the rows that belong to it, made for the state that they will be committed on. */
export interface PendingCommit {
  readonly entry: EntryDraft;
  readonly statements?: readonly Statement[];
}

export interface CommitResult {
  readonly state: State;
  readonly notifications: readonly Notification[];
  /** Somebody else had committed in between: what was known of the configuration may be old. */
  readonly reloaded: boolean;
}

/**
 * `draft` is called again for every state that the entry is tried on, so it can number new rows, and refuse.
 * Throws the last D1 error when it still fails after several attempts; nothing is half-written then.
 */
export async function commitIfValid(
  context: CommitContext,
  base: State,
  draft: (state: State, orm: Database) => Promise<Result<PendingCommit, ValidationError>>,
): Promise<Result<CommitResult, ValidationError>> {
  const orm = database(context.db);
  // Told apart only from other commits that race for the same row.
  const commitId = crypto.randomUUID().slice(0, 13);
  let state = base;
  for (let attempt = 1; ; attempt += 1) {
    const pending = await draft(state, orm);
    if (!pending.ok) return pending;
    const entry: Entry = { ...pending.value.entry, at: Math.max(context.now(), state.at + 1) };
    const columns = encodeEntry(trimForJournal(state, entry));
    // What is settled is what was decoded: the replay of this row gives the very same state.
    const settled = apply(state, decodeEntry(columns));
    const { seq } = settled.value;
    const statements: Statement[] = [
      orm.insert(journal).values({ id: journalId(SHARD, seq), tick: context.tick, commitId, ...columns }),
    ];
    if (settled.changed) {
      const row = { seq, snapshot: encodeSnapshot(settled.value) };
      statements.push(
        orm
          .insert(shards)
          .values({ number: SHARD, tick: '', tickAt: columns.at, ...row })
          .onConflictDoUpdate({ target: shards.number, set: row }),
      );
    }
    try {
      // A monitor that a notification speaks of may be gone by now: a conflict like any other.
      const { notifications, records } = settled;
      const told = await notificationStatements(orm, context, settled.value, notifications, records);
      const own = pending.value.statements ?? [];
      await orm.batch([...statements, ...told, ...own] as [Statement, ...Statement[]]);
      return ok({ state: settled.value, notifications: settled.notifications, reloaded: attempt > 1 });
    } catch (error) {
      if (attempt >= MAX_ATTEMPTS) throw error;
      const found = await resolveUnknownCommit(context, seq, commitId);
      if (found?.written)
        return ok({ state: found.state, notifications: settled.notifications, reloaded: true });
      // A conflict moved the state on; anything else is worth a few tries, in case D1 was only busy.
      if (!found || found.state.seq === state.seq) await pause(50 * attempt);
      state = found?.state ?? state;
    }
  }
}

const trimForJournal = (state: State, entry: Entry): Entry =>
  entry.kind === 'change' ? entry : limitResponses(state, dropKnownNetworks(state, entry));

/** A target's network is written once: addresses change all the time where there are many of them. */
function dropKnownNetworks(state: State, entry: ReportEntry): ReportEntry {
  const observations = entry.observations.map((observation) => {
    const { network, ...rest } = observation;
    const isNews = network !== undefined && state.monitors.get(observation.monitor)?.network === null;
    return isNews ? observation : rest;
  });
  return { ...entry, observations };
}

/** What became of a commit whose answer was an error; null while D1 does not say. */
async function resolveUnknownCommit(
  context: CommitContext,
  seq: number,
  commitId: string,
): Promise<{ state: State; written: boolean } | null> {
  try {
    const { state } = await loadShard(context.db);
    return { state, written: await commitExists(context.db, seq, commitId) };
  } catch (error) {
    log.warn('commit.unknown', { seq, error: errorMessage(error) });
    return null;
  }
}

/** Commits what nobody can refuse: reports, and changes of the mesh itself. */
export async function commit(
  context: CommitContext,
  base: State,
  draft: (state: State) => EntryDraft,
): Promise<CommitResult> {
  const committed = await commitIfValid(context, base, async (state) => ok({ entry: draft(state) }));
  if (!committed.ok) throw new Error(`nothing here refuses, and yet: ${committed.error.message}`);
  return committed.value;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
