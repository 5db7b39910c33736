// Runs every look of a job, paced, within its deadline: each look gets exactly one observation.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { findCheck } from '../checks/catalogue.ts';
import type { CheckOutcome } from '../checks/check.ts';
import { createRedactor } from '../checks/shared/secrets.ts';
import type { CheckRun, Job, Observation } from '../contract/index.ts';
import { DEADLINE_DETAIL } from '../net/deadline.ts';
import { setTimeoutAfterPoll } from '../net/timers.ts';
import { NetworkWire, type WireOptions } from '../net/wire.ts';
import { Canaries } from './canaries.ts';
import { StartPacer } from './pacer.ts';
import { observationOf, unmeasured } from './to-observation.ts';

/** Lambda gives 1,024 descriptors to a process; canaries take theirs of these. */
const MAX_CONCURRENT = 800;

/** How much of the time that hanging looks leave is for starting all of them; the rest is for being held up. */
const STARTING_PART = 0.9;

/** Of a look that does not say. */
const USUAL_TIMEOUT_MS = 5_000;

export interface RunOptions extends WireOptions {
  /** What this process may use of a core; 1 and more: no need to be careful. */
  readonly cpuShare: number;
}

/** Resolves `budgetMs` after the call at the latest: what did not fit is unmeasured{deadline}, and nothing is left open. */
export async function runJob(job: Job, budgetMs: number, options: RunOptions): Promise<Observation[]> {
  const wires = new Set<NetworkWire>();
  const canaries = new Canaries(job.canaries, options);
  const observations = new Map<CheckRun, Observation>();
  /** Looks that heard nothing of their target. */
  const doubtful = new Set<CheckRun>();
  let over = false;
  let wakeStarter = (): void => {};

  const start = async (run: CheckRun): Promise<void> => {
    const startedAt = Date.now();
    const known = prepareCheck(run);
    if (typeof known === 'string') {
      observations.set(run, unmeasured(run, startedAt, 'unknown_check', known));
      return;
    }
    const wire = new NetworkWire(options, known.timeoutMs, {
      trace: job.trace === true,
      redact: known.redact,
    });
    wires.add(wire);
    const timers = [
      setTimeout(() => canaries.ask(), known.timeoutMs / 2),
      setTimeoutAfterPoll(() => wire.expire('timeout'), known.timeoutMs),
    ];
    const ended = await known.run(wire).catch((error: unknown) => ({ error }));
    for (const timer of timers) clearTimeout(timer);
    const seen = observationOf(run, startedAt, wire, ended, known.redact);
    observations.set(run, seen);
    if (wire.responded) canaries.proveNetwork();
    // An ok that rests on silence (a port that has to stay closed) is doubted like a failure.
    if (wire.noResponse && seen.outcome !== 'unmeasured') {
      doubtful.add(run);
      canaries.doubt(wire.startedAt, known.timeoutMs);
    }
    await wire.close();
    wires.delete(wire);
    wakeStarter();
  };

  /** Whatever goes wrong around a look is a bug of ours, and costs nobody else theirs. */
  const spoiled = (run: CheckRun, error: unknown): void => {
    const kind = error instanceof Error ? error.name : typeof error;
    console.error(`the look at monitor ${run.id} raised: ${kind}`);
    observations.set(run, unmeasured(run, Date.now(), 'function_error', `the probe raised a ${kind}`));
  };

  const pace = new StartPacer({
    cpuShare: options.cpuShare,
    starts: job.runs.length,
    // The last to start must have its whole time as well.
    withinMs: (budgetMs - longestTimeoutMs(job.runs)) * STARTING_PART,
  });
  const startAll = async (): Promise<void> => {
    const running: Promise<void>[] = [];
    for (const run of rotate(job)) {
      if (wires.size >= MAX_CONCURRENT - job.canaries.length && !over) {
        await new Promise<void>((resolve) => {
          wakeStarter = resolve;
        });
      }
      if (over) return;
      running.push(start(run).catch((error: unknown) => spoiled(run, error)));
      await pace.next();
    }
    await Promise.all(running);
    await canaries.settled();
  };

  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeoutAfterPoll(resolve, budgetMs);
  });
  await Promise.race([startAll(), deadline]);
  clearTimeout(timer);
  over = true;
  pace.stop();
  wakeStarter();
  for (const wire of wires) wire.expire('deadline');
  // What the looks make of that is there after this turn; then whatever still lingers is cut.
  await nextTurn();
  for (const wire of wires) wire.destroy();
  canaries.destroy();
  const offline = canaries.offline();
  const endedAt = Date.now();
  return job.runs.map((run) => {
    const seen = observations.get(run) ?? unmeasured(run, endedAt, 'deadline', DEADLINE_DETAIL);
    return offline !== null && doubtful.has(run) ? asOffline(seen, offline) : seen;
  });
}

/** From job to job another look is the first one: where there is not time for all, it must not be the same ones that miss. */
function rotate({ runs, sentAt }: Job): readonly CheckRun[] {
  const first = runs.length === 0 ? 0 : sentAt % runs.length;
  return [...runs.slice(first), ...runs.slice(0, first)];
}

/** Asked where it was, and nothing learned of the target there. */
const asOffline = ({ id, startedAt, timings, address, trace }: Observation, detail: string): Observation => ({
  ...{ id, startedAt, timings },
  ...(address === undefined ? {} : { address }),
  ...(trace === undefined ? {} : { trace }),
  ...{ outcome: 'unmeasured', reason: 'location_offline', detail },
});

const longestTimeoutMs = (runs: readonly CheckRun[]): number =>
  runs.reduce((longest, { check }) => Math.max(longest, Number(check.timeoutMs) || USUAL_TIMEOUT_MS), 0);

interface PreparedCheck {
  readonly timeoutMs: number;
  readonly redact: (text: string) => string;
  run(wire: NetworkWire): Promise<CheckOutcome>;
}

/** The look's check with its options, or why this probe cannot run it. */
function prepareCheck(run: CheckRun): PreparedCheck | string {
  const check = findCheck(run.check.type);
  if (!check) return `this probe knows no check "${run.check.type}": deploy it again`;
  const parsed = check.options.safeParse(run.check);
  if (parsed.success) {
    const { timeoutMs, secrets } = parsed.data;
    return { timeoutMs, redact: createRedactor(secrets), run: (wire) => check.run(parsed.data, wire) };
  }
  const issue = parsed.error.issues[0];
  return `this probe cannot read the options: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`;
}
