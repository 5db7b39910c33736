// Owns a replacement of fetch that responds to every Invoke with a report, at once or after a time. Counts invocations
// and runs. Does not check anything.
import { CONTRACT_VERSION, type Job, jobSchema, type Report } from '../../probes/contract/index.ts';
import { observationFor } from './fixtures.ts';
import type { OverheadTimer } from './overhead-timer.ts';

export interface FakeLambda {
  /** Number of runs. */
  runs(): number;
  invocations(): number;
  /** The most invocations that waited for their response at the same time. */
  peakConcurrency(): number;
  /** From now on, monitors from 1 to this number refuse connections. */
  failUpTo(number: number): void;
}

/** Replaces the global fetch and Request of this process. `tookMs`: how long the invocation of a job takes; 0. */
export function installFakeLambda(
  overhead: OverheadTimer,
  tookMs: (job: Job, failing: number) => number = () => 0,
): FakeLambda {
  let runs = 0;
  let invocations = 0;
  let failing = 0;
  let running = 0;
  let peak = 0;
  // A request's body can only be read asynchronously, so this keeps its source.
  const bodies = new WeakMap<Request, unknown>();
  globalThis.Request = class extends Request {
    constructor(input: string | URL | Request, init?: RequestInit) {
      super(input, init);
      bodies.set(this, init?.body);
    }
  };
  globalThis.fetch = async (input) => {
    let waitMs = 0;
    const response = overhead.measure(() => {
      const request = input as Request;
      const body = bodies.get(request);
      const { pathname } = new URL(request.url);
      if (!/^\/2015-03-31\/functions\/[^/]+\/invocations$/.test(pathname) || !(body instanceof Uint8Array)) {
        throw new Error(`not an invocation of a Lambda function: ${request.method} ${request.url}`);
      }
      if (!request.headers.get('authorization')?.startsWith('AWS4-HMAC-SHA256 ')) {
        throw new Error('the invocation is not signed');
      }
      const text = new TextDecoder().decode(body);
      // Only the first job is validated, to save the schema's time.
      const job = invocations === 0 ? jobSchema.parse(JSON.parse(text)) : JSON.parse(text);
      invocations += 1;
      runs += job.runs.length;
      waitMs = tookMs(job, failing);
      const report: Report = {
        version: CONTRACT_VERSION,
        build: 'bench',
        receivedAt: job.sentAt,
        observations: (job.runs as { id: number }[]).map(({ id }) =>
          observationFor(id, id <= failing, job.sentAt),
        ),
      };
      return new Response(JSON.stringify(report), {
        status: 200,
        headers: { 'content-type': 'application/json' },
      });
    });
    if (waitMs === 0) return response;
    running += 1;
    peak = Math.max(peak, running);
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    running -= 1;
    return response;
  };
  return {
    runs: () => runs,
    invocations: () => invocations,
    peakConcurrency: () => peak,
    failUpTo: (number) => {
      failing = number;
    },
  };
}
