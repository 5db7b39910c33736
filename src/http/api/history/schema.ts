// Owns the history of monitors as the API shows it: parts of time, locations, and several monitors together. Plain zod.
import { z } from 'zod';
import type { Bucket, MonitorBuckets, Resolution } from '../../../services/history/monitor-buckets.ts';
import { RESOLUTIONS } from '../../../services/history/monitor-buckets.ts';
import type { HistoryMonitor } from '../../../store/history/monitor-histories.ts';
import { jitterOf, locationUptimeOf, lossOf, overallFigures, percentileOf } from '../../../uptime/figures.ts';
import { type LocationFigures, MOMENTS } from '../../../uptime/model.ts';
import { LATENCY_RULE, LOCATION_RULE, UPTIME_RULE } from '../../../uptime/rules.ts';
import { iso, isoOrNull, timeSchema } from '../common.ts';
import { ruleSchema, toUptimeFields, uptimeFields, uptimeSchema } from '../uptime-schema.ts';

export const HISTORY_RULE = `${UPTIME_RULE} ${LOCATION_RULE} ${LATENCY_RULE}`;

export const resolutionNames = Object.keys(RESOLUTIONS) as [Resolution, ...Resolution[]];

export const monitorSchema = z
  .strictObject({
    id: z.string().meta({ description: 'The id of the monitor.', example: 'web-shop' }),
    name: z.string().meta({ description: 'The display name of the monitor.', example: 'Web shop' }),
    group: z
      .string()
      .nullable()
      .meta({ description: 'The group of the monitor. Null: none.', example: null }),
    deletedAt: timeSchema
      .nullable()
      .meta({ description: 'When the monitor was deleted. Null: it exists.', example: null }),
  })
  .meta({ description: 'The monitor. Of a deleted one, the name that it had last.' });

export const toMonitorResponse = ({ id, name, group, deletedAt }: HistoryMonitor) => ({
  ...{ id, name, group, deletedAt: isoOrNull(deletedAt) },
});

const count = (description: string) => z.int().min(0).meta({ description, example: 1440 });
const ms = (description: string) => z.number().min(0).nullable().meta({ description, example: 182.4 });

const runFields = {
  ok: count('The number of successful runs.'),
  failed: count('The number of failed runs.'),
  unmeasured: count('The number of runs that measured nothing.'),
  p50Ms: ms('The median of the total time of successful runs, in milliseconds. Null without one.'),
  p95Ms: ms('The 95th percentile, in milliseconds. Null without a run.'),
  p99Ms: ms('The 99th percentile, in milliseconds. Null without a run.'),
  jitterMs: ms(
    'The mean difference between consecutive successful runs of a location, in milliseconds. Null without two.',
  ),
  loss: z.number().min(0).max(1).nullable().meta({
    description: 'The share of samples that were lost, from 0 to 1. Null: the check sends no samples.',
    example: null,
  }),
};

const toRunFields = (figures: LocationFigures) => ({
  ...{ ok: figures.ok, failed: figures.failed, unmeasured: figures.unmeasured },
  p50Ms: percentileOf(figures.latency, 0.5),
  p95Ms: percentileOf(figures.latency, 0.95),
  p99Ms: percentileOf(figures.latency, 0.99),
  ...{ jitterMs: jitterOf(figures), loss: lossOf(figures) },
});

export const locationSchema = z
  .strictObject({
    location: z.string().meta({ description: 'The id of the location.', example: 'aws:eu-central-1' }),
    uptime: uptimeSchema.meta({
      description:
        'The uptime as this location saw it: 1 − time its vote failed ÷ time it voted. Null: it did not vote, or the parts are shorter than a day.',
    }),
    ...runFields,
  })
  .meta({ id: 'LocationHistory', description: 'What one location measured.' });

export const toLocationResponse = (figures: LocationFigures): z.output<typeof locationSchema> => ({
  location: figures.location,
  uptime: locationUptimeOf(figures),
  ...toRunFields(figures),
});

const bucketSchema = z
  .strictObject({
    from: timeSchema.meta({ description: 'The start of the part.' }),
    to: timeSchema.meta({ description: 'The end of the part.' }),
    ...uptimeFields,
    ...runFields,
    locations: z.array(locationSchema).meta({ description: 'The same by location.' }),
  })
  .meta({ id: 'HistoryBucket', description: 'A part of the history.' });

const toBucket = ({ from, to, totals, byLocation }: Bucket): z.output<typeof bucketSchema> => ({
  ...{ from: iso(from), to: iso(to) },
  ...toUptimeFields(totals),
  ...toRunFields(overallFigures(byLocation)),
  locations: byLocation.map(toLocationResponse),
});

export const historySchema = z
  .strictObject({
    monitor: monitorSchema,
    from: timeSchema.meta({ description: 'The start of the range, widened to whole parts.' }),
    to: timeSchema.meta({ description: 'The end of the range, widened to whole parts, and at most now.' }),
    resolution: z.enum(resolutionNames).meta({ description: 'The length of the parts.', example: '1d' }),
    rule: ruleSchema,
    spans: z
      .array(
        z.strictObject({
          state: z.enum(MOMENTS).meta({
            description: 'What the time counts as. Time that no span covers counts as up.',
            example: 'down',
          }),
          from: timeSchema.meta({ description: 'The start of the span.' }),
          to: timeSchema.meta({ description: 'The end of the span.' }),
        }),
      )
      .meta({ description: 'All that was not up, in order. Spans do not overlap.' }),
    buckets: z.array(bucketSchema).meta({
      description: 'The parts in which the monitor existed, oldest first. Days are UTC days.',
    }),
  })
  .meta({ id: 'MonitorHistory', description: 'The history of a monitor.' });

export const toHistoryResponse = (
  monitor: HistoryMonitor,
  resolution: Resolution,
  { from, to, spans, buckets }: MonitorBuckets,
): z.output<typeof historySchema> => ({
  monitor: toMonitorResponse(monitor),
  ...{ from: iso(from), to: iso(to), resolution, rule: HISTORY_RULE },
  spans: spans.map(({ moment, from: start, to: end }) => ({ state: moment, from: iso(start), to: iso(end) })),
  buckets: buckets.map(toBucket),
});

export const monitorUptimeSchema = z
  .strictObject({
    monitor: monitorSchema,
    from: timeSchema.meta({ description: 'The start of the range.' }),
    to: timeSchema.meta({ description: 'The end of the range, at most now.' }),
    rule: ruleSchema,
    ...uptimeFields,
    ...runFields,
    locations: z.array(locationSchema).meta({
      description: 'The same by location, over the UTC days that the range touches.',
    }),
  })
  .meta({ id: 'MonitorUptime', description: 'The uptime and the latency of a monitor in a range.' });

export const toMonitorUptimeResponse = (
  monitor: HistoryMonitor,
  range: { readonly from: number; readonly to: number },
  totals: Bucket['totals'],
  byLocation: readonly LocationFigures[],
): z.output<typeof monitorUptimeSchema> => ({
  monitor: toMonitorResponse(monitor),
  ...{ from: iso(range.from), to: iso(range.to), rule: HISTORY_RULE },
  ...toUptimeFields(totals),
  ...toRunFields(overallFigures(byLocation)),
  locations: byLocation.map(toLocationResponse),
});
