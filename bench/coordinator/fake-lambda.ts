// Takes the place of fetch: every Invoke is answered at once with a report on each look. Counts what it was asked.
import { CONTRACT_VERSION, jobSchema, type Report } from '../../probes/contract/index.ts';
import { observed } from './fixtures.ts';
import type { OwnTime } from './overhead-timer.ts';

export interface InstantLambda {
  /** Looks answered so far. */
  runs(): number;
  invocations(): number;
  /** Monitors from 1 to this number refuse connections from now on. */
  failUpTo(number: number): void;
}

/** Replaces the global fetch and Request of this process. */
export function installInstantLambda(ownTime: OwnTime): InstantLambda {
  let runs = 0;
  let invocations = 0;
  let failing = 0;
  // A request's body can only be read asynchronously; what it was made of is at hand.
  const bodies = new WeakMap<Request, unknown>();
  globalThis.Request = class extends Request {
    constructor(input: string | URL | Request, init?: RequestInit) {
      super(input, init);
      bodies.set(this, init?.body);
    }
  };
  globalThis.fetch = async (input) =>
    ownTime.spend(() => {
      const request = input as Request;
      const body = bodies.get(request);
      const { pathname } = new URL(request.url);
      if (!/^\/2015-03-31\/functions\/[^/]+\/invocations$/.test(pathname) || !(body instanceof Uint8Array)) {
        throw new Error(`this is no invocation of a Lambda function: ${request.method} ${request.url}`);
      }
      if (!request.headers.get('authorization')?.startsWith('AWS4-HMAC-SHA256 ')) {
        throw new Error('the invocation is not signed');
      }
      const text = new TextDecoder().decode(body);
      // Only the first is judged: the schema's time is worth saving.
      const job = invocations === 0 ? jobSchema.parse(JSON.parse(text)) : JSON.parse(text);
      invocations += 1;
      runs += job.runs.length;
      const report: Report = {
        version: CONTRACT_VERSION,
        build: 'bench',
        receivedAt: job.sentAt,
        observations: (job.runs as { id: number }[]).map(({ id }) => observed(id, id <= failing, job.sentAt)),
      };
      return new Response(JSON.stringify(report), {
        status: 200,
        headers: { 'content-type': 'application/json' },
      });
    });
  return {
    runs: () => runs,
    invocations: () => invocations,
    failUpTo: (number) => {
      failing = number;
    },
  };
}
