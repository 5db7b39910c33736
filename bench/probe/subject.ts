// The process that is measured: the built probe as Lambda runs it, or net.connect as one writes it without thinking.
// Arguments: `probemesh` and the bundle's path, or `naive`. Answers each batch with what it measured and what it cost.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { pathToFileURL } from 'node:url';
import type { Job, Report } from '../../probes/contract/index.ts';

export interface Batch {
  readonly job: Job;
}

export interface BatchAnswer {
  /** In the order of the looks; null where none was measured. */
  readonly connectMs: readonly (number | null)[];
  /** How many looks were answered with what: `ok`, `failed timeout`, … */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly wallMs: number;
  /** User and system time of this process, of the batch alone. */
  readonly cpuMs: number;
  /** The same since the process began. */
  readonly cpuSinceStartMs: number;
  /** How long the main thread was ready to run and had no core, in this batch. */
  readonly waitedMs: number;
  readonly maxRssMb: number;
}

type Seen = Pick<BatchAnswer, 'connectMs' | 'outcomes'>;
type Handler = (event: unknown, context: { getRemainingTimeInMillis(): number }) => Promise<Report>;

process.on('disconnect', () => process.exit(0));
const [which = '', bundle = ''] = process.argv.slice(2);
const run = which === 'naive' ? connectAll : await loadProbe(bundle);
process.on('message', (batch: Batch) => {
  void measure(batch).then((answer) => process.send?.(answer));
});
process.send?.('ready');

async function measure({ job }: Batch): Promise<BatchAnswer> {
  const waitedBefore = waitedMs();
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  const seen = await run(job);
  const wallMs = performance.now() - startedAt;
  const cpu = process.cpuUsage(cpuBefore);
  const all = process.cpuUsage();
  return {
    ...seen,
    wallMs,
    cpuMs: (cpu.user + cpu.system) / 1_000,
    cpuSinceStartMs: (all.user + all.system) / 1_000,
    waitedMs: waitedMs() - waitedBefore,
    maxRssMb: process.resourceUsage().maxRSS / 1_024,
  };
}

async function loadProbe(path: string): Promise<(job: Job) => Promise<Seen>> {
  const { handler } = (await import(pathToFileURL(path).href)) as { handler: Handler };
  return async (job) => {
    const { observations } = await handler(job, { getRemainingTimeInMillis: () => job.deadlineMs + 3_000 });
    const byId = new Map(observations.map((one) => [one.id, one]));
    const outcomes: Record<string, number> = {};
    for (const one of observations) {
      const words = [one.outcome, 'code' in one ? one.code : 'reason' in one ? one.reason : '']
        .join(' ')
        .trim();
      outcomes[words] = (outcomes[words] ?? 0) + 1;
    }
    return { connectMs: job.runs.map(({ id }) => byId.get(id)?.timings.connectMs ?? null), outcomes };
  };
}

/** Everything at once, timed from the call to the event; done when every connection is closed. */
async function connectAll({ runs }: Job): Promise<Seen> {
  const connectMs: number[] = [];
  const closed = runs.map(({ check }, index) => {
    const { host, port } = check as unknown as { host: string; port: number };
    const startedAt = performance.now();
    const socket = net.connect({ host, port });
    socket.once('connect', () => {
      connectMs[index] = performance.now() - startedAt;
      socket.resume().end();
    });
    // It rejects with the socket's own error.
    return once(socket, 'close');
  });
  await Promise.all(closed);
  return { connectMs, outcomes: { ok: connectMs.length } };
}

/** The second figure of schedstat: nanoseconds that the main thread spent on a run queue (Linux, Documentation/scheduler). */
function waitedMs(): number {
  const [, waitedNs = '0'] = readFileSync('/proc/self/schedstat', 'utf8').split(' ');
  return Number(waitedNs) / 1e6;
}
