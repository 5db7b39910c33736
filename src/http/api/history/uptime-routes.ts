// Owns GET /api/v1/uptime: the uptime of several monitors in a range, in all, by group and by the values of a tag.
// Does not compute a figure.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import {
  type MonitorHistory,
  readMonitorHistories,
  readRunFigures,
} from '../../../services/history/read-range.ts';
import { mergeFigures } from '../../../uptime/figures.ts';
import { sumTotals, totalsOf } from '../../../uptime/moments.ts';
import { POOLED_RULE } from '../../../uptime/rules.ts';
import type { HttpEnv } from '../../context.ts';
import { iso, timeSchema } from '../common.ts';
import { filterFlag } from '../filters.ts';
import { scopeOf, scopeQuery } from '../history-scope.ts';
import { invalidInput, json, security, unauthorized } from '../responses.ts';
import { tagNameSchema } from '../tags.ts';
import { ruleSchema, toUptimeFields, uptimeFields } from '../uptime-schema.ts';
import { rangeQuery, readRange } from './range.ts';
import {
  HISTORY_RULE,
  locationSchema,
  monitorSchema,
  toLocationResponse,
  toMonitorResponse,
} from './schema.ts';

const partSchema = z.strictObject({
  name: z
    .string()
    .meta({ description: 'The name of the group, or the value of the tag.', example: 'Checkout' }),
  monitors: z.int().min(0).meta({ description: 'The number of its monitors.', example: 3 }),
  ...uptimeFields,
});

const meshUptimeSchema = z
  .strictObject({
    from: timeSchema.meta({ description: 'The start of the range.' }),
    to: timeSchema.meta({ description: 'The end of the range, at most now.' }),
    rule: ruleSchema,
    ...uptimeFields,
    groups: z.array(partSchema).meta({
      description: 'By group, or with `byTag` by the values of that tag. Monitors without it are left out.',
    }),
    monitors: z
      .array(z.strictObject({ ...monitorSchema.shape, ...uptimeFields }))
      .meta({ description: 'The monitors that existed in the range, by name.' }),
    locations: z.array(locationSchema).nullable().meta({
      description:
        'By location, over the UTC days that the range touches. Null without `locations=true`, for more than 150,000 days of monitors, and while the history is too far behind.',
      example: null,
    }),
  })
  .meta({ id: 'MeshUptime', description: 'The uptime of several monitors.' });

const route = createRoute({
  tags: ['History'],
  security,
  method: 'get',
  path: '/api/v1/uptime',
  operationId: 'getUptime',
  summary: 'Get the uptime of several monitors',
  description:
    'Returns the uptime of all monitors, or of those that the parameters name: together, by group and by monitor. Uptime is 1 − down ÷ (down + partial + up): paused time, maintenance and time without data do not count, and partial time counts as up. Of several monitors, the times are added before the division. A deleted monitor counts for its part of the range, if your access has no restriction.',
  request: {
    query: z.strictObject({
      ...rangeQuery,
      ...scopeQuery,
      byTag: tagNameSchema.optional().meta({
        description: 'The name of a tag: `groups` is by its values then. Default: by group.',
        example: 'team',
      }),
      locations: filterFlag('Whether to add the figures by location. Default: false.'),
    }),
  },
  responses: { 200: json(meshUptimeSchema, 'The uptime.'), ...unauthorized, ...invalidInput },
});

const totalsOfHistory = ({ spans, from, to }: MonitorHistory) => totalsOf(spans, from, to);
const together = (all: readonly MonitorHistory[]) => toUptimeFields(sumTotals(all.map(totalsOfHistory)));

export function addUptimeRoutes(app: OpenAPIHono<HttpEnv>): void {
  app.openapi(route, async (c) => {
    const { config, caller, now } = c.var;
    const { byTag, locations, from, to, ...scope } = c.req.valid('query');
    const range = readRange(c, { from, to });
    if (range instanceof Response) return range;
    const monitors = await readMonitorHistories(config.db, { scope: scopeOf(scope), ...range, now }, caller);
    const numbers = monitors.map(({ number }) => number);
    const figures = locations ? await readRunFigures(config.db, numbers, { ...range, now }) : null;
    const groups = Map.groupBy(monitors, ({ group, tags }) =>
      byTag === undefined ? group : Object.hasOwn(tags, byTag) ? tags[byTag]! : null,
    );
    return c.json(
      {
        ...{ from: iso(range.from), to: iso(range.to), rule: `${HISTORY_RULE} ${POOLED_RULE}` },
        ...together(monitors),
        groups: [...groups]
          .flatMap(([name, all]) => (name === null ? [] : [{ name, monitors: all.length, ...together(all) }]))
          .sort((a, b) => (a.name < b.name ? -1 : 1)),
        monitors: monitors.map((one) => ({ ...toMonitorResponse(one), ...together([one]) })),
        locations: figures && mergeFigures([...figures.values()].flat()).map(toLocationResponse),
      },
      200,
    );
  });
}
