// Owns reports as the API shows them, as JSON and as CSV. Plain zod. Does not compute a figure.
import { z } from 'zod';
import type { MonitorInReport, Report } from '../../../services/reports/build-report.ts';
import type { Objective } from '../../../uptime/report.ts';
import { LATENCY_RULE, POOLED_RULE, UPTIME_RULE } from '../../../uptime/rules.ts';
import { csvLine } from '../../csv.ts';
import { iso, timeSchema } from '../common.ts';
import { reportPeriodSchema, shownScopeSchema, toScopeResponse } from '../history-scope.ts';
import {
  latencyFields,
  latencySchema,
  ruleSchema,
  summaryFields,
  toSummaryFields,
  uptimeSchema,
} from '../uptime-schema.ts';

export const REPORT_RULE = `${UPTIME_RULE} ${POOLED_RULE} ${LATENCY_RULE}`;

const number = (description: string, example: number) => z.number().meta({ description, example });

const objectiveSchema = z
  .strictObject({
    target: number('The uptime to reach, in percent.', 99.9),
    met: z.boolean().nullable().meta({ description: 'Whether it is reached so far. Null: no data.' }),
    budgetSeconds: number('The error budget: the downtime that the target allows in the whole period.', 2592),
    spentSeconds: number('The downtime so far.', 1296),
    remainingSeconds: number('What is left of the budget. Below zero: it is exceeded.', 1296),
    burnRate: z.number().nullable().meta({
      description:
        'How fast the budget is spent: 1 spends it exactly by the end of the period. Null: no data.',
      example: 1,
    }),
  })
  .nullable()
  .meta({ description: 'The service level objective and its error budget. Null: the monitor has none.' });

const monitorName = {
  id: z.string().meta({ description: 'The id of the monitor.', example: 'web-shop' }),
  name: z.string().meta({ description: 'The display name of the monitor.', example: 'Web shop' }),
};

const count = (description: string) => z.int().min(0).meta({ description, example: 12 });

export const reportSchema = z
  .strictObject({
    period: reportPeriodSchema,
    label: z.string().meta({
      description: 'The period by ISO 8601: a week, a month, a year, or a quarter as `2026-Q4`.',
      example: '2026-11',
    }),
    timeZone: z.string().meta({ description: 'The time zone of the period.', example: 'Europe/Berlin' }),
    from: timeSchema.meta({ description: 'The start of the period.' }),
    to: timeSchema.meta({ description: 'The end of the period.' }),
    complete: z
      .boolean()
      .meta({ description: 'Whether the period is over. Otherwise the figures are those so far.' }),
    scope: shownScopeSchema,
    rule: ruleSchema,
    overall: z
      .strictObject({
        ...summaryFields,
        monitors: count('The number of monitors.'),
        objectives: count('The number of monitors with a service level objective.'),
        missedObjectives: count('The number of those that miss it.'),
        previousUptime: uptimeSchema.meta({ description: 'The uptime of the period before. Null: no data.' }),
      })
      .meta({ description: 'All monitors together.' }),
    groups: z
      .array(
        z.strictObject({
          name: z.string().meta({ description: 'The name of the group.', example: 'Checkout' }),
          monitors: count('The number of its monitors.'),
          ...summaryFields,
        }),
      )
      .meta({ description: 'The groups, by name.' }),
    monitors: z
      .array(
        z.strictObject({
          ...monitorName,
          group: z
            .string()
            .nullable()
            .meta({ description: 'The group of the monitor. Null: none.', example: 'Checkout' }),
          deleted: z.boolean().meta({ description: 'Whether the monitor was deleted since.' }),
          ...summaryFields,
          objective: objectiveSchema,
          latency: latencySchema,
        }),
      )
      .meta({ description: 'The monitors that existed in the period, by name.' }),
    slowest: z
      .array(
        z.strictObject({
          ...monitorName,
          ...latencyFields,
          slowestLocation: z
            .string()
            .meta({ description: 'The location with the highest p95.', example: 'aws:sa-east-1' }),
        }),
      )
      .nullable()
      .meta({
        description:
          'The monitors with the highest p95, at most 10. Null: the report covers more than 150,000 days of monitors, or the history is too far behind.',
      }),
  })
  .meta({ id: 'Report', description: 'The report of a calendar period.' });

const toObjective = (objective: Objective | null) =>
  objective && {
    target: objective.target,
    met: objective.met,
    budgetSeconds: objective.budgetMs / 1000,
    spentSeconds: objective.spentMs / 1000,
    remainingSeconds: objective.remainingMs / 1000,
    burnRate: objective.burnRate,
  };

export function objectiveCounts({ monitors }: Pick<Report, 'monitors'>) {
  const objectives = monitors.flatMap(({ objective }) => objective ?? []);
  return {
    objectives: objectives.length,
    missedObjectives: objectives.filter(({ met }) => met === false).length,
  };
}

export const toReportResponse = (report: Report): z.output<typeof reportSchema> => ({
  ...{ period: report.period, label: report.label, timeZone: report.timeZone },
  ...{ from: iso(report.from), to: iso(report.to), complete: report.complete },
  scope: toScopeResponse(report.scope),
  rule: REPORT_RULE,
  overall: {
    ...toSummaryFields(report.overall),
    monitors: report.monitors.length,
    ...objectiveCounts(report),
    previousUptime: report.previousUptime,
  },
  groups: report.groups.map(({ name, monitors, ...summary }) => ({
    ...{ name, monitors },
    ...toSummaryFields(summary),
  })),
  monitors: report.monitors.map((monitor) => ({
    ...{ id: monitor.id, name: monitor.name, group: monitor.group, deleted: monitor.deleted },
    ...toSummaryFields(monitor),
    objective: toObjective(monitor.objective),
    latency: monitor.latency,
  })),
  slowest: report.slowest?.map((one) => ({ ...one })) ?? null,
});

const COLUMNS = [
  ...['kind', 'id', 'name', 'group', 'from', 'to', 'time_zone', 'uptime', 'up_seconds', 'partial_seconds'],
  ...[
    'down_seconds',
    'no_data_seconds',
    'maintenance_seconds',
    'paused_seconds',
    'outages',
    'partial_outages',
  ],
  ...['longest_outage_seconds', 'mean_time_to_resolve_seconds', 'mean_time_to_detect_seconds', 'slo_target'],
  ...[
    'slo_met',
    'error_budget_seconds',
    'error_budget_remaining_seconds',
    'burn_rate',
    'p50_ms',
    'p95_ms',
    'p99_ms',
  ],
];

/** A line for the whole scope, for each group and for each monitor. */
export function reportCsv(report: Report): string {
  const span = [iso(report.from), iso(report.to), report.timeZone] as const;
  const figures = (summary: Parameters<typeof toSummaryFields>[0]) => {
    const { uptime, totals, ...rest } = toSummaryFields(summary);
    return [
      ...[uptime, totals.upSeconds, totals.partialSeconds, totals.downSeconds, totals.noDataSeconds],
      ...[totals.maintenanceSeconds, totals.pausedSeconds, rest.outages, rest.partialOutages],
      ...[rest.longestOutageSeconds, rest.meanTimeToResolveSeconds, rest.meanTimeToDetectSeconds],
    ];
  };
  const ofMonitor = ({ objective, latency }: MonitorInReport) => {
    const shown = toObjective(objective);
    return [
      ...[shown?.target, shown?.met, shown?.budgetSeconds, shown?.remainingSeconds, shown?.burnRate],
      ...[latency?.p50Ms, latency?.p95Ms, latency?.p99Ms],
    ];
  };
  const none = Array<null>(8).fill(null);
  return [
    csvLine(COLUMNS),
    csvLine(['overall', null, null, null, ...span, ...figures(report.overall), ...none]),
    ...report.groups.map((group) =>
      csvLine(['group', null, group.name, group.name, ...span, ...figures(group), ...none]),
    ),
    ...report.monitors.map((monitor) =>
      csvLine([
        ...['monitor', monitor.id, monitor.name, monitor.group],
        ...[...span, ...figures(monitor), ...ofMonitor(monitor)],
      ]),
    ),
  ].join('');
}
