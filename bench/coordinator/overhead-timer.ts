// Owns the CPU time of the fakes, so that it can be subtracted from the coordinator's.

export class OverheadTimer {
  #spentUs = 0;

  /** CPU time of the fakes on the main thread, in µs. */
  get spentUs(): number {
    return this.#spentUs;
  }

  /** Runs `work`, which must be synchronous, and adds its CPU time. */
  measure<T>(work: () => T): T {
    const before = process.threadCpuUsage();
    try {
      return work();
    } finally {
      const { user, system } = process.threadCpuUsage(before);
      this.#spentUs += user + system;
    }
  }
}
