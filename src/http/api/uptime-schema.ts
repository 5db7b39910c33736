// Owns the figures of uptime, latency and outages as the API shows them, in every response that has them. Plain zod.
import { z } from 'zod';
import type { MomentTotals } from '../../uptime/model.ts';
import { uptimeOf } from '../../uptime/moments.ts';
import type { Summary } from '../../uptime/report.ts';
import { LATENCY_ERROR } from '../../uptime/rules.ts';

export const uptimeSchema = z.number().min(0).max(1).nullable().meta({
  description:
    'The uptime, from 0 to 1: 1 − down ÷ (down + partial + up). Null: no data, because none of the time counts.',
  example: 0.99953,
});

const seconds = (description: string) => z.number().min(0).meta({ description, example: 0 });

export const totalsSchema = z
  .strictObject({
    upSeconds: seconds('Time in which the monitor was up.'),
    partialSeconds: seconds('Time with a regional problem. It counts as up.'),
    downSeconds: seconds('Downtime: outages outside of maintenance.'),
    noDataSeconds: seconds('Time without data. It does not count.'),
    maintenanceSeconds: seconds('Time in maintenance. It does not count.'),
    pausedSeconds: seconds('Time in which checks were paused. It does not count.'),
  })
  .meta({ id: 'TimeTotals', description: 'How long a monitor was in each state.' });

export const toTotalsResponse = (totals: MomentTotals): z.output<typeof totalsSchema> => ({
  upSeconds: totals.up / 1000,
  partialSeconds: totals.partial / 1000,
  downSeconds: totals.down / 1000,
  noDataSeconds: totals.no_data / 1000,
  maintenanceSeconds: totals.maintenance / 1000,
  pausedSeconds: totals.paused / 1000,
});

export const uptimeFields = { uptime: uptimeSchema, totals: totalsSchema };
export const toUptimeFields = (totals: MomentTotals) => ({
  uptime: uptimeOf(totals),
  totals: toTotalsResponse(totals),
});

export const ruleSchema = z.string().meta({
  description: 'How the figures are computed, in words to show beside them.',
  example: 'Uptime is 1 − down ÷ (down + partial + up).',
});

const meanSeconds = (description: string) =>
  z.number().min(0).nullable().meta({ description, example: 754.2 });

export const summaryFields = {
  ...uptimeFields,
  outages: z.int().min(0).meta({
    description:
      'The number of outages with downtime in the period. One that a maintenance covers whole does not count.',
    example: 3,
  }),
  partialOutages: z
    .int()
    .min(0)
    .meta({ description: 'The number of regional problems in the period.', example: 1 }),
  longestOutageSeconds: seconds('The longest downtime of one outage within the period.'),
  meanTimeToResolveSeconds: meanSeconds(
    'The mean time from start to end of those outages that have ended. Null without one.',
  ),
  meanTimeToDetectSeconds: meanSeconds(
    'The mean time from start to detection of those outages. Null without one.',
  ),
};

const inSeconds = (ms: number | null): number | null => (ms === null ? null : ms / 1000);

export const toSummaryFields = (summary: Summary) => ({
  ...toUptimeFields(summary.totals),
  outages: summary.outages,
  partialOutages: summary.partials,
  longestOutageSeconds: summary.longestMs / 1000,
  meanTimeToResolveSeconds: inSeconds(summary.meanTimeToResolveMs),
  meanTimeToDetectSeconds: inSeconds(summary.meanTimeToDetectMs),
});

const ms = (description: string) => z.number().min(0).meta({ description, example: 182.4 });

export const latencyFields = {
  p50Ms: ms(`The median of the total time of successful runs, in milliseconds: ${LATENCY_ERROR}.`),
  p95Ms: ms(`The 95th percentile, in milliseconds: ${LATENCY_ERROR}.`),
  p99Ms: ms(`The 99th percentile, in milliseconds: ${LATENCY_ERROR}.`),
};

export const latencySchema = z
  .strictObject(latencyFields)
  .nullable()
  .meta({ description: 'The latency over all locations. Null: no run succeeded, or it was not read.' });
