// POST /api/v1/check: one check now, with everything that a probe has to say of it. Nothing is stored.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { prepareDebugRun, runDebugRun } from '../../../services/check-runs/debug-run.ts';
import type { HttpEnv } from '../../context.ts';
import { problem, toProblem } from '../../problems.ts';
import {
  badBody,
  conflict,
  invalidInput,
  json,
  jsonBody,
  notFound,
  security,
  tooMany,
  unauthorized,
} from '../responses.ts';
import { checkResultsSchema, checkRunSchema, toResultResponse } from './schema.ts';

/** As in wrangler.toml, which counts in windows of this length. */
const LIMIT_PERIOD_SECONDS = 60;

const runRoute = createRoute({
  tags: ['Checks'],
  security,
  method: 'post',
  path: '/api/v1/check',
  operationId: 'runCheck',
  summary: 'Run a check now',
  description:
    'Runs it once from each location and answers with phases, resolved address and a trace of the conversation. A location that cannot be asked answers `unmeasured`. About ten runs a minute.',
  request: { body: jsonBody(checkRunSchema, 'The check, under the same rules as that of a monitor.') },
  responses: {
    200: json(checkResultsSchema, 'What each location saw.'),
    ...badBody,
    ...unauthorized,
    ...notFound,
    ...conflict,
    ...invalidInput,
    ...tooMany,
  },
});

export function addCheckRunRoutes(app: OpenAPIHono<HttpEnv>): void {
  app.openapi(runRoute, async (c) => {
    const { config, role } = c.var;
    const planned = await prepareDebugRun(config, c.req.valid('json'));
    if (!planned.ok) return toProblem(planned.error);
    const { success } = await config.checkLimit.limit({ key: role });
    if (!success) {
      const detail = `Checks were run too often just now. Wait ${LIMIT_PERIOD_SECONDS} seconds, and repeat.`;
      return problem('rate-limited', detail, [], { 'retry-after': String(LIMIT_PERIOD_SECONDS) });
    }
    const results = await runDebugRun(config.fleet, planned.value, Date.now);
    return c.json({ results: results.map(toResultResponse) }, 200);
  });
}
