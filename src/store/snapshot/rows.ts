// Owns the two checkpoints in D1: a snapshot in parts that fit a row, whole or damaged. Does not encode a state.
import { Buffer } from 'node:buffer';
import { and, asc, eq, gte, lt, sql } from 'drizzle-orm';
import type { State } from '../../engine/model/state.ts';
import { checksumOf } from '../checksum.ts';
import { Damage, NewerFormat } from '../damage.ts';
import { database, type Statement } from '../database.ts';
import { SHARD } from '../journal/rows.ts';
import { snapshots } from '../schema.ts';
import { decodeSnapshot, encodeSnapshot } from './codec.ts';

/** D1 takes 2,000,000 bytes a row. Smaller parts leave room, and cost no more for a mesh of a thousand monitors. */
export const PART_BYTES = 500_000;

/** `newest` follows the commits. `older` is written rarely: what damages one does not reach the other. */
export type Checkpoint = 'newest' | 'older';
export const CHECKPOINTS: readonly Checkpoint[] = ['newest', 'older'];

const CHECKPOINT_SPAN = 2 ** 16;
/** Id of the first part. */
export const firstId = (checkpoint: Checkpoint): number =>
  (2 * SHARD + CHECKPOINTS.indexOf(checkpoint)) * CHECKPOINT_SPAN;

export type SnapshotRow = typeof snapshots.$inferSelect;

/** Which rows are parts of the checkpoint. */
export const isOf = (checkpoint: Checkpoint) =>
  and(gte(snapshots.id, firstId(checkpoint)), lt(snapshots.id, firstId(checkpoint) + CHECKPOINT_SPAN));

export const selectCheckpoint = (db: D1Database, checkpoint: Checkpoint) =>
  database(db).select().from(snapshots).where(isOf(checkpoint)).orderBy(asc(snapshots.id));

/** The position of a checkpoint, without its text. */
export const selectPosition = (db: D1Database, checkpoint: Checkpoint) =>
  database(db)
    .select({ seq: snapshots.seq, at: snapshots.at })
    .from(snapshots)
    .where(eq(snapshots.id, firstId(checkpoint)));

/** The journal row of the checkpoint, as SQL. */
export const seqOf = (checkpoint: Checkpoint) =>
  sql<number>`coalesce((select ${snapshots.seq} from ${snapshots} where ${snapshots.id} = ${firstId(checkpoint)}), 0)`;

const checksumOfRow = ({ id, seq, at, part, parts, whole, data }: Omit<SnapshotRow, 'checksum'>): string =>
  checksumOf([id, seq, at, part, parts, whole, data]);

/** Cuts a text into parts of at most `bytes` bytes, between characters. */
export function partsOf(text: string, bytes = PART_BYTES): string[] {
  if (text.length * 3 <= bytes || Buffer.byteLength(text) <= bytes) return [text];
  const encoder = new TextEncoder();
  const buffer = new Uint8Array(bytes);
  const parts: string[] = [];
  for (let from = 0; from < text.length; ) {
    const { read } = encoder.encodeInto(text.slice(from, from + bytes), buffer);
    parts.push(text.slice(from, from + read));
    from += read;
  }
  return parts;
}

/** Replaces the checkpoint, in the transaction of the batch that these statements are part of. */
export function saveCheckpoint(
  db: D1Database,
  checkpoint: Checkpoint,
  state: State,
  at: number,
  text = encodeSnapshot(state),
): Statement[] {
  const parts = partsOf(text);
  const whole = checksumOf([text]);
  const orm = database(db);
  const rows = parts.map((data, part) => {
    const row = {
      id: firstId(checkpoint) + part,
      seq: state.seq,
      at,
      part,
      parts: parts.length,
      whole,
      data,
    };
    return { ...row, checksum: checksumOfRow(row) };
  });
  return [
    ...rows.map((row) =>
      orm.insert(snapshots).values(row).onConflictDoUpdate({ target: snapshots.id, set: EXCLUDED }),
    ),
    orm.delete(snapshots).where(and(isOf(checkpoint), gte(snapshots.id, firstId(checkpoint) + parts.length))),
  ];
}

const EXCLUDED = {
  seq: sql`excluded.seq`,
  at: sql`excluded.at`,
  part: sql`excluded.part`,
  parts: sql`excluded.parts`,
  whole: sql`excluded.whole`,
  data: sql`excluded.data`,
  checksum: sql`excluded.checksum`,
};

/**
 * Both checkpoints are whole, and contain every journal row before this one: those may be deleted. The row itself stays.
 * 0 if a checkpoint is missing or damaged.
 */
export async function deletableBelow(db: D1Database): Promise<number> {
  const [newest, older] = await database(db).batch([
    selectCheckpoint(db, 'newest'),
    selectCheckpoint(db, 'older'),
  ]);
  try {
    const seqs = [readCheckpoint(newest, 'newest'), readCheckpoint(older, 'older')].map(
      (state) => state?.seq ?? 0,
    );
    return Math.min(...seqs);
  } catch (error) {
    if (error instanceof Damage || error instanceof NewerFormat) return 0;
    throw error;
  }
}

/**
 * The state of a checkpoint, or null before the first one. `decode` reads another part of it than the whole. Throws
 * {@link Damage}.
 */
export function readCheckpoint(
  rows: readonly SnapshotRow[],
  checkpoint: Checkpoint,
  decode: (text: string) => State = decodeSnapshot,
): State | null {
  const [first] = rows;
  if (!first) return null;
  const damaged = (why: string): Damage =>
    new Damage('damaged_snapshot', `the ${checkpoint} checkpoint ${why}`);
  for (const [part, row] of rows.entries()) {
    if (checksumOfRow(row) !== row.checksum) throw damaged(`does not match its checksum in part ${part + 1}`);
    if (row.id !== firstId(checkpoint) + part || row.part !== part || row.whole !== first.whole)
      throw damaged(`has a part ${part + 1} that does not belong to it`);
  }
  if (rows.length !== first.parts) throw damaged(`has ${rows.length} of ${first.parts} parts`);
  let state: State;
  try {
    state = decode(rows.map(({ data }) => data).join(''));
  } catch (error) {
    if (error instanceof NewerFormat) throw error;
    throw damaged(`is not valid: ${(error as Error).message}`);
  }
  if (state.seq !== first.seq)
    throw damaged(`names journal row ${first.seq}, but holds the state after row ${state.seq}`);
  return state;
}
