// Owns the clock on the wall of a time zone for a span of time, with its jumps. Local times are ms as if they were UTC. Pure.
// Does not know what happens at a local time.
import { Temporal } from 'temporal-polyfill';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Offsets are compared this often. No zone changes its clock twice within a week, and a comparison costs 0.1 ms. */
const SAMPLE_MS = 7 * DAY_MS;

/** A time without a jump of the clock: from `start` to before `end`. */
interface Segment {
  readonly start: number;
  readonly end: number;
  /** Local time minus UTC, ms. */
  readonly offset: number;
}

const offsetAt = (timeZone: string, at: number): number =>
  Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone).offsetNanoseconds / 1e6;

/** What the clock of a time zone shows. For a single moment: a clock for a span costs more. */
export const localAt = (timeZone: string, at: number): number => at + offsetAt(timeZone, at);

/** The local time of a date and time without a zone: `2026-11-23T09:00`. */
export const localTime = (text: string): number => Date.parse(`${text}Z`);

export class LocalClock {
  readonly #segments: readonly [Segment, ...Segment[]];

  /** Knows the time from a day before `from`, because a clock that was set back has shown its times before. */
  constructor(timeZone: string, from: number, to: number) {
    const [first, ...rest] = segmentsOf(
      timeZone,
      floorToMinute(from - DAY_MS),
      floorToMinute(to) + MINUTE_MS,
    );
    this.#segments = [first!, ...rest];
  }

  /** What the clock shows. */
  localAt(at: number): number {
    return at + this.#segmentAt(at).offset;
  }

  /** The latest time that the clock has shown so far: a clock that is set back shows earlier ones again. */
  reachedAt(at: number): number {
    const earlier = this.#segments.filter(({ end }) => end <= at).map(({ end, offset }) => end - 1 + offset);
    return Math.max(this.localAt(at), ...earlier);
  }

  /**
   * The first instant at which the clock shows this time or a later one. A time that the clock skips is that of the jump,
   * and one that it shows twice is the first. Infinite outside of the span.
   */
  #firstInstantAt(local: number): number {
    if (local <= this.#segments[0].start + this.#segments[0].offset) return Number.NEGATIVE_INFINITY;
    for (const { start, end, offset } of this.#segments)
      if (local < end + offset) return Math.max(start, local - offset);
    return Number.POSITIVE_INFINITY;
  }

  /** Every instant at which the clock shows exactly this time: none, one or two. */
  #instantsAt(local: number): number[] {
    return this.#segments.flatMap(({ start, end, offset }) =>
      start <= local - offset && local - offset < end ? [local - offset] : [],
    );
  }

  /** Every instant at which what holds by the clock may change, if it changes at these local times. In no order. */
  changesAt(local: readonly number[]): number[] {
    return [
      ...local.map((time) => this.#firstInstantAt(time)),
      // Times of the week apply to what the clock shows: they begin or end again after it was set back.
      ...local.flatMap((time) => this.#instantsAt(time)),
      ...this.#segments.slice(1).map(({ start }) => start),
    ];
  }

  #segmentAt(at: number): Segment {
    return this.#segments.findLast(({ start }) => start <= at) ?? this.#segments[0];
  }
}

function segmentsOf(timeZone: string, from: number, to: number): Segment[] {
  const segments: Segment[] = [];
  let start = from;
  let offset = offsetAt(timeZone, from);
  for (let at = from; at < to; ) {
    const next = Math.min(at + SAMPLE_MS, to);
    const after = offsetAt(timeZone, next);
    if (after !== offset) {
      const jump = jumpBetween(timeZone, at, next, offset);
      segments.push({ start, end: jump, offset });
      start = jump;
      offset = after;
    }
    at = next;
  }
  segments.push({ start, end: to, offset });
  return segments;
}

/** The first minute after the jump. Both ends are whole minutes, as all jumps since 1972. */
function jumpBetween(timeZone: string, from: number, to: number, before: number): number {
  let [low, high] = [from, to];
  while (high - low > MINUTE_MS) {
    const middle = floorToMinute((low + high) / 2);
    if (offsetAt(timeZone, middle) === before) low = middle;
    else high = middle;
  }
  return high;
}

const floorToMinute = (at: number): number => Math.floor(at / MINUTE_MS) * MINUTE_MS;
