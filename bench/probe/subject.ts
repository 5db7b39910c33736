// Owns the measured process: the built probe as Lambda runs it, or a naive net.connect.
// Arguments: `probemesh` and the bundle's path, or `naive`. Responds to each batch with its times and its CPU time.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { pathToFileURL } from 'node:url';
import type { Job, Observation, Report } from '../../probes/contract/index.ts';

export interface Batch {
  readonly job: Job;
}

export interface BatchResult {
  /** In the order of the runs. Null if a run measured none. */
  readonly connectMs: readonly (number | null)[];
  /** Number of runs by outcome: `ok`, `failed timeout`, … */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly wallMs: number;
  /** User and system time of this process during the batch. */
  readonly cpuMs: number;
  /** User and system time since the process started. */
  readonly cpuSinceStartMs: number;
  /** Time in this batch in which the main thread was ready to run without a core. */
  readonly waitedMs: number;
  readonly maxRssMb: number;
}

type RunResults = Pick<BatchResult, 'connectMs' | 'outcomes'>;
type Handler = (event: unknown, context: { getRemainingTimeInMillis(): number }) => Promise<Report>;

process.on('disconnect', () => process.exit(0));
const [which = '', bundle = ''] = process.argv.slice(2);
const run = which === 'naive' ? connectAll : await loadProbe(bundle);
process.on('message', (batch: Batch) => {
  void measure(batch).then((result) => process.send?.(result));
});
process.send?.('ready');

async function measure({ job }: Batch): Promise<BatchResult> {
  const waitedBefore = waitedMs();
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  const results = await run(job);
  const wallMs = performance.now() - startedAt;
  const cpu = process.cpuUsage(cpuBefore);
  const sinceStart = process.cpuUsage();
  return {
    ...results,
    wallMs,
    cpuMs: (cpu.user + cpu.system) / 1_000,
    cpuSinceStartMs: (sinceStart.user + sinceStart.system) / 1_000,
    waitedMs: waitedMs() - waitedBefore,
    maxRssMb: process.resourceUsage().maxRSS / 1_024,
  };
}

async function loadProbe(path: string): Promise<(job: Job) => Promise<RunResults>> {
  const { handler } = (await import(pathToFileURL(path).href)) as { handler: Handler };
  return async (job) => {
    const { observations } = await handler(job, { getRemainingTimeInMillis: () => job.deadlineMs + 3_000 });
    const byId = new Map(observations.map((observation) => [observation.id, observation]));
    const outcomes: Record<string, number> = {};
    for (const observation of observations) {
      const key = outcomeOf(observation);
      outcomes[key] = (outcomes[key] ?? 0) + 1;
    }
    return { connectMs: job.runs.map(({ id }) => byId.get(id)?.timings.connectMs ?? null), outcomes };
  };
}

const outcomeOf = (observation: Observation): string =>
  [
    observation.outcome,
    'code' in observation ? observation.code : 'reason' in observation ? observation.reason : '',
  ]
    .join(' ')
    .trim();

/** Connects to all targets at once, timed from the call to the event. Ends when every connection is closed. */
async function connectAll({ runs }: Job): Promise<RunResults> {
  const connectMs: number[] = [];
  const closed = runs.map(({ check }, index) => {
    const { host, port } = check as unknown as { host: string; port: number };
    const startedAt = performance.now();
    const socket = net.connect({ host, port });
    socket.once('connect', () => {
      connectMs[index] = performance.now() - startedAt;
      socket.resume().end();
    });
    // It rejects with the socket's error.
    return once(socket, 'close');
  });
  await Promise.all(closed);
  return { connectMs, outcomes: { ok: connectMs.length } };
}

/** The second figure of schedstat: the main thread's time on a run queue in ns (Linux, Documentation/scheduler). */
function waitedMs(): number {
  const [, waitedNs = '0'] = readFileSync('/proc/self/schedstat', 'utf8').split(' ');
  return Number(waitedNs) / 1e6;
}
