// Owns the commit of one entry: apply, then journal row, snapshot, incidents and outbox in one D1 batch.
// The journal row's id is the only lock: on a conflict the entry is applied to the reloaded state.
import { type ApplyResult, apply } from '../engine/apply.ts';
import { correctsClock, hasTimesAhead, isStateAhead } from '../engine/clock-correction.ts';
import { acceptsNetwork } from '../engine/incidents/target-network.ts';
import type { Entry, EntryDraft, ReportEntry } from '../engine/model/journal.ts';
import type { Notification } from '../engine/model/notification.ts';
import type { State } from '../engine/model/state.ts';
import { log } from '../log.ts';
import { err, ok, type Result } from '../result.ts';
import { activityStatements } from './activity.ts';
import { type CertificatesOfReport, forgetTargets, writeCertificates } from './certificates.ts';
import { compareClocks, logClocksApart, trustedClock } from './clock.ts';
import { runBatch, type Statement } from './database.ts';
import { statusStatements } from './history/status-rows.ts';
import { decodeEntry, type EntryColumns, encodeEntry } from './journal/codec.ts';
import { limitResponses } from './journal/response-budget.ts';
import { fitReport, splitChanges } from './journal/row-budget.ts';
import { insertJournalRow } from './journal/rows.ts';
import { keptStatements, markKept } from './monitor-states.ts';
import { notificationStatements } from './notifications.ts';
import { commitExists, loadShard } from './shard.ts';
import { saveCheckpoint } from './snapshot/rows.ts';

const MAX_FAILURES = 12;
/** Attempts of a commit that others come before. One of those that conflict is always written. */
const MAX_ATTEMPTS = 30;
const MAX_PAUSE_MS = 1_000;
const COMMIT_CONSEQUENCE = 'The commit takes its time from D1.';

/** The committer, and the base of links in notifications. */
export interface CommitContext {
  readonly db: D1Database;
  /** Number of the tick. 0 for a change of the API. */
  readonly tick: number;
  readonly publicUrl: string;
  now(): number;
}

/** An entry and the rows that belong to it, made for the state that they are committed on. */
export interface PendingCommit {
  readonly entry: EntryDraft;
  readonly statements?: readonly Statement[] | undefined;
  /** Of a report. */
  readonly certificates?: CertificatesOfReport | undefined;
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
  let now = context.now;
  let reloaded = false;
  let failures = 0;
  for (let attempt = 1; ; attempt += 1) {
    const pending = await draft(state);
    if (!pending.ok) return pending;
    if (isStateAhead(state, now()) && !correctsClock(pending.value.entry)) {
      // Either the state is ahead, or the clock is behind.
      now = await trustedClock(db, now, COMMIT_CONSEQUENCE);
      if (isStateAhead(state, now())) {
        state = await correctClock({ ...context, now }, state);
        reloaded = true;
        continue;
      }
    }
    const rows = applyDraft(state, pending.value.entry, now());
    const { value: next, columns: last } = rows.at(-1)!;
    const notifications = rows.flatMap((row) => row.notifications);
    const certificates = writeCertificates(db, next, pending.value.certificates);
    try {
      const statements: Statement[] = [];
      for (const { columns, before, value, notifications: raised, records, corrected } of rows) {
        statements.push(insertJournalRow(db, value.seq, { ...columns, tick, commitId }, true));
        statements.push(...statusStatements(db, { before, after: value, records, corrected }));
        // Throws if a monitor was deleted meanwhile: a conflict like any other.
        statements.push(...(await notificationStatements(db, publicUrl, value, raised, records)));
      }
      await runBatch(db, [
        ...statements,
        ...keptStatements(
          db,
          state,
          next,
          rows.some((row) => row.corrected),
        ),
        ...(rows.some(({ changed }) => changed) ? saveCheckpoint(db, 'newest', next, last.at) : []),
        ...(pending.value.entry.kind === 'change' ? await activityStatements(db, state, next) : []),
        ...forgetTargets(db, pending.value.entry),
        ...certificates.statements,
        ...(pending.value.statements ?? []),
      ]);
      markKept(next);
      certificates.markWritten();
      return ok({ state: next, notifications, reloaded });
    } catch (error) {
      if (attempt >= MAX_ATTEMPTS || failures + 1 >= MAX_FAILURES) throw error;
      const found = await resolveUnknownCommit({ ...context, now }, next.seq, commitId);
      if (found?.written) return ok({ state: found.state, notifications, reloaded: true });
      // After a conflict the state has moved on. Any other error is retried, in case D1 was only busy.
      if (!found || found.state.seq === state.seq) {
        failures += 1;
        await pause(50 * failures);
      } else if (attempt > 1) {
        // Of many commits that conflict at once, all but one would conflict again.
        await pause(Math.random() * Math.min(MAX_PAUSE_MS, 20 * 2 ** attempt));
      }
      state = found?.state ?? state;
      now = found?.now ?? now;
      reloaded = true;
    }
  }
}

/** Commits a correction if a time of the state is ahead of the clock. Returns the newest state. */
export async function correctClock(context: CommitContext, base: State): Promise<State> {
  let newest = base;
  const corrected = await commitIfValid<'not_ahead'>(context, base, async (state) => {
    newest = state;
    if (!hasTimesAhead(state, context.now())) return err('not_ahead');
    return ok({ entry: { kind: 'change', changes: [{ type: 'clock.corrected' }] } });
  });
  if (!corrected.ok) return newest;
  const { state } = corrected.value;
  const from = new Date(newest.at).toISOString();
  log.warn('clock.corrected', { from, to: new Date(state.at).toISOString() });
  return state;
}

/** Times increase from entry to entry, except where one corrects them. */
const timeOf = (entry: EntryDraft, state: State, now: number): number =>
  correctsClock(entry) ? now : Math.max(now, state.at + 1);

type AppliedRow = ApplyResult & {
  readonly columns: EntryColumns;
  /** The state that it was applied to. */
  readonly before: State;
  readonly corrected: boolean;
};

/** One row, or several if one cannot hold all changes. Each is applied to the state after the one before it. */
function applyDraft(base: State, draft: EntryDraft, now: number): AppliedRow[] {
  let state = base;
  return (draft.kind === 'change' ? splitChanges(draft) : [draft]).map((piece) => {
    const entry: Entry = { ...piece, at: timeOf(piece, state, now) };
    const columns = encodeEntry(trimForJournal(state, entry));
    // Applies what was decoded, so that a replay of this row gives exactly the same state.
    const before = state;
    const applied = apply(before, decodeEntry(columns));
    state = applied.value;
    return { ...applied, columns, before, corrected: correctsClock(piece) };
  });
}

const trimForJournal = (state: State, entry: Entry): Entry =>
  entry.kind === 'change' ? entry : fitReport(state, limitResponses(state, dropKnownNetworks(state, entry)));

/** Writes a target's network when it changes for the location: a target with many addresses has another in every run. */
function dropKnownNetworks(state: State, entry: ReportEntry): ReportEntry {
  const observations = entry.observations.map((observation) => {
    const status = state.monitors.get(observation.monitor)?.byLocation.get(entry.location);
    if (status && acceptsNetwork(status, observation)) return observation;
    const { network: _, ...rest } = observation;
    return rest;
  });
  return { ...entry, observations };
}

interface ResolvedCommit {
  /** The newest one. */
  readonly state: State;
  readonly written: boolean;
  /** D1's time, if the coordinator's clock is not to be trusted: that may be why the commit failed. */
  now(): number;
}

/** Whether a commit that returned an error was written. Null if D1 fails again. */
async function resolveUnknownCommit(
  { db, now }: CommitContext,
  seq: number,
  commitId: string,
): Promise<ResolvedCommit | null> {
  try {
    const before = now();
    const { state, databaseTime } = await loadShard(db, now);
    const clocks = compareClocks(before, databaseTime, now());
    if (clocks.apart) logClocksApart(clocks, COMMIT_CONSEQUENCE);
    const trusted = clocks.apart ? () => now() - clocks.differenceMs : now;
    return { state, written: await commitExists(db, seq, commitId), now: trusted };
  } catch (error) {
    log.warn('commit.unknown', { seq, error });
    return null;
  }
}

/** Commits an entry that no rule can reject: a report, or a change that the coordinator makes itself. */
export async function commit(
  context: CommitContext,
  base: State,
  draft: (state: State) => EntryDraft,
  more: Pick<PendingCommit, 'certificates' | 'statements'> = {},
): Promise<CommitResult> {
  const committed = await commitIfValid<never>(context, base, async (state) =>
    ok({ entry: draft(state), ...more }),
  );
  return (committed as Extract<typeof committed, { ok: true }>).value;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
