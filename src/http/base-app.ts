// Owns what every request passes: headers, configuration, access, limits; and the responses if no route matches. Has no routes of its
// own but assets, pings and the signal of the watchdog, which need less than the others.
import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context, MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { methodNotAllowed } from 'hono/method-not-allowed';
import { ConfigError, readClock, readWorkerEnv } from '../env.ts';
import { asPerson, authenticate } from './access/authenticate.ts';
import { authorize } from './access/authorize.ts';
import { rejectCrossSite } from './access/csrf.ts';
import { MAILING_PATHS, requestMailingsAfter } from './api/request-mailings.ts';
import { HEALTH_PATH, unconfigured } from './api/status/routes.ts';
import { requireUtf8 } from './body-encoding.ts';
import { dateChanges } from './change-time.ts';
import type { HttpEnv } from './context.ts';
import { addEmbedAssets } from './embed/routes.tsx';
import { readNumbersExactly } from './exact-numbers.ts';
import { readAnyScript } from './latin-names.ts';
import { isolatePageHosts } from './pages/isolate-page-hosts.ts';
import { notFoundPage } from './pages/not-found-page.tsx';
import { addPingRoutes } from './ping/routes.ts';
import { privateCache } from './private-cache.ts';
import { onError, onValidation, problem } from './problems.ts';
import { publicCache } from './public-cache.ts';
import { rejectUnknownQuery } from './query-parameters.ts';
import { rejectReservedNames } from './reserved-names.ts';
import { RESTORED_ROWS, rejectDuringRestore } from './restore-in-progress.ts';
import { securityHeaders } from './security-headers.ts';
import { notConfiguredPage } from './status-page/not-configured-page.tsx';
import { addAssets } from './status-page/routes.tsx';
import { addWatchdogRoutes } from './watchdog/routes.ts';

const MAX_BODY_BYTES = 1_000_000;
/** A row of D1 has 2,000,000 bytes, and its JSON may be several times as long. */
const MAX_RESTORED_BYTES = 8_000_000;

export interface AppOptions {
  /** The time of a request, ms since the epoch. Default: the Worker's own clock. */
  readonly clock?: (() => number) | undefined;
  /** What is compared with the clock of D1: tests that set the time of requests leave it alone. Default: the Worker's own. */
  readonly comparedClock?: (() => number) | undefined;
  /** The data center's cache. Without it, every request is rendered. */
  readonly cache?: (() => Pick<Cache, 'match' | 'put'>) | undefined;
}

/** An app with the routes that `add` adds. */
export function appWith(
  add: (app: OpenAPIHono<HttpEnv>) => void,
  { clock, comparedClock, cache }: AppOptions,
): OpenAPIHono<HttpEnv> {
  const app = new OpenAPIHono<HttpEnv>({ defaultHook: onValidation });

  app.use(securityHeaders);
  // Before the configuration is read: the page of a Worker without its secrets needs them.
  addAssets(app);
  addEmbedAssets(app);
  app.use(async (c, next) => {
    try {
      c.set('config', readWorkerEnv(c.env));
    } catch (error) {
      if (!(error instanceof ConfigError) || c.req.path.startsWith('/api/')) throw error;
      return c.req.path === HEALTH_PATH ? unconfigured(c, error) : notConfiguredPage(c, error);
    }
    const own = readClock(c.env);
    c.set('now', (clock ?? own)());
    c.set('comparedClock', comparedClock ?? own);
    c.set('dispatch', async (request) =>
      app.fetch(asPerson(request, c.var.authenticated), c.env, contextOf(c)),
    );
    return next();
  });
  app.use(isolatePageHosts);
  // Jobs and the watchdog need no session.
  addPingRoutes(app);
  addWatchdogRoutes(app);
  if (cache) app.use(publicCache(cache, clock ?? Date.now));
  app.use(privateCache);
  app.use(methodNotAllowed({ app, onMethodNotAllowed: wrongMethod }));
  app.use(authenticate, authorize);
  app.use('/api/v1/*', rejectUnknownQuery(app));
  app.use('/api/*', dateChanges);
  app.use(limitBody);
  app.use(rejectDuringRestore);
  app.use(rejectCrossSite);
  app.use('/api/*', requireUtf8);
  app.use('/api/*', rejectReservedNames);
  app.use('/api/*', readNumbersExactly);
  app.use('/api/*', readAnyScript);
  app.use('/api/*', async (c, next) => {
    await next();
    if (!c.res.headers.has('cache-control')) c.header('cache-control', 'no-store');
  });

  for (const path of MAILING_PATHS) app.use(path, requestMailingsAfter);

  add(app);

  app.onError(onError);
  app.notFound((c) =>
    c.req.path.startsWith('/api/')
      ? problem('not-found', `No route matches ${c.req.path}. See the reference at /api/v1/docs.`)
      : notFoundPage(c),
  );
  return app;
}

/** Only workerd has one. */
function contextOf(c: Context): Context['executionCtx'] | undefined {
  try {
    return c.executionCtx;
  } catch {
    return undefined;
  }
}

function wrongMethod(c: Context, methods: readonly string[]): Response {
  const allow = methods.toSorted().join(', ');
  const detail = `${c.req.path} does not support ${c.req.method}. Use one of: ${allow}.`;
  return problem('method-not-allowed', detail, [], { allow });
}

const usualLimit = bodyLimit({ maxSize: MAX_BODY_BYTES, onError: () => tooLarge() });
const restoreLimit = bodyLimit({ maxSize: MAX_RESTORED_BYTES, onError: () => tooLarge() });
const limitBody: MiddlewareHandler = (c, next) =>
  (c.req.path === RESTORED_ROWS ? restoreLimit : usualLimit)(c, next);

const tooLarge = () => problem('too-large', 'The body is larger than 1 MB. Split it into several requests.');
