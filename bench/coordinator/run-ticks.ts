// Owns ticks against a D1 in virtual time: cron every minute, a fast fleet, each tick superseded by the next.
import type { Report } from '../../probes/contract/index.ts';
import { CONTRACT_VERSION } from '../../probes/contract/index.ts';
import type { Fleet, InvocationRequest } from '../../src/fleet/fleet.ts';
import { type InvocationResult, toInvocationResult } from '../../src/fleet/invocation-result.ts';
import { runTick, type TickDeps } from '../../src/scheduler/tick.ts';
import { clockedD1 } from '../../test/support/d1/clocked-d1.ts';
import { LOCATIONS, MINUTE_MS, observationFor, PUBLIC_URL } from './fixtures.ts';
import { turn, VirtualTime } from './virtual-time.ts';

/** From an invocation to its result. */
const INVOCATION_MS = 80;
/** Longer than any tick runs. */
const BEYOND_TICK_MS = 200_000;

export interface TickRun {
  readonly db: D1Database;
  /** A full minute, ms since the epoch. */
  readonly from: number;
  readonly minutes: number;
  fails?(monitor: number, at: number): boolean;
  /** Body of the response of a run that fails. */
  readonly errorPage?: string;
  /** By how much the coordinator's clock is ahead of D1's. */
  offsetMs?(at: number): number;
  onResult?(request: InvocationRequest, result: InvocationResult): void;
}

/** Resolves when these minutes have passed and every tick has ended. Rejects with the error of a tick. */
export async function runMinutes(run: TickRun): Promise<void> {
  const time = new VirtualTime(run.from);
  const now = (): number => time.now() + (run.offsetMs?.(time.now()) ?? 0);
  const busy = new BusyTicks();
  const ticks: Promise<void>[] = [];
  const deps: TickDeps = {
    db: clockedD1(run.db, time.now),
    publicUrl: PUBLIC_URL,
    encryptionKey: '',
    locations: LOCATIONS,
    fleet: fleetOf(run, time, now),
    now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const resume = (): void => {
          time.clear(timer);
          signal.removeEventListener('abort', resume);
          busy.enter();
          resolve();
        };
        const timer = time.set(resume, ms);
        signal.addEventListener('abort', resume);
        busy.leave();
      }),
    comparedClock: now,
    enqueueDeliveries: async () => {},
  };
  const startTick = (): void => {
    busy.enter();
    const tick = runTick(deps).finally(() => busy.leave());
    // Awaited at the end. Until then, a failure must not count as unhandled.
    tick.catch(() => {});
    ticks.push(tick);
  };
  for (let minute = 0; minute < run.minutes; minute += 1) time.set(startTick, minute * MINUTE_MS);
  await drain(time, busy, run.from + run.minutes * MINUTE_MS - 1);
  // The last tick finds its time used up and ends without another invocation.
  time.skip(BEYOND_TICK_MS);
  await drain(time, busy, time.now() + BEYOND_TICK_MS);
  await Promise.all(ticks);
}

/** Counts the ticks that are not asleep. Time passes only while there are none. */
class BusyTicks {
  #count = 0;
  #onIdle: () => void = () => {};

  enter(): void {
    this.#count += 1;
  }

  leave(): void {
    this.#count -= 1;
    if (this.#count === 0) this.#onIdle();
  }

  get none(): boolean {
    return this.#count === 0;
  }

  /** Resolves when all ticks sleep. */
  idle(): Promise<void> {
    return this.none
      ? Promise.resolve()
      : new Promise((resolve) => {
          this.#onIdle = resolve;
        });
  }
}

async function drain(time: VirtualTime, busy: BusyTicks, until: number): Promise<void> {
  for (;;) {
    await busy.idle();
    // A tick that a result resumed needs a turn to register as busy.
    await turn();
    if (busy.none && !time.step(until)) return;
  }
}

function fleetOf({ fails, errorPage, onResult }: TickRun, time: VirtualTime, now: () => number): Fleet {
  return {
    async invoke(request) {
      const askedAt = now();
      const startedAt = time.now();
      await new Promise<void>((resolve) => time.set(resolve, INVOCATION_MS));
      const report: Report = {
        version: CONTRACT_VERSION,
        build: 'bench',
        receivedAt: askedAt,
        observations: request.runs.map(({ id }) =>
          observationFor(id, fails?.(id, startedAt) ?? false, askedAt, errorPage),
        ),
      };
      const text = JSON.stringify(report);
      const result = toInvocationResult(request.runs, {
        ...{ askedAt, answeredAt: now(), text, version: CONTRACT_VERSION },
      });
      onResult?.(request, result);
      return result;
    },
  };
}
