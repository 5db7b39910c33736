// Owns which maintenance or silence covers a monitor, and until when. Does not expand schedules and sends nothing.
import type { State, Window } from '../model/state.ts';

/** A window that covers a monitor at one moment. */
export interface ActiveWindow {
  readonly id: string;
  readonly kind: Window['kind'];
  readonly until: number;
}

/** A window by tag can cover thousands of monitors, and each of them asks. Made from the window alone. */
const members = new WeakMap<Window, ReadonlySet<number>>();

function appliesTo(window: Window, monitor: number): boolean {
  if (window.monitors === 'all') return true;
  let numbers = members.get(window);
  if (!numbers) {
    numbers = new Set(window.monitors);
    members.set(window, numbers);
  }
  return numbers.has(monitor);
}

/** Spans are in order: only the first one that ends later can be active. */
const activeSpan = ({ spans }: Window, at: number): Window['spans'][number] | null => {
  const next = spans.find(([, to]) => at < to);
  return next && next[0] <= at ? next : null;
};

/** The window that covers the monitor longest from now on; maintenance before silence, since it also affects uptime. */
export function activeWindow(state: State, monitor: number, at: number): ActiveWindow | null {
  let longest: ActiveWindow | null = null;
  for (const [id, window] of state.windows) {
    const span = appliesTo(window, monitor) ? activeSpan(window, at) : null;
    if (span === null) continue;
    const active: ActiveWindow = { id, kind: window.kind, until: span[1] };
    if (longest === null || takesPrecedence(active, longest)) longest = active;
  }
  return longest;
}

const takesPrecedence = (a: ActiveWindow, b: ActiveWindow): boolean =>
  a.kind === b.kind ? a.until > b.until : a.kind === 'maintenance';

/** Maintenance is left out of uptime; a silence is not. */
export const inMaintenance = (state: State, monitor: number, at: number): boolean =>
  activeWindow(state, monitor, at)?.kind === 'maintenance';

/** The first end of one of this monitor's windows after `after`; null if none follows. */
export function nextWindowEnd(state: State, monitor: number, after: number): number | null {
  let next = Number.POSITIVE_INFINITY;
  for (const window of state.windows.values()) {
    const end = appliesTo(window, monitor) ? window.spans.find(([, to]) => after < to)?.[1] : undefined;
    next = Math.min(next, end ?? next);
  }
  return Number.isFinite(next) ? next : null;
}
