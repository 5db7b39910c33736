// Owns the pages of locations: all of them on a map and in a table, and each one. Names are changed through the API.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { readLocationDetail, readLocationList } from '../../../store/location-list.ts';
import type { HttpEnv } from '../../context.ts';
import { callApi } from '../call-api.ts';
import { dashboardPage } from '../dashboard-layout.tsx';
import { redirectWith } from '../flash.ts';
import { type FormErrors, readForm } from '../form.tsx';
import { Empty } from '../parts/parts.tsx';
import { showRefusal } from '../refusal.tsx';
import { LocationPage } from './location-page.tsx';
import { LocationTable } from './location-table.tsx';
import { LOCATIONS_PATH, locationPath, locationViews, worstFirst } from './location-view.ts';
import { WorldMap } from './world-map.tsx';

const NAMES_ROUTE = '/api/v1/settings/location-names';

export function addLocationPages(app: OpenAPIHono<HttpEnv>): void {
  app.get(LOCATIONS_PATH, async (c) => {
    const { config, caller, now } = c.var;
    const list = await readLocationList(config.db, config.locations, caller.restriction);
    const locations = worstFirst(locationViews(list, config.locations, now));
    return dashboardPage(c, {
      title: 'Locations',
      intro: 'Where probes run. A location that contradicts its peers is quarantined: its votes are ignored.',
      content:
        locations.length === 0 ? (
          <Empty title="No location is configured">
            <p>
              Set <code>LOCATIONS</code> in <code>wrangler.toml</code>, such as <code>aws:eu-central-1</code>,
              and deploy.
            </p>
          </Empty>
        ) : (
          <div data-live="locations">
            <div class="card map-card">
              <WorldMap locations={locations} />
            </div>
            <LocationTable locations={locations} now={now} />
          </div>
        ),
    });
  });

  app.get(`${LOCATIONS_PATH}/:id`, (c) => showLocation(c));

  app.post(`${LOCATIONS_PATH}/:id/name`, async (c) => {
    const id = c.req.param('id');
    if (!c.var.config.locations.includes(id)) return showUnknown(c, id);
    const name = ((await readForm(c)).name ?? '').trim();
    const stored = await callApi(c, 'GET', NAMES_ROUTE);
    const { [id]: before = '', ...others } = stored.body.locationNames as Record<string, string>;
    const locationNames = name === '' ? others : { ...others, [id]: name };
    const saved = await callApi(c, 'PUT', NAMES_ROUTE, { body: { locationNames } });
    if (!saved.ok) return showLocation(c, name, { name: Object.values(saved.errors)[0] ?? saved.detail });
    return redirectWith(c, locationPath(id), {
      text:
        name === '' ? 'The location has the name of its region again.' : `The location is named ${name} now.`,
      tone: 'good',
      undo: { action: `${locationPath(id)}/name`, fields: { name: before } },
    });
  });
}

async function showLocation(c: Context<HttpEnv>, typed?: string, errors: FormErrors = {}) {
  const { config, caller, now } = c.var;
  const id = c.req.param('id') ?? '';
  const list = await readLocationList(config.db, config.locations, caller.restriction);
  const location = locationViews(list, config.locations, now).find((one) => one.id === id);
  if (location === undefined) return showUnknown(c, id);
  const detail = await readLocationDetail(config.db, location, caller.restriction);
  return dashboardPage(
    c,
    {
      title: location.name,
      intro: <bdi>{id}</bdi>,
      above: [{ path: LOCATIONS_PATH, label: 'Locations' }],
      content: (
        <LocationPage
          c={c}
          location={location}
          detail={detail}
          ownName={typed ?? (Object.hasOwn(list.names, id) ? list.names[id]! : '')}
          errors={errors}
        />
      ),
    },
    Object.keys(errors).length === 0 ? 200 : 422,
  );
}

const showUnknown = (c: Context<HttpEnv>, id: string) =>
  showRefusal(
    c,
    { kind: 'not_found', message: `Unknown location "${id}".` },
    { path: LOCATIONS_PATH, label: 'all locations' },
  );
