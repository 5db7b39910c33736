// Runs the http check once against a server on loopback. Closes its servers after the tests of a file.
import type http from 'node:http';
import { afterAll } from 'vitest';
import type { Observation } from '../../../probes/contract/index.ts';
import { askProbe, type ProbeOptions } from './ask-probe.ts';
import { httpTarget, type WebTarget } from './http-server.ts';

const targets: WebTarget[] = [];
afterAll(() => Promise.all(targets.map((target) => target.close())));

export async function serve<T extends WebTarget>(made: Promise<T>): Promise<T> {
  const target = await made;
  targets.push(target);
  return target;
}

export const answering = (answer: http.RequestListener): Promise<WebTarget> => serve(httpTarget(answer));

/** `check` may override the URL. */
export async function run(port: number, check: object = {}, probe: ProbeOptions = {}): Promise<Observation> {
  const options = { type: 'http', url: `http://127.0.0.1:${port}/`, ...check };
  return (await askProbe([options], probe)).observations[0]!;
}

export interface Timed {
  readonly observation: Observation;
  readonly tookMs: number;
  readonly detail: string;
}

/** Runs with a short timeout, and measures the whole invocation. */
export async function timedRun({ port }: { readonly port: number }, check: object = {}): Promise<Timed> {
  const startedAt = performance.now();
  const observation = await run(port, { timeoutMs: 2_000, ...check });
  return { observation, tookMs: performance.now() - startedAt, detail: detailOf(observation) };
}

export const detailOf = (observation: Observation): string =>
  'detail' in observation ? observation.detail : '';

export interface Got {
  readonly line: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

export interface RecordingTarget extends WebTarget {
  readonly got: Got[];
}

type Routes = Readonly<Record<string, readonly [status: number, location: string | undefined]>>;

/** Answers each path with its status and location, other paths with 200. Records every request. */
export async function leading(routes: Routes = {}): Promise<RecordingTarget> {
  const got: Got[] = [];
  const target = await answering(async (request, response) => {
    const body = (await request.toArray()).map(String).join('');
    got.push({ line: `${request.method} ${request.url}`, headers: request.headers, body });
    const [status, location] = routes[request.url ?? ''] ?? [200, undefined];
    response.writeHead(status, location === undefined ? {} : { location }).end('the end');
  });
  return Object.assign(target, { got });
}

export const linesOf = ({ got }: RecordingTarget): string[] => got.map(({ line }) => line);
