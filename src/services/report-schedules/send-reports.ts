// Sends the report of each schedule once, an hour after its period: in a tick, through the outbox. Never throws: the next
// tick repeats what failed, and the health of the mesh shows it. Does not build a report.
import { EMPTY_DATA, type WebhookBody } from '../../channels/notification.ts';
import { newBody } from '../../channels/render.ts';
import type { Config } from '../../env.ts';
import { log } from '../../log.ts';
import { localDate } from '../../routing/report-periods.ts';
import {
  listEnabledReportSchedules,
  type ReportScheduleRow,
  recordSentReport,
} from '../../store/report-schedules.ts';
import type { HistoryScope } from '../history/history-access.ts';
import { buildReport, type MonitorInReport, type Report } from '../reports/build-report.ts';
import { duePeriod } from './due-period.ts';

/** Reports of one tick: the others follow with the next one. */
const MAX_AT_ONCE = 3;
const MAX_WORST = 5;

type Deps = Pick<Config, 'db' | 'publicUrl'>;

/** Returns how many it tried to send. */
export async function sendReports({ db, publicUrl }: Deps, now: number): Promise<number> {
  try {
    const due = (await listEnabledReportSchedules(db)).flatMap((schedule) => {
      const due = duePeriod(schedule, now);
      return due === null ? [] : [{ schedule, period: due.from }];
    });
    const first = due.slice(0, MAX_AT_ONCE);
    for (const { schedule, period } of first) await sendOrLog({ db, publicUrl }, schedule, period, now);
    return first.length;
  } catch (error) {
    log.error('reports.send_failed', { error });
    return 0;
  }
}

/** One that cannot be sent holds back no other one. */
async function sendOrLog(deps: Deps, schedule: ReportScheduleRow, period: number, now: number) {
  try {
    await send(deps, schedule, period, now);
  } catch (error) {
    log.error('reports.send_failed', { schedule: schedule.id, error });
  }
}

/** A restricted person wrote only a scope inside, so the report reads without a restriction. */
async function send({ db, publicUrl }: Deps, schedule: ReportScheduleRow, from: number, now: number) {
  const { id, period, timeZone, channels } = schedule;
  const scope = schedule.scope as HistoryScope;
  const reader = { restriction: null, now };
  const report = await buildReport(db, { period, timeZone, at: from, scope }, reader);
  const body = newBody('report.created', now, {
    ...EMPTY_DATA,
    report: reportBody(publicUrl, schedule, report),
  });
  await recordSentReport(db, schedule, from, {
    // The same for every attempt, so that the report of a period exists once.
    ...{ id: `report_${id}_${period}_${from.toString(36)}`, body, at: now },
    ...{ monitorId: null, incidentId: null, position: null },
    recipients: channels.map((channel) => ({ id: channel, routeId: null })),
  });
}

const iso = (ms: number): string => new Date(ms).toISOString();
const seconds = (ms: number): number => Math.round(ms / 1000);
const secondsOrNull = (ms: number | null): number | null => (ms === null ? null : seconds(ms));

export function reportBody(
  publicUrl: string,
  { id, name }: Pick<ReportScheduleRow, 'id' | 'name'>,
  report: Report,
): NonNullable<WebhookBody['data']['report']> {
  const { overall, monitors } = report;
  const objectives = monitors.flatMap(({ objective }) => objective ?? []);
  return {
    ...{ id, name, url: reportUrl(publicUrl, report), period: report.period, label: report.label },
    ...{ from: iso(report.from), to: iso(report.to), timeZone: report.timeZone },
    ...{ monitors: monitors.length, uptime: overall.uptime, outages: overall.outages },
    downtimeSeconds: seconds(overall.totals.down),
    meanTimeToResolveSeconds: secondsOrNull(overall.meanTimeToResolveMs),
    meanTimeToDetectSeconds: secondsOrNull(overall.meanTimeToDetectMs),
    objectives: objectives.length,
    missedObjectives: objectives.filter(({ met }) => met === false).length,
    worst: worstOf(monitors),
  };
}

const worstOf = (monitors: readonly MonitorInReport[]) =>
  monitors
    .filter(({ totals }) => totals.down > 0)
    .toSorted((a, b) => b.totals.down - a.totals.down)
    .slice(0, MAX_WORST)
    .map(({ id, name, uptime, totals }) => ({ id, name, uptime, downtimeSeconds: seconds(totals.down) }));

/** A page shows one tag, group or monitor. Of a larger scope, it shows everything that the person may see. */
function reportUrl(publicUrl: string, { period, timeZone, from, scope }: Report): string {
  const query = new URLSearchParams({ period, at: localDate(timeZone, from) });
  if (timeZone !== 'UTC') query.set('timeZone', timeZone);
  const listed = scope.monitors === 'all' ? [] : scope.monitors;
  const only = [
    ...listed.map((one) => ['monitor', one] as const),
    ...scope.groups.map((one) => ['group', one] as const),
    ...scope.tags.map((one) => ['tag', one] as const),
  ];
  const [first] = only;
  if (first && only.length === 1) query.set(first[0], first[1]);
  return `${publicUrl}/dashboard/reports?${query}`;
}
