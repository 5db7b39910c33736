// Owns the words of the public pages: verdicts, counts and incidents in plain English. Pure.
// Does not claim more than the votes show.
import type { Degraded } from '../../../probes/contract/index.ts';
import type { EndReason } from '../../engine/model/state.ts';
import type { IncidentRow } from '../../store/incidents.ts';
import type { Tone } from '../ui/icons.tsx';
import { lastKnownVerdict, type MonitorView, type StatusView } from './status-view.ts';

export interface StatusText {
  readonly tone: Tone;
  readonly words: string;
  readonly note: string;
  /** Shown with emphasis: a problem that does not change the verdict. */
  readonly caveat?: string;
}

const locations = (count: number): string => (count === 1 ? '1 location' : `${count} locations`);

/** One monitor: its status, and the results of its locations. */
export function monitorText(
  monitor: MonitorView,
  { stale, monitoring }: Pick<StatusView, 'stale' | 'monitoring'>,
): StatusText {
  const text = votesText(monitor, stale, monitoring.hinders);
  const { paused, maintenance, verdict, incidentVerdict } = monitor;
  const isUnknown = incidentVerdict !== null && verdict !== 'down' && verdict !== 'partial';
  if (!isUnknown || paused || maintenance) return text;
  const caveat = incidentVerdict === 'down' ? 'Down when last checked' : 'Partial outage when last checked';
  return {
    ...text,
    tone: text.tone === 'good' ? 'warn' : text.tone,
    caveat,
    note: text.note && `. ${text.note}`,
  };
}

function votesText(monitor: MonitorView, stale: boolean, hindered: boolean): StatusText {
  const { verdict, passing, failing, abstaining } = monitor;
  if (monitor.paused) return { tone: 'calm', words: 'Paused', note: 'Checks are paused.' };
  if (monitor.maintenance) {
    const note = verdict === 'up' ? 'Currently operational.' : 'Interruptions are expected.';
    return { tone: 'calm', words: 'Under maintenance', note };
  }
  if (stale) return { tone: 'no_data', words: 'No data', note: 'No recent checks.' };
  if (monitor.neverChecked && hindered)
    return { tone: 'no_data', words: 'No data', note: 'Not checked yet.' };
  if (monitor.neverChecked)
    return { tone: 'no_data', words: 'Pending', note: 'The first checks are running.' };
  const all = locations(passing + failing + abstaining);
  const missing = abstaining === 0 ? '' : `, ${abstaining} not reporting`;
  const failures = `${failing} of ${all} failing`;
  switch (verdict) {
    case 'up': {
      if (monitor.flapping && failing === 0)
        return { tone: 'warn', words: 'Operational', note: '', caveat: 'Unstable: the status changes often' };
      if (monitor.warnings.length > 0) return degradedText(monitor);
      if (failing > 0) return { tone: 'good', words: 'Operational', note: missing, caveat: failures };
      return { tone: 'good', words: 'Operational', note: `Reachable from ${passing} of ${all}${missing}` };
    }
    case 'partial':
      return { tone: 'warn', words: 'Partial outage', note: `${failures}${missing}` };
    case 'down':
      return { tone: 'bad', words: 'Down', note: `${failures}${missing}` };
    case 'no_data': {
      const reporting = passing + failing;
      const note = `Only ${reporting} of ${all} ${reporting === 1 ? 'is' : 'are'} reporting.`;
      return {
        tone: 'no_data',
        words: 'No data',
        note: reporting === 0 ? 'No location is reporting.' : note,
      };
    }
    default:
      return verdict satisfies never;
  }
}

const WARNINGS: Record<Degraded['code'], string> = {
  latency: 'high latency',
  loss: 'packet loss',
  certificate: 'certificate expires soon',
  address: 'an address does not respond',
};

function degradedText({ warnings, passing, failing, abstaining }: MonitorView): StatusText {
  const all = locations(passing + failing + abstaining);
  const list = warnings.map((code) => WARNINGS[code]).join(', ');
  const caveat = `${list.charAt(0).toUpperCase()}${list.slice(1)}`;
  return { tone: 'warn', words: 'Degraded', note: `, reachable from ${passing} of ${all}`, caveat };
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
  const active = monitors.filter((monitor) => !monitor.paused);
  const affected = active.filter((monitor) => !monitor.maintenance && isOutage(lastKnownVerdict(monitor)));
  if (affected.length > 0 && !affected.some(({ verdict }) => isOutage(verdict)))
    return unknownText(affected, view);
  if (stale) return { tone: 'no_data', words: 'No data', detail: 'The current status is unknown.' };
  if (active.length === 0)
    return { tone: 'calm', words: 'Monitoring is paused', detail: 'Checks are paused for all services.' };
  const isNew = active.every((monitor) => monitor.neverChecked);
  if (isNew && view.monitoring.hinders)
    return { tone: 'no_data', words: 'No data', detail: 'No check has been completed yet.' };
  if (isNew)
    return { tone: 'no_data', words: 'Waiting for first results', detail: 'This takes about a minute.' };
  return STATES[state](active);
}

const isOutage = (verdict: MonitorView['verdict']): verdict is 'down' | 'partial' =>
  verdict === 'down' || verdict === 'partial';

/** Incidents are open, but without data: the last known outage stays the subject. */
function unknownText(affected: readonly MonitorView[], { stale, measuredAt }: StatusView): Headline {
  const worst = affected.some((monitor) => lastKnownVerdict(monitor) === 'down') ? 'down' : 'partial';
  const [first] = affected;
  const words =
    affected.length === 1 && first
      ? incidentTitle(first.name, worst, 'unknown')
      : `${affected.length} services ${worst === 'down' ? 'were down' : 'had a partial outage'} when last checked`;
  const noDataSince =
    stale && measuredAt !== null ? measuredAt : Math.min(...affected.map(({ since }) => since));
  return {
    tone: worst === 'down' ? 'bad' : 'warn',
    words,
    detail: 'The current status is unknown.',
    noDataSince,
  };
}

/** The subject of a sentence, with its verb: `2 of 5 services are`, `The service is`. */
function services(count: number, total: number, [one, many]: readonly [string, string]): string {
  if (total === 1) return `The service ${one}`;
  return `${count} of ${total} services ${count === 1 ? one : many}`;
}

const ARE = ['is', 'are'] as const;
const HAVE = ['has', 'have'] as const;

const withoutData = (active: readonly MonitorView[]): number =>
  active.filter(({ verdict, maintenance }) => verdict === 'no_data' && !maintenance).length;

function affectedText(active: readonly MonitorView[]): string {
  const affected = active.filter((monitor) => !monitor.maintenance && isOutage(lastKnownVerdict(monitor)));
  const unknown = affected.filter(({ verdict }) => !isOutage(verdict)).length;
  const rest = unknown === 0 ? '' : ` ${unknown} of them ${HAVE[unknown === 1 ? 0 : 1]} no data now.`;
  return `${services(affected.length, active.length, ARE)} affected.${rest}`;
}

function operationalText(active: readonly MonitorView[]): Headline {
  const total = active.length;
  const unknown = withoutData(active);
  if (unknown > 0) {
    const detail = `${services(unknown, total, HAVE)} no data. All others are operational.`;
    return { tone: 'good', words: 'No known outages', detail };
  }
  const degraded = active.filter(({ warnings }) => warnings.length > 0).length;
  const all = total === 1 ? 'The service is' : `All ${total} services are`;
  const some = total === 1 ? ', but degraded.' : `. ${degraded} ${ARE[degraded === 1 ? 0 : 1]} degraded.`;
  const detail = degraded === 0 ? `${all} operational.` : `${all} up${some}`;
  return { tone: 'good', words: 'All systems operational', detail };
}

function maintenanceText(active: readonly MonitorView[]): Headline {
  const total = active.length;
  const planned = active.filter(({ maintenance }) => maintenance).length;
  const unknown = withoutData(active);
  const rest =
    unknown > 0
      ? ` ${services(unknown, total, HAVE)} no data.`
      : planned < total
        ? ' All others are operational.'
        : '';
  const detail = `${services(planned, total, ARE)} under maintenance.${rest}`;
  return { tone: 'calm', words: 'Under maintenance', detail };
}

const STATES: Record<StatusView['state'], (active: readonly MonitorView[]) => Headline> = {
  operational: operationalText,
  partial_outage: (active) => ({ tone: 'warn', words: 'Partial outage', detail: affectedText(active) }),
  major_outage: (active) => ({ tone: 'bad', words: 'Major outage', detail: affectedText(active) }),
  maintenance: maintenanceText,
  no_data: () => ({
    tone: 'no_data',
    words: 'No data',
    detail: 'Too few locations are reporting, so the current status is unknown.',
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
