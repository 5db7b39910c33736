// Keeps a report within what Lambda lets out: one that is larger is lost as a whole. Outcomes stay, evidence goes.
import { Buffer } from 'node:buffer';
import type { Observation } from '../contract/index.ts';

/** Lambda answers with 6 MB at most (docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html); some is for the rest. */
const MOST_BYTES = 5_900_000;

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

/** The same observations; what the last ones keep of answers, facts and traces is left out where all of it is too much. */
export function trimToLimit(observations: readonly Observation[]): Observation[] {
  if (bytesOf(observations) <= MOST_BYTES) return [...observations];
  const bare = observations.map(withoutEvidence);
  let leftBytes = MOST_BYTES - bytesOf(bare);
  return observations.map((whole, index) => {
    const moreBytes = bytesOf(whole) - bytesOf(bare[index]);
    if (moreBytes > leftBytes) return bare[index]!;
    leftBytes -= moreBytes;
    return whole;
  });
}

function withoutEvidence(observation: Observation): Observation {
  const bare = { ...observation };
  delete bare.facts;
  delete bare.trace;
  if (bare.outcome === 'failed') delete bare.response;
  return bare;
}
