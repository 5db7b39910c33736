// Owns running every check of a job, paced and within its deadline: each run gets exactly one observation.
// Does not know protocols.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { findCheck } from '../checks/catalogue.ts';
import type { CheckOutcome } from '../checks/check.ts';
import { createRedactor } from '../checks/shared/secrets.ts';
import type { CheckRun, Job, Observation } from '../contract/index.ts';
import { DEADLINE_DETAIL } from '../net/deadline.ts';
import { Session } from '../net/session.ts';
import { SocketBudget } from '../net/socket-budget.ts';
import { setTimeoutAfterPoll } from '../net/timers.ts';
import type { WireOptions } from '../net/wire.ts';
import { Canaries } from './canaries.ts';
import { CanaryNames } from './canary-names.ts';
import { StartPacer } from './pacer.ts';
import { runOnAddresses } from './run-addresses.ts';
import { toObservation, unmeasured } from './to-observation.ts';

/** Lambda gives a process 1,024 descriptors; the canaries' sockets count towards this limit. */
const MAX_CONCURRENT = 800;

/** Sockets of all runs and canaries together, so that resolver, files and closing sockets have descriptors left. */
const MAX_SOCKETS = 960;

/** The part of the time left by the longest timeout in which all runs start; the rest absorbs delays. */
const START_SHARE = 0.9;

/** For runs whose options name no timeout. */
const DEFAULT_TIMEOUT_MS = 5_000;

export interface RunOptions extends WireOptions {
  /** The part of a core that this process may use; with 1 or more, starts are not delayed. */
  readonly cpuShare: number;
  /** Names to query if the name servers of this location are in doubt. By default those of the job's canaries. */
  readonly canaryNames?: readonly string[];
}

/** Resolves within `budgetMs`: unfinished runs are unmeasured with reason `deadline`, and no socket stays open. */
export async function runJob(job: Job, budgetMs: number, runOptions: RunOptions): Promise<Observation[]> {
  const firstSockets = Math.min(job.runs.length, MAX_CONCURRENT) + job.canaries.length;
  const options = { ...runOptions, budget: new SocketBudget(MAX_SOCKETS - firstSockets) };
  const sessions = new Set<Session>();
  const canaries = new Canaries(job.canaries, options);
  const names = new CanaryNames(job.canaries, options.resolver, options.canaryNames);
  const proofs = { network: canaries, nameServers: names };
  const observations = new Map<CheckRun, Observation>();
  /** Failures that the location may have caused: unmeasured if it proves to be offline, or to have no name servers. */
  const doubts = new Map<CheckRun, Doubt>();
  let finished = false;
  let resumeStarter = (): void => {};

  const start = async (run: CheckRun): Promise<void> => {
    const startedAt = Date.now();
    const check = prepareCheck(run);
    if (typeof check === 'string') {
      observations.set(run, unmeasured(run, startedAt, 'unknown_check', check));
      return;
    }
    const { timeoutMs, redact } = check;
    const session = new Session(timeoutMs, { trace: job.trace === true, redact });
    sessions.add(session);
    const timers = [
      setTimeout(() => {
        canaries.check();
        if (session.awaitsNameServer) names.check();
      }, timeoutMs / 2),
      setTimeoutAfterPoll(() => session.expire('timeout'), timeoutMs),
    ];
    const outcome = await check.run(session, options).catch((error: unknown) => ({ error }));
    for (const timer of timers) clearTimeout(timer);
    const observation = toObservation(run, startedAt, session, outcome);
    observations.set(run, observation);
    if (session.usesNameServer && !session.awaitsNameServer) names.markAlive();
    if (session.responded && !session.usesNameServer) canaries.markOnline();
    const doubt = doubtOf(session, observation);
    if (doubt !== null) {
      doubts.set(run, doubt);
      proofs[doubt].requestVerdict(session.deadline.startedAt, timeoutMs);
    }
    await session.close();
    sessions.delete(session);
    resumeStarter();
  };

  /** An error outside the check is a bug of the probe, and must not stop the other runs. */
  const failRun = (run: CheckRun, error: unknown): void => {
    const kind = error instanceof Error ? error.name : typeof error;
    console.error(`the check of monitor ${run.id} raised: ${kind}`);
    observations.set(run, unmeasured(run, Date.now(), 'function_error', `the probe raised a ${kind}`));
  };

  const pacer = new StartPacer({
    cpuShare: options.cpuShare,
    starts: job.runs.length,
    // The last run to start must have its whole timeout as well.
    withinMs: (budgetMs - longestTimeoutMs(job.runs)) * START_SHARE,
  });
  const startAll = async (): Promise<void> => {
    const running: Promise<void>[] = [];
    for (const run of rotate(job)) {
      if (sessions.size >= MAX_CONCURRENT - job.canaries.length && !finished) {
        await new Promise<void>((resolve) => {
          resumeStarter = resolve;
        });
      }
      if (finished) return;
      running.push(start(run).catch((error: unknown) => failRun(run, error)));
      await pacer.next();
    }
    await Promise.all(running);
    await Promise.all([canaries.whenDecided(), names.whenDecided()]);
  };

  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeoutAfterPoll(resolve, budgetMs);
  });
  await Promise.race([startAll(), deadline]);
  clearTimeout(timer);
  finished = true;
  pacer.stop();
  resumeStarter();
  for (const session of sessions) session.expire('deadline');
  // The expired runs make their observations in this turn; then sockets that still wait are destroyed.
  await nextTurn();
  for (const session of sessions) session.destroy();
  canaries.destroy();
  const faults = { network: canaries.offlineReason(), nameServers: names.offlineReason() };
  const endedAt = Date.now();
  return job.runs.map((run) => {
    const observation = observations.get(run) ?? unmeasured(run, endedAt, 'deadline', DEADLINE_DETAIL);
    const doubt = doubts.get(run);
    const fault = doubt === undefined ? null : faults[doubt];
    return fault === null ? observation : asOffline(observation, fault);
  });
}

/** What of the location may have caused an outcome. */
type Doubt = 'network' | 'nameServers';

/** Also an ok is in doubt: without a network, a port that has to stay closed does not respond either. */
function doubtOf(session: Session, observation: Observation): Doubt | null {
  if (observation.outcome === 'unmeasured') return null;
  if (session.awaitsNameServer) return 'nameServers';
  // A name server answered that the name does not exist, or has no address.
  if (observation.outcome === 'failed' && observation.code === 'dns') return null;
  return session.noResponse ? 'network' : null;
}

/** Each job starts with another run: if time runs out, it must not always be the same runs that are left out. */
function rotate({ runs, sentAt }: Job): readonly CheckRun[] {
  const first = runs.length === 0 ? 0 : sentAt % runs.length;
  return [...runs.slice(first), ...runs.slice(0, first)];
}

/** Keeps when and where the run sent something; drops what it concluded about the target. */
const asOffline = ({ id, startedAt, timings, address, trace }: Observation, detail: string): Observation => ({
  ...{ id, startedAt, timings },
  ...(address === undefined ? {} : { address }),
  ...(trace === undefined ? {} : { trace }),
  ...{ outcome: 'unmeasured', reason: 'location_offline', detail },
});

const longestTimeoutMs = (runs: readonly CheckRun[]): number =>
  runs.reduce((longest, { check }) => Math.max(longest, Number(check.timeoutMs) || DEFAULT_TIMEOUT_MS), 0);

interface PreparedCheck {
  readonly timeoutMs: number;
  readonly redact: (text: string) => string;
  run(session: Session, options: WireOptions): Promise<CheckOutcome>;
}

/** The check with its parsed options, or why this probe cannot run it. */
function prepareCheck(run: CheckRun): PreparedCheck | string {
  const check = findCheck(run.check.type);
  if (!check) return `this probe has no check "${run.check.type}": deploy the probe again`;
  const parsed = check.options.safeParse(run.check);
  if (parsed.success) {
    const { timeoutMs, secrets } = parsed.data;
    return {
      timeoutMs,
      redact: createRedactor(secrets),
      run: (session, options) => runOnAddresses(check, parsed.data, session, options),
    };
  }
  const issue = parsed.error.issues[0];
  return `this probe cannot read the options: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`;
}
