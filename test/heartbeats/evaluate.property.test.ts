// The rules of heartbeats against a naive reference, over random schedules, zones, pings, queues, outages, edits and evaluations.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arm, evaluateHeartbeat } from '../../src/heartbeats/evaluate.ts';
import { type HeartbeatMemory, readMemory } from '../../src/heartbeats/memory.ts';
import type { HeartbeatRules } from '../../src/heartbeats/schedule.ts';
import {
  type NaiveEpoch,
  type NaiveEvaluation,
  type NaivePing,
  type NaiveRules,
  naiveNextDue,
  naiveOutcome,
} from './naive-heartbeat.ts';
import { propertyRuns } from './property-runs.ts';
import { cronArbitrary, placeArbitrary } from './schedules.ts';

const SECOND = 1_000;
const MINUTE = 60_000;
const HOUR = 3_600_000;

const graceArbitrary = fc.oneof(
  fc.constantFrom(0, SECOND, MINUTE, 5 * MINUTE, HOUR, 25 * HOUR),
  fc.integer({ min: 0, max: 600 }).map((seconds) => seconds * SECOND),
);

/** A world lasts a few intervals, so that several pings are due in it. */
const scheduleArbitrary = fc.oneof(
  fc.constantFrom(30, 60, 300, 3_600, 86_400).chain((everySeconds) =>
    fc.record({
      everySeconds: fc.constant(everySeconds),
      cron: fc.constant(null),
      lastsMs: fc.constant(everySeconds * 5 * SECOND),
    }),
  ),
  fc.record({
    everySeconds: fc.constant(null),
    cron: fc.oneof(
      cronArbitrary,
      fc.constantFrom('*/5 * * * *', '* * * * *', '0 * * * *', '30 2 * * *', '*/20 2 * * *', '0 2,3 * * *'),
    ),
    lastsMs: fc.constantFrom(HOUR, 6 * HOUR, 36 * HOUR),
  }),
);

interface World {
  readonly epochs: readonly NaiveEpoch[];
  readonly pings: readonly NaivePing[];
  readonly evaluations: readonly NaiveEvaluation[];
  readonly horizon: number;
}

/** A share of the world's time. */
const moment = fc.double({ min: 0, max: 1, noNaN: true });
const nudge = fc.constantFrom(-31_000, -30_000, -1_000, -1, 0, 0, 1, 1_000, 15_000, 30_000, 61_000);
/** Most pings are stored at once. */
const delay = fc.oneof(
  { weight: 5, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 120 }).map((seconds) => seconds * SECOND) },
);

/** A run as a job reports it, of which parts may be missing or doubled. */
const runArbitrary = fc.record({
  /** At a due time if there is one near: jobs are mostly punctual. */
  isPunctual: fc.boolean(),
  at: moment,
  nudge,
  /** Share of the interval. */
  takes: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1.5, noNaN: true })),
  named: fc.boolean(),
  parts: fc.constantFrom('end', 'end', 'end', 'both', 'both', 'start', 'log', 'retried'),
  end: fc.constantFrom('success', 'success', 'success', 'fail'),
  exitCode: fc.constantFrom(null, 0, 3, 255),
  delays: fc.tuple(delay, delay, delay),
  /** The clock of the Worker that receives it is ahead by so much. */
  aheadMs: fc.constantFrom(0, 0, 0, 0, 0, 5, 9_999, HOUR),
});

const worldArbitrary: fc.Arbitrary<World> = fc
  .tuple(scheduleArbitrary, placeArbitrary(4))
  .chain(([schedule, { timeZone, start }]) => {
    const { lastsMs } = schedule;
    const maxDurationArbitrary = fc.oneof(
      fc.constant(null),
      fc.constantFrom(SECOND, MINUTE, Math.ceil(lastsMs / 10), Math.ceil(lastsMs / 3), lastsMs),
    );
    const rulesArbitrary = fc.record({
      everySeconds: fc.constant(schedule.everySeconds as number | null),
      cron: fc.constant(schedule.cron as string | null),
      timeZone: fc.constant(timeZone),
      graceMs: graceArbitrary,
      maxDurationMs: maxDurationArbitrary,
    });
    return fc
      .record({
        rules: rulesArbitrary,
        edit: fc.option(fc.record({ at: moment, rules: rulesArbitrary }), { freq: 4 }),
        runs: fc.oneof(
          { weight: 1, arbitrary: fc.constant([]) },
          { weight: 9, arbitrary: fc.array(runArbitrary, { maxLength: 12 }) },
        ),
        evaluations: fc.array(fc.record({ isNearby: fc.boolean(), at: moment, nudge }), {
          minLength: 1,
          maxLength: 16,
        }),
        isSteady: fc.boolean(),
        outages: fc.array(fc.record({ at: moment, share: fc.double({ min: 0, max: 0.3, noNaN: true }) }), {
          maxLength: 2,
        }),
      })
      .map((drawn) => worldOf(start, lastsMs, drawn));
  });

type Drawn = {
  readonly rules: NaiveRules;
  readonly edit: { readonly at: number; readonly rules: NaiveRules } | null;
  readonly runs: readonly {
    readonly isPunctual: boolean;
    readonly at: number;
    readonly nudge: number;
    readonly takes: number;
    readonly named: boolean;
    readonly parts: string;
    readonly end: string;
    readonly exitCode: number | null;
    readonly delays: readonly [number, number, number];
    readonly aheadMs: number;
  }[];
  readonly evaluations: readonly {
    readonly isNearby: boolean;
    readonly at: number;
    readonly nudge: number;
  }[];
  readonly isSteady: boolean;
  readonly outages: readonly { readonly at: number; readonly share: number }[];
};

function worldOf(start: number, lastsMs: number, drawn: Drawn): World {
  const end = start + lastsMs;
  const timeAt = (share: number): number => start + Math.floor(share * lastsMs);
  const epochs: NaiveEpoch[] = [{ armedAt: start, rules: drawn.rules }];
  if (drawn.edit) epochs.push({ armedAt: timeAt(drawn.edit.at), rules: drawn.edit.rules });
  const pings = pingsOf(drawn, timeAt, end);
  const moments = [...epochs.map(({ armedAt }) => armedAt), ...pings.flatMap((p) => [p.at, p.storedAt])];
  // When something may change: pings, deadlines after them, ends of runs.
  const nearby = moments.flatMap((at) => {
    const due = naiveNextDue(drawn.rules, at, end);
    const { graceMs, maxDurationMs } = drawn.rules;
    return [
      at,
      ...(Number.isFinite(due) ? [due, due + graceMs] : []),
      ...(maxDurationMs === null ? [] : [at + maxDurationMs]),
    ];
  });
  const times = drawn.evaluations.map(({ isNearby, at, nudge }) =>
    isNearby ? nearby[Math.floor(at * (nearby.length - 1))]! + nudge : timeAt(at),
  );
  // As the coordinator does: every 30 s.
  if (drawn.isSteady) {
    const from = timeAt(drawn.evaluations[0]!.at);
    for (let count = 0; count < 12; count += 1) times.push(from + count * 30_000);
  }
  const sorted = [...new Set(times.filter((at) => at >= start && at <= end))].sort((a, b) => a - b);
  const outages = drawn.outages.map(({ at, share }) => ({
    from: timeAt(at),
    to: timeAt(at) + Math.floor(share * lastsMs),
  }));
  const evaluations = sorted.map((at, index): NaiveEvaluation => {
    const since = sorted[index - 1] ?? start;
    // It is known from its end on, and for a while.
    return { at, outages: outages.filter(({ to }) => to <= at && to > since - 10 * MINUTE) };
  });
  return { epochs, pings, evaluations, horizon: end };
}

function pingsOf({ runs, rules }: Drawn, timeAt: (share: number) => number, end: number): NaivePing[] {
  const sent: Omit<NaivePing, 'seq'>[] = [];
  runs.forEach(
    ({ isPunctual, at, nudge, takes, named, parts, end: kind, exitCode, delays, aheadMs }, index) => {
      const drawnAt = timeAt(at);
      const due = isPunctual ? naiveNextDue(rules, drawnAt, end) : drawnAt;
      const began = Math.max(timeAt(0) - 60_000, (Number.isFinite(due) ? due : drawnAt) + nudge);
      const ended = began + Math.floor(takes * Math.min(end - timeAt(0), 60_000 + (end - timeAt(0)) / 5));
      const runId = named ? `run-${index}` : null;
      const send = (time: number, what: string, wait: number, code: number | null = null): void => {
        sent.push({
          at: time + aheadMs,
          storedAt: time + wait,
          ...{ kind: what as NaivePing['kind'], runId, exitCode: code },
        });
      };
      if (parts === 'log') send(began, 'log', delays[0]);
      if (['start', 'both', 'retried'].includes(parts)) send(began, 'start', delays[0]);
      if (parts === 'retried') send(Math.min(began + 2_000, ended), 'start', delays[2]);
      if (['end', 'both', 'retried'].includes(parts)) send(ended, kind, delays[1], exitCode);
      if (parts === 'retried') send(ended + 3_000, kind, delays[2], exitCode);
    },
  );
  return sent.sort((a, b) => a.storedAt - b.storedAt).map((ping, index) => ({ seq: index + 1, ...ping }));
}

const rulesOf = ({ everySeconds, cron, timeZone, graceMs, maxDurationMs }: NaiveRules): HeartbeatRules => ({
  schedule: everySeconds === null ? { cron: cron!, timeZone } : { everySeconds },
  ...{ graceMs, maxDurationMs },
});

const epochAt = (epochs: readonly NaiveEpoch[], at: number): NaiveEpoch =>
  epochs.findLast(({ armedAt }) => armedAt <= at)!;

/** What the rules say at each evaluation, with the memory of the one before, as it is stored. */
function play({ epochs, pings, evaluations }: World): string[] {
  let memory: HeartbeatMemory | null = null;
  return evaluations.map(({ at: now, outages }, index) => {
    const { armedAt, rules } = epochAt(epochs, now);
    if (memory?.armedAt !== armedAt) memory = arm(rulesOf(rules), armedAt, memory ?? undefined);
    const before = memory;
    const since = Math.max(armedAt, evaluations[index - 1]?.at ?? armedAt);
    const visible = pings.filter(({ seq, storedAt }) => seq > before.seq && storedAt <= now);
    const evaluated = evaluateHeartbeat(rulesOf(rules), before, { pings: visible, outages, since, now });
    memory = readMemory(JSON.stringify(evaluated.memory));
    expect(memory).toEqual(evaluated.memory);
    return typeof evaluated.outcome === 'string' ? evaluated.outcome : evaluated.outcome.code;
  });
}

const counts: Record<string, number> = {};

test('every evaluation says what the whole history of pings says, and reports what failed in between', () => {
  fc.assert(
    fc.property(worldArbitrary, (world) => {
      const { epochs, pings, evaluations, horizon } = world;
      const expected = evaluations.map(({ at }, index) =>
        naiveOutcome(epochAt(epochs, at), pings, evaluations, index, horizon),
      );
      for (const outcome of expected) counts[outcome] = (counts[outcome] ?? 0) + 1;
      expect(play(world)).toEqual(expected);
    }),
    { numRuns: propertyRuns(200) },
  );
  console.info(`outcomes of heartbeats: ${JSON.stringify(counts)}`);
  // The worlds are not all the same.
  for (const outcome of ['ok', 'waiting', 'missed', 'never_seen', 'job_failed', 'too_long'])
    expect([outcome, (counts[outcome] ?? 0) > 0]).toEqual([outcome, true]);
}, 900_000);
