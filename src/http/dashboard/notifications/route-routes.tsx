// Owns the routes of the pages of notification routes. Changes go through the API. Does not draw.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { isInside } from '../../../access/restriction.ts';
import { definitionOf, unknownRoute } from '../../../services/routes/routes.ts';
import { shownRoute } from '../../../services/routes/shown-route.ts';
import { type AlertingSetup, readAlertingSetup } from '../../../store/alerting-setup.ts';
import type { RouteRow } from '../../../store/routes.ts';
import type { HttpEnv } from '../../context.ts';
import { type ApiResponse, callApi, readPosted } from '../call-api.ts';
import { dashboardPage, mayUse } from '../dashboard-layout.tsx';
import { redirectWith } from '../flash.ts';
import { readForm } from '../form.tsx';
import { needsConfirmation, showRefusal } from '../refusal.tsx';
import { formValues, type PostedValues, readInput } from '../schema-form/form-input.ts';
import { withRemovals } from './merge-patch.ts';
import { RouteForm, Routes, routeFields, routesInside } from './route-pages.tsx';
import { namesIn, RouteSentence, routeNotes } from './route-text.tsx';
import {
  ifMatch,
  isStale,
  pathOf,
  RefusedNotice,
  ROUTES,
  SectionTabs,
  StaleNotice,
  showApiRefusal,
  WHO,
} from './section.tsx';

const BACK = { path: ROUTES, label: 'all routes' };
const ABOVE = [{ path: ROUTES, label: 'Routes' }];

export function addRoutePages(app: OpenAPIHono<HttpEnv>): void {
  app.get(ROUTES, async (c) => {
    const setup = await readAlertingSetup(c.var.config.db);
    const by = c.req.query('by');
    const moved = c.req.query('moved');
    return dashboardPage(c, {
      title: 'Routes',
      intro: 'Who is notified of what, and when. Routes apply from the top.',
      actions: (
        <>
          <a class="button" href={WHO}>
            Who would be notified?
          </a>
          {mayUse(c, `POST ${ROUTES}`) ? (
            <a class="button primary" href={`${ROUTES}/_new`}>
              Add a route
            </a>
          ) : null}
        </>
      ),
      content: (
        <>
          <SectionTabs current={ROUTES} />
          <Routes
            c={c}
            setup={setup}
            moved={moved !== undefined && (by === 'up' || by === 'down') ? { id: moved, by } : null}
          />
        </>
      ),
    });
  });

  app.get(`${ROUTES}/_new`, async (c) => {
    const setup = await readAlertingSetup(c.var.config.db);
    return showForm(c, setup, { stored: null, values: { enabled: ['yes'] } });
  });

  app.post(ROUTES, async (c) => {
    const setup = await readAlertingSetup(c.var.config.db);
    const fields = routeFields(setup, c.var.caller.restriction, null);
    const posted = await readPosted(c);
    const body = readInput(fields, posted);
    const created = await callApi(c, 'POST', '/api/v1/routes', { body });
    if (!created.ok)
      return showForm(c, setup, { stored: null, values: formValues(fields, body), refused: created });
    const text = `Route ${created.body.name} was created, behind all others.`;
    return redirectWith(c, ROUTES, { text, tone: 'good' });
  });

  app.get(`${ROUTES}/:id`, async (c) => {
    const id = c.req.param('id');
    const setup = await readAlertingSetup(c.var.config.db);
    const stored = routeIn(c, setup, id);
    if (stored === null) return showRefusal(c, unknownRoute(id), BACK);
    const values = formValues(
      routeFields(setup, c.var.caller.restriction, stored),
      definitionOf(stored) as never,
    );
    return showForm(c, setup, { stored, values, version: String(stored.version) });
  });

  app.post(`${ROUTES}/:id`, async (c) => {
    const id = c.req.param('id');
    const setup = await readAlertingSetup(c.var.config.db);
    const stored = routeIn(c, setup, id);
    if (stored === null) return showRefusal(c, unknownRoute(id), BACK);
    const fields = routeFields(setup, c.var.caller.restriction, stored);
    const posted = await readPosted(c);
    const version = posted.version?.at(-1);
    const body = readInput(fields, posted, 'update');
    const saved = await callApi(c, 'PATCH', `/api/v1/routes/${encodeURIComponent(id)}`, {
      body: withRemovals(fields, body, { tags: stored.tags }),
      headers: ifMatch(version),
    });
    if (saved.ok)
      return redirectWith(c, ROUTES, { text: `Route ${saved.body.name} was saved.`, tone: 'good' });
    const shown = isStale(saved) ? String(stored.version) : version;
    return showForm(c, setup, { stored, values: formValues(fields, body), version: shown, refused: saved });
  });

  app.post(`${ROUTES}/:id/move`, async (c) => {
    const id = c.req.param('id');
    const by = (await readForm(c)).by === 'up' ? 'up' : 'down';
    const routes = routesInside(await readAlertingSetup(c.var.config.db), c.var.caller.restriction);
    const at = routes.findIndex((route) => route.id === id);
    if (at < 0) return showRefusal(c, unknownRoute(id), BACK);
    const to = by === 'up' ? at - 1 : at + 1;
    const name = routes[at]!.name;
    if (to < 0 || to >= routes.length)
      return redirectWith(c, ROUTES, { text: `Route ${name} is at the end already.`, tone: 'warn' });
    const order = routes.map((route) => route.id);
    [order[at], order[to]] = [order[to]!, order[at]!];
    const ordered = await callApi(c, 'PUT', '/api/v1/routes/order', { body: { routes: order } });
    if (!ordered.ok) return showApiRefusal(c, ordered, BACK);
    const query = new URLSearchParams({ moved: id, by });
    return redirectWith(c, `${ROUTES}?${query}#route-${encodeURIComponent(id)}`, {
      ...{ text: `Route ${name} is number ${to + 1} now.`, tone: 'good' },
      undo: { action: `${pathOf(ROUTES, id)}/move`, fields: { by: by === 'up' ? 'down' : 'up' } },
    });
  });

  app.post(`${ROUTES}/:id/delete`, async (c) => {
    const id = c.req.param('id');
    if ((await readForm(c)).confirm !== 'yes')
      return needsConfirmation(c, { path: pathOf(ROUTES, id), label: 'the route' });
    const deleted = await callApi(c, 'DELETE', `/api/v1/routes/${encodeURIComponent(id)}`);
    return deleted.ok
      ? redirectWith(c, ROUTES, { text: 'The route was deleted.', tone: 'good' })
      : showApiRefusal(c, deleted, BACK);
  });
}

/** As the person sees it. Null if it does not exist, or is outside the restriction. */
function routeIn(c: Context<HttpEnv>, setup: AlertingSetup, id: string): RouteRow | null {
  const { restriction } = c.var.caller;
  const row = setup.routes.find((route) => route.id === id);
  return row && isInside(restriction, row) ? shownRoute(restriction, row, setup) : null;
}

interface ShownForm {
  readonly stored: RouteRow | null;
  readonly values: PostedValues;
  readonly version?: string | undefined;
  readonly refused?: ApiResponse;
}

function showForm(
  c: Context<HttpEnv>,
  setup: AlertingSetup,
  { stored, values, version, refused }: ShownForm,
) {
  const { restriction } = c.var.caller;
  return dashboardPage(
    c,
    {
      title: stored === null ? 'Add a route' : stored.name,
      above: ABOVE,
      intro:
        stored === null ? (
          'It is added behind all others: move it up afterwards if it should decide first.'
        ) : (
          <>
            <RouteSentence route={stored} names={namesIn(setup, restriction)} />
            {'. '}
            {routeNotes(stored).join(' ')}
          </>
        ),
      content: (
        <>
          {refused === undefined ? null : isStale(refused) ? (
            <StaleNotice what="route" path={pathOf(ROUTES, stored!.id)} />
          ) : (
            <RefusedNotice errors={refused.errors} />
          )}
          <RouteForm
            c={c}
            stored={stored}
            fields={routeFields(setup, restriction, stored)}
            values={values}
            errors={refused === undefined || isStale(refused) ? {} : refused.errors}
            version={version}
          />
        </>
      ),
    },
    refused === undefined ? 200 : isStale(refused) ? 409 : 422,
  );
}
