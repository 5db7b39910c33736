// Owns the rebuild of a damaged state: from the newest whole checkpoint by replay, up to the last row that can be applied.
// Rows that cannot be applied are moved aside. Does not decide what is damaged: the readers of rows do.
import { apply } from '../engine/apply.ts';
import { correctsClock, isStateAhead } from '../engine/clock-correction.ts';
import type { Change } from '../engine/model/journal.ts';
import type { State } from '../engine/model/state.ts';
import { log } from '../log.ts';
import { restartMeasuring } from './activity.ts';
import { isAuditConflict } from './audit.ts';
import { checksumOf } from './checksum.ts';
import { trustedClock } from './clock.ts';
import { Damage } from './damage.ts';
import { database, runBatch, type Statement } from './database.ts';
import { wholeStatusStatement } from './history/status-rows.ts';
import { decodeEntry, encodeEntry } from './journal/codec.ts';
import { journalRowExists, type LostRows, readLostRows } from './journal/lost-rows.ts';
import { replayFrom } from './journal/replay.ts';
import { splitChanges } from './journal/row-budget.ts';
import { insertJournalRow } from './journal/rows.ts';
import { systemNotificationStatements } from './notifications.ts';
import { type Rebuild, rebuiltBody } from './rebuilt-body.ts';
import { rebuiltChanges } from './rebuilt-changes.ts';
import { moveJournal, moveSnapshot } from './removed-rows.ts';
import { isRestoring, RestoreInProgress } from './restore-marker.ts';
import { encodeSnapshot } from './snapshot/codec.ts';
import {
  CHECKPOINTS,
  type Checkpoint,
  readCheckpoint,
  type SnapshotRow,
  saveCheckpoint,
  selectCheckpoint,
} from './snapshot/rows.ts';

export interface RebuildOptions {
  /** Also replays from the older checkpoint, and compares. */
  readonly verify?: boolean;
  /** Statements of the audit log for the same transaction. If another change takes their place, the rebuild throws. */
  audit?(report: Rebuild): Promise<readonly Statement[]>;
}

/**
 * Returns null if nothing is damaged, or if another request was faster. Otherwise everything is in one transaction.
 */
export async function rebuild(
  db: D1Database,
  now: () => number,
  options: RebuildOptions = {},
): Promise<Rebuild | null> {
  // Rows that are still to come are not lost.
  if (await isRestoring(db)) throw new RestoreInProgress();
  const found = await inspect(db, options.verify ?? false);
  if (found.reasons.length === 0) return null;
  const clock = await trustedClock(db, now, 'The rebuild takes its time from D1.');
  const isAhead = isStateAhead(found.state, clock());
  const at = isAhead ? clock() : Math.max(clock(), found.state.at + 1);
  const written = await repair(db, found, at, isAhead);
  const report: Rebuild = {
    id: found.id,
    fromSeq: found.base?.seq ?? 0,
    seq: written.state.seq,
    replayedRows: found.replayedRows,
    lostRows: found.lost?.count ?? 0,
    reasons: found.reasons.map(({ code, message }) => ({ code, message })),
  };
  const body = rebuiltBody(report, at);
  const audit = (await options.audit?.(report)) ?? [];
  try {
    await runBatch(db, [
      ...written.statements,
      ...(await systemNotificationStatements(db, { id: found.id, body, at })),
      ...audit,
    ]);
  } catch (error) {
    if (isAuditConflict(error)) throw error;
    // Another request has rebuilt the state, or a tick has committed on an earlier one: the caller reads again.
    log.warn('state.rebuild_conflict', { id: found.id, error });
    return null;
  }
  log.error('state.rebuilt', { ...report });
  return report;
}

interface Inspected {
  readonly id: string;
  readonly reasons: readonly Damage[];
  /** The newest whole checkpoint. */
  readonly base: State | null;
  /** The newest state that is certain. */
  readonly state: State;
  readonly replayedRows: number;
  /** Rows after it that cannot be applied. */
  readonly lost: LostRows | null;
  /** No row is lost, but a replay from the older checkpoint does not get past a row that is damaged or missing. */
  readonly hasGap: boolean;
  readonly damaged: ReadonlyMap<Checkpoint, readonly SnapshotRow[]>;
}

async function inspect(db: D1Database, verify: boolean): Promise<Inspected> {
  const orm = database(db);
  const [newest, older] = await orm.batch([selectCheckpoint(db, 'newest'), selectCheckpoint(db, 'older')]);
  const reasons: Damage[] = [];
  const damaged = new Map<Checkpoint, readonly SnapshotRow[]>();
  const read = (checkpoint: Checkpoint, rows: readonly SnapshotRow[]): State | null => {
    try {
      return readCheckpoint(rows, checkpoint);
    } catch (error) {
      if (!(error instanceof Damage)) throw error;
      reasons.push(error);
      damaged.set(checkpoint, rows);
      return null;
    }
  };
  const newestState = read('newest', newest);
  const olderState = read('older', older);
  const isOlderAhead = (olderState?.seq ?? 0) > (newestState?.seq ?? 0);
  const base = isOlderAhead ? olderState : newestState;
  let replayed = await replayFrom(db, base);
  if (newest.length === 0 && (replayed.state.seq > 0 || replayed.damage))
    reasons.push(new Damage('damaged_snapshot', 'the newest checkpoint is missing'));
  if (replayed.damage) reasons.push(replayed.damage);
  let hasGap = base !== null && base.seq > 0 && !(await journalRowExists(db, base.seq));
  if (hasGap) reasons.push(new Damage('damaged_journal', `journal row ${base?.seq} is missing`));
  if (verify && reasons.length === 0 && olderState) {
    const again = await replayFrom(db, olderState);
    if (again.damage) {
      reasons.push(again.damage);
      hasGap = true;
    } else if (encodeSnapshot(again.state) !== encodeSnapshot(replayed.state)) {
      reasons.push(new Damage('damaged_snapshot', 'the newest checkpoint does not match the journal'));
      damaged.set('newest', newest);
      replayed = again;
    }
  }
  const { state, damage } = replayed;
  const lost = damage ? await readLostRows(db, state.seq) : null;
  const bytes = [...damaged.values()].flat().flatMap((row) => [row.seq, row.at, row.checksum, row.data]);
  const causes = reasons.map(({ message }) => message);
  const id = `rebuilt_${checksumOf([...causes, ...bytes, lost?.fingerprint ?? ''])}`;
  return { id, reasons, base, state, replayedRows: replayed.rows, lost, hasGap, damaged };
}

const CORRECTION: Change = { type: 'clock.corrected' };

/** A rebuild belongs to no tick. */
const NO_TICK = 0;

/** More rows stay where they are: both checkpoints are beyond them, so no load reads them again. */
const MAX_MOVED_ROWS = 10_000;

/** The state that follows, and everything that has to be written for it. */
async function repair(
  db: D1Database,
  { id, state: certain, lost, hasGap, damaged }: Inspected,
  at: number,
  isAhead: boolean,
): Promise<{ state: State; statements: Statement[] }> {
  let state = certain;
  const inserts: Statement[] = [];
  const append = (changes: readonly Change[]): void => {
    const [first, ...rest] = changes;
    // A state that a wrong clock dated ahead is corrected by the same entry, whose first change names what is lost.
    const all = isAhead ? [...(first ? [first] : []), CORRECTION, ...rest] : changes;
    for (const piece of splitChanges({ kind: 'change', changes: all })) {
      const columns = encodeEntry({ ...piece, at: correctsClock(piece) ? at : Math.max(at, state.at + 1) });
      state = apply(state, decodeEntry(columns)).value;
      const commitId = crypto.randomUUID().slice(0, 13);
      inserts.push(insertJournalRow(db, state.seq, { ...columns, tick: NO_TICK, commitId }));
    }
  };
  if (lost) append(await rebuiltChanges(db, certain, lost));
  // A row of its own, so that the checkpoints have a journal row again.
  else if (hasGap) append([]);
  const isPassable = !hasGap && (lost?.rows ?? 0) <= MAX_MOVED_ROWS;
  const stale: Checkpoint[] = isPassable ? ['newest'] : [...CHECKPOINTS];
  const written = CHECKPOINTS.filter((checkpoint) => stale.includes(checkpoint) || damaged.has(checkpoint));
  return {
    state,
    statements: [
      ...(lost && lost.rows <= MAX_MOVED_ROWS ? moveJournal(db, id, certain.seq, at) : []),
      ...[...damaged.values()].flat().map((row) => moveSnapshot(db, id, row, at)),
      ...inserts,
      ...(lost ? [restartMeasuring(db, at)] : []),
      ...(lost && inserts.length > 0 ? [wholeStatusStatement(db, state)] : []),
      ...written.flatMap((checkpoint) => saveCheckpoint(db, checkpoint, state, at)),
    ],
  };
}
