// Owns whether a heartbeat is ok: late, failed, too long, or never seen. Pure: the clock is an argument.
// Does not store pings and opens no incidents: its answer is an observation like that of a probe.
import type { HeartbeatCode } from '../engine/model/heartbeat.ts';
import { type HeartbeatMemory, MAX_ENDED_RUNS, MAX_OPEN_RUNS, type OpenRun, type Ping } from './memory.ts';
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
  /** All of them are newer than the memory, by `seq`. */
  readonly pings: readonly Ping[];
  /** They may be the same ones again in later evaluations. */
  readonly outages: readonly Outage[];
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
    ...expected(rules, nextDue(rules.schedule, armedAt), null),
    ...{ result: 'waiting', lastSuccessAt: null, runs: [], ended: [] },
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
 * A failure that began and ended since the last evaluation is the outcome too, so that none is missed. Pings count from when
 * they arrived, also those that come late through a queue: in whatever order, the same is known in the end.
 */
export function evaluateHeartbeat(
  rules: HeartbeatRules,
  before: HeartbeatMemory,
  { pings, outages, since, now }: HeartbeatInput,
): HeartbeatEvaluation {
  const forgiven = (known: HeartbeatMemory, from = Number.NEGATIVE_INFINITY): HeartbeatMemory =>
    outages.reduce((last, outage) => (from < outage.to ? forgive(rules, last, outage) : last), known);
  let memory = forgiven(before);
  let brief: Failure | null = null;
  for (const ping of inTime(pings, now)) {
    // A log entry ends no silence.
    if (ping.kind !== 'log') brief ??= silenceUntil(rules, memory, ping.at, since);
    memory = forgiven(withPing(rules, memory, ping), ping.at);
    if (isNewestFailure(memory, ping)) brief ??= jobFailure(memory);
  }
  const present = failureAt(rules, memory, now) ?? brief;
  return { memory, outcome: present ?? (memory.result === 'waiting' ? 'waiting' : 'ok') };
}

/** In the order of arrival. The clock of a Worker that was ahead must not make later pings look old. */
const inTime = (pings: readonly Ping[], now: number): Ping[] =>
  pings
    .map((ping) => (ping.at > now + AHEAD_MS ? { ...ping, at: now } : ping))
    .sort((a, b) => a.at - b.at || a.seq - b.seq);

/** Clocks of one network differ by less, and pings arrive while others are read. */
const AHEAD_MS = 10_000;

/** Why the heartbeat failed when a ping came, and had not failed at the last evaluation: it was silent for too long. */
function silenceUntil(
  rules: HeartbeatRules,
  memory: HeartbeatMemory,
  at: number,
  since: number,
): Failure | null {
  const hung = memory.runs.find(
    (run) => isTooLong(rules, run, at) && run.startedAt + rules.maxDurationMs! >= since,
  );
  if (hung) return tooLong(rules, hung);
  const { deadline } = memory;
  return deadline !== null && at > deadline && deadline >= since ? lateness(rules, memory) : null;
}

const isNewestFailure = ({ result, lastFinish }: HeartbeatMemory, { kind, at }: Ping): boolean =>
  kind === 'fail' && result === 'failed' && lastFinish?.at === at;

/** Pings may be lost in an outage of ours: what was not late before it is expected anew from its end. */
function forgive(rules: HeartbeatRules, memory: HeartbeatMemory, { from, to }: Outage): HeartbeatMemory {
  if (to <= memory.armedAt) return memory;
  // The end of a run may be lost as well.
  const { maxDurationMs } = rules;
  const isLost = ({ startedAt }: OpenRun): boolean =>
    maxDurationMs !== null && startedAt < to && startedAt + maxDurationMs > from;
  const runs = memory.runs.some(isLost) ? memory.runs.filter((run) => !isLost(run)) : memory.runs;
  if (memory.deadline === null || memory.deadline <= from) return { ...memory, runs };
  const due = later(memory.dueAt, nextDue(rules.schedule, to));
  return { ...memory, ...expected(rules, due, memory.inTimeStartAt), runs };
}

function withPing(rules: HeartbeatRules, before: HeartbeatMemory, ping: Ping): HeartbeatMemory {
  const { at, kind } = ping;
  const seq = Math.max(before.seq, ping.seq);
  const memory = { ...before, seq, lastPingAt: Math.max(before.lastPingAt ?? at, at) };
  if (kind === 'log') return memory;
  // It was sent before pings were expected, or before one that is known already.
  if (at < memory.armedAt) return memory;
  return kind === 'start' ? started(rules, memory, ping) : finished(rules, memory, ping);
}

function finished(rules: HeartbeatRules, before: HeartbeatMemory, ping: Ping): HeartbeatMemory {
  const { at, runId, exitCode } = ping;
  const ok = ping.kind === 'success';
  const lastSuccessAt = ok ? Math.max(before.lastSuccessAt ?? at, at) : before.lastSuccessAt;
  const memory = {
    ...before,
    lastSuccessAt,
    runs: before.runs.filter(
      (run) => !(run.runId === runId && run.startedAt <= at) && !isGivenUp(rules, run, lastSuccessAt),
    ),
    ended: withEnded(before, runId, at),
  };
  if (isBeforeNewest(before, at)) return memory;
  // A run that began after it goes on.
  const { dueAt, inTimeStartAt } = before;
  const due = later(dueAt, dueAfterPing(rules.schedule, at));
  return {
    ...memory,
    ...expected(rules, due, inTimeStartAt !== null && inTimeStartAt > at ? inTimeStartAt : null),
    result: ok ? 'ok' : 'failed',
    lastFinish: { at, ok, exitCode },
  };
}

/** Whether a later ping that ended a run is known. */
const isBeforeNewest = ({ result, lastFinish }: HeartbeatMemory, at: number): boolean =>
  result !== 'waiting' && lastFinish !== null && at < lastFinish.at;

function withEnded({ ended }: HeartbeatMemory, runId: string | null, at: number): HeartbeatMemory['ended'] {
  const known = ended.find((run) => run.runId === runId);
  if (known && known.at >= at) return ended;
  return [...ended.filter((run) => run !== known), { runId, at }].slice(-MAX_ENDED_RUNS);
}

/** A later run that succeeds shows that the job works again. */
const isGivenUp = (rules: HeartbeatRules, run: OpenRun, lastSuccessAt: number | null): boolean =>
  lastSuccessAt !== null && isTooLong(rules, run, lastSuccessAt);

/** A run of that name may have ended before its start came: through the queue, or as a retry. */
function started(rules: HeartbeatRules, memory: HeartbeatMemory, { runId, at }: Ping): HeartbeatMemory {
  if (memory.ended.some((run) => run.runId === runId && at < run.at)) return memory;
  const next = isBeforeNewest(memory, at) ? memory : begunInTime(rules, memory, at);
  const known = memory.runs.find((run) => run.runId === runId);
  // Of a named run, a repeated start is a retry: the first one counts. Without a name, it is a new run.
  const startedAt = known === undefined ? at : Math[runId === null ? 'max' : 'min'](known.startedAt, at);
  const run = { runId, startedAt };
  if (startedAt === known?.startedAt || isGivenUp(rules, run, memory.lastSuccessAt)) return next;
  const runs = [...memory.runs.filter((other) => other !== known), run];
  return { ...next, runs: runs.sort((a, b) => a.startedAt - b.startedAt).slice(-MAX_OPEN_RUNS) };
}

/** From now on its duration decides. That of a run which began late does not. */
function begunInTime(rules: HeartbeatRules, memory: HeartbeatMemory, at: number): HeartbeatMemory {
  const { dueAt, inTimeStartAt } = memory;
  if (rules.maxDurationMs === null || dueAt === null || at > dueAt + rules.graceMs) return memory;
  return { ...memory, ...expected(rules, dueAt, Math.max(inTimeStartAt ?? at, at)) };
}

const later = (dueAt: number | null, due: number): number => Math.max(dueAt ?? due, due);

function expected(
  { graceMs, maxDurationMs }: HeartbeatRules,
  due: number,
  inTimeStartAt: number | null,
): Pick<HeartbeatMemory, 'dueAt' | 'deadline' | 'inTimeStartAt'> {
  if (!Number.isFinite(due)) return { dueAt: null, deadline: null, inTimeStartAt };
  const end = inTimeStartAt === null || maxDurationMs === null ? 0 : inTimeStartAt + maxDurationMs;
  return { dueAt: due, deadline: Math.max(due + graceMs, end), inTimeStartAt };
}

const isTooLong = ({ maxDurationMs }: HeartbeatRules, { startedAt }: OpenRun, at: number): boolean =>
  maxDurationMs !== null && at > startedAt + maxDurationMs;

/** Why the heartbeat fails at this time, by what is known. Null: it does not. */
export function failureAt(rules: HeartbeatRules, memory: HeartbeatMemory, at: number): Failure | null {
  const hung = memory.runs.find((run) => isTooLong(rules, run, at));
  if (hung) return tooLong(rules, hung);
  if (memory.deadline !== null && at > memory.deadline) return lateness(rules, memory);
  return memory.result === 'failed' ? jobFailure(memory) : null;
}

const tooLong = (rules: HeartbeatRules, { runId, startedAt }: OpenRun): Failure => ({
  code: 'too_long',
  detail: `A run${runId === null ? '' : ` (${runId})`} began at ${time(startedAt)} and has not finished. It may take ${span(rules.maxDurationMs!)}.`,
});

function jobFailure({ lastFinish }: HeartbeatMemory): Failure | null {
  if (lastFinish === null) return null;
  const { exitCode, at } = lastFinish;
  const how = exitCode === null ? 'The job reported a failure' : `The job ended with exit code ${exitCode}`;
  return { code: 'job_failed', detail: `${how} at ${time(at)}.` };
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
