// Owns the HTTP app: its middleware, its routes, and the responses for requests that match no route.
import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { methodNotAllowed } from 'hono/method-not-allowed';
import { ConfigError, readClock, readWorkerEnv } from '../env.ts';
import { asPerson, authenticate } from './access/authenticate.ts';
import { authorize } from './access/authorize.ts';
import { rejectCrossSite } from './access/csrf.ts';
import { addAcknowledgePages } from './acknowledge/acknowledge-routes.tsx';
import { addInteractionRoutes } from './acknowledge/interaction-routes.ts';
import { addAnnouncementRoutes } from './api/announcements/routes.ts';
import { addApiKeyRoutes } from './api/api-keys/routes.ts';
import { addAuditRoutes } from './api/audit-entries/routes.ts';
import { addChannelPreviewRoute } from './api/channels/preview.ts';
import { addChannelRoutes } from './api/channels/routes.ts';
import { addCheckRunRoutes } from './api/check-runs/routes.ts';
import { addConfigurationRoutes } from './api/configuration/routes.ts';
import { addDeadMansSwitchRoutes } from './api/dead-mans-switch/routes.ts';
import { addDeliveryRoutes } from './api/deliveries/routes.ts';
import { addDrillRoutes } from './api/drill/routes.ts';
import { addExportRoutes } from './api/exports/routes.ts';
import { addHealthRoutes } from './api/health/routes.ts';
import { addMonitorHeartbeatRoutes } from './api/heartbeats/routes.ts';
import { addMonitorHistoryRoutes } from './api/history/monitor-routes.ts';
import { addUptimeRoutes } from './api/history/uptime-routes.ts';
import { addIdentityProviderRoutes } from './api/identity-providers/routes.ts';
import { addIncidentRoutes } from './api/incidents/routes.ts';
import { addLocationNameRoutes } from './api/location-names/routes.ts';
import { addLocationRoutes } from './api/locations/routes.ts';
import { addMeRoutes } from './api/me/routes.ts';
import { addMonitorViewRoutes } from './api/monitor-views/routes.ts';
import { addMonitorBulkRoute } from './api/monitors/bulk.ts';
import { addMonitorRoutes } from './api/monitors/routes.ts';
import { addOverviewRoute } from './api/overview/routes.ts';
import { addPeopleRoutes } from './api/people/routes.ts';
import { addPublicIncidentRoutes } from './api/public-incidents/routes.ts';
import { addReportScheduleRoutes } from './api/report-schedules/routes.ts';
import { addReportRoutes } from './api/reports/routes.ts';
import { MAILING_PATHS, requestMailingsAfter } from './api/request-mailings.ts';
import { addRouteRoutes } from './api/routes/routes.ts';
import { addScheduleRoutes } from './api/schedules/routes.ts';
import { addSessionRoutes } from './api/sessions/routes.ts';
import { addSettingsRoutes } from './api/settings/routes.ts';
import { addStateRoutes } from './api/state/routes.ts';
import { addStatusRoutes, HEALTH_PATH, unconfigured } from './api/status/routes.ts';
import { addStatusPageRoutes } from './api/status-pages/routes.ts';
import { addSubscriberRoutes } from './api/subscribers/routes.ts';
import { addUpdateTemplateRoutes } from './api/update-templates/routes.ts';
import { addWindowRoutes } from './api/windows/routes.ts';
import { addBadgeRoutes } from './badges/routes.ts';
import { requireUtf8 } from './body-encoding.ts';
import { dateChanges } from './change-time.ts';
import type { HttpEnv } from './context.ts';
import { addDashboard } from './dashboard/routes.ts';
import { addEmbedAssets, addEmbedRoute } from './embed/routes.tsx';
import { readNumbersExactly } from './exact-numbers.ts';
import { readAnyScript } from './latin-names.ts';
import { addLocalAccounts } from './local-accounts/routes.ts';
import { addMetricsRoute } from './metrics/routes.ts';
import { addPageCopyRoute } from './page-copy/routes.ts';
import { addPageTextRoutes } from './page-text/routes.ts';
import { addPageAccessRoutes } from './pages/access-routes.ts';
import { addFeeds } from './pages/feeds/feed-routes.ts';
import { isolatePageHosts } from './pages/isolate-page-hosts.ts';
import { notFoundPage } from './pages/not-found-page.tsx';
import { addSubscriberPages } from './pages/subscribe/subscribe-routes.tsx';
import { addPingRoutes } from './ping/routes.ts';
import { privateCache } from './private-cache.ts';
import { onError, onValidation, problem } from './problems.ts';
import { publicCache } from './public-cache.ts';
import { rejectUnknownQuery } from './query-parameters.ts';
import { addReferenceRoutes } from './reference/reference.ts';
import { rejectReservedNames } from './reserved-names.ts';
import { securityHeaders } from './security-headers.ts';
import { addOidcRoutes } from './sign-in/oidc-routes.tsx';
import { addSignInPages } from './sign-in/routes.tsx';
import { notConfiguredPage } from './status-page/not-configured-page.tsx';
import { addAssets, addPages } from './status-page/routes.tsx';
import { addStatuspageRoutes } from './statuspage-api/routes.ts';
import { addWatchdogPages } from './watchdog/pages.ts';
import { addWatchdogRoutes } from './watchdog/routes.ts';

const MAX_BODY_BYTES = 1_000_000;

/**
 * The Worker's fetch. `clock` returns the time of a request, ms since the epoch, and `comparedClock` is compared with
 * D1's: tests that set the time of requests leave it alone. Both default to the Worker's own clock. `cache` returns the
 * data center's cache; without it, every request is rendered.
 */
export function createApp(
  clock?: () => number,
  comparedClock?: () => number,
  cache?: () => Pick<Cache, 'match' | 'put'>,
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
  app.use(bodyLimit({ maxSize: MAX_BODY_BYTES, onError: tooLarge }));
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

  addOverviewRoute(app);
  addMonitorRoutes(app);
  addMonitorHeartbeatRoutes(app);
  addMonitorBulkRoute(app);
  addMonitorViewRoutes(app);
  addMonitorHistoryRoutes(app);
  addUptimeRoutes(app);
  addExportRoutes(app);
  addReportRoutes(app);
  addReportScheduleRoutes(app);
  addIncidentRoutes(app);
  addChannelRoutes(app);
  addChannelPreviewRoute(app);
  addRouteRoutes(app);
  addSettingsRoutes(app);
  addDeliveryRoutes(app);
  addLocationRoutes(app);
  addLocationNameRoutes(app);
  addWindowRoutes(app, 'maintenance');
  addWindowRoutes(app, 'silence');
  addScheduleRoutes(app);
  addPublicIncidentRoutes(app);
  addAnnouncementRoutes(app);
  addSubscriberRoutes(app);
  addUpdateTemplateRoutes(app);
  addStatusPageRoutes(app);
  addDrillRoutes(app);
  addConfigurationRoutes(app);
  addCheckRunRoutes(app);
  addStateRoutes(app);
  addAuditRoutes(app);
  addMeRoutes(app);
  addSessionRoutes(app);
  addPeopleRoutes(app);
  addApiKeyRoutes(app);
  addStatusRoutes(app);
  addHealthRoutes(app);
  addDeadMansSwitchRoutes(app);
  addIdentityProviderRoutes(app);
  addReferenceRoutes(app);
  addOidcRoutes(app);
  addPages(app);
  addPageAccessRoutes(app);
  addFeeds(app);
  addSubscriberPages(app);
  addStatuspageRoutes(app);
  addBadgeRoutes(app);
  addEmbedRoute(app);
  addPageTextRoutes(app);
  addPageCopyRoute(app);
  addWatchdogPages(app);
  addMetricsRoute(app);
  addAcknowledgePages(app);
  addInteractionRoutes(app);
  addSignInPages(app);
  addLocalAccounts(app);
  addDashboard(app);

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

const tooLarge = () => problem('too-large', 'The body is larger than 1 MB. Split it into several requests.');
