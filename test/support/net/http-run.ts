// One look of the http check at a server on loopback, and servers that are closed when their file is done.
import type http from 'node:http';
import { afterAll } from 'vitest';
import type { Observation } from '../../../probes/contract/index.ts';
import { askProbe } from './ask-probe.ts';
import { httpTarget, type WebTarget } from './http-server.ts';

const targets: WebTarget[] = [];
afterAll(() => Promise.all(targets.map((one) => one.close())));

export async function serve<T extends WebTarget>(made: Promise<T>): Promise<T> {
  const one = await made;
  targets.push(one);
  return one;
}

export const answering = (answer: http.RequestListener): Promise<WebTarget> => serve(httpTarget(answer));

/** `check` may have a URL of its own. */
export async function run(
  port: number,
  check: object = {},
  surroundings: Parameters<typeof askProbe>[1] = {},
): Promise<Observation> {
  const options = { type: 'http', url: `http://127.0.0.1:${port}/`, ...check };
  return (await askProbe([options], surroundings)).observations[0]!;
}

export interface Timed {
  readonly seen: Observation;
  readonly tookMs: number;
  readonly detail: string;
}

/** The same with a shorter patience, and how long the whole invocation took. */
export async function timedRun({ port }: { readonly port: number }, check: object = {}): Promise<Timed> {
  const startedAt = performance.now();
  const seen = await run(port, { timeoutMs: 2_000, ...check });
  return { seen, tookMs: performance.now() - startedAt, detail: detailOf(seen) };
}

export const detailOf = (seen: Observation): string => ('detail' in seen ? seen.detail : '');

export interface Got {
  readonly line: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

export interface Remembering extends WebTarget {
  readonly got: Got[];
}

type Routes = Readonly<Record<string, readonly [status: number, location: string | undefined]>>;

/** Answers each path with the status and location that are written for it, everything else with 200; remembers all. */
export async function leading(routes: Routes = {}): Promise<Remembering> {
  const got: Got[] = [];
  const target = await answering(async (request, response) => {
    const body = (await request.toArray()).map(String).join('');
    got.push({ line: `${request.method} ${request.url}`, headers: request.headers, body });
    const [status, location] = routes[request.url ?? ''] ?? [200, undefined];
    response.writeHead(status, location === undefined ? {} : { location }).end('the end');
  });
  return Object.assign(target, { got });
}

export const linesOf = ({ got }: Remembering): string[] => got.map(({ line }) => line);
