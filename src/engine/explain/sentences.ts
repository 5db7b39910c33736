// Why a verdict is what it is, in sentences that a person understands.

import type { LocationState, LocationStatus, MonitorState, State, Verdict } from '../model/state.ts';
import { ancestorsOf, downAncestor } from '../notifications/dependency.ts';
import { countWarningVotes, type WarningVotes } from '../notifications/warnings.ts';
import { activeWindow } from '../notifications/windows.ts';
import { WARNING_KINDS, type WarningKind } from '../voting/location-warnings.ts';
import { hasQuorum, isQuarantined, quorumCount, type Votes } from '../voting/quorum.ts';

/** Why nothing new is told of a monitor right now; `id` names the window or is null. */
export interface Suppression {
  readonly by: 'maintenance' | 'silence' | 'flapping' | 'dependency';
  readonly until: number | null;
  readonly id: string | null;
}

export function suppressedBy(state: State, monitor: MonitorState, at: number): Suppression | null {
  const cover = activeWindow(state, monitor.number, at);
  if (cover) return { by: cover.kind, until: cover.until, id: cover.id };
  if (downAncestor(state, monitor)) return { by: 'dependency', until: null, id: null };
  return monitor.flapping ? { by: 'flapping', until: null, id: null } : null;
}

/** The rule, who fulfils it and since when, who is left out and why, and what is withheld. */
export function explainInWords(
  state: State,
  monitor: MonitorState,
  votes: Votes,
  verdict: Verdict,
  at: number,
): string {
  if (monitor.policy.paused) return 'The monitor is paused: no location looks at it.';
  return [
    ruleSentence(monitor, votes, verdict),
    ...leftOutSentences(state, votes),
    ...WARNING_KINDS.flatMap((kind) => warningSentence(monitor, votes, kind)),
    ...(votes.pending ? ['A location has just seen the opposite of its vote and is asked again.'] : []),
    ...suppressionSentences(state, monitor, at),
  ].join(' ');
}

function ruleSentence(monitor: MonitorState, votes: Votes, verdict: Verdict): string {
  const { required } = quorumCount(monitor.policy, votes);
  const failing = votes.failing.length;
  const voters = failing + votes.passing.length;
  if (!hasQuorum(voters, votes)) {
    return `Only ${voters} of ${count(votes.configured)} ${voters === 1 ? 'has' : 'have'} a fresh vote; more than half are needed to know.`;
  }
  const rule = `${required} of ${count(voters)} must fail ${describeFailures(monitor.policy.failures)}`;
  const who =
    failing === 0 ? 'none does' : `${failing} ${failing === 1 ? 'does' : 'do'}${since(monitor, votes)}`;
  const regional = verdict === 'partial' ? ' That is a regional problem, and no outage.' : '';
  return `${rule}; ${who}.${regional}`;
}

/** Who warns, of what, and how many must. Nothing, where nobody does. */
function warningSentence(monitor: MonitorState, votes: Votes, kind: WarningKind): string[] {
  const { locations, required } = countWarningVotes(monitor, votes, kind);
  if (locations.length === 0) return [];
  const voters = votes.failing.length + votes.passing.length;
  const [finds, sees] = locations.length === 1 ? ['finds', 'sees'] : ['find', 'see'];
  const what =
    kind === 'certificate'
      ? `${sees} its certificate expire within ${Math.max(...locations.map(({ limit }) => limit))} days`
      : `${finds} it ${[...new Set(locations.map(describeLimit))].join(' and ')}`;
  return [`${locations.length} of ${count(voters)} ${what}, ${required} must.`];
}

const describeLimit = ({ code, limit }: WarningVotes['locations'][number]): string =>
  code === 'loss' ? `lossy (over ${limit} %)` : `slow (over ${limit} ms)`;

const count = (locations: number): string => `${locations} ${locations === 1 ? 'location' : 'locations'}`;

const describeFailures = (failures: number): string =>
  failures === 1 ? 'once' : failures === 2 ? 'twice in a row' : `${failures} times in a row`;

/** Since when the last of the failing ones has been failing. */
function since(monitor: MonitorState, { failing }: Votes): string {
  const starts = failing
    .map((location) => monitor.byLocation.get(location) as LocationStatus)
    .filter(({ streakOf }) => streakOf === 'failed')
    .map(({ streakSince }) => streakSince);
  return starts.length === 0 ? '' : ` since ${formatTime(Math.max(...starts))}`;
}

const formatTime = (ms: number): string => `${new Date(ms).toISOString().slice(11, 19)} UTC`;

function leftOutSentences(state: State, votes: Votes): string[] {
  const locations = votes.abstaining.flatMap((number) => state.locations.get(number) ?? []);
  const others = locations.filter((location) => !isQuarantined(location));
  const abstain = others.length === 1 ? 'abstains' : 'abstain';
  return [
    ...locations.flatMap(quarantineSentences),
    ...(others.length === 0
      ? []
      : [`${others.map(({ id }) => id).join(', ')} ${abstain}: nothing fresh was measured there.`]),
  ];
}

const quarantineSentences = ({ id, incident }: LocationState): string[] =>
  incident?.kind === 'quarantined'
    ? [
        `${id} is quarantined because it accuses ${incident.failedMonitors} of ${incident.checkedMonitors} monitors that others reach.`,
      ]
    : [];

function suppressionSentences(state: State, monitor: MonitorState, at: number): string[] {
  const muted = suppressedBy(state, monitor, at);
  if (muted === null) return [];
  switch (muted.by) {
    case 'maintenance':
      return [`It is under maintenance until ${formatTime(muted.until ?? at)}: nobody is told until then.`];
    case 'silence':
      return [`It is silenced until ${formatTime(muted.until ?? at)}: nobody is told until then.`];
    case 'dependency': {
      const above = ancestorsOf(state, monitor).filter(({ incident }) => incident?.verdict === 'down').length;
      return [
        `${above === 1 ? 'A monitor' : `${above} monitors`} that it depends on ${above === 1 ? 'is' : 'are'} down: that is told instead.`,
      ];
    }
    case 'flapping':
      return [
        `It has been flapping since ${formatTime(monitor.flapping?.since ?? at)}: single changes are not told.`,
      ];
    default:
      return muted.by satisfies never;
  }
}
