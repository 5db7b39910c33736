// Owns what the badges of a page say: its state, its uptime, and those of one component. Pure. Does not draw them.
import { en } from '../../status-pages/languages/en.ts';
import { formatsOf } from '../../status-pages/languages/formats.ts';
import type { PageState } from '../../status-pages/page-state.ts';
import type { DayBar, Uptime } from '../../uptime/model.ts';
import { sumTotals, uptimeOf } from '../../uptime/moments.ts';
import { componentsOf, stateWords } from '../status-page/headline.ts';
import type { ComponentView, PageView } from '../status-page/page-view.ts';
import type { Badge, BadgeColor } from './badge-svg.ts';

/** What a badge is about: the page, a group or a component. */
export interface Subject {
  readonly name: string;
  readonly state: PageState;
  readonly isPaused: boolean;
  readonly components: readonly ComponentView[];
}

export const pageSubject = (view: PageView, name: string): Subject => ({
  ...{ name, state: view.state, isPaused: false, components: componentsOf(view) },
});

/** By its ref, or the id of a monitor. Null if the page does not show it: unknown and private look alike. */
export function findSubject(view: PageView, id: string): Subject | null {
  const group = view.groups.find(({ ref }) => ref !== null && ref === id);
  if (group?.name) return { ...group, name: group.name, isPaused: false };
  const one = componentsOf(view).find(({ ref }) => ref === id || ref === `monitor:${id}`);
  if (!one) return null;
  const isPaused = one.monitor?.condition === 'paused' && one.state === 'no_data';
  return { name: one.name, state: one.state, isPaused, components: [one] };
}

const COLORS: Readonly<Record<PageState, BadgeColor>> = {
  operational: 'brightgreen',
  maintenance: 'blue',
  no_data: 'lightgrey',
  degraded: 'yellow',
  partial_outage: 'orange',
  major_outage: 'red',
};

export const stateBadge = ({ name, state, isPaused }: Subject): Badge => ({
  label: name,
  message: (isPaused ? en.states.paused : stateWords(state, en)).toLowerCase(),
  color: COLORS[state],
});

export const MAX_DAYS = 90;

/** Of the newest UTC days, today included. A service without data has no figure, and never 100 %. */
export function uptimeBadge({ components }: Subject, days: number, now: number): Badge {
  const first = Math.floor(now / 86_400_000) - days + 1;
  const bars = components.flatMap((one) => one.bars.filter(({ day }) => day >= first)) as DayBar[];
  const uptime = uptimeOf(sumTotals(bars.map(({ totals }) => totals)));
  const message = uptime === null ? 'no data' : formatsOf(en, 'UTC').uptime(uptime);
  return { label: `uptime ${days} d`, message, color: uptimeColor(uptime) };
}

const uptimeColor = (uptime: Uptime): BadgeColor => {
  if (uptime === null) return 'lightgrey';
  return uptime >= 0.999 ? 'brightgreen' : uptime >= 0.99 ? 'yellow' : uptime >= 0.95 ? 'orange' : 'red';
};

/** The median of the newest ok runs of the locations. */
export const latencyBadge = (milliseconds: number | null): Badge => ({
  label: 'latency',
  message:
    milliseconds === null
      ? 'no data'
      : `${milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds)} ms`,
  color: milliseconds === null ? 'lightgrey' : 'blue',
});

/** When the newest run of a job ended. */
export const lastRunBadge = (at: number | null, now: number): Badge => ({
  label: 'last run',
  message: at === null ? 'none' : `${formatsOf(en, 'UTC').duration(Math.max(0, now - at))} ago`,
  color: at === null ? 'lightgrey' : 'blue',
});

/** How long the newest run of a job took. */
export const durationBadge = (milliseconds: number | null): Badge => ({
  label: 'duration',
  message:
    milliseconds === null
      ? 'no data'
      : milliseconds < 1_000
        ? `${milliseconds} ms`
        : formatsOf(en, 'UTC').duration(milliseconds),
  color: milliseconds === null ? 'lightgrey' : 'blue',
});

/** https://shields.io/badges/endpoint-badge: the JSON that shields.io turns into a badge. */
export const shieldsEndpoint = ({ label, message, color }: Badge, isError = false) => ({
  ...{ schemaVersion: 1, label, message, color },
  ...(isError ? { isError } : {}),
});
