// Owns the page of a report, which prints as one document: figures in all, by group and by monitor, with the rule of the
// figures. Does not read or compute a figure.
import { uptimeText } from '../../channels/report-text.ts';
import { duration } from '../../channels/time-text.ts';
import type {
  GroupInReport,
  MonitorInReport,
  Report,
  SlowMonitor,
} from '../../services/reports/build-report.ts';
import type { Summary } from '../../uptime/report.ts';
import { objectiveCounts, REPORT_RULE } from '../api/reports/schema.ts';
import { Breakable } from '../ui/breakable.tsx';
import { Field, type FormErrors, type FormValues, Select } from './form.tsx';
import { Tabs } from './parts/parts.tsx';

export const REPORTS_PATH = '/dashboard/reports';

export const REPORT_TABS = [
  { path: REPORTS_PATH, label: 'Reports' },
  { path: '/dashboard/report-schedules', label: 'Schedules' },
];

const PERIODS = [
  { value: 'week', label: 'Week' },
  { value: 'month', label: 'Month' },
  { value: 'quarter', label: 'Quarter' },
  { value: 'year', label: 'Year' },
];

interface ReportPageProps {
  readonly report: Report | null;
  /** Local dates of the period: its first and its last day. */
  readonly days: { readonly first: string; readonly last: string } | null;
  readonly values: FormValues;
  readonly errors: FormErrors;
  /** Local dates in the period before and after. Null: it has not begun. */
  readonly before: string | null;
  readonly after: string | null;
}

export const ReportPage = ({ report, days, values, errors, before, after }: ReportPageProps) => (
  <>
    <div class="unprinted">
      <Tabs tabs={REPORT_TABS} current={REPORTS_PATH} label="Reports" />
    </div>
    <Filters values={values} errors={errors} />
    {report === null || days === null ? null : (
      <>
        <p>
          <strong>{report.label}</strong>: {days.first} to {days.last}, {report.timeZone}.{' '}
          {report.complete ? '' : 'The period is not over: these are the figures so far.'}
        </p>
        <p class="actions unprinted">
          {before === null ? null : <a href={pageUrl({ ...values, at: before })}>Period before</a>}
          {after === null ? null : <a href={pageUrl({ ...values, at: after })}>Period after</a>}
          <a href={apiUrl(values, 'csv')} download>
            Download as CSV
          </a>
          <a href={apiUrl(values, 'json')}>JSON</a>
        </p>
        <Overall report={report} />
        {report.groups.length === 0 ? null : <Groups groups={report.groups} />}
        <Monitors monitors={report.monitors} />
        {report.slowest === null || report.slowest.length === 0 ? null : <Slowest slowest={report.slowest} />}
        <p class="note rule">{REPORT_RULE}</p>
      </>
    )}
  </>
);

const query = (values: FormValues): string => {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value) parameters.set(name, value);
  return String(parameters);
};
const pageUrl = (values: FormValues): string => `${REPORTS_PATH}?${query(values)}`;

function apiUrl({ period = 'month', at, timeZone, tag, group, monitor }: FormValues, format: string): string {
  const instant = at ? { at: `${at}T12:00:00Z` } : {};
  return `/api/v1/reports/${period}?${query({ ...instant, timeZone, tag, group, monitor, format })}`;
}

const Filters = ({ values, errors }: Pick<ReportPageProps, 'values' | 'errors'>) => {
  const field = (name: string) => ({ name, value: values[name] ?? '', error: errors[name], maxlength: 200 });
  return (
    <details class="plain unprinted" open={Object.keys(errors).length > 0}>
      <summary>Period and monitors</summary>
      <form method="get" action={REPORTS_PATH}>
        <div class="fields">
          <Select
            name="period"
            label="Period"
            options={PERIODS}
            value={values.period ?? 'month'}
            error={errors.period}
          />
          <Field {...field('at')} label="A day in it" type="date" hint="Without one: today." />
          <Field {...field('timeZone')} label="Time zone" hint="Such as Europe/Berlin. Without one: UTC." />
          <Field {...field('tag')} label="Tag" hint="Such as team:shop. Without any: all monitors." />
          <Field {...field('group')} label="Group" />
          <Field {...field('monitor')} label="Monitor" hint="Its id." />
        </div>
        <p class="actions">
          <button type="submit" class="primary">
            Show
          </button>
        </p>
      </form>
    </details>
  );
};

const time = (ms: number | null): string => (ms === null ? '–' : duration(ms));

const Overall = ({ report }: { report: Report }) => {
  const { overall, previousUptime, monitors } = report;
  const { objectives, missedObjectives } = objectiveCounts(report);
  return (
    <section aria-labelledby="overall">
      <h2 id="overall">{monitors.length === 1 ? 'One monitor' : `All ${monitors.length} monitors`}</h2>
      <dl class="facts plain">
        <dt>Uptime</dt>
        <dd>
          <strong>{uptimeText(overall.uptime)}</strong> (period before: {uptimeText(previousUptime)})
        </dd>
        <dt>Downtime</dt>
        <dd>{duration(overall.totals.down)}</dd>
        <dt>Outages</dt>
        <dd>
          {overall.outages}, and {overall.partials} regional
        </dd>
        <dt>Mean time to detect</dt>
        <dd>{time(overall.meanTimeToDetectMs)}</dd>
        <dt>Mean time to resolve</dt>
        <dd>{time(overall.meanTimeToResolveMs)}</dd>
        <dt>Objectives missed</dt>
        <dd>{objectives === 0 ? 'No monitor has one' : `${missedObjectives} of ${objectives}`}</dd>
        <dt>Not counted</dt>
        <dd>
          {duration(overall.totals.maintenance)} maintenance, {duration(overall.totals.paused)} paused,{' '}
          {duration(overall.totals.no_data)} without data
        </dd>
      </dl>
    </section>
  );
};

const NumberHeads = ({ names }: { names: readonly string[] }) => (
  <>
    {names.map((name) => (
      <th scope="col" class="number">
        {name}
      </th>
    ))}
  </>
);
const SUMMARY_HEADS = <NumberHeads names={['Uptime', 'Downtime', 'Outages', 'Detect', 'Resolve']} />;

const SummaryCells = ({ of }: { of: Summary }) => (
  <>
    <td class="number">{uptimeText(of.uptime)}</td>
    <td class="number">{duration(of.totals.down)}</td>
    <td class="number">{of.outages}</td>
    <td class="number">{time(of.meanTimeToDetectMs)}</td>
    <td class="number">{time(of.meanTimeToResolveMs)}</td>
  </>
);

const Groups = ({ groups }: { groups: readonly GroupInReport[] }) => (
  <section>
    <h2 id="groups">Groups</h2>
    <section class="scroll plain" tabindex={0} aria-labelledby="groups">
      <table class="report">
        <thead>
          <tr>
            <th scope="col">Group</th>
            <th scope="col" class="number">
              Monitors
            </th>
            {SUMMARY_HEADS}
          </tr>
        </thead>
        <tbody>
          {groups.map((group) => (
            <tr>
              <th scope="row">
                <bdi>{group.name}</bdi>
              </th>
              <td class="number">{group.monitors}</td>
              <SummaryCells of={group} />
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  </section>
);

const Monitors = ({ monitors }: { monitors: readonly MonitorInReport[] }) => (
  <section>
    <h2 id="monitors">Monitors</h2>
    {monitors.length === 0 ? (
      <div class="plain">
        <p>No monitor existed in this period.</p>
      </div>
    ) : (
      <section class="scroll plain" tabindex={0} aria-labelledby="monitors">
        <table class="report">
          <thead>
            <tr>
              <th scope="col">Monitor</th>
              {SUMMARY_HEADS}
              <th scope="col" class="number">
                p95
              </th>
              <th scope="col">Objective</th>
              <th scope="col">Budget left</th>
            </tr>
          </thead>
          <tbody>
            {monitors.map((monitor) => (
              <Monitor of={monitor} />
            ))}
          </tbody>
        </table>
      </section>
    )}
  </section>
);

const Monitor = ({ of: monitor }: { of: MonitorInReport }) => {
  const { objective, latency, name, deleted } = monitor;
  return (
    <tr>
      <th scope="row">
        <bdi>
          <Breakable text={name} />
        </bdi>
        {deleted ? ' (deleted)' : ''}
      </th>
      <SummaryCells of={monitor} />
      <td class="number">
        {latency === null ? '–' : `${latency.p95Ms.toFixed(latency.p95Ms < 10 ? 1 : 0)} ms`}
      </td>
      <td>{objective === null ? '–' : `${objective.target} %${metText(objective.met)}`}</td>
      <td>
        {objective === null
          ? '–'
          : `${objective.remainingMs < 0 ? '−' : ''}${duration(Math.abs(objective.remainingMs))} of ${duration(objective.budgetMs)}${burnText(objective.burnRate)}`}
      </td>
    </tr>
  );
};

const metText = (met: boolean | null): string => (met === null ? ', no data' : met ? ', met' : ', missed');
const burnText = (rate: number | null): string => (rate === null ? '' : `, burn rate ${rate.toFixed(2)}`);

const Slowest = ({ slowest }: { slowest: readonly SlowMonitor[] }) => (
  <section>
    <h2 id="slowest">Slowest monitors</h2>
    <section class="scroll plain" tabindex={0} aria-labelledby="slowest">
      <table class="report">
        <thead>
          <tr>
            <th scope="col">Monitor</th>
            <NumberHeads names={['p50', 'p95', 'p99']} />
            <th scope="col">Slowest location</th>
          </tr>
        </thead>
        <tbody>
          {slowest.map((one) => (
            <tr>
              <th scope="row">
                <bdi>
                  <Breakable text={one.name} />
                </bdi>
              </th>
              {[one.p50Ms, one.p95Ms, one.p99Ms].map((ms) => (
                <td class="number">{ms.toFixed(ms < 10 ? 1 : 0)} ms</td>
              ))}
              <td>{one.slowestLocation}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  </section>
);
