// Owns a location as pages of the dashboard show it: its name, its state in words, and why. Pure.
import { duration } from '../../../channels/time-text.ts';
import { haveTicksStopped } from '../../../services/health/liveness.ts';
import {
  hasOtherContract,
  healthSince,
  type LocationHealth,
  locationHealth,
  median,
} from '../../../services/locations/location-health.ts';
import { locationName } from '../../../status-pages/location-names.ts';
import type { ListedLocation, LocationList } from '../../../store/location-list.ts';
import type { Tone } from '../../ui/icons.tsx';

export const HEALTH_WORDS = {
  lost: { label: 'Lost', tone: 'bad', meaning: 'measured nothing for minutes' },
  quarantined: { label: 'Quarantined', tone: 'warn', meaning: 'its votes are ignored' },
  silent: { label: 'Silent', tone: 'warn', meaning: 'its newest invocation measured nothing' },
  unknown: { label: 'No data', tone: 'no_data', meaning: 'checks have stopped' },
  waiting: { label: 'Waiting', tone: 'no_data', meaning: 'has not reported yet' },
  disabled: { label: 'Disabled', tone: 'calm', meaning: 'not in the configuration' },
  healthy: { label: 'Healthy', tone: 'good', meaning: 'reports' },
} as const satisfies Record<LocationHealth, { label: string; tone: Tone; meaning: string }>;

export interface LocationView extends ListedLocation {
  readonly name: string;
  readonly path: string;
  readonly health: LocationHealth;
  readonly since: number | null;
  /** Why it is in that state. Null if there is nothing to say. */
  readonly why: string | null;
  readonly hasOtherContract: boolean;
  readonly medianMs: number | null;
}

export const LOCATIONS_PATH = '/dashboard/locations';

export const locationPath = (id: string): string => `${LOCATIONS_PATH}/${encodeURIComponent(id)}`;

export function locationViews(
  list: LocationList,
  configured: readonly string[],
  now: number,
): LocationView[] {
  const ticksStopped = haveTicksStopped(list.activity, list.tickAt, now);
  return list.locations.map((location) => {
    const health = locationHealth(location, { configured, ticksStopped });
    return {
      ...location,
      name: locationName(location.id, list.names),
      path: locationPath(location.id),
      health,
      since: healthSince(location, health),
      why: whyOf(location, health, list.tickAt, now),
      hasOtherContract: hasOtherContract(location),
      medianMs: median(location.recent?.durationsMs ?? []),
    };
  });
}

function whyOf(
  { incident, newest }: ListedLocation,
  health: LocationHealth,
  tickAt: number | null,
  now: number,
): string | null {
  switch (health) {
    case 'quarantined':
      return `It fails ${incident?.failedMonitors} of ${incident?.checkedMonitors} monitors that most other locations see up, so its votes are ignored.`;
    case 'lost':
    case 'silent':
      return newest === null ? 'It does not report.' : faultOf(newest);
    case 'unknown':
      return tickAt === null
        ? 'No check has been started yet.'
        : `No check has been started for ${duration(now - tickAt)}.`;
    case 'waiting':
      return 'It reports within a minute after a monitor uses it.';
    case 'disabled':
      return 'LOCATIONS does not list it.';
    case 'healthy':
      return null;
  }
}

export const REASON_WORDS: Readonly<Record<string, string>> = {
  version: 'Its probe has another contract version than the coordinator. Deploy the same release to both.',
  unknown_check: 'Its probe does not know a type of check. Deploy the newest probe.',
  location_offline: 'The probe reaches nothing: the location is offline.',
  deadline: 'The probe did not finish in time.',
  late: 'The report came too late.',
  bad_report: 'The report was unusable.',
  no_ipv6: 'The location has no IPv6.',
};

function faultOf({ error, reasons }: NonNullable<ListedLocation['newest']>): string {
  if (error !== null) return error;
  const words = reasons.flatMap((reason) => REASON_WORDS[reason] ?? []);
  return words.join(' ') || 'Its newest invocation measured nothing.';
}

/** The worst first, healthy ones in the order of the configuration. */
export const worstFirst = (views: readonly LocationView[]): LocationView[] =>
  views.toSorted((a, b) => ORDER.indexOf(a.health) - ORDER.indexOf(b.health));

const ORDER = Object.keys(HEALTH_WORDS);

/** `2 of 60`, with the share. Null without invocations. */
export const failedShare = ({ recent }: Pick<ListedLocation, 'recent'>): string | null =>
  recent === null ? null : `${percent(recent.failed / recent.count)} (${recent.failed} of ${recent.count})`;

const percent = (share: number): string => `${share > 0 && share < 0.01 ? '< 1' : Math.round(share * 100)} %`;

export const milliseconds = (ms: number): string =>
  ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
