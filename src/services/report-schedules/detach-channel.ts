// Owns report schedules without the channels that go. Pure. Does not write them.
import type { ReportScheduleRow } from '../../store/report-schedules.ts';
import type { Reference } from '../references/reference.ts';

interface DetachedReportSchedule {
  readonly before: ReportScheduleRow;
  /** As it will be. */
  readonly row: ReportScheduleRow;
  readonly reference: Reference;
  /** The first channel that goes. */
  readonly missing: string;
}

/** A schedule without any channel stays: the health of the mesh shows that it sends nothing. */
export const detachReportSchedules = (
  rows: readonly ReportScheduleRow[],
  isGone: (channel: string) => boolean,
  now: number,
): DetachedReportSchedule[] =>
  rows.flatMap((before) => {
    const { id, name, version } = before;
    const missing = before.channels.find(isGone);
    if (missing === undefined) return [];
    const channels = before.channels.filter((one) => !isGone(one));
    const effect = channels.length === 0 ? 'emptied' : 'detached';
    return [
      {
        ...{ before, missing },
        row: { ...before, channels, version: version + 1, updatedAt: now },
        reference: { kind: 'report_schedule', id, name, field: 'channels', effect },
      },
    ];
  });
