// Owns a coordinator for tests of the copies: a real HTTP server that verifies signatures and renders its pages, and can fail in the
// ways in which one fails.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pageCopy } from '../../src/http/page-copy/page-copy.ts';
import type { PageView } from '../../src/http/status-page/page-view.ts';
import { isSignedRequest } from '../../src/signed-request.ts';
import type { CopyPagesDeps } from '../../src/watchdog/page-copy/copy-pages.ts';
import type { Bucket } from '../../src/watchdog/page-copy/write-copy.ts';
import { httpTarget, type WebTarget } from './net/http-server.ts';
import { NOW } from './page-view.ts';

export const KEY = 'a-key-of-the-watchdog-with-32-characters';

type Answer = (response: ServerResponse) => void;

export class TestCoordinator {
  readonly pages = new Map<string, PageView>();
  /** In place of the answer, by path. */
  readonly faults = new Map<string, Answer>();
  readonly requests: { readonly path: string; readonly headers: IncomingMessage['headers'] }[] = [];
  now = NOW;
  #target: WebTarget | null = null;

  async start(): Promise<this> {
    this.#target = await httpTarget((request, response) => void this.#answer(request, response));
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#target?.port}`;
  }

  async stop(): Promise<void> {
    await this.#target?.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '/';
    this.requests.push({ path, headers: request.headers });
    const fault = this.faults.get(path);
    if (fault !== undefined) return fault(response);
    const send = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    if (path === '/watchdog/pages') {
      const headers = new Headers(request.headers as Record<string, string>);
      const isSigned = await isSignedRequest([KEY], { method: 'GET', path, body: '' }, headers, this.now);
      if (!isSigned) return send(401, {});
      const list = [...this.pages.values()].map(({ page: { id, title } }) => ({
        ...{ id, title, path: id === 'default' ? '/' : `/pages/${id}` },
      }));
      return send(200, { pages: list });
    }
    const id = /^\/pages\/([^/]+)\/copy\.json$/.exec(path)?.[1] ?? (path === '/copy.json' ? 'default' : '');
    const view = this.pages.get(id);
    if (view === undefined) return send(404, {});
    return send(200, pageCopy({ ...view, now: this.now }, 'https://status.test', crypto.randomUUID()));
  }
}

export const copyDeps = (
  coordinator: TestCoordinator,
  bucket: Bucket,
  changes: Partial<CopyPagesDeps> = {},
): CopyPagesDeps => ({
  ...{ coordinatorUrl: coordinator.url, key: KEY, isSilent: false, silentSince: null },
  ...{ now: coordinator.now, region: 'eu-central-1', fetch, put: bucket.put, get: bucket.get },
  ...changes,
});
