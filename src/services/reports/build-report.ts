// Builds the report of a calendar period: per monitor, per group and for the whole scope. Does not format or send it.
import type { Caller } from '../../access/caller.ts';
import { type PeriodSpan, periodAt, periodLabel, type ReportPeriod } from '../../routing/report-periods.ts';
import { readMeasuredIncidents } from '../../store/history/measured-incidents.ts';
import { overallFigures, percentileOf } from '../../uptime/figures.ts';
import type { LocationFigures } from '../../uptime/model.ts';
import { sumTotals, uptimeOf } from '../../uptime/moments.ts';
import {
  type MeasuredIncident,
  type Objective,
  objectiveOf,
  type Summary,
  summarise,
} from '../../uptime/report.ts';
import type { HistoryScope } from '../history/history-access.ts';
import { type MonitorHistory, readMonitorHistories, readRunFigures } from '../history/read-range.ts';

export interface ReportRequest {
  readonly period: ReportPeriod;
  readonly timeZone: string;
  /** A time in the period. */
  readonly at: number;
  readonly scope: HistoryScope;
}

export interface MonitorInReport extends Summary {
  readonly id: string;
  readonly name: string;
  readonly group: string | null;
  readonly deleted: boolean;
  readonly objective: Objective | null;
  /** Of the runs of all locations. Null: no run succeeded, or the report covers too much. */
  readonly latency: Latency | null;
}

export interface Latency {
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

export interface GroupInReport extends Summary {
  readonly name: string;
  readonly monitors: number;
}

export interface SlowMonitor extends Latency {
  readonly id: string;
  readonly name: string;
  /** The location with the highest p95. */
  readonly slowestLocation: string;
}

export interface Report extends PeriodSpan {
  readonly period: ReportPeriod;
  readonly label: string;
  readonly timeZone: string;
  readonly scope: HistoryScope;
  /** The period is over. */
  readonly complete: boolean;
  /** Of all monitors together. */
  readonly overall: Summary;
  /** Of the period before. Null: no data. */
  readonly previousUptime: number | null;
  readonly groups: readonly GroupInReport[];
  /** By name. */
  readonly monitors: readonly MonitorInReport[];
  /** By p95, at most ten. Null: the report covers too much to read every run. */
  readonly slowest: readonly SlowMonitor[] | null;
}

const MAX_SLOWEST = 10;

export async function buildReport(
  db: D1Database,
  { period, timeZone, at, scope }: ReportRequest,
  caller: Pick<Caller, 'restriction' | 'now'>,
): Promise<Report> {
  const { now } = caller;
  const { from, to } = periodAt(period, timeZone, at);
  const end = Math.min(to, now);
  const before = periodAt(period, timeZone, from - 1);
  const histories = end <= from ? [] : await readMonitorHistories(db, { scope, from, to: end, now }, caller);
  const [previous, incidents, figures] = await Promise.all([
    readMonitorHistories(db, { scope, ...before, now }, caller),
    readMeasuredIncidents(db, histories, from, end),
    readRunFigures(
      db,
      histories.map(({ number }) => number),
      { from, to: end, now },
    ),
  ]);
  const byMonitor = Map.groupBy(incidents, ({ monitorNumber }) => monitorNumber);
  const incidentsOf = (all: readonly MonitorHistory[]): MeasuredIncident[] =>
    all.flatMap(({ number }) => byMonitor.get(number) ?? []);
  const groups = Map.groupBy(histories, ({ group }) => group);
  return {
    ...{ period, label: periodLabel(period, timeZone, from), timeZone, scope, from, to },
    complete: to <= now,
    overall: summarise(histories, incidents),
    previousUptime: uptimeOf(sumTotals(previous.map((one) => summarise([one], []).totals))),
    groups: [...groups]
      .flatMap(([name, all]) =>
        name === null ? [] : [{ name, monitors: all.length, ...summarise(all, incidentsOf(all)) }],
      )
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
    monitors: histories.map((history) => ({
      ...{ id: history.id, name: history.name, group: history.group, deleted: history.deletedAt !== null },
      ...monitorFigures(history, incidentsOf([history]), Math.max(0, to - now)),
      latency: latencyOf(figures?.get(history.number) ?? []),
    })),
    slowest: figures && slowestOf(histories, figures),
  };
}

function monitorFigures(
  history: MonitorHistory,
  incidents: readonly MeasuredIncident[],
  aheadMs: number,
): Summary & Pick<MonitorInReport, 'objective'> {
  const summary = summarise([history], incidents);
  const { sloTarget } = history;
  return {
    ...summary,
    objective: sloTarget === null ? null : objectiveOf(sloTarget, summary.totals, aheadMs),
  };
}

export function latencyOf(figures: readonly LocationFigures[]): Latency | null {
  const { latency } = overallFigures(figures);
  const [p50Ms, p95Ms, p99Ms] = [0.5, 0.95, 0.99].map((share) => percentileOf(latency, share));
  return p50Ms == null || p95Ms == null || p99Ms == null ? null : { p50Ms, p95Ms, p99Ms };
}

const slowestOf = (
  histories: readonly MonitorHistory[],
  figures: ReadonlyMap<number, readonly LocationFigures[]>,
): SlowMonitor[] =>
  histories
    .flatMap(({ number, id, name }): SlowMonitor[] => {
      const ofMonitor = figures.get(number) ?? [];
      const latency = latencyOf(ofMonitor);
      const slowest = ofMonitor
        .map(({ location, latency: steps }) => ({ location, p95: percentileOf(steps, 0.95) ?? -1 }))
        .reduce((worst, one) => (one.p95 > worst.p95 ? one : worst), { location: '', p95: -1 });
      return latency === null ? [] : [{ id, name, ...latency, slowestLocation: slowest.location }];
    })
    .sort((a, b) => b.p95Ms - a.p95Ms)
    .slice(0, MAX_SLOWEST);
