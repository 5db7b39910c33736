// Owns times for people on pages. Pages have no script, so all times are in UTC and as of the request.
import { duration, timeText } from '../../channels/time-text.ts';
import { iso } from '../api/common.ts';

export const Timestamp = ({ at, exact }: { at: number; exact?: boolean }) => (
  <time datetime={iso(at)}>{timeText(at, exact)}</time>
);

/** The time since `since`, with the exact time in the title. */
export const RelativeTime = ({ since, now }: { since: number; now: number }) => (
  <time datetime={iso(since)} title={timeText(since)}>
    {duration(now - since)}
  </time>
);
