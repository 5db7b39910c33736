// Owns the addresses that jobs call: GET, HEAD or POST /ping/{key}, with /start, /fail, /log or an exit code. Plain text,
// because the callers are curl and cron. Does not decide what a ping means.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { PingKind } from '../../heartbeats/memory.ts';
import { log } from '../../log.ts';
import { readBody } from '../../services/heartbeats/ping-body.ts';
import { hashPingKey, PING_KEY } from '../../services/heartbeats/ping-key.ts';
import { receivePing } from '../../services/heartbeats/receive-ping.ts';
import { isThrottled } from '../access/failed-tokens.ts';
import type { HttpEnv } from '../context.ts';

/** Names a run. A UUID, or whatever the job calls it. */
const RUN_ID = /^[A-Za-z0-9._:-]{1,64}$/;
/** `simple.period` of PING_LIMIT in wrangler.toml. */
const LIMIT_PERIOD_SECONDS = 60;
/** D1 may answer again by then. */
const RETRY_SECONDS = 5;

export function addPingRoutes(app: OpenAPIHono<HttpEnv>): void {
  app.on(['GET', 'POST'], ['/ping/:key', '/ping/:key/:action'], async (c) => {
    // No cookie is read, and a page may ping too: the key is the permission.
    c.header('access-control-allow-origin', '*');
    const key = c.req.param('key') ?? '';
    const action = readAction(c.req.param('action'));
    const runId = c.req.query('rid') ?? null;
    if (action === null)
      return text(c, 404, 'Unknown action. Use /start, /fail, /log, or an exit code from 0 to 255.');
    if (runId !== null && !RUN_ID.test(runId))
      return text(c, 400, '`rid` must be 1 to 64 letters, digits, dots, colons, hyphens or underscores.');
    if (!PING_KEY.test(key)) return unknownKey(c);
    if (runId?.includes(key))
      return text(c, 400, '`rid` must not contain the key: everybody who reads the pings sees it.');
    const keyHash = await hashPingKey(key);
    if (await isOverLimit(c, keyHash))
      return text(
        c,
        429,
        'Too many pings of this heartbeat. Send at most 60 a minute.',
        LIMIT_PERIOD_SECONDS,
      );
    const { body, bodyBytes } = await readBody(c.req.raw, [key]);
    const { config, now } = c.var;
    const outcome = await receivePing(config, keyHash, { at: now, ...action, runId, body, bodyBytes });
    switch (outcome) {
      case 'stored':
        return text(c, 200, 'OK');
      case 'queued':
        return text(c, 202, 'OK, queued');
      case 'unknown':
        return unknownKey(c);
      case 'lost':
        return text(c, 503, 'The ping could not be stored. Send it again.', RETRY_SECONDS);
      default:
        return outcome satisfies never;
    }
  });
  // Nothing else below looks at these paths: a person who signs in, or a page, has no business with a key.
  app.use('/ping/*', async (c) => {
    if (c.req.method === 'GET' || c.req.method === 'POST')
      return text(c, 404, 'A ping address ends with the key, or with one action behind it.');
    c.header('allow', 'GET, HEAD, POST');
    return text(c, 405, 'Send GET, HEAD or POST.');
  });
}

/** Null: there is no such action. */
export function readAction(
  action: string | undefined,
): { readonly kind: PingKind; readonly exitCode: number | null } | null {
  switch (action) {
    case undefined:
      return { kind: 'success', exitCode: null };
    case 'start':
    case 'fail':
    case 'log':
      return { kind: action, exitCode: null };
    default: {
      if (!/^\d{1,3}$/.test(action)) return null;
      const exitCode = Number(action);
      if (exitCode > 255) return null;
      return { kind: exitCode === 0 ? 'success' : 'fail', exitCode };
    }
  }
}

async function unknownKey(c: Context<HttpEnv>): Promise<Response> {
  if (await isThrottled(c))
    return text(c, 429, 'Too many requests with an unknown key.', LIMIT_PERIOD_SECONDS);
  return text(c, 404, 'No heartbeat has this key. Copy the address from its monitor.');
}

/** A limit that cannot be asked refuses nothing: a ping that is lost is worse than one too many. */
async function isOverLimit({ var: { config } }: Context<HttpEnv>, keyHash: string): Promise<boolean> {
  try {
    const { success } = await config.pingLimit.limit({ key: keyHash });
    return !success;
  } catch (error) {
    log.warn('ping.limit_failed', { error });
    return false;
  }
}

function text(
  c: Context<HttpEnv>,
  status: 200 | 202 | 400 | 404 | 405 | 429 | 503,
  words: string,
  retrySeconds?: number,
): Response {
  c.header('cache-control', 'no-store');
  if (retrySeconds !== undefined) c.header('retry-after', String(retrySeconds));
  return c.text(`${words}\n`, status);
}
