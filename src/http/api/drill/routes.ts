// Owns /api/v1/drill: a rehearsal of the alert path of one monitor.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { insideIds, shownIds } from '../../../services/access/references.ts';
import { DRILL_EVENTS, startDrill } from '../../../services/drill/drill.ts';
import { listTagged } from '../../../store/tagged.ts';
import type { HttpEnv } from '../../context.ts';
import { toProblem } from '../../problems.ts';
import { idSchema, iso, timeSchema } from '../common.ts';
import {
  badBody,
  conflict,
  invalidInput,
  json,
  jsonBody,
  notFound,
  security,
  unauthorized,
} from '../responses.ts';

const eventSchema = z.enum(DRILL_EVENTS).meta({
  description: 'The event that is rehearsed. Its severity decides which routes match.',
  example: 'incident.opened',
});

const drillInputSchema = z
  .strictObject({
    monitor: idSchema.meta({ description: 'The id of the monitor.', example: 'web-shop' }),
    event: eventSchema.default('incident.opened'),
  })
  .meta({ id: 'DrillInput', description: 'What to rehearse.', example: { monitor: 'web-shop' } });

const drillSchema = z
  .strictObject({
    id: z.string().meta({
      description: 'The id of the drill. In notifications, it takes the place of the id of an incident.',
      example: 'drill_4q0rk2m9s7w1x3z5b8d6',
    }),
    monitor: idSchema.meta({ description: 'The id of the monitor.' }),
    event: eventSchema,
    channels: z.array(z.string()).meta({
      description: 'Ids of the channels that are notified at once. Delayed steps and escalation follow.',
      example: ['on-call'],
    }),
    startedAt: timeSchema.meta({ description: 'When the drill began.' }),
    endsAt: timeSchema.meta({
      description:
        'When the drill ends with a resolved notification: 10 minutes after the last step, and after 24 hours at most. An acknowledgement ends it within two minutes.',
    }),
  })
  .meta({ id: 'Drill', description: 'A rehearsal of the alert path of a monitor.' });

const route = createRoute({
  tags: ['On-call'],
  security,
  method: 'post',
  path: '/api/v1/drill',
  operationId: 'startDrill',
  summary: 'Rehearse the alert path of a monitor',
  description:
    'Notifies everyone whom an outage of the monitor would notify now, with every step of its routes, until a person acknowledges. Every notification is marked as a drill. No incident is opened. Maintenances, silences and dependencies do not suppress a drill.',
  request: { body: jsonBody(drillInputSchema, 'The monitor and the event.') },
  responses: {
    201: json(drillSchema, 'The drill has begun.'),
    ...badBody,
    ...unauthorized,
    ...notFound,
    ...conflict,
    ...invalidInput,
  },
});

export function addDrillRoutes(app: OpenAPIHono<HttpEnv>): void {
  app.openapi(route, async (c) => {
    const { config, caller } = c.var;
    const { monitor, event } = c.req.valid('json');
    const started = await startDrill(config, monitor, event, caller);
    if (!started.ok) return toProblem(started.error);
    const { id, channels, startedAt, endsAt } = started.value;
    const inside = insideIds(caller.restriction, (await listTagged(config.db)).channels);
    const shown = [...shownIds(caller.restriction, channels, inside)];
    return c.json(
      { id, monitor, event, channels: shown, startedAt: iso(startedAt), endsAt: iso(endsAt) },
      201,
    );
  });
}
