// Owns what a restricted caller sees of a route: without the ids of what is outside. Pure. Does not decide who sees a route.
import { isInside, type Restriction, type Tagged } from '../../access/restriction.ts';
import type { RouteRow } from '../../store/routes.ts';
import type { KnownEntries } from './route-rules.ts';

export function shownRoute(restriction: Restriction, route: RouteRow, known: KnownEntries): RouteRow {
  if (restriction === null) return route;
  const shown = (ids: readonly string[], entries: readonly (Tagged & { readonly id: string })[]): string[] =>
    ids.filter((id) => entries.some((entry) => entry.id === id && isInside(restriction, entry)));
  const { monitors } = route.match;
  return {
    ...route,
    match: { ...route.match, ...(monitors && { monitors: shown(monitors, known.monitors) }) },
    steps: route.steps.map((step) => ({
      ...step,
      channels: shown(step.channels, known.channels),
      schedules: shown(step.schedules, known.schedules),
    })),
  };
}

/** Whether a restricted caller sees a part of the route only. */
export const namesOutside = (restriction: Restriction, route: RouteRow, known: KnownEntries): boolean =>
  JSON.stringify(shownRoute(restriction, route, known)) !== JSON.stringify(route);
