// Owns what each page asks of D1: statements, rows read, and the time that D1 itself reports. The built Worker answers in this
// process, and D1 runs in workerd. Does not measure CPU: see workerd-cpu.ts.
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import '../coordinator/fake-cloudflare.ts';
import { clockedD1 } from '../../test/support/d1/clocked-d1.ts';
import { countD1 } from '../../test/support/d1/counted-d1.ts';
import { PUBLIC_URL, WORKER_VARS } from '../coordinator/fixtures.ts';
import type { Subject } from './pages.ts';

export interface Asked {
  readonly status: number;
  readonly statements: number;
  readonly rowsRead: number;
  readonly d1Ms: number;
  readonly gzipBytes: number;
}

interface BuiltWorker {
  fetch(request: Request, env: object, ctx: object): Promise<Response>;
}

export const loadWorker = async (file: string): Promise<BuiltWorker> =>
  ((await import(pathToFileURL(file).href)) as { default: BuiltWorker }).default;

const isAllowed = { limit: async () => ({ success: true }) };

/** A request as the platform passes it. No response is ever cached. */
export async function askWorker(
  worker: BuiltWorker,
  db: D1Database,
  path: string,
  { now, ...init }: RequestInit & { readonly now: number },
): Promise<Response> {
  const realNow = Date.now;
  Date.now = () => now;
  Object.assign(globalThis, { caches: { default: { match: async () => undefined, put: async () => {} } } });
  const background: Promise<unknown>[] = [];
  try {
    const env = {
      ...WORKER_VARS,
      DB: clockedD1(db, () => now),
      DELIVERIES: { send: async () => {}, sendBatch: async () => {} },
      ...{ CHECK_LIMIT: isAllowed, AUTH_LIMIT: isAllowed },
    };
    const response = await worker.fetch(new Request(`${PUBLIC_URL}${path}`, init), env, {
      waitUntil: (work: Promise<unknown>) => void background.push(work),
      passThroughOnException() {},
    });
    await Promise.all(background);
    return response;
  } finally {
    Date.now = realNow;
  }
}

export async function countStatements(
  worker: BuiltWorker,
  db: D1Database,
  { path }: Subject,
  { cookie, now }: { readonly cookie: string; readonly now: number },
): Promise<Asked> {
  const counted = countD1(db);
  const response = await askWorker(worker, counted.db, path, { headers: { cookie }, now });
  const body = new Uint8Array(await response.arrayBuffer());
  const statements = counted.take();
  return {
    status: response.status,
    statements: statements.length,
    rowsRead: statements.reduce((sum, { rowsRead }) => sum + rowsRead, 0),
    d1Ms: statements.reduce((sum, { ms }) => sum + ms, 0),
    gzipBytes: gzipSync(body).length,
  };
}
