// Owns /api/v1/settings/dead-mans-switch: the address of the dead man's switch, and how its newest call ended. The path
// that it had before answers as well.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import {
  removeDeadMansSwitch,
  setDeadMansSwitch,
} from '../../../services/dead-mans-switch/dead-mans-switch.ts';
import { findDeadMansSwitch, type StoredDeadMansSwitch } from '../../../store/dead-mans-switch.ts';
import type { HttpEnv } from '../../context.ts';
import { toProblem } from '../../problems.ts';
import { isoOrNull, timeSchema } from '../common.ts';
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

/** Where it is, and where it was while it was called a heartbeat. Both work alike. */
const PATH = '/api/v1/settings/dead-mans-switch';
const OLD_PATH = '/api/v1/settings/heartbeat';

const inputSchema = z
  .strictObject({
    url: z.string().trim().min(1).max(2_000).meta({
      description: 'The address. It is stored encrypted, and no response shows it.',
      example: 'https://hc.example.com/ping/uuid',
    }),
  })
  .meta({ id: 'DeadMansSwitchInput', description: 'The address that is called.' });

export const deadMansSwitchSchema = z
  .strictObject({
    host: z.string().nullable().meta({
      description: 'The host of the address. Null: no address is set.',
      example: 'hc.example.com',
    }),
    lastCalledAt: timeSchema.nullable().meta({ description: 'When it was last called. Null: never.' }),
    lastStatus: z
      .int()
      .nullable()
      .meta({ description: 'The HTTP status of the newest call. Null without a response.', example: 200 }),
    lastError: z
      .string()
      .nullable()
      .meta({ description: 'Why the newest call failed. Null: it succeeded.', example: null }),
    lastSuccessAt: timeSchema.nullable().meta({ description: 'When a call last succeeded. Null: never.' }),
    failingSince: timeSchema
      .nullable()
      .meta({ description: 'The first failure since the last success. Null: it works.' }),
  })
  .meta({
    id: 'DeadMansSwitch',
    description: "The dead man's switch: an address that is called once a minute.",
  });

export const toDeadMansSwitchResponse = ({
  setting,
  result,
}: StoredDeadMansSwitch): z.output<typeof deadMansSwitchSchema> => ({
  host: setting?.host ?? null,
  lastCalledAt: isoOrNull(result?.at ?? null),
  lastStatus: result?.status ?? null,
  lastError: result?.error ?? null,
  lastSuccessAt: isoOrNull(result?.lastSuccessAt ?? null),
  failingSince: isoOrNull(result?.failingSince ?? null),
});

interface Place {
  readonly path: typeof PATH | typeof OLD_PATH;
  /** Ends the ids of operations. */
  readonly name: string;
  readonly deprecated?: true;
}

const PLACES: readonly Place[] = [
  { path: PATH, name: 'DeadMansSwitch' },
  { path: OLD_PATH, name: 'HeartbeatSetting', deprecated: true },
];

const THE_SWITCH = "The dead man's switch.";
const instead = ({ deprecated }: Place): string => (deprecated ? ` Use \`${PATH}\` instead.` : '');

function routesAt(place: Place) {
  const { path, name, deprecated } = place;
  // Each operation of the reference has a name of its own.
  const atOldPath = deprecated ? ', at its old path' : '';
  const about = { tags: ['Health'], security, path, ...(deprecated ? { deprecated } : {}) };
  return {
    get: createRoute({
      ...about,
      method: 'get',
      operationId: `get${name}`,
      summary: `Get the dead man's switch${atOldPath}`,
      description: `Returns whether an address is set, and how its newest call ended.${instead(place)}`,
      responses: { 200: json(deadMansSwitchSchema, THE_SWITCH), ...unauthorized },
    }),
    set: createRoute({
      ...about,
      method: 'put',
      operationId: `set${name}`,
      summary: `Set the dead man's switch${atOldPath}`,
      description: `Sets the address that every tick calls with GET, once a minute, while \`/healthz\` is \`ok\` or \`idle\`. A service that expects these calls, such as Healthchecks, notifies you when they stop. A call that fails delays nothing.${instead(place)}`,
      request: { body: jsonBody(inputSchema, 'The address.') },
      responses: {
        200: json(deadMansSwitchSchema, THE_SWITCH),
        ...badBody,
        ...unauthorized,
        ...notFound,
        ...conflict,
        ...invalidInput,
      },
    }),
    remove: createRoute({
      ...about,
      method: 'delete',
      operationId: `delete${name}`,
      summary: `Remove the dead man's switch${atOldPath}`,
      description: `Removes the address. Without one, nothing changes.${instead(place)}`,
      responses: {
        204: { description: 'Removed.' },
        ...unauthorized,
        ...notFound,
        ...conflict,
        ...invalidInput,
      },
    }),
  };
}

export function addDeadMansSwitchRoutes(app: OpenAPIHono<HttpEnv>): void {
  for (const place of PLACES) {
    const routes = routesAt(place);
    app.openapi(routes.get, async (c) =>
      c.json(toDeadMansSwitchResponse(await findDeadMansSwitch(c.var.config.db)), 200),
    );

    app.openapi(routes.set, async (c) => {
      const { config, caller } = c.var;
      const set = await setDeadMansSwitch(config, c.req.valid('json').url, caller);
      if (!set.ok) return toProblem(set.error);
      return c.json(toDeadMansSwitchResponse(await findDeadMansSwitch(config.db)), 200);
    });

    app.openapi(routes.remove, async (c) => {
      const { config, caller } = c.var;
      const removed = await removeDeadMansSwitch(config, caller);
      return removed.ok ? c.body(null, 204) : toProblem(removed.error);
    });
  }
}
