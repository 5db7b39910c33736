// Owns the sentences of an explanation: the rule, who meets it, who abstains, and what is not sent. Decides nothing.

import type { LocationState, LocationStatus, MonitorState, QuarantineRule, State } from '../model/state.ts';
import { WARNING_KINDS, type WarningKind } from '../model/warning.ts';
import { downAncestors, type Inhibition } from '../notifications/dependency.ts';
import { type MonitorSuppression, type Suppression, suppressionOf } from '../notifications/suppression.ts';
import { countWarningVotes, isRaised, type WarningVotes } from '../notifications/warnings.ts';
import type { Evaluation } from '../voting/evaluation.ts';
import { hasQuorum, isQuarantined, quorumCount, type Votes } from '../voting/quorum.ts';
import { groupFailures, withoutAddress } from './failures.ts';
import { describeUnmeasured, type StaleReason, staleVotes } from './staleness.ts';

const PAUSED = 'The monitor is paused: no location checks it.';

const PAUSED_HEARTBEAT = 'The heartbeat is paused: it may miss pings, and nothing is notified.';

const HEARTBEAT_RULE =
  'The job reports in and no location checks it, so there is no quorum: one late or failed run is enough.';

/** What the pings show. */
function heartbeatSentences({ monitor, votes, verdict, at }: Evaluation): string[] {
  const [status] = monitor.byLocation.values();
  const newest = status?.lastUnmeasured ?? status?.lastResult ?? null;
  if (newest === null) return ['It has not been evaluated yet.'];
  if (newest.outcome === 'unmeasured' && newest.reason !== 'waiting')
    return [`The coordinator could not evaluate it: ${describeUnmeasured(newest)}.`];
  if (newest.outcome !== 'ok') return [newest.detail ?? 'It fails.'];
  const isStale = verdict === 'no_data' && votes.abstaining.length > 0;
  return isStale
    ? [
        `It was last evaluated at ${formatTime(newest.startedAt)}, ${Math.round((at - newest.startedAt) / 60_000)} minutes ago.`,
      ]
    : ['The newest run reported in time.'];
}

/** `suppressed` is why a new notification about the monitor is not sent. */
export function explainInWords(evaluation: Evaluation, suppressed: MonitorSuppression | null): string {
  const { state, monitor, votes } = evaluation;
  if (monitor.policy.paused) return monitor.policy.heartbeat ? PAUSED_HEARTBEAT : PAUSED;
  if (monitor.policy.heartbeat)
    return [
      HEARTBEAT_RULE,
      ...heartbeatSentences(evaluation),
      ...(suppressed ? [suppressionSentence(evaluation, suppressed)] : []),
    ].join(' ');
  return [
    ruleSentence(evaluation),
    ...failureSentences(evaluation),
    ...abstentionSentences(state, votes),
    ...staleVoteSentences(evaluation),
    ...unmeasuredSentences(evaluation),
    ...WARNING_KINDS.flatMap((kind) => warningSentences(evaluation, kind)),
    ...(votes.pending ? ["A location's newest result contradicts its vote, so it checks again."] : []),
    ...(suppressed ? [suppressionSentence(evaluation, suppressed)] : []),
  ].join(' ');
}

function ruleSentence({ monitor, votes, verdict }: Evaluation): string {
  const { required } = quorumCount(monitor.policy, votes);
  const failing = votes.failing.length;
  const voters = failing + votes.passing.length;
  if (!hasQuorum(voters, votes)) {
    return `Only ${voters} of ${count(votes.configured)} ${voters === 1 ? 'has' : 'have'} a fresh vote; a verdict needs more than half.`;
  }
  const rule = `${required} of ${count(voters)} must fail ${describeFailures(monitor.policy.failures)}`;
  const who =
    failing === 0
      ? 'none does'
      : `${failing} ${failing === 1 ? 'has' : 'have'} failed${since(monitor, votes)}`;
  const regional = verdict === 'partial' ? ' That is a regional problem, not an outage.' : '';
  return `${rule}; ${who}.${regional}`;
}

/** What the failing locations saw, those that most of them saw first: "4 of 6: refused the connection; 2 of 6: timed out". */
function failureSentences(evaluation: Evaluation): string[] {
  const { votes } = evaluation;
  const voters = votes.failing.length + votes.passing.length;
  const groups = groupFailures(evaluation);
  if (groups.length === 0) return [];
  const texts = groups
    .slice(0, MAX_FAILURE_TEXTS)
    .map(
      ({ detail, locations }) =>
        `${locations.length} of ${voters}: ${withoutAddress(detail).replace(/\.$/, '')}`,
    );
  const others = groups.slice(MAX_FAILURE_TEXTS).reduce((sum, { locations }) => sum + locations.length, 0);
  return [`${[...texts, ...(others > 0 ? [`${others} of ${voters}: other failures`] : [])].join('; ')}.`];
}

/** More would not be read. */
const MAX_FAILURE_TEXTS = 3;

const count = (locations: number): string => `${locations} ${locations === 1 ? 'location' : 'locations'}`;

const describeFailures = (failures: number): string =>
  failures === 1 ? 'once' : failures === 2 ? 'twice in a row' : `${failures} times in a row`;

/** When the last of the failing locations began to fail. */
function since(monitor: MonitorState, { failing }: Votes): string {
  const starts = failing
    .map((location) => monitor.byLocation.get(location) as LocationStatus)
    .filter(({ streakOf }) => streakOf === 'failed')
    .map(({ streakSince }) => streakSince!);
  return starts.length === 0 ? '' : ` since ${formatTime(Math.max(...starts))}`;
}

const formatTime = (ms: number): string => `${new Date(ms).toISOString().slice(11, 19)} UTC`;

function abstentionSentences(state: State, votes: Votes): string[] {
  const locations = votes.abstaining.flatMap((number) => state.locations.get(number) ?? []);
  const others = locations.filter((location) => !isQuarantined(location));
  const abstain = others.length === 1 ? 'abstains' : 'abstain';
  return [
    ...locations.flatMap(quarantineSentences),
    ...(others.length === 0
      ? []
      : [`${others.map(({ id }) => id).join(', ')} ${abstain}: no recent measurement.`]),
  ];
}

const quarantineSentences = ({ id, incident }: LocationState): string[] =>
  incident?.kind === 'quarantined'
    ? [
        `${id} is quarantined because it fails ${incident.failedMonitors} of ${incident.checkedMonitors} monitors that other locations reach.`,
        ...(incident.rule === undefined ? [] : [QUARANTINE_RULE_SENTENCES[incident.rule]]),
      ]
    : [];

const QUARANTINE_RULE_SENTENCES: Record<QuarantineRule, string> = {
  three_networks: 'The rule: at least 3 monitors on at least 3 networks, against most of its peers.',
  alone: 'The rule: it alone, at least 90 % of at least 5 monitors that all others see ok, for 3 intervals.',
};

const STALE_TEXTS: Record<StaleReason, string> = {
  unmeasured: 'the newest check measured nothing',
  no_response: 'the newest check got no answer',
  overdue: 'the newest check is overdue',
};

/** Votes that still count although a newer check did not confirm them. */
const staleVoteSentences = (evaluation: Evaluation): string[] =>
  staleVotes(evaluation).map(
    ({ location, why, expiresAt }) =>
      `The vote of ${location.id} is stale: ${STALE_TEXTS[why]}. It counts until ${formatTime(expiresAt)}.`,
  );

/** Why the newest checks measured nothing, if that is known; locations with the same reason share a sentence. */
function unmeasuredSentences({ state, monitor }: Evaluation): string[] {
  const byText = new Map<string, string[]>();
  for (const [number, { lastUnmeasured }] of monitor.byLocation) {
    if (lastUnmeasured?.detail === undefined) continue;
    const text = describeUnmeasured(lastUnmeasured);
    byText.set(text, [...(byText.get(text) ?? []), state.locations.get(number)?.id ?? String(number)]);
  }
  return [...byText].map(([text, ids]) => `${ids.join(', ')} measured nothing (${text}).`);
}

/** How many locations warn, and how many must; then why the warning is not sent. Nothing if no location warns. */
function warningSentences(evaluation: Evaluation, kind: WarningKind): string[] {
  const { monitor, votes } = evaluation;
  const { locations, required } = countWarningVotes(monitor, votes, kind);
  if (locations.length === 0) return [];
  const voters = votes.failing.length + votes.passing.length;
  const [find, see] = locations.length === 1 ? ['finds', 'sees'] : ['find', 'see'];
  const what =
    kind === 'certificate'
      ? `${see} its certificate expire within ${Math.max(...locations.map(({ limit }) => limit))} days`
      : `${find} it ${[...new Set(locations.map(describeLimit))].join(' and ')}`;
  const sentence = `${locations.length} of ${count(voters)} ${what}, ${required} must.`;
  return isRaised(monitor.warnings?.[kind])
    ? [sentence, ...unsentWarningSentences(suppressionOf(evaluation, kind))]
    : [sentence];
}

function describeLimit({ code, limit }: WarningVotes['locations'][number]): string {
  if (code === 'address') return 'dead at some of its addresses';
  return code === 'loss' ? `lossy (over ${limit} %)` : `slow (over ${limit} ms)`;
}

/** An outage of a dependency has a sentence already. */
const WARNING_INHIBITION_SENTENCES: Record<Inhibition['state'], string[]> = {
  down: [],
  partial: ['That warning is not sent: a monitor that it depends on has a regional problem there.'],
  confirming: ['That warning waits: a monitor that it depends on is being confirmed.'],
  recovered: [],
  detached: [
    'That warning waits until enough locations report it again: a dependency was removed, paused or changed.',
  ],
};

/** Every other reason is the monitor's own, which has a sentence already. */
function unsentWarningSentences(suppression: Suppression | null): string[] {
  if (suppression?.by === 'dependency') return WARNING_INHIBITION_SENTENCES[suppression.state];
  if (suppression?.by === 'not_up') return ['That warning is sent once the monitor is up.'];
  return suppression?.by === 'recently_sent' ? ['That warning was sent.'] : [];
}

function suppressionSentence(evaluation: Evaluation, suppression: MonitorSuppression): string {
  switch (suppression.by) {
    case 'maintenance':
      return `The monitor is under maintenance until ${formatTime(suppression.until)}: no notifications are sent until then.`;
    case 'silence':
      return `The monitor is silenced until ${formatTime(suppression.until)}: no notifications are sent until then.`;
    case 'dependency':
      return inhibitionSentence(evaluation, suppression);
    case 'flapping':
      return [
        `The monitor has been flapping since ${formatTime(suppression.since)}: single changes are not notified.`,
        ...(suppression.until === undefined
          ? []
          : [`If the open incident lasts, it is notified at ${formatTime(suppression.until)}.`]),
      ].join(' ');
    case 'paused':
      return PAUSED;
    default:
      return suppression satisfies never;
  }
}

const INHIBITION_SENTENCES: Record<Exclude<Inhibition['state'], 'down'>, string> = {
  partial:
    'A monitor that it depends on has a regional problem at the same locations: only that problem is notified.',
  confirming: 'A monitor that it depends on is being confirmed: the notification waits for that verdict.',
  recovered:
    'A monitor that it depends on has just recovered: the notification waits until enough locations see this one fail again.',
  detached:
    'A monitor that it depended on was removed, paused or changed: the notification waits until enough locations see this one fail again.',
};

function inhibitionSentence({ state, monitor }: Evaluation, { state: why }: Inhibition): string {
  if (why !== 'down') return INHIBITION_SENTENCES[why];
  const down = downAncestors(state, monitor).length;
  return down === 1
    ? 'A monitor that it depends on is down: only that outage is notified.'
    : `${down} monitors that it depends on are down: only their outages are notified.`;
}
