// Puts this process on virtual time: Date.now, setTimeout and what WebCrypto is still at work on.
import { turn, VirtualTime } from './virtual-time.ts';

/** Turns of the event loop in which nothing happens before everybody counts as waiting. */
const QUIET_TURNS = 5;

export interface BorrowedClock {
  /** Lets the process work until this moment, ms since the epoch; sleeping costs nothing. */
  goTo(at: number): Promise<void>;
  /** Makes it that late at once: sleepers oversleep. */
  skip(ms: number): void;
}

/** `activity` is any number that grows while the process does something. */
export function borrowClock(startAt: number, activity: () => number): BorrowedClock {
  const time = new VirtualTime(startAt);
  let atWork = 0;
  let done = 0;
  Date.now = time.now;
  globalThis.setTimeout = ((run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) => {
    done += 1;
    return time.set(() => run(...args), ms);
  }) as unknown as typeof setTimeout;
  globalThis.clearTimeout = ((id: number | undefined) => {
    done += 1;
    if (id !== undefined) time.clear(id);
  }) as typeof clearTimeout;

  // WebCrypto works on other threads, so an event loop that is idle may yet be waited for.
  const { subtle } = crypto;
  for (const name of ['digest', 'sign', 'importKey'] as const) {
    const original = (subtle[name] as (...args: unknown[]) => Promise<unknown>).bind(subtle);
    const tracked = async (...args: unknown[]): Promise<unknown> => {
      atWork += 1;
      try {
        return await original(...args);
      } finally {
        atWork -= 1;
        done += 1;
      }
    };
    Object.defineProperty(subtle, name, { value: tracked, configurable: true });
  }

  const quiet = async (): Promise<void> => {
    for (let turns = 0, last = -1; turns < QUIET_TURNS; turns += 1) {
      await turn();
      const sum = done + activity();
      if (atWork > 0 || sum !== last) turns = 0;
      last = sum;
    }
  };
  return {
    skip: time.skip.bind(time),
    async goTo(at) {
      do await quiet();
      while (time.step(at));
    },
  };
}
