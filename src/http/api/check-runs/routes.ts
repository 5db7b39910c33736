// Owns POST /api/v1/check, which runs one check now and returns everything a probe reports. Stores nothing.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { prepareDebugRun, recordDebugRun, runDebugRun } from '../../../services/check-runs/debug-run.ts';
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

/** The period of the rate limit in wrangler.toml. */
const LIMIT_PERIOD_SECONDS = 60;

const run = createRoute({
  tags: ['Checks'],
  security,
  method: 'post',
  path: '/api/v1/check',
  operationId: 'runCheck',
  summary: 'Run a check now',
  description:
    'Runs a check once from each location and returns timings, the resolved address and a trace. A location that cannot be reached returns `unmeasured`. Rate limit: about 10 runs a minute.',
  request: {
    body: jsonBody(checkRunSchema, 'The check. The rules are the same as for the check of a monitor.'),
  },
  responses: {
    200: json(checkResultsSchema, 'The result from each location.'),
    ...badBody,
    ...unauthorized,
    ...notFound,
    ...conflict,
    ...invalidInput,
    ...tooMany,
  },
});

export function addCheckRunRoutes(app: OpenAPIHono<HttpEnv>): void {
  app.openapi(run, async (c) => {
    const { config, caller } = c.var;
    const prepared = await prepareDebugRun(config, c.req.valid('json'), caller);
    if (!prepared.ok) return toProblem(prepared.error);
    const { success } = await config.checkLimit.limit({ key: caller.actor.id });
    if (!success) {
      const detail = `The rate limit for checks is exceeded. Wait ${LIMIT_PERIOD_SECONDS} seconds, then retry.`;
      return problem('rate-limited', detail, [], { 'retry-after': String(LIMIT_PERIOD_SECONDS) });
    }
    await recordDebugRun(config, c.req.valid('json'), caller);
    const results = await runDebugRun(config.fleet, prepared.value, Date.now);
    return c.json({ results: results.map(toResultResponse) }, 200);
  });
}
