// Owns the virtual time of this process: it replaces Date.now and setTimeout and waits for WebCrypto's threads.
import { turn, VirtualTime } from './virtual-time.ts';

/** The process is idle after this many turns of the event loop without activity. */
const IDLE_TURNS = 5;

export interface FakeTimers {
  /** Runs the process until this time, in ms since the epoch. Sleeping takes no real time. */
  advanceTo(at: number): Promise<void>;
  /** Moves the clock without running timers: they run late. */
  skip(ms: number): void;
}

/** `activity` returns a number that grows while the process is busy. */
export function installFakeTimers(startAt: number, activity: () => number): FakeTimers {
  const time = new VirtualTime(startAt);
  let pending = 0;
  let calls = 0;
  Date.now = time.now;
  globalThis.setTimeout = ((run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) => {
    calls += 1;
    return time.set(() => run(...args), ms);
  }) as unknown as typeof setTimeout;
  globalThis.clearTimeout = ((id: number | undefined) => {
    calls += 1;
    if (id !== undefined) time.clear(id);
  }) as typeof clearTimeout;

  // WebCrypto works on other threads, so an idle event loop does not mean that the process is idle.
  const { subtle } = crypto;
  for (const name of ['digest', 'sign', 'importKey'] as const) {
    const original = (subtle[name] as (...args: unknown[]) => Promise<unknown>).bind(subtle);
    const tracked = async (...args: unknown[]): Promise<unknown> => {
      pending += 1;
      try {
        return await original(...args);
      } finally {
        pending -= 1;
        calls += 1;
      }
    };
    Object.defineProperty(subtle, name, { value: tracked, configurable: true });
  }

  const whenIdle = async (): Promise<void> => {
    for (let turns = 0, last = -1; turns < IDLE_TURNS; turns += 1) {
      await turn();
      const sum = calls + activity();
      if (pending > 0 || sum !== last) turns = 0;
      last = sum;
    }
  };
  return {
    skip: time.skip.bind(time),
    async advanceTo(at) {
      do await whenIdle();
      while (time.step(at));
    },
  };
}
