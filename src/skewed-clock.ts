// Owns a clock that is wrong on purpose: the local mesh shows with it what a wrong clock does. Does not read bindings.

/** Seconds, for good or between two times in seconds since the epoch: `21600`, `-90@1800000000..1800000080`. */
const SKEW = /^(?<seconds>[+-]?\d+)(?:@(?<from>\d+)(?:\.\.(?<to>\d+))?)?$/;

interface Skew {
  readonly offsetMs: number;
  readonly from: number;
  readonly to: number;
}

/** `now`, shifted as the comma-separated list describes. Throws an error that names an invalid entry. */
export function skewedClock(text: string, now: () => number): () => number {
  const skews = text.split(',').map((entry) => parseSkew(entry.trim()));
  return () => {
    const at = now();
    return (
      at + skews.reduce((sum, { offsetMs, from, to }) => sum + (at >= from && at < to ? offsetMs : 0), 0)
    );
  };
}

function parseSkew(entry: string): Skew {
  const found = SKEW.exec(entry)?.groups;
  if (!found)
    throw new Error(
      `CLOCK_OFFSET_SECONDS has an invalid entry "${entry}". Use seconds, or seconds@from..to with Unix times.`,
    );
  const { seconds, from, to } = found;
  return {
    offsetMs: Number(seconds) * 1_000,
    from: from === undefined ? Number.NEGATIVE_INFINITY : Number(from) * 1_000,
    to: to === undefined ? Number.POSITIVE_INFINITY : Number(to) * 1_000,
  };
}
