// Owns times for people on pages. They are in UTC and as of the request: a page without script says so, and the script of
// the dashboard shows them in the zone of the viewer.
import { duration, timeText } from '../../channels/time-text.ts';
import { iso } from '../api/common.ts';

/** `exact`: with seconds. */
export const Timestamp = ({ at, exact }: { at: number; exact?: boolean }) => (
  <time datetime={iso(at)} {...(exact ? { 'data-exact': '' } : {})}>
    {timeText(at, exact)}
  </time>
);

/** The time since `since`, with the exact time in the title. */
export const RelativeTime = ({ since, now }: { since: number; now: number }) => (
  <time datetime={iso(since)} title={timeText(since)} data-relative="">
    {duration(now - since)}
  </time>
);

/** The time until `until`, with the exact time in the title. */
export const TimeLeft = ({ until, now }: { until: number; now: number }) => (
  <time datetime={iso(until)} title={timeText(until)} data-until="">
    {duration(until - now)}
  </time>
);
