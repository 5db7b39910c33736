// Is it the target, or is it this location's own network? Canaries are asked once a job, and only when a look needs it.

import { WireFailure } from '../checks/check.ts';
import type { Canary } from '../contract/index.ts';
import { LookWire, type WireOptions } from './wire.ts';

/** A canary that has not answered counts as failed only after this long: far ones need their time. */
const FAIR_MS = 1_000;

/** A look that has just timed out waits no longer than this for canaries that were asked in time. */
export const LATE_MS = 200;

export class Canaries {
  readonly #targets: readonly Canary[];
  readonly #options: WireOptions;
  readonly #wires: LookWire[] = [];
  readonly #failures: string[] = [];
  #askedAt: number | null = null;
  #reached = false;
  #settle: () => void = () => {};
  /** Resolves when one answered, or all have failed. */
  readonly #settled = new Promise<void>((resolve) => {
    this.#settle = resolve;
  });

  constructor(targets: readonly Canary[], options: WireOptions) {
    this.#targets = targets;
    this.#options = options;
  }

  /** Asks all of them, in parallel and by name; the second time nothing happens. */
  ask(): void {
    if (this.#askedAt !== null || this.#reached) return;
    this.#askedAt = performance.now();
    for (const target of this.#targets) void this.#askOne(target);
  }

  async #askOne(target: Canary): Promise<void> {
    const wire = new LookWire(this.#options, FAIR_MS);
    this.#wires.push(wire);
    try {
      await wire.connect(target);
      this.proveNetwork();
    } catch (error) {
      // A refusal has come over the network, too.
      if (error instanceof WireFailure && (error.code === 'refused' || error.code === 'reset')) {
        this.proveNetwork();
      } else this.#failed(target, error instanceof Error ? error.message : String(error));
    } finally {
      wire.destroy();
    }
  }

  #failed({ host, port }: Canary, how: string): void {
    this.#failures.push(`${host}:${port} (${how})`);
    if (this.#failures.length === this.#targets.length) this.#settle();
  }

  /** Somebody was reached: whatever fails now, it is not the network. */
  proveNetwork(): void {
    this.#reached = true;
    this.#settle();
  }

  /**
   * What proves that this location is offline, in words; null when nothing does. Waits for the canaries, `withinMs` at
   * most: those that had their fair time and did not answer have failed.
   */
  async offline(withinMs: number): Promise<string | null> {
    if (this.#targets.length === 0 || this.#reached) return null;
    this.ask();
    await Promise.race([this.#settled, after(withinMs)]);
    if (this.#reached) return null;
    const unanswered = this.#targets.length - this.#failures.length;
    if (unanswered > 0 && performance.now() - (this.#askedAt ?? 0) < FAIR_MS) return null;
    const silent = unanswered > 0 ? [`${unanswered} without an answer`] : [];
    return `no canary was reached either: ${[...this.#failures, ...silent].join(', ')}`.slice(0, 300);
  }

  /** Leaves nothing open. */
  destroy(): void {
    for (const wire of this.#wires) wire.destroy();
  }
}

const after = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
