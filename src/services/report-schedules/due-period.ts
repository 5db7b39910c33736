// Owns when the report of a schedule is due. Pure.
import { lastPeriodBefore, type ReportPeriod } from '../../routing/report-periods.ts';

/** After the period, so that an outage of its last minutes is confirmed, and a monitor that is checked each hour measured. */
export const DELAY_MS = 3_600_000;

export interface DueSchedule {
  readonly period: ReportPeriod;
  readonly timeZone: string;
  /** Start of the newest period that needs no report. */
  readonly sentPeriod: number | null;
}

/** The period whose report is due. Older ones that were missed are not sent any more. */
export function duePeriod(
  { period, timeZone, sentPeriod }: DueSchedule,
  now: number,
): { readonly from: number; readonly dueAt: number } | null {
  const { from, to } = lastPeriodBefore(period, timeZone, now - DELAY_MS);
  return sentPeriod !== null && sentPeriod >= from ? null : { from, dueAt: to + DELAY_MS };
}
