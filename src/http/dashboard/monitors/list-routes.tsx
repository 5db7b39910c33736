// Owns the route of the list of monitors: what it reads, in at most four statements beside that of the session.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Caller } from '../../../access/caller.ts';
import { hasStopped } from '../../../services/health/stopped.ts';
import { savedViews } from '../../../services/saved-views/saved-views.ts';
import { readListSurroundings } from '../../../store/list-surroundings.ts';
import {
  LIST_STATES,
  type MonitorList,
  readMonitorList,
  statesWithoutData,
  withoutData,
} from '../../../store/monitor-list.ts';
import { readStrips } from '../../../store/monitor-strips.ts';
import type { HttpEnv } from '../../context.ts';
import { dashboardPage, mayUse } from '../dashboard-layout.tsx';
import { ListContent } from './list-page.tsx';
import { filterErrors, LIST_PATH, type ListFilters, readFilters, toQuery } from './list-query.ts';

const STRIP_MS = 3 * 3_600_000;

export function addMonitorListPage(app: OpenAPIHono<HttpEnv>): void {
  app.get(LIST_PATH, async (c) => {
    const { config, caller, now } = c.var;
    const filters = readFilters(new URL(c.req.url).searchParams);
    const around = await readListSurroundings(config.db, caller);
    const errors = filterErrors(filters, { locations: config.locations, channels: around.channels });
    const isValid = Object.keys(errors).length === 0;
    const stopped = hasStopped(around.running, now);
    const list = isValid ? await readList(c, filters, caller, stopped) : NOTHING;
    const numbers = list.rows.map(({ number }) => number);
    const stripFrom = now - STRIP_MS;
    const strips = numbers.length === 0 ? new Map() : await readStrips(config.db, numbers, stripFrom, now);
    return dashboardPage(
      c,
      {
        title: 'Monitors',
        actions: <Actions c={c} />,
        content: (
          <ListContent
            {...{ c, filters, errors, list, strips, stripFrom, stopped }}
            views={savedViews(around.sharedViews, around.ownViews)}
            {...{ names: around.locationNames, channels: around.channels, locations: config.locations }}
          />
        ),
      },
      isValid ? 200 : 422,
    );
  });
}

const Actions = ({ c }: { c: Context<HttpEnv> }) =>
  mayUse(c, 'POST /api/v1/monitors') ? (
    <a class="button primary" href={`${LIST_PATH}/_new`}>
      Add a monitor
    </a>
  ) : null;

async function readList(
  c: Context<HttpEnv>,
  filters: ListFilters,
  { restriction }: Caller,
  stopped: boolean,
): Promise<MonitorList> {
  const query = toQuery(filters, restriction);
  const { config, now } = c.var;
  if (!stopped) return readMonitorList(config.db, query, now);
  const states = statesWithoutData(query.states);
  const list = await readMonitorList(config.db, states === undefined ? query : { ...query, states }, now);
  return withoutData(list);
}

const NOTHING: MonitorList = {
  ...{ rows: [], total: 0, groups: [], tagNames: [] },
  counts: Object.fromEntries(LIST_STATES.map((state) => [state, 0])) as MonitorList['counts'],
};
