// Owns /api/v1/health, which operators read: every reason with its details.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { journalRetentionMs } from '../../../retention.ts';
import { type MeshHealth, meshHealth } from '../../../services/health/mesh-health.ts';
import { readHealth } from '../../../services/health/read-health.ts';
import type { HealthInputs } from '../../../services/health/rule.ts';
import { MAX_UNNOTIFIED, unnotifiedMonitors } from '../../../services/routes/unnotified-monitors.ts';
import { findDeadMansSwitch } from '../../../store/dead-mans-switch.ts';
import { findHealth } from '../../../store/health.ts';
import { pendingCounts } from '../../../store/pending-counts.ts';
import { VERSION } from '../../../version.ts';
import type { HttpEnv } from '../../context.ts';
import { iso, isoOrNull } from '../common.ts';
import { toDeadMansSwitchResponse } from '../dead-mans-switch/routes.ts';
import { json, security, unauthorized } from '../responses.ts';
import { type HealthResponse, healthSchema, measuredFields, secondsOrNull } from './schema.ts';

const getHealth = createRoute({
  tags: ['Health'],
  security,
  method: 'get',
  path: '/api/v1/health',
  operationId: 'getHealth',
  summary: 'Get the health of the mesh in detail',
  description:
    'Returns what does not work and since when, ages, the state of each channel, monitors that notify no channel, and storage.',
  responses: { 200: json(healthSchema, 'The health, whatever its status is.'), ...unauthorized },
});

export function addHealthRoutes(app: OpenAPIHono<HttpEnv>): void {
  app.openapi(getHealth, async (c) => {
    const { config, now, comparedClock } = c.var;
    const inputs = await readHealth(config, now, comparedClock);
    // Without D1, the reasons are all there is.
    const [stored, pending, found, unnotified] =
      inputs.facts === null
        ? [null, new Map<string, number>(), { setting: null, result: null }, []]
        : await Promise.all([
            findHealth(config.db),
            pendingCounts(config.db),
            findDeadMansSwitch(config.db),
            unnotifiedMonitors(config.db, now),
          ]);
    const health = meshHealth(inputs, now);
    const deadMansSwitch = toDeadMansSwitchResponse(found);
    return c.json(
      {
        impairedSince: isoOrNull(stored?.impairedSince ?? null),
        deadMansSwitch,
        heartbeat: deadMansSwitch,
        unnotified: unnotified.slice(0, MAX_UNNOTIFIED),
        ...toHealthResponse(inputs, health, pending, now, config.retention.journalDays),
        watchdogs: config.watchdogRegions.map((region) => watchdogOf(region, inputs)),
        scheduledBackup: scheduledBackupOf(inputs),
      },
      200,
    );
  });
}

function watchdogOf(region: string, { facts }: HealthInputs): HealthResponse['watchdogs'][number] {
  const known = facts?.watchdogs?.find((watchdog) => watchdog.region === region);
  return { region, lastReportAt: isoOrNull(known?.reportedAt ?? null), version: known?.version ?? null };
}

function scheduledBackupOf({ facts, expectsBackups }: HealthInputs): HealthResponse['scheduledBackup'] {
  if (!expectsBackups) return null;
  const { newest = null, failure = null } = facts?.scheduledBackup ?? {};
  return {
    bucket: 'BACKUPS',
    newest: newest && { ...newest, at: iso(newest.at) },
    failedAt: isoOrNull(failure?.at ?? null),
    error: failure?.error ?? null,
  };
}

function toHealthResponse(
  { facts, clockAheadMs, maxDatabaseBytes }: HealthInputs,
  health: MeshHealth,
  pending: ReadonlyMap<string, number>,
  now: number,
  journalDays: number,
): Omit<
  HealthResponse,
  'impairedSince' | 'deadMansSwitch' | 'heartbeat' | 'unnotified' | 'watchdogs' | 'scheduledBackup'
> {
  const { liveness } = health;
  const activity = facts?.activity ?? null;
  const databaseBytes = facts?.databaseBytes ?? null;
  const journalMs = journalRetentionMs(journalDays, databaseBytes, maxDatabaseBytes);
  return {
    status: health.status,
    version: VERSION,
    reasons: health.reasons.map(({ code, stops, since, detail }) => ({
      ...{ code, stops, since: isoOrNull(since), detail },
    })),
    ...measuredFields(health),
    ageLimitSeconds: secondsOrNull(liveness?.measured.limitMs),
    lastTickAt: isoOrNull(liveness?.ticks.at ?? null),
    tickSource: facts?.starters?.newest ?? null,
    lastCronAt: isoOrNull(facts?.starters?.cronAt ?? null),
    tickAgeSeconds: secondsOrNull(liveness?.ticks.ageMs),
    activeSince: activity === null || activity.idleSince !== null ? null : iso(activity.activeSince),
    clockAheadSeconds: clockAheadMs === null ? null : Math.round(clockAheadMs) / 1000,
    database: {
      sizeBytes: databaseBytes,
      maxBytes: maxDatabaseBytes,
      journalHours: Math.round(journalMs / 3_600_000),
    },
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
