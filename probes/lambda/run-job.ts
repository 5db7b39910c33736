// Runs every look of a job, paced, within its deadline: each look gets exactly one observation.
import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { findCheck } from '../checks/catalogue.ts';
import { WireFailure } from '../checks/check.ts';
import type { Job, Look, Observation } from '../contract/index.ts';
import { Unmeasurable } from './socket-errors.ts';
import { LookWire, type WireOptions } from './wire.ts';

/** Lambda gives 1,024 descriptors to a process. */
const MAX_CONCURRENT = 800;

/** Resolves by `deadlineMs` after the call: what did not fit is unmeasured{deadline}, and nothing is left open. */
export async function runJob(job: Job, deadlineMs: number, options: WireOptions): Promise<Observation[]> {
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), deadlineMs);
  const running = new Set<Promise<void>>();
  const observations: Observation[] = [];
  for (const look of job.looks) {
    while (running.size >= MAX_CONCURRENT && !over.signal.aborted) await Promise.race(running);
    if (over.signal.aborted) {
      observations.push(missed(look, Date.now()));
      continue;
    }
    const run = runLook(look, options, over.signal).then((observation) => {
      observations.push(observation);
      running.delete(run);
    });
    running.add(run);
    // One start a turn of the event loop: started all at once, each would measure the others.
    await nextTurn();
  }
  await Promise.all(running);
  clearTimeout(timer);
  return observations;
}

const missed = (look: Look, startedAt: number): Observation => ({
  id: look.id,
  startedAt,
  outcome: 'unmeasured',
  reason: 'deadline',
  detail: 'the invocation had to answer before this look was done',
  timings: {},
});

async function runLook(look: Look, options: WireOptions, over: AbortSignal): Promise<Observation> {
  const startedAt = Date.now();
  const begunAt = performance.now();
  const check = findCheck(look.check.type);
  const parsed = check?.options.safeParse(look.check);
  if (!check || !parsed?.success) {
    const problem = parsed?.error?.issues[0]?.message ?? `this probe knows no check "${look.check.type}"`;
    return { id: look.id, startedAt, outcome: 'unmeasured', reason: 'unknown_check', detail: problem, timings: {} };
  }
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), parsed.data.timeoutMs);
  const wire = new LookWire(options, parsed.data.timeoutMs, AbortSignal.any([timeout.signal, over]));
  const facts = (): Pick<Observation, 'id' | 'startedAt' | 'timings' | 'address'> => ({
    id: look.id,
    startedAt,
    timings: rounded({ ...wire.timings, totalMs: performance.now() - begunAt }),
    ...(wire.address === undefined ? {} : { address: wire.address }),
  });
  let observation: Observation;
  try {
    observation = { ...(await check.run(parsed.data, wire)), ...facts() };
  } catch (error) {
    observation = over.aborted && !timeout.signal.aborted ? missed(look, startedAt) : observe(error, facts());
  } finally {
    clearTimeout(timer);
  }
  await wire.close();
  return observation;
}

/** A bug in a check must not look like a fault of the target. */
function observe(error: unknown, facts: Pick<Observation, 'id' | 'startedAt' | 'timings'>): Observation {
  const detail = (error instanceof Error ? error.message : String(error)).slice(0, 300);
  if (error instanceof WireFailure) return { ...facts, outcome: 'failed', code: error.code, detail };
  const reason = error instanceof Unmeasurable ? error.reason : 'function_error';
  return { ...facts, outcome: 'unmeasured', reason, detail };
}

const rounded = (timings: Observation['timings']): Observation['timings'] =>
  Object.fromEntries(Object.entries(timings).map(([phase, ms = 0]) => [phase, Math.round(ms * 1000) / 1000]));
