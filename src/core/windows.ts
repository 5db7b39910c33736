// Maintenance and silences: planned spans of time in which a monitor's notices are withheld.
import type { State, Window } from './state.ts';

/** A window that covers a monitor at one moment. */
export interface Cover {
  readonly id: string;
  readonly kind: Window['kind'];
  readonly until: number;
}

const isOf = (window: Window, monitor: number): boolean =>
  window.monitors === 'all' || window.monitors.includes(monitor);

/** The window that covers the monitor longest from now on; maintenance before silence, since it says more. */
export function coverOf(state: State, monitor: number, at: number): Cover | null {
  let longest: Cover | null = null;
  for (const [id, window] of state.windows) {
    const span = isOf(window, monitor) && window.spans.find(([from, to]) => from <= at && at < to);
    if (!span) continue;
    const [, until] = span;
    const outranks = longest === null || (window.kind === 'maintenance' && longest.kind === 'silence');
    if (outranks || (window.kind === longest?.kind && until > longest.until)) {
      longest = { id, kind: window.kind, until };
    }
  }
  return longest;
}

/** Maintenance is left out of uptime; a silence is not. */
export const inMaintenance = (state: State, monitor: number, at: number): boolean =>
  coverOf(state, monitor, at)?.kind === 'maintenance';

/** The first end of one of this monitor's windows after `after`; null when none is to come. */
export function nextEnd(state: State, monitor: number, after: number): number | null {
  let next: number | null = null;
  for (const window of state.windows.values()) {
    const end = isOf(window, monitor) && window.spans.find(([, to]) => to > after)?.[1];
    if (end && (next === null || end < next)) next = end;
  }
  return next;
}
