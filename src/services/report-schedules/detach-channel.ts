// Owns report schedules without a channel that goes. Pure. Does not write them.
import type { ReportScheduleRow } from '../../store/report-schedules.ts';
import type { Reference } from '../references/reference.ts';

interface DetachedReportSchedule {
  /** As it will be. */
  readonly row: ReportScheduleRow;
  readonly reference: Reference;
}

/** A schedule without any channel stays: the health of the mesh shows that it sends nothing. */
export const detachReportSchedules = (
  rows: readonly ReportScheduleRow[],
  channel: string,
  now: number,
): DetachedReportSchedule[] =>
  rows
    .filter(({ channels }) => channels.includes(channel))
    .map((row) => {
      const channels = row.channels.filter((id) => id !== channel);
      return {
        row: { ...row, channels, version: row.version + 1, updatedAt: now },
        reference: {
          ...{ kind: 'report_schedule', id: row.id, name: row.name, field: 'channels' },
          effect: channels.length === 0 ? 'emptied' : 'detached',
        },
      };
    });
