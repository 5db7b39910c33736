// Owns ticks of the mesh of http-mesh.ts in virtual time: they run one after the other over a real D1, while its clock goes on.
// Probes answer at once. Does not deliver.
import { type Bindings, readEnv } from '../../../src/env.ts';
import type { Fleet, InvocationRequest, InvocationResult } from '../../../src/fleet/fleet.ts';
import { runTick } from '../../../src/scheduler/tick.ts';
import { registerTick } from '../../../src/store/shard.ts';
import { bindings, clock } from './http-mesh.ts';

/** A step of the clock: nothing that a test looks at happens within. */
const STEP_MS = 5_000;

interface PassOptions {
  /** Whether a target is down. Default: none is. */
  readonly isDown?: (monitor: number) => boolean;
  readonly env?: Partial<Bindings>;
}

/**
 * Lets `ms` pass under ticks. Resolves with the number of check runs that probes were asked for. A clock that stood still would
 * never end a tick: results are committed a moment after they have come.
 */
export async function pass(
  ms: number,
  { isDown = () => false, env = {} }: PassOptions = {},
): Promise<number> {
  let runs = 0;
  const fleet: Fleet = {
    async invoke(request: InvocationRequest): Promise<InvocationResult> {
      const at = clock.now;
      runs += request.runs.length;
      return {
        ...{ askedAt: at, answeredAt: at, error: null, missedDeadline: false },
        observations: request.runs.map(({ id }) =>
          isDown(id)
            ? {
                monitor: id,
                startedAt: at,
                outcome: 'failed',
                code: 'refused',
                detail: 'refused',
                timings: {},
              }
            : { monitor: id, startedAt: at, outcome: 'ok', timings: { connectMs: 12 } },
        ),
      };
    },
  };
  const config = readEnv({ ...bindings, ...env });
  const until = clock.now + ms;
  while (clock.now < until) {
    const startedAt = clock.now;
    let isSuperseded = false;
    await runTick({
      ...config,
      expectsBackups: config.backups !== undefined,
      fleet,
      now: () => clock.now,
      sleep: async (wanted, signal) => {
        // D1 answers in real time: the clock stands still until it has.
        await new Promise((resolve) => setTimeout(resolve, 5));
        if (signal.aborted) return;
        clock.now += Math.max(1, Math.min(wanted, STEP_MS));
        if (clock.now < until || isSuperseded) return;
        // The last tick ends as every tick does: with a newer one.
        isSuperseded = true;
        await registerTick(bindings.DB, clock.now);
      },
      enqueueDeliveries: async () => {},
    });
    // A mesh that is being restored runs no tick.
    if (clock.now === startedAt) return runs;
  }
  return runs;
}
