// Owns POST /watchdog, which the watchdog and the deployment call: the signature of the whole request is the permission.
// Does not decide what a report does.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { z } from 'zod';
import { log } from '../../log.ts';
import { receiveReport, type TickOutcome } from '../../services/watchdog/receive-report.ts';
import { isSignedRequest } from '../../signed-request.ts';
import { isThrottled } from '../access/failed-tokens.ts';
import type { HttpEnv } from '../context.ts';
import { problem } from '../problems.ts';
import { decodeUtf8 } from '../utf8.ts';

const WATCHDOG_PATH = '/watchdog';
/** A report has about a hundred. Nothing larger is read, or verified. */
const MAX_BODY_BYTES = 1_000;

/** Other fields are ignored: the watchdog may be a version newer. */
const reportSchema = z.object({
  region: z.string().regex(/^[a-z0-9-]{3,32}$/),
  tick: z.boolean(),
  version: z.string().max(40),
});

interface WatchdogAnswer {
  /** Null: the report asked for none. */
  readonly tick: TickOutcome | null;
}

export function addWatchdogRoutes(app: OpenAPIHono<HttpEnv>): void {
  app.post(WATCHDOG_PATH, async (c) => {
    c.header('cache-control', 'no-store');
    const body = await readBody(c);
    if (body === null)
      return problem('too-large', `The body is larger than ${MAX_BODY_BYTES} bytes. Send a report.`);
    if (!(await isSigned(c, body))) return unsigned(c);
    const report = reportSchema.safeParse(parse(body));
    if (!report.success)
      return problem('malformed', 'The body is not a report of a watchdog. Deploy both in one version.');
    const { config, now } = c.var;
    const answer: WatchdogAnswer = { tick: await receiveReport(config, report.data, now) };
    return c.json(answer, 202);
  });
}

/** Whether the watchdog or the deployment of this mesh sent the request. `body` is what was received, empty for a GET. */
function isSigned(c: Context<HttpEnv>, body: string): Promise<boolean> {
  const { pathname, search } = new URL(c.req.url);
  const parts = { method: c.req.method, path: pathname + search, body };
  return isSignedRequest(c.var.config.watchdogKeys, parts, c.req.raw.headers, c.var.now);
}

async function unsigned(c: Context<HttpEnv>): Promise<Response> {
  log.warn('watchdog.refused', { path: c.req.path });
  if (await isThrottled(c)) return problem('rate-limited', 'Too many requests without a valid signature.');
  return problem(
    'unauthorized',
    'The signature does not match. Set the same WATCHDOG_KEY here and in the watchdog, and check both clocks.',
  );
}

/** Null: it is too large. Text that is not UTF-8 fails the signature. */
async function readBody(c: Context<HttpEnv>): Promise<string | null> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of (c.req.raw.body ?? []) as AsyncIterable<Uint8Array>) {
    size += part.length;
    if (size > MAX_BODY_BYTES) return null;
    parts.push(part);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return decodeUtf8(bytes) ?? '';
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
