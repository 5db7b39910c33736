// Owns what the failing locations saw: their newest failures, grouped if they differ only in addresses, durations and
// quoted text. Decides nothing.

import type { OutcomeCode } from '../model/heartbeat.ts';
import type { StoredObservation } from '../model/state.ts';
import type { Evaluation } from '../voting/evaluation.ts';

/** What several locations saw alike. */
export interface FailureGroup {
  readonly code: OutcomeCode;
  /** In words, with "…" in place of the parts in which they differ. */
  readonly detail: string;
  readonly locations: readonly number[];
}

const CODE_TEXTS: Record<OutcomeCode, string> = {
  refused: 'refused the connection',
  timeout: 'timed out',
  reset: 'reset the connection',
  unreachable: 'is not reachable',
  dns: 'the name was not resolved',
  tls: 'the TLS handshake failed',
  unexpected_reply: 'unexpected reply',
  unexpected_open: 'is open, unexpectedly',
  forbidden_address: 'the address is forbidden',
  missed: 'no ping came in time',
  never_seen: 'the first ping did not come',
  job_failed: 'the job reported a failure',
  too_long: 'the job runs too long',
};

const ADDRESS = String.raw`(?:\[[\da-f:.]+(?:%\w+)?\]|\d{1,3}(?:\.\d{1,3}){3}|(?:[\da-f]{0,4}:){2,7}[\da-f]{0,4})(?::\d{1,5})?`;
/** Differs between locations although they see the same: addresses, times, sizes, quoted text and long numbers. */
const VARYING = new RegExp(
  [
    '"[^"]*"',
    String.raw`\d{4}-\d\d-\d\dT[\d:.]+Z?`,
    ADDRESS,
    String.raw`\d+(?:\.\d+)? ?(?:ms|s|seconds|bytes|kB|KiB|days)\b`,
    String.raw`\b[\da-f]{8,}\b`,
    String.raw`\b\d{5,}\b`,
  ].join('|'),
  'gi',
);
const LEADING_ADDRESS = new RegExp(`^(?:…|${ADDRESS}) `, 'i');

/** The detail without its address, which is in the evidence. */
export const withoutAddress = (detail: string): string => detail.replace(LEADING_ADDRESS, '');

/** The newest failures of the voting locations, those that most locations saw first. */
export function groupFailures({ monitor, votes }: Evaluation): FailureGroup[] {
  const groups = new Map<string, { code: OutcomeCode; details: string[]; locations: number[] }>();
  for (const location of [...votes.failing, ...votes.passing]) {
    const result = monitor.byLocation.get(location)?.lastResult;
    if (result?.outcome !== 'failed' || result.code === undefined) continue;
    const detail = textOf(result, result.code);
    const key = `${result.code} ${detail.replace(VARYING, '…')}`;
    const group = groups.get(key) ?? { code: result.code, details: [], locations: [] };
    groups.set(key, group);
    group.details.push(detail);
    group.locations.push(location);
  }
  return [...groups.values()]
    .map(({ code, details, locations }) => ({ code, detail: commonText(details), locations }))
    .sort((a, b) => b.locations.length - a.locations.length);
}

const textOf = ({ detail }: StoredObservation, code: OutcomeCode): string =>
  detail === undefined || detail === '' || detail === code ? CODE_TEXTS[code] : detail;

/** The first text, with "…" in place of each varying part that is not the same in all of them. */
function commonText(details: readonly string[]): string {
  const [first = ''] = details;
  const parts = details.map((detail) => detail.match(VARYING) ?? []);
  let index = -1;
  return first.replace(VARYING, (part) => {
    index += 1;
    return parts.every((other) => other[index] === part) ? part : '…';
  });
}
