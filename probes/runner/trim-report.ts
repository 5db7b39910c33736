// Owns the size of a report: Lambda drops a larger one as a whole. Keeps outcomes and drops evidence.
import { Buffer } from 'node:buffer';
import type { Observation } from '../contract/index.ts';

/** Lambda returns at most 6 MB (docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html), other fields included. */
const MAX_BYTES = 5_900_000;

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

/** The observations. If they are too large together, the last ones lose response, facts and trace. */
export function trimToLimit(observations: readonly Observation[]): Observation[] {
  if (bytesOf(observations) <= MAX_BYTES) return [...observations];
  const trimmed = observations.map(withoutEvidence);
  let remainingBytes = MAX_BYTES - bytesOf(trimmed);
  return observations.map((observation, index) => {
    const evidenceBytes = bytesOf(observation) - bytesOf(trimmed[index]);
    if (evidenceBytes > remainingBytes) return trimmed[index]!;
    remainingBytes -= evidenceBytes;
    return observation;
  });
}

function withoutEvidence(observation: Observation): Observation {
  const trimmed = { ...observation };
  delete trimmed.facts;
  delete trimmed.trace;
  if (trimmed.outcome === 'failed') delete trimmed.response;
  return trimmed;
}
