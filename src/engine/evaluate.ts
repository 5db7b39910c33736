// Pronounces the verdict over a monitor: its incident follows, then what is told.

import { endIncident, followVerdict } from './incidents/incident.ts';
import { blindStart, incidentEnd } from './incidents/incident-times.ts';
import type { IncidentRecord, Notice } from './model/notification.ts';
import type { MonitorState, State } from './model/state.ts';
import { rememberTurn } from './notifications/flapping.ts';
import { announceBlindness, endBlindness } from './notifications/no-data.ts';
import { type Announced, announce, endFlapping, tellEnd } from './notifications/pipeline.ts';
import { followWarnings } from './notifications/warnings.ts';
import { type Hearing, openHearing, over } from './voting/evaluation.ts';

export interface Pronounced {
  readonly monitor: MonitorState;
  readonly notices: readonly Notice[];
  readonly records: readonly IncidentRecord[];
}

/** Moves a monitor to the verdict that its votes give now. */
export function pronounce(state: State, before: MonitorState, at: number): Pronounced {
  const hearing = openHearing(state, before, at);
  const { verdict } = hearing;
  const course = followVerdict(hearing);
  const judged =
    verdict === before.verdict
      ? course.monitor
      : { ...course.monitor, verdict, verdictSince: sinceWhen(hearing, course.monitor) };
  const monitor = followWarnings(over(hearing, rememberTurn(over(hearing, judged), before)));
  const told = announce(over(hearing, monitor));
  const seen = announceBlindness(over(hearing, told.monitor));
  const notices = seen.notices.length === 0 ? told.notices : [...told.notices, ...seen.notices];
  return { monitor: seen.monitor, notices, records: course.records };
}

function sinceWhen({ state, monitor, votes, verdict, at }: Hearing, after: MonitorState): number {
  if (verdict === 'undecided') return Math.max(monitor.verdictSince, blindStart(state, monitor, at));
  if (after.incident) return after.incident.startedAt;
  return monitor.incident ? incidentEnd(monitor, monitor.incident, votes, at) : at;
}

/** Pausing or deleting a monitor ends what was open, and says so at once: nobody will ask about it any more. */
export function withdraw(state: State, before: MonitorState, reason: string, at: number): Pronounced {
  const hearing: Hearing = { ...openHearing(state, before, at), verdict: before.verdict };
  const course = before.incident
    ? endIncident(hearing, before.incident, reason)
    : { monitor: before, records: [] };
  let { monitor } = course;
  const notices: Notice[] = [];
  for (const end of [tellEnd, endFlapping, endBlindness]) {
    const told: Announced = end(over(hearing, monitor));
    monitor = told.monitor;
    notices.push(...told.notices);
  }
  return { monitor, notices, records: course.records };
}
