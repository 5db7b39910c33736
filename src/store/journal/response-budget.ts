// How many replies of failed looks are kept. They are large, and the packed state has to fit one row of D1.
import type { CapturedResponse } from '../../../probes/contract/index.ts';
import type { ReportEntry } from '../../engine/model/journal.ts';
import type { State } from '../../engine/model/state.ts';

/** Of one report: few of its replies tell as much as all of them. */
export const MAX_RESPONSES_PER_REPORT = 10;
/** Characters of JSON in the packed state, some 130 usual replies; where more monitors fail, they say much the same. */
const MOST_CHARACTERS = 200_000;

const sizeOf = (reply: CapturedResponse | undefined): number => (reply ? JSON.stringify(reply).length : 0);

/** Leaves out the replies that the state has no room for. */
export function limitResponses(state: State, entry: ReportEntry): ReportEntry {
  if (entry.observations.every(({ response }) => response === undefined)) return entry;
  let room = MOST_CHARACTERS - retainedSize(state, entry);
  const observations = entry.observations.map((observation) => {
    const { response, ...rest } = observation;
    const fits = sizeOf(response) <= room;
    if (fits) room -= sizeOf(response);
    return fits ? observation : rest;
  });
  return { ...entry, observations };
}

/** Characters of the replies in the state that this report does not replace. */
function retainedSize(state: State, { location, observations }: ReportEntry): number {
  const replaced = new Set(observations.map(({ monitor }) => monitor));
  let kept = 0;
  for (const { number, byLocation, round } of state.monitors.values()) {
    for (const [from, { lastResult }] of byLocation) {
      if (from !== location || !replaced.has(number)) kept += sizeOf(lastResult?.response);
    }
    for (const { response } of round?.results ?? []) kept += sizeOf(response);
  }
  return kept;
}
