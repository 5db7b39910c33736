// How many replies of failed looks are kept. They are large, and the packed state has to fit one row of D1.
import type { ReportEntry } from '../core/journal.ts';
import type { State } from '../core/state.ts';

/** Of one report: few of its replies tell as much as all of them. */
export const MOST_REPLIES_A_REPORT = 10;
/** In the packed state; where more monitors than that fail, their replies are much alike. */
const MOST_REPLIES = 100;

/** Leaves out the replies that the state has no room for. */
export function withFewReplies(state: State, entry: ReportEntry): ReportEntry {
  if (entry.observations.every(({ reply }) => reply === undefined)) return entry;
  let room = MOST_REPLIES - keptBesides(state, entry);
  const observations = entry.observations.map((observation) => {
    if (observation.reply === undefined) return observation;
    room -= 1;
    const { reply: _, ...rest } = observation;
    return room < 0 ? rest : observation;
  });
  return { ...entry, observations };
}

/** Replies in the state that this report does not replace. */
function keptBesides(state: State, { location, observations }: ReportEntry): number {
  const replaced = new Set(observations.map(({ monitor }) => monitor));
  let kept = 0;
  for (const { number, views, round } of state.monitors.values()) {
    for (const [from, { seen }] of views) {
      if (seen?.reply && !(from === location && replaced.has(number))) kept += 1;
    }
    for (const answer of round?.answers ?? []) if (answer.reply) kept += 1;
  }
  return kept;
}
