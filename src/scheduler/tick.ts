// Owns one tick, of cron and of its substitutes: starts the runs that are due and commits their results. Any tick can continue any other.
// Does not decide what is due: the engine's schedule does. More than 300 lines, because a tick is one story.
import type { EncryptionKeys } from '../encryption-key.ts';
import { isStateAhead } from '../engine/clock-correction.ts';
import type { Change, EntryDraft } from '../engine/model/journal.ts';
import { CLOCK_RETRY_MS } from '../engine/model/policy.ts';
import type { State } from '../engine/model/state.ts';
import { type Plan, plan } from '../engine/schedule/schedule.ts';
import type { TickStarter } from '../env.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { jobLimits } from '../fleet/split-job.ts';
import { log } from '../log.ts';
import type { Retention } from '../retention.ts';
import { advanceAlerts } from '../services/alerts/advance-alerts.ts';
import { endDrills } from '../services/drill/drill.ts';
import type { HealthStatus } from '../services/health/mesh-health.ts';
import { recordHealth } from '../services/health/record-health.ts';
import { syncLocations } from '../services/locations/sync-locations.ts';
import { followOutages } from '../services/public-incidents/follow-outages.ts';
import { sendReports } from '../services/report-schedules/send-reports.ts';
import { type CommitContext, commit, correctClock, type PendingCommit } from '../store/commit.ts';
import { RestoreInProgress } from '../store/restore-marker.ts';
import { type LoadedShard, loadShard, refreshCheckpoints, registerTick } from '../store/shard.ts';
import { loadWhenClocksAgree, TickClock } from './clock-check.ts';
import { evaluateHeartbeats } from './evaluate-heartbeats.ts';
import { expandWindows } from './expand-windows.ts';
import { loadResolvedChecks, type ResolvedCheck } from './invoke.ts';
import { JobsInFlight } from './jobs-in-flight.ts';
import { type PlannedJob, plannedJobs } from './planned-jobs.ts';
import { prune } from './prune.ts';

/** A tick starts runs until a newer tick is registered, and for this long at most. */
const MAX_TICK_MS = 170_000;

/** A job that takes the place of another does not ask D1 again whether a newer tick is registered. */
const LEADERSHIP_MS = 1_000;

/** If D1 fails, the tick asks it again after this long. Results in flight are still received. */
const D1_RETRY_MS = 1_000;

/** The keys decrypt the secrets of checks. */
export interface TickDeps extends EncryptionKeys {
  readonly db: D1Database;
  /** Who starts it. Default: cron. */
  readonly source?: TickStarter;
  readonly publicUrl: string;
  readonly fleet: Fleet;
  /** Memory of the probe's function, MB. */
  readonly probeMemoryMb?: number | undefined;
  /** Configured location ids, in the order of their phases. */
  readonly locations: readonly string[];
  now(): number;
  /** Resolves after `ms`, or as soon as the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Size that D1 allows for the database. Default: unlimited. */
  readonly maxDatabaseBytes?: number;
  /** Regions in which the watchdog should run. Default: none. */
  readonly watchdogRegions?: readonly string[];
  /** Whether the mesh makes a backup a day. Default: no. */
  readonly expectsBackups?: boolean;
  /** How long rows are kept. Default: as documented. */
  readonly retention?: Retention;
  /** The clock to compare with D1's. Default: this machine's. */
  readonly comparedClock?: () => number;
  /** Called once, with the health of the mesh. The tick does not wait for it. Must not throw. */
  callDeadMansSwitch?(status: HealthStatus | null): Promise<void>;
  /** Called when the outbox has new or possibly overdue deliveries. Must not throw and must not take long. */
  enqueueDeliveries(): Promise<void>;
  /** Called once, so that open alerts do not expire at receivers which want them again. Must not throw. */
  refreshAlerts?(): Promise<void>;
}

/** Registering is tried this often. */
const MAX_REGISTRATIONS = 5;

/** Resolves when a newer tick has taken over or the time is up, and everything in flight is committed. */
export async function runTick(deps: TickDeps): Promise<void> {
  const loaded = await loadUnlessRestoring(deps);
  if (!loaded) return;
  const startedAt = deps.now();
  const run = new TickRun(deps, await register(deps, startedAt));
  const corrected = await correctClock(run.context, loaded.state);
  const synced = await syncLocations(run.context, corrected, deps.locations);
  run.state = await expandWindows(run.context, synced, startedAt);
  await refreshCheckpoints(deps.db, loaded, run.state, startedAt);
  const status = await recordHealth(deps, run.state, startedAt);
  await endDrills(deps, startedAt);
  await advanceOpenAlerts(deps, run.state, startedAt);
  await deps.enqueueDeliveries();
  // Checks do not wait for these.
  const call = deps.callDeadMansSwitch?.(status);
  const pruned = Promise.all([
    prune({ ...deps, oneKind: true }, startedAt),
    deps.refreshAlerts?.(),
    sendDueReports(deps, startedAt),
    followForReaders(deps, startedAt),
  ]);
  try {
    await run.run(startedAt + MAX_TICK_MS);
  } finally {
    await pruned;
    await call;
  }
}

/** Null: the clocks are apart, or the mesh is being restored. */
async function loadUnlessRestoring(deps: TickDeps): Promise<LoadedShard | null> {
  try {
    return await loadWhenClocksAgree(deps);
  } catch (error) {
    if (!(error instanceof RestoreInProgress)) throw error;
    log.warn('tick.restoring');
    return null;
  }
}

/** The next tick repeats what failed: checks do not wait for it. */
async function advanceOpenAlerts({ db }: TickDeps, state: State, now: number): Promise<void> {
  try {
    await advanceAlerts({ db, now, loadState: async () => state });
  } catch (error) {
    log.error('alerts.advance_failed', { error });
  }
}

/** The outbox has them at once, and the queue makes their deliveries start. */
async function sendDueReports(deps: TickDeps, now: number): Promise<void> {
  if ((await sendReports(deps, now)) > 0) await deps.enqueueDeliveries();
}

/** Words for readers are behind by a minute at most if one tick fails. */
async function followForReaders(deps: TickDeps, now: number): Promise<void> {
  if (await followOutages(deps, now)) await deps.enqueueDeliveries();
}

/** A number that was taken although D1's response was lost stays unused. */
async function register({ db, sleep, source }: TickDeps, startedAt: number): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await registerTick(db, startedAt, source);
    } catch (error) {
      if (attempt >= MAX_REGISTRATIONS) throw error;
      log.warn('tick.d1_failed', { error });
      await sleep(D1_RETRY_MS, new AbortController().signal);
    }
  }
}

class TickRun {
  readonly context: CommitContext;
  state!: State;
  readonly #deps: TickDeps;
  readonly #clock: TickClock;
  readonly #jobs = new JobsInFlight();
  /** When D1 named this tick as the newest one. */
  #leaderAt = Number.NEGATIVE_INFINITY;
  #wake: () => void = () => {};
  #checks: ReadonlyMap<number, ResolvedCheck> | null = null;
  #superseded = false;
  #timeIsUp = false;
  /** A bug: the fleet never rejects. The tick ends with this error. */
  #fault: { readonly error: unknown } | null = null;

  constructor(deps: TickDeps, tick: number) {
    this.#deps = deps;
    this.#clock = new TickClock(deps);
    this.context = { db: deps.db, tick, publicUrl: deps.publicUrl, now: this.#clock.now };
  }

  async run(until: number): Promise<void> {
    for (;;) {
      await this.#jobs.commitReady(
        this.#deps.now,
        (location, { result: { certificates, statements, ...report } }) =>
          this.#commit(() => ({ kind: 'report', location, ...report }), {
            certificates: certificates && { location, seen: certificates },
            statements,
          }),
      );
      if (this.#fault) throw this.#fault.error;
      this.#timeIsUp ||= await this.#isTimeUp(until);
      const draining = this.#superseded || this.#timeIsUp;
      if (draining && this.#jobs.areDone) return;
      if (draining) await this.#sleepUntil(Number.POSITIVE_INFINITY);
      else {
        const at = await this.#startDueRuns();
        // While the clocks are apart, `until` may be hours away in either direction.
        await this.#sleepUntil(this.#clock.isApart ? at : Math.min(until, at));
      }
    }
  }

  /** A clock that jumped ahead ends no tick: D1's time decides. */
  async #isTimeUp(until: number): Promise<boolean> {
    if (this.#superseded || this.#clock.now() < until) return this.#superseded;
    // The clock may have moved since the last comparison.
    await this.#checkLeadership();
    return this.#clock.now() >= until;
  }

  /**
   * Starts the jobs that are due and have a place, and returns when to plan again at the latest. Jobs without a place
   * are planned again when one is free: by then, a result may have made them needless. Starts nothing after a newer tick.
   */
  async #startDueRuns(): Promise<number> {
    const before = this.state;
    let due = plan(before, this.#jobs.runs, this.#deps.now());
    const idle = due.reevaluate.length === 0 && !this.#canStartAny(due);
    if (idle && !this.#clock.isSuspect()) return due.wakeAt;
    const leadership = await this.#checkLeadership();
    if (leadership === 'unknown') return this.#deps.now() + D1_RETRY_MS;
    if (leadership === 'superseded') return this.#deps.now();
    if (leadership === 'apart') return this.#deps.now() + CLOCK_RETRY_MS;
    if (this.state !== before) due = plan(this.state, this.#jobs.runs, this.#deps.now());
    if (due.reevaluate.length > 0) {
      await this.#reevaluate(due.reevaluate);
      return this.#deps.now();
    }
    const checks = await this.#loadChecks();
    const { fleet, now, probeMemoryMb } = this.#deps;
    const limits = jobLimits(probeMemoryMb);
    const { state } = this;
    const jobs = plannedJobs(state, due.invocations, checks, fleet, {
      limits,
      now,
      evaluateHeartbeats: (monitors) => evaluateHeartbeats(this.#deps, state, monitors),
    });
    const suspectsWait = jobs.some(({ mayHang }) => mayHang);
    for (const job of jobs) if (this.#jobs.hasPlace(job.mayHang, suspectsWait)) this.#start(job);
    return due.wakeAt;
  }

  #canStartAny({ invocations }: Plan): boolean {
    const suspectsWait = invocations.some(({ mayHang }) => mayHang);
    return invocations.some(({ mayHang }) => this.#jobs.hasPlace(mayHang, suspectsWait));
  }

  async #reevaluate(numbers: readonly number[]): Promise<void> {
    const changes = numbers.map((number): Change => ({ type: 'monitor.reevaluated', number }));
    await this.#commit(() => ({ kind: 'change', changes }));
  }

  /** Reloads the state if another commit has changed it, and corrects it if the clock was ahead. */
  async #checkLeadership(): Promise<'current' | 'superseded' | 'unknown' | 'apart'> {
    if (!this.#clock.isSuspect() && this.#deps.now() < this.#leaderAt + LEADERSHIP_MS) return 'current';
    try {
      const newest = await this.#clock.loadHead();
      this.#superseded = newest.tick > this.context.tick;
      if (this.#superseded) return 'superseded';
      if (this.#clock.isApart) return 'apart';
      if (newest.seq !== this.state.seq) await this.#reload();
      if (isStateAhead(this.state, this.#deps.now()))
        this.state = await correctClock(this.context, this.state);
      this.#leaderAt = this.#deps.now();
      return 'current';
    } catch (error) {
      log.warn('tick.d1_failed', { tick: this.context.tick, error });
      return 'unknown';
    }
  }

  async #reload(): Promise<void> {
    this.state = (await loadShard(this.#deps.db, this.#deps.now)).state;
    this.#checks = null;
  }

  /** The check of each monitor, read again after every commit by others. */
  async #loadChecks(): Promise<ReadonlyMap<number, ResolvedCheck>> {
    this.#checks ??= await loadResolvedChecks(this.#deps.db, this.#deps);
    return this.#checks;
  }

  #start(job: PlannedJob): void {
    this.#jobs
      .start(job, this.#deps.now)
      .catch((error: unknown) => {
        this.#fault = { error };
      })
      .finally(() => this.#wake());
  }

  async #commit(
    draft: () => EntryDraft,
    more: Pick<PendingCommit, 'certificates' | 'statements'> = {},
  ): Promise<void> {
    const committed = await commit(this.context, this.state, draft, more);
    this.state = committed.state;
    if (committed.reloaded) this.#checks = null;
    if (committed.notifications.length > 0) await this.#deps.enqueueDeliveries();
  }

  /** Until then, until results have to be committed, or until a job ends. */
  async #sleepUntil(at: number): Promise<void> {
    const until = Math.min(at, this.#jobs.readyAt);
    const remainingMs = until - this.#deps.now();
    if (remainingMs <= 0 && until < at) return;
    if (this.#fault) return;
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    await this.#deps.sleep(Math.max(0, Math.min(remainingMs, MAX_TICK_MS)), woken.signal);
    this.#wake = () => {};
  }
}
