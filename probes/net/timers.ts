// A timer that lets waiting sockets speak first: on a loop that was held up, their answers lie in the queue behind it,
// and a target would be blamed for the probe's delay.
export const setTimeoutAfterPoll = (act: () => void, delayMs: number): NodeJS.Timeout =>
  setTimeout(() => setImmediate(act), delayMs);
