// Owns the observations of heartbeats: what their pings, and the lack of them, show now. Like an invocation of a probe, it
// never rejects. Does not decide when a heartbeat is late: src/heartbeats does.
import { HEARTBEAT_LOCATION_NUMBER } from '../engine/model/heartbeat.ts';
import type { ReportedObservation } from '../engine/model/journal.ts';
import { TICK_WITHIN_MS } from '../engine/model/policy.ts';
import type { State } from '../engine/model/state.ts';
import type { InvocationResult } from '../fleet/fleet.ts';
import { rulesOf } from '../heartbeats/check.ts';
import {
  arm,
  evaluateHeartbeat,
  expectedOf,
  type HeartbeatEvaluation,
  type Outage,
} from '../heartbeats/evaluate.ts';
import { type HeartbeatMemory, readMemory } from '../heartbeats/memory.ts';
import type { HeartbeatRules } from '../heartbeats/schedule.ts';
import { log } from '../log.ts';
import type { Statement } from '../store/database.ts';
import {
  type HeartbeatToEvaluate,
  type MemoryChange,
  readHeartbeats,
  writeMemories,
} from '../store/heartbeats.ts';
import { type NewPings, newestSeqs, newPings } from '../store/pings.ts';

/** A result whose commit also writes what is known of the heartbeats now. */
export type HeartbeatResult = InvocationResult & { readonly statements: readonly Statement[] };

export interface HeartbeatDeps {
  readonly db: D1Database;
  now(): number;
}

/** A ping is stored within this time of its arrival, while it does not wait in the queue. What is due later is judged later. */
const SETTLE_MS = 2_000;

/** A span in which pings were lost is heard of later: isolates report it when they store one again. */
const HEARD_WITHIN_MS = 3_600_000;

export async function evaluateHeartbeats(
  { db, now }: HeartbeatDeps,
  state: State,
  numbers: readonly number[],
): Promise<HeartbeatResult> {
  const askedAt = now();
  try {
    const wanted = new Set(numbers);
    const read = await readHeartbeats(db);
    const rows = read.heartbeats.filter(({ number }) => wanted.has(number));
    const prepared = await prepareAll(db, rows);
    const news = await newPings(
      db,
      prepared.map(({ number, memory }) => ({ number, seq: memory.seq })),
    );
    const context: Context = { ...news, state, lost: read.lost, askedAt };
    const evaluated = prepared.flatMap((one) => tryEvaluate(one, context));
    const known = new Map(evaluated.map(({ observation }) => [observation.monitor, observation]));
    const stored = new Set(rows.map(({ number }) => number));
    return {
      ...{ askedAt, answeredAt: now(), error: null, missedDeadline: false },
      observations: numbers.map(
        (number) =>
          known.get(number) ??
          // It was deleted a moment ago, or its check is that of a newer version.
          unmeasured(number, askedAt, stored.has(number) ? 'bad_report' : 'invoke_error'),
      ),
      statements: writeMemories(
        db,
        evaluated.flatMap(({ change }) => (change === null ? [] : [change])),
      ),
    };
  } catch (error) {
    log.warn('heartbeats.unreadable', { error });
    const text = `the pings could not be read: ${error instanceof Error ? error.message : String(error)}`;
    const observations = numbers.map((monitor) => unmeasured(monitor, askedAt, 'invoke_error', text));
    return { askedAt, answeredAt: now(), error: text, missedDeadline: false, observations, statements: [] };
  }
}

interface Prepared {
  readonly number: number;
  readonly rules: HeartbeatRules;
  readonly memory: HeartbeatMemory;
  /** What is stored cannot be read: what happened until now is not known. */
  readonly isDamaged: boolean;
  readonly row: HeartbeatToEvaluate;
}

/** What each expects of its job. One that cannot be read does not stop the others. */
async function prepareAll(db: D1Database, rows: readonly HeartbeatToEvaluate[]): Promise<Prepared[]> {
  const read = rows.map((row) => ({ row, known: row.memory === null ? null : readMemory(row.memory) }));
  const isDamaged = ({ row, known }: (typeof read)[number]): boolean => row.memory !== null && known === null;
  const damaged = read.filter(isDamaged).map(({ row }) => row.number);
  if (damaged.length > 0) log.error('heartbeats.damaged', { monitors: damaged.slice(0, 100) });
  const newest = await newestSeqs(db, damaged);
  return read.flatMap((one): Prepared[] => {
    const { row, known } = one;
    const { number, armedAt } = row;
    try {
      const rules = rulesOfText(row.check);
      const memory =
        known === null
          ? arm(rules, armedAt, { seq: newest.get(number) ?? 0, lastPingAt: null, lastFinish: null })
          : expectedOf({ armedAt, memory: known }, rules);
      return [{ number, rules, memory, isDamaged: isDamaged(one), row }];
    } catch (error) {
      log.warn('heartbeat.unreadable_check', { monitor: number, error });
      return [];
    }
  });
}

/** Checks change rarely, and to read one is slow. */
const rulesByText = new Map<string, HeartbeatRules>();
const MAX_RULES = 5_000;

function rulesOfText(text: string): HeartbeatRules {
  const known = rulesByText.get(text);
  if (known) return known;
  const rules = rulesOf(JSON.parse(text));
  if (rulesByText.size >= MAX_RULES) rulesByText.clear();
  rulesByText.set(text, rules);
  return rules;
}

interface Context extends NewPings {
  readonly state: State;
  readonly lost: Outage | null;
  readonly askedAt: number;
}

interface Evaluated {
  readonly observation: ReportedObservation;
  /** Null: nothing is known that was not known before. */
  readonly change: MemoryChange | null;
}

/** A bug of the rules must not stop the other heartbeats either. */
function tryEvaluate(one: Prepared, context: Context): Evaluated[] {
  try {
    return [evaluateOne(one, context)];
  } catch (error) {
    log.error('heartbeat.evaluation_failed', { monitor: one.number, error });
    return [];
  }
}

function evaluateOne(
  { number, rules, memory: before, isDamaged, row }: Prepared,
  context: Context,
): Evaluated {
  const { state, lost, askedAt } = context;
  const { armedAt } = row;
  const pings = context.pings.get(number) ?? [];
  const evaluated = Math.max(evaluatedAt(state, number) ?? armedAt, armedAt);
  const since = Math.max(evaluated - SETTLE_MS, armedAt);
  // With more pings than were read, only the time until the last of them is known.
  const until = context.unread.has(number) ? Math.max(since, ...pings.map(({ at }) => at)) : askedAt;
  const now = Math.min(askedAt - SETTLE_MS, until);
  const outages = isDamaged ? [{ from: armedAt, to: askedAt }] : outagesOf(evaluated, lost, askedAt);
  const { memory, outcome } = evaluateHeartbeat(rules, before, { pings, outages, since, now });
  const text = JSON.stringify(memory);
  const change = text === row.memory ? null : { number, armedAt, before: row.memory, memory };
  return { observation: toObservation(number, askedAt, memory, outcome), change };
}

function toObservation(
  monitor: number,
  startedAt: number,
  { deadline }: HeartbeatMemory,
  outcome: HeartbeatEvaluation['outcome'],
): ReportedObservation {
  const base = { monitor, startedAt, timings: {} };
  if (outcome === 'ok') return { ...base, outcome };
  if (outcome !== 'waiting') return { ...base, outcome: 'failed', ...outcome };
  const due = deadline === null ? '' : ` It must arrive until ${new Date(deadline).toISOString()}.`;
  const detail = `No ping has arrived yet.${due}`;
  return { ...base, outcome: 'unmeasured', reason: 'waiting', detail };
}

/** When it was evaluated last. Runs that could not read the pings evaluated nothing, and were the same for all heartbeats. */
function evaluatedAt({ monitors, locations }: State, number: number): number | null {
  const status = monitors.get(number)?.byLocation.get(HEARTBEAT_LOCATION_NUMBER);
  if (!status) return null;
  const { lastUnmeasured, lastMeasuredAt, lastCheckedAt } = status;
  if (lastUnmeasured === null || lastUnmeasured.reason === 'waiting') return lastCheckedAt;
  if (lastUnmeasured.reason !== 'invoke_error' || lastCheckedAt === null) return lastMeasuredAt;
  const readAt = locations.get(HEARTBEAT_LOCATION_NUMBER)?.lastReportAt ?? null;
  if (readAt === null || readAt > lastCheckedAt) return lastMeasuredAt;
  return Math.max(readAt, lastMeasuredAt ?? 0);
}

/** Without an evaluation for as long as ticks may take, or with pings that could not be stored, silence proves nothing. */
const outagesOf = (since: number, lost: Outage | null, now: number): Outage[] => [
  ...(lost !== null && lost.to > since - HEARD_WITHIN_MS ? [lost] : []),
  ...(now - since > TICK_WITHIN_MS ? [{ from: since, to: now }] : []),
];

const DETAILS = {
  bad_report: 'its check cannot be read by this version',
  invoke_error: 'the heartbeat does not exist',
} as const;

const unmeasured = (
  monitor: number,
  startedAt: number,
  reason: keyof typeof DETAILS,
  detail: string = DETAILS[reason],
): ReportedObservation => ({ monitor, startedAt, outcome: 'unmeasured', reason, detail, timings: {} });
