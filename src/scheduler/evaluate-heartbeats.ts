// Owns the observations of heartbeats: what their pings, and the lack of them, show now. Like an invocation of a probe, it
// never rejects. Does not decide when a heartbeat is late: src/heartbeats does.
import { HEARTBEAT_LOCATION_NUMBER } from '../engine/model/heartbeat.ts';
import type { ReportedObservation } from '../engine/model/journal.ts';
import { TICK_WITHIN_MS } from '../engine/model/policy.ts';
import type { LocationStatus, State } from '../engine/model/state.ts';
import type { InvocationResult } from '../fleet/fleet.ts';
import { rulesOf } from '../heartbeats/check.ts';
import { arm, evaluateHeartbeat, type Outage } from '../heartbeats/evaluate.ts';
import type { HeartbeatMemory, Ping } from '../heartbeats/memory.ts';
import type { HeartbeatRules } from '../heartbeats/schedule.ts';
import { log } from '../log.ts';
import type { Statement } from '../store/database.ts';
import { type HeartbeatToEvaluate, readHeartbeats, writeMemories } from '../store/heartbeats.ts';
import { newPings } from '../store/pings.ts';

/** A result whose commit also writes what is known of the heartbeats now. */
export type HeartbeatResult = InvocationResult & { readonly statements: readonly Statement[] };

export interface HeartbeatDeps {
  readonly db: D1Database;
  now(): number;
}

export async function evaluateHeartbeats(
  { db, now }: HeartbeatDeps,
  state: State,
  numbers: readonly number[],
): Promise<HeartbeatResult> {
  const askedAt = now();
  try {
    const wanted = new Set(numbers);
    const { heartbeats, lost } = await readHeartbeats(db);
    const due = heartbeats.filter(({ number }) => wanted.has(number)).map(prepare);
    const pings = await newPings(
      db,
      due.map(({ number, memory }) => ({ number, seq: memory.seq })),
    );
    const evaluated = due.map((one) => {
      const status = state.monitors.get(one.number)?.byLocation.get(HEARTBEAT_LOCATION_NUMBER);
      return { ...one, ...evaluateOne(one, status, pings.get(one.number) ?? [], lost, askedAt) };
    });
    const known = new Set(due.map(({ number }) => number));
    const observations = [
      ...evaluated.map(({ observation }) => observation),
      // It was deleted a moment ago.
      ...numbers
        .filter((number) => !known.has(number))
        .map((monitor) => unmeasured(monitor, askedAt, 'The heartbeat does not exist.')),
    ];
    const changed = evaluated.filter(({ stored, after }) => JSON.stringify(stored) !== JSON.stringify(after));
    return {
      ...{ askedAt, answeredAt: now(), error: null, missedDeadline: false, observations },
      statements: writeMemories(
        db,
        changed.map(({ number, after }) => ({ number, memory: after })),
      ),
    };
  } catch (error) {
    log.warn('heartbeats.unreadable', { error });
    const text = `the pings could not be read: ${error instanceof Error ? error.message : String(error)}`;
    const observations = numbers.map((monitor) => unmeasured(monitor, askedAt, text));
    return { askedAt, answeredAt: now(), error: text, missedDeadline: false, observations, statements: [] };
  }
}

interface Prepared {
  readonly number: number;
  readonly rules: HeartbeatRules;
  readonly memory: HeartbeatMemory;
  /** As the table has it. */
  readonly stored: HeartbeatMemory | null;
}

function prepare({ number, check, armedAt, memory }: HeartbeatToEvaluate): Prepared {
  const rules = rulesOf(check);
  const isArmed = memory !== null && memory.armedAt === armedAt;
  return {
    number,
    rules,
    stored: memory,
    memory: isArmed ? memory : arm(rules, armedAt, memory ?? undefined),
  };
}

function evaluateOne(
  { number, rules, memory }: Prepared,
  status: LocationStatus | undefined,
  pings: readonly Ping[],
  lost: Outage | null,
  now: number,
): { readonly after: HeartbeatMemory; readonly observation: ReportedObservation } {
  const since = Math.max(evaluatedAt(status) ?? memory.armedAt, memory.armedAt);
  const outage = outageOf(since, lost, now);
  const { memory: after, outcome } = evaluateHeartbeat(rules, memory, { pings, outage, since, now });
  const base = { monitor: number, startedAt: now, timings: {} };
  if (outcome === 'ok') return { after, observation: { ...base, outcome } };
  if (outcome === 'waiting') {
    const due =
      after.deadline === null ? '' : ` It must arrive until ${new Date(after.deadline).toISOString()}.`;
    const detail = `No ping has arrived yet.${due}`;
    return { after, observation: { ...base, outcome: 'unmeasured', reason: 'waiting', detail } };
  }
  return { after, observation: { ...base, outcome: 'failed', ...outcome } };
}

/** Runs that could not read the pings evaluated nothing. */
function evaluatedAt(status: LocationStatus | undefined): number | null {
  if (!status) return null;
  const { lastUnmeasured, lastMeasuredAt, lastCheckedAt } = status;
  return lastUnmeasured !== null && lastUnmeasured.reason !== 'waiting' ? lastMeasuredAt : lastCheckedAt;
}

/** Without an evaluation for as long as ticks may take, or with pings that could not be stored, silence proves nothing. */
function outageOf(since: number, lost: Outage | null, now: number): Outage | null {
  const own = now - since > TICK_WITHIN_MS ? { from: since, to: now } : null;
  const other = lost !== null && lost.to > since ? lost : null;
  if (own === null || other === null) return own ?? other;
  return { from: Math.min(own.from, other.from), to: Math.max(own.to, other.to) };
}

const unmeasured = (monitor: number, startedAt: number, detail: string): ReportedObservation => ({
  ...{ monitor, startedAt, outcome: 'unmeasured', reason: 'invoke_error', detail, timings: {} },
});
