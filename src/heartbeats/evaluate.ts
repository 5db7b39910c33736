// Owns whether a heartbeat is ok: late, failed, too long, or never seen. Pure: the clock is an argument.
// Does not store pings and opens no incidents: its answer is an observation like that of a probe.
import type { HeartbeatCode } from '../engine/model/heartbeat.ts';
import type { HeartbeatMemory, OpenRun, Ping } from './memory.ts';
import { MAX_OPEN_RUNS } from './memory.ts';
import { dueAfterPing, type HeartbeatRules, nextDue } from './schedule.ts';

/** A span in which the coordinator may not have stored pings: it proves nothing about a job. */
export interface Outage {
  readonly from: number;
  readonly to: number;
}

export interface Failure {
  readonly code: HeartbeatCode;
  readonly detail: string;
}

export interface HeartbeatEvaluation {
  readonly memory: HeartbeatMemory;
  /** `waiting`: the first ping is not due yet. */
  readonly outcome: 'ok' | 'waiting' | Failure;
}

/** What happened since the last evaluation. */
export interface HeartbeatInput {
  /** In the order of `seq`, all of them newer than the memory. */
  readonly pings: readonly Ping[];
  readonly outage: Outage | null;
  /** When it was evaluated last. */
  readonly since: number;
  readonly now: number;
}

/** A heartbeat from which pings are expected from `armedAt` on. What was known of its job stays known. */
export function arm(
  rules: HeartbeatRules,
  armedAt: number,
  known: Pick<HeartbeatMemory, 'seq' | 'lastPingAt' | 'lastFinish'> = {
    seq: 0,
    lastPingAt: null,
    lastFinish: null,
  },
): HeartbeatMemory {
  const { seq, lastPingAt, lastFinish } = known;
  return {
    seq,
    lastPingAt,
    lastFinish,
    armedAt,
    ...expected(rules, nextDue(rules.schedule, armedAt)),
    result: 'waiting',
    runs: [],
  };
}

/** What is known of a stored heartbeat: pings may be expected anew since its last evaluation. */
export function expectedOf(
  { armedAt, memory }: { readonly armedAt: number; readonly memory: HeartbeatMemory | null },
  rules: HeartbeatRules,
): HeartbeatMemory {
  return memory !== null && memory.armedAt === armedAt ? memory : arm(rules, armedAt, memory ?? undefined);
}

/**
 * A failure that began and ended since the last evaluation is the outcome too, so that none is missed. Pings that come late
 * through a queue count from the time at which they arrived.
 */
export function evaluateHeartbeat(
  rules: HeartbeatRules,
  before: HeartbeatMemory,
  { pings, outage, since, now }: HeartbeatInput,
): HeartbeatEvaluation {
  let memory = outage === null ? before : forgive(rules, before, outage);
  let wasFailing = failureAt(rules, before, since) !== null;
  let brief: Failure | null = null;
  for (const ping of pings) {
    const late = failureAt(rules, memory, ping.at);
    if (late !== null && !wasFailing && late.code !== 'job_failed') brief ??= late;
    memory = withPing(rules, memory, ping);
    const after = failureAt(rules, memory, ping.at);
    if (after !== null && after.code === 'job_failed') brief ??= after;
    wasFailing = after !== null;
  }
  const present = failureAt(rules, memory, now) ?? brief;
  return { memory, outcome: present ?? (memory.result === 'waiting' ? 'waiting' : 'ok') };
}

/** Pings may be lost in an outage of ours: what was not late before it is expected anew from its end. */
function forgive(rules: HeartbeatRules, memory: HeartbeatMemory, { from, to }: Outage): HeartbeatMemory {
  if (memory.deadline === null || memory.deadline <= from || to <= memory.armedAt) return memory;
  const due = nextDue(rules.schedule, to);
  const again = expected(rules, due);
  const isLater = again.deadline === null || again.deadline > memory.deadline;
  // The end of a run may be lost as well.
  const { maxDurationMs } = rules;
  const runs =
    maxDurationMs === null
      ? memory.runs
      : memory.runs.filter(({ startedAt }) => startedAt + maxDurationMs <= from);
  return { ...memory, ...(isLater ? again : {}), runs };
}

function withPing(rules: HeartbeatRules, before: HeartbeatMemory, ping: Ping): HeartbeatMemory {
  const { seq, at, kind } = ping;
  const memory = { ...before, seq, lastPingAt: Math.max(before.lastPingAt ?? at, at) };
  if (kind === 'log') return memory;
  // It was sent before pings were expected, or before one that is known already.
  if (at < memory.armedAt) return memory;
  if (kind === 'start') return started(rules, memory, ping);
  const isOlder = memory.lastFinish !== null && at < memory.lastFinish.at;
  const runs = memory.runs.filter(({ runId }) => runId !== ping.runId);
  if (isOlder) return { ...memory, runs };
  const ok = kind === 'success';
  return {
    ...memory,
    ...expected(rules, dueAfterPing(rules.schedule, at)),
    result: ok ? 'ok' : 'failed',
    lastFinish: { at, ok, exitCode: ping.exitCode },
    // A later run that succeeds shows that the job works again: the one that hangs is given up.
    runs: ok ? runs.filter((run) => !isTooLong(rules, run, at)) : runs,
  };
}

/** A repeated start of a named run is a retry: the first one counts. */
function started(rules: HeartbeatRules, memory: HeartbeatMemory, { runId, at }: Ping): HeartbeatMemory {
  if (runId !== null && memory.runs.some((run) => run.runId === runId)) return memory;
  const runs = [...memory.runs.filter((run) => run.runId !== runId), { runId, startedAt: at }].slice(
    -MAX_OPEN_RUNS,
  );
  const { maxDurationMs } = rules;
  // It began in time: from now on its duration decides.
  const extended =
    maxDurationMs !== null && memory.deadline !== null && at <= memory.deadline ? at + maxDurationMs : 0;
  return { ...memory, runs, deadline: memory.deadline === null ? null : Math.max(memory.deadline, extended) };
}

const expected = ({ graceMs }: HeartbeatRules, due: number): Pick<HeartbeatMemory, 'dueAt' | 'deadline'> =>
  Number.isFinite(due) ? { dueAt: due, deadline: due + graceMs } : { dueAt: null, deadline: null };

const isTooLong = ({ maxDurationMs }: HeartbeatRules, { startedAt }: OpenRun, at: number): boolean =>
  maxDurationMs !== null && at > startedAt + maxDurationMs;

/** Why the heartbeat fails at this time, by what is known. Null: it does not. */
export function failureAt(rules: HeartbeatRules, memory: HeartbeatMemory, at: number): Failure | null {
  const hung = memory.runs.find((run) => isTooLong(rules, run, at));
  if (hung)
    return {
      code: 'too_long',
      detail: `A run${hung.runId === null ? '' : ` (${hung.runId})`} began at ${time(hung.startedAt)} and has not finished. It may take ${span(rules.maxDurationMs!)}.`,
    };
  if (memory.deadline !== null && at > memory.deadline) return lateness(rules, memory);
  if (memory.result !== 'failed' || memory.lastFinish === null) return null;
  const { exitCode, at: failedAt } = memory.lastFinish;
  const how = exitCode === null ? 'The job reported a failure' : `The job ended with exit code ${exitCode}`;
  return { code: 'job_failed', detail: `${how} at ${time(failedAt)}.` };
}

function lateness(rules: HeartbeatRules, { lastPingAt, dueAt }: HeartbeatMemory): Failure {
  const due = `due at ${time(dueAt ?? 0)}, with ${span(rules.graceMs)} of grace`;
  return lastPingAt === null
    ? { code: 'never_seen', detail: `No ping has ever arrived. The first one was ${due}.` }
    : { code: 'missed', detail: `The newest ping arrived at ${time(lastPingAt)}. The next one was ${due}.` };
}

const time = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** `1 h 30 min`. */
function span(ms: number): string {
  let rest = Math.round(ms / 1_000) * 1_000;
  const parts: string[] = [];
  for (const [unit, length] of UNITS) {
    const count = Math.floor(rest / length);
    rest -= count * length;
    if (count > 0) parts.push(`${count} ${unit}`);
  }
  return parts.join(' ') || '0 s';
}
