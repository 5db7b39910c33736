// Owns small parts of the pages of windows: times on the clock of a chosen zone, and the list of occurrences.

import type { Interval } from '../../../services/windows/schedule.ts';
import { iso } from '../../api/common.ts';
import { zonedText } from './local-times.ts';
import { lengthText } from './window-words.ts';

/** The script leaves it in the chosen zone. UTC is in the title. */
export const ZonedTime = ({ at, timeZone }: { at: number; timeZone: string }) => (
  <time datetime={iso(at)} title={iso(at)} data-local="">
    {zonedText(timeZone, at)}
  </time>
);

export const Occurrences = ({ spans, timeZone }: { spans: readonly Interval[]; timeZone: string }) => (
  <ol class="occurrences">
    {spans.map((span) => (
      <li>
        <ZonedTime at={span[0]} timeZone={timeZone} /> <span class="small">for {lengthText(span)}</span>
      </li>
    ))}
  </ol>
);
