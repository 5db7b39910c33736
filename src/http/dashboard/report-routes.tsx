// Owns the route of the page of reports, and its parameters as text. Does not own the figures: services/reports does.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { z } from 'zod';
import { localDate, periodAt, startOfDate } from '../../routing/report-periods.ts';
import { buildReport } from '../../services/reports/build-report.ts';
import { idSchema, nameSchema } from '../api/common.ts';
import { reportPeriodSchema, scopeOf } from '../api/history-scope.ts';
import { timeZoneSchema } from '../api/schedules/schema.ts';
import { tagSelectorSchema } from '../api/tags.ts';
import type { HttpEnv } from '../context.ts';
import { dashboardPage } from './dashboard-layout.tsx';
import type { FormErrors, FormValues } from './form.tsx';
import { readFields } from './form-fields.ts';
import { REPORTS_PATH, ReportPage } from './report-page.tsx';

const FIELDS = ['period', 'at', 'timeZone', 'tag', 'group', 'monitor'] as const;
const MAX_LENGTH = 300;
const DAY_MS = 86_400_000;

const isDate = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) &&
  !Number.isNaN(Date.parse(text)) &&
  new Date(text).toISOString().startsWith(text);

const parametersSchema = z.object({
  period: reportPeriodSchema.default('month'),
  at: z.string().refine(isDate, { error: 'Must be a day such as 2026-11-24.' }).optional(),
  timeZone: timeZoneSchema.default('UTC'),
  tag: tagSelectorSchema.optional(),
  group: nameSchema.optional(),
  monitor: idSchema.optional(),
});

export function addReportPage(app: OpenAPIHono<HttpEnv>): void {
  app.get(REPORTS_PATH, async (c) => {
    const values = Object.fromEntries(
      FIELDS.map((name) => [name, c.req.query(name)?.trim().slice(0, MAX_LENGTH) || undefined]),
    );
    const read = readFields(parametersSchema, values);
    return read.ok ? showReport(c, read.value, values) : showForm(c, values, read.error);
  });
}

async function showReport(
  c: Context<HttpEnv>,
  { period, at: date, timeZone, tag, group, monitor }: z.output<typeof parametersSchema>,
  values: FormValues,
) {
  const { config, caller, now } = c.var;
  const list = (one: string | undefined) => (one === undefined ? [] : [one]);
  const scope = scopeOf({ tag: list(tag), group: list(group), monitor: list(monitor) });
  const at = date === undefined ? now : startOfDate(timeZone, date);
  const reader = { restriction: caller.restriction, now };
  const report = await buildReport(config.db, { period, timeZone, at, scope }, reader);
  const last = localDate(timeZone, report.to - 1);
  const days = { first: localDate(timeZone, report.from), last };
  const next = periodAt(period, timeZone, report.to);
  return dashboardPage(c, {
    title: `Report ${report.label}`,
    content: (
      <ReportPage
        report={report}
        days={days}
        values={values}
        errors={{}}
        before={localDate(timeZone, report.from - DAY_MS / 2)}
        after={next.from < now ? localDate(timeZone, next.from) : null}
      />
    ),
  });
}

const showForm = (c: Context<HttpEnv>, values: FormValues, errors: FormErrors) =>
  dashboardPage(
    c,
    {
      title: 'Report',
      content: (
        <ReportPage report={null} days={null} values={values} errors={errors} before={null} after={null} />
      ),
    },
    422,
  );
