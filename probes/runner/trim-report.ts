// Owns the size of a report: Lambda drops a larger one as a whole. Keeps outcomes and drops evidence.
import { Buffer } from 'node:buffer';
import type { Observation } from '../contract/index.ts';

/** Lambda returns at most 6 MB (docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html), other fields included. */
const MAX_BYTES = 5_900_000;

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

/** A detail of this length still states the cause. */
const SHORT_DETAIL_LENGTH = 80;

/**
 * The observations. If they are too large together, the last ones lose response, facts and trace. If all of them without
 * these are still too large, details are shortened. If that does not suffice, the last runs become unmeasured.
 */
export function trimToLimit(observations: readonly Observation[], maxBytes = MAX_BYTES): Observation[] {
  if (bytesOf(observations) <= maxBytes) return [...observations];
  const kept = keepWhileItFits(observations, observations.map(withoutEvidence), maxBytes);
  if (kept) return kept;
  const short = observations.map(shortened);
  return keepWhileItFits(short, short.map(tooLarge), maxBytes) ?? short.map(tooLarge);
}

/** The first of the wanted observations that fit, and the small forms of the others. Null if not even these fit. */
function keepWhileItFits(
  wanted: readonly Observation[],
  small: readonly Observation[],
  maxBytes: number,
): Observation[] | null {
  let remainingBytes = maxBytes - bytesOf(small);
  if (remainingBytes < 0) return null;
  return wanted.map((observation, index) => {
    const moreBytes = bytesOf(observation) - bytesOf(small[index]);
    if (moreBytes > remainingBytes) return small[index]!;
    remainingBytes -= moreBytes;
    return observation;
  });
}

/** The outcome, with a short reason. */
function shortened(observation: Observation): Observation {
  const bare = withoutEvidence(observation);
  const cut = (text: string): string => text.slice(0, SHORT_DETAIL_LENGTH);
  if (bare.outcome !== 'ok') return { ...bare, detail: cut(bare.detail) };
  if (bare.degraded === undefined) return bare;
  return { ...bare, degraded: bare.degraded.map((warning) => ({ ...warning, detail: cut(warning.detail) })) };
}

const tooLarge = ({ id, startedAt }: Observation): Observation => ({
  ...{ id, startedAt, timings: {} },
  ...{
    outcome: 'unmeasured',
    reason: 'bad_report',
    detail: 'the report of this job is too large for Lambda',
  },
});

function withoutEvidence(observation: Observation): Observation {
  const trimmed = { ...observation };
  delete trimmed.facts;
  delete trimmed.trace;
  if (trimmed.outcome === 'failed') delete trimmed.response;
  return trimmed;
}
