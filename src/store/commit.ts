// Owns the commit of one entry: apply, then journal row, snapshot, incidents and outbox in one D1 batch.
// The journal row's id is the only lock: on a conflict the entry is applied to the reloaded state.
import { errorMessage } from '../../probes/contract/error-message.ts';
import { apply } from '../engine/apply.ts';
import type { Entry, EntryDraft, ReportEntry } from '../engine/model/journal.ts';
import type { Notification } from '../engine/model/notification.ts';
import type { State } from '../engine/model/state.ts';
import { log } from '../log.ts';
import { ok, type Result } from '../result.ts';
import { activityStatements } from './activity.ts';
import type { Statement } from './database.ts';
import { decodeEntry, encodeEntry } from './journal/codec.ts';
import { limitResponses } from './journal/response-budget.ts';
import { notificationStatements } from './notifications.ts';
import { commitExists, insertJournalRow, loadShard, runBatch, saveSnapshot } from './shard.ts';

const MAX_ATTEMPTS = 12;

/** The committer, and the base of links in notifications. */
export interface CommitContext {
  readonly db: D1Database;
  readonly tick: string;
  readonly publicUrl: string;
  now(): number;
}

/** An entry and the rows that belong to it, made for the state that they are committed on. */
export interface PendingCommit {
  readonly entry: EntryDraft;
  readonly statements?: readonly Statement[];
}

export interface CommitResult {
  readonly state: State;
  readonly notifications: readonly Notification[];
  /** Another commit happened in between: configuration that was read before may be outdated. */
  readonly reloaded: boolean;
}

/**
 * Calls `draft` for each state that the entry is tried on, so that it can number new rows, or return an error.
 * Throws the last D1 error if all attempts fail; then nothing is written.
 */
export async function commitIfValid<E>(
  context: CommitContext,
  base: State,
  draft: (state: State) => Promise<Result<PendingCommit, E>>,
): Promise<Result<CommitResult, E>> {
  const { db, tick, publicUrl } = context;
  // Distinguishes this commit from others that race for the same row.
  const commitId = crypto.randomUUID().slice(0, 13);
  let state = base;
  for (let attempt = 1; ; attempt += 1) {
    const pending = await draft(state);
    if (!pending.ok) return pending;
    const entry: Entry = { ...pending.value.entry, at: Math.max(context.now(), state.at + 1) };
    const columns = encodeEntry(trimForJournal(state, entry));
    // Applies what was decoded, so that a replay of this row gives exactly the same state.
    const applied = apply(state, decodeEntry(columns));
    const { value: next, notifications, records } = applied;
    const { seq } = next;
    try {
      await runBatch(db, [
        insertJournalRow(db, seq, { ...columns, tick, commitId }),
        ...(applied.changed ? [saveSnapshot(db, next, columns.at)] : []),
        // Throws if a monitor was deleted meanwhile: a conflict like any other.
        ...(await notificationStatements(db, publicUrl, next, notifications, records)),
        ...(entry.kind === 'change' ? await activityStatements(db, state, next) : []),
        ...(pending.value.statements ?? []),
      ]);
      return ok({ state: next, notifications, reloaded: attempt > 1 });
    } catch (error) {
      if (attempt >= MAX_ATTEMPTS) throw error;
      const found = await resolveUnknownCommit(context, seq, commitId);
      if (found?.written) return ok({ state: found.state, notifications, reloaded: true });
      // After a conflict the state has moved on. Any other error is retried, in case D1 was only busy.
      if (!found || found.state.seq === state.seq) await pause(50 * attempt);
      state = found?.state ?? state;
    }
  }
}

const trimForJournal = (state: State, entry: Entry): Entry =>
  entry.kind === 'change' ? entry : limitResponses(state, dropKnownNetworks(state, entry));

/** Writes a target's network once: a target with many addresses would change it all the time. */
function dropKnownNetworks(state: State, entry: ReportEntry): ReportEntry {
  const observations = entry.observations.map((observation) => {
    const { network, ...rest } = observation;
    const isNew = network !== undefined && state.monitors.get(observation.monitor)?.network === null;
    return isNew ? observation : rest;
  });
  return { ...entry, observations };
}

/** Whether a commit that returned an error was written, and the newest state. Null if D1 fails again. */
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

/** Commits an entry that no rule can reject: a report, or a change that the coordinator makes itself. */
export async function commit(
  context: CommitContext,
  base: State,
  draft: (state: State) => EntryDraft,
): Promise<CommitResult> {
  const committed = await commitIfValid<never>(context, base, async (state) => ok({ entry: draft(state) }));
  return (committed as Extract<typeof committed, { ok: true }>).value;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
