// How verdicts and counts are said to the public: plainly, and no surer than the votes are. Pure.
import type { Degraded } from '../../../probes/contract/index.ts';
import type { IncidentRow } from '../../store/incidents.ts';
import type { Tone } from '../ui/icons.tsx';
import type { MonitorView, StatusView } from './status-view.ts';

export interface StatusText {
  readonly tone: Tone;
  readonly words: string;
  readonly note: string;
  /** Shown with emphasis: something fails, although the verdict stands. */
  readonly caveat?: string;
}

const locations = (count: number): string => (count === 1 ? '1 location' : `${count} locations`);

/** One monitor: its verdict in words, and what the locations say. */
export function monitorText(monitor: MonitorView, stale: boolean): StatusText {
  const { verdict, passing, failing, abstaining } = monitor;
  const all = passing + failing + abstaining;
  if (monitor.maintenance && !monitor.paused) {
    const works = verdict === 'up' ? 'It is up at the moment.' : 'It may be down while the work goes on.';
    return { tone: 'calm', words: 'Under maintenance', note: works };
  }
  if (monitor.paused) return { tone: 'calm', words: 'Paused', note: 'Nobody is looking at the moment.' };
  if (stale) return { tone: 'no_data', words: 'Monitoring blind', note: 'There are no fresh looks.' };
  if (monitor.neverChecked)
    return { tone: 'no_data', words: 'Waiting', note: 'The first looks are on their way.' };
  const silent = abstaining === 0 ? '' : `, ${abstaining} abstaining`;
  switch (verdict) {
    case 'up': {
      if (monitor.flapping && failing === 0)
        return { tone: 'warn', words: 'Up', note: '', caveat: 'Unsteady: it keeps going down and up' };
      if (monitor.warnings.length > 0) return sayDegraded(monitor);
      if (failing === 0)
        return { tone: 'good', words: 'Up', note: `Reached from ${passing} of ${locations(all)}${silent}` };
      const caveat = `${failing} of ${locations(all)} ${failing === 1 ? 'fails' : 'fail'}`;
      return { tone: 'good', words: 'Up', note: silent, caveat };
    }
    case 'partial':
      return { tone: 'warn', words: 'Partly down', note: `${failing} of ${locations(all)} fail${silent}` };
    case 'down':
      return {
        tone: 'bad',
        words: 'Down',
        note: `${failing} of ${locations(all)} ${failing === 1 ? 'fails' : 'fail'}${silent}`,
      };
    case 'no_data': {
      const voters = passing + failing;
      const note = `Only ${voters} of ${locations(all)} ${voters === 1 ? 'has' : 'have'} a say: too few to know.`;
      return { tone: 'no_data', words: 'Monitoring blind', note };
    }
    default:
      return verdict satisfies never;
  }
}

const WARNINGS: Record<Degraded['code'], string> = {
  latency: 'slow',
  loss: 'lossy',
  certificate: 'its certificate expires soon',
};

/** Up, and not as it should be. */
function sayDegraded({ warnings, passing, failing, abstaining }: MonitorView): StatusText {
  const all = locations(passing + failing + abstaining);
  const amiss = warnings.map((code) => WARNINGS[code]).join(', ');
  const caveat = `${amiss.charAt(0).toUpperCase()}${amiss.slice(1)}`;
  return { tone: 'warn', words: 'Degraded', note: `, reached from ${passing} of ${all}`, caveat };
}

export interface Headline {
  readonly tone: Tone;
  readonly words: string;
  readonly detail: string;
}

/** The whole page in one sentence. */
export function overallText(view: StatusView): Headline {
  const { monitors, state, stale } = view;
  const watched = monitors.filter((monitor) => !monitor.paused);
  if (monitors.length === 0) {
    return view.hidden > 0
      ? { tone: 'calm', words: 'Nothing is shown here', detail: 'All monitors are kept from the public.' }
      : { tone: 'calm', words: 'Nothing is watched yet', detail: 'The first monitor will appear here.' };
  }
  if (stale) {
    const detail = 'No look has been recorded, so nobody can say whether the services are up.';
    return { tone: 'no_data', words: 'Monitoring is blind', detail };
  }
  if (watched.length === 0) {
    return { tone: 'calm', words: 'Monitoring is paused', detail: 'Nobody is looking at the moment.' };
  }
  if (watched.every((monitor) => monitor.neverChecked)) {
    return {
      tone: 'no_data',
      words: 'The first looks are on their way',
      detail: 'This takes about a minute.',
    };
  }
  const broken = watched.filter(
    ({ verdict, maintenance }) => !maintenance && (verdict === 'down' || verdict === 'partial'),
  ).length;
  const count = `${broken} of ${watched.length} services`;
  switch (state) {
    case 'operational': {
      const unknown = watched.filter(({ verdict }) => verdict === 'no_data').length;
      if (unknown > 0) {
        const detail = `${unknown} of ${watched.length} services cannot be judged right now; all others are up.`;
        return { tone: 'good', words: 'No outage is known', detail };
      }
      const up = watched.length === 1 ? 'The one service is up' : `All ${watched.length} services are up`;
      const degraded = watched.filter(
        ({ warnings, maintenance }) => warnings.length > 0 && !maintenance,
      ).length;
      const detail = degraded === 0 ? `${up}.` : `${up}; ${degraded} of ${watched.length} degraded.`;
      return { tone: 'good', words: 'All systems operational', detail };
    }
    case 'partial_outage':
      return {
        tone: 'warn',
        words: 'Some systems are disrupted',
        detail: `${count} ${broken === 1 ? 'is' : 'are'} affected.`,
      };
    case 'major_outage':
      return {
        tone: 'bad',
        words: 'Major outage',
        detail: `${count} ${broken === 1 ? 'is' : 'are'} affected.`,
      };
    case 'maintenance': {
      const planned = watched.filter(({ maintenance }) => maintenance).length;
      const detail = `Planned work on ${planned} of ${watched.length} services; nothing else is amiss.`;
      return { tone: 'calm', words: 'Under maintenance', detail };
    }
    case 'no_data':
      return {
        tone: 'no_data',
        words: 'Monitoring is blind',
        detail: 'Too few locations report to know how the services are.',
      };
    default:
      return state satisfies never;
  }
}

type When = 'now' | 'before' | 'unknown';

/** An open incident is not known to last while nobody is looking. */
export const incidentTense = (row: { readonly resolvedAt: number | null }, stale: boolean): When =>
  row.resolvedAt !== null ? 'before' : stale ? 'unknown' : 'now';

const INCIDENT_PHRASES = {
  down: { now: 'is down', before: 'was down', unknown: 'was down when last seen' },
  partial: {
    now: 'cannot be reached from some places',
    before: 'could not be reached from some places',
    unknown: 'could not be reached from some places when last seen',
  },
} as const;

/** An incident as a heading. */
export const incidentTitle = (name: string, verdict: IncidentRow['verdict'], when: When): string =>
  `${name} ${INCIDENT_PHRASES[verdict === 'down' ? 'down' : 'partial'][when]}`;

const REASONS: Record<string, string> = {
  paused: 'Ended because the monitor was paused.',
  deleted: 'Ended because the monitor was deleted.',
  retargeted: 'Ended because the monitor was given another target.',
};

export const endReasonText = (reason: string): string => REASONS[reason] ?? `Ended: ${reason}.`;
