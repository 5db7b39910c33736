// POST /api/v1/check: one check now, with everything that a probe has to say of it. Nothing is stored.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { planCheckRun, runCheck } from '../../../services/check-runs/debug-run.ts';
import type { HttpEnv } from '../../context.ts';
import { problem, refused } from '../../problems.ts';
import {
  answers,
  badBody,
  conflict,
  invalidInput,
  notFound,
  security,
  takes,
  tooMany,
  unauthorized,
} from '../responses.ts';
import { checkResultsSchema, checkRunSchema, showResult } from './schema.ts';

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
  request: { body: takes(checkRunSchema, 'The check, under the same rules as that of a monitor.') },
  responses: {
    200: answers(checkResultsSchema, 'What each location saw.'),
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
    const planned = await planCheckRun(config, c.req.valid('json'));
    if (!planned.ok) return refused(planned.error);
    const { success } = await config.checkLimit.limit({ key: role });
    if (!success) {
      const detail = `Checks were run too often just now. Wait ${LIMIT_PERIOD_SECONDS} seconds, and repeat.`;
      return problem('rate-limited', detail, [], { 'retry-after': String(LIMIT_PERIOD_SECONDS) });
    }
    const results = await runCheck(config.fleet, planned.value, Date.now);
    return c.json({ results: results.map(showResult) }, 200);
  });
}
