// A Worker with the HTTP app, and a browser for its pages. Without Chromium, the tests are skipped with a reason.
import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { createTestHarness } from 'wrangler';
import { ASSETS, buildAssets } from '../../../scripts/build-assets.ts';

export const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** Why the tests are skipped. Null if a browser exists. */
export const noBrowser: string | null = existsSync(CHROMIUM)
  ? null
  : `no browser at ${CHROMIUM}: install chromium, or set CHROMIUM to its path`;

interface Options {
  /** Default: the worker that plays scenes. */
  readonly main?: string;
  /** Variables besides the usual ones. */
  readonly vars?: Readonly<Record<string, string>>;
}

const harness = ({ main = 'test/system/browser/browser-worker.ts', vars = {} }: Options) =>
  createTestHarness({
    workers: [
      {
        config: {
          name: 'browser',
          main,
          compatibility_date: '2026-11-09',
          assets: { directory: ASSETS },
          d1_databases: [{ binding: 'DB', database_id: 'browser', migrations_dir: 'migrations' }],
          queues: {
            producers: [
              { binding: 'DELIVERIES', queue: 'browser' },
              { binding: 'TICKS', queue: 'browser-ticks' },
            ],
          },
          // As in wrangler.toml: the app answers 503 without them.
          ratelimits: ['CHECK_LIMIT', 'AUTH_LIMIT', 'PING_LIMIT'].map((name, index) => ({
            name,
            namespace_id: String(1001 + index),
            simple: { limit: 20, period: 60 },
          })),
          vars: {
            PUBLIC_URL: 'https://status.test',
            PROBE_FUNCTION: 'probe',
            LOCATIONS:
              'aws:us-east-1,aws:us-west-2,aws:eu-central-1,aws:ap-southeast-1,aws:ap-northeast-1,aws:sa-east-1',
            AWS_ACCESS_KEY_ID: 'AKIDTEST',
            AWS_SECRET_ACCESS_KEY: 'secret-for-tests',
            // SHA-256 of the token "test-token".
            ADMIN_TOKEN_SHA256: '4c5dc9b7708905f77f5e5d16316b5dfb425e68cb326dcd55a860e90a7707031e',
            ENCRYPTION_KEY: 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=',
            ...vars,
          },
        },
      },
    ],
  });

export interface Mesh {
  readonly browser: Browser;
  readonly url: string;
  /** Creates the data of a scene. See test/system/browser/browser-worker.ts. */
  play(scene: object): Promise<void>;
  stop(): Promise<void>;
}

export async function startMesh(options: Options = {}): Promise<Mesh> {
  await buildAssets();
  const server = harness(options);
  const { url } = await server.listen();
  await server.getWorker().applyD1Migrations('DB');
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
  return {
    browser,
    url: url.origin,
    async play(scene) {
      const answer = await fetch(new URL('/scene', url), { method: 'PUT', body: JSON.stringify(scene) });
      if (answer.status !== 204) throw new Error(`the scene was rejected: ${await answer.text()}`);
    },
    async stop() {
      await browser.close();
      await server.close();
    },
  };
}

export interface Run {
  readonly colorScheme: 'light' | 'dark';
  readonly width: number;
}

export const RUNS: Run[] = [
  { colorScheme: 'light', width: 1280 },
  { colorScheme: 'dark', width: 1280 },
  { colorScheme: 'light', width: 360 },
  { colorScheme: 'dark', width: 360 },
];

/** A new page, with its console messages, page errors and failed requests. */
export async function open(
  mesh: Mesh,
  path: string,
  { colorScheme, width }: Run,
): Promise<{ page: Page; messages: string[] }> {
  const context = await mesh.browser.newContext({ colorScheme, viewport: { width, height: 800 } });
  const page = await context.newPage();
  const messages: string[] = [];
  page.on('console', (message) => messages.push(message.text()));
  page.on('pageerror', (error) => messages.push(String(error)));
  page.on('requestfailed', (request) => {
    // Leaving a page aborts its pending requests, which is not an error of the page.
    const error = request.failure()?.errorText;
    if (error !== 'net::ERR_ABORTED') messages.push(`failed: ${request.url()}: ${error}`);
  });
  await page.goto(mesh.url + path, { waitUntil: 'load' });
  return { page, messages };
}
