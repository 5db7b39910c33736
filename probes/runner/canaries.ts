// Is it the target, or is it this location's own network? Canaries are asked once a job, and only when a look needs it.
// Knows nothing of checks: a look says when it began to doubt, and asks what came of it.
import { WireError } from '../checks/check.ts';
import { errorMessage } from '../contract/error-message.ts';
import type { Canary } from '../contract/index.ts';
import { UnmeasuredError } from '../net/errors.ts';
import { setTimeoutAfterPoll } from '../net/timers.ts';
import { NetworkWire, type WireOptions } from '../net/wire.ts';

/** A canary that has not answered counts as failed only after this long: far ones need their time. */
const MIN_WAIT_MS = 1_000;

/** What has failed at once waits this long for canaries, and no longer than half of its timeout. */
const LONGEST_WAIT_MS = 2_000;

/** What has just timed out waits no longer than this for canaries that were asked in time. */
const GRACE_MS = 200;

/** Nobody answers for it here: it is no fault of the network that it was not asked. */
const INCONCLUSIVE = Symbol('says nothing');

export class Canaries {
  readonly #targets: readonly Canary[];
  readonly #options: WireOptions;
  readonly #wires: NetworkWire[] = [];
  /** How a canary failed, in words; one that answered is not among them. */
  readonly #failures = new Map<Canary, string | typeof INCONCLUSIVE>();
  #askedAt: number | null = null;
  /** A canary answered, or a look reached its target. */
  #isProven = false;
  /** Until when somebody waits. */
  #waitedForUntil = 0;
  #isOver = false;
  #settle: () => void = () => {};
  readonly #settled = new Promise<void>((resolve) => {
    this.#settle = resolve;
  });

  constructor(targets: readonly Canary[], options: WireOptions) {
    this.#targets = targets;
    this.#options = options;
  }

  /** Asks all of them, in parallel and by name; once a job, and not when the network is proven anyway. */
  ask(): void {
    if (this.#askedAt !== null || this.#isOver || this.#isProven) return;
    this.#askedAt = performance.now();
    for (const target of this.#targets) void this.#askOne(target);
  }

  /** A look that began at `beganAt` has heard nothing: asks, and has `settled` wait as long as this look may. */
  doubt(beganAt: number, timeoutMs: number): void {
    this.ask();
    const now = performance.now();
    const waitMs = Math.min(timeoutMs / 2, LONGEST_WAIT_MS, beganAt + timeoutMs - now + GRACE_MS);
    this.#waitedForUntil = Math.max(this.#waitedForUntil, now + waitMs);
  }

  /** Somebody was reached: canaries that fail are themselves wrong, also for looks that were doubted before. */
  proveNetwork(): void {
    this.#isProven = true;
    this.#settle();
  }

  /** Resolves when more waiting would teach nothing, or nobody may wait any longer. */
  async settled(): Promise<void> {
    const waitMs = this.#waitedForUntil - performance.now();
    if (this.#targets.length === 0 || this.#askedAt === null || waitMs <= 0) return;
    const timer = setTimeoutAfterPoll(this.#settle, waitMs);
    await this.#settled;
    clearTimeout(timer);
  }

  /** What proves that this location is offline, in words; null when nothing does. Known when the job is over. */
  offline(): string | null {
    if (this.#askedAt === null || this.#isProven) return null;
    const askedForMs = Math.round(performance.now() - this.#askedAt);
    if (this.#failures.size < this.#targets.length && askedForMs < MIN_WAIT_MS) return null;
    const failed = this.#targets.flatMap((target) => {
      const how = this.#failures.get(target) ?? `no answer within ${askedForMs} ms`;
      return how === INCONCLUSIVE ? [] : [`${target.host}:${target.port} (${how})`];
    });
    return failed.length === 0 ? null : `no canary was reached either: ${failed.join(', ')}`.slice(0, 300);
  }

  /** Leaves nothing open, and opens nothing any more. */
  destroy(): void {
    this.#isOver = true;
    for (const wire of this.#wires) {
      wire.expire('deadline');
      wire.destroy();
    }
  }

  async #askOne(target: Canary): Promise<void> {
    const wire = new NetworkWire(this.#options, MIN_WAIT_MS);
    this.#wires.push(wire);
    const error: unknown = await wire.connect(target).catch((why: unknown) => why);
    wire.destroy();
    if (this.#isOver) return;
    // A refusal has come over the network, too.
    if (wire.responded) return this.proveNetwork();
    this.#failures.set(target, isInconclusive(wire, error) ? INCONCLUSIVE : errorMessage(error));
    if (this.#failures.size === this.#targets.length) this.#settle();
  }
}

/** Forbidden, or IPv6 alone: a mistake in the configuration must not pass for a dead network. */
const isInconclusive = (wire: NetworkWire, error: unknown): boolean =>
  (error instanceof WireError && !wire.noResponse) ||
  (error instanceof UnmeasuredError && error.reason === 'no_ipv6');
