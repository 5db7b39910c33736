// Owns the words of the public pages: verdicts, counts and incidents in plain English. Pure.
// Does not claim more than the votes show.
import type { Degraded } from '../../../probes/contract/index.ts';
import type { EndReason } from '../../engine/model/state.ts';
import type { IncidentRow } from '../../store/incidents.ts';
import type { Tone } from '../ui/icons.tsx';
import { type Condition, hasNoData, isDown, isOutage, isUnknownOutage } from './condition.ts';
import type { MonitorView, StatusView } from './status-view.ts';

export interface StatusText {
  readonly tone: Tone;
  readonly words: string;
  readonly note: string;
  /** Shown with emphasis: a problem that does not change the verdict. */
  readonly caveat?: string;
  /** What has lasted since the monitor's `since`. */
  readonly since: 'for' | 'No data for';
}

const locations = (count: number): string => (count === 1 ? '1 location' : `${count} locations`);

/** One monitor: its status, and the results of its locations. */
export function monitorText(monitor: MonitorView): StatusText {
  const { condition, maintenance } = monitor;
  const since = isUnknownOutage(condition) ? 'No data for' : 'for';
  const text = rowText(monitor);
  // An outage that began before the maintenance stays an outage.
  return maintenance && isOutage(condition)
    ? { ...text, since, caveat: 'Under maintenance', note: `. ${text.note}` }
    : { ...text, since };
}

function rowText(monitor: MonitorView): Omit<StatusText, 'since'> {
  const { condition, verdict, passing, failing, abstaining, neverChecked } = monitor;
  const all = locations(passing + failing + abstaining);
  const missing = uncountedText(monitor);
  const failures = `${failing} of ${all} failing`;
  switch (condition) {
    case 'down':
      return { tone: 'bad', words: 'Down', note: `${failures}${missing}` };
    case 'partial':
      return { tone: 'warn', words: 'Partial outage', note: `${failures}${missing}` };
    case 'was_down':
      return { tone: 'bad', words: 'Down when last checked', note: reportingText(monitor) };
    case 'was_partial':
      return { tone: 'warn', words: 'Partial outage when last checked', note: reportingText(monitor) };
    case 'stopped':
      return { tone: 'no_data', words: 'No data', note: 'No recent checks.' };
    case 'no_data':
      return {
        tone: 'no_data',
        words: 'No data',
        note: neverChecked ? 'Not checked yet.' : reportingText(monitor),
      };
    case 'pending':
      return { tone: 'no_data', words: 'Pending', note: 'The first checks are running.' };
    case 'unstable':
      return { tone: 'warn', words: 'Operational', note: '', caveat: 'Unstable: the status changes often' };
    case 'degraded':
      return degradedText(monitor);
    case 'up':
      if (failing > 0) return { tone: 'good', words: 'Operational', note: missing, caveat: failures };
      return { tone: 'good', words: 'Operational', note: `Reachable from ${passing} of ${all}${missing}` };
    case 'maintenance': {
      const note = verdict === 'up' ? 'Currently operational.' : 'Interruptions are expected.';
      return { tone: 'calm', words: 'Under maintenance', note };
    }
    case 'paused':
      return { tone: 'calm', words: 'Paused', note: 'Checks are paused.' };
    default:
      return condition satisfies never;
  }
}

/** A quarantined location reports, so "not reporting" would be wrong. */
const uncountedText = ({ abstaining }: MonitorView): string =>
  abstaining === 0 ? '' : `, ${abstaining} not counted`;

function reportingText({ passing, failing, abstaining }: MonitorView): string {
  const reporting = passing + failing;
  if (reporting === 0) return 'No location is reporting.';
  return `Only ${reporting} of ${locations(reporting + abstaining)} ${reporting === 1 ? 'is' : 'are'} reporting.`;
}

const WARNINGS: Record<Degraded['code'], string> = {
  latency: 'high latency',
  loss: 'packet loss',
  certificate: 'certificate expires soon',
  address: 'an address does not respond',
};

function degradedText(monitor: MonitorView): Omit<StatusText, 'since'> {
  const { warnings, passing, failing, abstaining } = monitor;
  const all = locations(passing + failing + abstaining);
  const list = warnings.map((code) => WARNINGS[code]).join(', ');
  const caveat = `${list.charAt(0).toUpperCase()}${list.slice(1)}`;
  const note = `, reachable from ${passing} of ${all}${uncountedText(monitor)}`;
  return { tone: 'warn', words: 'Degraded', note, caveat };
}

export interface Headline {
  readonly tone: Tone;
  readonly words: string;
  readonly detail: string;
  /** An open incident without data: the time of its newest result. */
  readonly noDataSince?: number;
}

/** The whole page in one headline. */
export function overallText(view: StatusView): Headline {
  const { monitors, state, stale } = view;
  if (monitors.length === 0) {
    return view.hidden > 0
      ? { tone: 'calm', words: 'No public services', detail: 'All monitors are private.' }
      : { tone: 'calm', words: 'No services yet', detail: 'Your first monitor will appear here.' };
  }
  const active = monitors.filter(({ condition }) => condition !== 'paused');
  const affected = active.filter(({ condition }) => isOutage(condition));
  if (affected.length > 0 && affected.every(({ condition }) => isUnknownOutage(condition)))
    return unknownText(affected);
  if (stale) return { tone: 'no_data', words: 'No data', detail: 'The current status is unknown.' };
  if (active.length === 0)
    return { tone: 'calm', words: 'Monitoring is paused', detail: 'Checks are paused for all services.' };
  if (active.every(({ condition }) => condition === 'pending'))
    return { tone: 'no_data', words: 'Waiting for first results', detail: 'This takes about a minute.' };
  if (active.every(({ neverChecked, condition }) => neverChecked && hasNoData(condition)))
    return { tone: 'no_data', words: 'No data', detail: 'No check has been completed yet.' };
  return STATES[state](active);
}

/** Incidents are open, but without data: the last known outage stays the subject. */
function unknownText(affected: readonly MonitorView[]): Headline {
  const worst = affected.some(({ condition }) => isDown(condition)) ? 'down' : 'partial';
  const [first] = affected;
  const words =
    affected.length === 1 && first
      ? incidentTitle(first.name, worst, 'unknown')
      : `${affected.length} services ${worst === 'down' ? 'were down' : 'had a partial outage'} when last checked`;
  return {
    tone: worst === 'down' ? 'bad' : 'warn',
    words,
    detail: 'The current status is unknown.',
    noDataSince: Math.min(...affected.map(({ since }) => since)),
  };
}

/** The subject of a sentence, with its verb: `2 of 5 services are`, `The service is`. */
function services(count: number, total: number, [one, many]: readonly [string, string]): string {
  if (total === 1) return `The service ${one}`;
  return `${count} of ${total} services ${count === 1 ? one : many}`;
}

const ARE = ['is', 'are'] as const;
const HAVE = ['has', 'have'] as const;

const countOf = (active: readonly MonitorView[], is: (condition: Condition) => boolean): number =>
  active.filter(({ condition }) => is(condition)).length;

function affectedText(active: readonly MonitorView[]): string {
  const affected = countOf(active, isOutage);
  const unknown = countOf(active, isUnknownOutage);
  const rest = unknown === 0 ? '' : ` ${unknown} of them ${HAVE[unknown === 1 ? 0 : 1]} no data now.`;
  return `${services(affected, active.length, ARE)} affected.${rest}`;
}

/** Every part of the services that is not up, each in a sentence, then the rest. */
function partsText(active: readonly MonitorView[]): string {
  const total = active.length;
  const parts: readonly [count: number, verb: readonly [string, string], what: string][] = [
    [countOf(active, (condition) => condition === 'maintenance'), ARE, 'under maintenance'],
    [countOf(active, hasNoData), HAVE, 'no data'],
    [countOf(active, (condition) => condition === 'pending'), ARE, 'new and not checked yet'],
  ];
  const named = parts.filter(([count]) => count > 0);
  const sentences = named.map(([count, verb, what]) => `${services(count, total, verb)} ${what}.`);
  const rest = total - named.reduce((sum, [count]) => sum + count, 0);
  return [...sentences, ...(rest > 0 ? ['All others are operational.'] : [])].join(' ');
}

function operationalText(active: readonly MonitorView[]): Headline {
  const total = active.length;
  const words = countOf(active, hasNoData) > 0 ? 'No known outages' : 'All systems operational';
  if (countOf(active, (condition) => hasNoData(condition) || condition === 'pending') > 0)
    return { tone: 'good', words, detail: partsText(active) };
  const degraded = countOf(active, (condition) => condition === 'degraded');
  const all = total === 1 ? 'The service is' : `All ${total} services are`;
  const some = total === 1 ? ', but degraded.' : `. ${degraded} ${ARE[degraded === 1 ? 0 : 1]} degraded.`;
  const detail = degraded === 0 ? `${all} operational.` : `${all} up${some}`;
  return { tone: 'good', words, detail };
}

const STATES: Record<StatusView['state'], (active: readonly MonitorView[]) => Headline> = {
  operational: operationalText,
  partial_outage: (active) => ({ tone: 'warn', words: 'Partial outage', detail: affectedText(active) }),
  major_outage: (active) => ({ tone: 'bad', words: 'Major outage', detail: affectedText(active) }),
  maintenance: (active) => ({ tone: 'calm', words: 'Under maintenance', detail: partsText(active) }),
  no_data: (active) => ({
    tone: 'no_data',
    words: 'No data',
    detail: active.every(({ condition }) => hasNoData(condition))
      ? 'Too few locations are reporting, so the current status is unknown.'
      : partsText(active),
  }),
};

type Tense = 'now' | 'past' | 'unknown';

/** Without recent checks, it is unknown whether an open incident continues. */
export const incidentTense = (row: { readonly resolvedAt: number | null }, stale: boolean): Tense =>
  row.resolvedAt !== null ? 'past' : stale ? 'unknown' : 'now';

const INCIDENT_PHRASES = {
  down: { now: 'is down', past: 'was down', unknown: 'was down when last checked' },
  partial: {
    now: 'is unreachable from some locations',
    past: 'was unreachable from some locations',
    unknown: 'was unreachable from some locations when last checked',
  },
} as const;

/** The heading of an incident. */
export const incidentTitle = (name: string, verdict: IncidentRow['verdict'], tense: Tense): string =>
  `${name} ${INCIDENT_PHRASES[verdict === 'down' ? 'down' : 'partial'][tense]}`;

const END_REASON_TEXTS: Record<EndReason, string> = {
  paused: 'Closed because the monitor was paused.',
  deleted: 'Closed because the monitor was deleted.',
  target_changed: 'Closed because the target of the monitor changed.',
  disabled: 'Closed because the location was disabled.',
  too_few_locations: 'Closed because too few locations were left.',
  regional_problem: 'Closed because another location fails the same monitors: a regional problem.',
};

export const endReasonText = (reason: EndReason): string => END_REASON_TEXTS[reason];
