// What receivers are told, and when: every beginning that is told gets its end told, once each, in this order.
// Incidents themselves are incident.ts's business.

import type { MonitorNotice, Notice } from '../model/notification.ts';
import type { MonitorState, Told } from '../model/state.ts';
import { type Hearing, noticeOf, over, shown } from '../voting/evaluation.ts';
import { hushedByDependency } from './dependency.ts';
import { beginsToFlap, hasSettled, hushedByFlapping } from './flapping.ts';
import { hushesWarnings, untoldWarnings, warnersOf, withWarningsTold } from './warnings.ts';
import { coverOf } from './windows.ts';

export interface Announced {
  readonly monitor: MonitorState;
  readonly notices: readonly Notice[];
}

/** Tells what is new since receivers were told last, as far as nothing mutes it now. */
export function announce(hearing: Hearing): Announced {
  const { state, monitor, at } = hearing;
  const { incident, told, turns, flapping, warnings } = monitor;
  if (incident === null && told === null && flapping === null && turns.length === 0 && !warnings) {
    return nothing(hearing);
  }
  // In maintenance and in a silence nothing is told; what still holds is told when it ends.
  if (coverOf(state, monitor.number, at) !== null) return nothing(hearing);
  return inTurn(hearing, [tellEnd, tellSettled, tellFlapping, tellBeginning, tellWarnings]);
}

type Step = (hearing: Hearing) => Announced;

function inTurn(hearing: Hearing, steps: readonly Step[]): Announced {
  let { monitor } = hearing;
  const notices: Notice[] = [];
  for (const step of steps) {
    const told = step(over(hearing, monitor));
    monitor = told.monitor;
    notices.push(...told.notices);
  }
  return { monitor, notices };
}

const NO_NOTICES: readonly Notice[] = [];
const nothing = ({ monitor }: Hearing): Announced => ({ monitor, notices: NO_NOTICES });

/** The end of an incident whose beginning was told. */
export function tellEnd(hearing: Hearing): Announced {
  const { monitor } = hearing;
  const { told } = monitor;
  if (!told?.ended) return nothing(hearing);
  const { incident, ended } = told;
  const kind = incident.verdict === 'down' ? 'resolved' : 'partial_ended';
  const id = `${incident.id}_${kind}`;
  const notice = noticeOf(hearing, id, kind, incident.startedAt, shown(incident, ended));
  return { monitor: { ...monitor, told: null }, notices: [notice] };
}

/** A monitor begins to flap: one notice instead of many. Not while another monitor's outage explains it. */
function tellFlapping(hearing: Hearing): Announced {
  const { monitor, at } = hearing;
  if (!beginsToFlap(monitor, at) || hushedByDependency(hearing)) return nothing(hearing);
  const since = monitor.turns[0]?.at ?? at;
  const flapping = { id: `flap_${at.toString(36)}_${monitor.number}`, since };
  const notice = noticeOf(hearing, flapping.id, 'flapping', since);
  return { monitor: { ...monitor, flapping }, notices: [notice] };
}

function tellSettled(hearing: Hearing): Announced {
  return hasSettled(hearing.monitor, hearing.at) ? endFlapping(hearing) : nothing(hearing);
}

export function endFlapping(hearing: Hearing): Announced {
  const { monitor } = hearing;
  if (monitor.flapping === null) return nothing(hearing);
  const { id, since } = monitor.flapping;
  const notice = noticeOf(hearing, `${id}_ended`, 'flapping_ended', since);
  return { monitor: { ...monitor, flapping: null }, notices: [notice] };
}

/** Receivers know of the open incident as it is now: neither unheard of, nor still told as partial. */
export const isTold = ({ incident, told }: MonitorState): boolean =>
  incident === null || (told?.incident.id === incident.id && told.incident.verdict === incident.verdict);

function tellBeginning(hearing: Hearing): Announced {
  const { monitor } = hearing;
  const { incident } = monitor;
  if (incident === null || isTold(monitor)) return nothing(hearing);
  if (hushedByFlapping(monitor) || hushedByDependency(hearing)) return nothing(hearing);
  const kind = incident.verdict === 'down' ? 'opened' : 'partial';
  const id = `${incident.id}_${kind}`;
  const notice = noticeOf(hearing, id, kind, incident.startedAt, shown(incident));
  const told: Told = { incident, ended: null };
  return { monitor: { ...monitor, told }, notices: [notice] };
}

/** Once each, and of a certificate once for every lower limit; their end is not told. */
function tellWarnings(hearing: Hearing): Announced {
  const { monitor, votes, at } = hearing;
  const untold = untoldWarnings(monitor.warnings);
  if (untold.length === 0 || hushesWarnings(hearing)) return nothing(hearing);
  return {
    monitor: withWarningsTold(monitor),
    notices: untold.map((kind): MonitorNotice => {
      const id = `${kind}_${at.toString(36)}_${monitor.number}`;
      const notice = noticeOf(hearing, id, kind, monitor.warnings?.[kind]?.since ?? at);
      return { ...notice, scope: warnersOf(monitor, votes, kind).warning.map(({ location }) => location) };
    }),
  };
}

/** Something is there that receivers would be told of, if nothing muted it. */
export const hasUntold = (monitor: MonitorState): boolean =>
  !isTold(monitor) ||
  untoldWarnings(monitor.warnings).length > 0 ||
  monitor.told?.ended != null ||
  (monitor.blind !== null) !== (monitor.verdict === 'undecided');
