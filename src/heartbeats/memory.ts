// Owns what is known of a heartbeat between two evaluations. Pure data. Times are ms since the epoch.

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

/** A run that began and has not finished. */
export interface OpenRun {
  readonly runId: string | null;
  readonly startedAt: number;
}

/** The newest ping that ended a run. */
export interface Finish {
  readonly at: number;
  readonly ok: boolean;
  readonly exitCode: number | null;
}

export interface HeartbeatMemory {
  /** The newest ping that was evaluated. */
  readonly seq: number;
  /** Since when pings are expected: creation, a new schedule, or the end of a pause. */
  readonly armedAt: number;
  /** When the next ping is due, without grace. Null: never. */
  readonly dueAt: number | null;
  /** The heartbeat is late after this. Null: never. */
  readonly deadline: number | null;
  /** Of the newest run since `armedAt`. */
  readonly result: 'waiting' | 'ok' | 'failed';
  readonly lastPingAt: number | null;
  readonly lastFinish: Finish | null;
  /** Oldest first. */
  readonly runs: readonly OpenRun[];
}

/** More runs than this at once are a job that never says when it is done: the oldest are forgotten. */
export const MAX_OPEN_RUNS = 50;
