// Owns the question whether the network of this location works: connects to each canary at most once a job, and only if a
// run needs it. Does not know checks, and asks no name server for its own sake: CanaryNames does.
import { WireError } from '../checks/check.ts';
import { errorMessage } from '../contract/error-message.ts';
import type { Canary } from '../contract/index.ts';
import { UnmeasuredError } from '../net/errors.ts';
import { Session } from '../net/session.ts';
import { NetworkWire, type WireOptions } from '../net/wire.ts';
import { VerdictWait } from './verdict-wait.ts';

/** A canary without an answer counts as failed only after this time: distant canaries need it. */
const MIN_WAIT_MS = 1_000;

/** The canary could not be tried (forbidden address or IPv6 only), so it proves nothing. */
const INCONCLUSIVE = Symbol('inconclusive');

export class Canaries {
  readonly #targets: readonly Canary[];
  readonly #options: WireOptions;
  readonly #sessions: Session[] = [];
  /** How each canary failed; canaries that responded are absent. */
  readonly #failures = new Map<Canary, string | typeof INCONCLUSIVE>();
  #checkedAt: number | null = null;
  /** A canary responded, or a run reached its target. */
  #isOnline = false;
  #isDestroyed = false;
  readonly #wait = new VerdictWait();

  constructor(targets: readonly Canary[], options: WireOptions) {
    this.#targets = targets;
    this.#options = options;
  }

  /** Checks all canaries in parallel; once a job, and not if the location is known to be online. */
  check(): void {
    if (this.#checkedAt !== null || this.#isDestroyed || this.#isOnline) return;
    this.#checkedAt = performance.now();
    for (const target of this.#targets) void this.#checkOne(target);
  }

  /** Checks the canaries for a run that got no response, and extends `whenDecided` by the time this run may wait. */
  requestVerdict(startedAt: number, timeoutMs: number): void {
    this.check();
    this.#wait.extend(startedAt, timeoutMs);
  }

  /** A target responded, so failing canaries prove nothing. This applies to runs that failed before, too. */
  markOnline(): void {
    this.#isOnline = true;
    this.#wait.end();
  }

  /** Resolves when waiting longer cannot change the verdict, or when no run may wait longer. */
  async whenDecided(): Promise<void> {
    if (this.#targets.length > 0 && this.#checkedAt !== null) await this.#wait.done();
  }

  /** What proves that this location is offline; null if nothing does. Final when the job is over. */
  offlineReason(): string | null {
    if (this.#checkedAt === null || this.#isOnline) return null;
    const elapsedMs = Math.round(performance.now() - this.#checkedAt);
    if (this.#failures.size < this.#targets.length && elapsedMs < MIN_WAIT_MS) return null;
    const failed = this.#targets.flatMap((target) => {
      const failure = this.#failures.get(target) ?? `no answer within ${elapsedMs} ms`;
      return failure === INCONCLUSIVE ? [] : [`${target.host}:${target.port} (${failure})`];
    });
    return failed.length === 0 ? null : `no canary was reached either: ${failed.join(', ')}`.slice(0, 300);
  }

  /** Closes everything and prevents new connections. */
  destroy(): void {
    this.#isDestroyed = true;
    for (const session of this.#sessions) {
      session.expire('deadline');
      session.destroy();
    }
  }

  async #checkOne(target: Canary): Promise<void> {
    const session = new Session(MIN_WAIT_MS);
    this.#sessions.push(session);
    const wire = new NetworkWire(session, this.#options);
    const error: unknown = await wire.connect(target).catch((thrown: unknown) => thrown);
    session.destroy();
    if (this.#isDestroyed) return;
    // A refused connection is a response too.
    if (session.responded) return this.markOnline();
    this.#failures.set(target, isInconclusive(session, error) ? INCONCLUSIVE : errorMessage(error));
    if (this.#failures.size === this.#targets.length) this.#wait.end();
  }
}

/** Forbidden or IPv6 only: a mistake in the configuration must not count as an offline location. */
const isInconclusive = (session: Session, error: unknown): boolean =>
  (error instanceof WireError && !session.noResponse) ||
  (error instanceof UnmeasuredError && error.reason === 'no_ipv6');
