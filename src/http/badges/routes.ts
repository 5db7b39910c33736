// Owns the routes of badges: SVG, and the JSON of shields.io's endpoint badge. Does not decide who may read them.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { newestPings } from '../../store/pings.ts';
import type { HttpEnv } from '../context.ts';
import { medianLatency, newestRuns } from '../newest-runs.ts';
import { addPageRoute, type RequestedPage } from '../pages/page-routes.ts';
import { loadPage, loadParts } from '../status-page/load-page.ts';
import type { PageView } from '../status-page/page-view.ts';
import { renderingOf, titleOf } from '../status-page/rendering.tsx';
import { PUBLIC_CACHE } from '../ui/page.ts';
import { type Badge, badgeSvg } from './badge-svg.ts';
import {
  durationBadge,
  findSubject,
  lastRunBadge,
  latencyBadge,
  MAX_DAYS,
  pageSubject,
  shieldsEndpoint,
  stateBadge,
  uptimeBadge,
} from './badges.ts';

const FILE = /^(state|uptime|latency|last-run|duration)\.(svg|json)$/;
const NOT_FOUND: Badge = { label: 'status', message: 'not found', color: 'lightgrey' };
const MAX_LABEL = 60;

export function addBadgeRoutes(app: OpenAPIHono<HttpEnv>): void {
  addPageRoute(app, 'get', '/badges/:file', (c, requested) => answer(c, requested, null));
  addPageRoute(app, 'get', '/badges/:component/:file', (c, requested) =>
    answer(c, requested, c.req.param('component') ?? ''),
  );
}

/** An unknown component is a picture as well: 404, and the words "not found". */
async function answer(c: Context<HttpEnv>, requested: RequestedPage, component: string | null) {
  const [, kind, format] = FILE.exec(c.req.param('file') ?? '') ?? [];
  // Scripts of any site, and shields.io, read a public page.
  if (requested.isPublic) c.header('access-control-allow-origin', '*');
  // No longer than the page: a badge must not show an older state, nor stay after the page became private.
  c.header('cache-control', PUBLIC_CACHE);
  const badge = await badgeOf(c, requested, kind, component);
  const label = c.req.query('label')?.slice(0, MAX_LABEL);
  const shown = badge === null ? NOT_FOUND : { ...badge, ...(label === undefined ? {} : { label }) };
  const status = badge === null ? 404 : 200;
  if (format === 'json') return c.json(shieldsEndpoint(shown, badge === null), status);
  return c.body(badgeSvg(shown), status, { 'content-type': 'image/svg+xml; charset=utf-8' });
}

async function badgeOf(
  c: Context<HttpEnv>,
  requested: RequestedPage,
  kind: string | undefined,
  component: string | null,
): Promise<Badge | null> {
  const { config, now, comparedClock } = c.var;
  if (kind === undefined) return null;
  if (kind === 'latency') return component === null ? null : latencyOf(c, requested, component);
  if (kind === 'last-run' || kind === 'duration')
    return component === null ? null : jobBadge(c, requested, component, kind);
  const view = await loadPage(config, requested, now, comparedClock);
  const subject = component === null ? pageSubject(view, nameOfPage(view)) : findSubject(view, component);
  if (subject === null) return null;
  return kind === 'state' ? stateBadge(subject) : uptimeBadge(subject, daysOf(c.req.query('days')), view.now);
}

/** Of a monitor of the page, if the page shows latencies. */
async function latencyOf(
  c: Context<HttpEnv>,
  requested: RequestedPage,
  component: string,
): Promise<Badge | null> {
  const { config, now, comparedClock } = c.var;
  if (!requested.page.config.showLatency) return null;
  const { mesh, content } = await loadParts(config, requested, now, comparedClock, { since: now, now });
  const row = content.monitors.find(({ id }) => id === component || `monitor:${id}` === component);
  if (!row) return null;
  const monitor = row.paused || mesh.stale ? undefined : mesh.state.monitors.get(row.number);
  return latencyBadge(monitor ? medianLatency(newestRuns(mesh.state, monitor)) : null);
}

/** Of a heartbeat of the page. Durations are shown where latencies are. */
async function jobBadge(
  c: Context<HttpEnv>,
  requested: RequestedPage,
  component: string,
  kind: 'last-run' | 'duration',
): Promise<Badge | null> {
  const { config, now, comparedClock } = c.var;
  if (kind === 'duration' && !requested.page.config.showLatency) return null;
  const { mesh, content } = await loadParts(config, requested, now, comparedClock, { since: now, now });
  const row = content.monitors.find(({ id }) => id === component || `monitor:${id}` === component);
  if (!row || mesh.state.monitors.get(row.number)?.policy.heartbeat !== true) return null;
  const [newest] = await newestPings(config.db, [row.number]);
  return kind === 'duration'
    ? durationBadge(newest?.lastDurationMs ?? null)
    : lastRunBadge(newest?.lastRunAt ?? null, now);
}

/** A mistake in the address of a picture gets a picture. */
function daysOf(given: string | undefined): number {
  const days = Number(given ?? MAX_DAYS);
  return Number.isInteger(days) && days >= 1 && days <= MAX_DAYS ? days : MAX_DAYS;
}

const nameOfPage = (view: PageView): string =>
  titleOf(renderingOf(view, { acceptLanguage: null, noRefresh: false }));
