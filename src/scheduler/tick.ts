// One cron invocation: walks slots, starts what is due, commits what comes back. Any tick can carry on from any other.
import { errorMessage } from '../../probes/contract/error-message.ts';
import type { Change, EntryDraft } from '../engine/model/journal.ts';
import type { State } from '../engine/model/state.ts';
import { type Invocation, plan, runKey } from '../engine/schedule/schedule.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { InvocationResult } from '../fleet/report.ts';
import { log } from '../log.ts';
import { type CommitContext, commit } from '../store/commit.ts';
import { type Database, database, loadHead, loadShard, registerTick } from '../store/shard.ts';
import { expandWindows } from './expand-windows.ts';
import { type DueRun, invokeLocation, loadResolvedChecks, type ResolvedCheck } from './invoke.ts';
import { syncLocations } from './sync-locations.ts';

/** A tick walks until it sees a younger one, and this long at most. */
const MAX_TICK_MS = 170_000;

/** A D1 that does not answer is asked again after this long; what is in flight is waited for meanwhile. */
const D1_RETRY_MS = 1_000;

export interface TickDeps {
  readonly db: D1Database;
  readonly publicUrl: string;
  /** Opens the secrets of checks: 32 bytes, base64. */
  readonly encryptionKey: string;
  readonly fleet: Fleet;
  /** Location ids of the configuration, in their order of phase. */
  readonly locations: readonly string[];
  now(): number;
  /** Resolves after `ms`, or as soon as the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Something was put into the outbox, or may be overdue there. Must not throw and must not take long. */
  enqueueDeliveries(): Promise<void>;
}

/** Ticks sort by their start; the random end tells doubles apart. */
export const newTickId = (startedAt: number): string =>
  `${startedAt.toString(36).padStart(9, '0')}-${crypto.randomUUID().slice(0, 8)}`;

/** Resolves when a younger tick has taken over, or the walk is over, and everything in flight is committed. */
export async function runTick(deps: TickDeps): Promise<void> {
  const startedAt = deps.now();
  const tick = newTickId(startedAt);
  const walk = new TickRun(deps, { db: deps.db, tick, publicUrl: deps.publicUrl, now: deps.now });
  const loaded = await loadShard(deps.db);
  if (loaded.tick > tick) return;
  const located = await syncLocations(walk.context, loaded.state, deps.locations);
  walk.state = await expandWindows(walk.context, located, startedAt);
  await registerTick(deps.db, tick, startedAt, walk.state);
  await deps.enqueueDeliveries();
  await walk.run(startedAt + MAX_TICK_MS);
}

class TickRun {
  readonly context: CommitContext;
  state!: State;
  readonly #deps: TickDeps;
  readonly #orm: Database;
  readonly #inFlight = new Set<number>();
  readonly #results: { location: number; keys: number[]; heard: InvocationResult }[] = [];
  #running = 0;
  #wake: () => void = () => {};
  #checks: ReadonlyMap<number, ResolvedCheck> | null = null;
  #superseded = false;
  /** A bug in the fleet, which never rejects: the tick ends with it. */
  #fault: { readonly error: unknown } | null = null;

  constructor(deps: TickDeps, context: CommitContext) {
    this.#deps = deps;
    this.context = context;
    this.#orm = database(deps.db);
  }

  async run(until: number): Promise<void> {
    for (;;) {
      while (this.#results.length > 0) await this.#commitNext();
      if (this.#fault) throw this.#fault.error;
      const draining = this.#superseded || this.#deps.now() >= until;
      if (draining && this.#running === 0) return;
      if (draining) await this.#sleepUntil(Number.POSITIVE_INFINITY);
      else await this.#sleepUntil(Math.min(until, await this.#startDueRuns()));
    }
  }

  /** Starts every look that is due and answers when to look again. Starts nothing once a younger tick is there. */
  async #startDueRuns(): Promise<number> {
    const foreseen = plan(this.state, this.#inFlight, this.#deps.now());
    if (foreseen.invocations.length === 0 && foreseen.reevaluate.length === 0) return foreseen.wakeAt;
    const standing = await this.#checkLeadership();
    if (standing === 'unknown') return this.#deps.now() + D1_RETRY_MS;
    if (standing === 'overtaken') return this.#deps.now();
    const { invocations, reevaluate, wakeAt } = plan(this.state, this.#inFlight, this.#deps.now());
    if (reevaluate.length > 0) {
      await this.#reevaluate(reevaluate);
      return this.#deps.now();
    }
    const checks = await this.#loadChecks();
    for (const invocation of invocations) this.#start(invocation, checks);
    return wakeAt;
  }

  async #reevaluate(numbers: readonly number[]): Promise<void> {
    const changes = numbers.map((number): Change => ({ type: 'monitor.reevaluated', number }));
    await this.#commit(() => ({ kind: 'change', changes }));
  }

  async #checkLeadership(): Promise<'current' | 'overtaken' | 'unknown'> {
    try {
      return (await this.#isCurrent()) ? 'current' : 'overtaken';
    } catch (error) {
      log.warn('tick.d1_silent', { tick: this.context.tick, error: errorMessage(error) });
      return 'unknown';
    }
  }

  /** False when a younger tick has taken over. What others committed meanwhile is loaded. */
  async #isCurrent(): Promise<boolean> {
    const newest = await loadHead(this.#deps.db);
    if (newest.tick > this.context.tick) {
      this.#superseded = true;
      return false;
    }
    if (newest.seq !== this.state.seq) await this.#reload();
    return true;
  }

  async #reload(): Promise<void> {
    this.state = (await loadShard(this.#deps.db)).state;
    this.#checks = null;
  }

  /** What each monitor's check asks of the probe; read again after every change by others. */
  async #loadChecks(): Promise<ReadonlyMap<number, ResolvedCheck>> {
    this.#checks ??= await loadResolvedChecks(this.#orm, this.#deps.encryptionKey);
    return this.#checks;
  }

  #start(invocation: Invocation, checks: ReadonlyMap<number, ResolvedCheck>): void {
    const location = this.state.locations.get(invocation.location);
    const due = invocation.monitors.flatMap((id): DueRun[] => {
      const resolved = checks.get(id);
      return resolved ? [{ id, resolved }] : [];
    });
    if (!location || due.length === 0) return;
    const keys = due.map(({ id }) => runKey(id, location.number));
    for (const key of keys) this.#inFlight.add(key);
    this.#running += 1;
    const { mayHang } = invocation;
    invokeLocation(this.#deps.fleet, { location: location.id, mayHang }, due, this.#deps.now)
      .then((heard) => {
        this.#results.push({ location: location.number, keys, heard });
      })
      .catch((error: unknown) => {
        this.#fault = { error };
      })
      .finally(() => this.#wake());
  }

  async #commitNext(): Promise<void> {
    const { location, keys, heard } = this.#results.shift()!;
    await this.#commit(() => ({ kind: 'report', location, ...heard }));
    this.#running -= 1;
    for (const key of keys) this.#inFlight.delete(key);
  }

  async #commit(draft: () => EntryDraft): Promise<void> {
    const committed = await commit(this.context, this.state, draft);
    this.state = committed.state;
    if (committed.reloaded) this.#checks = null;
    if (committed.notifications.length > 0) await this.#deps.enqueueDeliveries();
  }

  /** Until then, or until something in flight has answered. */
  async #sleepUntil(at: number): Promise<void> {
    if (this.#results.length > 0 || this.#fault) return;
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    await this.#deps.sleep(Math.max(0, Math.min(at - this.#deps.now(), MAX_TICK_MS)), woken.signal);
    this.#wake = () => {};
  }
}
