// Owns one cron invocation: starts the runs that are due and commits their results. Any tick can continue any other.
// Does not decide what is due: the engine's schedule does.
import { errorMessage } from '../../probes/contract/error-message.ts';
import { isStateAhead } from '../engine/clock-correction.ts';
import type { Change, EntryDraft } from '../engine/model/journal.ts';
import { CLOCK_RETRY_MS } from '../engine/model/policy.ts';
import type { State } from '../engine/model/state.ts';
import { type Invocation, plan, runKey } from '../engine/schedule/schedule.ts';
import type { Fleet, InvocationResult } from '../fleet/fleet.ts';
import { log } from '../log.ts';
import { syncLocations } from '../services/locations/sync-locations.ts';
import { type CommitContext, commit, correctClock } from '../store/commit.ts';
import { loadShard, registerTick } from '../store/shard.ts';
import { loadWhenClocksAgree, TickClock } from './clock-check.ts';
import { expandWindows } from './expand-windows.ts';
import { type DueRun, invokeLocation, loadResolvedChecks, type ResolvedCheck } from './invoke.ts';

/** A tick starts runs until a newer tick is registered, and for this long at most. */
const MAX_TICK_MS = 170_000;

/** If D1 fails, the tick asks it again after this long. Results in flight are still received. */
const D1_RETRY_MS = 1_000;

export interface TickDeps {
  readonly db: D1Database;
  readonly publicUrl: string;
  /** Decrypts the secrets of checks: 32 bytes, base64. */
  readonly encryptionKey: string;
  readonly fleet: Fleet;
  /** Configured location ids, in the order of their phases. */
  readonly locations: readonly string[];
  now(): number;
  /** Resolves after `ms`, or as soon as the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /**
   * Called when the outbox has new or possibly overdue deliveries. Must not throw and must not take long. `now` is D1's
   * time if the coordinator's clock is not to be trusted.
   */
  enqueueDeliveries(now: number): Promise<void>;
}

/** Registering is tried this often. */
const MAX_REGISTRATIONS = 5;

/** Resolves when a newer tick has taken over or the time is up, and everything in flight is committed. */
export async function runTick(deps: TickDeps): Promise<void> {
  const loaded = await loadWhenClocksAgree(deps);
  if (!loaded) return;
  const startedAt = deps.now();
  const tick = await register(deps, startedAt, loaded.state);
  const run = new TickRun(deps, tick);
  const corrected = await correctClock(run.context, loaded.state);
  const synced = await syncLocations(run.context, corrected, deps.locations);
  run.state = await expandWindows(run.context, synced, startedAt);
  await deps.enqueueDeliveries(startedAt);
  await run.run(startedAt + MAX_TICK_MS);
}

/** A number that was taken although D1's response was lost stays unused. */
async function register({ db, sleep }: TickDeps, startedAt: number, state: State): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await registerTick(db, startedAt, state);
    } catch (error) {
      if (attempt >= MAX_REGISTRATIONS) throw error;
      log.warn('tick.d1_failed', { error: errorMessage(error) });
      await sleep(D1_RETRY_MS, new AbortController().signal);
    }
  }
}

class TickRun {
  readonly context: CommitContext;
  state!: State;
  readonly #deps: TickDeps;
  readonly #clock: TickClock;
  readonly #inFlight = new Set<number>();
  readonly #results: { location: number; keys: number[]; result: InvocationResult }[] = [];
  #running = 0;
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
      while (this.#results.length > 0) await this.#commitNext();
      if (this.#fault) throw this.#fault.error;
      this.#timeIsUp ||= await this.#isTimeUp(until);
      const draining = this.#superseded || this.#timeIsUp;
      if (draining && this.#running === 0) return;
      if (draining) await this.#sleepUntil(Number.POSITIVE_INFINITY);
      else await this.#sleepUntil(await this.#startDueRuns(until));
    }
  }

  /** A clock that jumped ahead ends no tick: D1's time decides. */
  async #isTimeUp(until: number): Promise<boolean> {
    if (this.#superseded || this.#clock.now() < until) return this.#superseded;
    // The clock may have moved since the last comparison.
    await this.#checkLeadership();
    return this.#clock.now() >= until;
  }

  /** Starts every run that is due and returns when to continue. Starts nothing after a newer tick. */
  async #startDueRuns(until: number): Promise<number> {
    const before = this.state;
    let due = plan(before, this.#inFlight, this.#deps.now());
    const idle = due.invocations.length === 0 && due.reevaluate.length === 0;
    if (idle && !this.#clock.isSuspect()) return Math.min(until, due.wakeAt);
    const leadership = await this.#checkLeadership();
    if (leadership === 'unknown') return this.#deps.now() + D1_RETRY_MS;
    if (leadership === 'superseded') return this.#deps.now();
    if (leadership === 'apart') return this.#deps.now() + CLOCK_RETRY_MS;
    if (this.state !== before) due = plan(this.state, this.#inFlight, this.#deps.now());
    if (due.reevaluate.length > 0) {
      await this.#reevaluate(due.reevaluate);
      return this.#deps.now();
    }
    if (due.invocations.length === 0) return Math.min(until, due.wakeAt);
    const checks = await this.#loadChecks();
    for (const invocation of due.invocations) this.#start(invocation, checks);
    return Math.min(until, due.wakeAt);
  }

  async #reevaluate(numbers: readonly number[]): Promise<void> {
    const changes = numbers.map((number): Change => ({ type: 'monitor.reevaluated', number }));
    await this.#commit(() => ({ kind: 'change', changes }));
  }

  /** Reloads the state if another commit has changed it, and corrects it if the clock was ahead. */
  async #checkLeadership(): Promise<'current' | 'superseded' | 'unknown' | 'apart'> {
    try {
      const newest = await this.#clock.loadHead();
      this.#superseded = newest.tick > this.context.tick;
      if (this.#superseded) return 'superseded';
      if (this.#clock.isApart) return 'apart';
      if (newest.seq !== this.state.seq) await this.#reload();
      if (isStateAhead(this.state, this.#deps.now()))
        this.state = await correctClock(this.context, this.state);
      return 'current';
    } catch (error) {
      log.warn('tick.d1_failed', { tick: this.context.tick, error: errorMessage(error) });
      return 'unknown';
    }
  }

  async #reload(): Promise<void> {
    this.state = (await loadShard(this.#deps.db)).state;
    this.#checks = null;
  }

  /** The check of each monitor, read again after every commit by others. */
  async #loadChecks(): Promise<ReadonlyMap<number, ResolvedCheck>> {
    this.#checks ??= await loadResolvedChecks(this.#deps.db, this.#deps.encryptionKey);
    return this.#checks;
  }

  #start(invocation: Invocation, checks: ReadonlyMap<number, ResolvedCheck>): void {
    const location = this.state.locations.get(invocation.location);
    const due = invocation.monitors.flatMap((id): DueRun[] => {
      const check = checks.get(id);
      return check === undefined ? [] : [{ id, check }];
    });
    if (!location || due.length === 0) return;
    const keys = due.map(({ id }) => runKey(id, location.number));
    for (const key of keys) this.#inFlight.add(key);
    this.#running += 1;
    const { mayHang } = invocation;
    invokeLocation(this.#deps.fleet, { location: location.id, mayHang }, due, this.#deps.now)
      .then((result) => {
        this.#results.push({ location: location.number, keys, result });
      })
      .catch((error: unknown) => {
        this.#fault = { error };
      })
      .finally(() => this.#wake());
  }

  async #commitNext(): Promise<void> {
    const { location, keys, result } = this.#results.shift()!;
    await this.#commit(() => ({ kind: 'report', location, ...result }));
    this.#running -= 1;
    for (const key of keys) this.#inFlight.delete(key);
  }

  async #commit(draft: () => EntryDraft): Promise<void> {
    const committed = await commit(this.context, this.state, draft);
    this.state = committed.state;
    if (committed.reloaded) this.#checks = null;
    if (committed.notifications.length > 0) await this.#deps.enqueueDeliveries(this.#clock.now());
  }

  /** Until then, or until an invocation in flight ends. */
  async #sleepUntil(at: number): Promise<void> {
    if (this.#results.length > 0 || this.#fault) return;
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    await this.#deps.sleep(Math.max(0, Math.min(at - this.#deps.now(), MAX_TICK_MS)), woken.signal);
    this.#wake = () => {};
  }
}
