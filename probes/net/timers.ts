// Owns timers that give waiting sockets the first turn. Does not know what they wait for.

/**
 * Acts after the poll phase that follows the delay. If the event loop was blocked, answers wait behind the timer: without
 * this, the target would time out because of the probe's own delay.
 */
export const setTimeoutAfterPoll = (act: () => void, delayMs: number): NodeJS.Timeout =>
  setTimeout(() => setImmediate(act), delayMs);
