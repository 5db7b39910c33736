// Owns the heartbeat strip: a line a location, and what it shows in words. Failing spans are taller, so that colour alone
// says nothing. Pure. Does not read history.
import { isHeartbeatLocation } from '../../../engine/model/heartbeat.ts';
import { type LocationNames, locationName } from '../../../status-pages/location-names.ts';
import type { Strip, StripSpan } from '../../../store/monitor-strips.ts';

const WIDTH = 180;
const LINE = 5;

interface StripProps {
  readonly strip: Strip;
  readonly names: LocationNames;
  /** ms since the epoch. */
  readonly from: number;
  readonly to: number;
}

/** Top and height of a span within the line of its location. */
const SHAPES: Readonly<Record<StripSpan['state'], readonly [top: number, height: number]>> = {
  passing: [1, 3],
  failing: [0, 5],
  no_data: [2, 1],
  paused: [2, 1],
};

export const HeartbeatStrip = ({ strip, names, from, to }: StripProps) => {
  const { locations } = strip;
  if (locations.length === 0) return null;
  const x = (at: number): number => Math.round(((at - from) / (to - from)) * WIDTH);
  const paths = new Map<StripSpan['state'], string>();
  for (const [index, { spans }] of locations.entries()) {
    for (const { state, from: start, to: end } of spans) {
      const [top, height] = SHAPES[state];
      const left = Math.min(x(start), WIDTH - 1);
      const width = Math.max(1, x(end) - left);
      const path = `M${left} ${index * LINE + top}h${width}v${height}h-${width}z`;
      paths.set(state, (paths.get(state) ?? '') + path);
    }
  }
  return (
    <svg
      class="strip"
      role="img"
      viewBox={`0 0 ${WIDTH} ${locations.length * LINE}`}
      preserveAspectRatio="none"
    >
      <title>{stripText({ strip, names, from, to })}</title>
      {[...paths].map(([state, d]) => (
        <path class={state} d={d} />
      ))}
    </svg>
  );
};

const MAX_PHRASES = 3;

/** `São Paulo failing since 14:03 UTC, 5 others passing. Earlier: Tokyo failed from 13:10 to 13:12 UTC` */
export function stripText({ strip: { locations }, names, from, to }: StripProps): string {
  const describe = (spans: readonly StripSpan[]): string =>
    spans.map((span) => describeSpan(span, from, to)).at(-1) ?? '';
  const job = locations.find(isHeartbeatLocation);
  if (job) return jobText(job.spans, describe);
  const present: Named[] = [];
  const past: Named[] = [];
  for (const { id, spans } of locations) {
    const name = locationName(id, names);
    const last = spans.at(-1);
    const isPassing = last === undefined || last.state === 'passing';
    if (!isPassing) present.push({ name, text: describe([last]) });
    const earlier = spans.filter((span) => span.state !== 'passing' && span !== (isPassing ? null : last));
    if (earlier.length > 0) past.push({ name, text: describe(earlier) });
  }
  const passing = locations.length - present.length;
  const others =
    present.length === 0 ? ` location${passing === 1 ? '' : 's'}` : ` other${passing === 1 ? '' : 's'}`;
  const now = [
    ...phrasesOf(present, locations.length),
    ...(passing === 0 ? [] : [`${passing}${others} passing`]),
  ].join(', ');
  return past.length === 0 ? now : `${now}. Earlier: ${phrasesOf(past, locations.length).join(', ')}`;
}

/** Of a heartbeat, which no location checks. */
function jobText(spans: readonly StripSpan[], describe: (spans: readonly StripSpan[]) => string): string {
  const last = spans.at(-1);
  const isPassing = last === undefined || last.state === 'passing';
  const earlier = spans.filter((span) => span.state !== 'passing' && (isPassing || span !== last));
  const now = isPassing ? 'The job reports in time' : `The job is ${describe([last])}`;
  return earlier.length === 0 ? now : `${now}. Earlier: ${describe(earlier)}`;
}

interface Named {
  readonly name: string;
  readonly text: string;
}

/** Locations with the same text in one phrase. */
function phrasesOf(entries: readonly Named[], total: number): string[] {
  const byText = Map.groupBy(entries, ({ text }) => text);
  const phrases = [...byText].map(([text, alike]) => {
    const { length } = alike;
    if (length === total && total > 1) return `all ${total} locations ${text}`;
    return `${length > 2 ? `${length} locations` : alike.map(({ name }) => name).join(' and ')} ${text}`;
  });
  const more = phrases.length - MAX_PHRASES;
  return more > 0 ? [...phrases.slice(0, MAX_PHRASES), `${more} more`] : phrases;
}

const WORDS = { failing: 'failing', no_data: 'without data', paused: 'paused' } as const;
const PAST = { failing: 'failed', no_data: 'without data', paused: 'paused' } as const;

function describeSpan({ state, from: start, to: end }: StripSpan, from: number, to: number): string {
  const known = state as keyof typeof WORDS;
  if (end >= to)
    return start <= from ? `${WORDS[known]} for 3 h or longer` : `${WORDS[known]} since ${clock(start)} UTC`;
  return start <= from
    ? `${PAST[known]} until ${clock(end)} UTC`
    : `${PAST[known]} from ${clock(start)} to ${clock(end)} UTC`;
}

const clock = (ms: number): string => new Date(ms).toISOString().slice(11, 16);
