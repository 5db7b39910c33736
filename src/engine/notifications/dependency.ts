// Owns inhibition: whether a dependency explains a monitor's incident or warning, or is not decided yet. Sends nothing.

import { maxFanOutMs, SUSTAINED_MS } from '../model/policy.ts';
import type { LocationStatus, MonitorState, OpenIncident, State } from '../model/state.ts';
import type { WarningKind } from '../model/warning.ts';
import { type Evaluation, evaluate } from '../voting/evaluation.ts';
import { countVotes, requiredFor } from '../voting/quorum.ts';
import { ancestorsOf } from './dependency-graph.ts';
import { countWarningVotes } from './warnings.ts';

const isDown = ({ incident }: MonitorState): boolean => incident?.verdict === 'down';

/** The ancestors whose outage explains this monitor's, nearest first. */
export const downAncestors = (state: State, monitor: MonitorState): MonitorState[] =>
  ancestorsOf(state, monitor).filter(isDown);

/** In the order in which a person wants to read them. */
export const INHIBITIONS = ['down', 'partial', 'confirming', 'recovered', 'detached'] as const;

export interface Inhibition {
  /** Of the monitor that this one depends on. */
  readonly state: (typeof INHIBITIONS)[number];
  /** Its number. */
  readonly monitor: number;
}

type InhibitionBy = (ancestor: MonitorState) => Inhibition['state'] | null;

/** `isConfirmedAnew`: enough locations have measured the problem since the moment at which a dependency was detached. */
function strongest(
  { state, monitor }: Evaluation,
  by: InhibitionBy,
  isConfirmedAnew: (since: number) => boolean,
): Inhibition | null {
  const { detached, policy } = monitor;
  if (policy.dependsOn.length === 0 && detached === null) return null;
  const found = ancestorsOf(state, monitor).flatMap((ancestor): Inhibition[] => {
    const inhibition = by(ancestor);
    return inhibition === null ? [] : [{ state: inhibition, monitor: ancestor.number }];
  });
  for (const inhibition of INHIBITIONS) {
    const first = found.find((one) => one.state === inhibition);
    if (first) return first;
  }
  return detached === null || isConfirmedAnew(detached.at)
    ? null
    : { state: 'detached', monitor: detached.monitor };
}

/**
 * Why the opening of this monitor's incident is not sent yet, if a monitor that it depends on is the reason:
 * - down: that outage is sent instead.
 * - partial: so is that regional problem, whose scope contains this one's. It never explains an outage.
 * - confirming: it may become one of them in a moment. The wait is bounded.
 * - recovered: it has just recovered, and too few locations have seen this monitor fail since then.
 * - detached: it explained this incident until a person removed, paused or retargeted it, and too few locations have
 *   seen this monitor fail since then.
 */
export function inhibitedBy(evaluation: Evaluation): Inhibition | null {
  const { monitor } = evaluation;
  const { incident } = monitor;
  if (incident === null) return null;
  return strongest(
    evaluation,
    (ancestor) => incidentInhibitionBy(ancestor, incident, evaluation),
    // What is detected after the detachment was held back by nothing.
    (since) => incident.detectedAt > since || failsSince(evaluation, incident, since),
  );
}

function incidentInhibitionBy(
  ancestor: MonitorState,
  incident: OpenIncident,
  evaluation: Evaluation,
): Inhibition['state'] | null {
  const { state, votes, at } = evaluation;
  if (isDown(ancestor)) return 'down';
  const isPartial = incident.verdict === 'partial';
  if (isPartial && explainsPartly(state, ancestor, votes.failing, at)) return 'partial';
  if (isUndecided(state, ancestor, at) && at < incident.detectedAt + maxFanOutMs(ancestor.policy))
    return 'confirming';
  if (isPartial && at < confirmingUntil(ancestor, incident) && failsAlike(evaluation, ancestor))
    return 'confirming';
  if (ancestor.verdict !== 'up') return null;
  return failsSince(evaluation, incident, ancestor.verdictSince) ? null : 'recovered';
}

/**
 * Why a warning is not sent yet, if a monitor that it depends on is the reason. A certificate expires whatever the
 * network does, so only an outage of a dependency explains why it can wait.
 */
export function warningInhibitedBy(evaluation: Evaluation, kind: WarningKind): Inhibition | null {
  const { state, monitor, votes, at } = evaluation;
  const { locations, required } = countWarningVotes(monitor, votes, kind);
  const scope = locations.map(({ location }) => location);
  const since = monitor.warnings?.[kind]?.since ?? at;
  return strongest(
    evaluation,
    (ancestor) => {
      if (isDown(ancestor)) return 'down';
      if (kind === 'certificate') return null;
      if (explainsPartly(state, ancestor, scope, at)) return 'partial';
      const isWaiting = isUndecided(state, ancestor, at) && at < since + maxFanOutMs(ancestor.policy);
      return isWaiting ? 'confirming' : null;
    },
    (detachedAt) =>
      since > detachedAt ||
      scope.filter((location) => warnsSince(monitor, location, kind, detachedAt)).length >= required,
  );
}

/** The dependency has a regional problem at all of these locations. */
const explainsPartly = (
  state: State,
  ancestor: MonitorState,
  scope: readonly number[],
  at: number,
): boolean => ancestor.incident?.verdict === 'partial' && containsScope(state, ancestor, scope, at);

const containsScope = (
  state: State,
  ancestor: MonitorState,
  scope: readonly number[],
  at: number,
): boolean => {
  const { failing } = countVotes(state, ancestor, at);
  return scope.every((location) => failing.includes(location));
};

const isUndecided = (state: State, monitor: MonitorState, at: number): boolean =>
  !monitor.policy.paused && (monitor.round !== null || countVotes(state, monitor, at).pending);

/** The dependency fails wherever this monitor does, and has not failed for long enough to be partial yet. */
const failsAlike = ({ state, votes, at }: Evaluation, ancestor: MonitorState): boolean =>
  ancestor.incident === null &&
  ancestor.verdict === 'up' &&
  !ancestor.policy.paused &&
  votes.failing.length > 0 &&
  containsScope(state, ancestor, votes.failing, at);

/** Two locations that fail for a minute and a half, and then one more fan-out. */
const confirmingUntil = (ancestor: MonitorState, incident: OpenIncident): number =>
  incident.detectedAt + SUSTAINED_MS + maxFanOutMs(ancestor.policy);

/** When a check of the dependency decides whether it is partial. */
function decidableAt(ancestor: MonitorState, incident: OpenIncident, scope: readonly number[]): number {
  const starts = scope
    .map((location) => ancestor.byLocation.get(location)?.streakSince ?? incident.detectedAt)
    .sort((a, b) => a - b);
  return Math.max(incident.detectedAt, (starts[1] ?? incident.detectedAt) + SUSTAINED_MS);
}

/** A dependency that a regional problem waits for. */
export interface Undecided {
  readonly ancestor: MonitorState;
  /** A check of all its locations that begins then decides. */
  readonly decidableAt: number;
  /** The regional problem is sent then, whatever the dependency is. */
  readonly until: number;
}

/** The dependencies that fail wherever this monitor's unsent regional problem does, and that are not decided yet. */
export function undecidedAncestors(state: State, monitor: MonitorState, at: number): Undecided[] {
  const { incident, policy } = monitor;
  if (incident?.verdict !== 'partial' || policy.dependsOn.length === 0) return [];
  const evaluation = evaluate(state, monitor, at);
  const { votes } = evaluation;
  return ancestorsOf(state, monitor).flatMap((ancestor): Undecided[] => {
    const until = confirmingUntil(ancestor, incident);
    return at < until && failsAlike(evaluation, ancestor)
      ? [{ ancestor, decidableAt: decidableAt(ancestor, incident, votes.failing), until }]
      : [];
  });
}

/** As many locations as the incident needs have failed again since then. */
function failsSince({ monitor, votes }: Evaluation, incident: OpenIncident, since: number): boolean {
  const failed = votes.failing.filter(
    (location) =>
      statusAt(monitor, location).streakOf === 'failed' && isMeasuredSince(monitor, location, since),
  );
  return failed.length >= requiredFor(incident, monitor.policy, votes);
}

const statusAt = (monitor: MonitorState, location: number): LocationStatus =>
  monitor.byLocation.get(location) as LocationStatus;

const isMeasuredSince = (monitor: MonitorState, location: number, since: number): boolean =>
  (statusAt(monitor, location).lastMeasuredAt ?? Number.NEGATIVE_INFINITY) >= since;

/** Its newest counted run carries the warning. */
const warnsSince = (monitor: MonitorState, location: number, kind: WarningKind, since: number): boolean =>
  statusAt(monitor, location).warnings?.[kind]?.streak === 0 && isMeasuredSince(monitor, location, since);
