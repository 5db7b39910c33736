// Owns the figures of a report: outages, mean times, objectives and their error budgets. Pure: no I/O, no clock.
import type { MomentSpan, MomentTotals, Uptime } from './model.ts';
import { sumTotals, totalsOf, uptimeOf } from './moments.ts';

/** Half open, ms since the epoch. `to` is at most now: the part of a period that is over. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** An incident of a monitor, with the verdict that it had last. */
export interface MeasuredIncident {
  readonly id: string;
  readonly monitorNumber: number;
  readonly verdict: 'down' | 'partial';
  readonly startedAt: number;
  readonly detectedAt: number;
  readonly resolvedAt: number | null;
}

/** A monitor's part of a period. */
export interface MonitorTime extends Range {
  readonly number: number;
  readonly spans: readonly MomentSpan[];
}

export interface Summary {
  readonly totals: MomentTotals;
  readonly uptime: Uptime;
  /** Outages with downtime in the period: what a maintenance covers whole is not one. */
  readonly outages: number;
  /** Regional problems with partial time in the period. */
  readonly partials: number;
  readonly longestMs: number;
  /** Over the outages that have ended, from start to end. Null without one. */
  readonly meanTimeToResolveMs: number | null;
  /** Over the outages, from start to detection. Null without one. */
  readonly meanTimeToDetectMs: number | null;
}

/** Time that counts for uptime, ms. */
export const countedMs = ({ down, partial, up }: MomentTotals): number => down + partial + up;

export function summarise(monitors: readonly MonitorTime[], incidents: readonly MeasuredIncident[]): Summary {
  const byNumber = new Map(monitors.map((one) => [one.number, one]));
  const counted = incidents.flatMap((incident) => {
    const monitor = byNumber.get(incident.monitorNumber);
    if (monitor === undefined) return [];
    const moment = incident.verdict;
    const overlap = overlapMs(monitor, incident, moment);
    // An incident that was partial first is down from its start on, so only one of both matches.
    return overlap > 0 ? [{ ...incident, overlap }] : [];
  });
  const outages = counted.filter(({ verdict }) => verdict === 'down');
  const ended = outages.flatMap(({ startedAt, resolvedAt }) =>
    resolvedAt === null ? [] : [resolvedAt - startedAt],
  );
  const totals = sumTotals(monitors.map(({ spans, from, to }) => totalsOf(spans, from, to)));
  return {
    totals,
    uptime: uptimeOf(totals),
    outages: outages.length,
    partials: counted.length - outages.length,
    longestMs: Math.max(0, ...outages.map(({ overlap }) => overlap)),
    meanTimeToResolveMs: mean(ended),
    meanTimeToDetectMs: mean(outages.map(({ startedAt, detectedAt }) => Math.max(0, detectedAt - startedAt))),
  };
}

/** Time of the incident that the period counts as this moment. */
function overlapMs(
  { spans, from, to }: MonitorTime,
  { startedAt, resolvedAt }: MeasuredIncident,
  moment: 'down' | 'partial',
): number {
  const start = Math.max(from, startedAt);
  const end = Math.min(to, resolvedAt ?? to);
  return end <= start ? 0 : totalsOf(spans, start, end)[moment];
}

const mean = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;

/** A service level objective and what is left of it (sre.google/workbook/alerting-on-slos). */
export interface Objective {
  /** Percent. */
  readonly target: number;
  /** Null: no data. */
  readonly met: boolean | null;
  /** Downtime that the target allows in the whole period. */
  readonly budgetMs: number;
  readonly spentMs: number;
  /** Below zero: the budget is exceeded. */
  readonly remainingMs: number;
  /** How fast the budget is spent: 1 spends it exactly by the end of the period. Null: no data. */
  readonly burnRate: number | null;
}

/** `aheadMs` is the part of the period that has not happened yet. It is expected to count whole. */
export function objectiveOf(target: number, totals: MomentTotals, aheadMs: number): Objective {
  // Of 99.9, floating point makes 0.0999999: rounded to what a target can have.
  const allowed = Math.round((100 - target) * 1e6) / 1e8;
  const counted = countedMs(totals);
  const budgetMs = allowed * (counted + aheadMs);
  return {
    target,
    met: counted === 0 ? null : totals.down <= allowed * counted,
    budgetMs,
    spentMs: totals.down,
    remainingMs: budgetMs - totals.down,
    burnRate: counted === 0 ? null : totals.down / counted / allowed,
  };
}
