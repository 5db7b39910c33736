// Owns /healthz, which an external monitor of probemesh reads, and /api/v1/health, which operators read.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { ConfigError } from '../../../env.ts';
import { log } from '../../../log.ts';
import { type MeshHealth, meshHealth } from '../../../services/health/mesh-health.ts';
import { readHealth } from '../../../services/health/read-health.ts';
import type { HealthInputs } from '../../../services/health/rule.ts';
import { countPending, findHealth, loadRecentState } from '../../../store/health.ts';
import { VERSION } from '../../../version.ts';
import type { HttpEnv } from '../../context.ts';
import { iso, isoOrNull } from '../common.ts';
import { json, security, unauthorized } from '../responses.ts';
import { type HealthResponse, type HealthzResponse, healthSchema, healthzSchema } from './schema.ts';

export const HEALTH_PATH = '/healthz';

const getHealthz = createRoute({
  tags: ['Public'],
  security: [],
  method: 'get',
  path: HEALTH_PATH,
  operationId: 'getHealthz',
  summary: 'Check whether the mesh measures',
  description:
    'For an external monitor. The details of each reason are at `/api/v1/health` and in the log of the Worker.',
  responses: {
    200: json(healthzSchema, 'The mesh measures, or no monitor is active. `reasons` lists what is impaired.'),
    503: json(healthzSchema, 'Ticks or measurements have stopped.'),
  },
});

const getHealth = createRoute({
  tags: ['Health'],
  security,
  method: 'get',
  path: '/api/v1/health',
  operationId: 'getHealth',
  summary: 'Get the health of the mesh in detail',
  description: 'Returns what does not work and since when, ages, the state of each channel, and storage.',
  responses: { 200: json(healthSchema, 'The health, whatever its status is.'), ...unauthorized },
});

export function addHealthRoutes(app: OpenAPIHono<HttpEnv>): void {
  app.openapi(getHealthz, async (c) => {
    const { config, now, comparedClock } = c.var;
    const inputs = await readHealth(config, now, comparedClock, () => loadRecentState(config.db));
    const health = meshHealth(inputs, now);
    c.header('cache-control', 'no-store');
    return c.json(toHealthzResponse(health), health.status === 'stopped' ? 503 : 200);
  });

  app.openapi(getHealth, async (c) => {
    const { config, now, comparedClock } = c.var;
    const inputs = await readHealth(config, now, comparedClock);
    // Without D1, the reasons are all there is.
    const [stored, pending] =
      inputs.facts === null
        ? [null, new Map<string, number>()]
        : await Promise.all([findHealth(config.db), countPending(config.db)]);
    const health = meshHealth(inputs, now);
    return c.json(
      {
        impairedSince: isoOrNull(stored?.impairedSince ?? null),
        ...toHealthResponse(inputs, health, pending, now),
      },
      200,
    );
  });
}

/** The configuration cannot be read, so nothing can be checked. The log has the reason. */
export function unconfigured(c: Context<HttpEnv>, error: ConfigError): Response {
  log.error('config.invalid', { error: error.message });
  const body: HealthzResponse = {
    ...{ status: 'stopped', reasons: ['configuration_invalid'], version: VERSION },
    ...{ lastMeasuredAt: null, ageSeconds: null },
  };
  return c.json(body, 503, { 'cache-control': 'no-store' });
}

const secondsOrNull = (ms: number | null | undefined): number | null =>
  ms === null || ms === undefined ? null : Math.round(ms / 1000);

const measuredFields = ({ liveness }: MeshHealth) => ({
  lastMeasuredAt: isoOrNull(liveness?.measured.at ?? null),
  ageSeconds: secondsOrNull(liveness?.measured.ageMs),
});

const toHealthzResponse = (health: MeshHealth): HealthzResponse => ({
  status: health.status,
  reasons: health.reasons.map(({ code }) => code),
  version: VERSION,
  ...measuredFields(health),
});

function toHealthResponse(
  { facts, clockAheadMs, maxDatabaseBytes }: HealthInputs,
  health: MeshHealth,
  pending: ReadonlyMap<string, number>,
  now: number,
): Omit<HealthResponse, 'impairedSince'> {
  const { liveness } = health;
  const activity = facts?.activity ?? null;
  return {
    status: health.status,
    version: VERSION,
    reasons: health.reasons.map(({ code, stops, since, detail }) => ({
      ...{ code, stops, since: isoOrNull(since), detail },
    })),
    ...measuredFields(health),
    ageLimitSeconds: secondsOrNull(liveness?.measured.limitMs),
    lastTickAt: isoOrNull(liveness?.ticks.at ?? null),
    tickAgeSeconds: secondsOrNull(liveness?.ticks.ageMs),
    activeSince: activity === null || activity.idleSince !== null ? null : iso(activity.activeSince),
    clockAheadSeconds: clockAheadMs === null ? null : Math.round(clockAheadMs) / 1000,
    database: { sizeBytes: facts?.databaseBytes ?? null, maxBytes: maxDatabaseBytes },
    channels: (facts?.channels ?? []).map(({ id, enabled, oldestDueAt, ...channel }) => ({
      id,
      enabled,
      disabledReason: channel.disabledReason,
      failingSince: isoOrNull(channel.failingSince),
      lastSuccessAt: isoOrNull(channel.lastSuccessAt),
      lastError: channel.lastError,
      pending: pending.get(id) ?? 0,
      overdueSeconds: oldestDueAt === null ? null : secondsOrNull(now - oldestDueAt),
    })),
  };
}
