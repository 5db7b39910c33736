// Keeps apart what the stand-ins cost from what the coordinator costs.

/** CPU time that belongs to the measuring, of the main thread, in µs. */
export class OwnTime {
  #spentUs = 0;

  get spentUs(): number {
    return this.#spentUs;
  }

  /** Runs `work`, which must be synchronous, on the measuring's own account. */
  spend<T>(work: () => T): T {
    const before = process.threadCpuUsage();
    try {
      return work();
    } finally {
      const { user, system } = process.threadCpuUsage(before);
      this.#spentUs += user + system;
    }
  }
}
