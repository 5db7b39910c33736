// How many replies of failed looks are kept. They are large, and the packed state has to fit one row of D1.
import type { Reply } from '../../../probes/contract/index.ts';
import type { ReportEntry } from '../../engine/model/journal.ts';
import type { State } from '../../engine/model/state.ts';

/** Of one report: few of its replies tell as much as all of them. */
export const MOST_REPLIES_A_REPORT = 10;
/** Characters of JSON in the packed state, some 130 usual replies; where more monitors fail, they say much the same. */
const MOST_CHARACTERS = 200_000;

const sizeOf = (reply: Reply | undefined): number => (reply ? JSON.stringify(reply).length : 0);

/** Leaves out the replies that the state has no room for. */
export function withFewReplies(state: State, entry: ReportEntry): ReportEntry {
  if (entry.observations.every(({ reply }) => reply === undefined)) return entry;
  let room = MOST_CHARACTERS - keptBesides(state, entry);
  const observations = entry.observations.map((observation) => {
    const { reply, ...rest } = observation;
    const fits = sizeOf(reply) <= room;
    if (fits) room -= sizeOf(reply);
    return fits ? observation : rest;
  });
  return { ...entry, observations };
}

/** Characters of the replies in the state that this report does not replace. */
function keptBesides(state: State, { location, observations }: ReportEntry): number {
  const replaced = new Set(observations.map(({ monitor }) => monitor));
  let kept = 0;
  for (const { number, views, round } of state.monitors.values()) {
    for (const [from, { seen }] of views) {
      if (from !== location || !replaced.has(number)) kept += sizeOf(seen?.reply);
    }
    for (const { reply } of round?.answers ?? []) kept += sizeOf(reply);
  }
  return kept;
}
