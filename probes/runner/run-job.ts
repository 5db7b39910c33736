// Runs every look of a job, paced, within its deadline: each look gets exactly one observation.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { findCheck } from '../checks/catalogue.ts';
import type { Finding } from '../checks/check.ts';
import { blotter } from '../checks/shared/secrets.ts';
import type { Job, Look, Observation } from '../contract/index.ts';
import { DEADLINE_DETAIL } from '../net/deadline.ts';
import { afterPoll } from '../net/timers.ts';
import { LookWire, type WireOptions } from '../net/wire.ts';
import { Canaries } from './canaries.ts';
import { Pace } from './pacer.ts';
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
  const wires = new Set<LookWire>();
  const canaries = new Canaries(job.canaries, options);
  const observations = new Map<Look, Observation>();
  /** Looks that heard nothing of their target. */
  const doubtful = new Set<Look>();
  let over = false;
  let wakeStarter = (): void => {};

  const start = async (look: Look): Promise<void> => {
    const startedAt = Date.now();
    const known = knownCheck(look);
    if (typeof known === 'string') {
      observations.set(look, unmeasured(look, startedAt, 'unknown_check', known));
      return;
    }
    const wire = new LookWire(options, known.timeoutMs, { trace: job.trace === true, blot: known.blot });
    wires.add(wire);
    const timers = [
      setTimeout(() => canaries.ask(), known.timeoutMs / 2),
      afterPoll(() => wire.expire('timeout'), known.timeoutMs),
    ];
    const ended = await known.run(wire).catch((error: unknown) => ({ error }));
    for (const timer of timers) clearTimeout(timer);
    const seen = observationOf(look, startedAt, wire, ended, known.blot);
    observations.set(look, seen);
    if (wire.wasAnswered) canaries.proveNetwork();
    // An ok that rests on silence (a port that has to stay closed) is doubted like a failure.
    if (wire.heardNothing && seen.outcome !== 'unmeasured') {
      doubtful.add(look);
      canaries.doubt(wire.beganAt, known.timeoutMs);
    }
    await wire.close();
    wires.delete(wire);
    wakeStarter();
  };

  /** Whatever goes wrong around a look is a bug of ours, and costs nobody else theirs. */
  const spoiled = (look: Look, error: unknown): void => {
    const kind = error instanceof Error ? error.name : typeof error;
    console.error(`the look at monitor ${look.id} raised: ${kind}`);
    observations.set(look, unmeasured(look, Date.now(), 'function_error', `the probe raised a ${kind}`));
  };

  const pace = new Pace({
    cpuShare: options.cpuShare,
    starts: job.looks.length,
    // The last to start must have its whole time as well.
    withinMs: (budgetMs - longestTimeoutMs(job.looks)) * STARTING_PART,
  });
  const startAll = async (): Promise<void> => {
    const running: Promise<void>[] = [];
    for (const look of inTurn(job)) {
      if (wires.size >= MAX_CONCURRENT - job.canaries.length && !over) {
        await new Promise<void>((resolve) => {
          wakeStarter = resolve;
        });
      }
      if (over) return;
      running.push(start(look).catch((error: unknown) => spoiled(look, error)));
      await pace.next();
    }
    await Promise.all(running);
    await canaries.settled();
  };

  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<void>((resolve) => {
    timer = afterPoll(resolve, budgetMs);
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
  return job.looks.map((look) => {
    const seen = observations.get(look) ?? unmeasured(look, endedAt, 'deadline', DEADLINE_DETAIL);
    return offline !== null && doubtful.has(look) ? withoutNetwork(seen, offline) : seen;
  });
}

/** From job to job another look is the first one: where there is not time for all, it must not be the same ones that miss. */
function inTurn({ looks, sentAt }: Job): readonly Look[] {
  const first = looks.length === 0 ? 0 : sentAt % looks.length;
  return [...looks.slice(first), ...looks.slice(0, first)];
}

/** Asked where it was, and nothing learned of the target there. */
const withoutNetwork = (
  { id, startedAt, timings, address, trace }: Observation,
  detail: string,
): Observation => ({
  ...{ id, startedAt, timings },
  ...(address === undefined ? {} : { address }),
  ...(trace === undefined ? {} : { trace }),
  ...{ outcome: 'unmeasured', reason: 'location_offline', detail },
});

const longestTimeoutMs = (looks: readonly Look[]): number =>
  looks.reduce((longest, { check }) => Math.max(longest, Number(check.timeoutMs) || USUAL_TIMEOUT_MS), 0);

interface KnownCheck {
  readonly timeoutMs: number;
  readonly blot: (text: string) => string;
  run(wire: LookWire): Promise<Finding>;
}

/** The look's check with its options, or why this probe cannot run it. */
function knownCheck(look: Look): KnownCheck | string {
  const check = findCheck(look.check.type);
  if (!check) return `this probe knows no check "${look.check.type}": deploy it again`;
  const parsed = check.options.safeParse(look.check);
  if (parsed.success) {
    const { timeoutMs, secrets } = parsed.data;
    return { timeoutMs, blot: blotter(secrets), run: (wire) => check.run(parsed.data, wire) };
  }
  const issue = parsed.error.issues[0];
  return `this probe cannot read the options: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`;
}
