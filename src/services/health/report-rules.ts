// Owns the rule about reports that schedules send. Pure. A failed report does not stop monitoring.
import { duePeriod } from '../report-schedules/due-period.ts';
import { duration } from './figures.ts';
import type { Rule } from './rule.ts';

/** A tick sends a few, and repeats what failed. */
const OVERDUE_MS = 3_600_000;
const MAX_LISTED = 5;

interface Failed {
  readonly since: number | null;
  readonly text: string;
}

export const REPORT_RULES = {
  reports_not_sent: {
    words: 'Reports are not sent.',
    stops: false,
    find({ facts }, now) {
      const channels = new Set(facts.channels.flatMap(({ id, enabled }) => (enabled ? [id] : [])));
      const failed = (facts.reportSchedules ?? []).flatMap((schedule): Failed[] => {
        const due = duePeriod(schedule, now);
        const { id } = schedule;
        if (due !== null && now - due.dueAt >= OVERDUE_MS)
          return [
            { since: due.dueAt, text: `${id} (${duration(now - due.dueAt)} overdue: see the Worker's log)` },
          ];
        if (schedule.channels.some((channel) => channels.has(channel))) return [];
        return [{ since: null, text: `${id} (none of its channels exists and is enabled)` }];
      });
      if (failed.length === 0) return null;
      const times = failed.flatMap(({ since }) => since ?? []);
      const listed = failed.slice(0, MAX_LISTED).map(({ text }) => text);
      const more = failed.length > MAX_LISTED ? ` and ${failed.length - MAX_LISTED} more` : '';
      return {
        since: times.length === 0 ? null : Math.min(...times),
        detail: `${failed.length} ${failed.length === 1 ? 'report schedule sends' : 'report schedules send'} nothing: ${listed.join(', ')}${more}.`,
      };
    },
  },
} satisfies Record<string, Rule>;
