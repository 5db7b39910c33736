// Owns how often the last use of a key or a session is written: a busy one costs one write a minute.

const USE_STEP_MS = 60_000;

/** Whether a use at `now` is worth a write. `lastUsedAt` null: it was never used. */
export const isNewUse = (lastUsedAt: number | null, now: number): boolean =>
  lastUsedAt === null || now - lastUsedAt >= USE_STEP_MS;
