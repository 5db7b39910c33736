// Owns POST /api/v1/check, which runs one check now and returns everything a probe reports. Stores nothing.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { admitDebugRun, CHECK_LIMIT_SECONDS, runDebugRun } from '../../../services/check-runs/debug-run.ts';
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
    const admitted = await admitDebugRun(config, c.req.valid('json'), caller);
    if (!admitted.ok) {
      const { error } = admitted;
      if (error.kind !== 'limited') return toProblem(error);
      return problem('rate-limited', error.message, [], { 'retry-after': String(CHECK_LIMIT_SECONDS) });
    }
    const results = await runDebugRun(config.fleet, admitted.value, Date.now);
    return c.json({ results: results.map(toResultResponse) }, 200);
  });
}
