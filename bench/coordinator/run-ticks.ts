// Plays ticks against a D1 in virtual time: cron every minute, a fleet that answers soon, the next tick overtaking.
import type { Report } from '../../probes/contract/index.ts';
import { CONTRACT_VERSION } from '../../probes/contract/index.ts';
import type { Fleet, InvocationRequest } from '../../src/fleet/fleet.ts';
import { type InvocationResult, toInvocationResult } from '../../src/fleet/invocation-result.ts';
import { runTick, type TickDeps } from '../../src/scheduler/tick.ts';
import { LOCATIONS, MINUTE_MS, observed, PUBLIC_URL } from './fixtures.ts';
import { turn, VirtualTime } from './virtual-time.ts';

/** From asking a location to its answer. */
const ANSWER_MS = 80;
/** Longer than any tick walks. */
const LONG_MS = 200_000;

export interface Play {
  readonly db: D1Database;
  /** A full minute, ms since the epoch. */
  readonly from: number;
  readonly minutes: number;
  fails?(monitor: number, at: number): boolean;
  hears?(ask: InvocationRequest, heard: InvocationResult): void;
}

/** Resolves when that many minutes are over and every tick has ended. Rejects with what a tick throws. */
export async function playMinutes(play: Play): Promise<void> {
  const time = new VirtualTime(play.from);
  const awake = new Awake();
  const ticks: Promise<void>[] = [];
  const deps: TickDeps = {
    db: play.db,
    publicUrl: PUBLIC_URL,
    encryptionKey: '',
    locations: LOCATIONS,
    fleet: fleetOf(play, time),
    now: time.now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const wake = (): void => {
          time.clear(timer);
          signal.removeEventListener('abort', wake);
          awake.enter();
          resolve();
        };
        const timer = time.set(wake, ms);
        signal.addEventListener('abort', wake);
        awake.leave();
      }),
    enqueueDeliveries: async () => {},
  };
  const startTick = (): void => {
    awake.enter();
    const tick = runTick(deps).finally(() => awake.leave());
    // It is awaited once the play is over; until then a failure is no unhandled one.
    tick.catch(() => {});
    ticks.push(tick);
  };
  for (let minute = 0; minute < play.minutes; minute += 1) time.set(startTick, minute * MINUTE_MS);
  await drain(time, awake, play.from + play.minutes * MINUTE_MS - 1);
  // The last tick finds its walk over, and ends without asking anybody anything more.
  time.skip(LONG_MS);
  await drain(time, awake, time.now() + LONG_MS);
  await Promise.all(ticks);
}

/** How many ticks are at work: time passes only while all of them sleep. */
class Awake {
  #count = 0;
  #asleep: () => void = () => {};

  enter(): void {
    this.#count += 1;
  }

  leave(): void {
    this.#count -= 1;
    if (this.#count === 0) this.#asleep();
  }

  get none(): boolean {
    return this.#count === 0;
  }

  /** Resolves when all sleep. */
  ended(): Promise<void> {
    return this.none
      ? Promise.resolve()
      : new Promise((resolve) => {
          this.#asleep = resolve;
        });
  }
}

async function drain(time: VirtualTime, awake: Awake, until: number): Promise<void> {
  for (;;) {
    await awake.ended();
    // Whoever was woken by an answer gets the time to say so.
    await turn();
    if (awake.none && !time.step(until)) return;
  }
}

function fleetOf({ fails, hears }: Play, time: VirtualTime): Fleet {
  return {
    async invoke(ask) {
      const askedAt = time.now();
      await new Promise<void>((resolve) => time.set(resolve, ANSWER_MS));
      const report: Report = {
        version: CONTRACT_VERSION,
        build: 'bench',
        receivedAt: askedAt,
        observations: ask.runs.map(({ id }) => observed(id, fails?.(id, askedAt) ?? false, askedAt)),
      };
      const heard = toInvocationResult(ask.runs, {
        ...{ askedAt, answeredAt: time.now(), text: JSON.stringify(report) },
      });
      hears?.(ask, heard);
      return heard;
    },
  };
}
