// Owns the budget for response bodies of failed runs: they are large, and a snapshot must fit a row of D1.
import type { CapturedResponse } from '../../../probes/contract/index.ts';
import type { ReportEntry } from '../../engine/model/journal.ts';
import type { State } from '../../engine/model/state.ts';

/** For one report. */
const MAX_RESPONSES = 10;
/** Characters of JSON in a snapshot: about 130 usual responses. */
const MAX_CHARACTERS = 200_000;

const sizeOf = (response: CapturedResponse | undefined): number =>
  response ? JSON.stringify(response).length : 0;

/** Removes the responses beyond the budget. Applied once, before the entry is encoded. */
export function limitResponses(state: State, entry: ReportEntry): ReportEntry {
  if (entry.observations.every(({ response }) => response === undefined)) return entry;
  let responses = MAX_RESPONSES;
  let characters = MAX_CHARACTERS - retainedSize(state, entry);
  const observations = entry.observations.map((observation) => {
    const { response, ...rest } = observation;
    if (response === undefined) return observation;
    const size = sizeOf(response);
    if (responses === 0 || size > characters) return rest;
    responses -= 1;
    characters -= size;
    return observation;
  });
  return { ...entry, observations };
}

/** Characters of the responses in the state that this report does not replace. */
function retainedSize(state: State, { location, observations }: ReportEntry): number {
  const replaced = new Set(observations.map(({ monitor }) => monitor));
  let size = 0;
  for (const { number, byLocation, round } of state.monitors.values()) {
    for (const [from, { lastResult }] of byLocation) {
      if (from !== location || !replaced.has(number)) size += sizeOf(lastResult?.response);
    }
    for (const { response } of round?.results ?? []) size += sizeOf(response);
  }
  return size;
}
