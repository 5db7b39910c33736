// Owns what is known of a heartbeat between two evaluations, and reads it as it is stored. Times are ms since the epoch.
import { z } from 'zod';

export const PING_KINDS = ['success', 'start', 'fail', 'log'] as const;
export type PingKind = (typeof PING_KINDS)[number];

/** A ping as it was stored. */
export interface Ping {
  /** Counts the pings of a heartbeat, from 1. */
  readonly seq: number;
  /** When it arrived. */
  readonly at: number;
  readonly kind: PingKind;
  /** Tells overlapping runs apart. Null: the job does not name its runs. */
  readonly runId: string | null;
  readonly exitCode: number | null;
}

const time = z.number();
const runId = z.string().nullable();

const memorySchema = z.object({
  /** The newest ping that was evaluated. */
  seq: z.int().min(0),
  /** Since when pings are expected: creation, a new schedule, or the end of a pause. */
  armedAt: time,
  /** When the next ping is due, without grace. Null: never. It only moves later, in whatever order pings arrive. */
  dueAt: time.nullable(),
  /** The heartbeat is late after this: grace after `dueAt`, or as long as a run that began in time may take. Null: never. */
  deadline: time.nullable(),
  /** Of the newest run since `armedAt`. */
  result: z.enum(['waiting', 'ok', 'failed']),
  lastPingAt: time.nullable(),
  /** The newest ping that ended a run. */
  lastFinish: z.object({ at: time, ok: z.boolean(), exitCode: z.int().nullable() }).nullable(),
  /** The newest success since `armedAt`. */
  lastSuccessAt: time.nullable().default(null),
  /** The newest start that came before the heartbeat was late, and after the newest finish. Its duration decides. */
  inTimeStartAt: time.nullable().default(null),
  /** Runs that began and have not finished, oldest first. */
  runs: z.array(z.object({ runId, startedAt: time })),
  /** The newest runs that finished, by their newest finish: a start from before it that comes late begins nothing. */
  ended: z.array(z.object({ runId, at: time })).default([]),
});
export type HeartbeatMemory = Readonly<z.output<typeof memorySchema>>;
export type OpenRun = HeartbeatMemory['runs'][number];

/** What is stored, also by an earlier version. Null: nobody can read it. */
export function readMemory(stored: string): HeartbeatMemory | null {
  try {
    return memorySchema.parse(JSON.parse(stored));
  } catch {
    return null;
  }
}

/** More runs than this at once are a job that never says when it is done: the oldest are forgotten. */
export const MAX_OPEN_RUNS = 50;
/** Of so many runs a late start is recognised. */
export const MAX_ENDED_RUNS = 20;
