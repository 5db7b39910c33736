// Owns what the command palette finds: actions that the person may do, monitors and incidents. Sections are in the navigation.
import type { OpenAPIHono } from '@hono/zod-openapi';
import { searchMesh } from '../../../store/search.ts';
import type { HttpEnv } from '../../context.ts';
import { mayUse } from '../dashboard-layout.tsx';
import { STATE_WORDS } from '../parts/state-badge.tsx';

const MAX_FOUND = 8;
const MAX_LENGTH = 200;

/** Pages that begin something. One that does not exist, or that the role may not open, is left out. */
const ACTIONS = [
  { path: '/dashboard/monitors/_new', label: 'Add a monitor' },
  { path: '/dashboard/channels/_new', label: 'Add a channel' },
  { path: '/dashboard/routes/_new', label: 'Add a route' },
  { path: '/dashboard/schedules/_new', label: 'Add a schedule' },
  { path: '/dashboard/maintenance/new', label: 'Plan a maintenance' },
  { path: '/dashboard/maintenance/new-silence', label: 'Add a silence' },
  { path: '/dashboard/public-incidents', label: 'Report an incident to readers' },
  { path: '/dashboard/announcements', label: 'Write an announcement' },
  { path: '/dashboard/status-pages', label: 'Add a status page' },
  { path: '/dashboard/people', label: 'Invite a person' },
  { path: '/dashboard/keys', label: 'Create an API key' },
  { path: '/dashboard/routes/_who-would-be-notified', label: 'Who would be notified?' },
] as const;

export function addSearchRoute(app: OpenAPIHono<HttpEnv>): void {
  app.get('/dashboard/search', async (c) => {
    const { config, caller, now } = c.var;
    const q = (c.req.query('q') ?? '').trim().slice(0, MAX_LENGTH);
    const found =
      q === ''
        ? { monitors: [], incidents: [] }
        : await searchMesh(config.db, { q, restriction: caller.restriction, limit: MAX_FOUND }, now);
    return c.json({
      actions: ACTIONS.filter(({ path }) => mayUse(c, `GET ${path}`)),
      monitors: found.monitors.map(({ id, name, state }) => ({
        ...{ path: `/dashboard/monitors/${encodeURIComponent(id)}`, name, state: STATE_WORDS[state].label },
      })),
      incidents: found.incidents.map(({ id, name, state }) => ({
        ...{ path: `/dashboard/incidents/${encodeURIComponent(id)}`, name, state: STATE_WORDS[state].label },
      })),
    });
  });
}
