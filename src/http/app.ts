// The HTTP face: what runs before every route, which routes there are, and what happens when none fits.
import { OpenAPIHono } from '@hono/zod-openapi';
import { bodyLimit } from 'hono/body-limit';
import { readEnv } from '../env.ts';
import { addChannelRoutes } from './api/channels/routes.ts';
import { addCheckRunRoutes } from './api/check-runs/routes.ts';
import { addConfigurationRoutes } from './api/configuration/routes.ts';
import { addIncidentRoutes } from './api/incidents/routes.ts';
import { addLocationRoutes } from './api/locations/routes.ts';
import { addMonitorRoutes } from './api/monitors/routes.ts';
import { addStatusRoutes } from './api/status/routes.ts';
import { addWindowRoutes } from './api/windows/routes.ts';
import { authenticate } from './auth.ts';
import type { HttpEnv } from './context.ts';
import { onError, onValidation, problem } from './problems.ts';
import { addReferenceRoutes } from './reference/reference.ts';
import { allowedMethods } from './routing.ts';
import { addPages, notFoundPage } from './status-page/routes.tsx';

const MAX_BODY_BYTES = 1_000_000;

/** The Worker's fetch. `clock` is when a request came, ms since the epoch. */
export function createApp(clock: () => number = Date.now): OpenAPIHono<HttpEnv> {
  const app = new OpenAPIHono<HttpEnv>({ defaultHook: onValidation });

  app.use(async (c, next) => {
    c.set('config', readEnv(c.env));
    c.set('now', clock());
    await next();
    c.header('x-content-type-options', 'nosniff');
    c.header('referrer-policy', 'no-referrer');
  });
  app.use('/api/*', authenticate);
  app.use('/api/*', bodyLimit({ maxSize: MAX_BODY_BYTES, onError: tooLarge }));
  app.use('/api/*', async (c, next) => {
    await next();
    if (!c.res.headers.has('cache-control')) c.header('cache-control', 'no-store');
  });

  addMonitorRoutes(app);
  addIncidentRoutes(app);
  addChannelRoutes(app);
  addLocationRoutes(app);
  addWindowRoutes(app, 'maintenance');
  addWindowRoutes(app, 'silence');
  addConfigurationRoutes(app);
  addCheckRunRoutes(app);
  addStatusRoutes(app);
  addReferenceRoutes(app);
  addPages(app);

  app.onError(onError);
  app.notFound((c) => {
    const allowed = allowedMethods(app, c.req.path);
    if (allowed.length > 0) {
      const detail = `${c.req.method} is not possible at ${c.req.path}. Possible: ${allowed.join(', ')}.`;
      return problem('method-not-allowed', detail, [], { allow: allowed.join(', ') });
    }
    if (!c.req.path.startsWith('/api/')) return notFoundPage(c);
    return problem('not-found', `There is nothing at ${c.req.path}. The reference is at /api/v1/docs.`);
  });
  return app;
}

const tooLarge = () =>
  problem('too-large', 'The body is over 1 MB. Split it, or write fewer monitors at a time.');
